"""Slow twin of kernels.calibrate: every value mapped by going through all values before it, one at a time."""

import math


def naive_quiet(p):
    """p: list of floats of one series, NaN = none -> list of bool."""
    reported = [t for t, x in enumerate(p) if not math.isnan(x)]
    out = [True] * len(p)
    for i in range(len(reported)):
        window = reported[i : i + 5]
        if sum(p[t] < 0.01 for t in window) >= 3:
            for t in window:
                out[t] = False
    return out


def naive_calibrate(reference, asked, is_quiet, t, *, hold, memory):
    """Mapped value of ``asked`` on day t; reference and is_quiet: rows of one group, days first.

    A figure of day u has on day t the weight keep ** (t - hold - u): it joins after ``hold`` days with weight
    one and forgets from the next day on.
    """
    if math.isnan(asked):
        return math.nan
    keep = 1 - 1 / memory
    past = [
        (min(max(p, 1e-12), 1.0), keep ** (t - hold - u))
        for u in range(t - hold + 1)
        for p, quiet in zip(reference[u], is_quiet[u], strict=True)
        if quiet and not math.isnan(p)
    ]
    total = 200 + sum(w for _, w in past)
    p = min(max(asked, 1e-12), 1.0)
    tail = [(math.log(0.02 / x), w) for x, w in past if x < 0.02]
    if p < 0.02:
        share = (4 + sum(w for x, w in past if min(int(x * 200), 199) < 4)) / total
        power = (20 + sum(w for _, w in tail)) / (20 + sum(v * w for v, w in tail))
        return max(share * (p / 0.02) ** min(max(power, 0.2), 1.5), 1e-12)
    k = min(int(p * 200), 199)
    below = k + sum(w for x, w in past if min(int(x * 200), 199) < k)
    inside = 1 + sum(w for x, w in past if min(int(x * 200), 199) == k)
    return (below + (p * 200 - k) * inside) / total
