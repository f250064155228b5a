"""All candidates of one question side by side, the rule's zone first.

Chapter 8: the one door that the page and the drill come through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fireline.zones.candidates.count import Capacity, Figures, figures
from fireline.zones.candidates.crude import crude
from fireline.zones.candidates.model import Candidate, Effect, Limits
from fireline.zones.candidates.optimum import optimum
from fireline.zones.candidates.threshold import threshold
from fireline.zones.candidates.two_tier import two_tier
from fireline.zones.candidates.worth import PER_PERSON_DAY, by_worth
from fireline.zones.course import Spread
from fireline.zones.ground import Ground, Situation
from fireline.zones.risk import Risk, surface

MATCH = None
"""Coverage None: threshold and optimum reach what the two-tier rule covers, so that people compare."""

_LEAST_COVERAGE = 0.5
"""Coverage asked for where the two-tier rule covers nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the candidates are made.

    Attributes
    ----------
    coverage : float or None, share of the modelled risk that threshold and optimum prevent; None = as much as
        the two-tier rule does
    seconds : float, time that the optimiser may take
    gap : float, relative gap at which it may stop
    worth : float, of the rule of worth: infections that a weighted person-day has to prevent
    """

    coverage: float | None = MATCH
    seconds: float = 2.0
    gap: float = 0.005
    worth: float = PER_PERSON_DAY


def side_by_side(
    ground: Ground,
    situation: Situation,
    effect: Effect,
    limits: Limits,
    *,
    rng: np.random.Generator,
    spread: Spread | None = None,
    risk: Risk | None = None,
    capacity: Capacity | None = None,
    settings: Settings | None = None,
    clock: Callable[[], float] | None = None,
) -> tuple[tuple[Candidate, Figures], ...]:
    """Every candidate with its figures, the two-tier rule first.

    Parameters
    ----------
    ground, situation : Ground, Situation   of the same units
    effect, limits : Effect, Limits   what levels do, what the rules allow
    rng : numpy Generator   for the interval of the risk; not used where ``risk`` is given
    spread : Spread or None   assumptions of the risk; the stated stand-ins where None
    risk : Risk or None   a surface made before; made here where None
    capacity : Capacity or None
    settings : Settings or None
    clock : function that gives seconds, or None   fills ``Candidate.seconds``; 0 where None

    Returns
    -------
    tuple of (Candidate, Figures)   two_tier, two_tier_township, threshold, optimum, worth, circles, township

    Raises
    ------
    InputError   ground, situation and risk do not belong together

    Notes
    -----
    Where nothing can be drawn (no case in any unit, nothing allowed, no risk) the candidate is empty and its
    notes say why; a coverage out of reach gives the largest that can be reached, and says so.
    """
    settings = settings or Settings()
    risk = surface(ground, situation, spread or Spread(), rng=rng) if risk is None else risk
    tick = clock or (lambda: 0.0)
    found: list[tuple[Candidate, Figures]] = []

    def add(make: Callable[[], Candidate]) -> None:
        begin = tick()
        made = make()
        found.append(
            (_timed(made, tick() - begin), figures(ground, risk, made, effect, limits, capacity=capacity))
        )

    add(lambda: two_tier(ground, risk, limits))
    coverage = settings.coverage
    if coverage is None:
        coverage = found[0][1].coverage or _LEAST_COVERAGE
    add(lambda: two_tier(ground, risk, limits, whole_township=True))
    add(lambda: threshold(ground, risk, effect, limits, coverage=coverage))
    add(
        lambda: optimum(
            ground, risk, effect, limits, coverage=coverage, gap=settings.gap, seconds=settings.seconds
        )
    )
    add(lambda: by_worth(ground, risk, effect, limits, per_person_day=settings.worth))
    for candidate in crude(ground, risk, limits):
        add(lambda candidate=candidate: candidate)  # type: ignore[misc]
    return tuple(found)


def _timed(candidate: Candidate, seconds: float) -> Candidate:
    return Candidate(
        candidate.name, candidate.level, candidate.words, candidate.gap, seconds, candidate.notes
    )
