"""Slow twin of kernels.predictive: sums of the probabilities of whole counts, and numerical integration."""

import math

from scipy.integrate import quad


def log_probability(y, mean, phi):
    """log P(Y = y) of a Poisson (phi <= 1) or negative binomial count with variance phi * mean."""
    if phi <= 1.0 + 1e-9:
        return y * math.log(mean) - mean - math.lgamma(y + 1)
    size = mean / (phi - 1)
    return (
        math.lgamma(size + y) - math.lgamma(size) - math.lgamma(y + 1)
        - size * math.log(phi) + y * math.log(1 - 1 / phi)
    )  # fmt: skip


def naive_count(y, mean, phi):
    """P(Y >= y), P(Y = y) of a whole count: all smaller counts, or enough larger ones, added up."""
    point = math.exp(log_probability(y, mean, phi))
    if y <= mean:
        return 1.0 - math.fsum(math.exp(log_probability(k, mean, phi)) for k in range(int(y))), point
    total, k = 0.0, int(y)
    while True:
        term = math.exp(log_probability(k, mean, phi))
        total += term
        k += 1
        if term <= 1e-17 * total and k > mean:
            return total, point


def naive_rate(y, mean, phi):
    """P(Y >= y) of a gamma distributed rate, by integration of its density."""
    shape = mean / phi

    def density(x):
        return math.exp((shape - 1) * math.log(x) - x / phi - math.lgamma(shape) - shape * math.log(phi))

    return quad(density, y, math.inf, limit=200)[0]
