"""EARS C1, C2 and C3 as a detector: a few steps of the recent past are baseline enough.

Chapter 5: reads kernels.aberration; read by what joins detectors.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from fireline.kernels.aberration import LAGS, Aberration
from fireline.kernels.aberration import ears as run_ears
from fireline.signals.detectors.model import F64, I64, Detection, check

ALPHAS = {"C1": 0.001, "C2": 0.001, "C3": 0.025}
"""One-sided levels as CDC runs the methods."""


def ears(
    counts: F64,
    at: I64,
    *,
    method: str = "C1",
    alpha: float | None = None,
    threshold: float | None = None,
    baseline: int = 7,
    min_sd: float = 0.0,
    min_reported: int | None = None,
    definition: str = "surveillance",
) -> Detection:
    """Compare counts with the mean of a few steps just before, in standard deviations of these.

    Parameters
    ----------
    counts : float64 array, shape (n_time, n_series)   time first; NaN = not reported, never zero
    at : int64 array   rows to judge, 0-based
    method : "C1" (the steps just before), "C2" (two steps left out) or "C3" (C2 summed over three steps)
    alpha : float or None   one-sided normal level; None = 0.001, for C3 0.025
    threshold : float or None   in standard deviations, in place of ``alpha``
    baseline : int, >= 2   steps of the baseline
    min_sd : float, >= 0   floor of the standard deviation
    min_reported : int or None   baselines with fewer reported steps are not computable; None = all
    definition : "surveillance" or "published"   matters for C3 only, see Notes

    Returns
    -------
    Detection   ``statistic`` is (count - mean) / deviation, for C3 the sum of max(0, C2 - 1) over this and
        the two steps before; ``phi`` is variance over mean of the baseline

    Raises
    ------
    ValueError   an array has the wrong shape, a row lies outside it, or an option is out of range

    Notes
    -----
    "surveillance" gives the numbers of R's ``surveillance::earsC``. Its bound of C3 starts from today's count
    where the definition has the mean of the baseline, so that today's count hardly matters: the alarm says
    that the two steps before were high. "published" alarms where the statistic exceeds the threshold.
    C1 and C2 are the same in both.

    References
    ----------
    .. [1] Hutwagner L. et al. (2003), J Urban Health 80(2 suppl 1):i89-i96.
    .. [2] Fricker R.D. et al. (2008), Stat Med 27:3407-3429.
    """
    counts, rows = check(counts, at)
    if method not in LAGS or definition not in ("surveillance", "published"):
        raise ValueError(
            f"expected method C1, C2 or C3 and a known definition, got {method!r}, {definition!r}"
        )
    level = ALPHAS[method] if alpha is None else alpha
    if not 0 < level < 1:
        raise ValueError(f"alpha: expected more than 0 and less than 1, got {alpha}")
    limit = float(special.ndtri(1 - level)) if threshold is None else float(threshold)
    options: dict[str, float] = {
        "baseline": baseline,
        "threshold": limit,
        "min_sd": min_sd,
        "min_reported": baseline if min_reported is None else min_reported,
    }
    found = run_ears(counts, method=method, at=rows, **options)  # type: ignore[arg-type]
    upper, statistic = found.upper, found.statistic
    if method == "C3" and definition == "surveillance":
        upper = _upper_of_r(counts, rows, found, limit, options)
    with np.errstate(divide="ignore", invalid="ignore"):
        phi = found.sd**2 / found.mean
        alarm = counts[rows] > upper if method != "C3" or definition == "surveillance" else found.alarm
    return Detection(
        mu0=found.mean,
        phi=phi,
        upper=upper,
        statistic=statistic,
        p_value=special.ndtr(-statistic) if method != "C3" else np.full(statistic.shape, np.nan),
        alarm=np.asarray(alarm, bool),
        enough=~np.isnan(upper) & ~np.isnan(counts[rows]),
        trend=np.zeros(statistic.shape, bool),
    )


def _upper_of_r(counts: F64, rows: I64, found: Aberration, limit: float, options: dict[str, float]) -> F64:
    """Bound of C3 as R's earsC reports it; NaN where one of the two steps before is not computable."""
    carried = np.zeros_like(found.mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        for back in (1, 2):
            earlier = np.maximum(rows - back, 0)
            before = run_ears(counts, method="C2", at=earlier, **options)  # type: ignore[arg-type]
            excess = (counts[earlier] - before.mean) / before.sd - 1.0
            carried += np.where((rows >= back)[:, None], np.maximum(0.0, excess), np.nan)
        return np.maximum(0.0, counts[rows] + found.sd * (limit - carried))
