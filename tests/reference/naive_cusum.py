"""Slow twin of kernels.cusum: every start of a change, the best shift by golden section, plain loops."""

import math

_GOLDEN = (math.sqrt(5) - 1) / 2


def log_ratio(y, mu, alpha, shift):
    """Log likelihood ratio of mean mu exp(shift) against mu, summed over rows."""
    total = 0.0
    for count, m in zip(y, mu, strict=True):
        if math.isnan(count):
            continue
        if alpha == 0:
            total += shift * count - m * (math.exp(shift) - 1)
        else:
            total += shift * count - (count + 1 / alpha) * math.log(
                (1 + alpha * m * math.exp(shift)) / (1 + alpha * m)
            )
    return total


def best_log_ratio(y, mu, alpha):
    low, high = 0.0, 30.0
    while high - low > 1e-10:
        a, b = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if log_ratio(y, mu, alpha, a) >= log_ratio(y, mu, alpha, b):
            high = b
        else:
            low = a
    return max(0.0, log_ratio(y, mu, alpha, 0.5 * (low + high)))


def naive_statistic(y, mu, alpha, *, since, row, window=None, least=1, shift=None):
    first = since if window is None else max(since, row - window)
    values = [0.0]
    for k in range(first, row - least + 2):
        part = y[k : row + 1], mu[k : row + 1], alpha
        values.append(log_ratio(*part, shift) if shift is not None else best_log_ratio(*part))
    return max(values)


def naive_chart(y, mu, alpha, *, start=0, threshold=5.0, window=None, least=1, shift=None, restarts=True):
    """(statistic, alarm) of every row from start on."""
    rows, since = [], start
    for t in range(start, len(y)):
        value = naive_statistic(y, mu, alpha, since=since, row=t, window=window, least=least, shift=shift)
        alarm = value >= threshold and not math.isnan(y[t])
        rows.append((value, alarm))
        if alarm and restarts:
            since = t + 1
    return rows


def naive_upper(y, mu, alpha, *, threshold, **options):
    """Largest count of the last row that does not alarm, -1 where none."""
    x = 0
    while naive_statistic([*y[:-1], float(x)], mu, alpha, row=len(y) - 1, **options) < threshold:
        x += 1
    return x - 1
