"""Poisson or negative binomial law of a count with a given mean and variance: mass, tails, quantiles.

Kernels: called by kernels.farrington, kernels.scan_draws and kernels.temporal_scan.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_NOTHING = 1e-18  # a term this small beside the sum no longer moves it
_ROUNDING = 64 * 2.0**-52  # a quantile counts as reached when only this is missing
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_SQRT_HALF = math.sqrt(0.5)
WIDE_PHI, WIDE_VARIANCE = 1e4, 1e10
"""Beyond either, terms are too many to be added one by one, and whole counts lie close enough to be one gamma
law (relative error of a tail about 1 / phi, or 1 / standard deviation)."""
_SMOOTH_SHAPE = 1e6


@njit(cache=True, nogil=True, error_model="numpy")
def _stirling_rest(n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Logarithm of n! less Stirling's formula; [1]_ of ``log_mass``."""
    if n < 16.0:
        return math.lgamma(n + 1.0) - (n + 0.5) * math.log(n) + n - _HALF_LOG_2PI
    s = 1.0 / (n * n)
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - s / 1188) * s) * s) * s) / n


@njit(cache=True, nogil=True, error_model="numpy")
def _deviance(x, mean):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Deviance x log(x / mean) + mean - x without cancellation; [1]_ of ``log_mass``."""
    if abs(x - mean) >= 0.1 * (x + mean):
        return x * math.log(x / mean) + mean - x
    v = (x - mean) / (x + mean)
    total, power = (x - mean) * v, 2.0 * x * v
    j = 1
    while True:
        power *= v * v
        longer = total + power / (2 * j + 1)
        if longer == total:
            return total
        total = longer
        j += 1


@njit(cache=True, nogil=True, error_model="numpy")
def log_mass(k, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Logarithm of P(X = k) of a count with variance ``phi * mean``; phi <= 1 is Poisson; k, mean >= 0.

    References
    ----------
    .. [1] Loader C. (2000), Fast and accurate computation of binomial probabilities: the saddle-point form.
    """
    if mean == 0.0:
        return 0.0 if k == 0.0 else -math.inf
    excess = phi - 1.0
    if excess <= 0.0:
        if k == 0.0:
            return -mean
        return -_stirling_rest(k) - _deviance(k, mean) - 0.5 * math.log(k) - _HALF_LOG_2PI
    if k == 0.0:
        return -mean * math.log1p(excess) / excess
    size = mean / excess
    total = size + k
    log_p = (
        _stirling_rest(total)
        - _stirling_rest(size)
        - _stirling_rest(k)
        - _deviance(size, total / phi)
        - _deviance(k, total * (excess / phi))
    )
    return log_p + 0.5 * math.log(size / (k * total)) - _HALF_LOG_2PI


@njit(cache=True, nogil=True, error_model="numpy")
def step_up(k, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """P(X = k + 1) over P(X = k)."""
    excess = phi - 1.0
    if excess <= 0.0:
        return mean / (k + 1.0)
    return (mean + k * excess) / (phi * (k + 1.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _above(k, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """P(X >= k) over P(X = k), for k above the mean: the terms fall at once."""
    total, term = 0.0, 1.0
    while term > _NOTHING * total:
        total += term
        term *= step_up(k, mean, phi)
        k += 1.0
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _below(k, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """P(X <= k) over P(X = k), for k below the mean."""
    total, term = 1.0, 1.0
    while k > 0.0 and term > _NOTHING * total:
        k -= 1.0
        term /= step_up(k, mean, phi)
        total += term
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _log_gamma_tail(y, shape):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Logarithm of P(Y > y), gamma law of scale one: series, continued fraction, or cube root [1]_.

    References
    ----------
    .. [1] Wilson E.B., Hilferty M.M. (1931), The distribution of chi-square.
    """
    if y <= 0.0:
        return 0.0
    if shape > _SMOOTH_SHAPE:
        z = ((y / shape) ** (1 / 3) - 1.0 + 1.0 / (9.0 * shape)) * 3.0 * math.sqrt(shape)
        if z > 30.0:  # Mills' ratio; the tail itself is 0 in floating point soon after
            return -0.5 * z * z - math.log(z) - _HALF_LOG_2PI
        return math.log(0.5 * math.erfc(z * _SQRT_HALF))
    scale = shape * math.log(y) - y - math.lgamma(shape)
    if y < shape + 1.0:
        total = term = 1.0 / shape
        n = shape
        while term > _NOTHING * total:
            n += 1.0
            term *= y / n
            total += term
        return math.log1p(-min(math.exp(scale) * total, 1.0 - 1e-16))
    b = y + 1.0 - shape
    c, d = 1e300, 1.0 / b
    h = d
    i = 0.0
    while True:  # modified Lentz
        i += 1.0
        a = -i * (i - shape)
        b += 2.0
        d = 1.0 / (a * d + b)
        c = b + a / c
        h *= d * c
        if abs(d * c - 1.0) < 1e-15 or i > 1e6:
            return scale + math.log(h)


@njit(cache=True, nogil=True, error_model="numpy")
def log_upper_tail(k, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Logarithm of P(X >= k), also far out where the probability itself is 0 in floating point.

    k whole, mean >= 0. The terms are added away from the mean, so that they fall at once; a law wider than
    WIDE_PHI or WIDE_VARIANCE is read from the gamma law of the same mean and variance.
    """
    if k <= 0.0:
        return 0.0
    if mean <= 0.0:
        return -math.inf
    wide = max(phi, 1.0)
    if phi > WIDE_PHI or wide * mean > WIDE_VARIANCE:
        return _log_gamma_tail((k - 0.5) / wide, mean / wide)
    if k > mean:
        return min(0.0, log_mass(k, mean, phi) + math.log(_above(k, mean, phi)))
    below = math.exp(log_mass(k - 1.0, mean, phi)) * _below(k - 1.0, mean, phi)
    return math.log1p(-min(below, 1.0 - 1e-16))


@njit(cache=True, nogil=True, error_model="numpy")
def upper_tail(x, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """P(X >= x), to about 1e-13 of itself; x is rounded up to a whole count. NaN without mean and phi."""
    if not (math.isfinite(x) and math.isfinite(mean) and math.isfinite(phi)):
        return math.nan
    return math.exp(log_upper_tail(np.ceil(x), mean, phi))


@njit(cache=True, nogil=True, error_model="numpy")
def _wide_quantile(alpha, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """``quantile`` of a wide law, by halving."""
    log_alpha = math.log(alpha)
    low, high = -1.0, np.ceil(mean) + 1.0
    while log_upper_tail(high + 1.0, mean, phi) > log_alpha:
        low, high = high, 2.0 * high
    while high - low > 1.0:
        middle = np.floor(0.5 * (low + high))
        if middle in (low, high):  # counts of this size lie further apart than one
            break
        if log_upper_tail(middle + 1.0, mean, phi) > log_alpha:
            low = middle
        else:
            high = middle
    return high


@njit(cache=True, nogil=True, error_model="numpy")
def quantile(alpha, z, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Smallest count x with P(X > x) <= alpha; ``z`` is the normal quantile, from which the search starts."""
    if not (math.isfinite(mean) and math.isfinite(phi)):
        return math.nan
    if mean <= 0.0:
        return 0.0
    if phi > WIDE_PHI or max(phi, 1.0) * mean > WIDE_VARIANCE:
        return _wide_quantile(alpha, mean, phi)
    sd = math.sqrt(max(phi, 1.0) * mean)
    skew = (2.0 * max(phi, 1.0) - 1.0) / sd
    x = max(0.0, np.floor(mean + sd * (z + (z * z - 1.0) * skew / 6.0)))
    term = math.exp(log_mass(x, mean, phi))
    tail = term * (_above(x, mean, phi) - 1.0) if x >= mean else upper_tail(x + 1.0, mean, phi)
    limit = alpha + _ROUNDING
    while tail > limit:
        term *= step_up(x, mean, phi)
        x += 1.0
        tail -= term
    while x > 0.0 and tail + term <= limit:
        tail += term
        x -= 1.0
        term /= step_up(x, mean, phi)
    return x


@njit(cache=True, nogil=True, error_model="numpy")
def first_rare(log_level, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Smallest count k >= 1 with P(X >= k) <= exp(log_level); mean >= 0, log_level < 0 (-inf: infinite)."""
    if log_level == -math.inf:
        return math.inf
    low, width = np.floor(mean), math.sqrt(max(phi, 1.0) * mean) + 1.0
    while low > 0.0 and log_upper_tail(low, mean, phi) <= log_level:
        low = np.floor(low - width)
        width *= 2.0
    low = max(low, 0.0)
    high = low + np.ceil(2.0 * width)
    while log_upper_tail(high, mean, phi) > log_level:
        low = high
        high += np.ceil(width)
        width *= 2.0
    while high - low > 1.0:  # the tail at low is too heavy, that at high is not
        middle = np.floor(0.5 * (low + high))
        if log_upper_tail(middle, mean, phi) > log_level:
            low = middle
        else:
            high = middle
    return high
