"""What a space-time scan looks at and what it finds.

Chapter 5: read by the other modules of clusters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from fireline.kernels.scan import Tree


class ScanModel(StrEnum):
    """What a window is compared with."""

    POISSON = "poisson"
    """Its own expectation, whatever happens elsewhere (expectation-based; Neill 2005)."""
    CONDITIONAL = "conditional"
    """The rest of the same data: risk inside against risk outside (population-based; Kulldorff 1997)."""
    PERMUTATION = "permutation"
    """Cases of its areas at other times and of other areas at its time (Kulldorff 2005)."""


class ScanBaseline(StrEnum):
    """Where the expected counts come from."""

    UNIFORM_RATE = "uniform_rate"
    """One rate for every person and step of the data."""
    POPULATION_BY_STEP = "population_by_step"
    """Every step expects the same number and shares it out by its population."""
    SUPPLIED = "supplied"
    """Given by the caller, of earlier data."""
    MARGINS = "margins"
    """Cases of the area times cases of the step, over all cases."""


@dataclass(frozen=True, slots=True)
class ScanZones:
    """Sets of areas that a scan looks at. They are no risk zones.

    Attributes
    ----------
    kind : "circles", "connected" or "listed"
    n_areas : int
    tree : Tree   the sets, each one area more than its parent
    """

    kind: str
    n_areas: int
    tree: Tree

    @property
    def n_zones(self) -> int:
        """How many different sets there are."""
        return int(self.tree.is_zone.sum())

    def members(self, node: int) -> tuple[int, ...]:
        """Areas of one node of the tree, ascending."""
        found = []
        left = int(self.tree.depth[node])
        for z in range(node, -1, -1):
            if self.tree.depth[z] == left:
                found.append(int(self.tree.area[z]))
                left -= 1
            if not left:
                break
        return tuple(sorted(found))

    def sets(self) -> list[tuple[int, ...]]:
        """All zones in the order of the tree, each with its areas ascending."""
        return [self.members(int(z)) for z in np.flatnonzero(self.tree.is_zone)]


@dataclass(frozen=True, slots=True)
class SpaceTimeCluster:
    """One zone and the last steps, with more cases than expected.

    Attributes
    ----------
    areas : tuple of int, ascending column numbers
    first_step, last_step : int, rows of the counts, both inside
    observed, expected : float, over the reported cells inside
    relative_risk : float   observed / expected; under CONDITIONAL and PERMUTATION that over the same ratio
        outside (infinite when nothing is left outside)
    score : float, log-likelihood ratio
    p_monte_carlo : float   (1 + replicates whose largest score is not lower) / (1 + replicates)
    p_gumbel : float   upper tail of the Gumbel law fitted to the replicates' largest scores; NaN = no fit
    recurrence_d, recurrence_gumbel_d : float, days between analyses over each p: how rarely chance alone
        gives such a score to whoever looks as often
    """

    areas: tuple[int, ...]
    first_step: int
    last_step: int
    observed: float
    expected: float
    relative_risk: float
    score: float
    p_monte_carlo: float
    p_gumbel: float
    recurrence_d: float
    recurrence_gumbel_d: float

    @property
    def duration(self) -> int:
        """Steps of the cluster."""
        return self.last_step - self.first_step + 1


@dataclass(frozen=True, slots=True)
class SpaceTimeScan:
    """Result of one scan, with all that its figures rest on.

    Attributes
    ----------
    model : ScanModel
    baseline : ScanBaseline
    clusters : tuple of SpaceTimeCluster   the most likely first; no two share an area. p of the later ones
        compares with the largest score of each replicate, hence is on the safe side
    kind : str, kind of the zones
    n_zones, max_duration, n_replicates, cadence_d : what was looked at, how far back and how often
    dispersion : float   variance over mean of the replicates' cells (the mean of what was given)
    n_unreported : int   cells of the data left out of observed and expected
    maxima : float64 array, shape (n_replicates,)   largest score of each replicate
    """

    model: ScanModel
    baseline: ScanBaseline
    clusters: tuple[SpaceTimeCluster, ...]
    kind: str
    n_zones: int
    max_duration: int
    n_replicates: int
    cadence_d: float
    dispersion: float
    n_unreported: int
    maxima: NDArray[np.float64] = field(repr=False)
