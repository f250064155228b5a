"""Scans every stream whose areas have a place, each at its own pace and against the best baseline it has.

Chapter 5: reads records and baselines; read by the command that watches a folder.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from fireline.records.model import Records
from fireline.signals.baselines import Expected
from fireline.signals.clusters.explain import BASELINES, words_of_cluster
from fireline.signals.clusters.model import ScanBaseline, ScanModel, ScanZones, SpaceTimeScan
from fireline.signals.clusters.scan import space_time_scan
from fireline.signals.clusters.zones import circular_zones, connected_zones
from fireline.signals.explain import alarm_id
from fireline.signals.series import case_block, cases_with_day
from fireline.signals.streams import StreamBook
from fireline.words import Words

F64 = NDArray[np.float64]

LEAST_AREAS = 4
"""Fewer areas than this have no geography to speak of."""
MOST_AREAS = 50
"""Most areas of a zone, beside half of the people."""
SHOWN_P = 0.05
"""Clusters rarer than this by chance are reported; the most likely one is said in any case."""
KNOWN_SHARE = 0.8
"""A baseline from the stream's own history is used where it knows this share of the window."""


class Pace(NamedTuple):
    """How often a stream is counted, and how far a scan of it looks.

    Attributes
    ----------
    name : "day", "week" or "year"
    step_d : float, days between two analyses
    longest : int, steps of the longest window
    study : int, steps that a rate or a permutation is taken from
    words : Words
    """

    name: str
    step_d: float
    longest: int
    study: int
    words: Words


PACES = {
    "day": Pace("day", 1.0, 7, 56, Words("日", "day")),
    "week": Pace("week", 7.0, 4, 52, Words("周", "week")),
    "year": Pace("year", 365.25, 4, 4, Words("年", "year")),
}


@dataclass(frozen=True, slots=True)
class AreaCluster:
    """Areas in which a stream was high over its last steps.

    Attributes
    ----------
    cluster_id, stream : str
    areas : tuple of area codes, sorted
    first_day, last_day : date
    observed, expected, relative_risk, score : float
    p, p_tail : float   by rank among the replicates, and by the law fitted to them (NaN = no fit)
    recurrence_d : float   days between analyses over p
    why : Words
    """

    cluster_id: str
    stream: str
    areas: tuple[str, ...]
    first_day: date
    last_day: date
    observed: float
    expected: float
    relative_risk: float
    score: float
    p: float
    p_tail: float
    recurrence_d: float
    why: Words


@dataclass(frozen=True, slots=True)
class StreamScan:
    """What the scan of one stream found, and what it rests on.

    Attributes
    ----------
    stream : str
    words : Words, its name
    pace : Pace
    baseline : ScanBaseline; model : ScanModel
    n_areas, n_zones : int
    study_first, last_day : date   first and last day of what was looked at
    clusters : tuple of AreaCluster, the most likely first
    """

    stream: str
    words: Words
    pace: Pace
    baseline: ScanBaseline
    model: ScanModel
    n_areas: int
    n_zones: int
    study_first: date
    last_day: date
    clusters: tuple[AreaCluster, ...]

    @property
    def basis(self) -> Words:
        """The baseline in words."""
        return BASELINES[self.baseline]


class _Grid(NamedTuple):
    """One stream by step and area."""

    stream: str
    pace: Pace
    areas: tuple[str, ...]
    days: tuple[date, ...]
    counts: F64
    population: F64 | None


def scan_streams(
    records: Records,
    book: StreamBook,
    *,
    last: date,
    rng: np.random.Generator,
    expected: Expected | None = None,
    n_replicates: int = 999,
) -> tuple[tuple[StreamScan, ...], tuple[Words, ...]]:
    """Scan all streams of counts, and cases by disease, whose areas have positions or borders.

    Parameters
    ----------
    records : Records   counts, cases, areas with shapes or points, units with borders
    book : StreamBook   rates are no counts and are not scanned
    last : date   later figures are left out
    rng : Generator   each stream draws from a child of its own, in the order of names
    expected : Expected or None   of signals.baselines.expect, for streams with a history
    n_replicates : int

    Returns
    -------
    scans : tuple of StreamScan, sorted by stream
    notes : tuple of Words   which streams were not scanned, and why

    Notes
    -----
    Baseline: the stream's own history where it knows the window; else one rate over the study period where
    the people of every cell are known; else the margins of the study period (space-time permutation). Areas
    that stand above others of the same stream are left out: their figures would count twice.
    """
    skipped: dict[Words, list[Words]] = {}
    kept: list[tuple[_Grid, ScanZones]] = []
    for name, table in _tables(records, last=last):
        stream = book.of(name)
        grid = _grid(name, table, records, last=last) if stream.kind == "count" else _RATE
        zones = grid if isinstance(grid, Words) else _zones(records, grid)
        if isinstance(grid, Words) or isinstance(zones, Words):
            assert isinstance(zones, Words)
            skipped.setdefault(zones, []).append(stream.words)
        else:
            kept.append((grid, zones))
    scans = [
        _scan(grid, zones, book, expected, rng=child, n_replicates=n_replicates)
        for (grid, zones), child in zip(kept, rng.spawn(len(kept)), strict=True)
    ]
    return tuple(s for s in scans if s is not None), tuple(_note(why, of) for why, of in skipped.items())


_RATE = Words("数值为率或指数，不是例数", "the figures are rates, not counts")
_FEW = Words(f"不足 {LEAST_AREAS} 个地区", f"fewer than {LEAST_AREAS} areas")
_SHORT = Words("历史太短", "too short a history")
_STALE = Words("最近没有数据", "no recent figures")
_NO_PLACE = Words("地区没有坐标，也没有相邻关系", "the areas have neither positions nor borders")
_BROKEN = Words("含有负数或小数", "negative figures or fractions")


def _note(why: Words, streams: Sequence[Words]) -> Words:
    shown = streams[:6]
    more = len(streams) - len(shown)
    zh, en = "、".join(w.zh for w in shown), ", ".join(w.en for w in shown)
    return Words(
        f"未作时空扫描（{why.zh}）：{zh}{f' 等 {len(streams)} 路' if more else ''}。",
        f"Not scanned for clusters ({why.en}): {en}{f' and {more} more' if more else ''}.",
    )


def _tables(records: Records, *, last: date) -> list[tuple[str, pl.DataFrame]]:
    """Rows by stream (area_code, date, count, denominator), sorted by name; cases by disease among them."""
    counts = records.table("counts").filter(pl.col("date") <= last)
    found = [
        (str(name), part)
        for (name,), part in counts.select("stream", "area_code", "date", "count", "denominator").group_by(
            "stream"
        )
    ]
    for block in case_block(cases_with_day(records, last=last)):
        areas = [area for _, area in block.names]
        rows = [
            (area, block.day(t, k), float(block.counts[t, k]), None)
            for k, area in enumerate(areas)
            for t in range(block.counts.shape[0])
        ]
        schema = {"area_code": pl.String, "date": pl.Date, "count": pl.Float64, "denominator": pl.Int64}
        found.append((block.names[0][0], pl.DataFrame(rows, schema=schema, orient="row")))
    return sorted(found, key=lambda pair: pair[0])


def pace_of(days: Sequence[date]) -> Pace | None:
    """How often figures come: by the gaps between their days."""
    if len(days) < 3:
        return None
    if len({(d.month, d.day) for d in days}) == 1:
        return PACES["year"]
    gaps = {(b - a).days % 7 for a, b in pairwise(days)}
    return PACES["week"] if gaps == {0} else PACES["day"]


def _steps(pace: Pace, newest: date, n: int) -> list[date]:
    """The last n steps up to the newest figure, ascending."""
    if pace.name == "year":
        return [newest.replace(year=newest.year - k) for k in range(n - 1, -1, -1)]
    return [newest - timedelta(days=int(pace.step_d) * k) for k in range(n - 1, -1, -1)]


def _grid(stream: str, table: pl.DataFrame, records: Records, *, last: date) -> _Grid | Words:
    summed = table.group_by("area_code", "date").agg(
        pl.col("count").sum(),
        pl.when(pl.col("denominator").is_null().any()).then(None).otherwise(pl.col("denominator").sum())
        .first()
        .alias("people"),
    )  # fmt: skip
    areas = tuple(sorted(set(summed["area_code"].to_list()) - _upper(summed["area_code"], records)))
    if len(areas) < LEAST_AREAS:
        return _FEW
    pace = pace_of(sorted(summed["date"].unique().to_list()))
    if pace is None:
        return _SHORT
    newest = summed["date"].max()
    assert isinstance(newest, date)
    if (last - newest).days > 2 * pace.step_d + 7:
        return _STALE
    oldest = summed["date"].min()
    assert isinstance(oldest, date)
    steps = [d for d in _steps(pace, newest, pace.study) if d >= oldest]
    at_day, at_area = {d: i for i, d in enumerate(steps)}, {a: k for k, a in enumerate(areas)}
    counts = np.full((len(steps), len(areas)), np.nan)
    people = np.full(counts.shape, np.nan)
    for area, day, count, denominator in summed.select("area_code", "date", "count", "people").iter_rows():
        if day in at_day and area in at_area:
            cell = at_day[day], at_area[area]
            counts[cell] = math.nan if count is None else count
            people[cell] = math.nan if denominator is None else denominator
    known = np.isfinite(counts)
    if not known.any():
        return _SHORT
    if ((counts[known] < 0) | (counts[known] != np.floor(counts[known]))).any():
        return _BROKEN
    has_people = bool(np.isfinite(people[known]).all() and (people[known] > 0).all())
    return _Grid(stream, pace, areas, tuple(steps), counts, people if has_people else None)


def _upper(codes: pl.Series, records: Records) -> set[str]:
    """Areas that stand above others among these."""
    known = records.table("areas").drop_nulls("parent_code")
    parents = dict(zip(known["area_code"], known["parent_code"], strict=True))
    mine = set(codes.to_list())
    found: set[str] = set()
    for code in mine:
        up, n = parents.get(code), 0
        while up is not None and n < 8:  # a ring of parents must not hang
            if up in mine:
                found.add(up)
            up, n = parents.get(up), n + 1
    return found


def _zones(records: Records, grid: _Grid) -> ScanZones | Words:
    """Circles where every area has a position, else sets that hang together by borders."""
    n = len(grid.areas)
    most = min(MOST_AREAS, n)
    position = _positions(records)
    if all(area in position for area in grid.areas):
        lon, lat = zip(*(position[area] for area in grid.areas), strict=True)
        weight = None if grid.population is None else np.nanmean(grid.population, axis=0)
        return circular_zones(lon, lat, max_areas=most, weight=weight)
    pairs = _borders(records, grid.areas)
    if not pairs:
        return _NO_PLACE
    return connected_zones(pairs, n_areas=n, max_areas=max(1, min(most, n // 2)))


def _borders(records: Records, areas: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of areas some of whose units lie beside each other."""
    units, at = records.table("units"), {area: k for k, area in enumerate(areas)}
    home = {u: at[a] for u, a in zip(units["unit_id"], units["area_code"], strict=True) if a in at}
    beside = records.table("adjacency").select("unit_a", "unit_b").iter_rows()
    found = {tuple(sorted((home[a], home[b]))) for a, b in beside if a in home and b in home}
    return sorted((a, b) for a, b in found if a != b)


def _positions(records: Records) -> Mapping[str, tuple[float, float]]:
    """A point of each area that has a shape or a point: its own, else one on its surface."""
    found = {}
    for code, text in (
        records.table("areas").drop_nulls("geometry").select("area_code", "geometry").iter_rows()
    ):
        try:
            shape = shapely.from_geojson(json.dumps(json.loads(text)))
        except (ValueError, shapely.errors.GEOSException):
            continue
        if shape is not None and not shape.is_empty:
            point = shape.representative_point()
            found[code] = (float(point.x), float(point.y))
    return found


def _scan(
    grid: _Grid,
    zones: ScanZones,
    book: StreamBook,
    expected: Expected | None,
    *,
    rng: np.random.Generator,
    n_replicates: int,
) -> StreamScan | None:
    """The scan of one stream; None where nothing was counted."""
    if not np.nansum(grid.counts) > 0:
        return None
    n_time = len(grid.days)
    longest = min(grid.pace.longest, n_time)
    common: dict[str, Any] = {
        "zones": zones,
        "rng": rng,
        "n_replicates": n_replicates,
        "cadence_d": grid.pace.step_d,
    }
    history = _history(grid, book, expected, longest)
    if history is not None:
        mean, phi = history
        days = grid.days[-longest:]
        found = space_time_scan(
            grid.counts[-longest:], max_duration=longest, expected=mean, dispersion=phi, **common
        )
    elif grid.population is not None:
        days = grid.days
        found = space_time_scan(grid.counts, max_duration=longest, population=grid.population, **common)
    elif n_time > 1:
        days = grid.days
        found = space_time_scan(
            grid.counts, max_duration=min(longest, n_time - 1), model=ScanModel.PERMUTATION, **common
        )
    else:
        return None
    words = book.of(grid.stream).words
    return StreamScan(
        grid.stream, words, grid.pace, found.baseline, found.model, len(grid.areas), found.n_zones,
        days[0], _last_day(grid), _clusters(grid, found, days, words),
    )  # fmt: skip


def _last_day(grid: _Grid) -> date:
    """Last day of the last step."""
    newest = grid.days[-1]
    if grid.pace.name == "year":
        return newest.replace(year=newest.year + 1) - timedelta(days=1)
    return newest if grid.pace.name == "day" else newest + timedelta(days=6)


def _history(
    grid: _Grid, book: StreamBook, expected: Expected | None, longest: int
) -> tuple[F64, F64] | None:
    """Expectation and dispersion of the window by the stream's own past; None if that knows too little."""
    if expected is None or grid.pace.name == "year":
        return None
    names = [s.name for s in expected.streams]
    if grid.stream not in names or not set(grid.areas) <= set(expected.areas):
        return None
    s = names.index(grid.stream)
    columns = [expected.areas.index(area) for area in grid.areas]
    shift = 6 if grid.pace.name == "week" and book.of(grid.stream).dated == "first" else 0
    rows = [(d - expected.first).days + shift for d in grid.days[-longest:]]
    if rows[0] < 0 or rows[-1] >= expected.n_days:
        return None
    mean = expected.mean[np.ix_(rows, columns, [s])][..., 0]
    phi = np.maximum(expected.phi[np.ix_(rows, columns, [s])][..., 0], 1.0)
    usable = np.isfinite(expected.upper[np.ix_(rows, columns, [s])][..., 0]) & (mean > 0)
    known = np.isfinite(grid.counts[-longest:])
    if not known.any() or usable[known].mean() < KNOWN_SHARE:
        return None
    return np.where(usable, mean, np.nan), np.where(usable, phi, 1.0)


def _clusters(
    grid: _Grid, found: SpaceTimeScan, days: Sequence[date], words: Words
) -> tuple[AreaCluster, ...]:
    last = _last_day(grid)
    made = []
    for k, c in enumerate(found.clusters):
        if k and c.p_monte_carlo > SHOWN_P:
            continue
        areas = tuple(sorted(grid.areas[a] for a in c.areas))
        made.append(
            AreaCluster(
                alarm_id("cluster", grid.stream, last.isoformat(), *areas), grid.stream, areas,
                days[c.first_step], last, c.observed, c.expected, c.relative_risk, c.score, c.p_monte_carlo,
                c.p_gumbel, c.recurrence_d,
                words_of_cluster(
                    c, found, names=grid.areas, days=days, last_day=last, stream=words,
                ),
            )
        )  # fmt: skip
    return tuple(made)
