"""VisitStore: movement rows of the home or of one outbreak, taken in once, indexed by day, deleted by day.

Store: Parquet by day is the truth; index segments and keys are made from it and can be made again. Actions
call the changes, inside the transaction that writes the audit row: files first, manifest rows last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from django.conf import settings

from fireline.clock import local_midnight
from fireline.contacts.index import VisitIndex
from fireline.errors import ConflictError, IntegrityError
from fireline.pipeline.home import Home
from fireline.records.model import empty
from fireline.store.models import Outbreak, VisitBatch, VisitFile, VisitLedger
from fireline.store.visits import keys, manifest, retention, rows, segments
from fireline.store.visits.change import Change
from fireline.store.visits.keys import Keys
from fireline.store.visits.results import Ingested, Rebuilt, Retained
from fireline.words import Words

_STATES = {"replaced": ("已被替换", "was replaced before"), "withdrawn": ("已被撤回", "was withdrawn before")}
_TRIES = 5
_READERS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Index segments and keys of one moment, ready for the searches of contacts.

    Attributes
    ----------
    segments : tuple of VisitIndex, memory-mapped, in the order of days; () where nothing is known
    persons, places : Keys, numbers of the segments as keys
    """

    segments: tuple[VisitIndex, ...]
    persons: Keys
    places: Keys


class VisitStore:
    """Movement rows of the home as a whole (``outbreak_id`` None) or of one outbreak.

    Parameters
    ----------
    home : Home
    outbreak_id : int or None
    tz : zone that cuts the days of a store that is new; None = the outbreak's, else that of the settings

    Notes
    -----
    What a store holds is the union of the rows of all its batches in force, each row once, without what
    ``retain`` cut off. So the order in which batches come does not matter, and taking one away takes away
    only what no other batch says.
    """

    def __init__(self, home: Home, outbreak_id: int | None = None, *, tz: ZoneInfo | None = None) -> None:
        self.home = home
        self.outbreak_id = outbreak_id
        self._tz = tz

    def ingest(
        self,
        frame: pl.DataFrame,
        *,
        at: datetime,
        by: str = "",
        batch_id: str = "",
        replaces: str = "",
        table: str = "visits",
        contract: Mapping[str, str] | None = None,
        import_batch_id: int | None = None,
    ) -> Ingested:
        """Take rows in, exactly once; or put them in the place of an earlier batch, which is a correction.

        Parameters
        ----------
        frame : canonical columns of the table; person keys are pseudonyms
        at : aware moment of the change
        by : who takes it in
        batch_id : name of the batch; "" = digest of its rows. A name seen before changes nothing, whatever
            the rows, also after its rows were replaced, withdrawn or deleted by day
        replaces : name of a batch in force whose rows all go when these come; "" = none
        table : "visits" or "positions"
        contract : of a bulk feed, kept with the batch
        import_batch_id : the console's upload, where it is one

        Returns
        -------
        Ingested

        Raises
        ------
        InputError   a column is unknown, or rows cannot be believed (row and column named); nothing is saved
        ConflictError   the batch to be replaced is not there or no longer in force
        StorageError   the disk fails, or numbers are used up; nothing is saved
        """
        clean = rows.checked(frame, table=table)
        name = batch_id or manifest.digest_of(clean)
        with manifest.locked(self.outbreak_id, tz=self._zone()) as ledger:
            if VisitBatch.objects.filter(ledger=ledger, batch_id=name).exists():
                return Ingested(batch_id=name, is_repeat=True)
            batch = VisitBatch(
                ledger=ledger,
                batch_id=name,
                table=table,
                replaces=replaces,
                contract=dict(contract or {}),
                made_at=at,
                made_by=by,
                import_batch_id=import_batch_id,
            )
            return self._take_in(ledger, batch, clean)

    def _take_in(self, ledger: VisitLedger, batch: VisitBatch, clean: pl.DataFrame) -> Ingested:
        """Save a new batch of checked rows."""
        table, replaces = batch.table, batch.replaces
        old = _in_force(ledger, replaces, table=table) if replaces else None
        tz = ZoneInfo(ledger.tz)
        cut = rows.cut_before(clean, ledger.retained_until, table=table, tz=tz)
        batch.n_rows = cut.rows.height
        batch.save(force_insert=True)
        with Change(self.home, ledger) as change:
            n_replaced, days = _take_away(change, ledger, [old] if old else [], state="replaced")
            parts = rows.by_day(cut.rows, table=table, tz=tz)
            n_new = sum(change.add(batch, day, part) for day, part in parts.items())
            days |= set(parts)
            if table == "visits":
                change.index(days)
                if old:
                    change.erase_unused_keys()
        return Ingested(
            batch_id=batch.batch_id,
            n_rows=cut.rows.height,
            n_new=n_new,
            n_replaced=n_replaced,
            n_too_old=cut.n_gone,
            n_coarse=rows.n_coarse(cut.rows) if table == "visits" else 0,
            days=(min(days), max(days)) if days else (),
        )

    def withdraw(self, *, import_batch_id: int) -> int:
        """Take the batches of an upload back; returns the rows they held.

        Raises
        ------
        IntegrityError   a day file that has to be read is missing or was changed
        """
        if manifest.found(self.outbreak_id) is None:
            return 0
        with (
            manifest.locked(self.outbreak_id, tz=self._zone()) as ledger,
            Change(self.home, ledger) as change,
        ):
            mine = VisitBatch.objects.filter(ledger=ledger, import_batch_id=import_batch_id, state="live")
            batches = list(mine)
            n, days = _take_away(change, ledger, batches, state="withdrawn")
            change.index(days)
            change.erase_unused_keys()
        return n

    def clear(self) -> None:
        """Take everything away before a load replaces it; days cut off by ``retain`` stay cut off."""
        if manifest.found(self.outbreak_id) is None:
            return
        with manifest.locked(self.outbreak_id, tz=self._zone()) as ledger:
            manifest.forget(self.home, VisitFile.objects.filter(ledger=ledger))
            VisitBatch.objects.filter(ledger=ledger).delete()
            ledger.next_person = ledger.next_place = 0
            ledger.tz = str(self._zone())
            ledger.save()

    def retain(self, until: date) -> Retained:
        """Delete every day before ``until``; stays that reach into the kept days begin with them.

        Returns
        -------
        Retained   the figures of the deletion certificate; keys of persons without a stay are erased

        Raises
        ------
        IntegrityError   a day file is missing or was changed
        StorageError   the disk fails; nothing is changed
        """
        with manifest.locked(self.outbreak_id, tz=self._zone()) as ledger:
            return retention.retain(self.home, ledger, until)

    def plan(self, until: date) -> Retained:
        """What ``retain`` would do; nothing is changed."""
        ledger = manifest.found(self.outbreak_id)
        return retention.plan(self.home, ledger, until) if ledger else Retained(until=until, is_done=False)

    def rebuild(self) -> Rebuilt:
        """Make all index segments again from the day files; the same numbers give the same bytes.

        Keys that cannot be read are numbered anew, and so are all where numbers are used up.

        Raises
        ------
        IntegrityError   a day file is missing or was changed
        """
        with manifest.locked(self.outbreak_id, tz=self._zone()) as ledger:
            before = {(f.kind, f.day): f.digest for f in manifest.of(ledger, *manifest.SEGMENTS)}
            days = {file.day for file in manifest.of(ledger, "visits") if file.day}
            is_renumbered = not self._are_keys_whole(ledger)
            with Change(self.home, ledger, is_renumbered=is_renumbered) as change:
                change.index(days | {day for _, day in before if day})
            after = {(f.kind, f.day): f.digest for f in manifest.of(ledger, *manifest.SEGMENTS)}
        n_changed = len({key for key, _ in set(before.items()) ^ set(after.items())})
        return Rebuilt(n_segments=len(after), n_changed=n_changed, is_renumbered=is_renumbered)

    def read(
        self,
        table: str,
        *,
        first: date | None = None,
        last: date | None = None,
        people: Collection[str] | None = None,
    ) -> pl.DataFrame:
        """Rows by day and by person where asked, each once, sorted by all columns.

        Raises
        ------
        IntegrityError   a day file is missing or was changed
        """
        ledger = manifest.found(self.outbreak_id)
        if ledger is None:
            return empty(table)
        wanted = manifest.of(ledger, table)
        if first is not None:
            wanted = wanted.filter(day__gte=first)
        if last is not None:
            wanted = wanted.filter(day__lte=last)
        parts = []
        for file in wanted:
            part = manifest.rows_of(self.home, file, table=table)
            parts.append(part if people is None else part.filter(pl.col("person_key").is_in(list(people))))
        return manifest.union(parts, table=table)

    def snapshot(self, first: date | None = None, last: date | None = None) -> Snapshot:
        """Segments that a window of days needs, with the keys of their numbers.

        Parameters
        ----------
        first, last : local days of the window, both included; None = without bound

        Returns
        -------
        Snapshot   every segment of which a stay touches the window: its days, the day before, and long
            stays of any earlier day that reach in; the caller need not look further back

        Raises
        ------
        IntegrityError   a segment is missing or was changed: nothing is answered from the others
        """
        ledger = manifest.found(self.outbreak_id)
        if ledger is None:
            return Snapshot((), keys.NOTHING, keys.NOTHING)
        for _ in range(_TRIES):
            held = list(manifest.of(ledger, "visits", *manifest.SEGMENTS, *manifest.KEYS))
            try:
                return self._load(ledger, held, first, last)
            except IntegrityError:
                # a writer may have replaced a file between the two reads: look at the manifest again
                now = set(VisitFile.objects.filter(ledger=ledger).values_list("pk", flat=True))
                if all(file.pk in now for file in held):
                    raise
        raise ConflictError(
            Words("到访：库一直在变动；请再试一次", "visits: the store was changed all the while; ask again")
        )

    def _load(
        self, ledger: VisitLedger, held: list[VisitFile], first: date | None, last: date | None
    ) -> Snapshot:
        bare = {f.day for f in held if f.kind == "visits"} - {f.day for f in held if f.kind == "place"}
        if bare:
            raise IntegrityError(
                Words(
                    f"到访：{len(bare)} 天没有索引；请运行 fireline doctor --rebuild",
                    f"visits: {len(bare)} days have no index segment; run fireline doctor --rebuild",
                )
            )
        tz = ZoneInfo(ledger.tz)
        low = local_midnight(first, tz).timestamp() if first else float("-inf")
        high = local_midnight(last + timedelta(days=1), tz).timestamp() if last else float("inf")
        wanted = [
            f
            for f in held
            if f.kind in manifest.SEGMENTS
            and f.n_rows
            and f.first_s is not None
            and f.last_s is not None
            and f.first_s < high
            and f.last_s > low
        ]
        names = {kind: next((f for f in held if f.kind == kind), None) for kind in manifest.KEYS}
        with ThreadPoolExecutor(_READERS) as pool:  # most of the time is the check of the digests
            found = list(pool.map(lambda file: segments.load(self.home, file), wanted))
        return Snapshot(
            tuple(found), keys.load(self.home, names["persons"]), keys.load(self.home, names["places"])
        )

    def _are_keys_whole(self, ledger: VisitLedger) -> bool:
        if max(ledger.next_person, ledger.next_place) > keys.LARGEST_ID:
            return False
        try:
            for kind in manifest.KEYS:
                keys.load(self.home, manifest.of(ledger, kind).last())
        except IntegrityError:
            return False
        return True

    def _zone(self) -> ZoneInfo:
        if self._tz is not None:
            return self._tz
        if self.outbreak_id is None:
            return ZoneInfo(settings.FIRELINE.time_zone)
        return ZoneInfo(Outbreak.objects.values_list("tz", flat=True).get(pk=self.outbreak_id))


def _in_force(ledger: VisitLedger, name: str, *, table: str) -> VisitBatch:
    """The batch that a correction replaces."""
    old = VisitBatch.objects.filter(ledger=ledger, batch_id=name, table=table).first()
    if old is None or old.state != "live":
        zh, en = ("不存在", "is not known") if old is None else _STATES[old.state]
        raise ConflictError(
            Words(
                f"{table}：要替换的批次{zh}；请指定一个有效批次",
                f"{table}: the batch to be replaced {en}; name a batch that is in force",
            )
        )
    return old


def _take_away(
    change: Change, ledger: VisitLedger, batches: list[VisitBatch], *, state: str
) -> tuple[int, set[date]]:
    """Take batches out of force; returns the rows they held and the days of their visits."""
    if not batches:
        return 0, set()
    held = list(VisitFile.objects.filter(ledger=ledger, batch__in=batches))
    VisitBatch.objects.filter(pk__in=[batch.pk for batch in batches]).update(state=state)
    days = {file.day for file in held if file.kind == "visits" and file.day}
    return change.drop(held), days
