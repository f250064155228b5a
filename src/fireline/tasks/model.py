"""The result of the tasks chapter: everything owed, with owner, due time, state and rule.

Chapter 9: reads zones, is read by oversight and the phone page.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from fireline.arrivals.model import Arrivals
from fireline.words import Words


@dataclass(frozen=True, slots=True)
class Tasks:
    """All tasks of one run.

    Attributes
    ----------
    table : one row per task (``tasks.tables.SCHEMA``), sorted by due time, then id
    arrivals : what chapter 3 owes for everybody and everything that arrived; tasks on arrivals rest on it
    notes : what could not be owed because a rule or a date is missing, in words
    """

    table: pl.DataFrame
    notes: tuple[Words, ...] = ()
    arrivals: Arrivals | None = None

    def tables(self) -> dict[str, pl.DataFrame]:
        """The table by the name of its file in the run's folder."""
        return {"tasks": self.table}
