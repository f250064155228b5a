"""Deletes whole days of movement; what reaches into the kept days is carried over, nothing older is kept.

Store: used by the store of visits only; a dry run and the deletion count the same way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl

from fireline.pipeline.home import Home
from fireline.store.models import VisitFile, VisitLedger
from fireline.store.visits import files, manifest, rows
from fireline.store.visits.change import Change
from fireline.store.visits.results import Retained


@dataclass(frozen=True, slots=True)
class _Old:
    """What lies before a day: day files, index segments, and rows that are carried over by batch."""

    day_files: list[VisitFile]
    segments: list[VisitFile]
    carried: dict[int, pl.DataFrame]
    counts: Retained


def plan(home: Home, ledger: VisitLedger, until: date) -> Retained:
    """Figures of a deletion; nothing is changed. Keys to be erased are not counted before it is done."""
    return _look(home, ledger, until).counts


def retain(home: Home, ledger: VisitLedger, until: date) -> Retained:
    """Delete every day before ``until`` of a locked ledger; see VisitStore.retain."""
    if ledger.retained_until is not None and until <= ledger.retained_until:
        return Retained(until=until, is_done=True, n_left=_n_left(ledger))
    old = _look(home, ledger, until)
    ledger.retained_until = until
    ledger.save(update_fields=["retained_until"])
    with Change(home, ledger) as change:
        batches = {file.batch.pk: file.batch for file in old.day_files if file.batch}
        change.drop([*old.day_files, *old.segments])
        for key, part in old.carried.items():
            change.add(batches[key], until, part)
        if old.carried:
            change.index([until])
        erased = change.erase_unused_keys()
    return replace(
        old.counts,
        is_done=True,
        n_left=_n_left(ledger),
        n_persons=erased["persons"],
        n_places=erased["places"],
    )


def _n_left(ledger: VisitLedger) -> int:
    return sum(manifest.of(ledger, *files.TABLES).values_list("n_rows", flat=True))


def _look(home: Home, ledger: VisitLedger, until: date) -> _Old:
    """Everything before a day, and what of it reaches further."""
    day_files = list(manifest.of(ledger, *files.TABLES).filter(day__lt=until).select_related("batch"))
    segments = list(manifest.of(ledger, *manifest.SEGMENTS).filter(day__lt=until))
    carried: dict[int, list[pl.DataFrame]] = {}
    n_gone = 0
    for file, cut in _cuts(home, ledger, day_files, until):
        n_gone += cut.n_gone
        if cut.rows.height and file.batch_id is not None:
            carried.setdefault(file.batch_id, []).append(cut.rows)
    together = {key: manifest.union(parts, table="visits") for key, parts in carried.items()}
    n_carried = sum(part.height for part in together.values())
    mac = hashlib.sha256()
    for file in sorted([*day_files, *segments], key=lambda f: f.file):
        mac.update(f"{file.file}\n{file.digest}\n".encode())
    counts = Retained(
        until=until,
        is_done=False,
        n_files=len(day_files) + len(segments),
        n_rows=n_gone,
        n_carried=n_carried,
        n_left=_n_left(ledger) - sum(file.n_rows for file in day_files) + n_carried,
        digest=mac.hexdigest() if day_files else "",
    )
    return _Old(day_files, segments, together, counts)


def _cuts(
    home: Home, ledger: VisitLedger, day_files: list[VisitFile], until: date
) -> Iterator[tuple[VisitFile, rows.Cut]]:
    tz = ZoneInfo(ledger.tz)
    for file in day_files:
        held = manifest.rows_of(home, file, table=file.kind)
        yield file, rows.cut_before(held, until, table=file.kind, tz=tz)
