"""Who in a ring needs a service, and what keeping it takes: counts and stated estimates, never a name.

Pipeline, zoning: read by the page, the order text and the command line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.pipeline.zoning.model import Needs, Option, Question
from fireline.records.model import Records
from fireline.zones.cases import place_points
from fireline.zones.ground import LEVEL_CODES
from fireline.zones.locate import UnitMap, locate

MARKS = {
    "dialysis": ("dialysis", "透析", "血透"),
    "pregnant": ("pregnan", "孕"),
    "alone": ("alone", "独居", "空巢"),
}
"""Need -> words by which the persons table's column group marks it."""

HOUSEHOLDS_PER_ROUND = 40
"""Doors that one delivery round of two people reaches in half a day; an estimate."""


def needs_of(records: Records, index: Mapping[str, int]) -> Needs:
    """People marked in the persons table, by the unit where they live.

    Parameters
    ----------
    records : cleaned tables
    index : unit id -> row of the ground

    Notes
    -----
    The column ``group`` is searched for the words of MARKS (several may stand in one cell). Where no row
    holds any of them the counts are not known, which is said; it is not zero.
    """
    n = len(index)
    persons = records.table("persons").unique("person_key", keep="first").drop_nulls("home_place_id")
    unit_map = UnitMap.of(records.table("units").sort("unit_id"))
    points = (
        persons.select(place_id=pl.col("home_place_id").unique())
        .join(place_points(records), on="place_id", how="left")
        .with_columns(subject_id="place_id")
    )
    homes = locate(unit_map, points, subject_kind="place").drop_nulls("unit_id")
    rows = persons.select("home_place_id", pl.col("group").fill_null("").str.to_lowercase()).join(
        homes.select("unit_id", home_place_id="subject_id"), on="home_place_id"
    )
    at = np.array([index[unit_id] for unit_id in rows["unit_id"].to_list()], dtype=np.int64)

    def counted(mask: pl.Series) -> NDArray[np.float64]:
        return np.bincount(at[mask.to_numpy()], minlength=n).astype(np.float64)

    found = {need: counted(rows.select(_any_of(words)).to_series()) for need, words in MARKS.items()}
    is_known = any(counts.sum() > 0 for counts in found.values())
    listed = np.bincount(at, minlength=n).astype(np.float64)
    return Needs(found["dialysis"], found["pregnant"], found["alone"], listed, is_known)


def _any_of(words: tuple[str, ...]) -> pl.Expr:
    return pl.any_horizontal(pl.col("group").str.contains(word, literal=True) for word in words)


@dataclass(frozen=True, slots=True)
class Keeping:
    """What it takes to keep one ring.

    Attributes
    ----------
    residents, households : float, in sealed and managed units
    sealed_households : float, served at the door
    rounds : int, delivery rounds a day for sealed households (two meals: two half days)
    gates, staff : float
    gates_unknown : int, borders where no number of gates is stated (one is assumed)
    dialysis, pregnant, alone : int or None, people who need a service; None = the data do not say
    listed_share : float or None, share of the ring's residents that the persons table lists
    """

    residents: float
    households: float
    sealed_households: float
    rounds: int
    gates: float
    staff: float
    gates_unknown: int
    dialysis: int | None
    pregnant: int | None
    alone: int | None
    listed_share: float | None


def keeping(question: Question, option: Option) -> Keeping:
    """What it takes to keep a ring, from its figures and the needs of its units."""
    f, needs = option.figures, question.needs
    inside: NDArray[np.bool_] = option.candidate.level >= LEVEL_CODES["managed"]
    people = float(question.ground.population[inside].sum())

    def counted(by_unit: NDArray[np.float64]) -> int | None:
        return int(by_unit[inside].sum()) if needs.is_known else None

    return Keeping(
        residents=f.people,
        households=f.sealed_households + f.managed_households,
        sealed_households=f.sealed_households,
        rounds=2 * math.ceil(f.sealed_households / HOUSEHOLDS_PER_ROUND),
        gates=f.gates,
        staff=f.staff,
        gates_unknown=f.gates_unknown,
        dialysis=counted(needs.dialysis),
        pregnant=counted(needs.pregnant),
        alone=counted(needs.alone),
        listed_share=float(needs.listed[inside].sum() / people) if people else None,
    )
