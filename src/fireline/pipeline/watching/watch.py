"""Watches records of all diseases: one trigger for each event, clusters in space, streams that are late.

Pipeline: signals over records; writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import polars as pl

from fireline.clock import local_day
from fireline.pipeline.chapters import main_disease
from fireline.pipeline.scanning import scan_records
from fireline.policy import At, Library
from fireline.policy.terms import stream_words
from fireline.records.model import Records
from fireline.signals.clusters.streams import PACES, StreamScan, pace_of
from fireline.signals.model import Signals
from fireline.signals.streams import StreamBook
from fireline.signals.watch import watch
from fireline.words import Words

STOPPED_DAYS = 365
"""A series without a figure for longer has ended; it is named and not watched."""

Progress = Callable[[float, Words], None]


@dataclass(frozen=True, slots=True)
class Watching:
    """What was seen.

    Attributes
    ----------
    signals : Signals
    scans : tuple of StreamScan, sorted by stream
    areas : mapping from area code to its name
    disease, area : str, whose rules give the clocks
    at : datetime; day : date, its local day
    notes : tuple of Words, what was not watched and why
    """

    signals: Signals
    scans: tuple[StreamScan, ...]
    areas: dict[str, str]
    disease: str
    area: str
    at: datetime
    day: date
    notes: tuple[Words, ...]


def watch_records(
    records: Records,
    library: Library,
    *,
    area: str,
    at: datetime,
    book: StreamBook,
    n_replicates: int = 999,
    progress: Progress | None = None,
) -> Watching:
    """Watch all streams and all diseases of some records.

    Parameters
    ----------
    records : Records
    library : Library
    area : str   jurisdiction whose rules hold
    at : datetime, aware   nothing later is looked at
    book : StreamBook
    n_replicates : int   of the scans
    progress : called with a share from 0 to 1 and what is being done

    Returns
    -------
    Watching
    """
    tell = progress or (lambda _share, _what: None)
    last = local_day(at, records.tz)
    current, ended = _still_running(records, last=last)
    kept, yearly = _without_years(current)
    rules = At(library, main_disease(records), area, last)
    tell(0.0, Words("判断各路数据", "judging the streams"))
    signals = watch(kept, rules, at=at, streams=book)
    tell(0.7, Words("时空扫描", "scanning for clusters"))
    scans, unscanned = scan_records(
        current, book, last=last, state=rules.state, learnt_from=kept, n_replicates=n_replicates
    )
    table = records.table("areas").drop_nulls("name")
    names = dict(zip(table["area_code"], table["name"], strict=True))
    said = signals.notes if kept.table("counts").height or not scans else ()
    notes = tuple(dict.fromkeys((*ended, *yearly, *said, *unscanned)))
    return Watching(signals, scans, names, rules.disease, area, at, last, notes)


def _still_running(records: Records, *, last: date) -> tuple[Records, tuple[Words, ...]]:
    """Records without the series of counts that ended long ago, and a note that names their streams."""
    counts = records.table("counts")
    newest = pl.col("date").filter(pl.col("date") <= last).max().over("stream", "area_code")
    is_over = (newest < last - timedelta(days=STOPPED_DAYS)).fill_null(False)
    gone = counts.filter(is_over)
    if gone.is_empty():
        return records, ()
    kept = counts.filter(~is_over)
    names = sorted(gone["stream"].unique().to_list())
    n_series = gone.select("stream", "area_code").unique().height
    said = _names(names)
    note = Words(
        f"{n_series} 条序列已超过 {STOPPED_DAYS} 天没有数据，不再监测：{said.zh}；可用 --at 查看当时。",
        f"{n_series} series have had no figure for more than {STOPPED_DAYS} days and are not watched: "
        f"{said.en}; choose a day with --at to look at them then.",
    )
    return replace(records, tables={**records.tables, "counts": kept}), (note,)


def _without_years(records: Records) -> tuple[Records, tuple[Words, ...]]:
    """Records without streams counted once a year: nothing is late in them, no day of theirs unusual."""
    counts = records.table("counts")
    days = counts.group_by("stream").agg(pl.col("date").unique().sort())
    yearly = sorted(name for name, of in days.iter_rows() if pace_of(of) is PACES["year"])
    if not yearly:
        return records, ()
    kept = counts.filter(~pl.col("stream").is_in(yearly))
    said = _names(yearly)
    note = Words(
        f"按年计数的数据流只作时空扫描：{said.zh}。",
        f"Streams counted once a year are only scanned: {said.en}.",
    )
    return replace(records, tables={**records.tables, "counts": kept}), (note,)


def _names(streams: Sequence[str], most: int = 8) -> Words:
    """Names of the first streams as one list."""
    said = [stream_words(name) for name in streams[:most]]
    more = " …" if len(streams) > most else ""
    return Words("、".join(w.zh for w in said) + more, ", ".join(w.en for w in said) + more)
