"""The standard simulation of weekly counts: 42 scenarios with past and current outbreaks, 2,100 series.

Drill: judges detectors on series whose outbreaks are known; read by benchmarks and tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

N_WEEKS = 624
"""Twelve years."""
N_SCORED = 49
"""Weeks at the end of which one holds the start of the current outbreak."""
PAST_STARTS = (313, 575)
"""First and last week, counted from one, in which a past outbreak can start."""
CURRENT_STARTS = (576, 624)
N_PAST = 4
PAST_SIZES = (0, 2, 3, 5, 10)
CURRENT_SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
_SPREAD_LOG_SD = 0.5


class Scenario(NamedTuple):
    """How the counts of one series arise where no outbreak is.

    Attributes
    ----------
    theta : float, log of the mean before trend and season
    beta : float, growth of the log mean per week; 0 = no trend
    gamma_cos, gamma_sin : float, size of the season
    n_harmonics : int, 0 = no season
    phi : float, >= 1, variance over mean; 1 = Poisson
    """

    theta: float
    beta: float
    gamma_cos: float
    gamma_sin: float
    n_harmonics: int
    phi: float

    def mean(self, n_weeks: int = N_WEEKS) -> F64:
        """Expected counts of weeks 1 .. n_weeks, shape (n_weeks,)."""
        week = np.arange(1, n_weeks + 1)
        log_mean = self.theta + self.beta * week
        for j in range(1, self.n_harmonics + 1):
            angle = 2 * np.pi * j * week / 52
            log_mean = log_mean + self.gamma_cos * np.cos(angle) + self.gamma_sin * np.sin(angle)
        return np.exp(log_mean)


_BASES = (
    (0.1, 0.0025, 0.6, 0.6, 1.5),
    (-2.0, 0.005, 0.1, 0.3, 2.0),
    (1.5, 0.003, 0.2, -0.4, 1.0),
    (0.5, 0.002, 0.5, 0.5, 5.0),
    (2.5, 0.001, 1.0, 0.1, 3.0),
    (3.75, 0.001, 0.1, -0.1, 1.1),
    (5.0, 0.0001, 0.05, 0.01, 1.2),
)
SCENARIOS = tuple(
    Scenario(theta, beta if has_trend else 0.0, gamma_cos, gamma_sin, n_harmonics, phi)
    for theta, beta, gamma_cos, gamma_sin, phi in _BASES
    for has_trend in (True, False)
    for n_harmonics in (0, 1, 2)
)
"""The 42 scenarios; their position here is the scenario id."""


@dataclass(frozen=True, slots=True)
class SimulatedSeries:
    """Series side by side with what is true of them; time first.

    Attributes
    ----------
    quiet : float64 array, shape (n_weeks, n_series)   counts without the current outbreak, past ones in
    counts : float64 array, shape (n_weeks, n_series)   counts with the current outbreak
    is_past, is_current : bool arrays, shape (n_weeks, n_series)   weeks that hold cases of an outbreak
    start : int64 array, shape (n_series,)   row in which the current outbreak starts
    size : int64 array, shape (n_series,)   cases of the current outbreak, also those after the last week
    mean : float64 array, shape (n_weeks, n_series)   true mean of the counts outside outbreaks
    phi : float64 array, shape (n_series,)   true variance over mean
    scenario : int64 array, shape (n_series,)   position in SCENARIOS
    past_size, current_size : int64 arrays, shape (n_series,)   sizes in standard deviations (k)
    """

    quiet: F64
    counts: F64
    is_past: NDArray[np.bool_]
    is_current: NDArray[np.bool_]
    start: I64
    size: I64
    mean: F64
    phi: F64
    scenario: I64
    past_size: I64
    current_size: I64

    @property
    def scored_rows(self) -> I64:
        """Rows in which the current outbreak can start, the last 49."""
        n_weeks = self.counts.shape[0]
        return np.arange(n_weeks - N_SCORED, n_weeks)


def simulate(
    *,
    rng: np.random.Generator,
    scenarios: Sequence[Scenario] = SCENARIOS,
    past_sizes: Sequence[int] = PAST_SIZES,
    current_sizes: Sequence[int] = CURRENT_SIZES,
) -> SimulatedSeries:
    """Draw one series for every scenario, size of past and size of current outbreaks.

    Parameters
    ----------
    rng : Generator   all chance; the same generator state gives the same series
    scenarios : sequence of Scenario
    past_sizes, current_sizes : sequences of int, >= 0   sizes in standard deviations of the counts at the
        start of an outbreak; 0 = none

    Returns
    -------
    SimulatedSeries   scenario slowest, current size fastest

    Raises
    ------
    ValueError   a size is negative

    Notes
    -----
    An outbreak of size k that starts in week s has Poisson(k sd_s) cases, drawn again until there is one;
    case i falls floor(LogNormal(0, 0.5)) weeks after s. Four past outbreaks start in weeks 313 .. 575, the
    current one in weeks 576 .. 624. Cases that fall after the last week are not counted.

    References
    ----------
    .. [1] Noufaily A. et al. (2013), An improved algorithm for outbreak detection in multiple surveillance
       systems, Stat Med 32:1206-1222, doi:10.1002/sim.5595: scenarios and outbreaks of section 3.
    """
    if min(*past_sizes, *current_sizes) < 0:
        raise ValueError("sizes: expected 0 or more standard deviations")
    grid = [(i, k1, k2) for i in range(len(scenarios)) for k1 in past_sizes for k2 in current_sizes]
    scenario, past_size, current_size = np.array(grid, np.int64).reshape(-1, 3).T
    n_series = scenario.size
    mean = np.stack([s.mean() for s in scenarios], axis=1)[:, scenario]
    phi = np.array([s.phi for s in scenarios])[scenario]
    base = _counts(mean, phi, rng)
    past = np.zeros_like(base)
    for _ in range(N_PAST):
        start = rng.integers(PAST_STARTS[0] - 1, PAST_STARTS[1], n_series)
        _add_outbreaks(past, start=start, k=past_size, mean=mean, phi=phi, rng=rng)
    current = np.zeros_like(base)
    start = rng.integers(CURRENT_STARTS[0] - 1, CURRENT_STARTS[1], n_series)
    size = _add_outbreaks(current, start=start, k=current_size, mean=mean, phi=phi, rng=rng)
    quiet = base + past
    return SimulatedSeries(
        *(quiet, quiet + current, past > 0, current > 0, start, size),
        *(mean, phi, scenario, past_size, current_size),
    )


def _counts(mean: F64, phi: F64, rng: np.random.Generator) -> F64:
    """Negative binomial counts of variance phi times the mean, Poisson where phi is 1."""
    is_even = np.broadcast_to(phi <= 1.0, mean.shape)
    excess = np.where(phi > 1.0, phi - 1.0, 1.0)
    spread = rng.negative_binomial(mean / excess, 1.0 / (1.0 + excess))
    return np.where(is_even, rng.poisson(mean), spread).astype(np.float64)


def _add_outbreaks(cases: F64, *, start: I64, k: I64, mean: F64, phi: F64, rng: np.random.Generator) -> I64:
    """Add one outbreak to every series in place; gives its size."""
    size = np.zeros(start.size, np.int64)
    for series, row in enumerate(start):
        if k[series] == 0:
            continue
        expected = k[series] * np.sqrt(phi[series] * mean[row, series])
        n = 0
        while n == 0:
            n = int(rng.poisson(expected))
        size[series] = n
        rows = row + np.floor(rng.lognormal(0.0, _SPREAD_LOG_SD, n)).astype(np.int64)
        np.add.at(cases[:, series], rows[rows < cases.shape[0]], 1.0)
    return size
