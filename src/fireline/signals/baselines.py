"""What was expected of every stream, area and day, each from the days before it.

Chapter 5: reads the table of counts and streams, is read by calibration and fusion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.kernels.daily_baseline import NOT_REPORTED, OK, Baseline, Rules, daily_baseline
from fireline.kernels.predictive import upper_and_point
from fireline.records.model import Records
from fireline.signals.detectors import farrington_flexible
from fireline.signals.streams import Stream, StreamBook

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

WEEK = 7
DAILY = Rules(guard=10, min_steps=21)
WEEKLY = Rules(
    memory=6.0, guard=1, spread_memory=52.0, min_steps=12, shift_steps=8, shift_share=7, shift_patience=16,
    longest_gap=10, spread_prior=4.0,
)  # fmt: skip
"""A weekly series learns from fewer, heavier figures."""
YEAR_WEEKS = 52
WINDOW_WEEKS = 3
FEWEST_YEARS, MOST_YEARS = 3, 5
FARRINGTON_WEEKS = 156
"""Newest weeks of a weekly series whose baseline comes from the years before."""
_RATE_SCALE = 1_000.0
_SHARE_KEEP = 0.97
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Expected:
    """Figures and what was expected of them, on a calendar of days.

    Attributes
    ----------
    first : date, of row 0
    areas : tuple of area codes, sorted
    streams : tuple of Stream, sorted by name
    count, mean, phi : float64 arrays, shape (n_days, n_areas, n_streams)   NaN = none; variance is phi * mean
    upper, point : float64 arrays of the same shape   P(Y >= count), P(Y = count); NaN = no usable baseline
    state : int8 array of the same shape   of kernels.daily_baseline; a weekly figure stands on the last day
        of its week, its other days are NOT_REPORTED
    step_days : int64 array, shape (n_areas, n_streams)   1 or 7; 0 = there is no such series
    """

    first: date
    areas: tuple[str, ...]
    streams: tuple[Stream, ...]
    count: F64
    mean: F64
    phi: F64
    upper: F64
    point: F64
    state: NDArray[np.int8]
    step_days: I64

    @property
    def n_days(self) -> int:
        """Number of rows."""
        return self.count.shape[0]

    def day(self, row: int) -> date:
        """Calendar day of a row."""
        return self.first + timedelta(days=row)

    def rows(self, first: int) -> Expected:
        """The same from a row on."""
        cut = {n: getattr(self, n)[first:] for n in ("count", "mean", "phi", "upper", "point", "state")}
        return Expected(self.day(first), self.areas, self.streams, step_days=self.step_days, **cut)


def expect(
    records: Records, book: StreamBook, *, last: date, state: str = "any", keep_days: int | None = None
) -> Expected:
    """Expectations of all streams that speak in a state.

    Parameters
    ----------
    records : Records   its table of counts and its area
    book : StreamBook
    last : date   later figures are left out
    state : "any", "peace" or "emergency"
    keep_days : int or None   newest days to return; all are learnt from

    Returns
    -------
    Expected   a series whose days all lie whole weeks apart (three figures or more) is weekly
    """
    counts = records.table("counts").filter(pl.col("date") <= last)
    names = sorted(n for n in counts["stream"].unique().to_list() if book.of(n).speaks_in(state))
    counts = counts.filter(pl.col("stream").is_in(names))
    streams = tuple(book.of(n) for n in names)
    areas = tuple(sorted(counts["area_code"].unique().to_list()))
    first = counts["date"].min()
    if not isinstance(first, date):
        first = last + timedelta(days=1)
    shape = ((last - first).days + 1, len(areas), len(streams))
    figure, base = _on_calendar(counts, areas, names, first=first, shape=shape)
    holiday, _ = book.holiday_codes(first, shape[0], records.area)
    return expect_figures(
        figure, streams, areas, first=first, is_weekly=_weekly(figure), exposure=base, holiday=holiday,
        keep_days=keep_days,
    )  # fmt: skip


def _on_calendar(
    counts: pl.DataFrame,
    areas: Sequence[str],
    names: Sequence[str],
    *,
    first: date,
    shape: tuple[int, int, int],
) -> tuple[F64, F64 | None]:
    """Figures by day, area and stream, and what their mean is in proportion to; several a day are added up.

    That is the denominator where all figures of a series have one, else the coverage of a sum over units, in
    which a unit that is missing, begins or ends neither falls nor rises.
    """
    size = int(np.prod(shape))
    if not counts.height:
        return np.full(shape, np.nan), None
    place = counts.select(
        day=pl.col("date").cast(pl.Int64) + (_EPOCH - first.toordinal()),
        area=pl.col("area_code").cast(pl.Enum(areas)).to_physical().cast(pl.Int64),
        stream=pl.col("stream").cast(pl.Enum(names)).to_physical().cast(pl.Int64),
    )
    flat = np.ravel_multi_index(tuple(place[c].to_numpy() for c in ("day", "area", "stream")), shape)
    n = np.bincount(flat, minlength=size).reshape(shape)
    total = np.bincount(flat, weights=counts["count"].to_numpy(), minlength=size).reshape(shape)
    figure = np.where(n > 0, total, np.nan)
    if counts["denominator"].null_count() == counts.height:
        return figure, _covered(counts, figure, np.asarray(n, np.int64), flat)
    has = counts["denominator"].is_not_null().to_numpy()
    known = np.bincount(flat[has], minlength=size).reshape(shape)
    weights = counts["denominator"].drop_nulls().to_numpy()
    base = np.bincount(flat[has], weights=weights, minlength=size).reshape(shape)
    said: F64 = np.where((n > 0) & (known == n), base, np.nan)
    covered = _covered(counts, figure, np.asarray(n, np.int64), flat)
    if covered is not None:
        has = np.asarray((np.isfinite(said) | ~np.isfinite(figure)).all(axis=0), bool)
        said = np.where(has[None], said, covered)
    return figure, said


def _covered(counts: pl.DataFrame, figure: F64, n: I64, flat: I64) -> F64 | None:
    """Coverage of the figures, the mean of several of one day; None where the counts say none."""
    if "coverage" not in counts.columns:
        return None
    share = np.bincount(flat, weights=counts["coverage"].to_numpy(), minlength=n.size).reshape(n.shape)
    return np.where(np.isfinite(figure), share / np.maximum(n, 1), np.nan)


def _weekly(figure: F64) -> NDArray[np.bool_]:
    """Series of three figures or more whose days all lie whole weeks apart."""
    n_days = figure.shape[0]
    weekday = np.arange(n_days) % WEEK
    on = np.stack([np.isfinite(figure[weekday == d]).any(axis=0) for d in range(WEEK)])
    return (on.sum(axis=0) == 1) & (np.isfinite(figure).sum(axis=0) >= 3)


def expect_figures(
    figure: F64,
    streams: Sequence[Stream],
    areas: Sequence[str],
    *,
    first: date,
    is_weekly: NDArray[np.bool_] | None = None,
    exposure: F64 | None = None,
    holiday: I64 | None = None,
    keep_days: int | None = None,
) -> Expected:
    """Expectations of figures on a calendar of days.

    Parameters
    ----------
    figure : float64 array, shape (n_days, n_areas, n_streams)   NaN = not reported; a weekly series has one
        figure in seven days, always on the same weekday
    streams, areas : what the last two axes are
    first : date   of row 0
    is_weekly : bool array, shape (n_areas, n_streams), or None   None takes the streams' cadence
    exposure : float64 array of the shape of figure, or None   denominators; a series counts as having them
        where every figure has one
    holiday : int64 array, shape (n_days,), or None   kind of holiday, 0 = none
    keep_days : int or None   newest days to return; all are learnt from

    Returns
    -------
    Expected
    """
    n_days, n_areas, n_streams = figure.shape
    kept = n_days if keep_days is None else min(keep_days, n_days)
    start = n_days - kept
    shape = (kept, n_areas, n_streams)
    out = {n: np.full(shape, np.nan) for n in ("count", "mean", "phi", "upper", "point")}
    state = np.full(shape, NOT_REPORTED, np.int8)
    if is_weekly is None:
        is_weekly = np.tile(np.array([s.cadence_d == WEEK for s in streams], bool), (n_areas, 1))
    has_figure = np.isfinite(figure).any(axis=0)
    step_days = np.where(has_figure, np.where(is_weekly, WEEK, 1), 0)
    kinds = np.zeros(n_days, np.int64) if holiday is None else holiday
    for step in (1, WEEK):
        area, group = np.nonzero(step_days == step)
        if not area.size:
            continue
        of = [streams[int(g)] for g in group]
        begin = start if step == 1 else max(0, start // WEEK - 1)
        counts, base, phase = _steps(figure, exposure, area, group, step=step)
        found = _run(counts, base, streams, group, first=first, holiday=kinds, step=step, begin=begin)
        if step == WEEK:
            found = _from_years_before(counts, base, of, found, begin=begin)
        moved = np.array([step - 1 if s.dated == "first" else 0 for s in of], np.int64)
        day = np.arange(begin, counts.shape[0])[:, None] * step + phase + moved - start
        row, series = np.nonzero((day >= 0) & (day < kept))
        at = (day[row, series], area[series], group[series])
        out["count"][at] = counts[begin:][row, series]
        for name in ("mean", "phi", "upper", "point"):
            out[name][at] = getattr(found, name)[row, series]
        state[at] = found.state[row, series]
    return Expected(
        first + timedelta(days=start), tuple(areas), tuple(streams), state=state, step_days=step_days, **out
    )


def _steps(
    figure: F64, exposure: F64 | None, area: I64, group: I64, *, step: int
) -> tuple[F64, F64 | None, I64]:
    """Figures and denominators of some series step by step, and the day of each series' row 0."""
    daily = figure[:, area, group]
    base = None if exposure is None else exposure[:, area, group]
    phase = np.zeros(area.size, np.int64)
    if step == WEEK:
        phase = np.argmax(np.isfinite(daily), axis=0) % WEEK
        row = np.arange(-(-figure.shape[0] // WEEK))[:, None] * WEEK + phase[None, :]
        inside = row < figure.shape[0]
        row = np.minimum(row, figure.shape[0] - 1)
        daily = np.where(inside, np.take_along_axis(daily, row, axis=0), np.nan)
        base = None if base is None else np.where(inside, np.take_along_axis(base, row, axis=0), np.nan)
    if base is None:
        return daily, None, phase
    has = (np.isfinite(base) | ~np.isfinite(daily)).all(axis=0)
    return daily, (np.where(has, base, 1.0) if has.any() else None), phase


def _run(
    counts: F64,
    exposure: F64 | None,
    streams: Sequence[Stream],
    group: I64,
    *,
    first: date,
    holiday: I64,
    step: int,
    begin: int,
) -> Baseline:
    """Baselines of series side by side: what the areas of a stream share is learnt from all of them first."""
    n = counts.shape[0]
    is_weekly = step == WEEK
    weekday = np.zeros(n, np.int64) if is_weekly else (first.weekday() + np.arange(n)) % WEEK
    kinds = np.zeros(n, np.int64) if is_weekly else holiday
    rules = WEEKLY if is_weekly else DAILY
    year = 365.25 / WEEK if is_weekly else 365.25

    def run(y: F64, e: F64 | None, of: Sequence[Stream], **more: object) -> Baseline:
        return daily_baseline(
            y, weekday=weekday, holiday=kinds, exposure=e, rules=rules, year_steps=year,
            has_weekday=np.array([s.weekday and not is_weekly for s in of], bool),
            has_holiday=np.array([s.holiday and not is_weekly for s in of], bool),
            has_season=np.ones(len(of), bool),
            is_rate=np.array([s.kind == "rate" for s in of], bool),
            **more,  # type: ignore[arg-type]
        )  # fmt: skip

    calendar = None
    if not is_weekly and np.bincount(group).max() > 1:
        pooled, base = _pooled(counts, exposure, group, len(streams))
        calendar = run(pooled, base, streams).calendar
    return run(counts, exposure, [streams[g] for g in group], calendar=calendar, group=group, first_row=begin)


def _from_years_before(
    counts: F64, exposure: F64 | None, streams: Sequence[Stream], found: Baseline, *, begin: int
) -> Baseline:
    """The same, with Farrington's flexible baseline in the newest weeks that have three years or more before.

    A rate is judged as a number of a thousandth of its middle value, so that it may vary less than a count.
    """
    n = counts.shape[0]
    mean, phi, upper, point = (a.copy() for a in (found.mean, found.phi, found.upper, found.point))
    state = found.state.copy()
    is_rate = np.array([s.kind == "rate" for s in streams], bool)
    middle = np.ones(counts.shape[1])
    has_cases = (counts > 0).any(axis=0)  # a series without any has no middle: its figures stay as they are
    middle[has_cases] = np.nanmedian(np.where(counts > 0, counts, np.nan)[:, has_cases], axis=0)
    scale = np.where(is_rate & (middle > 0), _RATE_SCALE / middle, 1.0)
    for row in range(max(begin, n - FARRINGTON_WEEKS, FEWEST_YEARS * YEAR_WEEKS + WINDOW_WEEKS), n):
        said = farrington_flexible(  # as Noufaily et al. (2013) advise
            counts[: row + 1] * scale,
            np.array([row]),
            b=min(MOST_YEARS, (row - WINDOW_WEEKS) // YEAR_WEEKS),
            w=WINDOW_WEEKS,
            n_periods=10,
            weeks_excluded=26,
            threshold_method="nb_plugin",
            trend_p=1.0,
            population=None if exposure is None else exposure[: row + 1],
        )
        level, spread = said.mu0[0] / scale, said.phi[0] / scale
        at = row - begin
        for s in np.flatnonzero(np.isfinite(level) & (level > 0) & np.isfinite(counts[row])):
            mean[at, s], phi[at, s] = level[s], spread[s]
            upper[at, s], point[at, s] = upper_and_point(
                counts[row, s], level[s], spread[s], bool(is_rate[s])
            )
            state[at, s] = OK
    return Baseline(mean, phi, upper, point, state, found.calendar, found.lift)


def _pooled(counts: F64, exposure: F64 | None, group: I64, n_groups: int) -> tuple[F64, F64]:
    """Sum of a stream over the areas that reported, and the share of it that these areas have had so far."""
    rate = counts if exposure is None else counts / np.where(exposure > 0, exposure, np.nan)
    share = np.full(counts.shape[1], np.nan)
    total, base = np.full((counts.shape[0], n_groups), np.nan), np.full((counts.shape[0], n_groups), np.nan)
    for t in range(counts.shape[0]):
        here = np.isfinite(rate[t])
        known = here & np.isfinite(share)
        if known.any():
            weight = share[known] if exposure is None else share[known] * exposure[t, known]
            total[t] = np.bincount(group[known], counts[t, known], n_groups)
            base[t] = np.bincount(group[known], weight, n_groups)
        share[here] = np.where(
            np.isnan(share[here]),
            rate[t, here],
            _SHARE_KEEP * share[here] + (1 - _SHARE_KEEP) * rate[t, here],
        )
    base[~(base > 0)] = np.nan
    return total, base
