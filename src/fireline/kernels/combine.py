"""Several streams' surprises as one: weighted sums of normal scores, shifted by each stream's lag.

Kernels: called by signals.fusion.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.arrays import require_indices

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@njit(cache=True, nogil=True)
def _one(z, a, t, delay, weight, profile, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Scores of area a on day t by beginning; NaN where no stream has a figure."""
    n_streams, n_starts = profile.shape
    for k in range(n_starts):
        total, norm = 0.0, 0.0
        for s in range(n_streams):
            up, square = 0.0, 0.0
            for u in range(max(0, t - k), t - delay[s] + 1):
                if not math.isnan(z[u, a, s]):
                    w = profile[s, u - (t - k)]
                    up += w * z[u, a, s]
                    square += w * w
            if square > 0.0:
                total += weight[s] * up / math.sqrt(square)
                norm += weight[s] ** 2
        out[k] = total / math.sqrt(norm) if norm > 0.0 and t >= k else np.nan


@njit(cache=True, nogil=True)
def _combined(z, delay, weight, profile, first, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for t in range(first, z.shape[0]):
        for a in range(z.shape[1]):
            _one(z, a, t, delay, weight, profile, out[t - first, a])


@njit(cache=True, nogil=True)
def _resampled(z, area, start, block, delay, weight, profile, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Scores of windows made of blocks of the past; all streams of an area stay together in a block."""
    n_blocks = start.shape[1]
    window = np.empty((n_blocks * block, 1, z.shape[2]))
    for i in range(start.shape[0]):
        for b in range(n_blocks):
            for d in range(block):
                for s in range(z.shape[2]):
                    window[b * block + d, 0, s] = z[start[i, b] + d, area[i], s]
        _one(window, 0, window.shape[0] - 1, delay, weight, profile, out[i])


def _checked(z: F64, delay: I64, weight: F64, profile: F64) -> tuple[F64, I64, F64, F64]:
    z, profile = np.ascontiguousarray(z, np.float64), np.ascontiguousarray(profile, np.float64)
    if z.ndim != 3:
        raise ValueError(f"z: expected shape (n_time, n_areas, n_streams), got {z.shape}")
    n_streams = z.shape[2]
    for label, found in (("delay", delay), ("weight", weight)):
        if found.shape != (n_streams,):
            raise ValueError(f"{label}: expected shape ({n_streams},), got {found.shape}")
    if profile.ndim != 2 or profile.shape[0] != n_streams or not profile.shape[1]:
        raise ValueError(f"profile: expected shape ({n_streams}, n_starts), got {profile.shape}")
    if n_streams and (np.min(delay) < 0 or np.min(weight) < 0):
        raise ValueError("delay and weight: expected values of 0 or more")
    return z, np.ascontiguousarray(delay, np.int64), np.ascontiguousarray(weight, np.float64), profile


def combine(z: F64, *, delay: I64, weight: F64, profile: F64, first_row: int = 0) -> F64:
    """Weighted sums of normal scores over streams and days, for each day on which an event may have begun.

    Parameters
    ----------
    z : float64 array, shape (n_time, n_areas, n_streams)   normal scores, high = surprising; NaN = none
    delay : int64 array, shape (n_streams,)   days after which a day's figure is there
    weight : float64 array, shape (n_streams,), >= 0
    profile : float64 array, shape (n_streams, n_starts)   how much of an event shows in a stream so many days
        after its first infections
    first_row : int   rows before it are used, and not returned

    Returns
    -------
    float64 array, shape (n_time - first_row, n_areas, n_starts)   standard normal if scores are independent
        standard normal; index k = the event began k days before; NaN = no figure

    Raises
    ------
    ValueError   an array has the wrong shape or a value is negative

    Notes
    -----
    Within a stream: sum of profile x z over the days since the beginning that have come in, over the root
    of the sum of squares (a matched filter). Across streams: Stouffer's sum with weights ([1]_), of the
    streams that have any such day.

    References
    ----------
    .. [1] Whitlock M. (2005), Combining probability from independent tests: the weighted Z-method is superior
       to Fisher's approach, J Evol Biol 18:1368-1373, doi:10.1111/j.1420-9101.2005.00917.x.
    """
    z, delay, weight, profile = _checked(z, delay, weight, profile)
    first = min(max(first_row, 0), z.shape[0])
    out = np.empty((z.shape[0] - first, z.shape[1], profile.shape[1]))
    _combined(z, delay, weight, profile, first, out)
    return out


def resample(z: F64, *, area: I64, start: I64, block: int, delay: I64, weight: F64, profile: F64) -> F64:
    """The same sums on the last day of windows that are made of blocks of days of the past.

    Parameters
    ----------
    z, delay, weight, profile : as for combine
    area : int64 array, shape (n_windows,)
    start : int64 array, shape (n_windows, n_blocks)   first row of each block
    block : int, >= 1   days of a block

    Returns
    -------
    float64 array, shape (n_windows, n_starts)

    Raises
    ------
    ValueError   as combine, or a block leaves the array
    """
    z, delay, weight, profile = _checked(z, delay, weight, profile)
    area, start = np.ascontiguousarray(area, np.int64), np.ascontiguousarray(start, np.int64)
    if block < 1 or start.ndim != 2 or area.shape != (start.shape[0],):
        raise ValueError(f"start: expected shape (n_windows, n_blocks) beside area, got {start.shape}")
    require_indices(area, z.shape[1], label="area")
    require_indices(start.ravel(), z.shape[0] - block + 1, label="start")
    out = np.empty((area.size, profile.shape[1]))
    _resampled(z, area, start, block, delay, weight, profile, out)
    return out
