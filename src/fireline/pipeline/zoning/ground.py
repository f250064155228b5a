"""Units of the records as arrays, and which unit each place, home and case belongs to.

Pipeline, zoning: the first step; nothing is guessed beyond what zones.locate does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from fireline.records.model import Records
from fireline.words import Words
from fireline.zones.cases import place_points
from fireline.zones.graph import Neighbours
from fireline.zones.ground import Ground
from fireline.zones.locate import UnitMap, locate
from fireline.zones.model import unit_rank

PEOPLE_PER_HOUSEHOLD = 2.62
"""Used where the data list no households: mean family household of China's seventh census (2020)."""

_WHOLE = 0.8
"""Share of a unit's residents that must be listed before its listed households are counted as all."""

EXCEPTION_KINDS = frozenset({"hospital", "fever_clinic", "water_works", "power_plant", "pumping_station"})
"""Kinds of unit that are never restricted as a whole; the units table says so in its column kind."""


@dataclass(frozen=True, slots=True)
class Located:
    """Units with the homes of people and the units of places.

    Attributes
    ----------
    ground : Ground
    index : dict, unit id -> row of the ground
    of_place : DataFrame, place_id, unit (Int64 row of the ground); places that fall in no unit are left out
    of_person : DataFrame, person_key, home (Int64)
    notes : tuple of Words
    """

    ground: Ground
    index: dict[str, int]
    of_place: pl.DataFrame
    of_person: pl.DataFrame
    notes: tuple[Words, ...]


def locate_all(records: Records) -> Located:
    """Ground of the records' units, with every place and every listed person in its unit.

    Parameters
    ----------
    records : cleaned tables; units is needed, adjacency, places and persons are used where they are there

    Returns
    -------
    Located
    """
    units = records.table("units").sort("unit_id")
    unit_map = UnitMap.of(units)
    index = {unit_id: i for i, unit_id in enumerate(unit_map.ids)}
    number = pl.DataFrame({"unit_id": unit_map.ids, "unit": np.arange(len(index))})
    points = place_points(records).with_columns(subject_id="place_id")
    of_place = (
        locate(unit_map, points, subject_kind="place")
        .join(number, on="unit_id")
        .select(place_id="subject_id", unit="unit")
    )
    persons = records.table("persons").unique("person_key", keep="first")
    of_person = persons.join(of_place, left_on="home_place_id", right_on="place_id").select(
        "person_key", "household_id", home="unit"
    )
    households, notes = _households(units, of_person)
    towns = units["area_code"].unique().sort().to_list()
    place = {code: k for k, code in enumerate(towns)}
    kinds = units["kind"].to_list()
    ranks = [unit_rank(kind) for kind in kinds]
    ground = Ground(
        ids=tuple(unit_map.ids),
        population=units["population"].fill_null(0).cast(pl.Float64).to_numpy(),
        households=households,
        lon=units["lon"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        lat=units["lat"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        township=np.array([place[code] for code in units["area_code"].to_list()], dtype=np.int64),
        kind_rank=np.array([-1 if rank is None else rank for rank in ranks], dtype=np.int8),
        neighbours=Neighbours.of(records.table("adjacency"), index),
        is_exception=np.array([kind.strip().lower() in EXCEPTION_KINDS for kind in kinds], dtype=bool),
    )
    return Located(ground, index, of_place, of_person.select("person_key", "home"), notes)


def _households(units: pl.DataFrame, of_person: pl.DataFrame) -> tuple[np.ndarray, tuple[Words, ...]]:
    """Households of each unit, float64 (n_units,), and how they were counted.

    A unit whose residents are nearly all listed counts its listed households; elsewhere residents are divided
    by the mean size of a household.
    """
    people = units["population"].fill_null(0).cast(pl.Float64).to_numpy()
    listed = np.zeros(units.height)
    homes = np.zeros(units.height)
    by = of_person.group_by("home").agg(
        n=pl.len(), homes=pl.col("household_id").drop_nulls().n_unique(), known=pl.col("household_id").count()
    )
    for unit, n, n_homes, known in by.select("home", "n", "homes", "known").iter_rows():
        listed[unit], homes[unit] = n, n_homes if known == n else 0
    is_whole = (homes > 0) & (listed >= _WHOLE * people) & (people > 0)
    found = np.where(is_whole, homes, np.ceil(people / PEOPLE_PER_HOUSEHOLD))
    n_guessed = int((~is_whole & (people > 0)).sum())
    if not n_guessed:
        return found, ()
    note = Words(
        f"{n_guessed} 个单元没有完整的户籍名单，户数按每户 {PEOPLE_PER_HOUSEHOLD} 人估算。",
        f"{n_guessed} units have no full list of households: they are estimated at {PEOPLE_PER_HOUSEHOLD} "
        "people each.",
    )
    return found, (note,)
