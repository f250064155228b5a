"""An outbreak in a county of people: who infects whom, day by day, under zones, testing and tracing.

Kernels: called by drill.world.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


class Town(NamedTuple):
    """People and where they meet; people stand unit by unit, households together.

    Attributes
    ----------
    unit, house, group : int32 (n_people,), home unit, household, daily place (-1 = none)
    unit_first : int64 (n_units + 1,); house_first : int64 (n_households + 1,), first person of each
    group_first : int64 (n_places + 1,); group_member : int32 (n_members,), people of each daily place
    group_unit : int32 (n_places,), unit of the place
    errand_first : int64 (n_units + 1,); errand_unit : int32; errand_sum : float64 running share, where the
        residents of a unit go on errands
    met_first, met_unit, met_sum : likewise, where the people live who are met in a unit
    """

    unit: I32
    unit_first: I64
    house: I32
    house_first: I64
    group: I32
    group_first: I64
    group_member: I32
    group_unit: I32
    errand_first: I64
    errand_unit: I32
    errand_sum: F64
    met_first: I64
    met_unit: I32
    met_sum: F64
