"""Chapter 1, daily counts: what a reporting unit owes, how its rows are read, and who has reported.

Pure: read by store.access, actions and the faces; one unit's rows in, kept rows and faults out.
"""

from __future__ import annotations

from fireline.feeds.reporting.calendar import Cell, Line, State, lines
from fireline.feeds.reporting.faults import FAULT_WORDS, ReportFault, RowFault
from fireline.feeds.reporting.owed import Cadence, Owed, read_owed
from fireline.feeds.reporting.rows import CountRow, RowLimits, read_rows
from fireline.feeds.reporting.streams import STREAMS, Stream, UnitKind

__all__ = [
    "FAULT_WORDS",
    "STREAMS",
    "Cadence",
    "Cell",
    "CountRow",
    "Line",
    "Owed",
    "ReportFault",
    "RowFault",
    "RowLimits",
    "State",
    "Stream",
    "UnitKind",
    "lines",
    "read_owed",
    "read_rows",
]
