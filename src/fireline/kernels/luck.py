"""Chance by counting: a uniform number for a seed, a person, a purpose and a day, the same in every run.

Kernels: called by spatial_outbreak and drill.world. Two runs that agree on who was infected draw the same
luck for them, whatever else differs (common random numbers).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.arrays import require_length

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_A, _MIX_B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53


@njit(cache=True, nogil=True, inline="always")
def _mixed(x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    x = x + _GOLDEN
    x = (x ^ (x >> _S30)) * _MIX_A
    x = (x ^ (x >> _S27)) * _MIX_B
    return x ^ (x >> _S31)


@njit(cache=True, nogil=True)
def uniform(seed, person, purpose, extra):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """One uniform number in [0, 1): splitmix64 over the four whole numbers, each mixed in turn."""
    x = _mixed(np.uint64(seed) ^ _mixed(np.uint64(person)))
    x = _mixed(x ^ np.uint64(purpose))
    x = _mixed(x ^ np.uint64(extra))
    return np.float64(x >> _S11) * _UNIT


@njit(cache=True, nogil=True)
def _uniforms(seed, person, purpose, extra, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for i in range(person.shape[0]):
        out[i] = uniform(seed, person[i], purpose, extra[i])


def uniforms(
    seed: int, person: NDArray[np.int64], *, purpose: int, extra: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Uniform numbers in [0, 1), the same for the same four whole numbers.

    Parameters
    ----------
    seed : int, 0 .. 2**63 - 1
    person, extra : int64 (n,), >= 0
    purpose : int, >= 0

    Returns
    -------
    float64 (n,)

    Raises
    ------
    ValueError   extra has another length than person

    References
    ----------
    .. [1] Steele G., Lea D., Flood C. (2014), doi:10.1145/2660193.2660195: the mixing function of splitmix64.
    .. [2] Salmon J. et al. (2011), doi:10.1145/2063384.2063405: random numbers as a function of a counter.
    """
    require_length(extra, person.shape[0], label="extra")
    out = np.empty(person.shape[0])
    _uniforms(
        seed, np.ascontiguousarray(person, np.int64), purpose, np.ascontiguousarray(extra, np.int64), out
    )
    return out
