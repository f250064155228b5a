"""Slow twin of kernels.growth: the same posterior with full matrices and scipy's own distributions."""

import math

import numpy as np
from scipy.stats import nbinom, norm, poisson


def _log_posterior(theta, y, x, day, shift, phi, tau, rate_sd, centre):
    rate, effects = theta[1], theta[2:]
    found = norm.logpdf(theta[0], centre, 5.0) + norm.logpdf(rate, 0, rate_sd)
    if tau:
        found += norm.logpdf(effects, 0, tau).sum()
    mean = np.exp(theta[0] + rate * np.array(x) + (effects[np.array(day)] if tau else 0.0) + shift)
    masses = poisson.logpmf(y, mean) if phi == 0 else nbinom.logpmf(y, 1 / phi, 1 / (1 + phi * mean))
    return found + masses.sum()


def _derivatives(theta, y, x, day, shift, phi, tau, rate_sd, centre):
    """Gradient and negative second derivatives, with the design written out."""
    p = 9 if tau else 2
    design = np.zeros((len(y), p))
    design[:, 0], design[:, 1] = 1, x
    if tau:
        design[np.arange(len(y)), 2 + np.array(day)] = 1
    precision = np.diag([1 / 25, 1 / rate_sd**2, *([1 / tau**2] * (p - 2) if tau else [])])
    mean = np.exp(design @ theta + shift)
    pull = (y - mean) / (1 + phi * mean)
    bend = mean * (1 + phi * np.array(y)) / (1 + phi * mean) ** 2
    origin = np.zeros(p)
    origin[0] = centre
    return design.T @ pull - precision @ (theta - origin), design.T @ (bend[:, None] * design) + precision


def _laplace(y, x, day, shift, phi, tau, rate_sd):
    centre = math.log(np.mean(y) + 0.5)
    given = (y, x, day, shift, phi, tau, rate_sd, centre)
    theta = np.zeros(9 if tau else 2)
    theta[0] = centre
    for _ in range(200):
        gradient, curvature = _derivatives(theta, *given)
        step = np.linalg.solve(curvature, gradient)
        while _log_posterior(theta + step, *given) < _log_posterior(theta, *given) - 1e-12:
            step = step / 2
        theta = theta + step
        if np.abs(step).max() < 1e-10:
            break
    _, curvature = _derivatives(theta, *given)
    evidence = _log_posterior(theta, *given) + 0.5 * len(theta) * math.log(2 * math.pi)
    evidence -= 0.5 * np.linalg.slogdet(curvature)[1]
    return theta[1], math.sqrt(np.linalg.inv(curvature)[1, 1]), evidence


def naive_growth(series, weekday, *, n_days, dispersions, weekday_sds, rate_sds, band, seen=None):
    """The last window of one series (NaN = not reported) -> (mean, sd, above, below, rising) of the rate."""
    first = len(series) - n_days
    rows = [t for t in range(first, len(series)) if not math.isnan(series[t])]
    y = [series[t] for t in rows]
    x = [t - first - (n_days - 1) / 2 for t in rows]
    day = [weekday[t] for t in rows]
    shift = np.array([0.0 if seen is None else math.log(seen[t]) for t in rows])
    parts = [
        _laplace(y, x, day, shift, phi, tau, rate_sd)
        for tau in weekday_sds
        for rate_sd in rate_sds
        for phi in dispersions
    ]
    best = max(e for _, _, e in parts)
    weights = [math.exp(e - best) for _, _, e in parts]
    weights = [w / sum(weights) for w in weights]
    mean = sum(w * r for w, (r, _, _) in zip(weights, parts, strict=True))
    variance = sum(w * (s**2 + (r - mean) ** 2) for w, (r, s, _) in zip(weights, parts, strict=True))

    def above(limit):
        return sum(w * norm.sf(limit, r, s) for w, (r, s, _) in zip(weights, parts, strict=True))

    return mean, math.sqrt(variance), above(band), 1 - above(-band), above(0)
