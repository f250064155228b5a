"""Who lives in the units of a ring, and which samples and tubes the tests table holds of them.

Chapter 9: cleaned tables in, the rosters and samples of a round out; pseudonyms only, read by counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
import shapely

from fireline.records.model import Records
from fireline.tasks.sampling.tables import READS
from fireline.words import Words
from fireline.zones.cases import counted_cases, place_points
from fireline.zones.locate import UnitMap, locate

_OTHER = r"(?i)antigen|antibod|\big[gm]\b|serolog|抗原|抗体|血清"
_ORDER = {"positive": 0, "invalid": 1, "negative": 2}


@dataclass(frozen=True, slots=True)
class Ring:
    """What a round is about.

    Attributes
    ----------
    units : unit_id, level, population, lon, lat; one row for each unit of the ring
    homes : person_key, unit_id; people known to live in it
    cases : person_key, isolated_at; cases that count
    tests : the cleaned tests of people
    """

    units: pl.DataFrame
    homes: pl.DataFrame
    cases: pl.DataFrame
    tests: pl.DataFrame


def ring_of(records: Records, levels: pl.DataFrame, *, at: datetime) -> Ring:
    """The ring from cleaned tables.

    Parameters
    ----------
    records : units, persons, places, cases, tests
    levels : unit_id, level, population; units without a row of the units table have no point
    at : aware instant; nothing later is known
    """
    units = records.table("units").sort("unit_id")
    points = _points(units)
    mine = levels.select("unit_id", "level", "population").join(points, on="unit_id", how="left")
    people = records.table("persons").select("person_key", "home_place_id").unique("person_key", keep="first")
    ids = set(mine["unit_id"].to_list())
    homes = _homes(people, records, units).filter(pl.col("unit_id").is_in(sorted(ids)))
    cases = counted_cases(records, at=at).select("person_key", "isolated_at")
    tests = records.table("tests").filter(pl.col("subject_kind") == "person")
    return Ring(mine.sort("unit_id"), homes.sort("person_key"), cases, tests)


def _points(units: pl.DataFrame) -> pl.DataFrame:
    """Point of each unit: its centre as stated, else the middle of its outline."""
    shapes = shapely.from_geojson(np.array(units["geometry"].to_list(), dtype=object), on_invalid="ignore")
    middle = shapely.centroid(shapes) if units.height else np.empty(0, dtype=object)
    drawn = pl.DataFrame(
        {"x": pl.Series(shapely.get_x(middle), dtype=pl.Float64),
         "y": pl.Series(shapely.get_y(middle), dtype=pl.Float64)}
    ).fill_nan(None)  # fmt: skip
    is_stated = pl.col("lon").is_not_null() & pl.col("lat").is_not_null()
    return pl.concat([units.select("unit_id", "lon", "lat"), drawn], how="horizontal").select(
        "unit_id",
        lon=pl.when(is_stated).then("lon").otherwise("x"),
        lat=pl.when(is_stated).then("lat").otherwise("y"),
    )


def _homes(people: pl.DataFrame, records: Records, units: pl.DataFrame) -> pl.DataFrame:
    """Unit of each person by the home: the same id, inside an outline, or the nearest centre."""
    places = people.select(place_id="home_place_id").drop_nulls().unique()
    if not units.height or not places.height:
        return pl.DataFrame(schema={"person_key": pl.String(), "unit_id": pl.String()})
    known = places.join(place_points(records), on="place_id", how="left").with_columns(
        subject_id=pl.col("place_id")
    )
    found = locate(UnitMap.of(units), known, subject_kind="place").select(
        "unit_id", home_place_id="subject_id"
    )
    return people.join(found, on="home_place_id").select("person_key", "unit_id").drop_nulls()


def roster_of(ring: Ring, *, at: datetime) -> tuple[pl.DataFrame, tuple[Words, ...]]:
    """The roster of a ring (``READS["roster"]``) and what it lacks.

    Notes
    -----
    A case isolated by ``at`` is away. No table says who else is away or who refused: of them nothing is
    known, which is not absent.
    """
    away = ring.cases.filter(pl.col("isolated_at") <= at).select("person_key").unique()
    roster = ring.homes.join(
        away.with_columns(presence=pl.lit("absent")), on="person_key", how="left"
    ).select(list(READS["roster"]))
    people = int(ring.units["population"].fill_null(0).sum())
    notes = [
        Words(
            f"名册来自人员表的住址：{roster.height:,} 人，区内人口 {people:,}；覆盖率只按名册计算。",
            f"The roster is the homes of the persons table: {roster.height:,} people of {people:,} living "
            "there; coverage is of the roster only.",
        ),
        Words(
            "数据不含点名结果：外出只知道已隔离的病例，是否拒绝不知道；不明不算外出。",
            "The data hold no roll call: away are only isolated cases, refusals are not known; not known is "
            "not away.",
        ),
    ]
    return roster, tuple(notes)


def sampled_from(tests: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Samples and tubes (``READS["samples"]``, ``["tubes"]``) of the tests table.

    Notes
    -----
    Several people share a tube where their sample ids are the tube's id and a number behind the last "/", as
    ``T00017/03``. A tube is positive when one of its rows is, else invalid, else negative; it has no result
    while no row has one. Antigen and antibody tests are no samples of a round.
    """
    taken = tests.filter(~pl.col("kind").fill_null("").str.contains(_OTHER)).with_columns(
        tube_id=pl.col("sample_id").str.replace(r"/[^/]*$", "")
    )
    samples = taken.select("tube_id", "taken_at", person_key="subject_id").select(list(READS["samples"]))
    tubes = (
        taken.filter(pl.col("result").is_in(list(_ORDER)))
        .with_columns(rank=pl.col("result").replace_strict(_ORDER, return_dtype=pl.Int8))
        .sort("tube_id", "rank", "result_at", nulls_last=True)
        .with_columns(result_at=pl.coalesce("result_at", "taken_at"))
        .unique("tube_id", keep="first", maintain_order=True)
        .select(list(READS["tubes"]))
    )
    return samples, tubes
