"""Exact and large-sample figures of one two-by-two table and of several strata.

Chapter 6: arithmetic under the attack rates; numbers in, frozen results out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, inf, log, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats import beta, chi2, fisher_exact, norm

from fireline.investigations.model import Pooled, Share, TwoByTwo
from fireline.words import Words

LEVEL = 0.95


def share(ill: int, total: int, *, level: float = LEVEL) -> Share:
    """Attack rate with its Clopper-Pearson interval.

    Parameters
    ----------
    ill, total : int, 0 <= ill <= total
    level : two-sided confidence level

    Raises
    ------
    ValueError   ill is negative or larger than total

    References
    ----------
    .. [1] Clopper CJ, Pearson ES (1934), doi:10.1093/biomet/26.4.404
    """
    if not 0 <= ill <= total:
        raise ValueError("ill must lie between 0 and total")
    if total == 0:
        return Share(0, 0, None, None, None)
    tail = (1 - level) / 2
    low = 0.0 if ill == 0 else float(beta.ppf(tail, ill, total - ill + 1))
    high = 1.0 if ill == total else float(beta.ppf(1 - tail, ill + 1, total - ill))
    return Share(ill, total, ill / total, low, high)


def two_by_two(a: int, b: int, c: int, d: int, *, level: float = LEVEL) -> TwoByTwo:
    """Risk ratio, odds ratio, intervals and Fisher's p of one table.

    Parameters
    ----------
    a, b : int, exposed ill and exposed well
    c, d : int, unexposed ill and unexposed well
    level : two-sided confidence level

    Returns
    -------
    TwoByTwo   risk ratio with Katz's log interval; where a zero cell makes that impossible, an exact
        (conservative) interval from two independent Clopper-Pearson intervals; odds ratio by conditional
        maximum likelihood with the exact conditional interval

    Raises
    ------
    ValueError   a count is negative

    References
    ----------
    .. [1] Katz D et al. (1978), doi:10.2307/2530610, log interval of the risk ratio
    .. [2] Cornfield J (1956); Fisher RA (1935): exact conditional interval of the odds ratio
    """
    if min(a, b, c, d) < 0:
        raise ValueError("counts must not be negative")
    exposed, unexposed = share(a, a + b, level=level), share(c, c + d, level=level)
    risk, risk_low, risk_high, method = _risk_ratio(a, b, c, d, level=level)
    odds: float | None = None
    odds_low: float | None = None
    odds_high: float | None = None
    p: float | None = None
    if min(a + b, c + d, a + c, b + d) > 0:
        odds, odds_low, odds_high = exact_odds(a, b, c, d, level=level)
        p = float(fisher_exact([[a, b], [c, d]])[1])
    return TwoByTwo(
        a=a,
        b=b,
        c=c,
        d=d,
        exposed=exposed,
        unexposed=unexposed,
        risk_ratio=risk,
        risk_low=risk_low,
        risk_high=risk_high,
        risk_method=method,
        odds_ratio=odds,
        odds_low=odds_low,
        odds_high=odds_high,
        sample_odds_ratio=_divide(a * d, b * c),
        p=p,
        note=_note(a, b, c, d),
    )


def exact_odds(a: int, b: int, c: int, d: int, *, level: float = LEVEL) -> tuple[float, float, float]:
    """Odds ratio by conditional maximum likelihood with its exact interval.

    Parameters
    ----------
    a, b, c, d : int, a table without an empty margin
    level : two-sided confidence level

    Returns
    -------
    (ratio, low, high)   0 and inf at the ends of what the margins allow

    Notes
    -----
    Given the margins, the exposed ill follow Fisher's non-central hypergeometric law; the mean of it is
    solved for the estimate, its two tails for the limits, on the log scale to 1e-12. The same figures as
    ``scipy.stats.contingency.odds_ratio(kind="conditional")``, faster where a list has many items.
    """
    n1, n0, ill = a + b, c + d, a + c
    x = np.arange(max(0, ill - n0), min(n1, ill) + 1, dtype=np.float64)
    log_weight = -(gammaln(x + 1) + gammaln(n1 - x + 1) + gammaln(ill - x + 1) + gammaln(n0 - ill + x + 1))

    def law(log_psi: float) -> np.ndarray:
        w = log_weight + x * log_psi
        w = np.exp(w - w.max())
        return w / w.sum()

    def solve(f: Callable[[float], float]) -> float:
        low, high = -1.0, 1.0
        while f(low) > 0:
            low *= 2
        while f(high) < 0:
            high *= 2
        return exp(brentq(f, low, high, xtol=1e-12))

    tail = (1 - level) / 2
    at_low, at_high = a == x[0], a == x[-1]
    upper, lower = x >= a, x <= a
    ratio = 0.0 if at_low else inf if at_high else solve(lambda t: float(law(t) @ x) - a)
    least = 0.0 if at_low else solve(lambda t: float(law(t)[upper].sum()) - tail)
    most = inf if at_high else solve(lambda t: tail - float(law(t)[lower].sum()))
    return ratio, least, most


def _divide(top: float, bottom: float) -> float | None:
    if bottom:
        return top / bottom
    return inf if top else None


def _risk_ratio(
    a: int, b: int, c: int, d: int, *, level: float
) -> tuple[float | None, float | None, float | None, str]:
    n1, n0 = a + b, c + d
    if n1 == 0 or n0 == 0 or a + c == 0:
        return None, None, None, ""
    ratio = _divide(a / n1, c / n0)
    assert ratio is not None
    if a and c and (b or d):
        half = float(norm.ppf(0.5 + level / 2)) * sqrt(1 / a - 1 / n1 + 1 / c - 1 / n0)
        return ratio, ratio * exp(-half), ratio * exp(half), "katz"
    each = sqrt(level)  # two independent intervals that hold together with probability `level`
    one, zero = share(a, n1, level=each), share(c, n0, level=each)
    assert one.low is not None and one.high is not None and zero.low is not None and zero.high is not None
    low = 0.0 if one.low == 0 else one.low / zero.high
    high = inf if zero.low == 0 else one.high / zero.low
    return ratio, low, high, "exact"


def _note(a: int, b: int, c: int, d: int) -> Words | None:
    if a + b == 0 or c + d == 0:
        return Words(
            zh="没有可比较的一组（全部暴露或全部未暴露），不能计算比值。",
            en="No group to compare with (everybody or nobody exposed): no ratio.",
        )
    if a + c == 0:
        return Words(zh="没有发病者，不能计算比值。", en="Nobody is ill: no ratio.")
    if b + d == 0:
        return Words(
            zh="没有未发病者，罹患率均为100%，优势比不能计算。",
            en="Nobody is well: both rates are 100 % and the odds ratio is not computable.",
        )
    if c == 0:
        return Words(
            zh="未暴露者无人发病：相对危险度为无穷大，下限用精确法。",
            en="Nobody unexposed is ill: the risk ratio is infinite; its lower limit is exact.",
        )
    if a == 0:
        return Words(
            zh="暴露者无人发病：相对危险度为0，上限用精确法。",
            en="Nobody exposed is ill: the risk ratio is 0; its upper limit is exact.",
        )
    if b == 0 or d == 0:
        return Words(
            zh="有一格为0：优势比为无穷大，下限为精确值。",
            en="One cell is zero: the odds ratio is infinite; its lower limit is exact.",
        )
    return None


def mantel_haenszel(strata: Sequence[tuple[int, int, int, int]], *, level: float = LEVEL) -> Pooled:
    """Pool two-by-two tables over strata.

    Parameters
    ----------
    strata : sequence of (exposed ill, exposed well, unexposed ill, unexposed well)
    level : two-sided confidence level

    Returns
    -------
    Pooled   None where the pooled figure is not computable (a sum is zero); no correction is added to cells

    Raises
    ------
    ValueError   a count is negative

    References
    ----------
    .. [1] Mantel N, Haenszel W (1959), doi:10.1093/jnci/22.4.719
    .. [2] Greenland S, Robins JM (1985), doi:10.2307/2530643, variance of the risk ratio
    .. [3] Robins J, Breslow N, Greenland S (1986), doi:10.2307/2531052, variance of the odds ratio
    """
    if any(min(s) < 0 for s in strata):
        raise ValueError("counts must not be negative")
    useful = [s for s in strata if min(s[0] + s[1], s[2] + s[3]) > 0]
    z = float(norm.ppf(0.5 + level / 2))
    risk = _pooled_risk(useful, z=z)
    odds = _pooled_odds(useful, z=z)
    statistic, p = _pooled_test(useful)
    return Pooled(*risk, *odds, statistic, p, len(useful), len(strata) - len(useful))


_Three = tuple[float | None, float | None, float | None]


def _pooled_risk(strata: Sequence[tuple[int, int, int, int]], *, z: float) -> _Three:
    top = sum(a * (c + d) / (a + b + c + d) for a, b, c, d in strata)
    bottom = sum(c * (a + b) / (a + b + c + d) for a, b, c, d in strata)
    if top == 0 or bottom == 0:
        return (_divide(top, bottom), None, None)
    spread = sum(
        ((a + c) * (a + b) * (c + d) - a * c * (a + b + c + d)) / (a + b + c + d) ** 2
        for a, b, c, d in strata
    )
    half = z * sqrt(spread / (top * bottom))
    ratio = top / bottom
    return ratio, exp(log(ratio) - half), exp(log(ratio) + half)


def _pooled_odds(strata: Sequence[tuple[int, int, int, int]], *, z: float) -> _Three:
    r = s = pr = ps_qr = qs = 0.0
    for a, b, c, d in strata:
        n = a + b + c + d
        p_i, q_i, r_i, s_i = (a + d) / n, (b + c) / n, a * d / n, b * c / n
        r += r_i
        s += s_i
        pr += p_i * r_i
        ps_qr += p_i * s_i + q_i * r_i
        qs += q_i * s_i
    if r == 0 or s == 0:
        return (_divide(r, s), None, None)
    half = z * sqrt(pr / (2 * r * r) + ps_qr / (2 * r * s) + qs / (2 * s * s))
    ratio = r / s
    return ratio, exp(log(ratio) - half), exp(log(ratio) + half)


def _pooled_test(strata: Sequence[tuple[int, int, int, int]]) -> tuple[float | None, float | None]:
    difference = variance = 0.0
    for a, b, c, d in strata:
        n = a + b + c + d
        if n < 2:
            continue
        difference += a - (a + b) * (a + c) / n
        variance += (a + b) * (c + d) * (a + c) * (b + d) / (n * n * (n - 1))
    if variance == 0:
        return None, None
    statistic = max(0.0, abs(difference) - 0.5) ** 2 / variance
    return statistic, float(chi2.sf(statistic, 1))
