"""What places hands on: occupancy by hour, limits that were passed, places where cases were.

Chapter 4: reads records, is read by oversight.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from fireline.policy.model import Answer
from fireline.words import Words


@dataclass(frozen=True, slots=True)
class Places:
    """How full places were, as far as visits show it: at least this many people.

    Attributes
    ----------
    occupancy : DataFrame, columns places.tables.OCCUPANCY, sorted by place_id, hour
    exceeded : DataFrame, columns places.tables.EXCEEDED, sorted by place_id, hour
    busiest : DataFrame, columns places.tables.BUSIEST, most cases first
    answers : tuple of Answer
    notes : tuple of Words
    """

    occupancy: pl.DataFrame
    exceeded: pl.DataFrame
    busiest: pl.DataFrame
    answers: tuple[Answer, ...]
    notes: tuple[Words, ...]

    def tables(self) -> dict[str, pl.DataFrame]:
        """Tables for the output folder of a run."""
        return {"occupancy": self.occupancy, "capacity_exceeded": self.exceeded, "case_places": self.busiest}
