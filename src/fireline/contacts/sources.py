"""Who may have infected each case: stated links, meetings found and days between onsets weighed together.

Chapter 7: reads records, contacts found and the stated chain; read by chain, backtest and the faces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from fireline.contacts.evidence import KINDS, Evidence, gather, only_with
from fireline.contacts.intervals import Intervals, intervals_of
from fireline.contacts.tables import SOURCES
from fireline.kernels.sources import Ranked, rank_sources
from fireline.policy import Profile
from fireline.records.model import Records

SHARE_KNOWN = 0.8
"""Share of infectors that are assumed to be among the cases where nothing is known but days."""

N_KEPT = 5
LEAST_SHARE = 0.01  # fainter candidates are not kept
MOST_CASES = 20_000  # beyond, pairs known by their days alone are not weighed: too many to mean anything
_SAMPLE = 1_000  # cases by which evidence is compared with the days
_GAIN = 2.0  # log-likelihood that a kind of evidence must add before it is used


@dataclass(frozen=True, slots=True)
class Weighing:
    """All that is needed to rank the sources of a set of cases.

    Attributes
    ----------
    evidence : Evidence   factors that were put aside are 1
    intervals : Intervals
    used : tuple of str, kinds of evidence that were used
    put_aside : tuple of str, kinds that are known but speak against the days
    """

    evidence: Evidence
    intervals: Intervals
    used: tuple[str, ...]
    put_aside: tuple[str, ...]

    def rank(self, *, k_most: int = N_KEPT, only: Any = None) -> Ranked:
        """Sources by the kernel; ``only`` as there."""
        found = self.evidence
        return rank_sources(
            found.cases,
            factors=found.factors,
            named=found.named,
            table=self.intervals.table,
            low=self.intervals.low,
            typical=self.intervals.typical,
            odds_unknown=(1 - SHARE_KNOWN) / SHARE_KNOWN,
            k_most=k_most,
            only=only,
        )


def weigh(
    records: Records,
    cases: pl.DataFrame,
    profile: Profile | None,
    *,
    edges: pl.DataFrame,
    found: pl.DataFrame,
    kinds: tuple[str, ...] = KINDS,
) -> Weighing:
    """Collect the evidence and decide which kinds of it to use.

    Parameters
    ----------
    records : Records
    cases : DataFrame   as windows.cases_of gives it
    profile : Profile or None
    edges : DataFrame   columns contacts.tables.EDGES, the stated links
    found : DataFrame   columns contacts.tables.FOUND
    kinds : some of evidence.KINDS

    Returns
    -------
    Weighing

    Notes
    -----
    A kind of evidence is used where it makes the days of onset likelier: the log-likelihood of up to 1,000
    cases, evenly spaced, must gain at least 2 against days and the kinds before it. Homes laid out at random
    add nothing, so they are put aside; no link is looked at for this.
    """
    first = intervals_of(profile).first_day
    evidence = gather(records, cases, edges=edges, found=found, first_day=first)
    intervals = intervals_of(profile, delay_sd_d=evidence.delay_sd_d)
    arrays = evidence.cases
    arrays = arrays._replace(shape=np.minimum(arrays.shape, intervals.table.shape[0] - 1))
    if cases.height > MOST_CASES:
        arrays = arrays._replace(end=np.full(cases.height, -1, np.int64))
    whole = Weighing(replace(evidence, cases=arrays), intervals, (), ())
    dated = np.flatnonzero(arrays.end >= 0)
    asked = dated[np.unique(np.linspace(0, dated.size - 1, min(_SAMPLE, dated.size)).astype(np.int64))]
    present = tuple(kind for kind in kinds if _is_known(evidence, kind))
    used: tuple[str, ...] = ()
    best = _with(whole, used).rank(k_most=1, only=asked).log_likelihood.sum()
    for kind in present:
        likelihood = _with(whole, (*used, kind)).rank(k_most=1, only=asked).log_likelihood.sum()
        if likelihood - best >= _GAIN:
            used, best = (*used, kind), likelihood
    return replace(_with(whole, used), put_aside=tuple(k for k in present if k not in used))


def _with(weighing: Weighing, kinds: tuple[str, ...]) -> Weighing:
    evidence = weighing.evidence
    factors = only_with(evidence.factors, frozenset(kinds))
    return replace(weighing, evidence=replace(evidence, factors=factors), used=kinds)


def _is_known(evidence: Evidence, kind: str) -> bool:
    """Whether the evidence tells any two cases apart."""
    factors = only_with(evidence.factors, frozenset((kind,)))
    return any(bool((f != 1).any()) for f in (factors.area, factors.group, factors.age, factors.km))


def table_of(cases: pl.DataFrame, weighing: Weighing) -> pl.DataFrame:
    """Ranked sources as rows, and one row for "none of these" of each case.

    Returns
    -------
    DataFrame   columns contacts.tables.SOURCES, sorted by case_id and rank; from_case is null and rank 0 in
        the row of the unknown source
    """
    ranked = weighing.rank()
    names = cases["case_id"].to_list()
    arrays, basis = weighing.evidence.cases, weighing.evidence.basis
    rows: list[tuple[Any, ...]] = []
    for i, case_id in enumerate(names):
        rows.append((case_id, 0, None, float(ranked.unknown[i]), "unknown", None))
        for k in range(N_KEPT):
            j, share = int(ranked.source[i, k]), float(ranked.share[i, k])
            if j < 0 or share < LEAST_SHARE:
                break
            both = arrays.end[i] == 0 and arrays.end[j] == 0
            days = int(arrays.day[i] - arrays.day[j]) if both else None
            rows.append((case_id, k + 1, names[j], share, basis.get((i, j), "time"), days))
    return pl.DataFrame(rows, schema=SOURCES, orient="row").sort("case_id", "rank")


def summary_of(sources: pl.DataFrame, weighing: Weighing) -> Mapping[str, Any]:
    """Counts for people: how many cases have a likely source, how many none.

    Returns
    -------
    mapping   n_unknown_likeliest (cases whose likeliest source is none of the cases), mean_unknown_share,
        n_likely (cases with one source of at least one half), evidence_used, evidence_put_aside
    """
    best = sources.sort("case_id", "share", "rank", descending=[False, True, False]).unique(
        "case_id", keep="first", maintain_order=True
    )
    unknown = sources.filter(pl.col("rank") == 0)["share"]
    return {
        "n_unknown_likeliest": int((best["rank"] == 0).sum()),
        "mean_unknown_share": unknown.mean(),
        "n_likely": int(((best["rank"] > 0) & (best["share"] >= 0.5)).sum()),
        "evidence_used": weighing.used,
        "evidence_put_aside": weighing.put_aside,
    }
