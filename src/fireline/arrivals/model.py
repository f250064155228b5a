"""What arrivals hands on: duties on landing and importation by pocket.

Chapter 3: reads records, is read by tasks and oversight.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from fireline.policy.model import Answer
from fireline.words import Words


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What is owed for each person and lot that arrived, and how many came in which way.

    Attributes
    ----------
    owed : DataFrame, columns arrivals.tables.OWED, sorted by subject_kind, subject_id, due_by, duty, n
    importation : DataFrame, columns arrivals.tables.IMPORTATION, one row per pocket in a fixed order
    answers : tuple of Answer, every distinct answer that was used
    notes : tuple of Words
    """

    owed: pl.DataFrame
    importation: pl.DataFrame
    answers: tuple[Answer, ...]
    notes: tuple[Words, ...]

    def tables(self) -> dict[str, pl.DataFrame]:
        """Tables for the output folder of a run."""
        return {"arrivals_owed": self.owed, "importation": self.importation}
