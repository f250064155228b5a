"""Share of infected contacts who fall ill only after day n: what a chosen length of follow-up leaves unseen.

Foundation: shown next to a rule's length of follow-up or quarantine; explains it and never replaces it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from scipy import special

from fireline.errors import PolicyError
from fireline.policy.model import Profile

FAMILIES = ("lognormal", "lognormal_mean_sd", "gamma", "weibull")
"""How an incubation period may be distributed; a and b are named in residual_risk."""


def residual_risk(fit: Mapping[str, Any], day: float) -> float:
    """Share of infected people whose onset falls after a day, from a single known exposure.

    Parameters
    ----------
    fit : mapping with family, a, b and optionally offset (days added to every incubation period)
        lognormal: mean and standard deviation of the logarithm of days; lognormal_mean_sd: mean and standard
        deviation in days; gamma and weibull: shape and scale in days
    day : float, days after exposure

    Returns
    -------
    float, from 0 to 1

    Raises
    ------
    PolicyError   the family is not known or a figure is not positive
    """
    family, a, b = str(fit.get("family")), float(fit.get("a", 0.0)), float(fit.get("b", 0.0))
    if family not in FAMILIES:
        raise PolicyError(f"distribution: field family: found {family!r}; allowed: {', '.join(FAMILIES)}")
    if b <= 0 or (a <= 0 and family != "lognormal"):
        raise PolicyError(f"distribution: fields a, b: found {a:g}, {b:g}; allowed: numbers above 0")
    if family == "lognormal_mean_sd":
        spread = math.log1p((b / a) ** 2)
        family, a, b = "lognormal", math.log(a) - spread / 2, math.sqrt(spread)
    left = day - float(fit.get("offset", 0.0))
    if left <= 0:
        return 1.0
    if family == "lognormal":
        return float(special.ndtr(-(math.log(left) - a) / b))
    if family == "gamma":
        return float(special.gammaincc(a, left / b))
    return math.exp(-((left / b) ** a))


def residual_of(profile: Profile, day: float, *, fit: str = "incubation_fit") -> float | None:
    """Residual share of a disease after a day by one of its fits; None where none is held."""
    found = profile.facts.get(fit)
    return None if found is None else residual_risk(found["value"], day)
