"""Stays in grid cells as an index of companions: built once from any segments, searched many times.

Chapter 7: reads contacts.index and contacts.grid; read by companions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fireline.contacts.grid import Grid
from fireline.contacts.index import VisitIndex, VisitSegments, ready
from fireline.contacts.near import Positions
from fireline.kernels.cell_days import CellArrays, build_cells
from fireline.kernels.companions import Area, whole_area


@dataclass(frozen=True, slots=True, eq=False)
class CellIndex:
    """Who was in which cell when, and on which day for how long.

    Attributes
    ----------
    arrays : CellArrays
    base_s : int   UTC midnight from which the arrays count
    n_days : int
    grid : Grid or None   None = the cells come from elsewhere, and a rule that names an edge is refused
    buffers : list   memory that searches take from and give back; one set for each search at the same time
    """

    arrays: CellArrays
    base_s: int
    n_days: int
    grid: Grid | None
    _area: list[Area] = field(default_factory=list, repr=False)
    buffers: list[tuple[NDArray[Any], ...]] = field(default_factory=list, repr=False)

    @classmethod
    def from_segments(
        cls,
        segments: VisitSegments,
        *,
        grid: Grid | None,
        cell_of_place: NDArray[np.integer[Any]] | None = None,
    ) -> CellIndex:
        """Build the index from stays.

        Parameters
        ----------
        segments : VisitIndex, several of them, or what index.ready made of them
        grid : Grid or None   the grid that the cells belong to
        cell_of_place : integer array, shape (n_places,), or None   cell of each place, as ``grid.cells``
            gives it; None = the places of the segments are cells

        Returns
        -------
        CellIndex   the same for any split of the stays; stays at a place without a cell are left out

        Raises
        ------
        ValueError   a place has no entry in cell_of_place, a cell id is too large, or the span is too long

        Notes
        -----
        Stays of one person in one cell that touch or overlap are one stay.
        """
        packed = ready(segments)
        cells = None if cell_of_place is None else np.asarray(cell_of_place)
        if cells is not None and cells.size and int(cells.max()) > (1 << 32) - 2:
            row = int(np.argmax(cells > (1 << 32) - 2))
            raise ValueError(f"cell_of_place: row {row}: expected a cell from -1 to {(1 << 32) - 2}")
        full = [k for k, ix in enumerate(packed.kept) if ix.person.size]
        base, n_days, arrays = build_cells(
            [packed.kept[k] for k in full],
            base_s=packed.base_s[full],
            last_s=packed.last_s[full],
            cell_of_place=cells,
        )
        return cls(arrays, base, n_days, grid)

    @classmethod
    def from_positions(cls, positions: Positions, *, grid: Grid) -> CellIndex:
        """Build the index from samples of positions.

        Parameters
        ----------
        positions : Positions   in the plane of the grid, see Positions.from_degrees
        grid : Grid

        Returns
        -------
        CellIndex   a person is in a cell while a sample in it holds; samples without coordinates are in none

        Raises
        ------
        InputError   a sample lies too many cells from the origin
        """
        pieces = positions.pieces
        cell = grid.cells_of_metres(pieces.x_m, pieces.y_m).cell_i
        stays = VisitIndex.from_arrays(pieces.person, cell, pieces.enter, pieces.leave)
        return cls.from_segments(stays, grid=grid)

    @property
    def n_bytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays)

    def area(self) -> Area:
        """When each person was in any cell; made when first asked for."""
        if not self._area:
            self._area.append(whole_area(self.arrays, n_days=self.n_days))
        return self._area[0]
