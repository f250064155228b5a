"""Slow twin of kernels.farrington and of its detector, written from the papers: one series, plain loops."""

import math

from scipy import stats
from tests.reference.naive_count_glm import naive_fit, quadratic
from tests.reference.naive_count_law import naive_quantile, naive_upper_tail

NAN = math.nan


def naive_seasons(row, centres, *, w, n_periods, excluded):
    """Season of every baseline row, as a dict; 0 = the windows around the centres."""
    seasons = {}
    marks = [*sorted(centres), row]
    for t in range(marks[0] - w, row - excluded):
        if any(abs(t - c) <= w for c in marks):
            seasons[t] = 0
        elif n_periods > 1:
            before = max(c for c in marks if c <= t)
            after = min(c for c in marks if c > t)
            length = after - before - 2 * w - 1
            position = t - before - w - 1
            sizes = [length // (n_periods - 1) + (k < length % (n_periods - 1)) for k in range(n_periods - 1)]
            season = 1
            while position >= sizes[season - 1]:
                position -= sizes[season - 1]
                season += 1
            seasons[t] = season
    return seasons


def _dispersion(y, fit, n_free):
    return sum(
        v * ((a - m) / m) ** 2 for v, a, m in zip(fit["working"], y, fit["mu"], strict=True)
    ) / n_free  # fmt: skip


def _weights(y, design, fit, phi, threshold):
    shares = []
    for value, row, m, v in zip(y, design, fit["mu"], fit["working"], strict=True):
        lever = v * quadratic(row, fit["inverse"])
        residual = 1.5 * (value ** (2 / 3) * m ** (-1 / 6) - math.sqrt(m)) / math.sqrt(phi * (1 - lever))
        shares.append(residual**-2 if residual > threshold else 1.0)
    return [s * len(y) / sum(shares) for s in shares]


def _model(y, times, groups, offset, *, with_trend, threshold, definition):
    names = sorted(set(groups))
    design = [
        [float(g == k) for k in names] + ([t] if with_trend else [])
        for g, t in zip(groups, times, strict=True)
    ]
    n_free = len(y) - len(design[0])
    fit = naive_fit(y, design, [1.0] * len(y), offset)
    if with_trend and not fit["has_converged"]:
        return None
    raw = _dispersion(y, fit, n_free)
    if threshold is not None:
        weights = _weights(y, design, fit, max(raw, 1.0), threshold)
        fit = naive_fit(y, design, weights, offset)
        raw = _dispersion(y, fit, n_free)
    phi, spread = max(raw, 1.0), raw
    if definition == "published":
        spread = phi
    elif threshold is not None:
        spread = sum(w * ((a - m) / m) ** 2 for w, a, m in zip(weights, y, fit["mu"], strict=True)) / n_free
    now = [float(k == 0) for k in names] + ([0.0] if with_trend else [])
    return fit, phi, spread, now, n_free


def naive_farrington(
    series, row, *, b=5, w=3, n_periods=1, excluded=None, freq=52, centres=None, method="delta", power=2 / 3,
    threshold=2.58, with_trend=True, trend_p=0.05, limit54=(5, 4), alpha=0.05, population=None,
    definition="surveillance",
):  # fmt: skip
    """(mu0, phi, upper, p_value, alarm, enough, trend) of one series at one row."""
    centres = [row - freq * j for j in range(1, b + 1)] if centres is None else centres
    nothing = (NAN, NAN, NAN, NAN, False, False, False)
    if min(centres) - w < 0:
        return nothing
    seasons = naive_seasons(
        row, centres, w=w, n_periods=n_periods, excluded=w if excluded is None else excluded
    )
    people = [1.0] * len(series) if population is None else population
    used = [t for t in seasons if series[t] >= 0 and people[t] > 0]
    if not any(seasons[t] == 0 for t in used) or not people[row] > 0:
        return nothing
    y, times, groups = [series[t] for t in used], [float(t - row) for t in used], [seasons[t] for t in used]
    offset = [math.log(people[t]) for t in used]
    options = {"threshold": threshold, "definition": definition}
    trend = False
    if with_trend and len(set(times)) > 1:
        made = _model(y, times, groups, offset, with_trend=True, **options)
        if made is not None:
            fit, phi, spread, now, n_free = made
            slope, variance = fit["coefficients"][-1], spread * fit["inverse"][-1][-1]
            mean = people[row] * math.exp(fit["coefficients"][0])
            p = 2 * stats.t.sf(abs(slope) / math.sqrt(variance), n_free)
            trend = p < trend_p and b >= 3 and mean <= max(y)
    if not trend:
        fit, phi, spread, now, n_free = _model(y, times, groups, offset, with_trend=False, **options)
    mean = people[row] * math.exp(fit["coefficients"][0])
    error = math.sqrt(spread * quadratic(now, fit["inverse"]))
    upper, p_value = _bound(series[row], mean, error, phi, method=method, power=power, alpha=alpha)
    last = series[max(0, row - limit54[1] + 1) : row + 1]
    enough = not any(map(math.isnan, last)) and sum(last) >= limit54[0]
    return mean, phi, upper if enough else NAN, p_value, enough and series[row] > upper, enough, trend


def _bound(count, mean, error, phi, *, method, power, alpha):
    z = stats.norm.ppf(1 - alpha)
    if method == "delta":
        sd = power * mean ** (power - 1) * math.sqrt(phi * mean + (error * mean) ** 2)
        upper = max(0.0, mean**power + z * sd) ** (1 / power)
        return upper, stats.norm.sf((count**power - mean**power) / sd)
    if method == "mu_an":
        mean = mean * math.exp(z * error)
    n = 600 + int(60 * phi)  # far enough for tails that fall by 1 - 1 / phi from count to count
    return naive_quantile(alpha, mean, phi, n), (
        NAN if math.isnan(count) else naive_upper_tail(int(count), mean, phi, n)
    )
