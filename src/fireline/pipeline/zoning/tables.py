"""A study as tables for files, the report and the console.

Pipeline, zoning: one row per candidate, per candidate and unit, per point of the curve, per unit's risk.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from fireline.pipeline.zoning.model import DEFAULT, Option, Study
from fireline.pipeline.zoning.words import LEVEL_NAMES, name_of
from fireline.words import join_words
from fireline.zones.ground import LEVEL_CODES

COMPARE: dict[str, pl.DataType] = {
    "candidate": pl.String(),
    "is_default": pl.Boolean(),
    "name_zh": pl.String(),
    "name_en": pl.String(),
    "what_zh": pl.String(),
    "what_en": pl.String(),
    "sealed_units": pl.Int64(),
    "managed_units": pl.Int64(),
    "sealed_people": pl.Int64(),
    "managed_people": pl.Int64(),
    "households": pl.Int64(),
    "person_days": pl.Float64(),
    "weighted_person_days": pl.Float64(),
    "gates": pl.Float64(),
    "staff": pl.Float64(),
    "is_staffed": pl.Boolean(),
    "is_supplied": pl.Boolean(),
    "modelled_coverage": pl.Float64(),
    "modelled_coverage_low": pl.Float64(),
    "modelled_coverage_high": pl.Float64(),
    "infections_left": pl.Float64(),
    "gap": pl.Float64(),
    "is_allowed": pl.Boolean(),
    "needs_reason": pl.Int64(),
    "sealed_rule": pl.String(),
    "managed_rule": pl.String(),
    "note_zh": pl.String(),
    "note_en": pl.String(),
}
"""Columns of ``zone_compare``."""

SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    "zone_compare": COMPARE,
    "zone_levels": {"candidate": pl.String(), "unit_id": pl.String(), "level": pl.String()},
    "zone_curve": {
        "weighted_person_days": pl.Float64(),
        "people": pl.Int64(),
        "modelled_coverage": pl.Float64(),
        "modelled_coverage_low": pl.Float64(),
        "modelled_coverage_high": pl.Float64(),
    },
    "zone_risk": {
        "unit_id": pl.String(),
        "modelled_risk": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "home": pl.Float64(),
        "visited": pl.Float64(),
        "clientele": pl.Float64(),
        "unknown": pl.Float64(),
        "next": pl.Float64(),
    },
}
"""Tables of a study by the name of their file."""


def tables(study: Study) -> dict[str, pl.DataFrame]:
    """All tables of a study; empty ones where nothing was drawn."""
    q, risk = study.question, study.risk
    ids = q.ground.ids if q is not None else ()
    levels = [
        (o.candidate.name, ids[i], LEVEL_NAMES[int(o.candidate.level[i])])
        for o in study.options
        for i in (o.candidate.level >= LEVEL_CODES["managed"]).nonzero()[0].tolist()
    ]
    curve = [(p.weighted_person_days, round(p.people), p.coverage, p.low, p.high) for p in study.curve]
    parts = (
        [
            tuple(row)
            for row in zip(
                ids,
                *(
                    a.tolist()
                    for a in (
                        risk.mean, risk.low, risk.high, risk.home, risk.visited, risk.clientele,
                        risk.unknown, risk.next,
                    )
                ),
                strict=True,
            )
        ]
        if risk is not None
        else []
    )  # fmt: skip
    rows: dict[str, list[Any]] = {
        "zone_compare": [compare_row(o) for o in study.options],
        "zone_levels": levels,
        "zone_curve": curve,
        "zone_risk": parts,
    }
    return {name: pl.DataFrame(rows[name], schema=SCHEMAS[name], orient="row") for name in SCHEMAS}


def compare_row(option: Option) -> tuple[object, ...]:
    """One row of ``zone_compare``."""
    c, f = option.candidate, option.figures
    name, note = name_of(c.name), join_words(c.notes)
    return (
        c.name, c.name == DEFAULT, name.zh, name.en, c.words.zh, c.words.en,
        f.sealed_units, f.managed_units, round(f.sealed_people), round(f.managed_people),
        round(f.sealed_households + f.managed_households), f.person_days, f.weighted_person_days,
        f.gates, f.staff, f.is_staffed, f.is_supplied, f.coverage, option.low, option.high, f.left, c.gap,
        f.is_allowed, len(f.larger_units), f.sealed_rule, f.managed_rule,
        note.zh if note else "", note.en if note else "",
    )  # fmt: skip
