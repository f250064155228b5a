"""Ground and Situation from the canonical tables: units, people, cases, stays, contacts under management.

Chapter 8: reads records and contacts, is read by risk and by every candidate.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.clock import local_day
from fireline.errors import InputError
from fireline.records.model import Records
from fireline.words import Words
from fireline.zones.cases import case_points, counted_cases, place_points
from fireline.zones.graph import Neighbours
from fireline.zones.ground import Ground, Situation
from fireline.zones.locate import UnitMap, locate
from fireline.zones.model import unit_rank
from fireline.zones.travel import travel_rows

if TYPE_CHECKING:
    from fireline.contacts.model import Contacts

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

HOUSEHOLD_SIZE = 2.62
"""People a household: Seventh National Population Census of China 2020, communique no. 2."""

LISTED_SHARE = 0.9
"""Households are counted from persons only where so large a share of a unit's people is listed."""

LOOK_BACK_D = 28
"""Days of stays that are read: beyond incubation plus infectiousness of the diseases with zone rules."""

_EPOCH = date(1970, 1, 1)


def build_ground(records: Records, *, exceptions: Collection[str] = ()) -> tuple[Ground, tuple[Words, ...]]:
    """Units of a county as arrays.

    Parameters
    ----------
    records : cleaned tables; units needed, adjacency, persons and places read where there
    exceptions : unit ids that are never restricted as a whole (hospitals, water works)

    Returns
    -------
    ground : Ground
    notes : tuple of Words, what was estimated or is missing

    Raises
    ------
    InputError   there are no units, or an exception is not one of them
    """
    units = records.table("units").sort("unit_id")
    if units.is_empty():
        raise InputError(
            Words(
                "数据中没有单元表，无法比较划区方案；请提供 units 表。",
                "zones: the data have no units table, so no zones can be compared; provide units",
            )
        )
    ids = tuple(units["unit_id"].to_list())
    index = {unit_id: i for i, unit_id in enumerate(ids)}
    strange = sorted(set(exceptions) - set(ids))
    if strange:
        raise InputError(
            Words(
                f"例外单元中有 {len(strange)} 个不在单元表内（如 {strange[0]}）；请改用单元表中的编号。",
                f"zones: {len(strange)} exceptions are no units (such as {strange[0]}); use ids of the units "
                "table",
            )
        )
    notes: list[Words] = []
    population = units["population"].fill_null(0).cast(pl.Float64).to_numpy()
    neighbours = Neighbours.of(records.table("adjacency"), index)
    _ground_notes(notes, ids, population, neighbours)
    _, township = np.unique(units["area_code"].fill_null("").to_numpy().astype(str), return_inverse=True)
    rank = [unit_rank(kind or "") for kind in units["kind"].to_list()]
    ground = Ground(
        ids,
        population,
        _households(records, ids, population, notes),
        units["lon"].cast(pl.Float64).to_numpy(),
        units["lat"].cast(pl.Float64).to_numpy(),
        township.astype(np.int64),
        np.array([-1 if r is None else r for r in rank], dtype=np.int8),
        neighbours,
        np.array([unit_id in set(exceptions) for unit_id in ids], dtype=bool),
    )
    return ground, tuple(notes)


def _ground_notes(notes: list[Words], ids: tuple[str, ...], people: F64, near: Neighbours) -> None:
    if not len(near.a):
        notes.append(
            Words(
                "没有单元相邻关系：每个单元单独成区，不能连片，卡口数不明。",
                "No borders between units are known: each unit is a zone of its own and gates are not known.",
            )
        )
    else:
        n_alone = len(ids) - len(np.unique(np.concatenate((near.a, near.b))))
        if n_alone:
            notes.append(
                Words(
                    f"{n_alone} 个单元没有相邻单元，只能单独成区。",
                    f"{n_alone} units border no other unit and can only be zones of their own.",
                )
            )
    n_nobody = int((people == 0).sum())
    if n_nobody:
        notes.append(
            Words(
                f"{n_nobody} 个单元没有常住人口，限制它们不计人日。",
                f"{n_nobody} units have no residents: restricting them counts no person-days.",
            )
        )


def _home_units(records: Records, unit_map: UnitMap, persons: pl.DataFrame) -> pl.DataFrame:
    """person_key, unit (index) of everybody whose home place falls in a unit."""
    homes = persons.select("person_key", "home_place_id").drop_nulls()
    points = (
        homes.select(place_id=pl.col("home_place_id").unique())
        .join(place_points(records), on="place_id", how="left")
        .select("place_id", "lon", "lat", "area_code", subject_id="place_id")
    )
    found = locate(unit_map, points, subject_kind="place").select("unit_id", home_place_id="subject_id")
    return homes.join(found, on="home_place_id").select("person_key", "unit_id").drop_nulls()


def _households(records: Records, ids: tuple[str, ...], people: F64, notes: list[Words]) -> F64:
    """Households per unit: counted where nearly all people are listed, else population / HOUSEHOLD_SIZE."""
    estimate = people / HOUSEHOLD_SIZE
    persons = records.table("persons").unique("person_key", keep="first").drop_nulls("household_id")
    is_counted = np.zeros(len(ids), dtype=bool)
    if persons.height:
        unit_map = UnitMap.of(records.table("units").sort("unit_id"))
        homes = _home_units(records, unit_map, persons).join(
            persons.select("person_key", "household_id"), on="person_key"
        )
        counted = homes.group_by("unit_id").agg(
            people=pl.col("person_key").n_unique(), homes=pl.col("household_id").n_unique()
        )
        index = {unit_id: i for i, unit_id in enumerate(ids)}
        for unit_id, n_people, n_homes in counted.iter_rows():
            i = index[unit_id]
            if people[i] > 0 and n_people >= LISTED_SHARE * people[i]:
                estimate[i], is_counted[i] = n_homes, True
    n_estimated = int((~is_counted).sum())
    if n_estimated:
        notes.append(
            Words(
                f"{n_estimated} 个单元的户数按每户 {HOUSEHOLD_SIZE} 人估计（2020 年人口普查）。",
                f"Households of {n_estimated} units are estimated at {HOUSEHOLD_SIZE} people each "
                "(census of 2020).",
            )
        )
    return estimate


def _days(column: pl.Expr, tz: str) -> pl.Expr:
    """Local day of an instant as days since 1970-01-01."""
    day = column.dt.convert_time_zone(tz).dt.date()
    return (day - pl.lit(_EPOCH)).dt.total_days().cast(pl.Float64)


def day_number(at: datetime, records: Records) -> float:
    """Moment as days since 1970-01-01, local, with the part of the day; the scale of Situation's days."""
    local = at.astimezone(records.tz)
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return (local_day(at, records.tz) - _EPOCH).days + seconds / 86_400


def _stays(records: Records, *, at: datetime) -> pl.DataFrame:
    """Stays of everybody cut into local days: person_key, place_id, day, hours.

    A stay known to the day only, or without an end, counts one hour on its first day.
    """
    tz = str(records.tz)
    is_short = (
        pl.col("leave").is_null()
        | (pl.col("enter_precision") == "day")
        | (pl.col("leave_precision") == "day")
    )
    visits = (
        records.table("visits")
        .filter(pl.col("enter") <= at, pl.col("enter") >= at - pl.duration(days=LOOK_BACK_D))
        .with_columns(
            enter=pl.col("enter").dt.convert_time_zone(tz),
            leave=pl.when(is_short)
            .then(pl.col("enter").dt.offset_by("1h"))
            .otherwise(pl.min_horizontal("leave", pl.lit(at).dt.cast_time_unit("us")))
            .dt.convert_time_zone(tz),
        )
        .filter(pl.col("leave") > pl.col("enter"))
        .select("person_key", "place_id", "enter", "leave")
    )
    return (
        visits.with_columns(date=pl.date_ranges(pl.col("enter").dt.date(), pl.col("leave").dt.date()))
        .explode("date")
        .with_columns(
            start=pl.col("date").cast(pl.Datetime("us")).dt.replace_time_zone(tz, ambiguous="earliest")
        )
        .with_columns(
            hours=(
                pl.min_horizontal("leave", pl.col("start").dt.offset_by("1d"))
                - pl.max_horizontal("enter", "start")
            ).dt.total_seconds()
            / 3600.0,
            day=(pl.col("date") - pl.lit(_EPOCH)).dt.total_days().cast(pl.Float64),
        )
        .filter(pl.col("hours") > 0)
        .select("person_key", "place_id", "day", "hours")
    )


def build_situation(
    records: Records, contacts: Contacts, ground: Ground, *, at: datetime, clean_days: int | None = None
) -> tuple[Situation, tuple[Words, ...]]:
    """What is known of the cases at a moment.

    Parameters
    ----------
    records : cleaned tables; cases, persons, places, visits and contacts are read where there
    contacts : result of contacts.find
    ground : Ground of the same records
    at : aware UTC instant; nothing later is used
    clean_days : days without a new case after which the rule lifts a zone (delimit.lift_days); an older case
        draws none, as in delimit; None = every case counts

    Returns
    -------
    situation : Situation   days since 1970-01-01, local
    notes : tuple of Words

    Notes
    -----
    A case without onset counts from sampling. A source is known where a directed link names it or the case
    is imported. Traced: contacts of the case who are stated as managed now, or are cases themselves, out of
    all contacts found, so people whom nobody named are not in it: recall stands for them. Stays at the own
    home place count as home, not as visits.
    """
    tz = str(records.tz)
    unit_map = UnitMap.of(records.table("units").sort("unit_id"))
    index = {unit_id: i for i, unit_id in enumerate(ground.ids)}
    cases = counted_cases(records, at=at)
    n_known = cases.height
    if clean_days is not None:
        age = (pl.lit(local_day(at, records.tz)) - pl.col("last_day")).dt.total_days()
        cases = cases.filter(~(age >= clean_days).fill_null(False))
    placed = locate(unit_map, case_points(records, cases), subject_kind="case")
    seen = {c: pl.when(pl.col(c) <= at).then(pl.col(c)) for c in ("onset", "sampled_at", "isolated_at")}
    cases = cases.join(placed.select("unit_id", case_id="subject_id"), on="case_id").with_columns(
        day=pl.coalesce(_days(seen["onset"], tz), _days(seen["sampled_at"], tz)),
        isolated=_days(seen["isolated_at"], tz),
    )
    cases = cases.sort("case_id")
    case_of = {key: i for i, key in enumerate(cases["person_key"].to_list())}
    persons = records.table("persons").unique("person_key", keep="first")
    stays = _stays(records, at=at).join(
        persons.select("person_key", "home_place_id"), on="person_key", how="left"
    )
    stays = stays.filter(pl.col("home_place_id").is_null() | (pl.col("place_id") != pl.col("home_place_id")))
    points = (
        stays.select("place_id")
        .unique()
        .join(place_points(records), on="place_id", how="left")
        .select("place_id", "lon", "lat", "area_code", subject_id="place_id")
    )
    where = locate(unit_map, points, subject_kind="place").select("unit_id", place_id="subject_id")
    stays = (
        stays.join(where, on="place_id").drop_nulls("unit_id").sort("person_key", "day", "place_id", "hours")
    )
    homes = dict(_home_units(records, unit_map, persons).iter_rows())
    unit = _indices(stays["unit_id"].to_list(), index)
    home = _indices([homes.get(key) for key in stays["person_key"].to_list()], index)
    rows = travel_rows(ground, home=home, unit=unit, hours=stays["hours"].to_numpy().astype(np.float64))
    owner = np.array([case_of.get(key, -1) for key in stays["person_key"].to_list()], dtype=np.int64)
    mine = owner >= 0
    traced, notes = _traced(records, contacts, cases, at=at)
    situation = Situation(
        day_number(at, records),
        _indices(cases["unit_id"].to_list(), index),
        cases["day"].cast(pl.Float64).to_numpy(),
        cases["isolated"].cast(pl.Float64).to_numpy(),
        _has_source(contacts, cases),
        owner[mine],
        unit[mine],
        stays["day"].to_numpy().astype(np.float64)[mine],
        stays["hours"].to_numpy().astype(np.float64)[mine],
        traced,
        rows.row,
        rows.unit,
        rows.share,
    )
    return situation, (*rows.notes, *notes, *_too_old(n_known - cases.height, clean_days))


def _too_old(n: int, clean_days: int | None) -> tuple[Words, ...]:
    if not n:
        return ()
    return (
        Words(
            f"{n} 例病例最近一次记录已满 {clean_days} 天，达到解除天数，不再据此划区。",
            f"{n} cases were last seen {clean_days} days ago or more, as long as the rule asks before "
            "lifting: they draw no zone.",
        ),
    )


def _indices(ids: list[str | None], index: dict[str, int]) -> I64:
    return np.array([-1 if i is None else index.get(i, -1) for i in ids], dtype=np.int64)


def _has_source(contacts: Contacts, cases: pl.DataFrame) -> NDArray[np.bool_]:
    """A directed link names who infected the case, or it is imported."""
    edges = contacts.chain.edges
    named = set(
        edges.filter(pl.col("directed") & pl.col("kind").is_in(["infected_by", "computed"]))[
            "to_case"
        ].to_list()
    )
    return np.array(
        [
            case_id in named or origin == "imported"
            for case_id, origin in cases.select("case_id", "origin").iter_rows()
        ],
        dtype=bool,
    )


def _traced(
    records: Records, contacts: Contacts, cases: pl.DataFrame, *, at: datetime
) -> tuple[F64, tuple[Words, ...]]:
    """Share of each case's contacts under management, and what could not be told."""
    stated = records.table("contacts").filter(
        (pl.col("managed_at") <= at) & (pl.col("released_at").is_null() | (pl.col("released_at") > at))
    )
    managed = set(stated["person_key"].to_list()) | set(cases["person_key"].to_list())
    found = contacts.found.filter(pl.col("class").is_in(["close", "companion"]))
    shares = dict(
        found.select("case_id", "person_key")
        .unique()
        .with_columns(is_managed=pl.col("person_key").is_in(sorted(managed)))
        .group_by("case_id")
        .agg(pl.col("is_managed").mean())
        .iter_rows()
    )
    traced = np.array([float(shares.get(c) or 0.0) for c in cases["case_id"].to_list()])
    n_none = sum(c not in shares for c in cases["case_id"].to_list())
    if not n_none:
        return traced, ()
    return traced, (
        Words(
            f"{n_none} 例病例没有查到密接，按无人被管理计。",
            f"{n_none} cases have no close contacts on record: nobody of theirs counts as managed.",
        ),
    )
