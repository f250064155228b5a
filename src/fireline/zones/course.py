"""How infectious a case is on each day, and how long an unseen infection stays unseen: what risk rests on.

Chapter 8: made from a disease profile of the policy packs, read by risk. A figure explains, it never rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from fireline.errors import InputError
from fireline.policy.model import Profile
from fireline.words import Words

F64 = NDArray[np.float64]

_DEFAULT_INFECTIOUS = (-2.0, 10.0)
_DEFAULT_INCUBATION = (1.0, 5.1, 14.0)


@dataclass(frozen=True, slots=True)
class Course:
    """One disease in one person, by whole days.

    Attributes
    ----------
    first : int, day of the first entry of ``by_onset``, counted from onset
    by_onset : float64 (n_days,), share of all infectiousness on each day; sums to 1
    by_age : float64 (n_ages,), share of onward infections made so many days after infection; sums to 1
    incubation : float64 (n_ages,), chance that onset comes so many days after infection; sums to 1
    notes : tuple of Words, which figures the profile lacks
    """

    first: int
    by_onset: F64
    by_age: F64
    incubation: F64
    notes: tuple[Words, ...] = ()

    def weight(self, days: F64) -> F64:
        """Infectiousness on days counted from onset (floored); 0 outside the infectious time or for NaN."""
        k = np.floor(np.nan_to_num(days, nan=-1e6)).astype(np.int64) - self.first
        inside = (k >= 0) & (k < len(self.by_onset))
        return np.where(inside, self.by_onset[np.clip(k, 0, len(self.by_onset) - 1)], 0.0)


def _mass(spread: object, ages: F64) -> F64:
    cdf = spread.cdf  # type: ignore[attr-defined]
    found = np.asarray(cdf(ages + 0.5) - cdf(np.maximum(ages - 0.5, 0.0)), np.float64)
    return found / found.sum()


def course_of(profile: Profile | None) -> Course:
    """Course of a disease from its profile.

    Parameters
    ----------
    profile : Profile or None   None, or a profile without a figure, uses stated stand-ins

    Returns
    -------
    Course

    Raises
    ------
    InputError   the disease does not spread from person to person: a ring of residents is no answer to it

    Notes
    -----
    Infectiousness by day is a gamma curve that starts on the first infectious day and is cut after the last;
    its mean is serial interval less incubation, so that both agree with the profile [1]_. Onward infections
    by age of infection are a gamma curve with mean and deviation of the serial interval, from day 1 on.

    References
    ----------
    .. [1] He et al (2020) Nature Medicine 26, 672-675, doi:10.1038/s41591-020-0869-5: serial interval =
       incubation of the infectee + time of infection since onset of the infector; a shifted gamma curve.
    """
    if profile is not None and profile.spread in ("vector", "food_water"):
        raise InputError(
            f"zone risk: {profile.disease} spreads by {profile.spread}, not from person to person; "
            "allowed: person, mixed; draw the rule's own zone (radius, water) instead"
        )
    notes: list[Words] = []
    known = profile.incubation_days if profile is not None else None
    _, middle, most = known or _DEFAULT_INCUBATION
    infectious = (
        profile.infectious_days if profile is not None and profile.infectious_days else _DEFAULT_INFECTIOUS
    )
    serial = profile.serial_interval_days if profile is not None else None
    if profile is None or known is None or profile.infectious_days is None:
        notes.append(
            Words(
                "该病概况缺少潜伏期或传染期，风险按潜伏期 5.1 天、起病前 2 天至后 10 天计。",
                "The profile lacks incubation or infectious days: 5.1 and -2 to 10 from onset are assumed.",
            )
        )
    if serial is None:
        mean = float(middle) + 0.25 * (infectious[0] + infectious[1])
        serial = (max(mean, 1.0), max(mean, 1.0) / 2)
        notes.append(
            Words(
                f"该病概况缺少代际间隔，按 {serial[0]:.1f} 天估计。",
                f"The profile lacks a serial interval: {serial[0]:.1f} days are assumed.",
            )
        )
    first, last = int(np.floor(infectious[0])), int(np.ceil(infectious[1]))
    ages = np.arange(1.0, max(np.ceil(3 * float(serial[0])), np.ceil(float(most))) + 1.0)
    mean, sd = max(float(serial[0]), 1.0), max(float(serial[1]), 0.5)
    by_age = np.concatenate(([0.0], _mass(stats.gamma((mean / sd) ** 2, scale=sd**2 / mean), ages)))
    # a log-normal with the profile's median whose largest value stands for the 99th percentile
    sigma = max(np.log(max(float(most), float(middle) + 0.5) / float(middle)) / stats.norm.isf(0.01), 0.05)
    incubation = np.concatenate(([0.0], _mass(stats.lognorm(sigma, scale=float(middle)), ages)))
    offset = float(np.clip(mean - float(middle), first + 0.5, last - 0.5)) - first + 0.5
    spread_d = max((last - first) / 6.0, 1.0)
    days = np.arange(last - first + 1.0)
    by_onset = _mass(stats.gamma((offset / spread_d) ** 2, scale=spread_d**2 / offset), days + 0.5)
    return Course(first, by_onset, by_age, incubation, tuple(notes))


@dataclass(frozen=True, slots=True)
class Spread:
    """What risk assumes of an outbreak; every figure stands in the open and can be changed.

    Attributes
    ----------
    course : Course
    reproduction : float, infections that one case makes when nothing is done
    reproduction_sd : float, standard deviation of its logarithm
    dispersion : float, k of the offspring's negative binomial (0.1 to 0.5 for SARS-like diseases; Endo 2020)
    at_home : float, share of infections made in the own household and unit
    at_home_sd : float, its standard deviation
    away : float, share of their time that people spend away from their unit
    recall : (low, high), share of stays that cases recall
    mobility_sd : float, standard deviation of the logarithm of the error of a travel share
    found_after : float, mean days from onset until an unseen case is found and isolated
    horizon : int, days that are looked ahead
    n_draws : int, draws of the interval
    """

    course: Course = field(default_factory=lambda: course_of(None))
    reproduction: float = 3.0
    reproduction_sd: float = 0.25
    dispersion: float = 0.3
    at_home: float = 0.45
    at_home_sd: float = 0.08
    away: float = 0.3
    recall: tuple[float, float] = (0.6, 0.9)
    mobility_sd: float = 0.7
    found_after: float = 3.0
    horizon: int = 14
    n_draws: int = 50

    def __post_init__(self) -> None:
        low, high = self.recall
        shares = (self.at_home, self.away, low, high)
        if not all(0.0 <= s <= 1.0 for s in shares) or low > high:
            raise InputError(
                f"zone risk: at_home, away and recall are shares from 0 to 1, low before high; "
                f"found {shares}; mend the assumptions"
            )
        if min(self.reproduction, self.dispersion, self.found_after) <= 0 or self.horizon < 1:
            raise InputError(
                "zone risk: reproduction, dispersion and found_after must be above 0 and horizon at least 1; "
                f"found {self.reproduction}, {self.dispersion}, {self.found_after}, {self.horizon}"
            )
        if self.n_draws < 1 or min(self.mobility_sd, self.reproduction_sd, self.at_home_sd) < 0:
            raise InputError(
                "zone risk: n_draws must be at least 1 and deviations at least 0; "
                f"found {self.n_draws}, {self.mobility_sd}, {self.reproduction_sd}, {self.at_home_sd}"
            )

    def unseen(self) -> F64:
        """Chance that somebody infected so many days ago is not found yet, float64 (n_ages,).

        Onset by the incubation, then an exponential wait with mean ``found_after`` (whole days).
        """
        wait = 1.0 - np.exp(-np.arange(len(self.course.incubation)) / self.found_after)
        found = np.convolve(self.course.incubation, np.diff(wait, prepend=0.0))[: len(wait)]
        return np.clip(1.0 - np.cumsum(found), 0.0, 1.0)

    def to_come(self) -> tuple[F64, F64]:
        """Shares of a person's onward infections by days since infection.

        Returns
        -------
        ahead : float64 (n_ages,), still to come within the horizon and before being found
        made : float64 (n_ages,), made already by somebody who is not found yet
        """
        unseen, by_age = self.unseen(), self.course.by_age
        kept = np.cumsum(by_age * unseen)
        until = np.minimum(np.arange(len(kept)) + self.horizon, len(kept) - 1)
        return kept[until] - kept, np.cumsum(by_age) * unseen
