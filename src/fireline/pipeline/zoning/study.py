"""Makes the study of a run: question, risk, candidates side by side, curve.

Pipeline, zoning: the rule's own ring comes first and is what is proposed; all others stand beside it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.contacts.model import Contacts
from fireline.errors import InputError
from fireline.pipeline.zoning.model import DEFAULT, Option, Point, Question, Study, WhatIf
from fireline.pipeline.zoning.needs import needs_of
from fireline.policy import At
from fireline.records.model import Records
from fireline.words import Words
from fireline.zones.candidates import Candidate, Capacity, Effect, Settings, figures, side_by_side
from fireline.zones.candidates.pareto import pareto
from fireline.zones.course import Spread, course_of
from fireline.zones.delimit import lift_days
from fireline.zones.ground import LEVEL_CODES
from fireline.zones.limits import limits_of
from fireline.zones.model import Zones
from fireline.zones.risk import Risk, surface
from fireline.zones.situation import build_ground, build_situation

I8 = NDArray[np.int8]

EXCEPTION_KINDS = frozenset({"hospital", "fever_clinic", "water_works", "power_plant", "pumping_station"})
"""Kinds of unit that are never restricted as a whole; the units table says so in its column kind."""

POINTS = 12
"""Points of the curve."""

OPTIMUM_S = 3.0
"""Seconds that the optimiser may take inside a run; a county needs under one.

Where they run out the best ring so far is shown with its gap, and may differ on another machine."""


def study(
    records: Records,
    contacts: Contacts,
    zones: Zones,
    rules: At,
    *,
    at: datetime,
    capacity: Capacity | None = None,
    seconds: float = OPTIMUM_S,
) -> Study:
    """Candidates for one moment.

    Parameters
    ----------
    records, contacts, zones : results of the chapters before
    rules : At, rules in force
    at : aware UTC instant
    capacity : what can be staffed and supplied; None = not known
    seconds : time for the optimiser

    Returns
    -------
    Study   without a question where no rule allows a zone, or no unit or no case is there: the notes of
        ``zones`` say which, and which measures are allowed instead
    """
    if zones.levels.is_empty() or not records.has("units"):
        return Study(notes=zones.notes)
    question, notes = ask(records, contacts, zones, rules, at=at, capacity=capacity)
    if question is None:
        return Study(notes=notes)
    made = answer(question, seconds=seconds)
    return replace(made, notes=(*notes, *made.notes))


def ask(
    records: Records,
    contacts: Contacts,
    zones: Zones,
    rules: At,
    *,
    at: datetime,
    capacity: Capacity | None = None,
) -> tuple[Question | None, tuple[Words, ...]]:
    """The question in arrays; None where the disease is not one that a ring of residents answers."""
    try:
        course = course_of(rules.profile)
    except InputError as error:
        return None, (error.words,)
    kinds = records.table("units").select("unit_id", pl.col("kind").str.to_lowercase().str.strip_chars())
    named = kinds.filter(pl.col("kind").is_in(sorted(EXCEPTION_KINDS)))["unit_id"].to_list()
    ground, ground_notes = build_ground(records, exceptions=named)
    situation, notes = build_situation(records, contacts, ground, at=at, clean_days=lift_days(rules))
    index = {unit_id: i for i, unit_id in enumerate(ground.ids)}
    level = np.zeros(ground.n, dtype=np.int8)
    for unit_id, name in zones.levels.select("unit_id", "level").iter_rows():
        level[index[unit_id]] = LEVEL_CODES[name]
    anchors = np.zeros(ground.n, dtype=bool)
    visited = zones.placements.filter(pl.col("subject_kind") == "place")["unit_id"].drop_nulls()
    homes = zones.levels.filter(pl.col("n_cases") > 0)["unit_id"]
    anchors[[index[u] for u in (*visited.to_list(), *homes.to_list())]] = True
    question = Question(
        ground=ground,
        situation=situation,
        spread=Spread(course=course),
        effect=Effect(),
        limits=limits_of(rules),
        capacity=capacity or Capacity(),
        rule_level=level,
        anchors=anchors,
        needs=needs_of(records, index),
    )
    return question, (*ground_notes, *notes)


def ring_of(level: I8) -> I8:
    """Levels without the precaution area, which restricts nobody's way."""
    return np.where(level >= LEVEL_CODES["managed"], level, 0).astype(np.int8)


def risk_of(question: Question, what_if: WhatIf | None = None) -> Risk:
    """The risk surface of a question, the same each time.

    Units that the rule's own window touches count as places where a case was, whatever the model's window.
    """
    spread = (what_if or WhatIf()).spread(question.spread)
    rng = np.random.default_rng(question.seed)
    found = surface(question.ground, question.situation, spread, rng=rng)
    return replace(found, visited_units=found.visited_units | question.anchors)


def count(question: Question, risk: Risk, candidate: Candidate, effect: Effect) -> Option:
    """Figures of one ring, with the interval of its modelled coverage."""
    found = figures(question.ground, risk, candidate, effect, question.limits, capacity=question.capacity)
    low, high = coverage_range(risk, candidate.level, effect)
    return Option(candidate, found, low, high)


def coverage_range(risk: Risk, level: I8, effect: Effect) -> tuple[float | None, float | None]:
    """5th and 95th percentile of the share of each draw's risk that a ring prevents; None without risk."""
    prevents = np.where(
        level == LEVEL_CODES["sealed"],
        effect.sealed,
        np.where(level == LEVEL_CODES["managed"], effect.managed, 0.0),
    )
    total = risk.draws.sum(axis=1)
    if not (total > 0).any():
        return None, None
    share = (risk.draws @ prevents)[total > 0] / total[total > 0]
    low, high = np.quantile(share, (0.05, 0.95))
    return float(low), float(high)


def answer(question: Question, *, what_if: WhatIf | None = None, seconds: float = OPTIMUM_S) -> Study:
    """All candidates of a question, under the study's assumptions or changed ones.

    Parameters
    ----------
    what_if : WhatIf or None   the rule's own ring stays as it is drawn; what the others reach moves with it
    seconds : time for the optimiser

    Returns
    -------
    Study
    """
    asked = what_if or WhatIf()
    question = replace(question, capacity=asked.capacity(question.capacity))
    effect = asked.effect(question.effect)
    risk = risk_of(question, asked)
    own = Candidate(
        DEFAULT,
        ring_of(question.rule_level),
        Words("双层规则（现行规则划定的区域）", "two-tier rule (as the rules in force draw it)"),
    )
    first = count(question, risk, own, effect)
    target = first.figures.coverage or None
    beside = side_by_side(
        question.ground, question.situation, effect, question.limits,
        rng=np.random.default_rng(question.seed), risk=risk, capacity=question.capacity,
        settings=Settings(coverage=target, seconds=seconds), clock=time.perf_counter,
    )  # fmt: skip
    others = [count(question, risk, c, effect) for c, _ in beside if c.name != DEFAULT]
    return Study(question, (first, *others), curve_of(question, risk, effect), risk.notes, risk)


def curve_of(question: Question, risk: Risk, effect: Effect) -> tuple[Point, ...]:
    """The threshold rule from little to much coverage: what each further share costs."""
    shares = [k / POINTS for k in range(1, POINTS + 1)]
    found = pareto(question.ground, risk, effect, question.limits, shares=shares, is_exact=False)
    points = []
    for candidate in found:
        one = count(question, risk, candidate, effect)
        if one.figures.coverage is None or one.low is None or one.high is None:
            continue
        points.append(
            Point(
                one.figures.weighted_person_days,
                one.figures.people,
                one.figures.coverage,
                one.low,
                one.high,
            )
        )
    return tuple(sorted(points, key=lambda p: (p.weighted_person_days, p.coverage)))
