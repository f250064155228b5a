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

RT: dict[str, pl.DataType] = {
    "stream": pl.String(),
    "area_code": pl.String(),  # the area of the run for all cases together
    "basis": pl.String(),  # onset, reported or sampled
    "first_day": pl.Date(),  # of the window of R
    "last_day": pl.Date(),
    "cases": pl.Int64(),  # of the window
    "imported": pl.Int64(),
    "seen": pl.Float64(),  # least share of a day's cases that is expected to be reported; null = not known
    "is_complete": pl.Boolean(),  # all reported to 90 %; if not, R and trend are corrected; null: unknown
    "r_mean": pl.Float64(),  # null: too few cases, too early, or no sourced serial interval
    "r_sd": pl.Float64(),
    "r_q025": pl.Float64(),
    "r_q05": pl.Float64(),
    "r_q25": pl.Float64(),
    "r_median": pl.Float64(),
    "r_q75": pl.Float64(),
    "r_q95": pl.Float64(),
    "r_q975": pl.Float64(),
    "trend": pl.String(),  # rising, stable, falling or unclear; null: too few cases
    "trend_probability": pl.Float64(),
    "growing": pl.Float64(),  # probability that the growth rate is above zero
    "growth_per_day": pl.Float64(),
    "growth_low": pl.Float64(),  # bounds of 90 %
    "growth_high": pl.Float64(),
    "doubling_days": pl.Float64(),  # negative: days to halve
}

NOWCAST: dict[str, pl.DataType] = {
    "stream": pl.String(),
    "area_code": pl.String(),
    "day": pl.Date(),  # of onset
    "reported": pl.Int64(),  # so far
    "expected": pl.Float64(),  # once all reports are in
    "low": pl.Int64(),  # bounds of 90 %
    "high": pl.Int64(),
    "seen": pl.Float64(),
}
