"""How often the engine finds the true source of a case when the stated links are hidden from it.

Chapter 7: reads records with stated links; run by benchmarks and acceptance tests, never by the product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.contacts.coverage import source_coverage
from fireline.contacts.find import find
from fireline.contacts.sources import Weighing, weigh
from fireline.contacts.tables import EDGES
from fireline.contacts.windows import cases_of
from fireline.kernels.sources import Cases, places_of
from fireline.policy import At
from fireline.records.model import Records

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

METHODS = (
    "random",
    "nearest onset, same day or before",
    "nearest onset, an earlier day",
    "same day or before, own area first",
    "an earlier day, own area first",
    "days only",
    "engine",
)


@dataclass(frozen=True, slots=True)
class Hits:
    """What one method found.

    Attributes
    ----------
    method : str, one of METHODS
    n : int, cases asked about; the same ones for every method
    top_1, top_5 : float, expected share of cases whose true source is among the first 1 or 5 named, ties
        broken by chance
    """

    method: str
    n: int
    top_1: float
    top_5: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """Hits of every method on one data set and what the data could tell at all.

    Attributes
    ----------
    n_cases : int
    n_links : int, stated links between two different cases
    n_undated : int, infected cases without any day: not asked about
    n_without_day : int, asked cases all of whose true sources lack a day: no method by days can find them
    hits : tuple of Hits
    mean_share_of_first : float, mean probability that the engine gave to its first source; near its top_1
        when the probabilities can be trusted
    mean_unknown : float, mean probability of an unknown source over the asked cases
    n_unknown_likeliest : int, asked cases whose likeliest source is "none of these"
    evidence_used, evidence_put_aside : tuple of str
    look_back_days, covered_days : int, days in which the asked cases were infected; those with any stay
    covered_h : float, hours inside stays that are exact to the hour
    """

    n_cases: int
    n_links: int
    n_undated: int
    n_without_day: int
    hits: tuple[Hits, ...]
    mean_share_of_first: float
    mean_unknown: float
    n_unknown_likeliest: int
    evidence_used: tuple[str, ...]
    evidence_put_aside: tuple[str, ...]
    look_back_days: int
    covered_days: int
    covered_h: float


def backtest(records: Records, rules: At, *, at: datetime, every: tuple[int, int] = (1, 0)) -> Backtest:
    """Hide the links, rank the sources of every infected case, and count how often the true one comes first.

    Parameters
    ----------
    records : Records   with links of kind "infected_by"
    rules : At
    at : datetime   nothing later is looked at
    every : (m, r)   ask about each m-th infected case, starting with number r: halves for tuning and testing

    Returns
    -------
    Backtest

    Notes
    -----
    Of a case with several stated sources the best placed one counts. "nearest onset" names the cases that
    fell ill last before the case; "own area first" those of its area before all others.
    """
    cases = cases_of(records, rules)
    case, source = _true_pairs(records, cases)
    asked = np.unique(case)[every[1] :: every[0]]
    case, source = (column[np.isin(case, asked)] for column in (case, source))
    hidden = replace(records, tables={k: v for k, v in records.tables.items() if k != "links"})
    met = find(hidden, rules, at=at).found
    nothing = pl.DataFrame(schema=EDGES)
    engine = weigh(hidden, cases, rules.profile, edges=nothing, found=met)
    days_only = weigh(hidden, cases, rules.profile, edges=nothing, found=met.head(0), kinds=())
    arrays = engine.evidence.cases
    is_dated = arrays.end[case] >= 0
    asked = np.unique(case[is_dated])
    pairs = case[is_dated], source[is_dated]
    places: list[tuple[I64, I64]] = [
        _by_score(lambda _: np.zeros(cases.height), *pairs),
        _by_score(lambda i: _nearness(arrays, i, 0), *pairs),
        _by_score(lambda i: _nearness(arrays, i, 1), *pairs),
        _by_score(lambda i: _nearness(arrays, i, 0) + 1e6 * (arrays.area == arrays.area[i]), *pairs),
        _by_score(lambda i: _nearness(arrays, i, 1) + 1e6 * (arrays.area == arrays.area[i]), *pairs),
        _by_engine(days_only, *pairs),
        _by_engine(engine, *pairs),
    ]
    hits = tuple(
        Hits(method, asked.size, *(_share(pairs[0], place, k) for k in (1, 5)))
        for method, place in zip(METHODS, places, strict=True)
    )
    ranked = engine.rank(k_most=1, only=asked)
    covered = source_coverage(
        hidden.table("visits"), cases[asked.tolist()], rules.profile, tz=records.tz
    ).sum()
    without = np.array([(arrays.end[source[case == i]] < 0).all() for i in asked])
    return Backtest(
        cases.height,
        int(np.unique(np.stack([case, source]), axis=1).shape[1]),
        int(np.unique(case).size - asked.size),
        int(without.sum()),
        hits,
        float(ranked.share[:, 0].mean()) if asked.size else 0.0,
        float(ranked.unknown.mean()) if asked.size else 0.0,
        int((ranked.unknown >= ranked.share[:, 0]).sum()),
        engine.used,
        engine.put_aside,
        int(covered["look_back_days"].item() or 0),
        int(covered["covered_days"].item() or 0),
        float(covered["covered_h"].item() or 0.0),
    )


def _true_pairs(records: Records, cases: pl.DataFrame) -> tuple[I64, I64]:
    index = {c: k for k, c in enumerate(cases["case_id"].to_list())}
    person = {p: k for k, p in enumerate(cases["person_key"].to_list())}
    links = records.table("links").filter(pl.col("kind") == "infected_by")
    pairs = [
        (person[b], index[a])
        for a, b in links.select("from_case", "to_person").iter_rows()
        if a in index and b in person and person[b] != index[a]
    ]
    both = np.array(sorted(set(pairs)), np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _nearness(arrays: Cases, i: int, least: int) -> F64:
    """Days before the case as a negative number; who fell ill later or has no day is no candidate."""
    before = (arrays.day[i] - arrays.day).astype(np.float64)
    return np.where((before >= least) & (arrays.end >= 0), -before, -np.inf)


def _by_score(score_of: Callable[[int], F64], case: I64, source: I64) -> tuple[I64, I64]:
    above, level = np.full(case.size, -1, np.int64), np.zeros(case.size, np.int64)
    for row, (i, j) in enumerate(zip(case.tolist(), source.tolist(), strict=True)):
        score = score_of(i).copy()
        score[i] = -np.inf
        if score[j] > -np.inf:
            above[row], level[row] = (score > score[j]).sum(), (score == score[j]).sum()
    return above, level


def _by_engine(weighing: Weighing, case: I64, source: I64) -> tuple[I64, I64]:
    return places_of(
        weighing.evidence.cases,
        factors=weighing.evidence.factors,
        named=weighing.evidence.named,
        table=weighing.intervals.table,
        low=weighing.intervals.low,
        typical=weighing.intervals.typical,
        case=case,
        source=source,
    )


def _share(case: I64, place: tuple[I64, I64], k: int) -> float:
    """Expected share of cases with a true source among the first k, ties broken by chance."""
    above, level = place
    chance = np.where(above < 0, 0.0, np.clip((k - above) / np.maximum(level, 1), 0.0, 1.0))
    best: dict[int, float] = {}
    for i, c in zip(case.tolist(), chance.tolist(), strict=True):
        best[i] = max(best.get(i, 0.0), c)
    return sum(best.values()) / len(best) if best else 0.0
