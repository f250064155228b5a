"""Which event, where and since when: a Bayesian scan over event types, areas and first days, on many streams.

Kernels: called by signals.fusion.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.arrays import require_indices

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_NEARLY_POISSON = 1.0 + 1e-6
_LEAST_RATE = 1e-9


class Cells(NamedTuple):
    """Figures with what was expected of them.

    Attributes
    ----------
    figure, mean, phi : float64 arrays, shape (n_time, n_areas, n_streams)   time first, in days; NaN = none;
        variance is phi * mean
    """

    figure: F64
    mean: F64
    phi: F64


class Streams(NamedTuple):
    """What is known of each stream.

    Attributes
    ----------
    delay : int64 array, shape (n_streams,)   days after which a day's figure is there
    trust : float64 array, shape (n_streams,)   in [0, 1): how far a stream can speak for or against an event
    is_rate : bool array, shape (n_streams,)
    """

    delay: I64
    trust: F64
    is_rate: NDArray[np.bool_]


@njit(cache=True, nogil=True)
def _log_ratios(y, mean, phi, is_rate, risk, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Log P(y | mean x risk) - log P(y | mean) for each relative risk; the variance over mean stays."""
    if is_rate:
        size, log_y = mean / phi, math.log(max(y, _LEAST_RATE * mean) / phi)
        for g in range(risk.shape[0]):
            out[g] = (risk[g] - 1.0) * size * log_y - math.lgamma(risk[g] * size) + math.lgamma(size)
        return
    if phi <= _NEARLY_POISSON:
        for g in range(risk.shape[0]):
            out[g] = y * math.log(risk[g]) - mean * (risk[g] - 1.0)
        return
    size, log_phi = mean / (phi - 1.0), math.log(phi)
    base = math.lgamma(size + y) - math.lgamma(size)
    for g in range(risk.shape[0]):
        more = risk[g] * size
        out[g] = math.lgamma(more + y) - math.lgamma(more) - base - (risk[g] - 1.0) * size * log_phi


@njit(cache=True, nogil=True)
def _take_in(t, a, count, mean, phi, delay, is_rate, risk, effect, since, ratio):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Add the figures that day t brings to all events of area a that began on or before their day.

    ``since`` has shape (n_starts, n_types, n_severities, n_streams), its first index being the day of the
    beginning modulo n_starts.
    """
    n_types, n_severities, n_streams, n_starts = effect.shape
    for y in range(n_types):
        for q in range(n_severities):
            for s in range(n_streams):
                since[t % n_starts, y, q, s] = 0.0
    for s in range(n_streams):
        u = t - delay[s]
        if u < 0 or math.isnan(count[u, a, s]) or not mean[u, a, s] > 0.0 or not phi[u, a, s] > 0.0:
            continue
        _log_ratios(count[u, a, s], mean[u, a, s], phi[u, a, s], is_rate[s], risk, ratio)
        for begun in range(max(0, t - n_starts + 1), u + 1):
            for y in range(n_types):
                for q in range(n_severities):
                    g = effect[y, q, s, u - begun]
                    if g > 0:
                        since[begun % n_starts, y, q, s] += ratio[g]


@njit(cache=True, nogil=True)
def _weighed(t, since, trust, floor, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Evidence of one area for each (type, severity, days since the beginning)."""
    n_starts, n_types, n_severities, n_streams = since.shape
    for y in range(n_types):
        for q in range(n_severities):
            for k in range(n_starts):
                total = 0.0
                if t >= k:
                    for s in range(n_streams):
                        total += max(floor[s], trust[s] * since[(t - k) % n_starts, y, q, s])
                out[(y * n_severities + q) * n_starts + k] = total


@njit(cache=True, nogil=True)
def _scores(count, mean, phi, delay, trust, is_rate, risk, effect, begin, member, temper, first, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_time, n_areas, n_streams = count.shape
    n_types, n_severities, _, n_starts = effect.shape
    n_hypotheses = n_types * n_severities * n_starts
    since = np.zeros((n_areas, n_starts, n_types, n_severities, n_streams))
    weighed, total = np.empty((n_areas, n_hypotheses)), np.empty(n_hypotheses)
    ratio, floor = np.empty(risk.shape[0]), np.log1p(-trust)
    for t in range(max(0, first - n_starts + 1), n_time):
        for a in range(n_areas):
            _take_in(t, a, count, mean, phi, delay, is_rate, risk, effect, since[a], ratio)
            if t >= first:
                _weighed(t, since[a], trust, floor, weighed[a])
        if t < first:
            continue
        for z in range(begin.shape[0] - 1):
            for h in range(n_hypotheses):
                total[h] = 0.0
            for i in range(begin[z], begin[z + 1]):
                for h in range(n_hypotheses):
                    total[h] += weighed[member[i], h]
            most = -np.inf
            for h in range(n_hypotheses):
                total[h] *= temper[t - first, z]
                most = max(most, total[h])
            mass = 0.0
            for h in range(n_hypotheses):
                mass += math.exp(total[h] - most)
            out[t - first, z] = most + math.log(mass / n_hypotheses)


@njit(cache=True, nogil=True)
def _details(count, mean, phi, delay, is_rate, risk, effect, area, at, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    n_starts = effect.shape[3]
    ratio = np.empty(risk.shape[0])
    for i in range(area.shape[0]):
        since = np.zeros((n_starts, effect.shape[0], effect.shape[1], effect.shape[2]))
        for t in range(max(0, at - n_starts + 1), at + 1):
            _take_in(t, area[i], count, mean, phi, delay, is_rate, risk, effect, since, ratio)
        for k in range(min(n_starts, at + 1)):
            for y in range(effect.shape[0]):
                for q in range(effect.shape[1]):
                    for s in range(effect.shape[2]):
                        out[i, k, y, q, s] = since[(at - k) % n_starts, y, q, s]


def _checked(cells: Cells, streams: Streams, risk: F64, effect: I64) -> tuple[NDArray, ...]:
    count, mean, phi = (np.ascontiguousarray(a, np.float64) for a in cells)
    if count.ndim != 3:
        raise ValueError(f"count: expected shape (n_time, n_areas, n_streams), got {count.shape}")
    n_streams = count.shape[2]
    delay, trust, is_rate = streams
    effect = np.ascontiguousarray(effect, np.int64)
    for label, found, shape in (
        ("mean", mean, count.shape), ("phi", phi, count.shape), ("delay", delay, (n_streams,)),
        ("trust", trust, (n_streams,)), ("is_rate", is_rate, (n_streams,)),
        ("effect", effect, (*effect.shape[:2], n_streams, *effect.shape[3:])),
    ):  # fmt: skip
        if found.shape != shape:
            raise ValueError(f"{label}: expected shape {shape}, got {found.shape}")
    if effect.ndim != 4 or 0 in effect.shape[:2] or effect.shape[3] == 0:
        raise ValueError(f"effect: expected shape (types, severities, streams, starts), got {effect.shape}")
    if n_streams and (np.min(delay) < 0 or not np.all((trust >= 0) & (trust < 1))):
        raise ValueError("delay: expected 0 or more days; trust: expected 0 <= trust < 1")
    risk = np.ascontiguousarray(risk, np.float64)
    if risk.ndim != 1 or not risk.size or risk[0] != 1.0 or np.any(risk <= 0):
        raise ValueError("risk: expected relative risks above 0, the first of them 1")
    require_indices(effect.ravel(), risk.size, label="effect")
    return (
        count, mean, phi, np.ascontiguousarray(delay, np.int64), np.ascontiguousarray(trust, np.float64),
        np.ascontiguousarray(is_rate, np.bool_), risk, effect,
    )  # fmt: skip


def scan_scores(
    cells: Cells,
    streams: Streams,
    *,
    risk: F64,
    effect: I64,
    begin: I64,
    member: I64,
    temper: F64 | None = None,
    first_row: int = 0,
) -> F64:
    """Log Bayes factor of "an event is going on in this set of areas" against "none is", day by day.

    Parameters
    ----------
    cells : Cells
    streams : Streams
    risk : float64 array, shape (n_risks,)   relative risks, the first of them 1
    effect : int64 array, shape (n_types, n_severities, n_streams, n_starts)   which relative risk an event of
        a type and severity has in a stream so many days after its first infections; the last axis ends with
        the oldest beginning looked at
    begin, member : int64 arrays   set z is the areas member[begin[z] : begin[z + 1]]
    temper : float64 array, shape (n_time - first_row, n_sets) or (n_sets,), in (0, 1], or None   what
        evidence summed over a set is worth where its areas and streams vary together; None = 1
    first_row : int   rows before it are used, and not returned

    Returns
    -------
    float64 array, shape (n_time - first_row, n_sets)

    Raises
    ------
    ValueError   an array has the wrong shape or an index is out of range

    Notes
    -----
    A figure is negative binomial with variance phi x mean: Poisson with a gamma rate. An event multiplies
    the shape of the gamma, as in [1]_, so that mean and variance rise together; the log ratio of the two is
    the evidence of one figure. A stream sums its figures from the beginning on that have come in by the
    day, and says max(log(1 - trust), trust x sum): however silent, it counts against an event by no more than
    its trust allows, since an event need not show in every stream. Evidence adds up over streams and areas,
    and is tempered ([2]_); the factor is the mean over types, severities and beginnings, each as likely as
    the other.

    References
    ----------
    .. [1] Neill D., Cooper G. (2010), A multivariate Bayesian scan statistic for early event detection and
       characterization, Mach Learn 79:261-282, doi:10.1007/s10994-009-5144-4. Here the beginning shifts by
       each stream's lag, the spread is the measured one, and trust bounds what silence says.
    .. [2] Holmes C., Walker S. (2017), Assigning a value to a power likelihood in a general Bayesian model,
       Biometrika 104:497-503, doi:10.1093/biomet/asx010: a likelihood to a power below one.
    """
    arrays = _checked(cells, streams, risk, effect)
    begin, member = np.ascontiguousarray(begin, np.int64), np.ascontiguousarray(member, np.int64)
    n_time, n_areas, _ = arrays[0].shape
    require_indices(member, n_areas, label="member")
    if begin.ndim != 1 or begin.size < 1 or np.any(np.diff(begin) < 0) or begin[-1] != member.size:
        raise ValueError(f"begin: expected rising bounds that end with {member.size}")
    first = min(max(first_row, 0), n_time)
    shape = (n_time - first, begin.size - 1)
    worth = np.ones(()) if temper is None else np.asarray(temper, np.float64)
    if worth.shape not in ((), shape[1:], shape) or not np.all((worth > 0) & (worth <= 1)):
        raise ValueError(f"temper: expected shape {shape}, values above 0 and up to 1, got {worth.shape}")
    worth = np.ascontiguousarray(np.broadcast_to(worth, shape))
    out = np.empty((n_time - first, begin.size - 1))
    count, mean, phi, delay, trust, is_rate, risk, effect = arrays
    _scores(count, mean, phi, delay, trust, is_rate, risk, effect, begin, member, worth, first, out)
    return out


def scan_details(cells: Cells, streams: Streams, *, risk: F64, effect: I64, area: I64, at: int) -> F64:
    """Evidence of each stream on one day, before trust is applied.

    Parameters
    ----------
    cells, streams, risk, effect : as for scan_scores
    area : int64 array, shape (n_asked,)   areas asked for
    at : int   row of the day

    Returns
    -------
    float64 array, shape (n_asked, n_starts, n_types, n_severities, n_streams)   summed log ratios of an event
        that began so many days before

    Raises
    ------
    ValueError   as scan_scores
    """
    count, mean, phi, delay, _, is_rate, risk, effect = _checked(cells, streams, risk, effect)
    area = np.ascontiguousarray(area, np.int64)
    require_indices(area, count.shape[1], label="area")
    require_indices(np.array([at]), count.shape[0], label="at")
    n_types, n_severities, n_streams, n_starts = effect.shape
    out = np.zeros((area.size, n_starts, n_types, n_severities, n_streams))
    _details(count, mean, phi, delay, is_rate, risk, effect, area, at, out)
    return out
