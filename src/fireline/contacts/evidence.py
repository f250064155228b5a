"""What speaks for one case as the source of another, beside the days: where, group, age, distance, meetings.

Chapter 7: reads cases, persons and contacts found; read by sources, which weighs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.errors import PolicyError
from fireline.kernels.sources import Cases, Factors, Named
from fireline.policy.areas import area_chain
from fireline.records.model import Records

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

KINDS = ("area", "group", "age", "distance")
"""Evidence that holds for any two cases; each is used only where it agrees with the days."""

_AREA = (0.7, 0.15, 0.15)  # share of infections in the own area, elsewhere under its parent, farther away
_GROUP = (0.8, 0.2)  # of pairs whose groups are known: the same one, two
_AGE_EDGES = (5.0, 20.0, 35.0)
_AGE = (0.4, 0.25, 0.25, 0.1)  # share of infections by years between: partners and siblings, then parents
_KM_EDGES = (0.5, 2.0, 10.0, 50.0)
_KM = (0.4, 0.25, 0.2, 0.1, 0.05)  # share of infections by distance between homes
_MOST_PAIRS = 200_000  # sampled for how far apart cases are by chance
_NAMED = {
    "infected_by": 1_000.0,
    "stated": 100.0,
    "household": 50.0,
    "manifest": 20.0,
    "co_presence": 10.0,
    "cluster": 5.0,
}
"""How much more often true pairs are known in this way than pairs by chance: judgement, no measurement."""
_LONG_S, _LONG = 3_600, 2.0  # an hour together counts double


@dataclass(frozen=True, slots=True)
class Evidence:
    """Arrays for the kernel and where they come from.

    Attributes
    ----------
    cases : Cases
    factors : Factors
    named : Named
    basis : mapping from (infected, source) indices to the strongest way in which the pair is known
    delay_sd_d : float, spread of the days from onset to the day that stands in for it
    """

    cases: Cases
    factors: Factors
    named: Named
    basis: dict[tuple[int, int], str]
    delay_sd_d: float


def gather(
    records: Records, cases: pl.DataFrame, *, edges: pl.DataFrame, found: pl.DataFrame, first_day: int
) -> Evidence:
    """Collect what is known of all cases and of the pairs that met.

    Parameters
    ----------
    records : Records
    cases : DataFrame   as windows.cases_of gives it
    edges : DataFrame   columns contacts.tables.EDGES, the stated links
    found : DataFrame   columns contacts.tables.FOUND
    first_day : int   first day of infectiousness, counted from onset

    Returns
    -------
    Evidence   indices are rows of ``cases``
    """
    day, end, delay_sd = _days(cases)
    people = records.table("persons").unique("person_key", keep="first", maintain_order=True)
    known = cases.select("person_key", "area_code", "cluster", "lon", "lat").join(
        people.select("person_key", "age", pl.col("area_code").alias("home")),
        on="person_key", how="left", maintain_order="left",
    )  # fmt: skip
    places = known.select(pl.coalesce("area_code", "home")).to_series()
    area, parent = _codes(places), _codes(_parents(places, records))
    group = _codes(known["cluster"])
    age, (x, y) = _floats(known["age"]), _flat(known)
    arrays = Cases(day, end, _shapes(cases, day, end, first_day), area, parent, group, age, x, y)
    named, basis = _named(cases, edges, found)
    factors = Factors(
        _area_factors(area, parent),
        _group_factors(group),
        np.array(_AGE_EDGES),
        _binned_factors(_AGE_EDGES, _AGE, age, np.zeros_like(age)),
        np.array(_KM_EDGES),
        _binned_factors(_KM_EDGES, _KM, x, y),
    )
    return Evidence(arrays, factors, named, basis, delay_sd)


def only_with(factors: Factors, kinds: frozenset[str]) -> Factors:
    """The factors with every kind that is not asked for set to 1."""
    one = np.ones_like
    return Factors(
        factors.area if "area" in kinds else one(factors.area),
        factors.group if "group" in kinds else one(factors.group),
        factors.age_edges,
        factors.age if "age" in kinds else one(factors.age),
        factors.km_edges,
        factors.km if "distance" in kinds else one(factors.km),
    )


def _floats(column: pl.Series) -> F64:
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _codes(column: pl.Series) -> I64:
    """Small numbers for equal texts, in the order of the texts; -1 = null."""
    names = {name: k for k, name in enumerate(sorted(set(column.drop_nulls().to_list())))}
    return np.array([names.get(v, -1) if v is not None else -1 for v in column.to_list()], np.int64)


def _ordinals(column: pl.Series) -> F64:
    return np.array([d.toordinal() if isinstance(d, date) else np.nan for d in column.to_list()], np.float64)


def _days(cases: pl.DataFrame) -> tuple[I64, I64, float]:
    """Day of onset or what stands in for it, less the usual delay; 0, 1 or -1; the spread of the delay."""
    onset = _ordinals(cases["onset_day"])
    day, end, spread = onset.copy(), np.where(np.isnan(onset), -1, 0), 0.0
    for name in ("sampled_day", "reported_day"):
        other = _ordinals(cases[name])
        delays = (other - onset)[~np.isnan(other - onset)]
        usual, sd = (float(np.median(delays)), float(delays.std())) if delays.size >= 10 else (0.0, 3.0)
        fill = np.isnan(day) & ~np.isnan(other)
        if fill.any():
            day[fill], end[fill] = np.round(other[fill] - usual), 1
            spread = max(spread, sd)
    return np.nan_to_num(day).astype(np.int64), end.astype(np.int64), spread


def _shapes(cases: pl.DataFrame, day: I64, end: I64, first_day: int) -> I64:
    isolated = _ordinals(cases["isolated_day"])
    later = np.where(np.isnan(isolated) | (end != 0), np.inf, isolated - day - first_day)
    return np.where(np.isinf(later), 0, 1 + np.clip(np.where(np.isinf(later), 0, later), 0, None)).astype(
        np.int64
    )


def _parents(places: pl.Series, records: Records) -> pl.Series:
    given = records.table("areas").select("area_code", "parent_code").drop_nulls().unique("area_code")
    above = dict(zip(given["area_code"], given["parent_code"], strict=True))
    for code in sorted(set(places.drop_nulls().to_list()) - set(above)):
        try:
            chain = area_chain(code)
        except PolicyError:  # a name, not a code: it has no known parent
            continue
        if len(chain) > 2:  # under a province or city; the country alone says nothing
            above[code] = chain[1]
    return pl.Series([above.get(p) if p is not None else None for p in places.to_list()], dtype=pl.String)


def _flat(known: pl.DataFrame) -> tuple[F64, F64]:
    """Kilometres east and north; distances within an outbreak do not need more."""
    lon, lat = _floats(known["lon"]), _floats(known["lat"])
    is_known = ~(np.isnan(lon) | np.isnan(lat))
    middle = np.cos(np.radians(lat[is_known].mean())) if is_known.any() else 1.0
    return np.where(is_known, lon * 111.32 * middle, np.nan), np.where(is_known, lat * 111.32, np.nan)


def _ratio(expected: tuple[float, ...], by_chance: F64) -> F64:
    """Expected shares of levels that occur at all, over their shares among pairs by chance."""
    wanted = np.where(by_chance > 0, np.array(expected), 0.0)
    total = wanted.sum(axis=-1, keepdims=True)
    wanted = np.divide(wanted, total, out=np.zeros_like(wanted), where=total > 0)
    return np.divide(wanted, by_chance, out=np.ones_like(wanted), where=by_chance > 0)


def _others(codes: I64) -> tuple[F64, int]:
    """For each case, how many others have its code; and how many cases have one."""
    n_known = int((codes >= 0).sum())
    sizes = np.bincount(codes[codes >= 0], minlength=1)
    return np.where(codes >= 0, sizes[np.clip(codes, 0, None)] - 1, 0).astype(np.float64), n_known


def _area_factors(area: I64, parent: I64) -> F64:
    same, n_known = _others(area)
    near, _ = _others(np.where(area >= 0, parent, -1))
    near = np.maximum(near - same, 0)
    counts = np.stack([same, near, np.maximum(n_known - 1 - same - near, 0)], axis=1)
    return _ratio(_AREA, counts / max(1, n_known - 1))


def _group_factors(group: I64) -> F64:
    same, n_known = _others(group)
    counts = np.stack([same, np.maximum(n_known - 1 - same, 0)], axis=1)
    return _ratio(_GROUP, counts / max(1, n_known - 1))


def _binned_factors(edges: tuple[float, ...], expected: tuple[float, ...], x: F64, y: F64) -> F64:
    here = np.flatnonzero(~(np.isnan(x) | np.isnan(y)))
    n = here.size
    if n < 2:
        return np.ones(len(expected))
    # every case with those a fixed number of places on: all pairs where few, an even sample where many
    steps = np.unique(np.linspace(1, n - 1, min(n - 1, max(1, _MOST_PAIRS // n))).astype(np.int64))
    a, b = np.tile(here, steps.size), np.concatenate([np.roll(here, -s) for s in steps])
    level = np.searchsorted(np.array(edges), np.hypot(x[a] - x[b], y[a] - y[b]))
    return _ratio(expected, np.bincount(level, minlength=len(expected)) / level.size)


def _named(
    cases: pl.DataFrame, edges: pl.DataFrame, found: pl.DataFrame
) -> tuple[Named, dict[tuple[int, int], str]]:
    index = {case: k for k, case in enumerate(cases["case_id"].to_list())}
    of_person: dict[str, list[int]] = {}
    for k, person in enumerate(cases["person_key"].to_list()):
        of_person.setdefault(person, []).append(k)
    best: dict[tuple[int, int], tuple[float, str]] = {}

    def take(infected: int, source: int, basis: str, factor: float) -> None:
        if infected != source and factor > best.get((infected, source), (0.0, ""))[0]:
            best[infected, source] = (factor, basis)

    kept = edges.filter(~pl.col("flag").is_in(["unresolved", "self"]))
    for a, b, kind, directed in kept.select("from_case", "to_case", "kind", "directed").iter_rows():
        basis = "infected_by" if kind == "infected_by" else {"contact": "stated"}.get(kind, kind)
        take(index[b], index[a], basis, _NAMED[basis])
        if not directed:
            take(index[a], index[b], basis, _NAMED[basis])
    met = found.filter((pl.col("class") != "secondary") & pl.col("person_key").is_in(list(of_person)))
    for case_id, person, basis, overlap_s in met.select(
        "case_id", "person_key", "basis", "overlap_s"
    ).iter_rows():
        factor = _NAMED[basis] * (_LONG if basis == "co_presence" and (overlap_s or 0) >= _LONG_S else 1.0)
        for infected in of_person[person]:
            take(infected, index[case_id], basis, factor)
    pairs = sorted(best)
    infected_i = np.array([i for i, _ in pairs], np.int64)
    start = np.searchsorted(infected_i, np.arange(cases.height + 1)).astype(np.int64)
    named = Named(
        start,
        np.array([j for _, j in pairs], np.int64),
        np.array([best[p][0] for p in pairs], np.float64),
    )
    return named, {pair: best[pair][1] for pair in pairs}
