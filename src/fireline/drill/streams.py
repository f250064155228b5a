"""Generated surveillance streams of a county, and outbreaks put into streams, generated or real.

Drill: judges early warning on backgrounds and outbreaks whose truth is known; read by benchmarks and tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fireline.policy.model import Profile

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_INCUBATION_SPREAD = 1.4
"""Log-sd of an incubation period = log(most / middle) over this: "most" is about its 92nd hundredth."""
_WEEK = 7


class StreamModel(NamedTuple):
    """How the figures of one stream arise where no outbreak is, and what an infection adds.

    Attributes
    ----------
    stream : str
    per_10k : float   mean reports a day per 10,000 residents
    weekday : tuple of 7 floats, Monday first; 0 = closed, not reported
    season : float   log amplitude of the year's wave, highest in mid January
    phi : float, >= 1   variance over mean of the counts themselves
    day_sd : float   log-sd of what all areas share on a day (weather, news)
    area_sd : float   log-sd of what one area has for itself; both fade over about a week
    per_infection : float   reports that one infection causes, on average
    onset_to : (mean, sd) of the days from onset to the report's day
    delay_d : int   days until a day's figure is there
    step_days : int   1 or 7
    """

    stream: str
    per_10k: float
    weekday: tuple[float, ...] = (1.0,) * _WEEK
    season: float = 0.3
    phi: float = 1.3
    day_sd: float = 0.04
    area_sd: float = 0.05
    per_infection: float = 0.3
    onset_to: tuple[float, float] = (2.0, 1.5)
    delay_d: int = 1
    step_days: int = 1


RESPIRATORY = (
    StreamModel(
        "antipyretic_sales", per_10k=9.0, weekday=(1.0, 0.95, 0.95, 0.95, 1.0, 1.15, 1.0), season=0.25,
        phi=2.2,
        day_sd=0.06, area_sd=0.08, per_infection=0.5, onset_to=(1.0, 1.2), delay_d=1,
    ),
    StreamModel(
        "fever_clinic", per_10k=4.0, weekday=(1.15, 1.0, 0.95, 0.95, 1.0, 0.95, 1.0), season=0.35, phi=1.4,
        day_sd=0.05, area_sd=0.06, per_infection=0.3, onset_to=(2.0, 1.5), delay_d=1,
    ),
    StreamModel(
        "township_doctor", per_10k=6.0, weekday=(1.25, 1.1, 1.05, 1.0, 1.0, 0.8, 0.8), season=0.3, phi=1.5,
        day_sd=0.04, area_sd=0.08, per_infection=0.35, onset_to=(2.0, 1.8), delay_d=1,
    ),
    StreamModel(
        "school_absence", per_10k=5.0, weekday=(1.1, 1.0, 0.95, 0.95, 1.05, 0.0, 0.0), season=0.3, phi=1.6,
        day_sd=0.05, area_sd=0.1, per_infection=0.25, onset_to=(1.0, 1.0), delay_d=1,
    ),
    StreamModel(
        "health_calls", per_10k=2.5, weekday=(1.0, 0.95, 0.95, 0.95, 1.0, 1.1, 1.05), season=0.2, phi=1.6,
        day_sd=0.06, area_sd=0.06, per_infection=0.15, onset_to=(1.2, 1.0), delay_d=0,
    ),
    StreamModel(
        "lab_positive", per_10k=1.0, weekday=(1.1, 1.05, 1.0, 1.0, 1.05, 0.9, 0.9), season=0.4, phi=1.2,
        day_sd=0.04, area_sd=0.05, per_infection=0.12, onset_to=(3.0, 1.5), delay_d=2,
    ),
)  # fmt: skip
"""Six streams of a county in which a respiratory disease can begin; the rates are invented."""


@dataclass(frozen=True, slots=True)
class Background:
    """Figures of a county without outbreaks.

    Attributes
    ----------
    models : tuple of StreamModel
    population : int64 array, shape (n_areas,)
    first_weekday : int   0 = Monday
    counts : float64 array, shape (n_days, n_areas, n_streams)   NaN = not reported; a weekly figure stands on
        the last day of its week
    """

    models: tuple[StreamModel, ...]
    population: I64
    first_weekday: int
    counts: F64


def background(
    models: Sequence[StreamModel],
    *,
    population: I64,
    n_days: int,
    first_day_of_year: int = 0,
    first_weekday: int = 0,
    rng: np.random.Generator,
) -> Background:
    """Draw the figures of every stream, area and day.

    Parameters
    ----------
    models : streams
    population : int64 array, shape (n_areas,)
    n_days : int
    first_day_of_year, first_weekday : int   where the first day stands in its year (0 = 1 January) and week
    rng : numpy Generator

    Returns
    -------
    Background
    """
    day = np.arange(n_days)
    wave = np.cos(2 * np.pi * (day + first_day_of_year - 15) / 365.25)
    shape = (n_days, len(population))
    shared = _fading(rng, (n_days,))
    counts = np.empty((*shape, len(models)))
    for k, model in enumerate(models):
        own = 0.8 * shared + 0.6 * _fading(rng, (n_days,))  # streams of one county move together
        log_noise = model.day_sd * own[:, None] + model.area_sd * _fading(rng, shape)
        week = np.array([model.weekday[(first_weekday + d) % _WEEK] for d in day])
        mean = model.per_10k * population / 10_000 * np.exp(model.season * wave)[:, None] * week[:, None]
        mean = mean * np.exp(log_noise)
        counts[:, :, k] = _draw(mean, model.phi, rng)
        counts[week == 0.0, :, k] = np.nan
        if model.step_days == _WEEK:
            counts[:, :, k] = weekly(counts[:, :, k], first_weekday=first_weekday)
    return Background(tuple(models), np.asarray(population, np.int64), first_weekday, counts)


def _draw(mean: F64, phi: float, rng: np.random.Generator) -> F64:
    if phi <= 1.0:
        return rng.poisson(mean).astype(np.float64)
    return rng.poisson(rng.gamma(mean / (phi - 1.0), phi - 1.0)).astype(np.float64)


def _fading(rng: np.random.Generator, shape: tuple[int, ...], *, keep: float = 0.85) -> F64:
    """Standard normal noise along axis 0 of which a share ``keep`` is left the day after."""
    noise = rng.standard_normal(shape)
    for t in range(1, shape[0]):
        noise[t] = keep * noise[t - 1] + np.sqrt(1 - keep**2) * noise[t]
    return noise


def weekly(daily: F64, *, first_weekday: int) -> F64:
    """Sums of whole weeks on their Sundays, NaN on other days; an unreported day counts as zero in its week.

    Parameters
    ----------
    daily : float64 array, shape (n_days, ...)
    """
    sums = np.full_like(daily, np.nan)
    for end in range((6 - first_weekday) % _WEEK, len(daily), _WEEK):
        if end >= _WEEK - 1:
            sums[end] = np.nansum(daily[end - 6 : end + 1], axis=0)
    return sums


def spread_by_person(
    profile: Profile, *, r: float, n_days: int, seeds: int, most: int, rng: np.random.Generator
) -> I64:
    """New infections by day of a disease that goes from person to person.

    Parameters
    ----------
    profile : of the disease; its serial interval (or, where unknown, its incubation) times the generations
    r : float   mean number of people whom one infects
    n_days : int   length; the first infections are on day 0
    seeds : int   infections of day 0
    most : int   the outbreak ends when so many are infected
    rng : numpy Generator

    Returns
    -------
    int64 array, shape (n_days,)
    """
    mean, sd = profile.serial_interval_days or (_incubation(profile)[0] + 1.0, _incubation(profile)[0] / 2)
    infected = np.zeros(n_days, np.int64)
    infected[0] = seeds
    left = most - seeds
    for t in range(n_days):
        if infected[t] == 0 or left <= 0:
            continue
        # few infect many: the number of a day's infectees is negative binomial with k = 0.5 a person
        n = int(rng.negative_binomial(0.5 * infected[t], 0.5 / (0.5 + r)))
        n = min(n, left)
        left -= n
        wait = np.maximum(1, np.rint(rng.gamma((mean / sd) ** 2, sd**2 / mean, n))).astype(np.int64)
        np.add.at(infected, t + wait[t + wait < n_days], 1)
    return infected


def from_one_source(*, size: int, n_exposed_days: int, n_days: int, rng: np.random.Generator) -> I64:
    """New infections by day where a meal or a well made people ill on a few days.

    Parameters
    ----------
    size : int   infections
    n_exposed_days : int   days from day 0 on which the source acts
    n_days : int   length
    rng : numpy Generator

    Returns
    -------
    int64 array, shape (n_days,)
    """
    return np.bincount(rng.integers(0, n_exposed_days, size), minlength=n_days).astype(np.int64)


def _incubation(profile: Profile) -> tuple[float, float]:
    """Middle and log-sd of the incubation period; a week where nothing is known."""
    if profile.incubation_days is None:
        return 7.0, 0.5
    _, middle, most = profile.incubation_days
    return middle, max(float(np.log(most / middle)) / _INCUBATION_SPREAD, 0.1)


def reports(
    infected: I64, model: StreamModel, profile: Profile, *, first_weekday: int, rng: np.random.Generator
) -> F64:
    """What an outbreak adds to one daily stream of one area: each report on its own day, after incubation and
    the way to the doctor, the shop or the telephone; closed days pass on to the next open one.

    Parameters
    ----------
    infected : int64 array, shape (n_days,)   new infections by day
    model : StreamModel
    profile : of the disease
    first_weekday : int   of day 0
    rng : numpy Generator

    Returns
    -------
    float64 array, shape (n_days,)
    """
    n_days = len(infected)
    n = rng.poisson(model.per_infection * infected)
    start = np.repeat(np.arange(n_days), n)
    middle, log_sd = _incubation(profile)
    mean, sd = model.onset_to
    wait = rng.lognormal(np.log(middle), log_sd, len(start)) + rng.gamma(
        (mean / sd) ** 2, sd**2 / mean, len(start)
    )
    day = start + np.floor(wait).astype(np.int64)
    for _ in range(_WEEK):
        closed = np.array([model.weekday[(first_weekday + d) % _WEEK] == 0.0 for d in day.tolist()], bool)
        day = day + closed
    return np.bincount(day[day < n_days], minlength=n_days)[:n_days].astype(np.float64)
