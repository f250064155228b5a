"""When each zone may be lifted by the rule in force, and what is still missing for it.

Chapter 8: reads the drawn zones, is read by tasks (review dates), orders and oversight (neither early nor
late). The parts are in ``zones.lifting``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from fireline.clock import local_day
from fireline.policy.model import Answer
from fireline.records.model import Records
from fireline.zones.delimit import RULE_SUBJECTS, find_level_rule
from fireline.zones.lifting.clock import raised_hour
from fireline.zones.lifting.counted import Excluded
from fireline.zones.lifting.facts import Facts, Ground, Part
from fireline.zones.lifting.judge import Verdict, judge
from fireline.zones.lifting.steps import Step, next_level, steps_down
from fireline.zones.model import LEVELS, Zones
from fireline.zones.tables import SCHEMAS, empty

if TYPE_CHECKING:
    from fireline.contacts.model import Contacts
    from fireline.policy import At


@dataclass(frozen=True, slots=True)
class Lifting:
    """The lifting of one zone at one level.

    Attributes
    ----------
    part : Part
    answer : Answer of zone.lift for the level
    verdict : Verdict
    facts : Facts
    steps : tuple of Step, the first is the verdict's own
    excluded : Excluded, kinds of case that do not count, with their rule
    """

    part: Part
    answer: Answer
    verdict: Verdict
    facts: Facts
    steps: tuple[Step, ...]
    excluded: Excluded


def lift(records: Records, contacts: Contacts, zones: Zones, rules: At, *, at: datetime) -> pl.DataFrame:
    """Earliest lifting hour and missing conditions of every zone and level.

    Parameters
    ----------
    zones : result of delimit for the same records, contacts and rules
    at : aware UTC instant

    Returns
    -------
    DataFrame   ``SCHEMAS["zone_lifting"]``, one row per (zone_id, level), sorted strict to mild, then by zone

    Notes
    -----
    ``earliest_at`` counts only the conditions that are counts of days, and assumes no new case; it is null
    where a day they count from is not in the data; ``earliest`` is its local day. A rule of 14 days is read
    as 14 x 24 hours from the hour the last case is known to, or from the end of the local day where only the
    date is known: never too early (see zones.lifting.clock). ``is_due`` is true only when every condition is
    met at ``at``, null when a fact is unknown. The precaution area is lifted when every stricter zone is.
    """
    found = judge_parts(records, contacts.found, zones.placements, parts_of(zones), rules, at=at)
    return _table(found, records)


def lift_steps(
    records: Records, contacts: Contacts, zones: Zones, rules: At, *, at: datetime
) -> pl.DataFrame:
    """Steps down of every zone: ``SCHEMAS["zone_steps"]``, by level, zone and step."""
    found = judge_parts(records, contacts.found, zones.placements, parts_of(zones), rules, at=at)
    rows = [step.row(one.part.zone_id) for one in found for step in one.steps]
    return pl.DataFrame(rows, schema=SCHEMAS["zone_steps"]) if rows else empty("zone_steps")


def parts_of(zones: Zones) -> tuple[Part, ...]:
    """Zones by level, strict to mild, then by zone id."""
    if zones.levels.is_empty():
        return ()
    rings = zones.levels.group_by("zone_id").agg(pl.col("unit_id").sort())
    ring = dict(rings.iter_rows())
    parts = zones.levels.group_by("level", "zone_id").agg(
        pl.col("unit_id").sort(), pl.col("population").sum()
    )
    made = [
        Part(r["zone_id"], r["level"], tuple(r["unit_id"]), tuple(ring[r["zone_id"]]), int(r["population"]))
        for r in parts.iter_rows(named=True)
    ]
    return tuple(sorted(made, key=lambda p: (LEVELS.index(p.level), p.zone_id)))


def judge_parts(
    records: Records,
    found: pl.DataFrame,
    placements: pl.DataFrame,
    parts: Sequence[Part],
    rules: At,
    *,
    at: datetime,
) -> tuple[Lifting, ...]:
    """Judge zones given by their units, drawn by the chapters or ordered by people.

    Parameters
    ----------
    found : contacts found, ``contacts.tables.FOUND``
    placements : unit of each case (subject_kind, subject_id, unit_id)
    parts : strict to mild; a precaution part waits for the stricter ones among them

    Returns
    -------
    tuple of Lifting, in the order of ``parts``
    """
    excluded = Excluded.of(rules)
    ground = Ground.of(records, found, placements, excluded=excluded, at=at)
    made: list[Lifting] = []
    for part in parts:
        answer, facts = _rule_of(part, rules), ground.facts(part)
        if part.lowered_at is not None:
            facts = _since_lowered(facts, part.lowered_at)
        if part.level == "precaution":
            facts = replace(facts, is_stricter_lifted=_all_due(made))
        verdict = judge(answer, facts, at)
        if _waits_for_stricter(answer):
            verdict = replace(verdict, earliest_at=_last_of(verdict, made))
        steps = tuple(steps_down(part, facts, rules, at=at, first=verdict))
        made.append(Lifting(part, answer, verdict, facts, steps, excluded))
    return tuple(made)


def _rule_of(part: Part, rules: At) -> Answer:
    """Lifting rule of a zone: where an order lowered it, the rule for that step before the level's own."""
    if part.came_from:
        for to in RULE_SUBJECTS[part.level]:
            for before in RULE_SUBJECTS[part.came_from]:
                named = rules.find("zone.lift", f"{to}_from_{before}")
                if named.in_force:
                    return named
    return find_level_rule(rules, "zone.lift", part.level)


def _since_lowered(facts: Facts, lowered_at: datetime) -> Facts:
    """Clean days count from the hour of the lowering, where the last infection is older."""
    start = raised_hour(lowered_at)
    clock = facts.clocks["infection"]
    later = start if clock is None else max(clock, start)
    return replace(facts, clocks={**facts.clocks, "infection": later})


def _waits_for_stricter(answer: Answer) -> bool:
    tree = answer.value or {}
    leaves = [tree, *tree.get("all", ())]
    return answer.in_force and any(leaf.get("fact") == "all_sealed_and_managed_lifted" for leaf in leaves)


def _all_due(made: Iterable[Lifting]) -> bool | None:
    """Whether every stricter zone may be lifted (also where none stands); None = not known of one."""
    found = [one.verdict.is_due for one in made if one.part.level != "precaution"]
    if False in found:
        return False
    return None if None in found else True


def _last_of(verdict: Verdict, made: Iterable[Lifting]) -> datetime | None:
    """The hour at which the last stricter zone may be lifted, and the own clocks have run out."""
    hours = [one.verdict.earliest_at for one in made if one.part.level != "precaution"]
    if not hours:
        return verdict.earliest_at
    if None in hours:
        return None
    last = max(h for h in hours if h is not None)
    return last if verdict.earliest_at is None else max(last, verdict.earliest_at)


def _table(found: Sequence[Lifting], records: Records) -> pl.DataFrame:
    if not found:
        return empty("zone_lifting")
    rows = []
    for one in found:
        rule, excluded = one.answer.rule, one.excluded
        earliest = one.verdict.earliest_at
        said = excluded.words(one.facts.n_not_counted)
        rows.append(
            {
                "zone_id": one.part.zone_id,
                "level": one.part.level,
                "n_units": len(one.part.unit_ids),
                "earliest": None if earliest is None else local_day(earliest, records.tz),
                "is_due": one.verdict.is_due,
                "rule_id": one.answer.rule_id,
                "edition": rule.edition if rule else "",
                "missing_zh": one.verdict.missing.zh,
                "missing_en": one.verdict.missing.en,
                "earliest_at": earliest,
                "to_level": next_level(one.answer) if one.answer.in_force else "",
                "restarted_at": one.facts.restarted_at,
                "restart_zh": one.facts.restart.zh if one.facts.restart else "",
                "restart_en": one.facts.restart.en if one.facts.restart else "",
                "n_not_counted": one.facts.n_not_counted,
                "not_counted_zh": said.zh if said else "",
                "not_counted_en": said.en if said else "",
            }
        )
    return pl.DataFrame(rows, schema=SCHEMAS["zone_lifting"])
