"""The robust zone: no coverage is aimed at; restrict while a person-day buys enough chance of containment.

Chapter 8: uses every draw of the risk, so that what is not known counts; beside the optimum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fireline.words import Words
from fireline.zones.candidates.model import Candidate, Effect, Limits
from fireline.zones.candidates.terms import MANAGED, SEALED, Terms, terms
from fireline.zones.candidates.threshold import by_worth, nothing_to_draw, tidy
from fireline.zones.ground import Ground
from fireline.zones.risk import Risk

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

_ROUNDS = 20


def robust(
    ground: Ground,
    risk: Risk,
    effect: Effect,
    limits: Limits,
    *,
    worth: float = 1e-6,
    survival: float = 0.3,
    floor: bool = True,
) -> Candidate:
    """Zone with the best balance of the chance of containment and weighted person-days.

    Parameters
    ----------
    worth : chance of containment (as natural logarithm) that one weighted person-day has to buy; 1e-6 = a
        tenth more chance for 100,000 person-days
    survival : chance that one infection that is not prevented starts a chain that tracing does not end
    floor : restrict what the two-tier rule names first: cases' units, at the level it gives, come always

    Returns
    -------
    Candidate   "robust"

    Raises
    ------
    InputError   risk and ground do not belong together
    ValueError   worth or survival is not above 0

    Notes
    -----
    In draw d the zone leaves U_d = sum_i r_di (1 - e_i) infections, and is contained with chance
    exp(-survival U_d). The zone maximises log mean_d exp(-survival U_d) - worth x person-days. The first term
    is convex in the e_i, so its tangent lies below it: each round weighs the draws by exp(-survival U_d),
    solves the linear question unit by unit (threshold rule, gates by single steps), and never gets worse.
    Draws in which containment is out of reach weigh little: person-days go where they can still decide.
    Unlike a coverage, this gives a small outbreak a small zone and a large one a large zone.
    """
    if worth <= 0 or survival <= 0:
        raise ValueError(f"robust: worth and survival must be above 0, found {worth}, {survival}")
    words = Words(
        "按全部抽样的控制机会与人日权衡", "chance of containment over all draws against person-days"
    )
    t = terms(ground, risk, effect, limits)
    level = np.zeros(ground.n, dtype=np.int8)
    notes = nothing_to_draw(t)
    if notes:
        return Candidate("robust", level, words, notes=notes)
    always = _always(risk, t) if floor else level
    best, height = level, -np.inf
    for _ in range(_ROUNDS):
        left = risk.draws @ (1.0 - _prevents(level, effect))
        weight = np.exp(-survival * (left - left.min()))
        value = survival * (weight / weight.sum()) @ risk.draws
        now = terms(ground, risk, effect, limits, value=value)
        level = np.maximum(tidy(now, by_worth(now, worth=worth), worth=worth), always).astype(np.int8)
        reached = log_chance(risk, level, effect, survival=survival) - worth * t.cost(level)
        if reached <= height + 1e-12:
            break
        best, height = level, reached
    return Candidate("robust", best, words)


def log_chance(risk: Risk, level: I8, effect: Effect, *, survival: float) -> float:
    """Logarithm of the modelled chance that no infection left over starts a lasting chain."""
    left = survival * (risk.draws @ (1.0 - _prevents(level, effect)))
    return float(np.log(np.exp(-(left - left.min())).mean()) - left.min())


def _prevents(level: I8, effect: Effect) -> F64:
    return np.where(level == SEALED, effect.sealed, np.where(level == MANAGED, effect.managed, 0.0))


def _always(risk: Risk, t: Terms) -> I8:
    """Cases' units: sealed where allowed, else managed."""
    level = np.where(t.may_seal, SEALED, np.where(t.may_manage, MANAGED, 0))
    return np.where(risk.case_units, level, 0).astype(np.int8)
