"""Generalised likelihood ratio CUSUM: small rises that last add up until they can no longer be chance.

Chapter 5: reads kernels.cusum and kernels.seasonal_fit; read by what joins detectors.
"""

from __future__ import annotations

import numpy as np

from fireline.kernels.cusum import chart
from fireline.kernels.seasonal_fit import fit_seasonal, spread_around
from fireline.signals.detectors.model import F64, I64, Detection, check


def glr_cusum(
    counts: F64,
    at: I64,
    *,
    mu0: F64 | None = None,
    alpha: F64 | float | None = None,
    threshold: float = 5.0,
    start: int | None = None,
    window: int | None = None,
    least: int = 1,
    factor: float | None = None,
    with_upper: bool = True,
    restarts: bool = True,
    freq: int = 52,
    n_harmonics: int = 1,
    with_trend: bool = True,
) -> Detection:
    """Ask of every row whether the mean has risen since some row before it, by a factor that is not known.

    Parameters
    ----------
    counts : float64 array, shape (n_time, n_series)   time first; NaN = not reported: it says nothing
    at : int64 array   rows to show, 0-based
    mu0 : float64 array, shape (n_time, n_series), or None   mean in quiet times; None = fitted to the rows
        before ``start``, with season and trend
    alpha : float, array of shape (n_series,), or None   variance = mean + alpha mean^2; 0 = Poisson; None =
        estimated from the rows before ``start``
    threshold : float, > 0   of the log likelihood ratio; what false alarms it makes has to be simulated
    start : int or None   first row watched; None = the first of ``at``
    window : int or None   rows before the judged one in which a change can lie; None = all
    least : int, >= 1   fewest rows since a change
    factor : float or None, > 1   by which the mean rises, where that is known (likelihood ratio CUSUM)
    with_upper : bool   work out ``upper``; several times the work
    restarts : bool   an alarm starts the chart anew
    freq : int   rows a year; n_harmonics : int, >= 0; with_trend : bool   of the fitted mean

    Returns
    -------
    Detection   ``statistic`` is the log likelihood ratio; ``upper`` the largest count of the judged row that
        does not alarm, -1 where the rows before it would alarm by themselves; ``p_value`` is NaN

    Raises
    ------
    ValueError   an array has the wrong shape, a row lies outside it, or an option is out of range

    Notes
    -----
    The statistic of row n is the maximum over k <= n and shift >= 0 of the log likelihood ratio of
    mean mu0 exp(shift) against mu0 in rows k .. n. It equals that of R's ``surveillance::algo.glrnb`` for a
    given mean. There the fitted alpha is that of maximum likelihood, here that of Pearson's statistic, and
    the mean is not fitted anew after an alarm.

    References
    ----------
    .. [1] Hoehle M., Paul M. (2008), Comput Stat Data Anal 52:4357-4368, doi:10.1016/j.csda.2008.02.015.
    """
    counts, rows = check(counts, at)
    order = np.unique(rows)
    first = (int(order[0]) if order.size else 0) if start is None else start
    if not 0 <= first <= counts.shape[0]:
        raise ValueError(f"start: expected a row in [0, {counts.shape[0]}], got {first}")
    if not threshold > 0 or least < 1 or (window is not None and window < 0):
        raise ValueError(
            f"expected threshold > 0, least >= 1 and window >= 0, got {threshold}, {least}, {window}"
        )
    if factor is not None and not factor > 1:
        raise ValueError(f"factor: expected more than 1, got {factor}")
    spread = _spread(alpha, counts.shape[1])
    if first == 0 and (mu0 is None or alpha is None):
        raise ValueError("start: without mu0 and alpha there have to be rows before it to fit them to")
    if mu0 is None:
        mean, spread = _in_control(
            counts, first, spread, freq=freq, n_harmonics=n_harmonics, trend=with_trend
        )
    else:
        mean = np.ascontiguousarray(mu0, np.float64)
        if mean.shape != counts.shape:
            raise ValueError(f"mu0: expected shape {counts.shape}, got {mean.shape}")
        if alpha is None:
            spread = spread_around(counts[:first], mean[:first])
    shown = chart(
        counts, mean, spread, start=first, at=order, threshold=float(threshold),
        window=-1 if window is None else window, least=least,
        shift=0.0 if factor is None else float(np.log(factor)), with_upper=with_upper, restarts=restarts,
    )  # fmt: skip
    back = np.searchsorted(order, rows)
    here = np.where(mean[rows] > 0, mean[rows], np.nan)
    return Detection(
        mu0=here,
        phi=1.0 + spread * here,
        upper=shown.upper[back],
        statistic=shown.statistic[back],
        p_value=np.full(here.shape, np.nan),
        alarm=shown.alarm[back],
        enough=~np.isnan(shown.statistic[back]) & ~np.isnan(here) & ~np.isnan(counts[rows]),
        trend=np.full(here.shape, with_trend),
    )


def _spread(alpha: F64 | float | None, n_series: int) -> F64:
    given = np.nan if alpha is None else np.asarray(alpha, np.float64)
    if not (np.ndim(given) == 0 or np.shape(given) == (n_series,)):
        raise ValueError(f"alpha: expected one number or shape ({n_series},), got {np.shape(given)}")
    if np.any(np.less(given, 0)):
        raise ValueError("alpha: expected 0 or more")
    return np.array(np.broadcast_to(given, (n_series,)))


def _in_control(
    counts: F64, first: int, alpha: F64, *, freq: int, n_harmonics: int, trend: bool
) -> tuple[F64, F64]:
    """Mean of all rows and alpha, fitted to the rows before the first one watched."""
    week = np.arange(counts.shape[0])
    angles = [2 * np.pi * j * week / freq for j in range(1, n_harmonics + 1)]
    columns = [np.ones(week.size), *([(week - first / 2) / first] if trend else [])]
    design = np.stack([*columns, *map(np.cos, angles), *map(np.sin, angles)], axis=1)
    betas, alphas = fit_seasonal(counts[:first], design[:first], alpha)
    return np.exp(design @ betas), alphas
