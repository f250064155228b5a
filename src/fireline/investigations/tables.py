"""Columns that the investigation reads and writes, by table.

Chapter 6: the contract other chapters, the docs and the tests check.
"""

from __future__ import annotations

import polars as pl

from fireline.investigations.attack import ATTACK_SCHEMA, DOSE_SCHEMA, GROUP_SCHEMA
from fireline.investigations.trajectory import GAP_SCHEMA, TRAJECTORY_SCHEMA, WINDOW_SCHEMA
from fireline.records.model import INSTANT

READS = ("cases", "persons", "exposures", "visits", "positions", "places", "tests", "links", "areas")
"""Cleaned tables this chapter reads."""

CURVE_SCHEMA: dict[str, pl.DataType] = {
    "start": INSTANT,
    "step": pl.String(),
    "classification": pl.String(),
    "count": pl.Int64(),
    "basis": pl.String(),
}

WRITES: dict[str, dict[str, pl.DataType]] = {
    "curve": CURVE_SCHEMA,
    "curve_by_report": CURVE_SCHEMA,
    "trajectories": TRAJECTORY_SCHEMA,
    "trajectory_gaps": GAP_SCHEMA,
    "infectious_windows": WINDOW_SCHEMA,
    "attack_rates": ATTACK_SCHEMA,
    "attack_doses": DOSE_SCHEMA,
    "attack_groups": GROUP_SCHEMA,
}
"""Tables with fixed columns; the line list has the columns of ``line_list.FIRST`` that hold anything."""
