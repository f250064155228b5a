"""What the input records of things being done: whether a missing entry means "not done" or only "not told".

Chapter 9: a task is overdue only where the source keeps the register that would show it done.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from fireline.records.model import Records

NONE = ""
"""Register of tasks whose completion no canonical table can hold."""

_PERSON, _LOT = pl.col("subject_kind") == "person", pl.col("subject_kind") == "lot"

REGISTERS: dict[str, tuple[str, str, pl.Expr | None]] = {
    "cases.reported_at": ("cases", "reported_at", None),
    "cases.isolated_at": ("cases", "isolated_at", None),
    "visits": ("visits", "enter", None),
    "contacts.managed_at": ("contacts", "managed_at", None),
    "contacts.released_at": ("contacts", "released_at", None),
    "tests.person": ("tests", "taken_at", _PERSON),
    "tests.lot": ("tests", "taken_at", _LOT),
    "arrivals.accepted_at": ("arrivals", "accepted_at", None),
    "lots.declared_at": ("lots", "declared_at", None),
}
"""Register -> table, the moment that is entered, and which rows count."""


def kept(records: Records, *, at: datetime) -> frozenset[str]:
    """Registers that the source keeps: those with at least one entry up to ``at``.

    Parameters
    ----------
    records : cleaned tables
    at : aware UTC instant; later entries are not known

    Returns
    -------
    frozenset of str   names of REGISTERS, and "lot_handlers" where anybody is listed

    Notes
    -----
    One entry shows that the source writes such things down, so that a missing one speaks. A column that is
    empty throughout says nothing about anybody.
    """
    found = set()
    for name, (table, column, rows) in REGISTERS.items():
        frame = records.table(table)
        if rows is not None:
            frame = frame.filter(rows)
        if frame.select((pl.col(column) <= at).any()).item():
            found.add(name)
    if records.has("lot_handlers"):
        found.add("lot_handlers")
    return frozenset(found)
