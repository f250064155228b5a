"""Columns of the tables that signals hands on.

Chapter 5: reads records, is read by tasks, oversight and the faces.
"""

from __future__ import annotations

import polars as pl

SERIES: dict[str, pl.DataType] = {
    "stream": pl.String(),
    "area_code": pl.String(),
    "date": pl.Date(),
    "count": pl.Float64(),
    "expected": pl.Float64(),  # null until a baseline is there
    "upper": pl.Float64(),
    "method": pl.String(),  # C1, C2 or C3
    "alarm": pl.Boolean(),
}

ALARMS: dict[str, pl.DataType] = {
    "alarm_id": pl.String(),
    "kind": pl.String(),
    "stream": pl.String(),
    "area_code": pl.String(),
    "unit": pl.String(),
    "day": pl.Date(),
    "until": pl.Date(),
    "observed": pl.Float64(),
    "expected": pl.Float64(),
    "upper": pl.Float64(),
    "level": pl.String(),
    "rule_id": pl.String(),
    "why_zh": pl.String(),
    "why_en": pl.String(),
}
