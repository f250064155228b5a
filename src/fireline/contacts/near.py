"""Who was within some metres of a case for more than some seconds, from samples of positions.

Chapter 7: reads kernels.near; distance and time come from the rule that the caller holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fireline.contacts.grid import Grid
from fireline.contacts.search import Integers, checked
from fireline.kernels.arrays import require_length
from fireline.kernels.near import NearBy, Pieces, find_near, hold
from fireline.kernels.visit_index import LARGEST_ID

LARGEST_M = 1e9
"""Metres from the origin of the plane."""


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Samples of positions, each held until the next one.

    Attributes
    ----------
    pieces : Pieces
    edge_m : float   edge of the cells that make the search quick; it changes no answer
    max_gap_s : int   a longer silence between two samples is no position at all
    n_without : int   samples without usable coordinates, left out as though never sent
    """

    pieces: Pieces
    edge_m: float
    max_gap_s: int
    n_without: int

    @classmethod
    def from_metres(
        cls,
        person_i: NDArray[Any],
        at_s: NDArray[Any],
        x_m: NDArray[Any],
        y_m: NDArray[Any],
        *,
        max_gap_s: int,
        edge_m: float = 10.0,
    ) -> Positions:
        """Samples in metres of one plane, such as those of a building's tags.

        Parameters
        ----------
        person_i, at_s : integer arrays, shape (n_samples,)   index; UTC epoch seconds
        x_m, y_m : float arrays, shape (n_samples,)   NaN = not known
        max_gap_s : int, seconds, >= 1
        edge_m : float, > 0   best near the distance that will be asked for

        Returns
        -------
        Positions   the same for any order of the samples

        Raises
        ------
        ValueError   shapes differ, or a value is out of range (gives the row, never a person)

        Notes
        -----
        A sample holds from its second until the same person's next sample when that comes within max_gap_s,
        else for no time: nothing is claimed that was not observed at both ends. The last sample holds for no
        time. Of several samples of one person at one second the one with the largest (x, y) counts.
        """
        person, at, x, y = np.asarray(person_i), np.asarray(at_s), np.asarray(x_m), np.asarray(y_m)
        for array, label in ((person, "person_i"), (at, "at_s"), (x, "x_m"), (y, "y_m")):
            require_length(array, person.shape[0] if person.ndim else 0, label=label)
        _require_whole(person, label="person_i", low=0, high=LARGEST_ID)
        _require_whole(at, label="at_s", low=-(2**52), high=2**52)
        if max_gap_s < 1 or not edge_m > 0:
            raise ValueError(
                f"max_gap_s, edge_m: expected at least 1 second and more than 0 m, got {max_gap_s}, {edge_m}"
            )
        x, y = x.astype(np.float64), y.astype(np.float64)
        known = np.isfinite(x) & np.isfinite(y)
        far = known & (
            (np.abs(np.where(known, x, 0)) > LARGEST_M) | (np.abs(np.where(known, y, 0)) > LARGEST_M)
        )
        if far.any():
            raise ValueError(
                f"x_m: row {int(np.argmax(far))}: expected at most {LARGEST_M:g} m from the origin"
            )
        pieces = hold(
            person[known].astype(np.uint32),
            at[known].astype(np.int64),
            x[known],
            y[known],
            max_gap_s=int(max_gap_s),
            edge_m=max(float(edge_m), 1.0),
        )
        return cls(pieces, max(float(edge_m), 1.0), int(max_gap_s), int(known.size - np.count_nonzero(known)))

    @classmethod
    def from_degrees(
        cls,
        person_i: NDArray[Any],
        at_s: NDArray[Any],
        lon: NDArray[Any],
        lat: NDArray[Any],
        *,
        grid: Grid,
        max_gap_s: int,
        edge_m: float = 10.0,
    ) -> Positions:
        """Samples in degrees, in the plane of a grid; its stated error is the error of every distance."""
        x, y = grid.project(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
        return cls.from_metres(person_i, at_s, x, y, max_gap_s=max_gap_s, edge_m=edge_m)


def near(
    positions: Positions,
    cases: Integers,
    from_s: Integers | int,
    to_s: Integers | int,
    *,
    metres: float,
    seconds: float,
) -> NearBy:
    """Find everyone who was nearer than some metres to a case for more than some seconds.

    Parameters
    ----------
    positions : Positions
    cases : integers, shape (n_cases,)   person indices
    from_s, to_s : integers, shape (n_cases,), or one for all   window [from, to) of each case
    metres : float, > 0   strictly nearer; read from policy by the caller
    seconds : float, >= 0   strictly longer, without a break

    Returns
    -------
    NearBy   one row for each case and person, sorted by (case_i, person_i); sums over qualifying episodes

    Raises
    ------
    ValueError   shapes differ, a case is no index, a window ends before it begins, or a limit is out of range

    Notes
    -----
    Two persons are near at a second when both hold a position and the positions are less than ``metres``
    apart. An episode is an unbroken run of such seconds, clipped to the window.
    """
    if not 0 < metres <= LARGEST_M:
        raise ValueError(f"metres: expected more than 0 and at most {LARGEST_M:g}, got {metres}")
    if not seconds >= 0:
        raise ValueError(f"seconds: expected at least 0, got {seconds}")
    asked = checked(cases, from_s, to_s, 1, within_s=0)
    return find_near(
        positions.pieces,
        cases=asked["cases"],
        from_s=asked["from_s"],
        to_s=asked["to_s"],
        metres=metres,
        seconds=seconds,
        edge_m=positions.edge_m,
    )


def _require_whole(array: NDArray[Any], *, label: str, low: int, high: int) -> None:
    """Refuse anything but integers in range, by row."""
    if not np.issubdtype(array.dtype, np.integer):
        with np.errstate(invalid="ignore"):
            is_number = np.issubdtype(array.dtype, np.floating)
            bad = ~(np.isfinite(array) & (array == np.floor(array))) if is_number else None
        if bad is None:
            raise TypeError(f"{label}: expected integers, got {array.dtype}")
        if bad.any():
            raise ValueError(f"{label}: row {int(np.argmax(bad))} is not a whole number; expected integers")
    wrong = (array < low) | (array > high)
    if wrong.any():
        raise ValueError(f"{label}: row {int(np.argmax(wrong))}: expected {low} to {high}")
