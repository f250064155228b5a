"""The terms of one outbreak: how the disease spreads and what the county does, known to the simulator only.

Drill: read by simulate and backtest; planners never see them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from fireline.errors import InputError
from fireline.kernels.spatial_outbreak import Disease, Response, Town

N_STEPS = 16_384
"""Steps of the quantile tables of incubation and individual infectiousness."""
LONGEST_INCUBATION_D = 21
_SHAPE, _RATE, _SHIFT = 97.1875, 3.7188, 25.625
"""Infectiousness around onset: gamma, shifted. Source: He et al. (2020), corrected by Ashcroft et al. (2020),
doi:10.4414/smw.2020.20336."""
LAST_INFECTIOUS_D = 10


@dataclass(frozen=True, slots=True)
class Terms:
    """What is drawn or fixed for one outbreak.

    Attributes
    ----------
    r0 : float, mean attempts of one case to infect others, all settings, nothing done
    k : float, dispersion of the individual infectiousness; inf = all alike
    shares : four floats, sum 1, of household, own unit, daily place and errands among the attempts. Near
        Ferguson et al. (2006), doi:10.1038/nature04795: about a third each at home, at school or work, and in
        the community
    incubation_mean_d, incubation_sd_d : float. Source: Backer et al. (2022), Delta in the Netherlands,
        doi:10.2807/1560-7917.ES.2022.27.6.2200042
    asymptomatic, asymptomatic_weight : float, share without symptoms, their infectiousness beside the others
    seek_before, seek_after : float, chance a day that a case with symptoms is sampled, before and after the
        first report
    screen_outside, screen_managed, screen_sealed : float, chance a day that screening finds a case
    lab_d, report_d, trace_d : int, days from sampling to isolation, from sampling to the planner's table,
        from there to the quarantine of contacts
    recall : float, share of visits, and of contacts outside the household, that are recalled
    back : float, chance, times recall, that an unknown infector is found
    obey_managed, obey_sealed : float, share of people who keep to the rules
    precaution : float, share of meetings outside the household left after the alert, whole county
    n_reports : int, planning starts on the morning when so many cases are reported
    """

    r0: float = 3.5
    k: float = 0.3
    shares: tuple[float, float, float, float] = (0.3, 0.2, 0.3, 0.2)
    incubation_mean_d: float = 4.4
    incubation_sd_d: float = 2.5
    asymptomatic: float = 0.25
    asymptomatic_weight: float = 0.5
    seek_before: float = 0.15
    seek_after: float = 0.3
    screen_outside: float = 0.02
    screen_managed: float = 0.3
    screen_sealed: float = 0.45
    lab_d: int = 1
    report_d: int = 2
    trace_d: int = 1
    recall: float = 0.75
    back: float = 0.5
    obey_managed: float = 0.75
    obey_sealed: float = 0.92
    precaution: float = 0.85
    n_reports: int = 3

    def __post_init__(self) -> None:
        if abs(sum(self.shares) - 1) > 1e-9 or min(self.shares) < 0:
            raise InputError(f"shares {self.shares}: four shares that sum to 1 are needed; mend the terms")


def draw_terms(rng: np.random.Generator) -> Terms:
    """Terms of one outbreak of the backtest, as decision 13 and docs/how-to/zone-backtest.md fix them."""
    return Terms(
        r0=float(rng.uniform(2.5, 5.0)),
        recall=float(rng.uniform(0.6, 0.9)),
        report_d=int(rng.integers(1, 4)),
        obey_managed=float(rng.uniform(0.6, 0.9)),
        obey_sealed=float(rng.uniform(0.85, 0.98)),
        precaution=float(rng.uniform(0.7, 1.0)),
        n_reports=int(rng.integers(2, 5)),
    )


def infectious_by_age(incubation_table: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of a case's attempts on each day since infection, by incubation.

    Returns
    -------
    float64 (longest incubation + 1, n_ages)   rows sum to 1 from incubation 1 on; day 0 is 0
    """
    longest = int(incubation_table.max())
    edges = np.arange(-longest, LAST_INFECTIOUS_D + 2) - 0.5
    daily = np.diff(stats.gamma.cdf(edges + _SHIFT, _SHAPE, scale=1 / _RATE))  # from day -longest on
    out = np.zeros((longest + 1, longest + LAST_INFECTIOUS_D + 1))
    for days in range(1, longest + 1):
        ages = np.arange(1, days + LAST_INFECTIOUS_D + 1)
        out[days, ages] = daily[ages - days + longest]
        out[days] /= out[days].sum()
    return out


def disease_of(terms: Terms, town: Town) -> Disease:
    """Tables of the disease for the simulator.

    Notes
    -----
    Attempts in the household are spread by the number of other members, so that the mean over the people of
    the town is the stated share.
    """
    sizes = np.diff(town.house_first)
    others = float((sizes * (sizes - 1)).sum() / sizes.sum())
    attempts = terms.r0 * np.array(terms.shares)
    attempts[0] = attempts[0] / others if others > 0 else 0.0
    mean_weight = 1 - terms.asymptomatic * (1 - terms.asymptomatic_weight)
    incubation, force, by_age = _tables(terms.incubation_mean_d, terms.incubation_sd_d, terms.k)
    return Disease(
        attempts=attempts,
        asymptomatic=terms.asymptomatic,
        weight=np.array([1.0, terms.asymptomatic_weight]) / mean_weight,
        incubation=incubation.copy(),
        force=force.copy(),
        by_age=by_age.copy(),
    )


@lru_cache(maxsize=8)
def _tables(
    mean_d: float, sd_d: float, k: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Quantiles of incubation (log-normal) and of individual infectiousness (gamma, mean 1), and by_age."""
    at = (np.arange(N_STEPS) + 0.5) / N_STEPS
    spread = np.log1p((sd_d / mean_d) ** 2)
    law = stats.lognorm(np.sqrt(spread), scale=mean_d * np.exp(-spread / 2))
    incubation = np.clip(np.rint(law.ppf(at)), 1, LONGEST_INCUBATION_D).astype(np.int64)
    force = np.ones(N_STEPS) if np.isinf(k) else stats.gamma.ppf(at, k)
    return incubation, force / force.mean(), infectious_by_age(incubation)


def response_of(terms: Terms, *, is_alert: bool) -> Response:
    """What the county does before and after the alert."""
    screened = (terms.screen_outside, terms.screen_outside, terms.screen_managed, terms.screen_sealed)
    recall = terms.recall
    return Response(
        seek=terms.seek_after if is_alert else terms.seek_before,
        screen=np.array(screened if is_alert else (0.0, 0.0, 0.0, 0.0)),
        lab_d=terms.lab_d,
        report_d=terms.report_d,
        trace_d=terms.trace_d,
        # a household is known without asking; of strangers met on errands half are never named
        recall=np.array([1.0, recall, recall, 0.5 * recall]),
        back=terms.back,
        obey=np.array([0.0, 0.0, terms.obey_managed, terms.obey_sealed]),
        keep_inside=np.array([1.0, 1.0, 0.7, 0.1]),
        keep_out=np.array([1.0, 1.0, 0.4, 0.02]),
        keep_in=np.array([1.0, 1.0, 0.5, 0.05]),
        precaution=terms.precaution if is_alert else 1.0,
    )
