"""Shape checks that say in one sentence which array is wrong and what was expected.

Kernels: read by every kernel of this package.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def require_length(array: NDArray[Any], length: int, *, label: str) -> None:
    """Raise ValueError unless an array is one-dimensional with the stated length.

    Raises
    ------
    ValueError   names the array, what was expected and what came
    """
    if array.ndim != 1 or array.shape[0] != length:
        raise ValueError(f"{label}: expected shape ({length},), got {array.shape}")


def require_indices(array: NDArray[Any], size: int, *, label: str) -> None:
    """Raise ValueError unless every value is an index in [0, size).

    Raises
    ------
    ValueError   gives the first row that is out of range
    """
    wrong = np.flatnonzero((array < 0) | (array >= size))
    if wrong.size:
        raise ValueError(f"{label}: row {int(wrong[0])} is outside [0, {size})")


def require_ordered_stays(enter_s: NDArray[np.int64], leave_s: NDArray[np.int64]) -> None:
    """Raise ValueError when a stay ends before it begins.

    Raises
    ------
    ValueError   gives the first row, never its content
    """
    wrong = np.flatnonzero(leave_s < enter_s)
    if wrong.size:
        raise ValueError(f"leave_s: row {int(wrong[0])} ends before it begins")
