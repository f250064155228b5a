"""Movement rows as Parquet files by day; a file counts only when its manifest row is committed.

Store: the order is file, fsync, rename, folder fsync, then the row in the transaction of the action.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from fireline.errors import IntegrityError
from fireline.pipeline.home import Home
from fireline.records.model import empty, schema
from fireline.store.models import VisitBatch
from fireline.words import Words

_MOMENT = {"visits": "enter", "positions": "at"}


def write_days(
    frame: pl.DataFrame,
    *,
    table: str,
    outbreak_id: int,
    home: Home,
    tz: ZoneInfo,
    at: datetime,
    import_batch_id: int | None = None,
) -> int:
    """Write movement rows, one file per local day, and their manifest rows.

    Call it inside the transaction that writes the audit row; when that fails the files are orphans, which
    nobody reads and ``doctor`` sweeps.

    Returns
    -------
    int   files written
    """
    if frame.is_empty():
        return 0
    moment = _MOMENT[table]
    days = frame.with_columns(pl.col(moment).dt.convert_time_zone(str(tz)).dt.date().alias("__day"))
    rows = []
    for (day,), part in sorted(days.group_by("__day"), key=lambda item: str(item[0][0])):
        name = f"{day}/{table}-{outbreak_id}-{secrets.token_hex(8)}.parquet"
        digest = _write_durably(part.drop("__day").sort(list(schema(table))), home.visits / name)
        rows.append(
            VisitBatch(
                outbreak_id=outbreak_id,
                table=table,
                day=day,
                file=name,
                digest=digest,
                n_rows=part.height,
                made_at=at,
                import_batch_id=import_batch_id,
            )
        )
    VisitBatch.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def read_days(
    *,
    table: str,
    outbreak_id: int,
    home: Home,
    first: date | None = None,
    last: date | None = None,
    people: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Movement rows of an outbreak, by day and by person where asked, sorted by all columns.

    Raises
    ------
    IntegrityError   a file of the manifest is missing or was changed
    """
    wanted = VisitBatch.objects.filter(outbreak_id=outbreak_id, table=table)
    if first is not None:
        wanted = wanted.filter(day__gte=first)
    if last is not None:
        wanted = wanted.filter(day__lte=last)
    parts = []
    for batch in wanted.order_by("day", "id"):
        raw = _read(home.visits / batch.file)
        if hashlib.sha256(raw).hexdigest() != batch.digest:
            raise IntegrityError(
                Words(
                    f"visits/{batch.file}：文件不是当初保存的文件；请恢复",
                    f"visits/{batch.file}: the file is not the one that was saved; restore it",
                )
            )
        part = pl.read_parquet(raw)
        parts.append(part if people is None else part.filter(pl.col("person_key").is_in(list(people))))
    if not parts:
        return empty(table)
    return pl.concat(parts).select(list(schema(table))).sort(list(schema(table)))


def orphans(home: Home) -> list[Path]:
    """Files under visits/ that no committed manifest row names."""
    known = set(VisitBatch.objects.values_list("file", flat=True))
    files = (path for path in home.visits.rglob("*") if path.is_file())
    return sorted(path for path in files if path.relative_to(home.visits).as_posix() not in known)


def missing(home: Home) -> list[str]:
    """Manifest rows whose file is not there."""
    names = VisitBatch.objects.order_by("file").values_list("file", flat=True)
    return [name for name in names if not (home.visits / name).is_file()]


def delete_outbreak(outbreak_id: int, *, home: Home) -> list[Path]:
    """Take the manifest rows of an outbreak away; returns the files to delete after the commit."""
    batches = VisitBatch.objects.filter(outbreak_id=outbreak_id)
    files = [home.visits / name for name in batches.values_list("file", flat=True)]
    batches.delete()
    return files


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise IntegrityError(
            Words(
                f"visits/{path.parent.name}/{path.name}：清单中有此文件，但无法读取；请恢复",
                f"visits/{path.parent.name}/{path.name}: the manifest names this file, but it cannot be "
                "read; "
                "restore it",
            )
        ) from error


def _write_durably(frame: pl.DataFrame, path: Path) -> str:
    """Write one file so that it is whole on disk before anybody hears of it; returns its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    frame.write_parquet(part, compression="zstd")
    raw = part.read_bytes()
    handle = os.open(part, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return hashlib.sha256(raw).hexdigest()
