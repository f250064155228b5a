"""Slow twin of kernels.combine: the weighted sums of one area and day, written from the definition."""

import math


def naive_combine(z, t, delay, weight, profile):
    """z: days x streams (lists, NaN = none) -> list by days since the beginning; NaN = no figure."""
    out = []
    for k in range(len(profile[0])):
        begun = t - k
        if begun < 0:
            out.append(math.nan)
            continue
        total = norm = 0.0
        for s in range(len(profile)):
            days = [u for u in range(begun, t - delay[s] + 1) if not math.isnan(z[u][s])]
            square = sum(profile[s][u - begun] ** 2 for u in days)
            if square > 0:
                score = sum(profile[s][u - begun] * z[u][s] for u in days) / math.sqrt(square)
                total += weight[s] * score
                norm += weight[s] ** 2
        out.append(total / math.sqrt(norm) if norm > 0 else math.nan)
    return out
