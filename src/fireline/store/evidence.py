"""Marks test results that a signed file states, and takes the mark back with the file.

Store: called by actions.imports inside its transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from fireline.records.model import Records
from fireline.store.models import Sender, Test

_SIGNED = ("subject_id", "subject_kind", "result", "taken_at")
"""Cells of a test that a signature vouches for."""


def sign_tests(records: Records, outbreak_id: int, *, sender: str) -> list[int]:
    """Mark the results that a sender's file states exactly so; returns the ids of rows marked now.

    A row whose person or result differs from the file is not marked; a sender revoked meanwhile marks
    nothing.
    """
    if not sender or not Sender.objects.filter(name=sender, revoked_at__isnull=True).exists():
        return []
    said = {
        row["sample_id"]: (row["subject_id"], row["result"])
        for row in records.table("tests").filter(pl.col("result").is_not_null()).iter_rows(named=True)
    }
    ids = sorted(said)
    marked: list[int] = []
    for start in range(0, len(ids), 500):
        rows = Test.objects.filter(
            outbreak_id=outbreak_id, sample_id__in=ids[start : start + 500], signed_by=""
        )
        marked += [row.pk for row in rows if (row.subject_id, row.result) == said[row.sample_id]]
    for start in range(0, len(marked), 500):
        Test.objects.filter(pk__in=marked[start : start + 500]).update(signed_by=sender)
    return marked


def unsign_tests(ids: Iterable[int], outbreak_id: int) -> None:
    """Take marks back."""
    rows = list(ids)
    for start in range(0, len(rows), 500):
        Test.objects.filter(outbreak_id=outbreak_id, pk__in=rows[start : start + 500]).update(signed_by="")


def unsign_changed(undo: Mapping[str, Any], outbreak_id: int) -> None:
    """A result that an upload changed is no longer the one that was signed."""
    cells = undo.get("tests", {}).get("cells", ())
    unsign_tests({pk for pk, column, *_ in cells if column in _SIGNED}, outbreak_id)
