"""When each zone may be lifted by the rule in force, and what is still missing for it.

Chapter 8: reads the drawn zones, is read by tasks (review dates) and oversight (neither early nor late).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from fireline.clock import local_day
from fireline.policy.model import Answer, Status
from fireline.policy.predicate import evaluate
from fireline.records.model import Records
from fireline.words import Words
from fireline.zones.cases import counted_cases
from fireline.zones.delimit import find_level_rule
from fireline.zones.model import LEVELS, Zones
from fireline.zones.tables import SCHEMAS, empty

if TYPE_CHECKING:
    from fireline.contacts.model import Contacts
    from fireline.policy import At

_SINCE = {
    "days_no_new_infection": ("case", Words("无新增感染天数", "days without a new infection")),
    "days_since_last_case": ("case", Words("距最后一例天数", "days since the last case")),
    "days_since_last_contact_exposure": (
        "exposure",
        Words("距密接末次暴露天数", "days since the last contact's exposure"),
    ),
    "days_since_last_contact_transfer": (
        "transfer",
        Words("距密接转运天数", "days since the last contact was moved"),
    ),
}


@dataclass(frozen=True, slots=True)
class _Facts:
    """Dates that lifting counts from, for one zone; None = the data do not tell."""

    last_case: date | None
    last_exposure: date | None
    last_transfer: date | None
    round_day: date | None
    n_tested: int
    population: int

    def since(self, kind: str) -> date | None:
        return {"case": self.last_case, "exposure": self.last_exposure, "transfer": self.last_transfer}[kind]

    def on(self, day: date) -> dict[str, Any]:
        """Facts of the lifting tree as they stand on a day, if nothing new happens until then."""
        facts: dict[str, Any] = {}
        for name, (kind, _) in _SINCE.items():
            start = self.since(kind)
            facts[name] = None if start is None else (day - start).days
        if self.round_day is not None:
            facts["full_round_negative_within_days"] = (day - self.round_day).days
            if self.last_case is not None:
                facts["full_round_negative_on_day"] = (self.round_day - self.last_case).days
        return facts


def lift(records: Records, contacts: Contacts, zones: Zones, rules: At, *, at: datetime) -> pl.DataFrame:
    """Earliest lifting date and missing conditions of every zone and level.

    Parameters
    ----------
    zones : result of delimit for the same records, contacts and rules
    at : aware UTC instant

    Returns
    -------
    DataFrame   ``SCHEMAS["zone_lifting"]``, one row per (zone_id, level), sorted strict to mild, then by zone

    Notes
    -----
    ``earliest`` counts only the conditions that are counts of days, and assumes no new case; it is null where
    a day they count from is not in the data. ``is_due`` is true only when every condition is met on the day
    of ``at``, null when a fact is unknown. The precaution area is lifted when every stricter zone is.
    """
    if zones.levels.is_empty():
        return empty("zone_lifting")
    today = local_day(at, records.tz)
    answers = {level: find_level_rule(rules, "zone.lift", level) for level in LEVELS}
    rows = []
    parts = zones.levels.group_by("level", "zone_id").agg(
        pl.col("unit_id").sort(), pl.col("population").sum(), n_units=pl.len()
    )
    homes = _homes(records)
    for part in parts.iter_rows(named=True):
        answer = answers[part["level"]]
        facts = _facts(records, contacts, zones, part, homes, at=at)
        earliest, is_due, missing = _judge(answer, facts, today)
        rows.append(
            {
                "zone_id": part["zone_id"],
                "level": part["level"],
                "n_units": part["n_units"],
                "earliest": earliest,
                "is_due": is_due,
                "rule_id": answer.rule_id,
                "edition": answer.rule.edition if answer.rule else "",
                "missing_zh": missing.zh,
                "missing_en": missing.en,
            }
        )
    rank = pl.col("level").replace_strict({n: i for i, n in enumerate(LEVELS)}, return_dtype=pl.Int8)
    return pl.DataFrame(rows, schema=SCHEMAS["zone_lifting"]).sort(rank, "zone_id")


def _homes(records: Records) -> pl.DataFrame:
    """Person -> home place, for tests of people who live in a unit whose id is their home place."""
    return (
        records.table("persons")
        .select("person_key", "home_place_id")
        .drop_nulls()
        .unique("person_key", keep="first")
    )


def _zone_cases(zones: Zones, units: Sequence[str]) -> pl.Series:
    """Ids of cases that live in the zone's units."""
    return zones.placements.filter((pl.col("subject_kind") == "case") & pl.col("unit_id").is_in(list(units)))[
        "subject_id"
    ]


def _facts(
    records: Records,
    contacts: Contacts,
    zones: Zones,
    part: Mapping[str, Any],
    homes: pl.DataFrame,
    *,
    at: datetime,
) -> _Facts:
    tz = str(records.tz)

    def day(column: str) -> pl.Expr:
        return pl.col(column).dt.convert_time_zone(tz).dt.date()

    ring = zones.levels.filter(pl.col("zone_id") == part["zone_id"])["unit_id"].to_list()
    all_cases = counted_cases(records, at=at)
    ids = _zone_cases(zones, ring)
    cases = all_cases.filter(pl.col("case_id").is_in(ids.to_list()))
    if cases.is_empty():  # a ring of visited units only, or the whole county: every case counts
        cases = all_cases
    close = contacts.found.filter(
        (pl.col("class") == "close")
        & pl.col("case_id").is_in(cases["case_id"].to_list())
        & (pl.col("last_exposure") <= at)
    )
    moved = records.table("contacts").filter(
        pl.col("case_id").is_in(cases["case_id"].to_list()) & (pl.col("managed_at") <= at)
    )
    residents = homes.filter(pl.col("home_place_id").is_in(part["unit_id"]))
    last_case: date | None = cases.select(pl.col("last_day").max()).item()
    round_day, n_tested = _full_round(records, residents, part["population"], since=last_case, at=at)
    return _Facts(
        last_case,
        close.select(day("last_exposure").max()).item(),
        moved.select(day("managed_at").max()).item(),
        round_day,
        n_tested,
        part["population"],
    )


def _full_round(
    records: Records, residents: pl.DataFrame, population: int, *, since: date | None, at: datetime
) -> tuple[date | None, int]:
    """Latest day by which everybody living in the zone had a negative result after the last case.

    Returns the day (None when the round is not complete) and how many people were tested negative.
    """
    tz = str(records.tz)
    tests = (
        records.table("tests")
        .filter(
            (pl.col("subject_kind") == "person")
            & (pl.col("result") == "negative")
            & (pl.col("taken_at") <= at)
        )
        .join(residents, left_on="subject_id", right_on="person_key", how="semi")
        .with_columns(day=pl.col("taken_at").dt.convert_time_zone(tz).dt.date())
    )
    if since is not None:
        tests = tests.filter(pl.col("day") > since)
    latest = tests.group_by("subject_id").agg(pl.col("day").max())
    if population <= 0 or latest.height < population:
        return None, latest.height
    oldest: date | None = latest.select(pl.col("day").min()).item()
    return oldest, latest.height


def _count_rule(condition: Mapping[str, Any]) -> int | None:
    """Whole days a condition asks for; None where it is not a count of days since something."""
    if condition.get("fact") not in _SINCE:
        return None
    if "ge" in condition:
        return int(condition["ge"])
    return int(condition["gt"]) + 1 if "gt" in condition else None


def _judge(answer: Answer, facts: _Facts, today: date) -> tuple[date | None, bool | None, Words]:
    """Earliest date, whether all conditions are met today, and what is missing."""
    if answer.status is Status.ASK:
        return (
            None,
            None,
            Words("解除条件各来源不一致，须由人决定。", "Sources conflict on lifting: a person decides."),
        )
    if not answer.in_force or answer.value is None:
        return None, None, Words("没有有效的解除规定。", "No rule for lifting is in force.")
    value = answer.value
    conditions = [c for c in value.get("all", ()) if isinstance(c, Mapping)]
    dates: list[date | None] = []
    missing: list[Words] = []
    for condition in conditions:
        days = _count_rule(condition)
        if days is not None:
            kind, name = _SINCE[str(condition["fact"])]
            start = facts.since(kind)
            dates.append(None if start is None else start + timedelta(days=days))
            if start is None:
                missing.append(
                    Words(f"{name.zh}：数据中没有起算日", f"{name.en}: the data have no day to count from")
                )
            elif start + timedelta(days=days) > today:
                left = (start + timedelta(days=days) - today).days
                missing.append(Words(f"{name.zh}：还差 {left} 天", f"{name.en}: {left} more days"))
        elif evaluate(condition, facts.on(today)) is not True:
            missing.append(_other_missing(condition, facts))
    tree = {
        k: v for k, v in value.items() if k in ("all", "any", "not", "fact", "ge", "gt", "le", "lt", "eq")
    }
    earliest = None if not dates or None in dates else max(d for d in dates if d is not None)
    is_due = evaluate(tree, facts.on(today))
    if not missing:
        missing.append(Words("条件已全部满足。", "All conditions are met."))
    return earliest, is_due, Words("；".join(m.zh for m in missing), "; ".join(m.en for m in missing))


def _other_missing(condition: Mapping[str, Any], facts: _Facts) -> Words:
    """Sentence for a condition that is not a count of days."""
    fact = str(condition.get("fact", ""))
    if fact.startswith("full_round_negative"):
        return Words(
            f"全员核酸：已有 {facts.n_tested}/{facts.population} 人末例之后阴性",
            f"full negative round: {facts.n_tested} of {facts.population} negative since the last case",
        )
    if fact == "all_sealed_and_managed_lifted":
        return Words("封控区、管控区尚未全部解除", "sealed and managed areas are not all lifted")
    return Words(f"数据中没有“{fact or '条件'}”", f"the data do not tell {fact or 'this condition'}")
