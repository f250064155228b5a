"""Zones from small to large: fewest person-days for each coverage, so that a person sees the price.

Chapter 8: several optima of one question; reads terms, is read by the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fireline.zones.candidates.model import Candidate, Effect, Limits
from fireline.zones.candidates.optimum import optimum
from fireline.zones.candidates.terms import terms
from fireline.zones.candidates.threshold import nothing_to_draw, smallest
from fireline.zones.ground import Ground
from fireline.zones.risk import Risk

SHARES = (0.2, 0.4, 0.55, 0.7, 0.8, 0.9, 0.97)
"""Coverages of the curve, as shares of the largest that the rules allow."""


def pareto(
    ground: Ground,
    risk: Risk,
    effect: Effect,
    limits: Limits,
    *,
    shares: Sequence[float] = SHARES,
    seconds: float = 1.0,
    gap: float = 0.02,
    is_exact: bool = True,
) -> tuple[Candidate, ...]:
    """Optima of rising coverage.

    Parameters
    ----------
    shares : coverages as shares of the largest reachable one, each above 0 and at most 1
    seconds : time of each optimum; gap : relative gap at which it may stop
    is_exact : bool   False gives the threshold rule's zones instead, without a gap, in a few milliseconds

    Returns
    -------
    tuple of Candidate   "pareto_20" ... by rising coverage; each costs more than the one before it (a zone
        that covers more for no more is kept instead); empty where nothing can be drawn

    Raises
    ------
    ValueError   a share is not above 0 and at most 1
    """
    if not all(0.0 < s <= 1.0 for s in shares):
        raise ValueError(f"shares: expected numbers above 0 and at most 1, found {tuple(shares)}")
    t = terms(ground, risk, effect, limits)
    if nothing_to_draw(t):
        return ()
    most = t.reachable()
    kept: list[Candidate] = []
    for share in sorted(set(shares)):
        if is_exact:
            found = optimum(ground, risk, effect, limits, coverage=share * most, gap=gap, seconds=seconds)
        else:
            found = optimum(ground, risk, effect, limits, coverage=0.0)
            found = replace(found, level=smallest(t, coverage=share * most), gap=None)
        found = replace(found, name=f"pareto_{round(100 * share)}")
        while kept and t.cost(kept[-1].level) >= t.cost(found.level) - 1e-9:
            kept.pop()
        if not kept or not np.array_equal(kept[-1].level, found.level):
            kept.append(found)
    return tuple(kept)
