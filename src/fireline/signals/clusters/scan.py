"""Finds the areas in which, over the last steps, more happened than expected, and how surprising that is.

Chapter 5: reads kernels.scan; its clusters are explained by clusters.explain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fireline.kernels.scan import best_apart, limits, replicate_maxima, zone_scores, zone_sums
from fireline.kernels.scan_draws import Null, fixed, independent, permuted, swapped
from fireline.signals.clusters.chance import fit_gumbel, gumbel_p, rank_p
from fireline.signals.clusters.expected import (
    Expected,
    margins,
    population_by_step,
    supplied,
    uniform_rate,
)
from fireline.signals.clusters.model import (
    ScanBaseline,
    ScanModel,
    ScanZones,
    SpaceTimeCluster,
    SpaceTimeScan,
)

F64 = NDArray[np.float64]


def space_time_scan(
    counts: ArrayLike,
    *,
    zones: ScanZones,
    max_duration: int,
    rng: np.random.Generator,
    model: str = ScanModel.POISSON,
    baseline: str | None = None,
    population: ArrayLike | None = None,
    expected: ArrayLike | None = None,
    dispersion: ArrayLike = 1.0,
    n_replicates: int = 999,
    cadence_d: float = 1.0,
    n_clusters: int = 5,
    tail: str = "moments",
) -> SpaceTimeScan:
    """Scan all zones and all windows that end at the last step.

    Parameters
    ----------
    counts : array-like, shape (n_time, n_areas)   whole numbers; NaN = not reported, left out of both sides
    zones : ScanZones   of circles, connected or listed
    max_duration : int, 1..n_time   longest window in steps
    rng : Generator   the same seed gives the same p
    model : "poisson", "conditional" or "permutation"; see ScanModel
    baseline : None, "uniform_rate" or "population_by_step"   None: "supplied" where ``expected`` is given,
        "margins" for a permutation, else "uniform_rate"
    population : array-like, shape (n_time, n_areas) or (n_areas,), or None   for the two baselines by rate
    expected : array-like, shape (n_time, n_areas), or None   NaN = not known, left out
    dispersion : float or array-like, shape (n_time, n_areas)   variance over mean of the replicates' cells;
        above 1 only with ``expected`` and model "poisson"
    n_replicates : int, >= 1
    cadence_d : float, days   between one analysis and the next
    n_clusters : int, >= 1   clusters given at most
    tail : "moments" or "likelihood"   how the Gumbel law is fitted

    Returns
    -------
    SpaceTimeScan   no cluster where nothing is above expectation

    Raises
    ------
    ValueError   shapes differ, a number is out of its range, or model and baseline do not go together

    Notes
    -----
    Score of a window with c cases and b expected: "poisson" c ln(c/b) + b - c for c > b, else 0 [1]_;
    "conditional" and "permutation" c ln(c/b) + (C-c) ln((C-c)/(C-b)), C = all cases, b scaled to them
    [2]_ [3]_. Replicates: with a supplied expectation and "poisson" independent counts around it; with a rate
    estimated on these very counts all C cases are dealt out anew (multinomial), for which p is exact;
    "permutation" keeps the cases of each area and of each step. A rate from the same data hides an excess
    that fills much of them; an expectation from earlier data does not.

    References
    ----------
    .. [1] Neill D.B., Moore A.W., Sabhnani M., Daniel K. (2005), Detection of emerging space-time clusters,
       KDD 2005:218-227, doi:10.1145/1081870.1081897: the expectation-based score.
    .. [2] Kulldorff M. (2001), Prospective time periodic geographical disease surveillance using a scan
       statistic, J R Stat Soc A 164:61-72: the comparison with the outside, recurrence.
    .. [3] Kulldorff M. et al. (2005), A space-time permutation scan statistic for disease outbreak detection,
       PLoS Med 2:e59: margins and permutation.
    """
    kind = ScanModel(model)
    given = _expectation(kind, counts, baseline=baseline, population=population, expected=expected)
    phi = _dispersion(dispersion, given, kind)
    n_time, n_areas = given.counts.shape
    if zones.n_areas != n_areas:
        raise ValueError(f"zones: made for {zones.n_areas} areas, counts have {n_areas}")
    if not 1 <= max_duration <= n_time:
        raise ValueError(f"max_duration: expected 1..{n_time}, got {max_duration}")
    if n_replicates < 1 or n_clusters < 1 or not cadence_d > 0:
        raise ValueError("n_replicates, n_clusters, cadence_d: expected >= 1, >= 1, > 0")
    observed = zone_sums(zones.tree, np.cumsum(_by_steps_back(given.counts, max_duration), axis=1))
    wanted = zone_sums(zones.tree, np.cumsum(_by_steps_back(given.cells, max_duration), axis=1))
    total = 0.0 if kind is ScanModel.POISSON else float(given.counts.sum())
    best = zone_scores(zones.tree, observed, wanted, total=total)
    null, largest = _null(kind, given, phi, max_duration)
    maxima = replicate_maxima(
        zones.tree, limits(zones.tree, wanted, total=total, largest=largest), null,
        n_replicates=n_replicates, rng=rng,
    )  # fmt: skip
    law = fit_gumbel(maxima, method=tail)
    found = []
    for z in best_apart(zones.tree, best.score, n_areas=n_areas, n_most=n_clusters):
        d = int(best.duration[z])
        p = rank_p(best.score[z], maxima)
        p_gumbel = gumbel_p(float(best.score[z]), location=law[0], scale=law[1])
        c, b = float(observed[z, d - 1]), float(wanted[z, d - 1])
        found.append(
            SpaceTimeCluster(
                zones.members(int(z)), n_time - d, n_time - 1, c, b, _relative_risk(c, b, total),
                float(best.score[z]), p, p_gumbel, cadence_d / p, _recurrence(cadence_d, p_gumbel),
            )
        )  # fmt: skip
    return SpaceTimeScan(
        kind, given.baseline, tuple(found), zones.kind, zones.n_zones, max_duration, n_replicates, cadence_d,
        float(phi.mean()) if phi.size else 1.0, int((~given.is_reported).sum()), maxima,
    )  # fmt: skip


def scan_many(
    streams: Mapping[str, ArrayLike],
    *,
    zones: ScanZones,
    max_duration: int,
    rng: np.random.Generator,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    **common: Any,
) -> dict[str, SpaceTimeScan]:
    """Scan several streams of the same areas, each by itself.

    Parameters
    ----------
    streams : mapping of name to counts, shape (n_time, n_areas) each
    zones, max_duration : as for space_time_scan
    rng : Generator   each stream draws from a child of its own, in the order of the mapping
    options : mapping of name to further arguments of that stream alone (expected, population ...), or None
    **common : further arguments of all streams

    Returns
    -------
    dict of name to SpaceTimeScan

    Raises
    ------
    ValueError   options name a stream that there is not, or as space_time_scan does
    """
    own = options or {}
    if set(own) - set(streams):
        raise ValueError(f"options: no stream {sorted(set(own) - set(streams))[0]!r}")
    return {
        name: space_time_scan(
            counts, zones=zones, max_duration=max_duration, rng=child, **{**common, **own.get(name, {})}
        )
        for (name, counts), child in zip(streams.items(), rng.spawn(len(streams)), strict=True)
    }


def _expectation(
    model: ScanModel,
    counts: ArrayLike,
    *,
    baseline: str | None,
    population: ArrayLike | None,
    expected: ArrayLike | None,
) -> Expected:
    if baseline is None:
        by_rate = ScanBaseline.UNIFORM_RATE if expected is None else ScanBaseline.SUPPLIED
        baseline = ScanBaseline.MARGINS if model is ScanModel.PERMUTATION else by_rate
    kind = ScanBaseline(baseline)
    if (kind is ScanBaseline.MARGINS) is not (model is ScanModel.PERMUTATION):
        raise ValueError(f"baseline {kind.value} does not go with model {model.value}")
    if (kind is ScanBaseline.SUPPLIED) is not (expected is not None):
        raise ValueError(f"baseline {kind.value}: expected is given for supplied, and only for it")
    if population is not None and kind in (ScanBaseline.MARGINS, ScanBaseline.SUPPLIED):
        raise ValueError(f"baseline {kind.value} takes no population")
    if kind is ScanBaseline.MARGINS:
        return margins(counts)
    if expected is not None:
        given = supplied(counts, expected=expected)
        if model is ScanModel.POISSON:
            return given
        return given._replace(cells=given.cells * (given.counts.sum() / max(given.cells.sum(), 1e-300)))
    if kind is ScanBaseline.UNIFORM_RATE:
        return uniform_rate(counts, population=population)
    if population is None:
        raise ValueError("population: needed for baseline population_by_step")
    return population_by_step(counts, population=population)


def _dispersion(dispersion: ArrayLike, given: Expected, model: ScanModel) -> F64:
    phi = np.asarray(dispersion, np.float64)
    if phi.shape not in ((), given.counts.shape):
        raise ValueError(f"dispersion: expected one number or shape {given.counts.shape}, got {phi.shape}")
    phi = np.where(given.is_reported, phi, 1.0)
    if not (np.isfinite(phi) & (phi >= 1.0)).all():
        raise ValueError("dispersion: every number must be >= 1")
    if (phi > 1.0).any() and not (model is ScanModel.POISSON and given.baseline is ScanBaseline.SUPPLIED):
        raise ValueError("dispersion: above 1 only with expected and model poisson")
    return phi


def _by_steps_back(cells: NDArray[Any], n: int) -> NDArray[Any]:
    """The last n rows as (n_areas, n), the last row first."""
    return np.ascontiguousarray(cells[: -n - 1 : -1].T)


def _null(model: ScanModel, given: Expected, phi: F64, max_duration: int) -> tuple[Null, float]:
    """How replicates are drawn, and a number that no sum of theirs exceeds."""
    n_cases = int(given.counts.sum())
    if model is ScanModel.PERMUTATION:
        back, area = np.nonzero(given.counts[::-1])
        times = given.counts[::-1][back, area].astype(np.int64)
        case_area, case_step = np.repeat(area, times), np.repeat(back, times)
        if given.is_reported.all():
            n_areas = given.counts.shape[1]
            return permuted(case_area, case_step, n_areas=n_areas, n_steps=max_duration), n_cases
        return swapped(case_area, case_step, given.is_reported[::-1].T, n_steps=max_duration), n_cases
    window = _by_steps_back(given.cells, max_duration)
    if model is ScanModel.POISSON and given.baseline is ScanBaseline.SUPPLIED:
        spread = _by_steps_back(phi, max_duration)
        largest = window.sum() + 40 * np.sqrt((spread * window).sum()) + 40 * spread.max(initial=1.0)
        return independent(window, spread), float(largest)
    before = float(given.cells[:-max_duration].sum())
    return fixed(window, outside=before, n_cases=n_cases), n_cases


def _relative_risk(observed: float, expected: float, total: float) -> float:
    ratio = observed / expected
    if total <= 0:
        return ratio
    return ratio / ((total - observed) / (total - expected)) if observed < total else np.inf


def _recurrence(cadence_d: float, p: float) -> float:
    return cadence_d / p if p > 0 else np.inf
