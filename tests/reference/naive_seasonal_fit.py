"""Slow twin of kernels.seasonal_fit: scoring on a whole design matrix, alpha by bisection, plain loops."""

import math

from tests.reference.naive_count_glm import cross_product, solve


def naive_regress(y, design, alpha):
    used = [t for t in range(len(y)) if not math.isnan(y[t])]
    beta = [math.log(sum(y[t] for t in used) / len(used))] + [0.0] * (len(design[0]) - 1)
    for _ in range(200):
        mu = [math.exp(sum(b * x for b, x in zip(beta, design[t], strict=True))) for t in used]
        weights = [m / (1 + alpha * m) for m in mu]
        pull = [(y[t] - m) / (1 + alpha * m) for t, m in zip(used, mu, strict=True)]
        rows = [design[t] for t in used]
        right = [sum(p * row[j] for p, row in zip(pull, rows, strict=True)) for j in range(len(beta))]
        move = solve(cross_product(rows, weights), right)
        beta = [b + m for b, m in zip(beta, move, strict=True)]
        if max(map(abs, move)) < 1e-12:
            break
    return beta


def naive_spread(y, mu, n_free):
    def pearson(alpha):
        return sum(
            (v - m) ** 2 / (m + alpha * m * m) for v, m in zip(y, mu, strict=True) if not math.isnan(v)
        )

    if pearson(0.0) <= n_free:
        return 0.0
    low, high = 0.0, 1e4
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if pearson(middle) > n_free else (low, middle)
    return (low + high) / 2


def naive_seasonal_fit(y, design, alpha=None):
    """(beta, alpha) of one series."""
    if alpha is not None:
        return naive_regress(y, design, alpha), alpha
    n_free = sum(not math.isnan(v) for v in y) - len(design[0])
    alpha = 0.0
    for _ in range(100):
        beta = naive_regress(y, design, alpha)
        mu = [math.exp(sum(b * x for b, x in zip(beta, row, strict=True))) for row in design]
        new = naive_spread(y, mu, n_free)
        if abs(new - alpha) < 1e-12:
            break
        alpha = new
    return beta, new
