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
    "vector_areas": {
        "zone_id": pl.String(),
        "area": pl.String(),  # core, warning
        "unit_id": pl.String(),
        "population": pl.Int64(),
        "n_cases": pl.Int64(),
        "rule_id": pl.String(),
        "edition": pl.String(),
        "is_advice": pl.Boolean(),
        "surveyed_on": pl.Date(),
        "n_houses": pl.Int64(),
        "index": pl.Float64(),  # containers with larvae per 100 houses
        "level": pl.String(),
        "next_survey": pl.Date(),
        "survey_rule_id": pl.String(),
        "measure_zh": pl.String(),
        "measure_en": pl.String(),
    },
    "vector_lifting": {
        "zone_id": pl.String(),
        "n_cases": pl.Int64(),
        "n_core": pl.Int64(),
        "last_case_day": pl.Date(),
        "worst_index": pl.Float64(),
        "is_due": pl.Boolean(),
        "next_survey": pl.Date(),
        "rule_id": pl.String(),
        "edition": pl.String(),
        "missing_zh": pl.String(),
        "missing_en": pl.String(),
    },
    "vector_surveys": {
        "area_code": pl.String(),  # the unit, or its township
        "surveyed_on": pl.Date(),
        "n_houses": pl.Int64(),
        "index": pl.Float64(),  # containers with larvae per 100 houses
    },
    "sources": {
        "source_id": pl.String(),
        "kind": pl.String(),  # lot, food, water_supply, animal_holding
        "n_cases": pl.Int64(),
        "case_ids": pl.List(pl.String()),
        "n_handlers": pl.Int64(),
        "last_exposure": INSTANT,
        "n_samples": pl.Int64(),
        "n_positive": pl.Int64(),
        "n_clean": pl.Int64(),  # negative in a row since the last positive and the last exposure
        "rule_id": pl.String(),
        "edition": pl.String(),
        "is_advice": pl.Boolean(),
        "measure_zh": pl.String(),
        "measure_en": pl.String(),
        "lift_rule_id": pl.String(),
        "is_lift_advice": pl.Boolean(),
        "is_due": pl.Boolean(),
        "missing_zh": pl.String(),
        "missing_en": pl.String(),
    },
    "source_trace": {
        "lot_id": pl.String(),
        "other_lot": pl.String(),
        "product": pl.String(),
        "origin": pl.String(),
        "store_id": pl.String(),
        "arrives_at": INSTANT,
        "n_handlers": pl.Int64(),
        "is_same": pl.Boolean(),
    },
}
"""Output tables by file name: column -> type, in order."""


def empty(name: str) -> pl.DataFrame:
    """An empty output table of the right shape."""
    return pl.DataFrame(schema=SCHEMAS[name])
