"""Who was at the same place as a case: by the minute where the data are exact, by the day where they are not.

Chapter 7: the only part that searches visits of people nobody named; find asks a rule before it calls.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from fireline.contacts.index import VisitIndex
from fireline.contacts.search import CaseEngine, episodes
from fireline.contacts.seats import read_seat, seat_facts
from fireline.contacts.tables import EVIDENCE
from fireline.kernels.contact_search import Met
from fireline.records.model import INSTANT

_COARSE = "is_coarse"


def meetings(
    visits: pl.DataFrame, people: pl.DataFrame, *, tz: ZoneInfo, engine: CaseEngine | None = None
) -> pl.DataFrame:
    """Find everyone who shared a place with the people asked about, inside their windows.

    Parameters
    ----------
    visits : DataFrame   cleaned visits
    people : DataFrame   columns key, person_key, from, to (UTC); one row per window
    tz : time zone that cuts local days
    engine : how many people asked about are shared out; None = all on this thread

    Returns
    -------
    DataFrame   columns contacts.tables.EVIDENCE with ``key`` in case_id; one row per (key, person_key)

    Notes
    -----
    Stays of one person at one place that overlap are one stay. Where either stay has dates only (or no end)
    the pair shared a place on the same day: overlap_s stays null and precision is "day".
    """
    people = people.drop_nulls(["from", "to"]).filter(pl.col("to") > pl.col("from"))
    if not people.height or not visits.height:
        return pl.DataFrame(schema=EVIDENCE)
    # only places where somebody asked about was matter: everything else is dropped before any sorting
    theirs = visits.join(people.select("person_key").unique(), on="person_key", how="semi")
    near = visits.join(theirs.select("place_id").unique(), on="place_id", how="semi")
    near = near.filter(pl.col("enter") < people["to"].max())
    marked = near.with_columns(
        (
            (pl.col("enter_precision") == "day")
            | pl.col("leave").is_null()
            | (pl.col("leave_precision") == "day").fill_null(True)
        ).alias(_COARSE)
    )
    is_exact = ~pl.col(_COARSE) & (pl.col("leave") > people["from"].min())
    exact = _by_minute(marked.filter(is_exact), people, engine)
    daily = _by_day(marked, people, tz)
    rows = pl.concat([exact, daily.join(exact, on=["case_id", "person_key"], how="anti")])
    return _with_seats(rows, visits, people, tz).sort("case_id", "person_key")


def _epoch(column: str) -> pl.Expr:
    return pl.col(column).dt.epoch("s")


def _merged_stays(visits: pl.DataFrame) -> pl.DataFrame:
    """Union of stays of the same person at the same place that overlap or touch; the coarsest precision."""
    same = ["person_key", "place_id"]
    stays = (
        visits.filter(pl.col("leave") > pl.col("enter"))
        .sort(*same, "enter", "leave")
        .select(
            *same,
            "enter",
            "leave",
            ((pl.col("enter_precision") == "hour") | (pl.col("leave_precision") == "hour")).alias(
                "is_hourly"
            ),
        )
    )
    goes_on = (
        (pl.col("person_key") == pl.col("person_key").shift(1))
        & (pl.col("place_id") == pl.col("place_id").shift(1))
        & (pl.col("enter") <= pl.col("leave").shift(1))
    )
    # few people are entered twice at one place: only their stays need the slower union
    double = stays.filter(goes_on).select(same).unique()
    if not double.height:
        return stays
    latest_before = pl.col("leave").cum_max().shift(1).over(same)
    starts_anew = latest_before.is_null() | (pl.col("enter") > latest_before)
    union = (
        stays.join(double, on=same, how="semi", maintain_order="left")
        .with_columns(starts_anew.cast(pl.Int64).cum_sum().alias("stay"))
        .group_by([*same, "stay"])
        .agg(pl.col("enter").min(), pl.col("leave").max(), pl.col("is_hourly").any())
        .drop("stay")
    )
    return pl.concat([stays.join(double, on=same, how="anti"), union]).sort(*same, "enter")


def _by_minute(visits: pl.DataFrame, people: pl.DataFrame, engine: CaseEngine | None) -> pl.DataFrame:
    stays = _merged_stays(visits)
    if not stays.height:
        return pl.DataFrame(schema=EVIDENCE)
    persons = pl.concat([stays["person_key"], people["person_key"]]).unique().sort()
    places = stays["place_id"].unique().sort()
    person_of = pl.DataFrame({"person_key": persons, "person_i": np.arange(persons.len())})
    place_of = pl.DataFrame({"place_id": places, "place_i": np.arange(places.len())})
    indexed = stays.join(person_of, on="person_key", maintain_order="left").join(
        place_of, on="place_id", maintain_order="left"
    )
    index = VisitIndex.from_arrays(
        indexed["person_i"].to_numpy(),
        indexed["place_i"].to_numpy(),
        indexed.select(_epoch("enter")).to_series().to_numpy(),
        indexed.select(_epoch("leave")).to_series().to_numpy(),
    )
    asked = people.join(person_of, on="person_key", maintain_order="left").select(
        "key", pl.col("person_key").alias("self"), "person_i", _epoch("from"), _epoch("to")
    )
    cases, low, high = (asked[c].to_numpy() for c in ("person_i", "from", "to"))
    met = episodes(index, cases, low, high, 1, engine=engine)
    keys = asked.select("key", "self", pl.int_range(pl.len(), dtype=pl.UInt32).alias("case_i"))
    pairs = _pairs(met)
    found = (
        pairs.join(keys, on="case_i")
        .join(person_of.with_columns(pl.col("person_i").cast(pl.UInt32)), on="person_i")
        .join(place_of.with_columns(pl.col("place_i").cast(pl.UInt32)), on="place_i")
    )
    return _as_evidence(found, stays)


def _pairs(met: Met) -> pl.DataFrame:
    """One row for each case and person: sums, and the place where they were together longest."""
    rows = pl.DataFrame(dict(met._asdict())).with_columns(s=pl.col("end_s") - pl.col("start_s"))
    by_place = rows.group_by("case_i", "person_i", "place_i").agg(
        pl.col("s").sum().alias("overlap_s"),
        pl.len().alias("episodes"),
        pl.col("start_s").min().alias("first_s"),
        pl.col("end_s").max().alias("last_s"),
    )
    return (
        by_place.sort("case_i", "person_i", "overlap_s", "place_i", descending=[False, False, True, False])
        .group_by("case_i", "person_i", maintain_order=True)
        .agg(
            pl.col("place_i").first(),
            pl.col("overlap_s", "episodes").sum(),
            pl.col("first_s").min(),
            pl.col("last_s").max(),
        )
    )


def _as_evidence(pairs: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """Pairs of the kernel as rows of evidence; "hour" where either stay there is only known to the hour."""
    hourly = stays.group_by("person_key", "place_id").agg(pl.col("is_hourly").any())
    return (
        pairs.join(hourly, on=["person_key", "place_id"], how="left")
        .join(
            hourly.rename({"person_key": "self", "is_hourly": "is_self_hourly"}),
            on=["self", "place_id"],
            how="left",
        )
        .select(
            pl.col("key").alias("case_id"),
            "person_key",
            pl.lit("co_presence").alias("basis"),
            pl.lit(None, pl.String).alias("stated_class"),
            "place_id",
            pl.col("overlap_s").cast(pl.Int64),
            pl.col("episodes").cast(pl.Int64),
            pl.from_epoch("first_s", "s")
            .cast(pl.Datetime("us"))
            .dt.replace_time_zone("UTC")
            .alias("first_exposure"),
            pl.from_epoch("last_s", "s")
            .cast(pl.Datetime("us"))
            .dt.replace_time_zone("UTC")
            .alias("last_exposure"),
            pl.when(pl.col("is_hourly") | pl.col("is_self_hourly"))
            .then(pl.lit("hour"))
            .otherwise(pl.lit("minute"))
            .alias("precision"),
            pl.lit(True).alias("is_same_day_place"),
            pl.lit(None, pl.Boolean).alias("is_same_seat_zone"),
            pl.lit(None, pl.Int64).alias("seat_rows_apart"),
            pl.lit(None, pl.Boolean).alias("is_same_carriage"),
        )
    )


def _local_day(column: str, tz: ZoneInfo) -> pl.Expr:
    return pl.col(column).dt.convert_time_zone(str(tz)).dt.date()


def _person_days(visits: pl.DataFrame, people: pl.DataFrame, tz: ZoneInfo) -> pl.DataFrame:
    """One row per person, place and local day of a stay, within the days that matter.

    A leave that is a date includes that date; a leave at an exact midnight belongs to the day before.
    """
    low, high = (
        people.select(_local_day("from", tz)).min().item(),
        people.select(_local_day("to", tz)).max().item(),
    )
    is_date = (pl.col("leave_precision") == "day").fill_null(True)
    last = (
        pl.when(is_date)
        .then(_local_day("leave", tz))
        .otherwise((pl.col("leave") - pl.duration(microseconds=1)).dt.convert_time_zone(str(tz)).dt.date())
    )
    days = visits.select(
        "person_key", "place_id", _COARSE, _local_day("enter", tz).alias("first"), last.alias("last")
    ).with_columns(pl.max_horizontal("first", "last").alias("last"))
    days = days.filter((pl.col("last") >= low) & (pl.col("first") <= high)).with_columns(
        pl.max_horizontal("first", pl.lit(low)), pl.min_horizontal("last", pl.lit(high))
    )
    return (
        days.with_columns(pl.date_ranges("first", "last").alias("day"))
        .explode("day")
        .group_by("person_key", "place_id", "day")
        .agg(pl.col(_COARSE).any())
    )


def _by_day(visits: pl.DataFrame, people: pl.DataFrame, tz: ZoneInfo) -> pl.DataFrame:
    if not visits[_COARSE].any():
        return pl.DataFrame(schema=EVIDENCE)
    days = _person_days(visits, people, tz)
    last_instant = (pl.col("to") - pl.duration(microseconds=1)).dt.convert_time_zone(str(tz)).dt.date()
    mine = (
        people.select(
            "key",
            pl.col("person_key").alias("self"),
            _local_day("from", tz).alias("low"),
            last_instant.alias("high"),
        )
        .join(days.rename({"person_key": "self", _COARSE: "is_self_coarse"}), on="self")
        .filter(pl.col("day").is_between("low", "high"))
    )
    met = mine.join(days, on=["place_id", "day"]).filter(
        (pl.col("person_key") != pl.col("self")) & (pl.col(_COARSE) | pl.col("is_self_coarse"))
    )
    most = (
        met.group_by("key", "person_key", "place_id")
        .agg(pl.len().alias("n"))
        .sort(["key", "person_key", "n", "place_id"], descending=[False, False, True, False])
        .unique(["key", "person_key"], keep="first", maintain_order=True)
    )
    zone = str(tz)
    return (
        met.group_by("key", "person_key")
        .agg(
            pl.col("day").n_unique().alias("episodes"),
            pl.col("day").min().alias("first"),
            pl.col("day").max().alias("last"),
        )
        .join(most, on=["key", "person_key"])
        .select(
            pl.col("key").alias("case_id"),
            "person_key",
            pl.lit("co_presence").alias("basis"),
            pl.lit(None, pl.String).alias("stated_class"),
            "place_id",
            pl.lit(None, pl.Int64).alias("overlap_s"),
            pl.col("episodes").cast(pl.Int64),
            *(
                pl.col(a)
                .cast(pl.Datetime("us"))
                .dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
                .cast(INSTANT)
                .alias(b)
                for a, b in (("first", "first_exposure"), ("last", "last_exposure"))
            ),
            pl.lit("day").alias("precision"),
            pl.lit(True).alias("is_same_day_place"),
            pl.lit(None, pl.Boolean).alias("is_same_seat_zone"),
            pl.lit(None, pl.Int64).alias("seat_rows_apart"),
            pl.lit(None, pl.Boolean).alias("is_same_carriage"),
        )
    )


def _with_seats(rows: pl.DataFrame, visits: pl.DataFrame, people: pl.DataFrame, tz: ZoneInfo) -> pl.DataFrame:
    """Seat facts at the place of the largest overlap; null where either seat is not known.

    Seats of a trip on another day than those of the window say nothing: the same bus runs every day.
    """
    seated = visits.drop_nulls("seat").join(rows, on="place_id", how="semi")
    if not seated.height:
        return rows
    is_date = (pl.col("leave_precision") == "day").fill_null(True)
    stays = seated.select(
        "person_key",
        "place_id",
        "seat",
        _local_day("enter", tz).alias("first"),
        pl.max_horizontal(
            _local_day("enter", tz),
            pl.when(is_date)
            .then(_local_day("leave", tz))
            .otherwise(
                (pl.col("leave") - pl.duration(microseconds=1)).dt.convert_time_zone(str(tz)).dt.date()
            ),
        ).alias("last"),
    )
    asked = people.unique("key", keep="first", maintain_order=True).select(
        pl.col("key").alias("case_id"),
        pl.col("person_key").alias("self"),
        _local_day("from", tz).alias("low"),
        _local_day("to", tz).alias("high"),
    )
    joined = rows.join(asked, on="case_id", how="left", maintain_order="left")
    for who, name in (("person_key", "seats"), ("self", "own_seats")):
        there = (
            joined.select("case_id", who, "place_id", "low", "high")
            .unique()
            .join(stays.rename({"person_key": who}), on=[who, "place_id"])
            .filter((pl.col("first") <= pl.col("high")) & (pl.col("last") >= pl.col("low")))
            .group_by("case_id", who, "place_id")
            .agg(pl.col("seat").unique().sort().alias(name))
        )
        joined = joined.join(there, on=["case_id", who, "place_id"], how="left", maintain_order="left")
    facts = [_nearest(a, b) for a, b in zip(joined["seats"], joined["own_seats"], strict=True)]
    return joined.with_columns(
        pl.Series("is_same_seat_zone", [f[0] for f in facts], pl.Boolean),
        pl.Series("seat_rows_apart", [f[1] for f in facts], pl.Int64),
        pl.Series("is_same_carriage", [f[2] for f in facts], pl.Boolean),
    ).select(list(EVIDENCE))


def _nearest(theirs: pl.Series | None, mine: pl.Series | None) -> tuple[bool | None, int | None, bool | None]:
    """(same zone, rows apart, same carriage) of the nearest two seats of two people at one place."""
    if theirs is None or mine is None:
        return None, None, None
    facts = [seat_facts(read_seat(a), read_seat(b)) for a in mine for b in theirs]
    zones = [f.same_seat_zone for f in facts if f.same_seat_zone is not None]
    rows = [f.rows_apart for f in facts if f.rows_apart is not None]
    cars = [f.same_carriage for f in facts if f.same_carriage is not None]
    return any(zones) if zones else None, min(rows, default=None), any(cars) if cars else None
