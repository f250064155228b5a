"""Which kind of event, in which areas, since when: the Bayesian scan over all streams, and what each said.

Chapter 5: reads baselines and calibration, is read by events and triggers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr

from fireline.kernels.bayes_scan import Cells, Streams, scan_details, scan_scores
from fireline.signals.baselines import WEEK, Expected
from fireline.signals.calibration import Calibration, scores_of
from fireline.signals.fusion.areas import AreaSets
from fireline.signals.streams import EventType, Stream

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

N_STARTS = 14
"""An event is looked for whose first infections lie at most this many days back."""
SEVERITIES = (0.2, 0.4, 0.8, 1.6)
"""Excess over what was expected that is tried, where a stream shows the whole event with a lift of 1."""
_LEAST_EXCESS, _N_EXCESS = 0.0125, 17
_GRID = _LEAST_EXCESS * 2.0 ** (np.arange(_N_EXCESS) / 2.0)
RISK = np.concatenate([[1.0], 1.0 + _GRID, 1.0 / (1.0 + _GRID)])
"""Relative risks of the scan: none, a rise by each excess, a fall by each."""
PRIOR = 1.0 / 365.0
"""Chance that on a day some event is going on in some set; a statement, not a finding."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Scores of every set of areas and day, and what is needed to explain one of them.

    Attributes
    ----------
    scores : float64 array, shape (n_days, n_sets)   log of the Bayes factor of an event against none, times
        the set's prior
    sets : AreaSets
    streams : tuple of Stream
    events : tuple of EventType
    cells, known, effect : as kernels.bayes_scan takes them
    dependence : float64 array, shape (n_days, 2), of the calibration
    """

    scores: F64
    sets: AreaSets
    streams: tuple[Stream, ...]
    events: tuple[EventType, ...]
    cells: Cells
    known: Streams
    effect: I64
    dependence: F64


@dataclass(frozen=True, slots=True)
class Posterior:
    """What one day's figures say of one set of areas.

    Attributes
    ----------
    score : float, log of the Bayes factor times the set's prior
    probability : float, that an event is going on in this set, with PRIOR that one is going on at all
    types : float64 array, shape (n_types,)   of the kind of event, given one
    starts : float64 array, shape (n_starts,)   of the days since the first infections, given one
    streams : float64 array, shape (n_streams,)   evidence of each stream (log), averaged over kinds and days
    without : float64 array, shape (n_streams,)   score if the stream had said nothing
    """

    score: float
    probability: float
    types: F64
    starts: F64
    streams: F64
    without: F64


def profile(streams: Sequence[Stream], *, steps: Sequence[int], n_starts: int = N_STARTS) -> F64:
    """Share of an event's infections that show in a stream so many days after its beginning.

    Parameters
    ----------
    streams : sequence of Stream
    steps : days that a figure of each stream covers
    n_starts : int

    Returns
    -------
    float64 array, shape (n_streams, n_starts)
    """
    days = np.arange(-WEEK + 1, n_starts)
    out = np.empty((len(streams), n_starts))
    for s, stream in enumerate(streams):
        daily = np.where(days < 0, 0.0, ndtr((days + 0.5 - stream.lag_d) / stream.lag_sd_d))
        if steps[s] == WEEK:  # a week's figure holds the days up to its last
            daily = np.convolve(daily, np.full(WEEK, 1.0 / WEEK))[: days.size]
        out[s] = daily[WEEK - 1 :]
    return out


def effects(events: Sequence[EventType], streams: Sequence[Stream], shown: F64) -> I64:
    """Index into RISK for each kind of event, severity, stream and days since the beginning.

    Parameters
    ----------
    events : sequence of EventType
    streams : sequence of Stream
    shown : float64 array, shape (n_streams, n_starts)   as ``profile`` gives it

    Returns
    -------
    int64 array, shape (n_types, n_severities, n_streams, n_starts)   the nearest excess of the grid in ratio;
        less than the smallest by a fourth root of two counts as none
    """
    lift = np.array([[e.lift_of(s) for s in streams] for e in events]).reshape(len(events), len(streams))
    excess = np.asarray(SEVERITIES)[None, :, None, None] * lift[:, None, :, None] * shown[None, None]
    step = 2.0 * np.log2(np.maximum(excess, 1e-12) / _LEAST_EXCESS)
    index = np.where(step < -0.5, 0, 1 + np.clip(np.rint(step), 0, _N_EXCESS - 1)).astype(np.int64)
    falls = np.array([s.direction == "down" for s in streams], bool)
    return np.where(falls[None, None, :, None] & (index > 0), index + _N_EXCESS, index)


def calibrated_figures(expected: Expected, p: F64, is_rate: NDArray[np.bool_]) -> F64:
    """Figures that the model would find as surprising as the calibration finds those that came.

    Parameters
    ----------
    expected : Expected
    p : float64 array, shape (n_days, n_areas, n_streams)   calibrated probabilities
    is_rate : bool array, shape (n_streams,)

    Returns
    -------
    float64 array of the same shape, >= 0   the figures themselves where the model is right

    References
    ----------
    .. [1] Cornish E., Fisher R. (1938), Moments and cumulants in the specification of distributions, Rev Inst
       Int Stat 5:307-320, doi:10.2307/1400905: a quantile from the normal one and the skewness.
    """
    z = scores_of(p)
    z = np.where([s.direction == "down" for s in expected.streams], -z, z)
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(expected.phi * expected.mean)
        skew = np.where(is_rate, 2.0 * expected.phi, np.maximum(2.0 * expected.phi - 1.0, 1.0)) / sd
        return np.maximum(expected.mean + sd * (z + (z**2 - 1.0) * skew / 6.0), 0.0)


def scan(
    expected: Expected,
    calibration: Calibration,
    sets: AreaSets,
    events: Sequence[EventType],
    *,
    first_row: int = 0,
    inflation: F64 | None = None,
) -> Scan:
    """Scan all days from a row on.

    Parameters
    ----------
    expected : Expected
    calibration : Calibration   its inflation widens the spread: days that vary together say less
    sets : AreaSets
    events : kinds of event
    first_row : int   earlier days get a score of NaN
    inflation : float64 array, shape (n_days, n_streams) or (n_streams,), or None   not the calibration's

    Returns
    -------
    Scan
    """
    usable = np.isfinite(expected.upper)
    wider = calibration.inflation if inflation is None else inflation
    is_rate = np.array([s.kind == "rate" for s in expected.streams], bool)
    figure = np.where(usable, calibrated_figures(expected, calibration.p, is_rate), np.nan)
    wider = np.broadcast_to(wider, (expected.n_days, len(expected.streams)))
    cells = Cells(figure, expected.mean, expected.phi * wider[:, None, :])
    known = Streams(
        np.array([s.delay_d for s in expected.streams], np.int64),
        np.array([s.trust for s in expected.streams], np.float64),
        is_rate,
    )
    steps = expected.step_days.max(axis=0, initial=1).tolist()
    effect = effects(events, expected.streams, profile(expected.streams, steps=steps))
    scores = np.full((expected.n_days, sets.n), np.nan)
    first = min(max(first_row, 0), expected.n_days)
    scores[first:] = np.log(sets.prior) + scan_scores(
        cells,
        known,
        risk=RISK,
        effect=effect,
        begin=sets.begin,
        member=sets.member,
        temper=worth(np.diff(sets.begin), len(sets.areas), calibration.dependence[first:]),
        first_row=first,
    )
    return Scan(scores, sets, expected.streams, tuple(events), cells, known, effect, calibration.dependence)


def worth(n_members: NDArray[np.integer], n_areas: int, dependence: F64) -> F64:
    """What evidence summed over areas is worth: one over the variance of such sums, linear in their number.

    Parameters
    ----------
    n_members : int array, shape (n_sets,)
    n_areas : int   of the whole
    dependence : float64 array, shape (n_days, 2)   of one area, and of the whole

    Returns
    -------
    float64 array, shape (n_days, n_sets)
    """
    one, whole = dependence[:, :1], dependence[:, 1:]
    slope = (whole - one) / max(n_areas - 1, 1)
    return np.asarray(1.0 / (one + slope * (n_members - 1)), np.float64)


def posterior(found: Scan, *, row: int, z: int) -> Posterior:
    """What one day's figures say of a set of areas.

    Parameters
    ----------
    found : Scan
    row : int
    z : int   the set

    Returns
    -------
    Posterior
    """
    areas = np.asarray(found.sets.of(z), np.int64)
    raw = scan_details(found.cells, found.known, risk=RISK, effect=found.effect, area=areas, at=row)
    trust = found.known.trust
    weighed = np.maximum(np.log1p(-trust), trust * raw).sum(axis=0)  # (starts, types, severities, streams)
    weighed *= worth(np.array([areas.size]), len(found.sets.areas), found.dependence[row : row + 1])[0, 0]
    total = weighed.sum(axis=-1)
    offset = np.log(found.sets.prior[z]) - np.log(total.size)
    score = float(logsumexp(total) + offset)
    mass = np.exp(total - logsumexp(total))
    rest = total[..., None] - weighed
    without = logsumexp(rest.reshape(-1, rest.shape[-1]), axis=0) + offset
    odds = np.exp(min(score, 500.0)) * PRIOR / (1.0 - PRIOR)
    return Posterior(
        score,
        float(odds / (1.0 + odds)),
        mass.sum(axis=(0, 2)),
        mass.sum(axis=(1, 2)),
        np.einsum("kyq,kyqs->s", mass, weighed),
        np.asarray(without, np.float64),
    )
