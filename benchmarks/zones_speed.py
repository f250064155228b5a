"""Seconds of CPU and proven gaps of zone candidates on random counties with gates, and of the risk surface.

``python -m benchmarks.zones_speed`` (2,000 units, 30 outbreaks), ``... 20000`` for one large county.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from benchmarks.zones_ground import make_ground, make_situation, make_travel
from fireline.zones.candidates.model import Effect, Limits
from fireline.zones.candidates.optimum import optimum
from fireline.zones.candidates.pareto import pareto
from fireline.zones.candidates.terms import terms
from fireline.zones.candidates.threshold import threshold
from fireline.zones.candidates.worth import by_worth
from fireline.zones.course import Spread
from fireline.zones.risk import surface

EFFECT, LIMITS = Effect(), Limits()


def once(n: int, seed: int, *, n_cases: int | None = None, seconds: float) -> dict[str, float]:
    """Figures of one outbreak in one random county."""
    rng = np.random.default_rng(seed)
    ground = make_ground(n, rng)
    situation = make_situation(ground, make_travel(ground, rng), n_cases or int(rng.integers(1, 100)), rng)
    marks = [time.process_time()]

    def took() -> float:
        marks.append(time.process_time())
        return marks[-1] - marks[-2]

    risk = surface(ground, situation, Spread(), rng=rng)
    risk_s = took()
    t = terms(ground, risk, EFFECT, LIMITS)
    coverage = float(rng.choice([0.35, 0.5, 0.65, 0.8])) * t.reachable() / 0.9
    took()
    fast = threshold(ground, risk, EFFECT, LIMITS, coverage=coverage)
    threshold_s = took()
    best = optimum(ground, risk, EFFECT, LIMITS, coverage=coverage, gap=0.01, seconds=seconds)
    optimum_s = took()
    by_worth(ground, risk, EFFECT, LIMITS)
    worth_s = took()
    curve = pareto(ground, risk, EFFECT, LIMITS, seconds=0.5)
    return {
        "risk s": risk_s, "threshold ms": 1e3 * threshold_s, "optimum s": optimum_s,
        "gap": float("nan") if best.gap is None else best.gap,
        "threshold over": t.cost(fast.level) / t.cost(best.level) - 1, "worth s": worth_s, "curve s": took(),
        "curve points": len(curve), "units in": int((best.level > 0).sum()), "cases": situation.n_cases,
    }  # fmt: skip


def main() -> None:
    """Print figures: one row for each outbreak, then median, 90th percentile and largest."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    once(300, 0, n_cases=3, seconds=1.0)  # compile
    count, n_cases, seconds = (1, 200, 60.0) if n > 5_000 else (30, None, 10.0)
    rows = []
    for k in range(count):
        rows.append(once(n, 500 + k, n_cases=n_cases, seconds=seconds))
        print(k, *(f"{name} {value:.4g}" for name, value in rows[-1].items()), sep="  ", flush=True)
    for name in rows[0]:
        column = np.array([row[name] for row in rows])
        print(
            f"{name:15s} median {np.median(column):.4g}  p90 {np.quantile(column, 0.9):.4g}  max {column.max():.4g}"
        )


if __name__ == "__main__":
    main()
