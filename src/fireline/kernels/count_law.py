"""Law of a count with a given mean and variance: Poisson, or negative binomial with variance phi * mean.

Kernels: called by kernels.scan_draws and kernels.temporal_scan.
"""

from __future__ import annotations

import math

from numba import njit

_NOTHING = 1e-17  # a term this small beside the sum no longer moves it


@njit(cache=True, nogil=True)
def log_mass(k, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Logarithm of P(X = k); phi <= 1 is Poisson, mean > 0."""
    if phi <= 1.0:
        return k * math.log(mean) - mean - math.lgamma(k + 1.0)
    size = mean / (phi - 1.0)
    spread = math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1.0)
    return spread - size * math.log(phi) + k * math.log((phi - 1.0) / phi)


@njit(cache=True, nogil=True)
def step_up(k, mean, phi):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """P(X = k + 1) over P(X = k)."""
    if phi <= 1.0:
        return mean / (k + 1.0)
    return (k + mean / (phi - 1.0)) / (k + 1.0) * (phi - 1.0) / phi


@njit(cache=True, nogil=True)
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
        while term > _NOTHING * (total + 1.0):
            total += term
            term *= step_up(n, mean, phi)
            n += 1.0
        return min(0.0, log_mass(k, mean, phi) + math.log(total))
    n = k - 1.0
    while term > _NOTHING * (total + 1.0) and n >= 0.0:
        total += term
        n -= 1.0
        if n >= 0.0:
            term /= step_up(n, mean, phi)
    below = math.exp(log_mass(k - 1.0, mean, phi)) * total
    return math.log1p(-min(below, 1.0 - 1e-16))


@njit(cache=True, nogil=True)
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
