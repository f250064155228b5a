"""The effective reproduction number over moving windows, from counts and a serial interval.

Chapter 5: reads kernels.renewal; read by assess.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike
from scipy.special import gammaincinv

from fireline.kernels.renewal import window_sums
from fireline.signals.renewal.explain import words_of_early, words_of_imprecise
from fireline.signals.renewal.model import F64, I64, QUANTILES, Rt, UncertainInterval
from fireline.signals.renewal.weights import discretise_serial_interval, drawn, mean_of, supplied

_ROUNDING_DAYS = 1e-9


def estimate_rt(
    incidence: ArrayLike,
    *,
    imported: ArrayLike | None = None,
    serial_interval: ArrayLike | None = None,
    si_mean: float | None = None,
    si_sd: float | None = None,
    uncertain: UncertainInterval | None = None,
    rng: Generator | None = None,
    window: int = 7,
    at: ArrayLike | None = None,
    t_start: ArrayLike | None = None,
    t_end: ArrayLike | None = None,
    prior_shape: float = 1.0,
    prior_scale: float = 5.0,
    cv_posterior: float = 0.3,
    max_missing: float = 0.001,
    seen: ArrayLike | None = None,
    expected: ArrayLike | None = None,
) -> Rt:
    """Estimate the effective reproduction number of many series at once.

    Parameters
    ----------
    incidence : float array, shape (n_time,) or (n_time, n_series)   all cases by day, time first; NaN = not
        reported, which is not zero
    imported : float array of the same shape or None   those of them that were infected elsewhere; they
        infect, but nobody here infected them. None: only the cases of row 0 are taken as imported.
    serial_interval : float array, shape (n_lags,) or None   share of each lag 0, 1, ... days; lag 0 is 0
    si_mean, si_sd : float or None, days   a gamma serial interval shifted by a day, mean > 1
    uncertain : UncertainInterval or None   needs ``rng``
    window : int, >= 1, days   length of the default windows, which end at each row from ``window`` on
    at : int array or None   last rows of windows of length ``window``
    t_start, t_end : int arrays or None   first and last rows of windows of one's own, both counted, >= 1
    prior_shape, prior_scale : float, > 0   gamma prior of R; the defaults have mean and deviation 5
    cv_posterior : float   coefficient of variation aimed at; windows above it are marked imprecise
    max_missing : float, 0..1   share of the serial interval that may fall on days not reported before a
        window

    seen, expected : float arrays or None   where the last days are not all reported: share of the cases of
        each day that is reported, shape (n_time,), and its cases once all are, the shape of incidence (see
        nowcast)

    Returns
    -------
    Rt   a window is NaN when one of its days was not reported, when too much before it was not (see
        ``max_missing``), or when it ends within one mean serial interval of row 0

    Raises
    ------
    ValueError   shapes differ, a count is negative, more cases are imported than there are, a window leaves
        the rows, not exactly one of the three ways to state the serial interval is used, or it is no
        distribution

    Notes
    -----
    Given the infectiousness Lambda of the cases before, cases of a day are Poisson with mean R * Lambda;
    with R constant over a window the posterior is gamma with shape ``prior_shape`` + local cases and rate
    1 / ``prior_scale`` + sum of Lambda. For an uncertain interval ``n1`` serial intervals are drawn, ``n2``
    values of R from each posterior, and all are pooled: two runs agree within Monte Carlo error only.
    With ``seen`` the cases reported of a day are Poisson with mean seen * R * Lambda, where Lambda is that
    of the cases expected in the end: R is not pulled down by reports still to come, and a day counts by
    what it shows. How surely ``seen`` and ``expected`` are known is not in the answer.
    Fitting the serial interval to pairs of cases is not done here.

    References
    ----------
    .. [1] Cori A. et al. (2013), Am J Epidemiol 178:1505-1512, doi:10.1093/aje/kwt133, and its web appendix.
    .. [2] Thompson R. et al. (2019), Epidemics 29:100356, doi:10.1016/j.epidem.2019.100356: imported cases.
    """
    total, local = _split(incidence, imported)
    total, share = _completed(total, seen, expected)
    first, last = _windows(total.shape[0], window=window, at=at, t_start=t_start, t_end=t_end)
    if prior_shape <= 0 or prior_scale <= 0 or cv_posterior <= 0:
        raise ValueError("prior_shape, prior_scale, cv_posterior: expected numbers above 0")
    _one_of(serial_interval is not None, si_mean is not None or si_sd is not None, uncertain is not None)
    n_days = max(total.shape[0], 2)
    if uncertain is not None:
        if rng is None:
            raise ValueError("rng: an uncertain serial interval is drawn; pass a numpy Generator")
        draws = drawn(uncertain, n_days=n_days, rng=rng)
    elif serial_interval is not None:
        draws = supplied(serial_interval)[None, :]
    else:
        if si_mean is None or si_sd is None:
            raise ValueError("si_mean, si_sd: expected both")
        draws = discretise_serial_interval(si_mean, si_sd, n_days=n_days)[None, :]
    posterior = _Posterior(total, local, share, first, last, prior_shape, prior_scale, max_missing)
    if uncertain is None:
        shape, scale = posterior.given(draws[0])
        mean, sd = shape * scale, np.sqrt(shape) * scale
        quantiles = _gamma_quantiles(shape) * scale
    else:
        assert rng is not None
        mean, sd, quantiles = posterior.pooled(draws, uncertain.n2, rng)
    return _marked(total, posterior, mean, sd, quantiles, mean_of(draws), cv_posterior)


def _split(incidence: ArrayLike, imported: ArrayLike | None) -> tuple[F64, F64]:
    total = np.asarray(incidence, np.float64)
    total = total[:, None] if total.ndim == 1 else total
    if total.ndim != 2:
        raise ValueError(f"incidence: expected shape (n_time,) or (n_time, n_series), got {total.shape}")
    if (total < 0).any():
        raise ValueError(f"incidence: row {_row(total < 0)} holds a negative count")
    if imported is None:
        return total, total
    came = np.asarray(imported, np.float64)
    came = came[:, None] if came.ndim == 1 else came
    if came.shape != total.shape:
        raise ValueError(f"imported: expected the shape of incidence {total.shape}, got {came.shape}")
    if (came < 0).any() or (came > total).any():
        wrong = (came < 0) | (came > total)
        raise ValueError(f"imported: row {_row(wrong)} is negative or above the cases of that day")
    return total, total - came


def _completed(total: F64, seen: ArrayLike | None, expected: ArrayLike | None) -> tuple[F64, F64 | None]:
    """All cases there will be, and the share that is in; as they are where everything is reported."""
    if (seen is None) != (expected is None):
        raise ValueError("seen, expected: expected both or neither")
    if seen is None or expected is None:
        return total, None
    share, whole = np.asarray(seen, np.float64), np.asarray(expected, np.float64)
    whole = whole[:, None] if whole.ndim == 1 else whole
    if share.shape != total.shape[:1] or whole.shape != total.shape:
        raise ValueError(
            f"seen, expected: expected shapes {total.shape[:1]} and {total.shape}, got {share.shape}, "
            f"{whole.shape}"
        )
    if not ((share >= 0) & (share <= 1)).all() or (whole < total - 1e-9).any():
        raise ValueError("seen, expected: expected shares of 0 to 1, and no fewer cases than are reported")
    return np.where(np.isnan(total), np.nan, whole), share


def _row(is_wrong: np.ndarray) -> int:
    return int(np.flatnonzero(is_wrong.any(axis=1))[0])


def _windows(
    n_time: int, *, window: int, at: ArrayLike | None, t_start: ArrayLike | None, t_end: ArrayLike | None
) -> tuple[I64, I64]:
    if (t_start is None) != (t_end is None) or (at is not None and t_start is not None):
        raise ValueError("windows: expected t_start and t_end together, or at, or neither")
    if t_start is not None and t_end is not None:
        first, last = np.asarray(t_start, np.int64).ravel(), np.asarray(t_end, np.int64).ravel()
    else:
        if window < 1:
            raise ValueError(f"window: expected at least 1 day, got {window}")
        last = np.arange(window, n_time) if at is None else np.asarray(at, np.int64).ravel()
        first = last - window + 1
    if first.shape != last.shape:
        raise ValueError(f"t_start, t_end: expected one length, got {first.size} and {last.size}")
    if first.size and (first.min() < 1 or last.max() >= n_time or (last < first).any()):
        raise ValueError(
            f"windows: expected 1 <= t_start <= t_end <= {n_time - 1}; row 0 has no days before it"
        )
    return first, last


def _one_of(*is_given: bool) -> None:
    if sum(is_given) != 1:
        raise ValueError("serial interval: expected one of serial_interval, si_mean with si_sd, or uncertain")


def _gamma_quantiles(shape: F64) -> F64:
    """Quantiles of gamma distributions of scale 1, shape (7, *shape); equal shapes are worked out once."""
    distinct, place = np.unique(shape, return_inverse=True)
    table = gammaincinv(distinct, np.array(QUANTILES)[:, None])
    found: F64 = table[:, place.reshape(shape.shape)]
    return found


class _Posterior:
    """Posterior of R in every window, for one serial interval or pooled over several."""

    def __init__(
        self,
        total: F64,
        local: F64,
        seen: F64 | None,
        first: I64,
        last: I64,
        shape: float,
        scale: float,
        max_missing: float,
    ) -> None:
        self.total, self.local, self.seen, self.first, self.last = total, local, seen, first, last
        self.prior, self.max_missing = (shape, scale), max_missing
        self.cases = np.empty((first.size, total.shape[1]))

    def given(self, weights: F64) -> tuple[F64, F64]:
        """Shape and scale of the gamma posterior; NaN where not computable."""
        sums = window_sums(
            self.total,
            self.local,
            weights,
            first=self.first,
            last=self.last,
            max_missing=self.max_missing,
            seen=self.seen,
        )
        self.cases = sums.local
        shape, scale = self.prior[0] + sums.local, 1.0 / (1.0 / self.prior[1] + sums.force)
        # a window of the first generation is left out: rows are days 1, 2, ... of the epidemic
        is_first = self.last + 1 <= (weights * np.arange(weights.size)).sum() + _ROUNDING_DAYS
        shape[is_first], scale[is_first] = np.nan, np.nan
        return shape, scale

    def pooled(self, draws: F64, n2: int, rng: Generator) -> tuple[F64, F64, F64]:
        """Mean, deviation and quantiles of n2 values of R from each of the drawn serial intervals."""
        both = [self.given(weights) for weights in draws]
        shape, scale = np.stack([b[0] for b in both]), np.stack([b[1] for b in both])
        mean, sd = np.full(shape.shape[1:], np.nan), np.full(shape.shape[1:], np.nan)
        quantiles = np.full((len(QUANTILES), *shape.shape[1:]), np.nan)
        for s in range(shape.shape[2]):
            for k in range(shape.shape[1]):
                known = ~np.isnan(shape[:, k, s])
                if not known.any():
                    continue
                drawn = rng.standard_gamma(shape[known, k, s], (n2, int(known.sum()))) * scale[known, k, s]
                mean[k, s], sd[k, s] = drawn.mean(), drawn.std(ddof=1)
                quantiles[:, k, s] = np.quantile(drawn, QUANTILES)
        return mean, sd, quantiles


def _marked(
    total: F64, posterior: _Posterior, mean: F64, sd: F64, quantiles: F64, si_mean: float, aimed: float
) -> Rt:
    """The estimates with what makes them weak: too few cases, or too soon after the first one."""
    with np.errstate(invalid="ignore"):
        is_imprecise = sd > aimed * mean
    has_case = total > 0
    begin = np.where(has_case.any(axis=0), has_case.argmax(axis=0), total.shape[0])
    is_early = posterior.last[:, None] < begin[None, :] + si_mean
    warnings = []
    if (is_imprecise & ~np.isnan(mean)).any():
        n_least = int(np.ceil(1 / aimed**2 - posterior.prior[0]))
        warnings.append(words_of_imprecise(n_least, aimed))
    if is_early.any():
        warnings.append(words_of_early(si_mean))
    return Rt(
        posterior.first, posterior.last, mean, sd, quantiles, posterior.cases, is_imprecise, is_early,
        tuple(warnings),
    )  # fmt: skip
