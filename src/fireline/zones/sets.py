"""Sets of units that zone rules speak of: cases' homes, visited, next door, the county.

Chapter 8: delimit builds them once and lets each level's rule pick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fireline.errors import PolicyError
from fireline.zones.locate import UnitMap, within


@dataclass(frozen=True, slots=True)
class UnitSets:
    """Boolean masks over units, and who is behind each: unit index -> case ids."""

    home: NDArray[np.bool_]
    visited: NDArray[np.bool_]
    adjacent: NDArray[np.bool_]
    county: NDArray[np.bool_]
    home_of: Mapping[int, list[str]]
    visited_by: Mapping[int, list[str]]

    def pick(self, value: Mapping[str, Any], unit_map: UnitMap) -> NDArray[np.bool_]:
        """Units that a zone.define value's ``of`` names."""
        of = str(value["of"])
        sets = {
            "case_units": self.home,
            "adjacent_or_visited": self.adjacent | self.visited,
            "rest_of_county": self.county,
        }
        if of == "radius" and "radius_m" in value:
            return self.home | within(unit_map, unit_map.xyz[self.home], float(value["radius_m"]))
        if of not in sets:
            raise PolicyError(
                f"rule zone.define: of = {of!r} cannot be drawn; allowed: {', '.join(sets)}, "
                "radius with radius_m; mend the pack"
            )
        return sets[of]
