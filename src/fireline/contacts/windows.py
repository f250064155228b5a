"""From when until when a case could infect others, by the look-back rule in force for that case.

Chapter 7: reads the cases of records; read by stated and copresence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from fireline.clock import local_midnight
from fireline.policy import Answer, At, PackKind, disease_id
from fireline.records.model import INSTANT, Records

_DAYS = ("onset", "sampled_at", "reported_at", "isolated_at")

WINDOWS: dict[str, pl.DataType] = {
    "case_id": pl.String(),
    "person_key": pl.String(),
    "rule_day": pl.Date(),
    "anchor_day": pl.Date(),
    "anchor": pl.String(),
    "from": INSTANT,
    "to": INSTANT,
    "is_open": pl.Boolean(),
    "is_waiting": pl.Boolean(),
}


@dataclass(slots=True)
class RuleBook:
    """Answers of the rules about contacts, looked up once for each day on which a case stands.

    Attributes
    ----------
    rules : At
    """

    rules: At
    _kept: dict[tuple[str, str, date], Answer] = field(default_factory=dict)
    _allowed: dict[date, bool] = field(default_factory=dict)

    def find(self, concept: str, subject: str, day: date) -> Answer:
        """The answer for one concept and subject on one day."""
        key = (concept, subject, day)
        if key not in self._kept:
            self._kept[key] = self.rules.on_date(day).find(concept, subject)
        return self._kept[key]

    def classes(self, day: date) -> tuple[Answer, ...]:
        """Answers that decide the class of a first contact, nearest class first."""
        return tuple(self.find("contact.class", s, day) for s in ("close", "companion", "general"))

    def is_search_allowed(self, day: date) -> bool:
        """Whether visits of people nobody named may be searched: look-back and class rule both in force."""
        if day not in self._allowed:
            lookback = self.find("contact.lookback", "close", day)
            self._allowed[day] = lookback.in_force and any(a.in_force for a in self.classes(day))
        return self._allowed[day]

    def labels(self) -> tuple[tuple[str, str], ...]:
        """Labels (zh, en) of the look-back and exercise packs that answered, sorted."""
        first_days: dict[str, date] = {}
        for (_, _, day), answer in sorted(self._kept.items(), key=lambda item: item[0]):
            if answer.rule is not None and answer.rule.kind in (PackKind.RETROSPECTIVE, PackKind.EXERCISE):
                first_days.setdefault(answer.rule.edition, day)
        found = {self.rules.on_date(day).pack_label for day in first_days.values()}
        return tuple(sorted(label for label in found if label is not None))

    def used(self) -> tuple[Answer, ...]:
        """Every distinct answer given, in a fixed order."""
        by_key: dict[tuple[str, str, str, str], Answer] = {}
        for (concept, subject, _), answer in sorted(self._kept.items(), key=lambda item: item[0]):
            by_key.setdefault((concept, subject, answer.status.value, answer.rule_id), answer)
        return tuple(by_key[key] for key in sorted(by_key))


def cases_of(records: Records, rules: At) -> pl.DataFrame:
    """Cases of the disease asked for that were not discarded, with local days of their moments.

    Parameters
    ----------
    records : Records
    rules : At   its disease; "*" or "" takes every case

    Returns
    -------
    DataFrame   columns of cases, and onset_day, sampled_day, reported_day, isolated_day; sorted by case_id
    """
    cases = records.table("cases")
    wanted = disease_id(rules.disease)
    if wanted not in ("*", ""):
        names = cases["disease"].unique().drop_nulls().to_list()
        same = [name for name in names if disease_id(name) == wanted]
        cases = cases.filter(pl.col("disease").is_in(same))
    cases = cases.filter(pl.col("classification").is_null() | (pl.col("classification") != "discarded"))
    return cases.with_columns(
        pl.col(c).dt.convert_time_zone(str(records.tz)).dt.date().alias(c.removesuffix("_at") + "_day")
        for c in _DAYS
    ).sort("case_id")


def case_windows(
    cases: pl.DataFrame,
    book: RuleBook,
    *,
    tz: ZoneInfo,
    at: datetime,
    searched: Collection[str] | None = None,
) -> pl.DataFrame:
    """One window per case under the look-back rule in force on the day the case became known.

    Parameters
    ----------
    cases : DataFrame   as ``cases_of`` gives it
    book : RuleBook
    tz : time zone whose days are counted
    at : datetime   nothing later is looked at
    searched : collection of case ids or None   cases whose search was opened; None = all

    Returns
    -------
    DataFrame   columns WINDOWS, one row per case; from and to are null where no rule gives a look-back or
    no anchor is known; is_open says whether visits may be searched, is_waiting that a rule allows it but
    nobody opened the search
    """
    rows = []
    for case in cases.iter_rows(named=True):
        rule_day = case["reported_day"] or case["sampled_day"] or case["onset_day"] or book.rules.on
        answer = book.find("contact.lookback", "close", rule_day)
        start, end, anchor_day, anchor = window_of(case, answer, tz=tz, at=at)
        is_allowed = start is not None and book.is_search_allowed(rule_day)
        is_opened = searched is None or case["case_id"] in searched
        who = (case["case_id"], case["person_key"])
        opened = (is_allowed and is_opened, is_allowed and not is_opened)
        rows.append((*who, rule_day, anchor_day, anchor, start, end, *opened))
    return pl.DataFrame(rows, schema=WINDOWS, orient="row")


def window_of(
    case: Mapping[str, Any], answer: Answer, *, tz: ZoneInfo, at: datetime
) -> tuple[datetime | None, datetime | None, date | None, str]:
    """Window of one case under a look-back rule.

    Parameters
    ----------
    case : mapping   a row as ``cases_of`` gives it
    answer : Answer   of contact.lookback
    tz : time zone whose days are counted
    at : datetime   nothing later is looked at

    Returns
    -------
    (from, to, anchor_day, anchor)   (None, None, None, "") without a rule in force; from and to are None
    where no day of the case can be counted from
    """
    if answer.value is None or not answer.in_force:
        return None, None, None, ""
    anchor_day, anchor = _anchor(case, str(answer.value["anchor"]))
    if anchor_day is None:
        return None, None, None, anchor
    start = local_midnight(anchor_day - timedelta(days=int(answer.value["days"])), tz)
    end = max(start, min(at, _end(case, answer.value, anchor_day=anchor_day, tz=tz, at=at)))
    return start, end, anchor_day, anchor


def _anchor(case: Mapping[str, Any], wanted: str) -> tuple[date | None, str]:
    """Day to count back from and where it comes from; the next best moment stands in, and says so."""
    onset = None if case["classification"] == "asymptomatic" else case["onset_day"]
    order = {
        "sampling": ("sampled", "reported"),
        "report": ("reported",),
        "diagnosis": ("reported",),
    }.get(wanted, ("onset", "sampled", "reported"))
    days = {"onset": onset, "sampled": case["sampled_day"], "reported": case["reported_day"]}
    return next(((days[name], name) for name in order if days[name] is not None), (None, ""))


def _end(
    case: Mapping[str, Any], value: Mapping[str, Any], *, anchor_day: date, tz: ZoneInfo, at: datetime
) -> datetime:
    """End of the window: isolation, else the report, else now; a date without hours counts to its end."""
    names = {"report": ("reported_at",), "recovery": ("outcome_at",)}.get(
        str(value.get("until", "isolation")), ("isolated_at", "reported_at")
    )
    end = at
    for name in names:
        moment = case[name]
        if moment is not None:
            is_day = case[f"{name}_precision"] == "day"
            end = local_midnight(moment.astimezone(tz).date() + timedelta(days=1), tz) if is_day else moment
            break
    if "after_days" in value:
        end = min(end, local_midnight(anchor_day + timedelta(days=int(value["after_days"]) + 1), tz))
    return end
