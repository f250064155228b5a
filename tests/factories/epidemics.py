"""Made-up epidemics with a known truth: a renewal process, and reports that come late."""

from __future__ import annotations

import numpy as np

from fireline.signals import discretise_serial_interval


def renewal_epidemic(rng, *, r, seeds=5, mean=4.0, sd=2.0, imports=0.0, n_series=None):
    """Daily cases of a renewal process with reproduction number r by day.

    Returns (all cases, imported cases), arrays of shape (n_days,) or (n_days, n_series); row 0 holds the seeds.
    """
    r = np.asarray(r, float)
    weights = discretise_serial_interval(mean, sd, n_days=r.size)
    n = n_series or 1
    total, came = np.zeros((r.size, n)), rng.poisson(imports, (r.size, n)).astype(float)
    came[0] = seeds
    total[0] = seeds
    for t in range(1, r.size):
        force = (weights[t:0:-1, None] * total[:t]).sum(axis=0)
        total[t] = came[t] + rng.poisson(r[t] * force)
    return (total, came) if n_series else (total[:, 0], came[:, 0])


def delays_like(n_delays, *, mean=4.0):
    """A humped distribution of delays 0 .. n_delays - 1."""
    k = np.arange(n_delays)
    share = np.exp(-k / mean) * (k + 0.5)
    return share / share.sum()


def late_reports(rng, final, *, delays, weekend="open", scatter=0.0):
    """Reporting triangle of cases that are reported late, and how many of each day will be in the end.

    weekend: "open", "closed" (rows 5 and 6 of each week report nothing, it waits for the next open day) or
    "half" (half of what falls on a weekend waits). scatter: how much delays differ from day to day.
    """
    final = np.asarray(final, int)
    n_days, n_delays = final.size, delays.size
    triangle, done = np.zeros((n_days, n_delays)), np.zeros(n_days)
    for t, n in enumerate(final):
        share = rng.dirichlet(delays / scatter) if scatter else delays
        for row in t + rng.choice(n_delays, size=n, p=share):
            if row % 7 >= 5 and (weekend == "closed" or (weekend == "half" and rng.random() < 0.5)):
                row += 7 - row % 7
            if row - t < n_delays:
                done[t] += 1
                if row < n_days:
                    triangle[t, row - t] += 1
    return triangle, done


def growing_series(
    rng, n_series, *, n_days=14, level=(1, 50), rate_sd=0.1, dispersion=(0, 0.3), weekday_sd=(0, 0.4)
):
    """Counts around exponential growth with weekday effects and scatter; returns (rates, counts)."""
    rate = rng.normal(0, rate_sd, n_series)
    base = np.exp(rng.uniform(np.log(level[0]), np.log(level[1]), n_series))
    effect = rng.normal(0, 1, (7, n_series)) * rng.uniform(*weekday_sd, n_series)
    x = np.arange(n_days) - (n_days - 1) / 2
    mean = base * np.exp(rate * x[:, None] + effect[np.arange(n_days) % 7])
    phi = np.maximum(rng.uniform(*dispersion, n_series), 1e-9)
    return rate, rng.poisson(mean * rng.gamma(1 / phi, phi, mean.shape)).astype(float)
