"""Scans records for clusters in space and time: the same for a run, the console and the watching command.

Pipeline: read by chapters and watching; computes, writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from fireline.records.model import Records
from fireline.signals.baselines import expect
from fireline.signals.clusters.streams import SHOWN_P, StreamScan, scan_streams
from fireline.signals.streams import StreamBook
from fireline.signals.surveys import without_surveys
from fireline.signals.tables import CLUSTERS
from fireline.words import Words

SEED = 20_260_412
"""Of the replicates of scans: the same folder gives the same p."""
KEEP_DAYS = 90


def scan_records(
    records: Records,
    book: StreamBook,
    *,
    last: date,
    state: str,
    learnt_from: Records | None = None,
    n_replicates: int = 999,
) -> tuple[tuple[StreamScan, ...], tuple[Words, ...]]:
    """Scan all streams of counts, and cases by disease, against the best baseline each has.

    Parameters
    ----------
    records : Records   nothing in them is scanned where there are neither counts nor cases
    book : StreamBook
    last : date   later figures are left out
    state : str   "any", "peace" or "emergency", for the streams that speak in it
    learnt_from : Records or None   records whose history says what was expected; None = ``records``
    n_replicates : int

    Returns
    -------
    scans : tuple of StreamScan, sorted by stream
    notes : tuple of Words   what was not scanned, and why
    """
    records, _ = without_surveys(records)
    learnt_from = None if learnt_from is None else without_surveys(learnt_from)[0]
    known = expect(learnt_from or records, book, last=last, state=state, keep_days=KEEP_DAYS)
    chance = np.random.default_rng(SEED)
    return scan_streams(records, book, last=last, rng=chance, expected=known, n_replicates=n_replicates)


def clusters_table(scans: Sequence[StreamScan]) -> pl.DataFrame:
    """Clusters of all streams, the rarest first: columns CLUSTERS.

    The most likely cluster of each stream is among them also where it is not unusual; ``is_unusual`` says so.
    """
    rows = [
        (
            *(c.cluster_id, c.stream, list(c.areas), c.first_day, c.last_day, c.observed, c.expected),
            *(c.relative_risk, c.score, c.p, c.p_tail, c.recurrence_d, c.p <= SHOWN_P),
            *(s.pace.name, s.baseline.value, s.model.value, s.n_areas, s.n_zones, c.why.zh, c.why.en),
        )
        for s in scans
        for c in s.clusters
    ]
    found = pl.DataFrame(rows, schema=CLUSTERS, orient="row")
    return found.with_columns(pl.col(pl.Float64).fill_nan(None)).sort("p", "stream", "cluster_id")
