"""Which school, household, township or county a case belongs to, as thresholds count them.

Chapter 5: reads records; read by thresholds.
"""

from __future__ import annotations

import re
from datetime import date

import polars as pl

from fireline.records.model import Records

SCHOOL_KINDS = ("school", "kindergarten", "nursery", "university", "college")
COLLECTIVE_KINDS = (
    *SCHOOL_KINDS, "care_home", "nursing_home", "factory", "dormitory", "prison", "camp", "construction_site",
    "canteen", "welfare_home", "barracks", "workplace", "office", "hospital",
)  # fmt: skip
"""Kinds of place whose people form one collective unit; a household is none."""

_CHINA = re.compile(r"(CN-)?(\d{6})\d*")

Member = tuple[str, str, str, date, bool]


def units_of_cases(records: Records, cases: pl.DataFrame, unit: str) -> list[Member]:
    """The units each case counts in.

    Parameters
    ----------
    records : Records   its persons, places, visits and areas
    cases : DataFrame   as series.cases_with_day gives it
    unit : str   "collective", "school", "household", "community", "township", "county" or "any"

    Returns
    -------
    list of (unit id, area, case id, day, has died), sorted   a case without such a unit is left out; a case
    counts once in each unit. Collective units are the stated group of a person, else the collective places
    the person lives at or visited.
    """
    if unit in ("collective", "school"):
        of_person = _collectives(records, SCHOOL_KINDS if unit == "school" else COLLECTIVE_KINDS)
        joined = cases.join(of_person, on="person_key")
    elif unit == "household":
        homes = (
            records.table("persons").select("person_key", pl.col("household_id").alias("unit")).drop_nulls()
        )
        joined = cases.join(homes.unique(), on="person_key")
    elif unit == "any":
        joined = cases.with_columns(pl.lit(records.area).alias("unit"))
    else:
        names = {area: area_unit(records, area, unit) for area in cases["area"].unique().to_list()}
        joined = cases.with_columns(
            pl.col("area").replace_strict(names, return_dtype=pl.String).alias("unit")
        )
    died = (joined["outcome"] == "died").fill_null(False)
    rows = zip(joined["unit"], joined["area"], joined["case_id"], joined["day"], died, strict=True)
    return sorted(set(rows))


def _collectives(records: Records, kinds: tuple[str, ...]) -> pl.DataFrame:
    persons = records.table("persons")
    groups = persons.select("person_key", pl.col("group").alias("unit")).drop_nulls()
    places = records.table("places").filter(pl.col("kind").is_in(kinds)).select("place_id")
    lived = persons.select("person_key", pl.col("home_place_id").alias("place_id")).drop_nulls()
    seen = pl.concat([lived, records.table("visits").select("person_key", "place_id")])
    visited = seen.join(places, on="place_id").select("person_key", pl.col("place_id").alias("unit"))
    return pl.concat([groups, visited.join(groups, on="person_key", how="anti")]).unique()


def area_unit(records: Records, area: str, unit: str) -> str:
    """The township or county an area stands in; the area itself where nothing says more.

    Parameters
    ----------
    records : Records   its areas
    area : code
    unit : "community", "township" or "county"
    """
    if unit == "community":
        return area
    areas = records.table("areas")
    parent = dict(zip(areas["area_code"], areas["parent_code"], strict=True))
    level = dict(zip(areas["area_code"], areas["level"], strict=True))
    wanted = ("county", "district") if unit == "county" else ("township", "town", "street", "subdistrict")
    here: str | None = area
    for _ in range(8):  # a ring of parents must not hang
        if here is None:
            break
        if level.get(here) in wanted:
            return here
        here = parent.get(here)
    found = _CHINA.fullmatch(area)
    if unit == "county" and found:
        return f"{found.group(1) or ''}{found.group(2)}"
    return area
