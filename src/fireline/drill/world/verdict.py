"""Policies beside each other: means with their errors, paired differences with intervals, decision 13's test.

Drill: reads the table of backtest; its only chance is the resampling.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.errors import InputError

MARGIN = 0.02
"""A policy is not worse while the lower end of the paired interval lies above minus this (decision 13)."""
CHEAPER = 0.8
"""And better when it needs at most this share of the reference's weighted person-days."""
N_RESAMPLES = 4_000


def best_of(table: pl.DataFrame, names: Sequence[str]) -> str:
    """The policy of the names that contains most; of equals the one with fewer weighted person-days.

    Raises
    ------
    InputError   none of the names stands in the table
    """
    found = (
        table.filter(pl.col("policy").is_in(list(names)))
        .group_by("policy")
        .agg(pl.col("contained").mean(), pl.col("weighted_person_days").mean())
        .sort(["contained", "weighted_person_days", "policy"], descending=[True, False, False])
    )
    if found.is_empty():
        raise InputError(f"reference: none of {', '.join(names)} was run; name a policy of the table")
    return str(found["policy"][0])


def summarise(table: pl.DataFrame, *, reference: str, rng: np.random.Generator) -> pl.DataFrame:
    """One row per policy, cheapest first.

    Parameters
    ----------
    table : rows of ``backtest.run``
    reference : policy the others are compared with
    rng : numpy Generator, for the resampling of outbreaks within counties

    Returns
    -------
    DataFrame   policy, n, contained, contained_se, weighted_person_days, weighted_person_days_28,
        modelled_coverage, realised_capture, unrestrained_capture (means over runs that had infections),
        infections_28, people_restricted (means), difference, difference_low, difference_high (containment
        minus the reference's), cost_ratio, cost_ratio_low, cost_ratio_high, capture_difference
        (unrestrained capture minus the reference's), capture_difference_low, capture_difference_high,
        is_not_worse, is_cheaper, keeps_capture (the difference is not negative), is_better (all three),
        planning_s, seconds

    Raises
    ------
    InputError   the reference is not in the table, or a policy has other outbreaks than the reference

    References
    ----------
    .. [1] Efron B., Tibshirani R. (1993), An Introduction to the Bootstrap, ch. 13: percentile intervals.
    """
    keys = ["county", "outbreak"]
    base = table.filter(pl.col("policy") == reference).sort(keys)
    if base.is_empty():
        raise InputError(f"reference {reference!r} was not run; name a policy of the table")
    draws = _resampled(base["county"].to_numpy(), rng)
    rows = []
    for name in table["policy"].unique(maintain_order=True).to_list():
        mine = table.filter(pl.col("policy") == name).sort(keys)
        if not mine.select(keys).equals(base.select(keys)):
            raise InputError(f"policy {name!r}: other outbreaks than {reference!r}; run both on the same")
        rows.append(_row(name, mine, base, draws))
    return pl.DataFrame(rows).sort("weighted_person_days", "policy")


def _resampled(county: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows drawn with replacement within each county, int64 (N_RESAMPLES, n)."""
    parts = [
        rng.choice(np.flatnonzero(county == c), size=(N_RESAMPLES, int((county == c).sum())))
        for c in np.unique(county)
    ]
    return np.concatenate(parts, axis=1)


def _row(name: str, mine: pl.DataFrame, base: pl.DataFrame, draws: NDArray[np.int64]) -> dict[str, object]:
    kept = mine["contained"].cast(pl.Float64).to_numpy()
    gap = kept - base["contained"].cast(pl.Float64).to_numpy()
    cost, cost_base = mine["weighted_person_days"].to_numpy(), base["weighted_person_days"].to_numpy()
    low, high = np.percentile(gap[draws].mean(axis=1), [2.5, 97.5])
    below = cost_base[draws].sum(axis=1)
    has_base = bool((below > 0).all())
    ratio = [np.nan, np.nan, np.nan]
    if has_base:
        ends = np.percentile(cost[draws].sum(axis=1) / below, [2.5, 97.5])
        ratio = [cost.sum() / cost_base.sum(), *ends]
    capture, capture_low, capture_high = _capture_gap(mine, base, draws)
    not_worse, cheaper = bool(low > -MARGIN), bool(ratio[0] <= CHEAPER)
    return {
        "policy": name,
        "n": len(kept),
        "contained": float(kept.mean()),
        "contained_se": float(np.sqrt(kept.mean() * (1 - kept.mean()) / len(kept))),
        "weighted_person_days": float(cost.mean()),
        "weighted_person_days_28": mine["weighted_person_days_28"].mean(),
        "modelled_coverage": mine["modelled_coverage"].mean(),
        "realised_capture": mine["realised_capture"].mean(),
        "unrestrained_capture": mine["unrestrained_capture"].mean(),
        "infections_28": mine["infections_28"].mean(),
        "people_restricted": mine["people_restricted"].mean(),
        "difference": float(gap.mean()),
        "difference_low": float(low),
        "difference_high": float(high),
        "cost_ratio": float(ratio[0]),
        "cost_ratio_low": float(ratio[1]),
        "cost_ratio_high": float(ratio[2]),
        "capture_difference": capture,
        "capture_difference_low": capture_low,
        "capture_difference_high": capture_high,
        "is_not_worse": not_worse,
        "is_cheaper": cheaper,
        "keeps_capture": capture >= 0,
        "is_better": not_worse and cheaper and capture >= 0,
        "planning_s": mine["planning_s"].mean(),
        "seconds": mine["seconds"].mean(),
    }


def _capture_gap(
    mine: pl.DataFrame, base: pl.DataFrame, draws: NDArray[np.int64]
) -> tuple[float, float, float]:
    """Capture of unrestrained infections minus the reference's: mean and paired interval; 0 without any."""
    gap = (mine["unrestrained_capture"] - base["unrestrained_capture"]).to_numpy().astype(np.float64)
    known = ~np.isnan(gap)
    if not known.any():
        return 0.0, 0.0, 0.0
    counts = np.maximum(known[draws].sum(axis=1), 1)
    low, high = np.percentile(np.where(known, gap, 0.0)[draws].sum(axis=1) / counts, [2.5, 97.5])
    return float(gap[known].mean()), float(low), float(high)
