"""How many days after its infector a case falls ill: what the disease profile allows, and weights by day.

Chapter 7: reads the disease profile, is read by chain and sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fireline.policy import Profile

F64 = NDArray[np.float64]

_TAIL = 1e-4  # chance beyond the last day of the tables
_WIDEST = 400  # days; no profile comes near
_PLAIN = (5.0, 5.0)  # mean, sd where the profile has no serial interval: flat enough to prefer little


@dataclass(frozen=True, slots=True)
class Intervals:
    """Weights of serial intervals by whole days.

    Attributes
    ----------
    low : int, days of the first column
    table : float64 (n_shapes, 3, n_days), every row sums to 1. Shape 0 holds for infectors whose isolation is
        not known; shape 1 + r for one isolated r days after ``first_day``. The second axis counts the days
        that are stand-ins for an onset
    first_day : int, first day of infectiousness, counted from onset
    typical : float, mean weight of an interval drawn from shape 0
    is_known : bool, False where the profile has no serial interval
    """

    low: int
    table: F64
    first_day: int
    typical: float
    is_known: bool


def allowed_days(profile: Profile | None) -> tuple[float, float]:
    """Least and most days between the onsets of infector and infected that are not odd.

    Parameters
    ----------
    profile : Profile or None

    Returns
    -------
    least, most : float   (0, inf) without a serial interval; least is 0 where the profile says that nobody
        infects before onset, else mean - 3 sd if that is negative; most is mean + 3 sd
    """
    known = profile.serial_interval_days if profile is not None else None
    if profile is None or known is None:
        return 0.0, float("inf")
    mean, sd = known
    least = min(0.0, mean - 3 * sd) if may_precede_onset(profile) else 0.0
    return least, mean + 3 * sd


def may_precede_onset(profile: Profile) -> bool:
    """Whether a case can infect before its own onset, as far as the profile says; unknown counts as yes."""
    return profile.infectious_days is None or profile.infectious_days[0] < 0


def intervals_of(profile: Profile | None, *, delay_sd_d: float = 0.0) -> Intervals:
    """Weights for one disease.

    Parameters
    ----------
    profile : Profile or None   without a serial interval a flat one with mean and sd of 5 days stands in
    delay_sd_d : float, days   spread of the days from onset to the day that stands in for it

    Returns
    -------
    Intervals

    Notes
    -----
    The serial interval is a gamma distribution with the profile's mean and sd that begins at the least
    allowed day, cut into whole days. An infector isolated r days after onset infected by then: the weight of
    tau days is multiplied by the chance that an incubation period is at least tau - r and scaled to sum 1.
    A day that stands in for an onset widens the interval by a normal distribution of ``delay_sd_d``.
    """
    from scipy import stats  # loaded when needed: a search for contacts must not wait for it

    known = profile.serial_interval_days if profile is not None else None
    mean, sd = known or _PLAIN
    least = min(0.0, allowed_days(profile)[0]) if known else 0.0
    spread = stats.gamma(((mean - least) / sd) ** 2, loc=least, scale=sd**2 / (mean - least))
    pad = int(np.ceil(3 * np.sqrt(2) * delay_sd_d))
    low, high = int(np.floor(least)) - pad, min(_WIDEST, int(np.ceil(spread.isf(_TAIL)))) + pad
    days = np.arange(low, high + 1)
    plain = spread.cdf(days + 0.5) - spread.cdf(days - 0.5)
    if least >= 0 and profile is not None and not may_precede_onset(profile):
        plain[days <= 0] = 0.0  # the infector fell ill first
    plain /= plain.sum()
    first, shapes = _by_isolation(profile, plain, days)
    table = np.stack([np.stack([_blurred(row, n * delay_sd_d**2) for n in range(3)]) for row in shapes])
    return Intervals(low, table, first, float((plain * plain).sum()), known is not None)


def _by_isolation(profile: Profile | None, plain: F64, days: NDArray[np.int64]) -> tuple[int, list[F64]]:
    """First infectious day; the plain weights, then those for isolation on that day and each one after."""
    if profile is None or profile.infectious_days is None:
        return 0, [plain]
    beyond = incubation_beyond(profile, len(days) + 60)
    if beyond is None:
        return 0, [plain]
    first, last = int(np.floor(profile.infectious_days[0])), int(np.ceil(profile.infectious_days[1]))
    found = [plain]
    for isolated in range(first, last + 1):
        wait = np.clip(days - isolated, 0, beyond.size - 1)
        weights = plain * beyond[wait]
        total = weights.sum()
        found.append(weights / total if total > 0 else plain)
    return first, found


def incubation_beyond(profile: Profile, n_days: int) -> F64 | None:
    """Chance that an incubation period lasts at least 0, 1, ... days; None where the profile has no fit."""
    fit = profile.facts.get("incubation_fit")
    value = fit.get("value") if isinstance(fit, Mapping) else None
    spread = _distribution(value) if isinstance(value, Mapping) else None
    if spread is None:
        return None
    return np.asarray(spread.sf(np.arange(n_days) - 0.5), np.float64)


def _distribution(fit: Mapping[str, Any]) -> Any:
    from scipy import stats  # as above

    a, b, offset = float(fit["a"]), float(fit["b"]), float(fit.get("offset", 0.0))
    match fit.get("family"):
        case "lognormal":
            return stats.lognorm(b, loc=offset, scale=np.exp(a))
        case "gamma":
            return stats.gamma(a, loc=offset, scale=b)
        case "weibull":
            return stats.weibull_min(a, loc=offset, scale=b)
        case "lognormal_mean_sd":
            s2 = np.log(1 + (b / a) ** 2)
            return stats.lognorm(np.sqrt(s2), loc=offset, scale=a / np.sqrt(1 + (b / a) ** 2))
    return None


def _blurred(weights: F64, variance: float) -> F64:
    if variance <= 0:
        return weights
    reach = len(weights) - 1
    steps = np.arange(-reach, reach + 1)
    bell = np.exp(-(steps**2) / (2 * variance))
    found = np.convolve(weights, bell, mode="full")[reach : reach + len(weights)]
    return np.asarray(found / found.sum(), np.float64)
