"""The rule in force on the day each clock started, found once per span of days in which no rule changes.

Chapter 9: an outbreak can outlive an edition; a task keeps the rule of its own day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from fireline.policy.model import Answer, Status

if TYPE_CHECKING:
    from fireline.policy import At


@dataclass(frozen=True, slots=True)
class Rulings:
    """Answers by concept, subject and day, with a memory.

    Attributes
    ----------
    rules : At
    edges : list of date, ascending; between two edges every answer is the same
    """

    rules: At
    edges: list[date]
    known: dict[tuple[str, str, int], Answer] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, rules: At) -> Rulings:
        """Collect every day on which a rule or edition of the library begins or has ended."""
        days: set[date] = set()
        ends: set[date | None] = set()
        for rule in rules.library.rules:
            days.add(rule.valid_from)
            ends.update((rule.valid_to, rule.expires_at))
        for pack in rules.library.packs:
            days.add(pack.valid_from)
            ends.add(pack.valid_to)
        days.update(end + timedelta(days=1) for end in ends if end is not None and end < date.max)
        return cls(rules, sorted(days))

    def find(self, concept: str, subject: str, day: date) -> Answer:
        """Answer for a day."""
        span = bisect_right(self.edges, day)
        key = (concept, subject, span)
        if key not in self.known:
            first = self.edges[span - 1] if span else day
            self.known[key] = self.rules.on_date(first).find(concept, subject)
        return self.known[key]

    def split(
        self, frame: pl.DataFrame, concept: str, subject: str, *, day: str
    ) -> Iterator[tuple[Answer, pl.DataFrame]]:
        """Parts of a frame that share an answer; rows without a day are left out.

        Parameters
        ----------
        day : name of a Date column
        """
        frame = frame.filter(pl.col(day).is_not_null())
        if frame.is_empty():
            return
        edges = pl.Series("edge", self.edges, dtype=pl.Date)
        spans = frame.with_columns(_span=edges.search_sorted(frame[day], side="right"))
        for (_,), part in spans.group_by("_span", maintain_order=True):
            yield self.find(concept, subject, part[day][0]), part.drop("_span")

    def in_force(
        self, frame: pl.DataFrame, concept: str, subject: str, *, day: str
    ) -> Iterator[tuple[Answer, pl.DataFrame]]:
        """Parts of a frame for which a rule is in force (not advice, not off, not in conflict)."""
        for answer, part in self.split(frame, concept, subject, day=day):
            if answer.status is Status.RULE and answer.value is not None:
                yield answer, part
