"""Slow twin of kernels.levels: means and variances written out, with scipy's own masses."""

import math

from scipy.stats import nbinom, poisson


def _seen_gamma(mean, variance, n, share, noise):
    """Mean and variance of a gamma after n reports, each worth 1/noise of a case, of a share of the cases."""
    weight = mean / variance + share / noise
    mean = (mean * mean / variance + n / noise) / weight
    return mean, mean / weight


def _log_mass(n, mean, variance):
    if mean == 0:
        return 0.0 if n == 0 else -1e9
    if variance <= mean * (1 + 1e-9):
        return poisson.logpmf(n, mean)
    size = mean**2 / (variance - mean)
    return nbinom.logpmf(n, size, size / (size + mean))


def naive_levels(reported, seen, log_variance, *, discount, growth, dispersion, burst, half_life):
    """Discounted Poisson-gamma filter -> rows of (mean, variance, gain), log likelihood."""
    whole = [t for t in range(len(seen)) if seen[t] >= 0.5]
    first = sum(reported[t] for t in whole) / max(sum(seen[t] for t in whole), 1e-9) if whole else 0.0
    mean = max(first, 0.05)
    variance = mean**2
    rows, total = [], 0.0
    for t, (n, share, doubt) in enumerate(zip(reported, seen, log_variance, strict=True)):
        if t:
            # shape and rate times the discount: the mean stays, the variance is divided by it; then growth
            mean, variance = mean * math.exp(growth), variance / discount * math.exp(2 * growth)
        day = variance + (burst - 1) * dispersion * mean
        noise = dispersion + share * mean * doubt
        here = _log_mass(n, share * mean, noise * share * mean + share**2 * day)
        total += 0.5 ** ((len(seen) - 1 - t) / half_life) * here
        day_mean, day_variance = _seen_gamma(mean, day, n, share, noise)
        weight = day_mean / day_variance
        rows.append((day_mean, day_variance, share / noise / weight))
        noise += (burst - 1) * dispersion * share
        mean, variance = _seen_gamma(mean, variance, n, share, noise)
    return rows, total
