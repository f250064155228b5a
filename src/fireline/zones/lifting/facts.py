"""What is known of one zone for its lifting: clocks, the full negative round, contacts, the stricter zones.

Chapter 8: reads records, contacts and placements, is read by judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from fireline.records.model import Records
from fireline.words import Words
from fireline.zones.lifting.clock import known_end, known_start, whole_days
from fireline.zones.lifting.counted import Excluded, clocked_cases, turned, with_later_cases

SINCE = {
    "days_no_new_infection": ("infection", Words("无新增感染天数", "days without a new infection")),
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
"""Facts that count days: the clock they read and their name."""


@dataclass(frozen=True, slots=True)
class Part:
    """A zone at one level.

    Attributes
    ----------
    zone_id, level : str
    unit_ids : units at this level
    ring : units of the whole ring, of every level; cases that live in any of them count
    population : int, people living in ``unit_ids``
    came_from : level an order lowered it from; "" = it was never lowered
    lowered_at : when; a rule such as "medium_from_high" counts its days from then
    """

    zone_id: str
    level: str
    unit_ids: tuple[str, ...]
    ring: tuple[str, ...]
    population: int
    came_from: str = ""
    lowered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Hours that lifting counts from, for one zone; None = the data do not tell.

    Attributes
    ----------
    clocks : "infection", "case", "exposure", "transfer" -> hour the clock started
    first_day : local day of the clock "infection"; "day 7" of a rule is seven days after it
    round_from : start of the newest full negative round
    round_days : days after ``first_day`` on which everybody was negative
    n_tested, population : people negative since the last case, people who live here
    is_released : whether every close contact on record is released
    is_stricter_lifted : whether every stricter zone may be lifted; None = not known
    n_not_counted : cases that did not start the clock again
    restart : Words or None, what started the clock last; None where it runs since the first case
    restarted_at : hour of it
    """

    clocks: Mapping[str, datetime | None]
    first_day: date | None
    round_from: datetime | None
    round_days: tuple[int, ...]
    n_tested: int
    population: int
    is_released: bool | None
    n_not_counted: int
    restart: Words | None
    restarted_at: datetime | None
    is_stricter_lifted: bool | None = None
    later: Mapping[str, Any] = field(default_factory=dict)

    def on(self, at: datetime, *, wanted_day: int | None = None) -> dict[str, Any]:
        """Facts of the lifting tree as they stand at an instant, if nothing new happens until then.

        ``wanted_day`` is the day on which the rule wants the full round. A round made later than that day
        stands for it: a missed day would else keep the zone for ever, and later is never too early.
        """
        facts: dict[str, Any] = dict(self.later)
        for name, (kind, _) in SINCE.items():
            start = self.clocks[kind]
            facts[name] = None if start is None else whole_days(start, at)
        if self.round_from is not None:
            facts["full_round_negative_within_days"] = (at - self.round_from).total_seconds() / 86_400
        if self.round_days:
            late = wanted_day is not None and max(self.round_days) >= wanted_day
            facts["full_round_negative_on_day"] = wanted_day if late else max(self.round_days)
        facts["contacts_all_released"] = self.is_released
        facts["all_sealed_and_managed_lifted"] = self.is_stricter_lifted
        return facts


@dataclass(frozen=True, slots=True)
class Ground:
    """What all zones of one judgement share."""

    records: Records
    close: pl.DataFrame
    placements: pl.DataFrame
    cases: pl.DataFrame
    homes: pl.DataFrame
    later: Mapping[str, Sequence[str]]
    at: datetime

    @classmethod
    def of(
        cls,
        records: Records,
        found: pl.DataFrame,
        placements: pl.DataFrame,
        *,
        excluded: Excluded,
        at: datetime,
    ) -> Ground:
        """Cases, close contacts and homes as known at ``at``.

        Parameters
        ----------
        found : contacts found (``contacts.tables.FOUND``)
        placements : unit of each case (subject_kind "case", subject_id, unit_id)
        """
        tz = str(records.tz)
        close = found.filter((pl.col("class") == "close") & (pl.col("last_exposure") <= at)).with_columns(
            clock_at=known_end("last_exposure", "precision", tz=tz)
        )
        homes = (
            records.table("persons")
            .select("person_key", "home_place_id")
            .drop_nulls()
            .unique("person_key", keep="first")
        )
        cases = clocked_cases(records, excluded=excluded, at=at)
        return cls(records, close, placements, cases, homes, turned(cases, close), at)

    def facts(self, part: Part) -> Facts:
        """Facts of one zone."""
        lives = self.placements.filter(
            (pl.col("subject_kind") == "case") & pl.col("unit_id").is_in(list(part.ring))
        )["subject_id"].to_list()
        cases = self.cases.filter(pl.col("case_id").is_in(lives))
        if cases.is_empty():  # a ring of visited units only, or the whole county: every case counts
            cases = self.cases
        counting = cases.filter("counts")
        n_not_counted = cases.height - counting.height
        if counting.is_empty():  # only cases that do not count: the zone still waits for the last of them
            counting = cases
        infection = _latest(counting, "clock_at")
        ids = with_later_cases(self.later, cases["case_id"].to_list())
        exposure, transfer, is_released = self._contacts(ids)
        since = infection
        residents = self.homes.filter(pl.col("home_place_id").is_in(list(part.unit_ids)))
        last_day = None if since is None else _day_of(since, self.records)
        round_from, round_days, n_tested = full_rounds(
            self.records, residents, part.population, since=last_day, at=self.at
        )
        restart, restarted_at = self._restart(counting, cases["case_id"].to_list(), ids)
        return Facts(
            clocks={
                "infection": infection,
                "case": _latest(cases, "clock_at"),
                "exposure": exposure,
                "transfer": transfer,
            },
            first_day=last_day,
            round_from=round_from,
            round_days=round_days,
            n_tested=n_tested,
            population=part.population,
            is_released=is_released,
            n_not_counted=n_not_counted,
            restart=restart,
            restarted_at=restarted_at,
        )

    def _contacts(self, ids: Sequence[str]) -> tuple[datetime | None, datetime | None, bool | None]:
        """Last exposure and last transfer of the contacts of these cases, and whether all are released."""
        tz = str(self.records.tz)
        close = self.close.filter(pl.col("case_id").is_in(list(ids)))
        stated = self.records.table("contacts").filter(pl.col("case_id").is_in(list(ids)))
        moved = stated.filter(pl.col("managed_at") <= self.at).with_columns(
            clock_at=known_end("managed_at", "managed_at_precision", tz=tz)
        )
        is_released = None
        if stated.height:
            is_released = bool((stated["released_at"] <= self.at).fill_null(value=False).all())
        return _latest(close, "clock_at"), _latest(moved, "clock_at"), is_released

    def _restart(
        self, counting: pl.DataFrame, own: Sequence[str], linked: Sequence[str]
    ) -> tuple[Words | None, datetime | None]:
        """What moved a clock last: a later case of the zone, or a contact who became a case with contacts."""
        dated = counting.drop_nulls("clock_at").sort("clock_at", "case_id")
        events: list[tuple[datetime, Words]] = []
        if dated.height > 1 and dated["clock_at"][-1] > dated["clock_at"][0]:
            who = str(dated["case_id"][-1])
            events.append(
                (
                    dated["clock_at"][-1],
                    Words(f"因新增病例 {who} 重新起算", f"started again by the new case {who}"),
                )
            )
        others = [i for i in linked if i not in set(own)]
        mine = _latest(self.close.filter(pl.col("case_id").is_in(list(own))), "clock_at")
        theirs = self.close.filter(pl.col("case_id").is_in(others)).sort("clock_at", "case_id")
        if theirs.height and (mine is None or theirs["clock_at"][-1] > mine):
            who = str(theirs["case_id"][-1])
            events.append(
                (
                    theirs["clock_at"][-1],
                    Words(
                        f"密接转为病例 {who} 并有新密接，密接时钟重新起算",
                        f"the contacts' clock started again: a contact became case {who} with contacts",
                    ),
                )
            )
        if not events:
            return None, None
        text = Words("；".join(w.zh for _, w in events), "; ".join(w.en for _, w in events))
        return text, max(when for when, _ in events)


def _latest(frame: pl.DataFrame, column: str) -> datetime | None:
    found: datetime | None = frame.select(pl.col(column).max()).item()
    return found


def _day_of(hour: datetime, records: Records) -> date:
    """Local day that a clock starts on; one that starts at midnight belongs to the day that ends there."""
    local = hour.astimezone(records.tz)
    return date.fromordinal(local.toordinal() - 1) if local.hour == 0 else local.date()


def full_rounds(
    records: Records, residents: pl.DataFrame, population: int, *, since: date | None, at: datetime
) -> tuple[datetime | None, tuple[int, ...], int]:
    """Full negative rounds of the people living in a zone, after the day of its last case.

    Parameters
    ----------
    residents : person_key of the people who live in the zone
    population : people who live there by the units table; a round needs as many
    since : local day of the last case; samples of that day are not after it

    Returns
    -------
    round_from : earliest instant of the newest sample of each person; None while the round is not complete
    round_days : days after ``since`` on which everybody gave a negative sample, rising
    n_tested : people with a negative sample since

    Notes
    -----
    A result counts once it is known (result_at, where the data have it).
    """
    tz = str(records.tz)
    tests = (
        records.table("tests")
        .filter(
            (pl.col("subject_kind") == "person")
            & (pl.col("result") == "negative")
            & (pl.max_horizontal("taken_at", "result_at") <= at)
        )
        .join(residents, left_on="subject_id", right_on="person_key", how="semi")
        .with_columns(
            day=pl.col("taken_at").dt.convert_time_zone(tz).dt.date(),
            from_at=known_start("taken_at", "taken_at_precision", tz=tz),
        )
    )
    if since is not None:
        tests = tests.filter(pl.col("day") > since)
    n_tested = tests["subject_id"].n_unique()
    if population <= 0 or n_tested < population:
        return None, (), n_tested
    latest = tests.group_by("subject_id").agg(pl.col("from_at").max())
    oldest: datetime | None = latest.select(pl.col("from_at").min()).item()
    daily = tests.group_by("day").agg(n=pl.col("subject_id").n_unique()).filter(pl.col("n") >= population)
    offsets = () if since is None else tuple(sorted((d - since).days for d in daily["day"].to_list()))
    return oldest, offsets, n_tested
