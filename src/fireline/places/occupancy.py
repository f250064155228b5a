"""How many people were at a place in each hour, and where that passed a limit.

Chapter 4: reads records and capacity rules; read by oversight.
"""

from __future__ import annotations

from datetime import date, datetime
from math import floor

import polars as pl

from fireline.clock import local_day
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
    homes = records.table("places").filter(pl.col("kind").is_in(HOMES)).select("place_id")
    public = exact.filter(pl.col("leave") > pl.col("enter")).join(homes, on="place_id", how="anti")
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


def by_hour(visits: pl.DataFrame) -> pl.DataFrame:
    """Persons and peak presence for each place and hour.

    Parameters
    ----------
    visits : DataFrame   visits with exact times; stays of one person at one place that overlap count once

    Returns
    -------
    DataFrame   columns OCCUPANCY
    """
    if not visits.height:
        return pl.DataFrame(schema=OCCUPANCY)
    hours = _exploded(visits.select("place_id", "person_key", "enter", "leave"))
    persons = hours.group_by("place_id", "hour").agg(pl.col("person_key").n_unique().alias("n_persons"))
    segments = _exploded(_presence(visits))
    peaks = segments.group_by("place_id", "hour").agg(pl.col("n").max().alias("peak"))
    return (
        persons.join(peaks, on=["place_id", "hour"])
        .select([pl.col(name).cast(dtype) for name, dtype in OCCUPANCY.items()])
        .sort("place_id", "hour")
    )


def _presence(visits: pl.DataFrame) -> pl.DataFrame:
    """Stretches of time with a constant number of persons at a place."""
    same = ["place_id", "person_key"]
    ordered = visits.sort(*same, "enter", "leave")
    before = pl.col("leave").cum_max().shift(1).over(same)
    stays = (
        ordered.with_columns((before.is_null() | (pl.col("enter") > before)).cum_sum().alias("stay"))
        .group_by(*same, "stay")
        .agg(pl.col("enter").min(), pl.col("leave").max())
    )
    moves = pl.concat(
        [
            stays.select("place_id", pl.col("enter").alias("at"), pl.lit(1).alias("move")),
            stays.select("place_id", pl.col("leave").alias("at"), pl.lit(-1).alias("move")),
        ]
    )
    return (
        moves.group_by("place_id", "at")
        .agg(pl.col("move").sum())  # one leaves as another comes: never both at once
        .sort("place_id", "at")
        .with_columns(
            pl.col("move").cum_sum().over("place_id").alias("n"),
            pl.col("at").shift(-1).over("place_id").alias("leave"),
        )
        .filter((pl.col("n") > 0) & pl.col("leave").is_not_null())
        .rename({"at": "enter"})
    )


def _exploded(stretches: pl.DataFrame) -> pl.DataFrame:
    """One row for each hour a stretch touches."""
    last = (pl.col("leave") - pl.duration(microseconds=1)).dt.truncate("1h")
    first = pl.col("enter").dt.truncate("1h")
    end = pl.min_horizontal(last, first + pl.duration(hours=_MAX_HOURS))
    return stretches.with_columns(pl.datetime_ranges(first, end, interval="1h").alias("hour")).explode("hour")


def _exceeded(
    occupancy: pl.DataFrame, records: Records, rules: At
) -> tuple[pl.DataFrame, tuple[Answer, ...]]:
    places = (
        records.table("places")
        .filter(pl.col("capacity").is_not_null())
        .select("place_id", "kind", "capacity")
    )
    kept: dict[tuple[str, date], Answer] = {}
    rows = []
    for row in occupancy.join(places, on="place_id").sort("place_id", "hour").iter_rows(named=True):
        day = local_day(row["hour"], records.tz)
        key = (row["kind"] or "", day)
        if key not in kept:
            kept[key] = _limit_rule(rules.on_date(day), row["kind"] or "")
        answer = kept[key]
        limit, status = _limit(answer, row["capacity"])
        if row["peak"] <= limit:
            continue
        rule = answer.rule if status == "RULE" else None
        hour = row["hour"].astimezone(records.tz).strftime("%Y-%m-%d %H:00")
        why = _why(row["place_id"], hour, row["peak"], limit, rule.id if rule else "", row["capacity"])
        rows.append(
            (
                *(row["place_id"], row["kind"], row["hour"], row["peak"], limit, status),
                *(rule.id if rule else "", rule.edition if rule else "", why.zh, why.en),
            )
        )
    answers = {
        (a.asked.subject, a.status.value, a.rule_id): a for _, a in sorted(kept.items(), key=lambda i: i[0])
    }
    return pl.DataFrame(rows, schema=EXCEEDED, orient="row"), tuple(answers.values())


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


def _busiest(records: Records, rules: At, visits: pl.DataFrame) -> pl.DataFrame:
    cases = records.table("cases").filter(
        pl.col("classification").is_null() | (pl.col("classification") != "discarded")
    )
    wanted = disease_id(rules.disease)
    names = [d for d in cases["disease"].unique().drop_nulls().to_list() if disease_id(d) == wanted]
    ill = cases.filter(pl.col("disease").is_in(names))["person_key"].unique()
    is_case = pl.col("person_key").is_in(ill.implode())
    counted = visits.group_by("place_id").agg(
        pl.col("person_key").filter(is_case).n_unique().alias("n_cases"),
        pl.col("person_key").n_unique().alias("n_persons"),
        pl.len().alias("n_visits"),
    )
    named = records.table("places").select("place_id", "name", "kind")
    return (
        counted.filter(pl.col("n_cases") > 0)
        .join(named.filter(pl.col("kind").is_in(HOMES)), on="place_id", how="anti")
        .join(named, on="place_id", how="left")
        .select([pl.col(name).cast(dtype) for name, dtype in BUSIEST.items()])
        .sort(["n_cases", "n_persons", "place_id"], descending=[True, True, False])
    )
