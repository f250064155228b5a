"""What each stream says of one event: figures, what was expected, how rare, and what its baseline is worth.

Chapter 5: reads baselines, calibration and fusion.scan; read by trigger.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtr

from fireline.kernels import daily_baseline as codes
from fireline.kernels.predictive import upper_and_point
from fireline.records.model import Records
from fireline.signals.baselines import WEEK, Expected
from fireline.signals.calibration import Calibration, scores_of
from fireline.signals.events import AlarmRate
from fireline.signals.fusion.scan import Posterior, profile
from fireline.signals.model import Evidence, Point
from fireline.signals.streams import StreamBook
from fireline.signals.tables import AREA_ALARMS, STREAM_DAYS
from fireline.words import Words

F64 = NDArray[np.float64]

POINT_DAYS = 28
HIGH_P = 0.05
SHOWN = 0.1
"""Days count as part of an event from when this share of it shows in the stream."""

STATES = {
    codes.OK: "ok",
    codes.NEW: "new",
    codes.NOT_REPORTED: "not_reported",
    codes.SHIFTED: "shifted",
    codes.SILENT: "silent",
    codes.NEW_HOLIDAY: "new_holiday",
}
_WORST = (codes.OK, codes.NEW_HOLIDAY, codes.SHIFTED, codes.NEW, codes.SILENT, codes.NOT_REPORTED)
NOTES = {
    "new": Words("历史数据太短，不能据此判断", "its history is too short to judge by"),
    "not_reported": Words("此期间没有上报", "nothing was reported in these days"),
    "shifted": Words(
        "水平近期发生过持续变化，基线已重新开始：请核对是否为上报方式改变",
        "its level moved and stayed, and the baseline began anew: did the way of reporting change?",
    ),
    "silent": Words(
        "应有数据的日子报了零：请核对是否漏报", "zeros where figures were expected: is it still reporting?"
    ),
    "new_holiday": Words(
        "此类节假日没有往年数据可比",
        "no holiday of this kind has been seen before; what to expect is a guess",
    ),
}


def evidence_of(
    expected: Expected,
    calibration: Calibration,
    *,
    row: int,
    members: Sequence[int],
    found: Posterior,
    rate: AlarmRate,
    kind: int,
) -> tuple[Evidence, ...]:
    """Evidence of every stream on one day in a set of areas.

    Parameters
    ----------
    expected : Expected
    calibration : Calibration
    row : int   the day
    members : indices of the areas
    found : Posterior   of that day and set
    rate : AlarmRate   of that day
    kind : int   class of the set of areas

    Returns
    -------
    tuple of Evidence   weightiest first
    """
    begun = int(np.argmax(found.starts))
    shown = profile(expected.streams, steps=expected.step_days.max(axis=0, initial=1).tolist())
    z = scores_of(calibration.p)
    areas = np.asarray(members, np.int64)
    all_ = []
    for s, stream in enumerate(expected.streams):
        here = areas[expected.step_days[areas, s] > 0]
        if not here.size:
            continue
        last = row - stream.delay_d
        rows = np.arange(max(0, row - begun), max(last, -1) + 1)
        rows = rows[shown[s, rows - (row - begun)] >= SHOWN] if rows.size else rows
        weights = shown[s, rows - (row - begun)]
        all_.append(
            _one(
                expected, s, here, rows, row,
                p=_window_p(z[..., s][np.ix_(rows, here)], weights, float(calibration.inflation[row, s])),
                weight=float(found.streams[s]),
                rate_without=float(rate.of(float(found.without[s]), kind)),
                high=calibration.p[..., s],
            )
        )  # fmt: skip
    return tuple(sorted(all_, key=lambda e: (-e.weight, e.stream)))


def _window_p(z: F64, weights: F64, inflation: float) -> float | None:
    """Probability of normal scores so high over days and areas, days varying together as they did before."""
    w = np.where(np.isfinite(z), weights[:, None], 0.0)
    square = float(np.sum(w**2))
    if not square:
        return None
    return float(ndtr(-np.nansum(w * z) / np.sqrt(square * inflation)))


def _one(
    expected: Expected,
    s: int,
    here: NDArray[np.int64],
    rows: NDArray[np.int64],
    row: int,
    *,
    p: float | None,
    weight: float,
    rate_without: float,
    high: F64,
) -> Evidence:
    stream = expected.streams[s]
    cell = np.ix_(rows, here)
    usable = np.isfinite(expected.upper[..., s][cell])
    days = rows[usable.any(axis=1)]
    state = _state(expected.state[..., s][cell]) if rows.size else "not_reported"
    last = high[days[-1], here] if days.size else np.empty(0)
    return Evidence(
        stream.name,
        stream.words,
        stream.subject,
        tuple(expected.areas[i] for i in here.tolist()),
        expected.day(int(days[0])) if days.size else None,
        expected.day(int(days[-1])) if days.size else None,
        float(np.sum(expected.count[..., s][cell][usable])),
        float(np.sum(expected.mean[..., s][cell][usable])),
        p,
        weight,
        rate_without,
        int(np.isfinite(last).sum()),
        int(np.sum(last < HIGH_P)),
        state,
        NOTES.get(state),
        points_of(expected, s, here, row),
    )


def _state(states: NDArray[np.int8]) -> str:
    """The worst state among figures that came; "not_reported" where none came."""
    came = states[states != codes.NOT_REPORTED]
    if not came.size:
        return "not_reported"
    return STATES[max(set(came.tolist()), key=_WORST.index)]


def points_of(
    expected: Expected, s: int, areas: Sequence[int] | NDArray[np.int64], row: int
) -> tuple[Point, ...]:
    """Sums over areas of one stream for the POINT_DAYS days up to a row.

    Parameters
    ----------
    expected : Expected
    s : int   stream
    areas : indices
    row : int   last day
    """
    here = np.asarray(areas, np.int64)
    found = []
    for t in range(max(0, row - POINT_DAYS + 1), row + 1):
        count, mean, phi = (a[t, here, s] for a in (expected.count, expected.mean, expected.phi))
        came = np.isfinite(count)
        if not came.any():
            if expected.step_days[here, s].max(initial=0) != WEEK:
                found.append(Point(expected.day(t), None, None, None))
            continue
        known = came & np.isfinite(mean)
        level = float(np.sum(mean[known])) if known.any() else None
        upper = level + 2.0 * float(np.sqrt(np.sum(phi[known] * mean[known]))) if level is not None else None
        found.append(Point(expected.day(t), float(np.sum(count[came])), level, upper))
    return tuple(found)


def stream_days(records: Records, expected: Expected, book: StreamBook, *, last: date) -> pl.DataFrame:
    """Newest figure of every series, the day whose figure should be there, and what is wrong with it.

    Parameters
    ----------
    records : Records   also of streams that do not speak in the present state
    expected : Expected
    book : StreamBook
    last : date   today

    Returns
    -------
    DataFrame, columns STREAM_DAYS, sorted by stream and area
    """
    spans = (
        records.table("counts")
        .filter(pl.col("date") <= last)
        .group_by("stream", "area_code")
        .agg(pl.col("date").min().alias("first"), pl.col("date").max().alias("last"), pl.len().alias("n"))
        .sort("stream", "area_code")
    )
    area_at = {a: i for i, a in enumerate(expected.areas)}
    stream_at = {s.name: i for i, s in enumerate(expected.streams)}
    closed = _closed_weekdays(records, last=last)
    rows = []
    for name, area, first, newest, _ in spans.iter_rows():
        stream = book.of(name)
        step = stream.cadence_d
        state = "ok"
        if name in stream_at and area in area_at:
            i, s = area_at[area], stream_at[name]
            step = int(expected.step_days[i, s]) or step
            came = np.flatnonzero(expected.state[:, i, s] != codes.NOT_REPORTED)
            state = STATES[int(expected.state[came[-1], i, s])] if came.size else "new"
        due = _due(last - timedelta(days=stream.delay_d), newest, step, closed.get((name, area), frozenset()))
        late = max(0, (due - newest).days)
        rows.append((name, area, first, newest, due, late, "late" if late else state, stream.is_described))
    return pl.DataFrame(rows, schema=STREAM_DAYS, orient="row")


def _due(day: date, newest: date, step: int, closed: frozenset[int]) -> date:
    """The newest day up to ``day`` on which a figure was to be expected."""
    if step == WEEK:
        return newest + timedelta(days=WEEK * max(0, (day - newest).days // WEEK))
    while day > newest and day.weekday() in closed:
        day -= timedelta(days=1)
    return max(day, newest)


def _closed_weekdays(records: Records, *, last: date) -> dict[tuple[str, str], frozenset[int]]:
    """Weekdays on which a series has not reported in its last eight weeks, though it did on others."""
    recent = records.table("counts").filter(
        (pl.col("date") <= last) & (pl.col("date") > last - timedelta(days=8 * WEEK))
    )
    open_ = recent.group_by("stream", "area_code").agg(pl.col("date").dt.weekday().unique().alias("days"))
    return {
        (stream, area): frozenset(range(WEEK)) - frozenset(d - 1 for d in days)
        for stream, area, days in open_.iter_rows()
    }


def area_alarms(expected: Expected, calibration: Calibration, *, first_row: int) -> pl.DataFrame:
    """In how many areas each stream is high: many small surprises on one day are a surprise too.

    Parameters
    ----------
    expected : Expected
    calibration : Calibration
    first_row : int   first day of the table

    Returns
    -------
    DataFrame, columns AREA_ALARMS; p is the chance of so many areas high, by how numbers like it came out on
    quiet days before (mean and spread of the number, negative binomial)
    """
    rows = []
    for s, stream in enumerate(expected.streams):
        p = calibration.p[..., s]
        n = np.isfinite(p).sum(axis=1)
        high = np.nansum(p < HIGH_P, axis=1).astype(np.float64)
        if n.max(initial=0) < 2:
            continue
        spread = _spread(high, HIGH_P * n)
        for t in np.flatnonzero(n[first_row:]) + first_row:
            level = HIGH_P * float(n[t])
            upper, point = upper_and_point(high[t], level, spread, False)
            chance = min(1.0, max(0.0, upper - 0.5 * point))
            rows.append((stream.name, expected.day(int(t)), int(n[t]), int(high[t]), level, chance))
    return pl.DataFrame(rows, schema=AREA_ALARMS, orient="row")


def _spread(high: F64, level: F64) -> float:
    """Variance over mean of the number of high areas; the median keeps outbreaks of the past out of it."""
    has = level > 0
    if has.sum() < WEEK:
        return 1.5
    off = (high[has] - level[has]) ** 2 / level[has]
    return max(1.0, float(np.mean(np.minimum(off, 9.0))))
