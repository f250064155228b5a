"""Compressed rows: for every unit a short list of units with shares, as simulator and planners read them.

Drill: made by travel, read by county, simulate and the situation handed to a policy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Shares of other units, row by row.

    Attributes
    ----------
    first : int64 (n + 1,), where each row begins
    unit : int64 (n_links,), ascending within a row
    share : float64 (n_links,), each row sums to 1 or is empty
    """

    first: I64
    unit: I64
    share: F64

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.first) - 1

    def owner(self) -> I64:
        """Row of each link, int64 (n_links,)."""
        return np.repeat(np.arange(self.n), np.diff(self.first))

    def cumulative(self) -> F64:
        """Running sum of the shares within each row, float64 (n_links,); the last of a row is exactly 1."""
        total = np.cumsum(self.share)
        before = np.concatenate([[0.0], total])[self.first[:-1]]
        found = np.asarray(total - np.repeat(before, np.diff(self.first)))
        found[self.first[1:][np.diff(self.first) > 0] - 1] = 1.0
        return found

    def draw(self, row: I64, uniform: F64) -> I64:
        """Unit drawn from each row by the uniform number beside it, int64; no row may be empty."""
        ladder = self.owner() + self.cumulative()  # rises over all rows: one search answers them all
        at = np.searchsorted(ladder, row + uniform, side="right")
        return self.unit[np.clip(at, self.first[row], self.first[row + 1] - 1)]

    def noisy(self, rng: np.random.Generator, *, sd: float) -> Rows:
        """The same links with log-normally wrong shares, each row summing to 1 again."""
        owner = self.owner()
        weight = self.share * rng.lognormal(0.0, sd, len(self.share))
        return Rows(
            self.first, self.unit, weight / np.bincount(owner, weights=weight, minlength=self.n)[owner]
        )


def of_links(n: int, row: I64, unit: I64, weight: F64) -> Rows:
    """Rows of a list of links; the same link twice is added up, weights of a row are scaled to sum 1.

    Parameters
    ----------
    n : int, number of rows and of units
    row, unit : int64 (n_links,), in any order
    weight : float64 (n_links,), >= 0; links without weight are left out
    """
    key, index = np.unique(row * n + unit, return_inverse=True)
    total = np.bincount(index, weights=weight, minlength=len(key))
    key, total = key[total > 0], total[total > 0]
    owner = key // n
    size = np.bincount(owner, minlength=n)
    sums = np.bincount(owner, weights=total, minlength=n)
    first = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    return Rows(first, (key % n).astype(np.int64), total / sums[owner])
