"""Which cases of a zone start its clock again, and which kinds do not by a rule in force.

Chapter 8: the kinds are data of the packs (``zone.exclude``); a case whose kind nobody stated counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from fireline.policy.model import Rule
from fireline.policy.terms import terms
from fireline.records.model import Records
from fireline.words import Words
from fireline.zones.cases import counted_cases
from fireline.zones.lifting.clock import known_end

if TYPE_CHECKING:
    from fireline.policy import At

_SEEN = ("onset", "sampled_at", "reported_at", "isolated_at")


@dataclass(frozen=True, slots=True)
class Excluded:
    """Kinds of case that do not start the clock again.

    Attributes
    ----------
    kinds : tuple of str, values of cases.found_as
    rule : Rule or None, the rule that says so
    """

    kinds: tuple[str, ...] = ()
    rule: Rule | None = field(default=None)

    @classmethod
    def of(cls, rules: At) -> Excluded:
        """Kinds of the rule in force; none without one, and none by advice or where sources conflict."""
        answer = rules.find("zone.exclude", "new_infection")
        if not answer.in_force or answer.value is None:
            return cls()
        return cls(tuple(answer.value["found_as"]), answer.rule)

    def words(self, n: int) -> Words | None:
        """How many cases did not count, by which rule; None where none."""
        if not n or self.rule is None:
            return None
        names = terms("found_as", self.kinds)
        return Words(
            f"{n} 例不计入新增（{names.zh}），依据 {self.rule.id}（{self.rule.edition}）",
            f"{n} cases are not new infections ({names.en}) by {self.rule.id} ({self.rule.edition})",
        )


def clocked_cases(records: Records, *, excluded: Excluded, at: datetime) -> pl.DataFrame:
    """Cases known at ``at`` with the hour from which they let the clock run, and whether they do.

    Returns
    -------
    DataFrame   case_id, person_key, clock_at (UTC, the latest hour at which the case was surely seen; null
        where no time is known), counts (bool), by case_id
    """
    tz = str(records.tz)
    ends = [
        pl.when(pl.col(c) <= at).then(known_end(c, f"{c}_precision", tz=tz)).otherwise(None) for c in _SEEN
    ]
    return (
        counted_cases(records, at=at)
        .with_columns(
            clock_at=pl.max_horizontal(ends),
            counts=~pl.col("found_as").is_in(list(excluded.kinds)).fill_null(value=False),
        )
        .select("case_id", "person_key", "clock_at", "counts")
    )


def turned(cases: pl.DataFrame, found: pl.DataFrame) -> dict[str, list[str]]:
    """Case id -> the cases among its close contacts.

    Parameters
    ----------
    cases : result of clocked_cases
    found : close contacts (case_id, person_key)
    """
    pairs = (
        found.select("case_id", "person_key")
        .join(cases.select("person_key", later="case_id").drop_nulls(), on="person_key")
        .select("case_id", "later")
        .unique()
        .sort("case_id", "later")
    )
    by_case: dict[str, list[str]] = {}
    for case_id, later in pairs.iter_rows():
        by_case.setdefault(case_id, []).append(later)
    return by_case


def with_later_cases(by_case: Mapping[str, Sequence[str]], ids: Sequence[str]) -> list[str]:
    """The cases of a zone and, step by step, the cases among their close contacts, wherever these live.

    Parameters
    ----------
    by_case : result of turned
    ids : case ids of the zone
    """
    seen, queue = set(ids), list(ids)
    while queue:
        for later in by_case.get(queue.pop(), ()):
            if later not in seen:
                seen.add(later)
                queue.append(later)
    return sorted(seen)
