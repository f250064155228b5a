"""What the records say of the cases, in units of the ground: homes, stays, sources, contacts, travel.

Pipeline, zoning: the second step; stays are read only as far as a look-back rule in force allows.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.contacts.model import Contacts
from fireline.pipeline.zoning.ground import Located
from fireline.policy import At
from fireline.records.model import Records
from fireline.words import Words
from fireline.zones.cases import counted_cases, infectious_visits
from fireline.zones.ground import Situation
from fireline.zones.model import Zones

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_DAY_S = 86_400.0
_TRAVEL_DAYS = 14


def situate(
    records: Records, contacts: Contacts, zones: Zones, rules: At, located: Located, *, at: datetime
) -> tuple[Situation, tuple[Words, ...]]:
    """Cases of the records on a ground, days counted from ``at`` (day 0).

    Parameters
    ----------
    contacts : result of contacts.find, for sources and for the contacts of each case
    zones : result of zones.delimit, for the unit where each case lives
    rules : At, the look-back rules limit which stays are read
    located : Located, units of places and people
    at : aware UTC instant; nothing later is used

    Returns
    -------
    (Situation, notes)
    """
    cases = counted_cases(records, at=at)
    number = {case_id: k for k, case_id in enumerate(cases["case_id"].to_list())}
    onset = _days(cases, "onset", at)
    sampled = _days(cases, "sampled_at", at)
    home = np.full(cases.height, -1, dtype=np.int64)
    placed = zones.placements.filter(pl.col("subject_kind") == "case", pl.col("unit_id").is_not_null())
    for case_id, unit_id in placed.select("subject_id", "unit_id").iter_rows():
        if case_id in number:
            home[number[case_id]] = located.index[unit_id]
    visits, notes = _visits(records, cases, number, rules, located, at=at)
    row, unit, share, travel_notes = _travel(records, located, at=at)
    found = Situation(
        day=0.0,
        home=home,
        onset=np.where(np.isfinite(onset), onset, sampled),
        isolated=_days(cases, "isolated_at", at, end=True),
        has_known_source=_has_source(cases, contacts),
        visit_case=visits[0],
        visit_unit=visits[1],
        visit_day=visits[2],
        visit_hours=visits[3],
        traced=_traced(records, cases, contacts, at=at),
        travel_row=row,
        travel_unit=unit,
        travel_share=share,
    )
    return found, (*notes, *travel_notes)


def _days(cases: pl.DataFrame, column: str, at: datetime, *, end: bool = False) -> F64:
    """Days from ``at`` of a column's instants, NaN where missing or later; a bare day stands at its noon.

    With ``end`` a bare day stands at its end: somebody isolated on a day was so for certain only then.
    """
    since = (pl.col(column) - pl.lit(at)).dt.total_microseconds() / (_DAY_S * 1e6)
    bare = pl.col(f"{column}_precision") == "day"
    whole = 1.0 if end else 0.5
    day = since + pl.when(bare.fill_null(value=False)).then(whole).otherwise(0.0)
    known = cases.select(pl.when(since <= 0).then(day).otherwise(None).cast(pl.Float64)).to_series()
    return known.fill_null(float("nan")).to_numpy().astype(np.float64)


def _has_source(cases: pl.DataFrame, contacts: Contacts) -> NDArray[np.bool_]:
    """Cases that a directed link reaches, or that came from elsewhere."""
    edges = contacts.chain.edges
    reached = set(edges.filter(pl.col("directed"))["to_case"].to_list()) if edges.height else set()
    origin = cases["origin"].to_list() if "origin" in cases.columns else [None] * cases.height
    pairs = zip(cases["case_id"].to_list(), origin, strict=True)
    return np.array([case_id in reached or o == "imported" for case_id, o in pairs], dtype=bool)


def _traced(records: Records, cases: pl.DataFrame, contacts: Contacts, *, at: datetime) -> F64:
    """Share of each case's contacts that is under management at ``at``; 0 for a case without any."""
    managed = (
        records.table("contacts")
        .filter(pl.col("managed_at") <= at)
        .select("case_id", "person_key")
        .unique()
        .with_columns(is_managed=pl.lit(value=True))
    )
    by = (
        contacts.found.select("case_id", "person_key")
        .unique()
        .join(managed, on=["case_id", "person_key"], how="left")
        .group_by("case_id")
        .agg(share=pl.col("is_managed").fill_null(value=False).mean())
    )
    joined = cases.select("case_id").join(by, on="case_id", how="left", maintain_order="left")
    return joined["share"].fill_null(0.0).to_numpy().astype(np.float64)


def _visits(
    records: Records,
    cases: pl.DataFrame,
    number: dict[str, int],
    rules: At,
    located: Located,
    *,
    at: datetime,
) -> tuple[tuple[I64, I64, F64, F64], tuple[Words, ...]]:
    """Stays of cases that a look-back rule opens: case, unit, day and hours."""
    empty = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))
    answers = [rules.find("contact.lookback", who) for who in ("close", "source")]
    days = [int(a.value["days"]) for a in answers if a.in_force and a.value is not None]
    if not days or not records.has("visits"):
        return empty, ()
    window = {"days": max(days), "anchor": "onset_or_sampling"}
    allowed, _ = infectious_visits(records, cases, window, at=at)
    people = cases.select("case_id", "person_key")
    when = (pl.col("enter") - pl.lit(at)).dt.total_microseconds() / (_DAY_S * 1e6)
    stay_h = (pl.col("leave") - pl.col("enter")).dt.total_microseconds() / 3.6e9
    rows = (
        records.table("visits")
        .lazy()
        .filter(pl.col("enter") <= at, (pl.col("enter") - pl.lit(at)).dt.total_days() >= -60)
        .join(people.lazy(), on="person_key")
        .join(allowed.lazy(), on=["case_id", "place_id"], how="semi")
        .join(located.of_place.lazy(), on="place_id")
        .select("case_id", "unit", day=when, hours=stay_h.clip(0.1, 24.0).fill_null(1.0))
        .group_by("case_id", "unit", pl.col("day").floor().alias("whole"))
        .agg(pl.col("day").mean(), pl.col("hours").sum())
        .sort("case_id", "unit", "whole")
        .collect()
    )
    case = np.array([number[case_id] for case_id in rows["case_id"].to_list()], dtype=np.int64)
    return (case, rows["unit"].to_numpy(), rows["day"].to_numpy(), rows["hours"].to_numpy()), ()


def _travel(records: Records, located: Located, *, at: datetime) -> tuple[I64, I64, F64, tuple[Words, ...]]:
    """Shares of residents' hours in each other unit over the last days, as compressed rows.

    Only sums over residents of a unit are kept: nobody's way can be read from them.
    """
    n = located.ground.n
    if not records.has("visits") or located.of_person.is_empty():
        return np.zeros(n + 1, np.int64), np.empty(0, np.int64), np.empty(0), ()
    stay_h = (pl.col("leave") - pl.col("enter")).dt.total_microseconds() / 3.6e9
    pairs = (
        records.table("visits")
        .lazy()
        .filter(pl.col("enter") <= at, (pl.col("enter") - pl.lit(at)).dt.total_days() >= -_TRAVEL_DAYS)
        .join(located.of_person.lazy(), on="person_key")
        .join(located.of_place.lazy(), on="place_id")
        .filter(pl.col("unit") != pl.col("home"))
        .group_by("home", "unit")
        .agg(hours=stay_h.clip(0.1, 24.0).fill_null(1.0).sum())
        .sort("home", "unit")
        .collect()
    )
    home = pairs["home"].to_numpy()
    hours = pairs["hours"].to_numpy().astype(np.float64)
    total = np.bincount(home, hours, minlength=n)
    row = np.concatenate(([0], np.cumsum(np.bincount(home, minlength=n)))).astype(np.int64)
    n_with = int((total > 0).sum())
    notes: tuple[Words, ...] = ()
    if 0 < n_with < n:
        notes = (
            Words(
                f"{n - n_with} 个单元没有居民去向数据，其外出风险按留在本单元计。",
                f"{n - n_with} units have no data on where residents go: what is made away from home counts "
                "at home there.",
            ),
        )
    return row, pairs["unit"].to_numpy().astype(np.int64), hours / total[home], notes
