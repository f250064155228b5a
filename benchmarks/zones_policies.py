"""The candidates of fireline.zones as policies of the backtest, by name.

    python benchmarks/zones_backtest.py --development --with benchmarks.zones_policies:TRIED
    python benchmarks/zones_backtest.py --with benchmarks.zones_policies:CHOSEN --modelled benchmarks.zones_policies:modelled

Risk is drawn from what the planner sees, with the stand-in assumptions of ``zones.course.Spread``: the planner
knows neither the outbreak's reproduction number nor its recall, mobility or obedience. ``TRIED`` holds what was
tried on the counties of development, ``CHOSEN`` what was fixed on them before the counties of the verdict.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from fireline.words import Words
from fireline.zones.candidates.count import figures
from fireline.zones.candidates.model import Candidate, Effect, Limits
from fireline.zones.candidates.optimum import optimum
from fireline.zones.candidates.threshold import threshold
from fireline.zones.candidates.worth import by_worth
from fireline.zones.course import Spread
from fireline.zones.ground import Ground, Situation
from fireline.zones.risk import Risk, surface

Levels = NDArray[np.int8]
EFFECT, LIMITS = Effect(), Limits()
SPREAD = Spread(n_draws=6)
"""Six draws instead of fifty: the mean hardly moves, and five plans a run stay affordable."""


def risk_of(ground: Ground, seen: Situation, spread: Spread = SPREAD) -> Risk:
    """The planner's risk; the seed is the number of cases and visits, so policies share it while they agree."""
    return surface(ground, seen, spread, rng=np.random.default_rng([seen.n_cases, len(seen.visit_day)]))


def worth(ground: Ground, seen: Situation, *, of: float, managed: float = EFFECT.managed) -> Levels:
    """The rule of worth, with what managing is held to prevent."""
    more = managed / EFFECT.managed
    risk = risk_of(ground, seen)
    return by_worth(ground, risk, EFFECT, LIMITS, per_person_day=of, managed_more=more).level


def by_coverage(ground: Ground, seen: Situation, *, coverage: float) -> Levels:
    """The threshold rule for a share of the modelled risk."""
    return threshold(ground, risk_of(ground, seen), EFFECT, LIMITS, coverage=coverage).level


def optimal(ground: Ground, seen: Situation, *, coverage: float) -> Levels:
    """The optimum for a share of the modelled risk, within one second."""
    return optimum(ground, risk_of(ground, seen), EFFECT, LIMITS, coverage=coverage, seconds=1.0).level


def modelled(ground: Ground, seen: Situation, levels: Levels) -> float:
    """Coverage that the planner's own model claims for a plan."""
    risk = risk_of(ground, seen)
    return (
        figures(ground, risk, Candidate("plan", levels, Words.same("plan")), EFFECT, LIMITS).coverage or 0.0
    )


TRIED = {
    **{f"worth_{w:g}": partial(worth, of=w) for w in (8e-6, 4e-6, 2e-6, 1e-6)},
    **{
        f"wide_{m:g}_{w:g}": partial(worth, of=w, managed=m) for m in (0.7, 0.8) for w in (3e-6, 2e-6, 1.5e-6)
    },
    **{f"coverage_{c:g}": partial(by_coverage, coverage=c) for c in (0.5, 0.7)},
}

CHOSEN = {
    "worth_2e-06": partial(worth, of=2e-6),
    "wide_3e-06": partial(worth, of=3e-6, managed=0.8),
    "wide_2e-06": partial(worth, of=2e-6, managed=0.8),
}
"""Fixed on counties 1 to 3 before counties 11 to 15 were run. *wide*: managing is held to prevent 0.8, so that more
units are managed rather than fewer sealed."""
