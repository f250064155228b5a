"""Tails and quantiles of counts with a stated mean and variance over mean: Poisson or negative binomial.

Kernel: called by kernels.farrington, kernels.temporal_scan and kernels.count_tables.
"""

from __future__ import annotations

import math

from numba import njit

_NEGLIGIBLE = 1e-18
"""Terms below this share of the sum end it."""
_ROUNDING = 64 * 2.0**-52
"""A quantile counts as reached when only this is missing."""
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


@njit(cache=True, nogil=True, error_model="numpy")
def _stirling_rest(n):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Logarithm of n! less Stirling's formula; [1]_ of ``log_probability``."""
    if n < 16.0:
        return math.lgamma(n + 1.0) - (n + 0.5) * math.log(n) + n - _HALF_LOG_2PI
    s = 1.0 / (n * n)
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - s / 1188) * s) * s) * s) / n


@njit(cache=True, nogil=True, error_model="numpy")
def _deviance(x, mean):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Deviance x log(x / mean) + mean - x without cancellation; [1]_ of ``log_probability``."""
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
def log_probability(x, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Logarithm of P(X = x) of a count with mean ``mean`` and variance ``phi * mean``; phi <= 1 is Poisson.

    References
    ----------
    .. [1] Loader C. (2000), Fast and accurate computation of binomial probabilities: the saddle-point form.
    """
    if mean == 0.0:
        return 0.0 if x == 0.0 else -math.inf
    excess = phi - 1.0
    if excess <= 0.0:
        if x == 0.0:
            return -mean
        return -_stirling_rest(x) - _deviance(x, mean) - 0.5 * math.log(x) - _HALF_LOG_2PI
    if x == 0.0:
        return -mean * math.log1p(excess) / excess
    size = mean / excess
    total = size + x
    log_p = (
        _stirling_rest(total)
        - _stirling_rest(size)
        - _stirling_rest(x)
        - _deviance(size, total / phi)
        - _deviance(x, total * (excess / phi))
    )
    return log_p + 0.5 * math.log(size / (x * total)) - _HALF_LOG_2PI


@njit(cache=True, nogil=True, error_model="numpy")
def probability(x, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """P(X = x) of a count with mean ``mean`` and variance ``phi * mean``; phi <= 1 is Poisson."""
    return math.exp(log_probability(x, mean, phi))


@njit(cache=True, nogil=True, error_model="numpy")
def step_up(x, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """P(X = x + 1) / P(X = x)."""
    excess = phi - 1.0
    if excess <= 0.0:
        return mean / (x + 1.0)
    return (mean + x * excess) / (phi * (x + 1.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _sum_above(x, term, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """P(X > x), given P(X = x)."""
    total = 0.0
    while True:
        r = step_up(x, mean, phi)
        term *= r
        total += term
        x += 1.0
        if term <= _NEGLIGIBLE * total and r < 1.0:
            return total


@njit(cache=True, nogil=True, error_model="numpy")
def upper_tail(x, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """P(X >= x), to about 1e-13 of itself; x is rounded up to a whole count. NaN without mean and phi."""
    if not (math.isfinite(x) and math.isfinite(mean) and math.isfinite(phi)):
        return math.nan
    x = math.ceil(x)
    if x <= 0.0:
        return 1.0
    if mean == 0.0:
        return 0.0
    if x > mean:
        term = probability(x, mean, phi)
        return term + _sum_above(x, term, mean, phi)
    x -= 1.0
    term = probability(x, mean, phi)
    below = term
    while x > 0.0 and term > _NEGLIGIBLE * below:
        x -= 1.0
        term /= step_up(x, mean, phi)
        below += term
    return 1.0 - below


@njit(cache=True, nogil=True, error_model="numpy")
def quantile(alpha, z, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Smallest count x with P(X > x) <= alpha; ``z`` is the normal quantile, from which the search starts."""
    if not (math.isfinite(mean) and math.isfinite(phi)):
        return math.nan
    if mean <= 0.0:
        return 0.0
    sd = math.sqrt(max(phi, 1.0) * mean)
    skew = (2.0 * max(phi, 1.0) - 1.0) / sd
    x = max(0.0, math.floor(mean + sd * (z + (z * z - 1.0) * skew / 6.0)))
    term = probability(x, mean, phi)
    tail = _sum_above(x, term, mean, phi) if x >= mean else upper_tail(x + 1.0, mean, phi)
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
def log_upper_tail(k, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Logarithm of P(X >= k), also far out where the probability itself is 0 in floating point.

    k >= 0 and whole, mean >= 0. The terms are added away from the mean, so that they fall at once.
    """
    if k <= 0.0:
        return 0.0
    if mean <= 0.0:
        return -math.inf
    total, term = 0.0, 1.0
    if k > mean:
        n = k
        while term > _NEGLIGIBLE * (total + 1.0):
            total += term
            term *= step_up(n, mean, phi)
            n += 1.0
        return min(0.0, log_probability(k, mean, phi) + math.log(total))
    n = k - 1.0
    while term > _NEGLIGIBLE * (total + 1.0) and n >= 0.0:
        total += term
        n -= 1.0
        if n >= 0.0:
            term /= step_up(n, mean, phi)
    below = math.exp(log_probability(k - 1.0, mean, phi)) * total
    return math.log1p(-min(below, 1.0 - 1e-16))


@njit(cache=True, nogil=True, error_model="numpy")
def first_rare(log_level, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Smallest count k >= 1 with P(X >= k) <= exp(log_level); mean >= 0, log_level < 0 (-inf: infinite)."""
    if log_level == -math.inf:
        return math.inf
    low, width = math.floor(mean), math.sqrt(max(phi, 1.0) * mean) + 1.0
    while low > 0.0 and log_upper_tail(low, mean, phi) <= log_level:
        low = math.floor(low - width)
        width *= 2.0
    low = max(low, 0.0)
    high = low + math.ceil(2.0 * width)
    while log_upper_tail(high, mean, phi) > log_level:
        low = high
        high += math.ceil(width)
        width *= 2.0
    while high - low > 1.0:  # the tail at low is too heavy, that at high is not
        middle = math.floor(0.5 * (low + high))
        if log_upper_tail(middle, mean, phi) > log_level:
            low = middle
        else:
            high = middle
    return high
