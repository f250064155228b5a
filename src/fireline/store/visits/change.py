"""One change of a store of movement rows: files written, index segments made, keys given and erased.

Store: opened by the store and by retention, inside the transaction of an action. When the change fails, what
it wrote is taken back; when the process dies, it is an orphan that nobody reads and ``doctor`` sweeps.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from types import TracebackType
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.pipeline.home import Home
from fireline.records.model import empty
from fireline.store.models import VisitBatch, VisitFile, VisitLedger
from fireline.store.visits import files, keys, manifest, rows, segments
from fireline.store.visits.keys import Keys

_COLUMN = {"persons": "person_key", "places": "place_id"}


class Change:
    """A change of one store; use it as a context.

    Parameters
    ----------
    home : Home
    ledger : VisitLedger, locked
    is_renumbered : bool, give all keys new numbers; every day has to be indexed then
    """

    def __init__(self, home: Home, ledger: VisitLedger, *, is_renumbered: bool = False) -> None:
        self._home = home
        self._ledger = ledger
        self._tz = ZoneInfo(ledger.tz)
        self._writer = files.Writer(home, ledger.scope)
        self._next = {"persons": ledger.next_person, "places": ledger.next_place}
        self._known: dict[str, Keys] = {}
        for kind in manifest.KEYS:
            held = None if is_renumbered else manifest.of(ledger, kind).last()
            self._known[kind] = keys.load(home, held)
        self._loaded: dict[str, Keys | None] = dict(self._known)
        if is_renumbered:
            self._next = dict.fromkeys(manifest.KEYS, 0)
            self._loaded = dict.fromkeys(manifest.KEYS)
        self._days: dict[date, pl.DataFrame] = {}

    def __enter__(self) -> Change:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._writer.take_back()
            return
        try:
            self._save_keys()
            self._writer.settle()
        except BaseException:
            self._writer.take_back()
            raise

    def drop(self, gone: Iterable[VisitFile]) -> int:
        """Take day files out of the manifest; returns the rows they held."""
        held = list(gone)
        manifest.forget(self._home, held)
        self._days.clear()
        return sum(file.n_rows for file in held)

    def add(self, batch: VisitBatch, day: date, part: pl.DataFrame) -> int:
        """Write the rows of a batch on one day; returns how many of them no other file holds."""
        others = self._held(batch.table, day)
        buffer = io.BytesIO()
        part.write_parquet(buffer, compression="zstd")
        name, digest = self._writer.write(batch.table, [buffer.getvalue()], day=day, ending="parquet")
        VisitFile.objects.create(
            ledger=self._ledger,
            batch=batch,
            kind=batch.table,
            day=day,
            file=name,
            digest=digest,
            n_rows=part.height,
        )
        if batch.table == "visits":
            self._days[day] = pl.concat([others, part])
        if others.is_empty():
            return part.height
        return part.join(others, on=part.columns, how="anti", nulls_equal=True).height

    def _held(self, table: str, day: date) -> pl.DataFrame:
        """Rows of all files of one day; one that several batches hold stands there several times."""
        return pl.concat([empty(table), *manifest.day_files(self._home, self._ledger, day, table=table)])

    def index(self, days: Iterable[date]) -> None:
        """Make the index segments of days anew; a day without rows has none."""
        for day in sorted(days):
            manifest.forget(self._home, manifest.of(self._ledger, *manifest.SEGMENTS).filter(day=day))
            held = self._days.pop(day, None)
            if held is None:
                held = self._held("visits", day)
            if held.height:
                self._index(day, held)

    def _index(self, day: date, held: pl.DataFrame) -> None:
        stays = rows.stays_of(
            held, person=self._numbered("persons", held), place=self._numbered("places", held)
        )
        for kind, index in rows.indexes(stays, day, tz=self._tz).items():
            pieces = segments.pieces(index, kind=kind)
            name, digest = self._writer.write(kind, pieces, day=day, ending=segments.ENDING)
            VisitFile.objects.create(
                ledger=self._ledger,
                kind=kind,
                day=day,
                file=name,
                digest=digest,
                n_rows=index.n_visits,
                first_s=index.first_s,
                last_s=index.last_s,
            )

    def _numbered(self, kind: str, held: pl.DataFrame) -> NDArray[np.uint32]:
        """Numbers of the keys of rows; new ones are given."""
        before = self._known[kind]
        self._known[kind], numbers = before.number(held[_COLUMN[kind]], following=self._next[kind], what=kind)
        self._next[kind] += self._known[kind].table.height - before.table.height
        return numbers

    def erase_unused_keys(self) -> dict[str, int]:
        """Forget keys of which no stay is left; returns how many persons and places."""
        left = [self._keys_in(file) for file in manifest.of(self._ledger, "visits")]
        erased = {}
        for kind, column in _COLUMN.items():
            names = pl.concat([part[column] for part in (left or [empty("visits")])]).unique()
            before = self._known[kind]
            self._known[kind] = before.only(names)
            erased[kind] = before.table.height - self._known[kind].table.height
        return erased

    def _keys_in(self, file: VisitFile) -> pl.DataFrame:
        raw = files.read_checked(self._home, file)
        try:
            return pl.read_parquet(raw, columns=list(_COLUMN.values())).unique()
        except pl.exceptions.PolarsError as error:
            raise files.unreadable(file) from error

    def _save_keys(self) -> None:
        for kind, known in self._known.items():
            if known is self._loaded[kind]:
                continue
            manifest.forget(self._home, manifest.of(self._ledger, kind))
            if known.table.height:
                name, digest = self._writer.write(kind, known.pieces(), day=None, ending=keys.ENDING)
                VisitFile.objects.create(
                    ledger=self._ledger, kind=kind, file=name, digest=digest, n_rows=known.table.height
                )
        self._ledger.next_person, self._ledger.next_place = self._next["persons"], self._next["places"]
        self._ledger.save(update_fields=["next_person", "next_place"])
