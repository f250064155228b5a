"""What a search over people nobody named may rest on, and which results are signed.

Store: called by actions.tracing and actions.imports inside their transactions, and by the case page's reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from fireline.records.model import Records
from fireline.store.actor import Actor
from fireline.store.models import Confirmation, Outbreak, Search, Sender, Test

LABORATORY, CLINICIANS, EXERCISE = "laboratory", "clinicians", "exercise"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a search may rest on.

    Attributes
    ----------
    kind : str, laboratory, clinicians, exercise, or "" where there is none
    ref : str, the sample; nothing that names a person
    confirmed_by, confirmed_unit : str, the second clinician, where the evidence is a confirmation
    """

    kind: str
    ref: str = ""
    confirmed_by: str = ""
    confirmed_unit: str = ""


def evidence_for(where: Outbreak, case: Mapping[str, Any], *, by: Actor) -> Evidence:
    """What one actor may search on: a signed positive result first, else a clinician of another unit."""
    if where.is_exercise:
        return Evidence(EXERCISE)
    trusted = Sender.objects.filter(revoked_at__isnull=True).values_list("name", flat=True)
    sample = (
        Test.objects.filter(
            outbreak_id=where.pk,
            subject_id=case["person_key"],
            result="positive",
            signed_by__in=list(trusted),
        )
        .exclude(subject_kind__in=["lot", "site"])
        .order_by("taken_at", "sample_id")
        .first()
    )
    if sample is not None:
        return Evidence(LABORATORY, ref=sample.sample_id)
    if not by.unit:
        return Evidence("")
    second = (
        Confirmation.objects.filter(outbreak_id=where.pk, case_id=case["case_id"])
        .exclude(unit=by.unit)
        .exclude(confirmed_by=by.username)
        .order_by("confirmed_at", "pk")
        .first()
    )
    if second is None:
        return Evidence("")
    return Evidence(CLINICIANS, confirmed_by=second.confirmed_by, confirmed_unit=second.unit)


def opened(where: Outbreak) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Cases whose search was opened, and those whose contacts are followed; None = all, in an exercise."""
    if where.is_exercise:  # its people are invented
        return None, None
    rows = Search.objects.filter(outbreak_id=where.pk)
    followed = rows.filter(has_secondary=True)
    return (
        frozenset(rows.values_list("case_id", flat=True)),
        frozenset(followed.values_list("case_id", flat=True)),
    )


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
