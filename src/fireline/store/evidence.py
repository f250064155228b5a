"""What a search over people nobody named may rest on, and which results are signed.

Store: called by actions.tracing and actions.imports inside their transactions, and by the case page's reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl
from django.conf import settings

from fireline.pipeline.home import Home
from fireline.records.model import Records
from fireline.store.actor import Actor, plain_unit
from fireline.store.models import Case, Confirmation, Outbreak, Search, Sender, Test

LABORATORY, CLINICIANS, EXERCISE = "laboratory", "clinicians", "exercise"

SAMPLE_DAYS = 30
"""A positive sample speaks for a case whose onset, sampling or report lies within so many days of it.

A result of years ago, signed as well as it may be, says nothing about the illness of today.
"""


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


def evidence_for(
    where: Outbreak, case: Mapping[str, Any], *, by: Actor, home: Home | None = None
) -> Evidence:
    """What one actor may search on: a signed positive result first, else a clinician of another unit.

    ``home`` is where the outbreak lives (default: that of the settings); only in the home of an exercise are
    people invented. A discarded case gives no cause.
    """
    if is_invented(where, home):
        return Evidence(EXERCISE)
    if case["classification"] == "discarded":
        return Evidence("")
    sample = _sample(where, case)
    if sample:
        return Evidence(LABORATORY, ref=sample)
    if not plain_unit(by.unit):
        return Evidence("")
    said = Confirmation.objects.filter(
        outbreak_id=where.pk, case_id=case["case_id"], person_key=case["person_key"]
    ).exclude(confirmed_by=by.username)
    for one in said.order_by("confirmed_at", "pk"):
        if plain_unit(one.unit) not in ("", plain_unit(by.unit)):
            return Evidence(CLINICIANS, confirmed_by=one.confirmed_by, confirmed_unit=one.unit)
    return Evidence("")


def is_invented(where: Outbreak, home: Home | None = None) -> bool:
    """Whether the people of an outbreak are invented: an exercise, in the home of an exercise."""
    return where.is_exercise and (home or Home(settings.FIRELINE.home)).is_exercise


def _sample(where: Outbreak, case: Mapping[str, Any]) -> str:
    """The first signed positive sample taken near the illness of a case; "" where there is none."""
    trusted = Sender.objects.filter(revoked_at__isnull=True).values_list("name", flat=True)
    samples = (
        Test.objects.filter(
            outbreak_id=where.pk,
            subject_id=case["person_key"],
            result="positive",
            signed_by__in=list(trusted),
            taken_at__lte=where.at + timedelta(days=1),
        )
        .exclude(subject_kind__in=["lot", "site"])
        .order_by("taken_at", "sample_id")
        .values_list("sample_id", "taken_at")
    )
    moments = [case[c] for c in ("onset", "sampled_at", "reported_at") if case[c] is not None] or [where.at]
    near = timedelta(days=SAMPLE_DAYS)
    return next((name for name, taken in samples if any(abs(taken - m) <= near for m in moments)), "")


def stands(row: Search, case: Mapping[str, Any], where: Outbreak, *, home: Home | None = None) -> bool:
    """Whether an opened search still has its cause: the same person, and evidence that was not withdrawn."""
    opener = Actor(username=row.opened_by, role="", unit=row.opened_unit)
    is_same = row.person_key == case["person_key"]
    return is_same and bool(evidence_for(where, case, by=opener, home=home).kind)


def opened(
    where: Outbreak, *, home: Home | None = None
) -> tuple[frozenset[str] | None, frozenset[str] | None]:
    """Cases whose opened search still stands, and those whose contacts are followed; None = all, if invented.

    A search whose evidence was withdrawn meanwhile (a sender revoked, a result corrected, another person
    under the number) is not run again.
    """
    if is_invented(where, home):
        return None, None
    searches = list(Search.objects.filter(outbreak_id=where.pk).order_by("id"))
    cases = {
        row["case_id"]: row
        for start in range(0, len(searches), 500)
        for row in Case.objects.filter(
            outbreak_id=where.pk, case_id__in=[s.case_id for s in searches[start : start + 500]]
        ).values()
    }
    standing = [s for s in searches if s.case_id in cases and stands(s, cases[s.case_id], where, home=home)]
    return (
        frozenset(s.case_id for s in standing),
        frozenset(s.case_id for s in standing if s.has_secondary),
    )


_SIGNED = ("subject_id", "subject_kind", "result", "taken_at")
"""Cells of a test that a signature vouches for."""


def sign_tests(records: Records, outbreak_id: int, *, sender: str) -> list[int]:
    """Mark the results that a sender's file states exactly so; returns the ids of rows marked now.

    A row whose person, result or moment differs from the file is not marked; a sender revoked meanwhile marks
    nothing.
    """
    if not sender or not Sender.objects.filter(name=sender, revoked_at__isnull=True).exists():
        return []
    said = {
        row["sample_id"]: tuple(row[c] or "" for c in _SIGNED)
        for row in records.table("tests").filter(pl.col("result").is_not_null()).iter_rows(named=True)
    }
    ids = sorted(said)
    marked: list[int] = []
    for start in range(0, len(ids), 500):
        rows = Test.objects.filter(
            outbreak_id=outbreak_id, sample_id__in=ids[start : start + 500], signed_by=""
        )
        marked += [
            row.pk for row in rows if tuple(getattr(row, c) or "" for c in _SIGNED) == said[row.sample_id]
        ]
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
