"""Detectors of one stream side by side on the standard simulation: 42 scenarios, 2,100 series of 624 weeks.

FPR: share of series-weeks that alarm without a current outbreak. POD: outbreaks found in any week that holds
cases of them; POD1wk: in their first week. Delay: weeks until the first alarm, of those found. Sensitivity and
PPV are of series-weeks. All of one draw; ``python -m benchmarks.signals_accuracy [--seed S] [--quick]``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fireline.drill.series import N_SCORED, SimulatedSeries, simulate
from fireline.signals import ears, farrington_flexible, glr_cusum, temporal_scan

Alarms = NDArray[np.bool_]
NOUFAILY = {
    "b": 5,
    "w": 3,
    "n_periods": 10,
    "weeks_excluded": 26,
    "threshold_method": "nb_plugin",
    "trend_p": 1.0,
}
TEN_YEARS = {**NOUFAILY, "b": 10}
"""Chosen on development draws (seeds 104 and 105): more years make phi surer, so fewer quiet weeks alarm."""
SAME_RATE = 0.0089
"""False positive rate at which scan and CUSUM are compared: that of Farrington-flexible at 0.01."""
LEAVE = 0.0006
"""Below SAME_RATE on the development draw: a level fitted to one draw comes out a little higher on others."""
DEVELOPMENT_SEED = 41


class Score(NamedTuple):
    """Figures of one method, in percent; ``delay`` in weeks."""

    fpr: float
    pod: float
    pod_first: float
    sensitivity: float
    ppv: float
    f1: float
    delay: float


def score(quiet: Alarms, current: Alarms, world: SimulatedSeries) -> Score:
    """Judge alarms of the scored weeks, shape (n_scored, n_series), without and with the current outbreak."""
    is_current = world.is_current[-N_SCORED:]
    first = np.where(is_current.any(axis=0), is_current.argmax(axis=0), -1)
    held = first >= 0
    hits = current & is_current
    found = hits.any(axis=0)[held]
    at_once = current[first[held], np.flatnonzero(held)]
    delay = (hits.argmax(axis=0) - first)[held][found]
    tp, fn, fp = hits.sum(), (is_current & ~current).sum(), (current & ~is_current).sum()
    sensitivity, ppv = tp / max(tp + fn, 1), tp / max(tp + fp, 1)
    f1 = 2 * sensitivity * ppv / max(sensitivity + ppv, 1e-12)
    parts = (quiet.mean(), found.mean(), at_once.mean(), sensitivity, ppv, f1)
    return Score(*(100 * float(p) for p in parts), float(delay.mean()))


def judged(world: SimulatedSeries) -> Iterator[tuple[str, Score]]:
    """Every method with its figures."""
    at = np.arange(len(world.counts) - N_SCORED, len(world.counts))
    both = (world.quiet, world.counts)
    for alpha in (0.005, 0.01, 0.05):
        quiet, current = (farrington_flexible(c, at, **NOUFAILY, alpha=alpha) for c in both)
        yield f"Farrington-flexible {alpha:g}", score(quiet.alarm, current.alarm, world)
    quiet, current = (farrington_flexible(c, at, **TEN_YEARS, alpha=0.01) for c in both)
    yield "flexible, ten years, 0.01", score(quiet.alarm, current.alarm, world)
    for method in ("C1", "C2", "C3"):
        quiet, current = (ears(c, at, method=method, alpha=0.01) for c in both)
        yield f"EARS {method} 0.01", score(quiet.alarm, current.alarm, world)
    yield "GLR CUSUM, 8 weeks", _at_same_rate(world, lambda c: _cusum(c, at))
    for windows in ((1, 2), (1, 2, 3)):
        name = f"ten years + scan of {windows[-1]} weeks"
        yield name, _at_same_rate(world, lambda c, w=windows: _scan(c, at, w))


def _scan(
    counts: NDArray[np.float64], at: NDArray[np.int64], windows: tuple[int, ...]
) -> NDArray[np.float64]:
    rows = np.arange(at[0] - windows[-1] + 1, at[-1] + 1)
    base = farrington_flexible(counts, rows, **TEN_YEARS, alpha=0.01)
    mu0 = np.full(counts.shape, np.nan)
    mu0[rows] = base.mu0
    phi = np.ones(counts.shape)
    phi[rows] = np.nan_to_num(base.phi, nan=1.0)
    found = temporal_scan(counts, at, mu0=mu0, phi=phi, windows=windows)
    return np.where(base.enough[-len(at) :], np.nan_to_num(found.score), 0.0)


def _cusum(counts: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    found = glr_cusum(counts, at, window=8, restarts=False, with_upper=False)
    return np.nan_to_num(found.statistic)


def _at_same_rate(world: SimulatedSeries, of: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Score:
    """The statistic from which SAME_RATE of quiet weeks alarm, less LEAVE, is found on a draw of its own."""
    past = simulate(
        rng=np.random.default_rng(DEVELOPMENT_SEED), past_sizes=(0, 3, 10), current_sizes=(1, 2, 3)
    )
    least = float(np.quantile(of(past.quiet), 1.0 - (SAME_RATE - LEAVE)))
    quiet, current = (of(c) for c in (world.quiet, world.counts))
    return score(quiet >= least, current >= least, world)


def table(seed: int, *, is_quick: bool = False) -> list[tuple[str, Score]]:
    """Print the table; returns its rows. Quick: 378 of the 2,100 series."""
    fewer = {"past_sizes": (0, 3, 10), "current_sizes": (2, 5, 8)} if is_quick else {}
    world = simulate(rng=np.random.default_rng(seed), **fewer)
    print(f"{world.counts.shape[1]:,} series")
    print(
        f"{'percent; delay in weeks':28}"
        + "".join(f"{n:>9}" for n in ("FPR", "POD", "POD1wk", "sens", "PPV", "F1", "delay"))
    )
    rows = []
    for name, found in judged(world):
        rows.append((name, found))
        print(f"{name:28}" + "".join(f"{v:9.2f}" for v in found), flush=True)
    return rows


def main() -> None:
    """Print the table and the goals."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=203)
    parser.add_argument("--quick", action="store_true", help="378 series instead of 2,100")
    said = parser.parse_args()
    rows = dict(table(said.seed, is_quick=said.quick))
    best, fast = rows["ten years + scan of 2 weeks"], rows["flexible, ten years, 0.01"]
    goals = (("POD", best.pod, 51.0), ("PPV", best.ppv, 69.0), ("F1", best.f1, 45.0))
    for name, value, goal in goals:
        print(f"scan of 2 weeks: {name} missed\t{max(goal - value, 0.0):.2f}\t%\t0")
    print(
        f"scan of 2 weeks: FPR above {100 * SAME_RATE:.2f}\t{max(best.fpr - 100 * SAME_RATE, 0.0):.2f}\t%\t0"
    )
    print(f"flexible 0.01: POD1wk missed\t{max(39.0 - fast.pod_first, 0.0):.2f}\t%\t0")
    print(f"flexible 0.01: FPR above 1\t{max(fast.fpr - 1.0, 0.0):.2f}\t%\t0")


if __name__ == "__main__":
    main()
