"""Columns of the tables that contacts hands on.

Chapter 7: reads records, is read by zones, tasks, oversight and the faces.
"""

from __future__ import annotations

import polars as pl

from fireline.records.model import INSTANT

CLASSES = ("close", "secondary", "companion", "general", "unclassified")
"""Classes from the nearest to the widest; unclassified = the facts do not decide, or no rule says."""

BASES = ("stated", "manifest", "household", "co_presence")
"""Where a contact is known from, the strongest first."""

FOUND: dict[str, pl.DataType] = {
    "case_id": pl.String(),
    "person_key": pl.String(),
    "class": pl.String(),
    "basis": pl.String(),
    "place_id": pl.String(),
    "overlap_s": pl.Int64(),  # null where the data hold dates only
    "episodes": pl.Int64(),
    "first_exposure": INSTANT,
    "last_exposure": INSTANT,
    "precision": pl.String(),
    "rule_id": pl.String(),
    "edition": pl.String(),
    "why_zh": pl.String(),
    "why_en": pl.String(),
}

EVIDENCE: dict[str, pl.DataType] = {
    "case_id": pl.String(),
    "person_key": pl.String(),
    "basis": pl.String(),
    "stated_class": pl.String(),
    "place_id": pl.String(),
    "overlap_s": pl.Int64(),
    "episodes": pl.Int64(),
    "first_exposure": INSTANT,
    "last_exposure": INSTANT,
    "precision": pl.String(),
    "is_same_day_place": pl.Boolean(),
    "is_same_seat_zone": pl.Boolean(),
    "seat_rows_apart": pl.Int64(),
    "is_same_carriage": pl.Boolean(),
}

NODES: dict[str, pl.DataType] = {
    "case_id": pl.String(),
    "component": pl.Int64(),
    "generation": pl.Int64(),  # null outside stated directed links
    "onset_day": pl.Date(),
    "row": pl.Int64(),  # null where no day at all is known
    "day": pl.Date(),  # where the mark stands
    "day_basis": pl.String(),  # onset, sampled or reported; hollow mark unless onset
    "parent": pl.String(),  # the one parent that is drawn
}

EDGES: dict[str, pl.DataType] = {
    "from_case": pl.String(),
    "to_case": pl.String(),
    "kind": pl.String(),
    "directed": pl.Boolean(),
    "serial_days": pl.Int64(),
    "flag": pl.String(),
    "share": pl.Float64(),  # probability of a computed link; null for stated ones
}

SOURCES: dict[str, pl.DataType] = {
    "case_id": pl.String(),
    "rank": pl.Int64(),  # 1 = the likeliest of the cases; 0 = the row of the unknown source
    "from_case": pl.String(),  # null in the row of the unknown source
    "share": pl.Float64(),  # probability; what is missing to 1 belongs to fainter candidates
    "basis": pl.String(),
    "serial_days": pl.Int64(),  # null unless both onsets are known
}

SOURCE_BASES = (
    "infected_by",
    "stated",
    "household",
    "manifest",
    "co_presence",
    "cluster",
    "time",
    "unknown",
)
"""How a possible source is known, the strongest first; time = by its days alone."""

FLAGS = ("", "no_onset", "negative", "missing_generation", "unresolved", "self")
"""What may be odd about a link of the chain."""
