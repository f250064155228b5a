"""Slow twin of kernels.levels: the filter written out with scipy's own masses."""

import math

from scipy.stats import nbinom, poisson


def naive_levels(reported, seen, *, discount, growth, dispersion, half_life):
    """Discounted Poisson-gamma filter -> (mean, variance, gain, log likelihood)."""
    whole = [t for t in range(len(seen)) if seen[t] >= 0.5]
    first = sum(reported[t] for t in whole) / max(sum(seen[t] for t in whole), 1e-9) if whole else 0.0
    shape, rate = 1.0, 1 / max(first, 0.05)
    rows, total = [], 0.0
    for t, (n, share) in enumerate(zip(reported, seen, strict=True)):
        if t:
            shape, rate = discount * shape, discount * rate / math.exp(growth)
        mean = share * shape / rate
        variance = dispersion * mean + (share / rate) ** 2 * shape
        if mean > 0:
            size = mean**2 / (variance - mean) if variance > mean * (1 + 1e-9) else None
            # the constant of the Poisson and of the negative binomial are the same, so scipy's masses serve
            here = poisson.logpmf(n, mean) if size is None else nbinom.logpmf(n, size, size / (size + mean))
        else:
            here = 0.0 if n == 0 else -1e9
        total += 0.5 ** ((len(seen) - 1 - t) / half_life) * here
        shape, rate = shape + n / dispersion, rate + share / dispersion
        rows.append((shape / rate, shape / rate**2, share / dispersion / rate))
    return rows, total
