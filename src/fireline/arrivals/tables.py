"""Columns of the tables that arrivals hands on.

Chapter 3: reads records, is read by tasks, oversight and the faces.
"""

from __future__ import annotations

import polars as pl

from fireline.records.model import INSTANT

DUTIES = ("accept", "phase", "test", "declare", "lot_test", "disinfect", "trace", "keep_records", "none")
"""What may be owed: hand-over, a phase of a measure, a test, and what goods need; none = nothing in force."""

POCKETS = ("flight", "land_port", "cold_chain", "cross_region")

OWED: dict[str, pl.DataType] = {
    "subject_kind": pl.String(),  # person or lot
    "subject_id": pl.String(),  # arrival_id or lot_id
    "person_key": pl.String(),
    "pocket": pl.String(),
    "origin": pl.String(),
    "level": pl.String(),  # of the origin when it was left behind; null = not listed
    "duty": pl.String(),
    "n": pl.Int64(),  # number of the phase or test, from 1
    "part": pl.String(),  # tells phases and tests of one arrival apart: 1, d004 or free1-2
    "place": pl.String(),  # where a phase is spent, for phases and tests
    "due_from": INSTANT,
    "due_by": INSTANT,  # the end of the due day where precision is day
    "precision": pl.String(),
    "status": pl.String(),
    "rule_id": pl.String(),
    "edition": pl.String(),
    "what_zh": pl.String(),
    "what_en": pl.String(),
}

IMPORTATION: dict[str, pl.DataType] = {
    "pocket": pl.String(),
    "n_arrivals": pl.Int64(),
    "n_from_high": pl.Int64(),
    "n_from_medium": pl.Int64(),
    "n_cases": pl.Int64(),  # arrivals who are a case; for the cold chain lots with a positive sample
}
