"""The result of the gap check: thirty checks with their state, and every finding on either side.

Chapter 10: reads tasks and zones, is read by bulletins and the supervisor's page.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from fireline.oversight.tables import FINDINGS, TIMELINESS, empty_findings
from fireline.words import Words


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check found.

    Attributes
    ----------
    no : int, number of the check
    status : ok, found, not_computable, no_rule or not_checked
    n_checked : int, things that could be judged
    findings : DataFrame, ``oversight.tables.FINDINGS``
    note : Words, what was judged, or why it was not
    """

    no: int
    status: str
    n_checked: int
    findings: pl.DataFrame
    note: Words


@dataclass(frozen=True, slots=True)
class Gaps:
    """All thirty checks, two-sided: too little and too much.

    Attributes
    ----------
    checks : one row per check, 1 to 30
    findings : one row per finding, sorted by check, side and subject
    timeliness : 7-1-7 intervals of the outbreak, with the bottleneck
    notes : tuple of Words
    """

    checks: pl.DataFrame
    findings: pl.DataFrame
    timeliness: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TIMELINESS))
    notes: tuple[Words, ...] = ()

    def tables(self) -> dict[str, pl.DataFrame]:
        """All tables by the name of their file in the run's folder."""
        return {"gap_checks": self.checks, "gap_findings": self.findings, "timeliness": self.timeliness}


def judged(no: int, n_checked: int, findings: list[pl.DataFrame], note: Words) -> Outcome:
    """Outcome of a check that could be made: found when there is any finding, else ok."""
    kept = [f for f in findings if f.height]
    table = pl.concat(kept).select(list(FINDINGS)) if kept else empty_findings()
    return Outcome(no, "found" if table.height else "ok", n_checked, table, note)


def not_judged(no: int, status: str, note: Words) -> Outcome:
    """Outcome of a check that could not be made (not_computable, no_rule or not_checked)."""
    return Outcome(no, status, 0, empty_findings(), note)
