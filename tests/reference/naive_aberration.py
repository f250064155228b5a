"""Slow twin of kernels.aberration, written from the definitions of EARS C1, C2 and C3 in plain Python."""

import math

NAN = math.nan


def _z(series, t, lag, baseline, min_sd, min_reported):
    start = t - lag - baseline
    if start < 0:
        return NAN, NAN, NAN
    reported = [x for x in series[start : start + baseline] if not math.isnan(x)]
    if len(reported) < min_reported:
        return NAN, NAN, NAN
    mean = sum(reported) / len(reported)
    sd = math.sqrt(sum((x - mean) ** 2 for x in reported) / (len(reported) - 1))
    sd = max(sd, min_sd)
    if math.isnan(series[t]):
        return NAN, mean, sd
    if sd == 0:
        if series[t] == mean:
            return 0.0, mean, sd
        return (math.inf if series[t] > mean else -math.inf), mean, sd
    return (series[t] - mean) / sd, mean, sd


def naive_ears(series, method, *, baseline=7, threshold=None, min_sd=0.0, min_reported=7):
    """One series (list of floats, NaN = not reported) -> rows (upper, statistic, alarm, mean, sd)."""
    lag = {"C1": 0, "C2": 2, "C3": 2}[method]
    h = {"C1": 3.0, "C2": 3.0, "C3": 2.0}[method] if threshold is None else threshold
    rows = []
    for t in range(len(series)):
        z, mean, sd = _z(series, t, lag, baseline, min_sd, min_reported)
        if math.isnan(mean):
            rows.append((NAN, NAN, False, NAN, NAN))
            continue
        if method != "C3":
            rows.append((mean + h * sd, z, z > h, mean, sd))
            continue
        before = [_z(series, i, lag, baseline, min_sd, min_reported)[0] for i in (t - 1, t - 2) if i >= 0]
        carried = sum(max(0.0, b - 1) for b in before if not math.isnan(b))
        statistic = NAN if math.isnan(z) else carried + max(0.0, z - 1)
        upper = mean + (1 + h - carried) * sd if carried <= h else 0.0
        rows.append((upper, statistic, statistic > h, mean, sd))
    return rows
