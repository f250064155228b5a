"""The manifest of one store of movement rows: its ledger row, which writers lock, and its files.

Store: read and written by the store of visits only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from django.db import connection, transaction
from django.db.models import QuerySet

from fireline.pipeline.home import Home
from fireline.records.model import empty, schema
from fireline.store.models import VisitFile, VisitLedger
from fireline.store.visits import files
from fireline.store.visits.rows import once

SEGMENTS = ("place", "place_long")
KEYS = ("persons", "places")
HOME_SCOPE = "home"


def scope_of(outbreak_id: int | None) -> str:
    """Name of a store, which its file names carry."""
    return HOME_SCOPE if outbreak_id is None else f"outbreak-{outbreak_id}"


@contextmanager
def locked(outbreak_id: int | None, *, tz: ZoneInfo) -> Iterator[VisitLedger]:
    """The ledger of a store, locked until the caller's transaction ends; made where the store is new.

    What is changed inside is undone when it fails, also where the caller catches the error.

    Raises
    ------
    RuntimeError   there is no transaction to hold the lock: actions open one
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a store of visits is changed inside the transaction that writes the audit row")
    scope = scope_of(outbreak_id)
    VisitLedger.objects.get_or_create(scope=scope, defaults={"outbreak_id": outbreak_id, "tz": str(tz)})
    with transaction.atomic():
        yield VisitLedger.objects.select_for_update().get(scope=scope)


def found(outbreak_id: int | None) -> VisitLedger | None:
    """The ledger of a store, None where nothing was taken in yet."""
    return VisitLedger.objects.filter(scope=scope_of(outbreak_id)).first()


def of(ledger: VisitLedger, *kinds: str) -> QuerySet[VisitFile]:
    """Files of a store, in the order of days."""
    return VisitFile.objects.filter(ledger=ledger, kind__in=kinds).order_by("day", "id")


def rows_of(home: Home, file: VisitFile, *, table: str) -> pl.DataFrame:
    """Rows of one day file.

    Raises
    ------
    IntegrityError   the file is missing, was changed, or cannot be read
    """
    raw = files.read_checked(home, file)
    try:
        return pl.read_parquet(raw).select(list(schema(table)))
    except pl.exceptions.PolarsError as error:
        raise files.unreadable(file) from error


def union(parts: Iterable[pl.DataFrame], *, table: str) -> pl.DataFrame:
    """Rows of several files, each once, sorted by all columns."""
    held = [part for part in parts if part.height]
    if not held:
        return empty(table)
    if len(held) == 1:
        return held[0]  # a file holds each row once and sorted
    return once(pl.concat(held))


def forget(home: Home, gone: Iterable[VisitFile]) -> list[Path]:
    """Take files out of the manifest; they are deleted after the commit.

    Returns
    -------
    list of Path
    """
    held = list(gone)
    paths = [files.path_of(home, file) for file in held]
    VisitFile.objects.filter(pk__in=[file.pk for file in held]).delete()
    if paths:
        transaction.on_commit(lambda: files.remove(paths))
    return paths


def digest_of(rows: pl.DataFrame) -> str:
    """What makes two batches the same: their rows, whatever the order."""
    mac = hashlib.sha256()
    mac.update(repr(rows.schema).encode())
    mac.update(rows.write_ipc(None, compat_level=pl.CompatLevel.oldest()).getvalue())
    return mac.hexdigest()


def day_files(home: Home, ledger: VisitLedger, day: date, *, table: str) -> list[pl.DataFrame]:
    """Rows of every file of one day."""
    return [rows_of(home, file, table=table) for file in of(ledger, table).filter(day=day)]
