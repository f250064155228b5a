"""How many others each case infected: mean R and dispersion k of a negative binomial by maximum likelihood.

Chapter 7: reads counts of infected cases, is read by chain and the faces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp, inf, lgamma, log, log1p

HALF_WIDTH = 1.9207294103470602  # half of the 95th percentile of chi-squared with one degree of freedom
_LOG_K = (-9.0, 9.0)  # beyond the upper end a Poisson distribution cannot be told apart
_LOG_R = (-12.0, 8.0)
_GOLD = 0.6180339887498949
_STEPS = 46  # golden sections of a range of 20: to 1e-8; halvings: to 1e-13


@dataclass(frozen=True, slots=True)
class Offspring:
    """R and k with 95 % profile-likelihood intervals.

    Attributes
    ----------
    n : int, cases that were counted
    n_infected : int, cases that they infected
    r : float or None; None without a case
    r_low, r_high : float or None
    k : float or None; inf = no more spread than Poisson; None where nobody infected anybody
    k_low, k_high : float or None; k_high is inf where the data cannot tell k from a Poisson distribution
    """

    n: int
    n_infected: int
    r: float | None
    r_low: float | None
    r_high: float | None
    k: float | None
    k_low: float | None
    k_high: float | None


def fit_offspring(counts: Mapping[int, int]) -> Offspring:
    """Fit a negative binomial to numbers of infected cases.

    Parameters
    ----------
    counts : mapping from the number infected (>= 0) to the number of cases that infected so many

    Returns
    -------
    Offspring

    Raises
    ------
    ValueError   a number is negative

    Notes
    -----
    P(z) = Gamma(k + z) / (z! Gamma(k)) (k / (k + R))^k (R / (k + R))^z. The likelihood is largest at R = mean
    for every k; k is found by golden-section search on its logarithm. Where the variance does not exceed the
    mean, k has no maximum: it is inf and only its lower limit is given. When nobody infected anybody, R is
    0 with the Poisson limit 3.0 / n above it (wider for any finite k, which then cannot be estimated).

    References
    ----------
    .. [1] Lloyd-Smith J. et al. (2005), Nature 438: the model. Lloyd-Smith J. (2007), PLoS ONE 2(2): the bias
       of small samples, which is not corrected here.
    """
    if any(z < 0 or n < 0 for z, n in counts.items()):
        raise ValueError("counts: expected numbers of 0 or more")
    held = {int(z): int(n) for z, n in sorted(counts.items()) if n}
    n, total = sum(held.values()), sum(z * m for z, m in held.items())
    if n == 0:
        return Offspring(0, 0, None, None, None, None, None, None)
    r = total / n
    if total == 0:
        return Offspring(n, 0, 0.0, 0.0, -log(0.05) / n, None, None, None)
    best_log_k = _highest(lambda t: _likelihood(held, r, exp(t)), *_LOG_K)
    best = _likelihood(held, r, exp(best_log_k))
    poisson = _likelihood(held, r, inf)
    if n == 1 or poisson >= best or sum(m * (z - r) ** 2 for z, m in held.items()) <= total:
        best_log_k, best = inf, poisson
    k = exp(best_log_k) if best_log_k < inf else inf
    k_low, k_high = _limits_of_k(held, r, best_log_k, best)
    r_low, r_high = _limits_of_r(held, r, best)
    return Offspring(n, total, r, r_low, r_high, k, k_low, k_high)


def _likelihood(held: Mapping[int, int], r: float, k: float) -> float:
    if k == inf:
        return sum(m * (z * log(r) - r - lgamma(z + 1)) for z, m in held.items())
    base = -k * log1p(r / k) - lgamma(k)
    step = log(r) - log(k + r)
    return sum(m * (lgamma(k + z) + base + z * step - lgamma(z + 1)) for z, m in held.items())


def _highest(value: Callable[[float], float], low: float, high: float) -> float:
    """Place of the maximum of a function with one peak."""
    a, b = high - _GOLD * (high - low), low + _GOLD * (high - low)
    at_a, at_b = value(a), value(b)
    for _ in range(_STEPS):
        if at_a >= at_b:
            high, b, at_b = b, a, at_a
            a = high - _GOLD * (high - low)
            at_a = value(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + _GOLD * (high - low)
            at_b = value(b)
    return (low + high) / 2


def _crossing(value: Callable[[float], float], inside: float, outside: float, level: float) -> float:
    """Where the function falls to the level between a place above it and one below."""
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        if value(middle) >= level:
            inside = middle
        else:
            outside = middle
    return (inside + outside) / 2


def _limits_of_k(held: Mapping[int, int], r: float, at: float, best: float) -> tuple[float, float]:
    def value(t: float) -> float:
        return _likelihood(held, r, exp(t))

    level = best - HALF_WIDTH
    start = min(at, _LOG_K[1])
    low = exp(_crossing(value, start, _LOG_K[0], level)) if value(_LOG_K[0]) < level else 0.0
    is_open = at == inf or _likelihood(held, r, inf) >= level
    return low, inf if is_open else exp(_crossing(value, start, _LOG_K[1], level))


def _limits_of_r(held: Mapping[int, int], r: float, best: float) -> tuple[float, float]:
    def value(t: float) -> float:
        here = exp(t)
        log_k = _highest(lambda u: _likelihood(held, here, exp(u)), *_LOG_K)
        return max(_likelihood(held, here, exp(log_k)), _likelihood(held, here, inf))

    level = best - HALF_WIDTH
    low = _crossing(value, log(r), _LOG_R[0], level) if value(_LOG_R[0]) < level else -inf
    high = _crossing(value, log(r), _LOG_R[1], level) if value(_LOG_R[1]) < level else inf
    return exp(low) if low > -inf else 0.0, exp(high) if high < inf else inf
