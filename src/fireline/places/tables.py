"""Columns of the tables that places hands on.

Chapter 4: reads records, is read by oversight and the faces.
"""

from __future__ import annotations

import polars as pl

from fireline.records.model import INSTANT

OCCUPANCY: dict[str, pl.DataType] = {
    "place_id": pl.String(),
    "hour": INSTANT,  # start of the hour
    "n_persons": pl.Int64(),  # different persons present at any time of the hour
    "peak": pl.Int64(),  # most persons present at once
}

EXCEEDED: dict[str, pl.DataType] = {
    "place_id": pl.String(),
    "kind": pl.String(),
    "hour": INSTANT,
    "peak": pl.Int64(),
    "limit": pl.Int64(),
    "status": pl.String(),  # RULE, or ADVICE for the place's own stated capacity
    "rule_id": pl.String(),
    "edition": pl.String(),
    "why_zh": pl.String(),
    "why_en": pl.String(),
}

BUSIEST: dict[str, pl.DataType] = {
    "place_id": pl.String(),
    "name": pl.String(),
    "kind": pl.String(),
    "n_cases": pl.Int64(),  # different cases who were there
    "n_persons": pl.Int64(),  # different persons who were there at any time
    "n_visits": pl.Int64(),
}
