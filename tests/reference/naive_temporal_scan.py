"""Twin of kernels.temporal_scan and kernels.count_tail: probabilities term by term, windows one by one."""

import math
from functools import cache


@cache
def mass(k, mean, phi):
    """P(X = k) of a count with variance phi * mean, by its recursion from 0."""
    if mean == 0:
        return 1.0 if k == 0 else 0.0
    if phi <= 1:
        log_p = -mean
        for i in range(1, k + 1):
            log_p += math.log(mean / i)
        return math.exp(log_p)
    size = mean / (phi - 1)
    log_p = -size * math.log(phi)
    for i in range(1, k + 1):
        log_p += math.log((size + i - 1) / i * (phi - 1) / phi)
    return math.exp(log_p)


def upper_tail(k, mean, phi):
    """P(X >= k): one less the terms below, or, beyond the mean, the terms from k on."""
    if k <= mean:
        return 1.0 - math.fsum(mass(i, mean, phi) for i in range(k))
    total, i = 0.0, k
    while True:
        term = mass(i, mean, phi)
        total += term
        if term <= 1e-18 * total or term == 0:
            return total
        i += 1


def first_rare(level, mean, phi):
    """Smallest k >= 1 whose upper tail is no more than the level."""
    k = 1
    while upper_tail(k, mean, phi) > level:
        k += 1
    return k


def judge(counts, mean, phi, row, lengths, level):
    """(upper, score, window) of one series at one row; NaN where the kernel says NaN."""
    if math.isnan(mean[row]) or math.isnan(phi[row]):
        return math.nan, math.nan, 0
    upper, best = math.inf, None
    for length in sorted(lengths):
        steps = [
            t
            for t in range(max(0, row - length + 1), row + 1)
            if not math.isnan(mean[t]) and not math.isnan(phi[t]) and (t == row or not math.isnan(counts[t]))
        ]
        m = sum(mean[t] for t in steps)
        f = sum(max(phi[t], 1) * mean[t] for t in steps) / m if m else 1.0
        before = sum(counts[t] for t in steps if t != row)
        upper = min(upper, first_rare(level, m, f) - 1 - before)
        if not math.isnan(counts[row]):
            p = upper_tail(int(before + counts[row]), m, f)
            if best is None or p < best[0] * (1 - 1e-12):
                best = (p, length)
    if best is None:
        return max(upper, -1.0), math.nan, 0
    return max(upper, -1.0), math.inf if best[0] == 0 else max(0.0, -math.log10(best[0])), best[1]
