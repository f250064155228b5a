"""Columns in and out of the zones chapter.

Chapter 8: the one place where the shape of its tables stands.
"""

from __future__ import annotations

import polars as pl

from fireline.records.model import INSTANT

READS = {
    "cases": ("case_id", "person_key", "classification", "onset", "sampled_at", "reported_at", "isolated_at"),
    "persons": ("person_key", "home_place_id"),
    "places": ("place_id", "lon", "lat", "area_code"),
    "visits": ("person_key", "place_id", "enter", "leave"),
    "units": ("unit_id", "area_code", "kind", "population", "lon", "lat", "geometry"),
    "adjacency": ("unit_a", "unit_b", "gates"),
    "areas": ("area_code", "parent_code", "level"),
}
"""Canonical tables and columns that delimit reads."""

SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    "zones": {
        "unit_id": pl.String(),
        "area_code": pl.String(),
        "level": pl.String(),
        "population": pl.Int64(),
        "rule_id": pl.String(),
        "why_zh": pl.String(),
        "why_en": pl.String(),
        "zone_id": pl.String(),
        "kind": pl.String(),
        "edition": pl.String(),
        "n_cases": pl.Int64(),
        "n_contacts": pl.Int64(),
        "is_larger_than_rule": pl.Boolean(),
    },
    "zone_totals": {
        "level": pl.String(),
        "n_units": pl.Int64(),
        "population": pl.Int64(),
        "n_borders": pl.Int64(),
        "n_gates": pl.Int64(),
        "n_borders_unknown_gates": pl.Int64(),
    },
    "zones_outside": {
        "unit_id": pl.String(),
        "area_code": pl.String(),
        "population": pl.Int64(),
        "why_zh": pl.String(),
        "why_en": pl.String(),
    },
    "zone_placements": {
        "subject_kind": pl.String(),  # case or place
        "subject_id": pl.String(),
        "unit_id": pl.String(),
        "how": pl.String(),  # same_id, outline, nearest, not_found
        "distance_m": pl.Float64(),
        "how_zh": pl.String(),
        "how_en": pl.String(),
    },
    "zone_gates": {
        "level": pl.String(),
        "unit_inside": pl.String(),
        "unit_outside": pl.String(),
        "gates": pl.Int64(),
    },
    "zone_candidates": {
        "candidate": pl.String(),
        "radius_m": pl.Int64(),
        "n_units": pl.Int64(),
        "population": pl.Int64(),
        "n_case_units_inside": pl.Int64(),
        "what_zh": pl.String(),
        "what_en": pl.String(),
    },
    "zone_shapes": {
        "unit_id": pl.String(),
        "level": pl.String(),
        "lon": pl.Float64(),
        "lat": pl.Float64(),
        "geometry": pl.String(),
    },
    "zone_lifting": {
        "zone_id": pl.String(),
        "level": pl.String(),
        "n_units": pl.Int64(),
        "earliest": pl.Date(),
        "is_due": pl.Boolean(),
        "rule_id": pl.String(),
        "edition": pl.String(),
        "missing_zh": pl.String(),
        "missing_en": pl.String(),
        "earliest_at": INSTANT,
        "to_level": pl.String(),
        "restarted_at": INSTANT,
        "restart_zh": pl.String(),
        "restart_en": pl.String(),
        "n_not_counted": pl.Int64(),
        "not_counted_zh": pl.String(),
        "not_counted_en": pl.String(),
    },
    "zone_steps": {
        "zone_id": pl.String(),
        "step": pl.Int64(),
        "from_level": pl.String(),
        "to_level": pl.String(),  # "" = lifted
        "earliest_at": INSTANT,
        "is_due": pl.Boolean(),
        "rule_id": pl.String(),
        "edition": pl.String(),
        "missing_zh": pl.String(),
        "missing_en": pl.String(),
    },
}
"""Output tables by file name: column -> type, in order."""


def empty(name: str) -> pl.DataFrame:
    """An empty output table of the right shape."""
    return pl.DataFrame(schema=SCHEMAS[name])
