"""Slow twin of kernels.renewal, written from the definitions of Cori et al. 2013 in plain Python."""

import math


def naive_infectiousness(total, weights, t):
    """Total infectiousness of day t, and the weight that falls on days not reported."""
    force, lost = 0.0, 0.0
    for s in range(t):  # every day before t
        w = weights[t - s] if t - s < len(weights) else 0.0
        if math.isnan(total[s]):
            lost += w
        else:
            force += w * total[s]
    return force, lost


def naive_window_sums(total, local, weights, *, first, last, max_missing=0.0, seen=None):
    """One series (lists of floats, NaN = not reported) -> (local cases, infectiousness) of each window."""
    total = [math.nan if math.isnan(b) else a for a, b in zip(total, local, strict=True)]
    rows = []
    for start, end in zip(first, last, strict=True):
        days = range(start, end + 1)
        forces = [naive_infectiousness(total, weights, t) for t in days]
        if any(math.isnan(total[t]) for t in days) or any(lost > max_missing for _, lost in forces):
            rows.append((math.nan, math.nan))
        else:
            shares = [1.0 if seen is None else seen[t] for t in days]
            met = sum(share * force for share, (force, _) in zip(shares, forces, strict=True))
            rows.append((sum(local[t] for t in days), met))
    return rows


def naive_serial_interval(mean, sd, n_days):
    """Weights of a gamma serial interval that begins at day 1, each the integral of its definition.

    Onset days are known to the day only: two onsets k days apart by date are a true interval u apart with
    weight 1 - |u - k|, so w[k] is the integral of f(u) (1 - |u - k|) over k - 1 < u < k + 1.
    """
    from scipy.integrate import quad
    from scipy.stats import gamma

    shape, scale = ((mean - 1) / sd) ** 2, sd**2 / (mean - 1)
    density = gamma(shape, loc=1.0, scale=scale).pdf
    found = [0.0]
    for k in range(1, n_days):
        # the density is null below 1; at 1 it may be infinite, which the substitution u = 1 + v^4 takes away
        both = [
            quad(
                lambda v, k=k: density(1 + v**4) * (1 - abs(1 + v**4 - k)) * 4 * v**3,
                max(low - 1, 0) ** 0.25, max(low, 0) ** 0.25, epsabs=1e-12, epsrel=1e-10,
            )[0]
            for low in (k - 1, k)
        ]  # fmt: skip
        found.append(sum(both))
    return found
