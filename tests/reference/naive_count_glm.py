"""Slow twin of kernels.count_glm: iterated weighted least squares on a whole design matrix, plain loops."""

import math

EPSILON = 1e-8
MAX_STEPS = 25


def solve(matrix, right):
    """Gaussian elimination with pivoting; None where the matrix is singular."""
    n = len(right)
    rows = [[*list(map(float, matrix[i])), float(right[i])] for i in range(n)]
    for j in range(n):
        pivot = max(range(j, n), key=lambda i: abs(rows[i][j]))
        if rows[pivot][j] == 0:
            return None
        rows[j], rows[pivot] = rows[pivot], rows[j]
        for i in range(j + 1, n):
            f = rows[i][j] / rows[j][j]
            rows[i] = [a - f * b for a, b in zip(rows[i], rows[j], strict=True)]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (rows[i][n] - sum(rows[i][k] * x[k] for k in range(i + 1, n))) / rows[i][i]
    return x


def cross_product(design, weights):
    p = len(design[0])
    return [
        [sum(w * row[j] * row[k] for w, row in zip(weights, design, strict=True)) for k in range(p)]
        for j in range(p)
    ]


def deviance(y, mu, weights):
    total = 0.0
    for value, mean, w in zip(y, mu, weights, strict=True):
        total += 2 * w * ((value * math.log(value / mean) if value > 0 else 0.0) - (value - mean))
    return total


def naive_fit(y, design, weights, offset):
    """Poisson regression with a logarithmic link.

    Gives a dict: coefficients, mu, working (weights of the last step), inverse (of their cross product),
    has_converged.
    """
    mu = [value + 0.1 for value in y]
    eta = [math.log(m) for m in mu]
    before = deviance(y, mu, weights)
    for _ in range(MAX_STEPS):
        working = [w * m for w, m in zip(weights, mu, strict=True)]
        response = [e - o + (v - m) / m for e, o, v, m in zip(eta, offset, y, mu, strict=True)]
        p = len(design[0])
        right = [
            sum(w * row[j] * z for w, row, z in zip(working, design, response, strict=True)) for j in range(p)
        ]
        matrix = cross_product(design, working)
        beta = solve(matrix, right)
        eta = [
            o + sum(b * x for b, x in zip(beta, row, strict=True))
            for o, row in zip(offset, design, strict=True)
        ]
        mu = [math.exp(e) for e in eta]
        now = deviance(y, mu, weights)
        has_converged = abs(now - before) / (abs(now) + 0.1) < EPSILON
        if has_converged:
            break
        before = now
    columns = [solve(matrix, [float(i == j) for i in range(p)]) for j in range(p)]
    return {
        "coefficients": beta,
        "mu": mu,
        "working": working,
        "inverse": columns,
        "has_converged": has_converged,
    }


def quadratic(row, matrix):
    return sum(a * matrix[j][k] * b for j, a in enumerate(row) for k, b in enumerate(row))
