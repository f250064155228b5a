"""Plain-loop twins of the attack-rate arithmetic, written from the definitions."""

from __future__ import annotations

from math import comb, exp, log, sqrt

import numpy as np
import pytest

from fireline.investigations.attack import trend_p
from fireline.investigations.ratios import exact_odds, mantel_haenszel


def hypergeometric_tail(a, b, c, d, psi, *, upper):
    n1, n0, m = a + b, c + d, a + c
    weights = {x: comb(n1, x) * comb(n0, m - x) * psi**x for x in range(max(0, m - n0), min(n1, m) + 1)}
    total = sum(weights.values())
    return sum(w for x, w in weights.items() if (x >= a if upper else x <= a)) / total


def bisect(f, low=1e-9, high=1e9):
    for _ in range(200):
        middle = sqrt(low * high)
        if f(middle) > 0:
            high = middle
        else:
            low = middle
    return sqrt(low * high)


@pytest.mark.parametrize("table", [(43, 11, 3, 18), (2, 10, 15, 3), (3, 1, 1, 3), (7, 2, 5, 9), (1, 5, 6, 2)])
def test_exact_odds_is_where_the_tails_of_the_hypergeometric_are(table):
    _, low, high = exact_odds(*table)
    naive_low = bisect(lambda psi: hypergeometric_tail(*table, psi, upper=True) - 0.025)
    naive_high = bisect(lambda psi: 0.025 - hypergeometric_tail(*table, psi, upper=False))
    assert low == pytest.approx(naive_low, rel=1e-8)
    assert high == pytest.approx(naive_high, rel=1e-8)


def test_conditional_estimate_makes_the_mean_equal_to_what_was_seen():
    a, b, c, d = 7, 2, 5, 9
    psi, _, _ = exact_odds(a, b, c, d)
    n1, n0, m = a + b, c + d, a + c
    weights = {x: comb(n1, x) * comb(n0, m - x) * psi**x for x in range(max(0, m - n0), min(n1, m) + 1)}
    assert sum(x * w for x, w in weights.items()) / sum(weights.values()) == pytest.approx(a)


def naive_pooled(strata):
    top = bottom = spread = r_sum = s_sum = first = second = third = 0.0
    for a, b, c, d in strata:
        n1, n0, n = a + b, c + d, a + b + c + d
        if n1 == 0 or n0 == 0:
            continue
        top += a * n0 / n
        bottom += c * n1 / n
        spread += (n1 * n0 * (a + c) - a * c * n) / n**2
        r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
        r_sum, s_sum = r_sum + r, s_sum + s
        first, second, third = first + p * r, second + p * s + q * r, third + q * s
    risk, odds = top / bottom, r_sum / s_sum
    z = 1.959963984540054
    risk_se = sqrt(spread / (top * bottom))
    odds_se = sqrt(first / (2 * r_sum**2) + second / (2 * r_sum * s_sum) + third / (2 * s_sum**2))
    return [
        risk,
        exp(log(risk) - z * risk_se),
        exp(log(risk) + z * risk_se),
        odds,
        exp(log(odds) - z * odds_se),
        exp(log(odds) + z * odds_se),
    ]


def test_mantel_haenszel_equals_its_loop():
    rng = np.random.default_rng(20260612)
    for _ in range(50):
        strata = [tuple(int(v) for v in rng.integers(1, 40, 4)) for _ in range(int(rng.integers(1, 6)))]
        found = mantel_haenszel(strata)
        assert [
            found.risk_ratio,
            found.risk_low,
            found.risk_high,
            found.odds_ratio,
            found.odds_low,
            found.odds_high,
        ] == pytest.approx(naive_pooled(strata))


def test_trend_equals_the_square_of_correlation():
    """Cochran-Armitage chi-square is n times the squared correlation of score and illness."""
    scores, ill, totals = [0, 1, 2, 3], [2, 5, 9, 14], [20, 20, 20, 20]
    x = np.repeat(scores, totals)
    y = np.concatenate([[1] * i + [0] * (t - i) for i, t in zip(ill, totals, strict=True)])
    statistic = len(x) * np.corrcoef(x, y)[0, 1] ** 2
    from scipy.stats import chi2

    assert trend_p(scores, ill, totals) == pytest.approx(chi2.sf(statistic, 1))
