"""How many people were at a place in each hour, and where that passed a limit.

Chapter 4: reads records and capacity rules; read by oversight.
"""

from __future__ import annotations

from datetime import date, datetime
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from fireline.places.model import Places
from fireline.places.tables import BUSIEST, EXCEEDED, OCCUPANCY
from fireline.policy import Answer, At, disease_id
from fireline.records.model import INSTANT, Records
from fireline.words import Words

VENUES = (
    "cinema", "theatre", "gym", "bar", "ktv", "internet_cafe", "museum", "library", "stadium", "market",
    "mall", "supermarket", "restaurant", "hall", "venue",
)  # fmt: skip
"""Kinds of place that ``capacity/venue`` covers when no rule names the kind itself."""

HOMES = ("home", "household", "dwelling", "residence", "apartment", "residential_building")
"""Kinds of place whose occupancy is nobody's business here."""

_HOUR_US = 3_600_000_000
_MAX_HOURS = 24 * 31
"""A stay of more than a month at a public place is an error of the source; the rest is left out."""


def survey(records: Records, rules: At, *, at: datetime) -> Places:
    """Occupancy by hour, limits that were passed, and the places most cases were at.

    Parameters
    ----------
    records : Records   places, visits and cases
    rules : At   disease and area; each hour is judged by the rules of its local day
    at : datetime, aware   nothing later is looked at

    Returns
    -------
    Places

    Notes
    -----
    Only visits with hours count for occupancy, and homes are left out. The limit is the percentage a rule
    in force sets of the place's approved maximum (its stated capacity); without a rule the stated capacity
    itself is advice.
    """
    visits = records.table("visits").filter(pl.col("enter") <= at)
    exact = visits.filter(
        (pl.col("enter_precision") != "day")
        & (pl.col("leave_precision") != "day").fill_null(False)
        & (pl.col("leave") > pl.col("enter"))
    ).with_columns(pl.min_horizontal("leave", pl.lit(at, INSTANT)).alias("leave"))
    public = exact.filter(pl.col("leave") > pl.col("enter")).join(
        _looked_at(records, rules, visits), on="place_id", how="semi"
    )
    occupancy = by_hour(public)
    exceeded, answers = _exceeded(occupancy, records, rules)
    notes = []
    n_dates = visits.height - exact.height
    if n_dates:
        notes.append(
            Words(
                f"{n_dates} 条到访只有日期或没有离开时间，不计入分时人数。",
                f"{n_dates} visit(s) have dates only or no end; they are not in the hourly figures.",
            )
        )
    return Places(occupancy, exceeded, _busiest(records, rules, visits), answers, tuple(notes))


def _looked_at(records: Records, rules: At, visits: pl.DataFrame) -> pl.DataFrame:
    """Places, no homes, that state a capacity or that cases visited: nobody counts people elsewhere."""
    places = records.table("places")
    ill = _ill(records, rules)
    of_cases = visits.filter(pl.col("person_key").is_in(ill.implode())).select("place_id")
    limited = places.filter(pl.col("capacity").is_not_null()).select("place_id")
    homes = places.filter(pl.col("kind").is_in(HOMES)).select("place_id")
    return pl.concat([limited, of_cases]).unique().join(homes, on="place_id", how="anti")


def by_hour(visits: pl.DataFrame) -> pl.DataFrame:
    """Persons and peak presence for each place and hour.

    Parameters
    ----------
    visits : DataFrame   visits with exact times; stays of one person at one place that overlap count once

    Returns
    -------
    DataFrame   columns OCCUPANCY

    Notes
    -----
    One sweep over sorted arrivals and departures of all places: O(n log n) in the stays plus the hours they
    touch.
    """
    if not visits.height:
        return pl.DataFrame(schema=OCCUPANCY)
    names = visits["place_id"].unique().sort()
    place, enter, leave, person = _merged(visits, names)
    first, last = enter // _HOUR_US, (leave - 1) // _HOUR_US
    is_same = (place[1:] == place[:-1]) & (person[1:] == person[:-1])
    # a person who comes back within the hour is one person of that hour
    start = first.copy()
    start[1:] += is_same & (first[1:] == last[:-1])
    length = np.maximum(last - start + 1, 0)
    hour = np.repeat(start, length) + _counting(length)
    low = int(hour.min())
    span = int(hour.max()) - low + 2  # an hour to spare: the last may end in it
    slot, n_persons = np.unique(np.repeat(place, length) * span + (hour - low), return_counts=True)
    peak = _peaks(place, enter, leave, slot=slot, span=span, low=low)
    at_hour = ((slot % span) + low) * _HOUR_US
    return pl.DataFrame(
        {
            "place_id": names.gather(slot // span),
            "hour": pl.Series(at_hour).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
            "n_persons": n_persons.astype(np.int64),
            "peak": peak,
        },
        schema=OCCUPANCY,
    )


def _merged(visits: pl.DataFrame, names: pl.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Stays with overlaps of one person at one place made one; arrays sorted by place, person, entry."""
    people = visits["person_key"].unique().sort()
    place = names.search_sorted(visits["place_id"]).to_numpy().astype(np.int64)
    person = people.search_sorted(visits["person_key"]).to_numpy().astype(np.int64)
    enter = visits["enter"].dt.epoch("us").to_numpy()
    leave = np.minimum(visits["leave"].dt.epoch("us").to_numpy(), (enter // _HOUR_US + _MAX_HOURS) * _HOUR_US)
    order = np.lexsort((leave, enter, person, place))
    place, person, enter, leave = place[order], person[order], enter[order], leave[order]
    is_new = np.ones(len(place), dtype=bool)
    is_new[1:] = (place[1:] != place[:-1]) | (person[1:] != person[:-1])
    # ranks instead of times, each group lifted above the one before: one running maximum serves all groups
    ranks = np.unique(np.concatenate([enter, leave]), return_inverse=True)[1]
    lift = (np.cumsum(is_new) - 1) * (len(ranks) + 1)
    reach = np.maximum.accumulate(ranks[len(enter) :] + lift)
    is_new[1:] |= (ranks[: len(enter)] + lift)[1:] > reach[:-1]
    at = np.flatnonzero(is_new)
    return place[at], enter[at], np.maximum.reduceat(leave, at), person[at]


def _counting(length: np.ndarray) -> np.ndarray:
    """0, 1, .. n-1 for each n of an array, one after the other."""
    return np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)


def _peaks(
    place: np.ndarray, enter: np.ndarray, leave: np.ndarray, *, slot: np.ndarray, span: int, low: int
) -> np.ndarray:
    """Most persons at once in each slot (place * span + hour): who is there at its start or comes in it."""
    where = np.concatenate([place, place, slot // span])
    when = np.concatenate([enter, leave, ((slot % span) + low) * _HOUR_US])
    move = np.concatenate([np.ones(len(enter), np.int64), -np.ones(len(leave), np.int64), 0 * slot])
    order = np.lexsort((when, where))
    where, when, there = where[order], when[order], np.cumsum(move[order])
    # one leaves as another comes: only what holds after all moves of a moment counts
    is_final = np.append((where[1:] != where[:-1]) | (when[1:] != when[:-1]), True)
    key = where[is_final] * span + (when[is_final] // _HOUR_US - low)
    begin = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    most = np.maximum.reduceat(there[is_final], begin)
    return most[np.searchsorted(key[begin], slot)]


def _exceeded(
    occupancy: pl.DataFrame, records: Records, rules: At
) -> tuple[pl.DataFrame, tuple[Answer, ...]]:
    places = (
        records.table("places")
        .filter(pl.col("capacity").is_not_null())
        .select("place_id", "kind", "capacity")
    )
    day = pl.col("hour").dt.convert_time_zone(str(records.tz)).dt.date()
    there = occupancy.join(places, on="place_id").with_columns(pl.col("kind").fill_null(""), day=day)
    kept: dict[tuple[str, date], Answer] = {
        (kind, on): _limit_rule(rules.on_date(on), kind)
        for kind, on in there.select("kind", "day").unique().sort("kind", "day").iter_rows()
    }
    limits = [
        (kind, on, capacity, *_limit(kept[kind, on], capacity))
        for kind, on, capacity in there.select("kind", "day", "capacity").unique().iter_rows()
    ]
    shape = {"kind": pl.String(), "day": pl.Date(), "capacity": pl.Int64(), "limit": pl.Int64(),
             "status": pl.String()}  # fmt: skip
    over = (
        there.cast({"capacity": pl.Int64()})
        .join(pl.DataFrame(limits, schema=shape, orient="row"), on=["kind", "day", "capacity"])
        .filter(pl.col("peak") > pl.col("limit"))
        .sort("place_id", "hour")
    )
    rows = [_row(row, kept[row["kind"], row["day"]], records.tz) for row in over.iter_rows(named=True)]
    answers = {(a.asked.subject, a.status.value, a.rule_id): a for a in kept.values()}
    return pl.DataFrame(rows, schema=EXCEEDED, orient="row"), tuple(answers.values())


def _row(row: dict[str, Any], answer: Answer, tz: ZoneInfo) -> tuple[Any, ...]:
    rule = answer.rule if row["status"] == "RULE" else None
    hour = row["hour"].astimezone(tz).strftime("%Y-%m-%d %H:00")
    why = _why(row["place_id"], hour, row["peak"], row["limit"], rule.id if rule else "", row["capacity"])
    return (
        *(row["place_id"], row["kind"] or None, row["hour"], row["peak"], row["limit"], row["status"]),
        *(rule.id if rule else "", rule.edition if rule else "", why.zh, why.en),
    )


def _limit_rule(rules: At, kind: str) -> Answer:
    answer = rules.find("capacity", kind or "venue")
    return answer if answer.in_force or kind not in VENUES else rules.find("capacity", "venue")


def _limit(answer: Answer, capacity: int) -> tuple[int, str]:
    value = answer.value or {}
    if answer.in_force and "percent" in value:
        return floor(capacity * float(value["percent"]) / 100), "RULE"
    if answer.in_force and "persons" in value:
        return int(value["persons"]), "RULE"
    return capacity, "ADVICE"


def _why(place_id: str, hour: str, peak: int, limit: int, rule_id: str, capacity: int) -> Words:
    if rule_id:
        return Words(
            f"{hour} 起一小时内场所 {place_id} 同时至少 {peak} 人，"
            f"超过规则 {rule_id} 的上限 {limit}（核定 {capacity}）。",
            f"At least {peak} people at once at {place_id} in the hour from {hour}; "
            f"rule {rule_id} allows {limit} (approved maximum {capacity}).",
        )
    return Words(
        f"{hour} 起一小时内场所 {place_id} 同时至少 {peak} 人，"
        f"超过其自报容量 {limit}；无生效规则，仅供参考。",
        f"At least {peak} people at once at {place_id} in the hour from {hour}, over its own stated capacity "
        f"{limit}; no rule is in force, advice only.",
    )


def _ill(records: Records, rules: At) -> pl.Series:
    """People who are a case of the disease of the rules, discarded ones left out."""
    cases = records.table("cases").filter(
        pl.col("classification").is_null() | (pl.col("classification") != "discarded")
    )
    wanted = disease_id(rules.disease)
    names = [d for d in cases["disease"].unique().drop_nulls().to_list() if disease_id(d) == wanted]
    return cases.filter(pl.col("disease").is_in(names))["person_key"].unique().sort()


def _busiest(records: Records, rules: At, visits: pl.DataFrame) -> pl.DataFrame:
    """Places of cases, most cases first; homes are left out."""
    is_case = pl.col("person_key").is_in(_ill(records, rules).implode())
    at_places = visits.filter(is_case).select("place_id").unique()
    visits = visits.join(at_places, on="place_id", how="semi")
    counted = visits.group_by("place_id").agg(
        pl.col("person_key").filter(is_case).n_unique().alias("n_cases"),
        pl.col("person_key").n_unique().alias("n_persons"),
        pl.len().alias("n_visits"),
    )
    named = records.table("places").select("place_id", "name", "kind")
    return (
        counted.join(named.filter(pl.col("kind").is_in(HOMES)), on="place_id", how="anti")
        .join(named, on="place_id", how="left")
        .select([pl.col(name).cast(dtype) for name, dtype in BUSIEST.items()])
        .sort(["n_cases", "n_persons", "place_id"], descending=[True, True, False])
    )
