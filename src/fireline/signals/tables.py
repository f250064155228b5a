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

CALIBRATION: dict[str, pl.DataType] = {
    "stream": pl.String(),
    "first": pl.Date(),  # quiet days it was checked on
    "last": pl.Date(),
    "n": pl.Int64(),  # quiet figures
    "distance": pl.Float64(),  # Kolmogorov-Smirnov distance to the uniform distribution
    "nominal": pl.Float64(),
    "observed": pl.Float64(),  # share of quiet figures rarer than that
}

TRIGGERS: dict[str, pl.DataType] = {
    "trigger_id": pl.String(),
    "kind": pl.String(),  # fusion or rule
    "level": pl.String(),
    "raised": pl.Date(),
    "level_since": pl.Date(),
    "until": pl.Date(),
    "first_day": pl.Date(),  # of the excess in the figures
    "began": pl.Date(),  # first infections, most likely; the eighty hundredths around it
    "began_from": pl.Date(),
    "began_to": pl.Date(),
    "areas": pl.List(pl.String()),
    "touched": pl.List(pl.String()),
    "streams": pl.List(pl.String()),
    "event_type": pl.String(),
    "event_type_probability": pl.Float64(),
    "score": pl.Float64(),
    "probability": pl.Float64(),
    "p": pl.Float64(),
    "false_alarms_per_month": pl.Float64(),
    "alarm_ids": pl.List(pl.String()),
    "rule_ids": pl.List(pl.String()),
    "verify_by": pl.Date(),
    "verify_within_h": pl.Float64(),
    "verify_rule": pl.String(),
    "who_zh": pl.String(),
    "who_en": pl.String(),
    "why_zh": pl.String(),
    "why_en": pl.String(),
    "false_if_zh": pl.String(),
    "false_if_en": pl.String(),
}

EVIDENCE: dict[str, pl.DataType] = {
    "trigger_id": pl.String(),
    "stream": pl.String(),
    "subject": pl.String(),
    "areas": pl.List(pl.String()),
    "first_day": pl.Date(),
    "last_day": pl.Date(),
    "observed": pl.Float64(),
    "expected": pl.Float64(),
    "p": pl.Float64(),
    "weight": pl.Float64(),  # log evidence; below 0 it speaks against
    "rate_without": pl.Float64(),  # false alarms a month of the trigger without this stream
    "n_areas": pl.Int64(),
    "n_areas_high": pl.Int64(),
    "state": pl.String(),
    "note_zh": pl.String(),
    "note_en": pl.String(),
}

POINTS: dict[str, pl.DataType] = {
    "trigger_id": pl.String(),
    "stream": pl.String(),
    "date": pl.Date(),
    "observed": pl.Float64(),
    "expected": pl.Float64(),
    "upper": pl.Float64(),
}

STREAM_DAYS: dict[str, pl.DataType] = {
    "stream": pl.String(),
    "area_code": pl.String(),
    "first": pl.Date(),
    "last": pl.Date(),  # newest figure
    "due": pl.Date(),  # day whose figure should be there
    "late_days": pl.Int64(),
    "state": pl.String(),  # ok, late, new, shifted, silent, new_holiday
    "is_described": pl.Boolean(),  # False: streams.toml says nothing of it
}

AREA_ALARMS: dict[str, pl.DataType] = {
    "stream": pl.String(),
    "date": pl.Date(),
    "n_areas": pl.Int64(),  # with a usable figure
    "n_high": pl.Int64(),  # with a figure that one quiet day in twenty exceeds
    "expected": pl.Float64(),
    "p": pl.Float64(),
}

CLUSTERS: dict[str, pl.DataType] = {
    "cluster_id": pl.String(),
    "stream": pl.String(),
    "areas": pl.List(pl.String()),
    "first_day": pl.Date(),
    "last_day": pl.Date(),
    "observed": pl.Float64(),
    "expected": pl.Float64(),
    "relative_risk": pl.Float64(),
    "score": pl.Float64(),  # log likelihood ratio
    "p": pl.Float64(),  # rank among the replicates
    "p_tail": pl.Float64(),  # by the law fitted to the replicates; null = no fit
    "recurrence_d": pl.Float64(),  # days between analyses over p
    "is_unusual": pl.Boolean(),  # False: the most likely one of its stream, and not rare
    "cadence": pl.String(),  # day, week or year
    "baseline": pl.String(),  # what the expected rests on
    "model": pl.String(),
    "n_areas": pl.Int64(),  # scanned
    "n_zones": pl.Int64(),
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
