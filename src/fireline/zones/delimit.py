"""Draw the two-tier zone that the rules in force allow: sealed, managed, precaution; nothing without a rule.

Chapter 8: reads records, contacts and rules, is read by tasks, oversight and the map.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.clock import local_day
from fireline.policy.model import Answer, Status
from fireline.records.model import Records
from fireline.words import Words
from fireline.zones import explain
from fireline.zones.candidates.crude import compare
from fireline.zones.cases import (
    case_points,
    contacts_per_unit,
    counted_cases,
    infectious_visits,
    place_points,
)
from fireline.zones.graph import Neighbours, border_gates, component_labels, county_of
from fireline.zones.locate import UnitMap, locate
from fireline.zones.model import LEVELS, UNIT_KINDS, Zones, allowed_rank, unit_rank
from fireline.zones.sets import UnitSets
from fireline.zones.tables import SCHEMAS, empty

if TYPE_CHECKING:
    from fireline.contacts.model import Contacts
    from fireline.policy import At

RULE_SUBJECTS = {
    "sealed": ("sealed", "lockdown", "high"),
    "managed": ("managed", "control", "medium"),
    "precaution": ("precaution", "low"),
}
"""Names that editions give to the levels; the first that has a rule answers."""


def find_level_rule(rules: At, concept: str, level: str) -> Answer:
    """Answer of a zone concept for a level, by the first of its names that any rule speaks of."""
    answers = [rules.find(concept, subject) for subject in RULE_SUBJECTS[level]]
    return next((a for a in answers if a.status is not Status.NO_RULE), answers[0])


def _with_how_words(placements: pl.DataFrame) -> pl.DataFrame:
    words = [explain.how_words(h, d) for h, d in placements.select("how", "distance_m").iter_rows()]
    return placements.with_columns(
        how_zh=pl.Series([w.zh for w in words], dtype=pl.String),
        how_en=pl.Series([w.en for w in words], dtype=pl.String),
    ).select(list(SCHEMAS["zone_placements"]))


def _grouped(pairs: pl.DataFrame, index: Mapping[str, int]) -> dict[int, list[str]]:
    """Unit index -> sorted case ids, from rows (case_id, unit_id)."""
    found: dict[int, set[str]] = defaultdict(set)
    for case_id, unit_id in pairs.iter_rows():
        if unit_id is not None:
            found[index[unit_id]].add(case_id)
    return {i: sorted(ids) for i, ids in sorted(found.items())}


def _mask(n: int, indices: Sequence[int]) -> NDArray[np.bool_]:
    mask = np.zeros(n, dtype=bool)
    mask[list(indices)] = True
    return mask


def lift_days(rules: At) -> int | None:
    """Days without a new case after which a sealed unit may be lifted; None where no rule says."""
    answer = find_level_rule(rules, "zone.lift", "sealed")
    if not answer.in_force or answer.value is None:
        return None
    for condition in answer.value.get("all", ()):
        if condition.get("fact") == "days_no_new_infection":
            return int(condition.get("ge", condition.get("gt", 0) + 1))
    return None


def delimit(records: Records, contacts: Contacts, rules: At, *, at: datetime) -> Zones:
    """Two-tier zones by the rules in force, with people and gates counted and a sentence per unit.

    Parameters
    ----------
    records : cleaned tables; units (and adjacency) are needed, places and visits widen the managed area
    contacts : result of contacts.find; contacts living in each unit are counted beside the people
    rules : At, rules of one disease, area and date
    at : aware UTC instant; nothing later is used

    Returns
    -------
    Zones   empty with notes where no rule allows a zone, no units are given or no case counts

    Raises
    ------
    PolicyError   a zone rule's value names a set or unit kind that does not exist

    Notes
    -----
    Sealed: what zone.define/sealed names, normally the units where cases live. Managed: units next to them
    and units that cases visited inside the look-back rule's window. Precaution: the rest of the county.
    A case older than the lifting rule's clean days draws no new zone. A stricter level wins. A unit larger
    than zone.unit allows is drawn and reported, never silently.
    """
    answers = {level: find_level_rule(rules, "zone.define", level) for level in LEVELS}
    unit_answer = find_level_rule(rules, "zone.unit", "sealed")
    lookback = rules.find("contact.lookback", "close")
    all_answers = (*answers.values(), unit_answer, lookback)
    off = {level: a for level, a in answers.items() if not a.in_force}
    notes = list(_no_rule_notes(off, rules, everything=len(off) == len(answers))) if off else []
    if len(off) == len(answers):
        return _nothing(all_answers, notes)
    units = records.table("units").sort("unit_id")
    if units.is_empty():
        notes.append(
            Words("数据中没有单元表，无法划区。", "The data have no units table: no zone can be drawn.")
        )
        return _nothing(all_answers, notes)
    cases = counted_cases(records, at=at)
    if cases.is_empty():
        notes.append(Words("没有计入的病例，不划区。", "No case counts: no zone is drawn."))
        return _nothing(all_answers, notes)
    drawing = _Drawing(records, contacts, rules, at, units, cases, answers, unit_answer, lookback)
    return replace(drawing.zones(notes), answers=all_answers)


def _no_rule_notes(off: Mapping[str, Answer], rules: At, *, everything: bool) -> tuple[Words, ...]:
    allowed = []
    if everything:
        for concept in explain.concepts_with_words():
            ours = (r for r in rules.library.by_concept.get(concept, ()) if r.disease in (rules.disease, "*"))
            if any(rules.find(concept, subject).in_force for subject in sorted({r.subject for r in ours})):
                allowed.append(concept)
    return explain.no_rule(off, disease=rules.disease, area=rules.area, allowed=allowed)


def _nothing(answers: tuple[Answer, ...], notes: Sequence[Words]) -> Zones:
    return Zones(empty("zones"), empty("zone_totals"), answers, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Drawing:
    """One drawing: inputs that every step shares."""

    records: Records
    contacts: Contacts
    rules: At
    at: datetime
    units: pl.DataFrame
    cases: pl.DataFrame
    answers: Mapping[str, Answer]
    unit_answer: Answer
    lookback: Answer

    def zones(self, notes: list[Words]) -> Zones:
        """All steps in order: place cases, form sets, assign levels, say why, count, compare."""
        unit_map = UnitMap.of(self.units)
        index = {unit_id: i for i, unit_id in enumerate(unit_map.ids)}
        case_places = locate(unit_map, case_points(self.records, self.cases), subject_kind="case")
        fresh, stale = self._fresh(case_places)
        visits, place_places = self._visits(fresh, unit_map, notes)
        n_lost = case_places.filter(pl.col("unit_id").is_null()).height
        if n_lost:
            notes.append(
                Words(
                    f"{n_lost} 例病例没有可归入单元的住址，未据此划区。",
                    f"{n_lost} cases have no home that falls in a unit: no zone is drawn for their homes.",
                )
            )
        neighbours = Neighbours.of(self.records.table("adjacency"), index)
        sets = self._sets(fresh, visits, index, neighbours)
        level = self._assign(sets, unit_map)
        levels = self._level_rows(level, sets, neighbours, notes)
        gates = border_gates(neighbours, level, unit_map.ids)
        return Zones(
            levels,
            _totals(levels, gates),
            notes=tuple(notes),
            outside=self._outside_rows(level, stale),
            placements=_with_how_words(pl.concat([case_places, place_places])),
            gates=gates,
            candidates=compare(self.units, unit_map, levels, case_units=sets.home),
            shapes=self.units.select(
                "unit_id", pl.Series("level", level, dtype=pl.String), "lon", "lat", "geometry"
            ),
        )

    def _fresh(self, case_places: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
        """Cases (case_id, unit_id) young enough to draw a zone; unit -> days since its latest old case."""
        days = lift_days(self.rules)
        today = local_day(self.at, self.records.tz)
        joined = case_places.select("unit_id", case_id="subject_id").join(
            self.cases.select("case_id", "last_day"), on="case_id"
        )
        age = (pl.lit(today) - pl.col("last_day")).dt.total_days()
        is_old = pl.lit(False) if days is None else (age >= days).fill_null(False)
        stale = (
            joined.filter(is_old, pl.col("unit_id").is_not_null())
            .group_by("unit_id")
            .agg(age.min().alias("age"))
        )
        return joined.filter(~is_old).select("case_id", "unit_id"), dict(stale.iter_rows())

    def _visits(
        self, fresh: pl.DataFrame, unit_map: UnitMap, notes: list[Words]
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Units visited while infectious (case_id, unit_id), and how each visited place was located."""
        cases = self.cases.join(fresh.select("case_id"), on="case_id", how="semi")
        if not self.lookback.in_force or self.lookback.value is None:
            notes.append(
                Words(
                    "没有有效的追溯期规定，到访单元不计入。",
                    "No look-back rule is in force: visited units are not counted.",
                )
            )
            visits = pl.DataFrame(schema={"case_id": pl.String, "place_id": pl.String})
        else:
            visits, n_unknown = infectious_visits(self.records, cases, self.lookback.value, at=self.at)
            if n_unknown:
                notes.append(
                    Words(
                        f"{n_unknown} 例病例缺少起算日期，其到访单元无法判定。",
                        f"{n_unknown} cases lack the date the look-back starts from: the units they visited "
                        "cannot be told.",
                    )
                )
        points = (
            visits.select("place_id")
            .unique()
            .join(place_points(self.records), on="place_id", how="left")
            .select("place_id", "lon", "lat", "area_code", subject_id="place_id")
        )
        found = locate(unit_map, points, subject_kind="place")
        units = visits.join(found.select("unit_id", place_id="subject_id"), on="place_id")
        return units.select("case_id", "unit_id"), found

    def _sets(
        self, fresh: pl.DataFrame, visits: pl.DataFrame, index: Mapping[str, int], neighbours: Neighbours
    ) -> UnitSets:
        n = len(index)
        home_of = _grouped(fresh, index)
        visited_by = _grouped(visits, index)
        home, visited = _mask(n, list(home_of)), _mask(n, list(visited_by))
        touched = home | visited
        county = np.zeros(n, dtype=bool)
        if touched.any():
            names = county_of(self.units, self.records.table("areas"), self.rules.area)
            county = np.isin(names, np.unique(names[touched]))
        return UnitSets(home, visited, neighbours.around(home), county, home_of, visited_by)

    def _assign(self, sets: UnitSets, unit_map: UnitMap) -> list[str | None]:
        """Strictest level of each unit; a unit that no rule in force names stays outside."""
        level: list[str | None] = [None] * len(sets.home)
        if not (sets.home.any() or sets.visited.any()):
            return level
        for name in reversed(LEVELS):
            answer = self.answers[name]
            if answer.in_force and answer.value is not None:
                for i in np.flatnonzero(sets.pick(answer.value, unit_map)):
                    level[i] = name
        return level

    def _level_rows(
        self, level: Sequence[str | None], sets: UnitSets, neighbours: Neighbours, notes: list[Words]
    ) -> pl.DataFrame:
        is_ringed = np.array([name in ("sealed", "managed") for name in level])
        labels = component_labels(neighbours, is_ringed)
        ids, kinds = self.units["unit_id"].to_list(), self.units["kind"].to_list()
        contacts = contacts_per_unit(self.records, self.contacts, ids)
        largest = self._largest_kind()
        rows = []
        for i, name in enumerate(level):
            if name is None:
                continue
            rank = unit_rank(kinds[i])
            is_large = name == "sealed" and largest is not None and rank is not None and rank > largest
            rule = self.answers[name].rule
            next_to = [ids[j] for j in neighbours.of_unit(i) if sets.home[j]] if name == "managed" else []
            words = explain.inside(
                name,
                rule_id=self.answers[name].rule_id,
                home_of=sets.home_of.get(i, ()),
                visited_by=sets.visited_by.get(i, ()),
                next_to=next_to,
                too_large=UNIT_KINDS[largest] if is_large and largest is not None else "",
            )
            zone_id = f"Z-{ids[labels[i]]}" if is_ringed[i] else "Z-county"
            rows.append(
                {
                    "unit_id": ids[i],
                    "level": name,
                    "rule_id": self.answers[name].rule_id,
                    "why_zh": words.zh,
                    "why_en": words.en,
                    "zone_id": zone_id,
                    "edition": rule.edition if rule else "",
                    "n_cases": len(sets.home_of.get(i, ())),
                    "n_contacts": contacts.get(ids[i], 0),
                    "is_larger_than_rule": is_large,
                }
            )
        n_large = sum(bool(row["is_larger_than_rule"]) for row in rows)
        if n_large and largest is not None:
            notes.append(
                Words(
                    f"{n_large} 个封控单元大于 {self.unit_answer.rule_id} 允许的单位"
                    f"（{UNIT_KINDS[largest]}），须缩小或签字说明。",
                    f"{n_large} sealed units are larger than {self.unit_answer.rule_id} allows "
                    f"({UNIT_KINDS[largest]}): make them smaller or sign a reason.",
                )
            )
        frame = pl.DataFrame(rows, schema={k: v for k, v in SCHEMAS["zones"].items() if k in _ROW_COLUMNS})
        return (
            frame.join(self.units.select("unit_id", "area_code", "population", "kind"), on="unit_id")
            .select(list(SCHEMAS["zones"]))
            .sort(
                pl.col("level").replace_strict({n: i for i, n in enumerate(LEVELS)}, return_dtype=pl.Int8),
                "unit_id",
            )
        )

    def _largest_kind(self) -> int | None:
        """Rank of the largest unit kind that may be sealed; None where no rule limits it."""
        if not self.unit_answer.in_force or self.unit_answer.value is None:
            return None
        value = self.unit_answer.value
        return allowed_rank(str(value.get("largest", value["unit"])))

    def _outside_rows(self, level: Sequence[str | None], stale: Mapping[str, int]) -> pl.DataFrame:
        days = lift_days(self.rules)
        is_out = pl.Series([name is None for name in level], dtype=pl.Boolean)
        out = self.units.filter(is_out).select("unit_id", "area_code", "population")
        words = [
            explain.outside(last_case_days=stale.get(unit_id), lift_days=days) for unit_id in out["unit_id"]
        ]
        return out.with_columns(
            why_zh=pl.Series([w.zh for w in words], dtype=pl.String),
            why_en=pl.Series([w.en for w in words], dtype=pl.String),
        )


_ROW_COLUMNS = frozenset(SCHEMAS["zones"]) - {"area_code", "population", "kind"}


def _totals(levels: pl.DataFrame, gates: pl.DataFrame) -> pl.DataFrame:
    """Units, people and gates per level, strict to mild."""
    borders = gates.group_by("level").agg(
        n_borders=pl.len().cast(pl.Int64),
        n_gates=pl.col("gates").sum(),
        n_borders_unknown_gates=pl.col("gates").null_count().cast(pl.Int64),
    )
    rank = pl.col("level").replace_strict({n: i for i, n in enumerate(LEVELS)}, return_dtype=pl.Int8)
    return (
        levels.group_by("level")
        .agg(n_units=pl.len().cast(pl.Int64), population=pl.col("population").sum())
        .join(borders, on="level", how="left")
        .with_columns(pl.col("n_borders", "n_gates", "n_borders_unknown_gates").fill_null(0))
        .select(list(SCHEMAS["zone_totals"]))
        .sort(rank)
    )
