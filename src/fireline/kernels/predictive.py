"""How surprising a figure is, given the mean and the spread that were expected of it; decimals allowed.

Kernels: called by kernels.daily_baseline and signals.
"""

from __future__ import annotations

import math

from numba import njit

_TINY = 1e-300
_EPS = 1e-13
_MOST_TERMS = 2_000


@njit(cache=True, nogil=True)
def _beta_fraction(a, b, x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Continued fraction of the incomplete beta function, by Lentz's method ([1]_ 8.17.22)."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        for term in (even, odd):
            d = 1.0 + term * d
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = 1.0 + term / c
            c = c if abs(c) > _TINY else _TINY
            value *= c * d
        if abs(c * d - 1.0) < _EPS:
            break
    return value


@njit(cache=True, nogil=True)
def _beta_below(a, b, x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """I_x(a, b) and I_x(a, b) - I_x(a + 1, b), of the regularised incomplete beta function; 0 < x < 1."""
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _beta_fraction(a, b, x) / a, front / a
    return 1.0 - front * _beta_fraction(b, a, 1.0 - x) / b, front / a


@njit(cache=True, nogil=True)
def _gamma_sides(a, x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """P(a, x), Q(a, x) and P(a, x) - P(a + 1, x) of the incomplete gamma functions ([1]_ 8.11.4, 8.9.2)."""
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1.0:
        term = 1.0 / a
        total = term
        for n in range(1, _MOST_TERMS):
            term *= x / (a + n)
            total += term
            if term < total * _EPS:
                break
        below = front * total
        return below, 1.0 - below, front / a
    b = x + 1.0 - a
    c, d = 1.0 / _TINY, 1.0 / b
    value = d
    for n in range(1, _MOST_TERMS):
        term = -n * (n - a)
        b += 2.0
        d = term * d + b
        d = 1.0 / (d if abs(d) > _TINY else _TINY)
        c = b + term / c
        c = c if abs(c) > _TINY else _TINY
        value *= c * d
        if abs(c * d - 1.0) < _EPS:
            break
    above = front * value
    return 1.0 - above, above, front / a


@njit(cache=True, nogil=True)
def upper_and_point(y, mean, phi, is_rate):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """P(Y >= y) and P(Y = y) of one figure.

    Parameters
    ----------
    y : float, >= 0
    mean : float, >= 0
    phi : float, > 0   variance over mean
    is_rate : bool   a rate or an index, which may vary less than a count of the same size

    Returns
    -------
    upper, point : floats   point is 0 for a rate

    Notes
    -----
    A count is negative binomial with variance ``phi * mean`` (Poisson for phi <= 1). Decimals (half packs
    sold) use the same formula: P(Y >= y) is the incomplete beta function, which is continuous in y, and the
    point is P(Y >= y) - P(Y >= y + 1). A rate is gamma distributed with the same mean and variance.

    References
    ----------
    .. [1] NIST Digital Library of Mathematical Functions, chapter 8: expansions of the incomplete functions.
    """
    if mean <= 0.0:
        return (1.0, 1.0) if y <= 0.0 else (0.0, 0.0)
    if is_rate:
        return (1.0, 0.0) if y <= 0.0 else (_gamma_sides(mean / phi, y / phi)[1], 0.0)
    if phi <= 1.0 + 1e-9:
        if y <= 0.0:
            return 1.0, math.exp(-mean)
        upper, _, point = _gamma_sides(y, mean)
        return upper, point
    size, x = mean / (phi - 1.0), 1.0 - 1.0 / phi
    if y <= 0.0:
        return 1.0, math.exp(-size * math.log(phi))
    return _beta_below(y, size, x)
