"""Reproduction number, trend and nowcast of every disease with enough cases, as tables and sentences.

Chapter 5: reads cases with their days and the disease profiles; read by watch.
"""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from fireline.policy import At
from fireline.signals.renewal.daily import DailyCases, basis_of, daily_cases, with_days
from fireline.signals.renewal.explain import words_of_nowcast, words_of_rt, words_of_silence, words_of_trend
from fireline.signals.renewal.interval import serial_interval_of
from fireline.signals.renewal.model import F64, Nowcast, Renewal, Rt, SerialInterval, Trend
from fireline.signals.renewal.nowcast import nowcast, reporting_triangle
from fireline.signals.renewal.rows import (
    AREA_DAYS,
    COMPLETE_SHARE,
    MIN_CASES,
    TREND_DAYS,
    WINDOW,
    nowcast_rows,
    rt_rows,
)
from fireline.signals.renewal.rt import estimate_rt
from fireline.signals.renewal.trend import STABLE_BAND, classify_trend
from fireline.signals.tables import NOWCAST, RT
from fireline.words import Words

MIN_REPORT_SHARE = 0.8
MIN_NOWCAST_CASES = 20
MIN_SAID_SEEN = 0.3
"""Sentences speak of days of whose cases at least this share is reported; the tables go further."""


def assess(cases: pl.DataFrame, rules: At, *, last: date, tz: ZoneInfo, area: str) -> Renewal:
    """Follow every disease that has enough cases.

    Parameters
    ----------
    cases : DataFrame   as series.cases_with_day gives it
    rules : At   its library holds the profiles
    last : date   the present day; what was reported later is not known yet
    tz : time zone of days
    area : str   code that stands for all cases together

    Returns
    -------
    Renewal   rows only for days whose windows hold at least MIN_CASES local cases (R) or cases (trend)

    Notes
    -----
    Days are those of onset where half of the cases have one, else of report, else of sampling; cases without
    that day are left out and counted in a note. R needs a serial interval with a source.
    """
    tables, late = [pl.DataFrame(schema=RT)], [pl.DataFrame(schema=NOWCAST)]
    notes: list[Words] = []
    said: dict[str, tuple[Words, ...]] = {}
    for (disease,), part in cases.group_by("disease_id", maintain_order=True):
        profile = rules.library.profile(str(disease))
        name = Words(profile.name_zh, profile.name_en) if profile else Words.same(str(disease) or "-")
        found = _follow(part, str(disease), serial_interval_of(profile), name, last=last, tz=tz, area=area)
        tables.append(found.rt)
        late.append(found.nowcast)
        notes.extend(found.notes)
        said |= found.said
    return Renewal(
        pl.concat(tables).sort("stream", "area_code", "last_day"),
        pl.concat(late).sort("stream", "area_code", "day"),
        said,
        tuple(notes),
    )


def _follow(
    part: pl.DataFrame,
    disease: str,
    interval: SerialInterval | Words,
    name: Words,
    *,
    last: date,
    tz: ZoneInfo,
    area: str,
) -> Renewal:
    """One disease."""
    days = with_days(part, last=last, tz=tz)
    basis = basis_of(days)
    counted = days.filter(pl.col(basis).is_not_null())
    if counted.height < MIN_CASES:
        return Renewal(pl.DataFrame(schema=RT), pl.DataFrame(schema=NOWCAST), {}, ())
    curve = daily_cases(counted, disease, basis, last=last, area=area)
    notes = _left_out(name, days.height - counted.height, basis)
    late, more = _late(counted, curve, name) if basis == "onset" else (None, [])
    notes += more
    rt = None
    if isinstance(interval, SerialInterval):
        rt = _reproduction(curve, interval, late)
    else:
        notes.append(
            Words(
                f"{name.zh}：{interval.zh}，不计算再生数，只给出趋势。",
                f"{name.en}: {interval.en}; no reproduction number is computed, only the trend.",
            )
        )
    table = rt_rows(curve, rt, _trends(curve, late), late)
    said = _said(table, curve, interval, late)
    return Renewal(table, nowcast_rows(curve, late), {disease: said} if said else {}, tuple(notes))


def _left_out(name: Words, n: int, basis: str) -> list[Words]:
    if not n:
        return []
    zh, en = {"onset": ("发病日", "day of onset"), "reported": ("报告日", "day of report")}.get(
        basis, ("采样日", "day of sampling")
    )
    return [
        Words(
            f"{name.zh}：{n} 例没有{zh}，未计入再生数和趋势。",
            f"{name.en}: {n} case(s) without a {en} are left out of reproduction number and trend.",
        )
    ]


def _late(counted: pl.DataFrame, curve: DailyCases, name: Words) -> tuple[Nowcast | None, list[Words]]:
    """Nowcast of all cases together, where most of them have both days."""
    both = counted.filter(pl.col("reported").is_not_null())
    is_early = both["reported"] < both["onset"]
    n_early = int(is_early.sum())
    both = both.filter(~is_early)
    if both.height < MIN_NOWCAST_CASES or both.height < MIN_REPORT_SHARE * counted.height:
        return None, []
    first = curve.first.toordinal()
    onset, report = (both[c].cast(pl.Int64).to_numpy() + 719_163 for c in ("onset", "reported"))
    triangle = reporting_triangle(onset, report, first=first, last=first + curve.counts.shape[0] - 1)
    found = nowcast(triangle, first_weekday=curve.first.weekday())
    if not n_early:
        return found, []
    return found, [
        Words(
            f"{name.zh}：{n_early} 例报告早于发病，未用于估计报告延迟。",
            f"{name.en}: {n_early} case(s) were reported before their onset and do not count for the delays.",
        )
    ]


def _reproduction(curve: DailyCases, interval: SerialInterval, late: Nowcast | None) -> Rt | None:
    if curve.counts.shape[0] <= WINDOW:
        return None
    return estimate_rt(
        curve.counts,
        imported=curve.imported,
        si_mean=interval.mean_days,
        si_sd=interval.sd_days,
        window=WINDOW,
        seen=None if late is None else late.seen,
        expected=None if late is None else _expected(curve, late),
    )


def _expected(curve: DailyCases, late: Nowcast) -> F64:
    """Cases of each day and area once all are reported; what is missing falls on areas as the newest did."""
    whole = max(float(curve.counts[:, 0].sum()), 1.0)
    # cases without a day of report are on the curve, but not in the triangle that delays were learned from
    missing = (late.expected - late.reported) * whole / max(float(late.reported.sum()), 1.0)
    newest = curve.counts[-AREA_DAYS:].sum(axis=0)
    return curve.counts + missing[:, None] * (newest / max(float(newest[0]), 1.0))


def _trends(curve: DailyCases, late: Nowcast | None) -> list[tuple[int, Trend]]:
    """Trends with the column they begin at: of all cases on every day, of the areas on the newest days."""
    n_days, n_areas = curve.counts.shape
    if n_days < TREND_DAYS:
        return []
    sums = np.cumsum(np.vstack([np.zeros((1, n_areas)), curve.counts]), axis=0)
    has_enough = (sums[TREND_DAYS:] - sums[:-TREND_DAYS]) >= MIN_CASES
    found = []
    for begin, end, n_newest in ((0, 1, n_days), (1, n_areas, AREA_DAYS)):
        at = np.flatnonzero(has_enough[:, begin:end].any(axis=1)) + TREND_DAYS - 1
        trend = classify_trend(
            curve.counts[:, begin:end],
            n_days=TREND_DAYS,
            at=at[at >= n_days - n_newest],
            first_weekday=curve.first.weekday(),
            seen=None if late is None else late.seen,
        )
        found.append((begin, trend))
    return found


def _said(
    table: pl.DataFrame, curve: DailyCases, interval: SerialInterval | Words, late: Nowcast | None
) -> tuple[Words, ...]:
    """The newest R and trend of days that are reported to a fair share, then what is still to be reported."""
    whole = table.filter(
        (pl.col("area_code") == curve.areas[0]) & (pl.col("seen").fill_null(1.0) >= MIN_SAID_SEEN)
    )
    said: list[Words] = []
    with_r, with_trend = (
        whole.filter(pl.col("r_median").is_not_null()),
        whole.filter(pl.col("trend").is_not_null()),
    )
    if with_r.height and isinstance(interval, SerialInterval):
        row = with_r.row(-1, named=True)
        said.append(
            words_of_rt(
                first_day=row["first_day"], last_day=row["last_day"], median=row["r_median"],
                low=row["r_q05"], high=row["r_q95"], n_cases=row["cases"], basis=curve.basis,
                interval=interval, is_corrected=row["is_complete"] is False,
            )
        )  # fmt: skip
    if with_trend.height:
        row = with_trend.row(-1, named=True)
        said.append(
            words_of_trend(
                label=row["trend"], probability=row["trend_probability"], rate=row["growth_per_day"],
                low=row["growth_low"], high=row["growth_high"], n_days=TREND_DAYS,
                last_day=row["last_day"], band=STABLE_BAND, is_corrected=row["is_complete"] is False,
            )
        )  # fmt: skip
    said += _silence(whole, curve, late)
    if late is None:
        return (*said, *_unknown_lateness(curve)) if said else ()
    open_days = np.flatnonzero(late.seen < COMPLETE_SHARE)
    if open_days.size:
        newest = (late.reported[-1], late.expected[-1], late.low[-1], late.high[-1])
        said.append(
            words_of_nowcast(
                from_day=curve.day(open_days[0]), last_day=curve.day(late.seen.size - 1),
                reported=float(late.reported[open_days[0] :].sum()),
                expected=float(late.expected[open_days[0] :].sum()),
                newest=(float(newest[0]), float(newest[1]), float(newest[2]), float(newest[3])),
                max_delay=late.max_delay, n_beyond=late.n_beyond,
            )
        )  # fmt: skip
    return tuple(said)


def _silence(whole: pl.DataFrame, curve: DailyCases, late: Nowcast | None) -> list[Words]:
    """Days reported to a fair share after the newest one with an R or a trend."""
    n_days = curve.counts.shape[0]
    n_open = 0 if late is None else int((late.seen < MIN_SAID_SEEN).sum())
    newest, last = whole["last_day"].max(), curve.day(n_days - 1 - n_open)
    if not isinstance(newest, date) or newest >= last:
        return []
    return [words_of_silence(from_day=newest + timedelta(days=1), last_day=last, n_least=MIN_CASES)]


def _unknown_lateness(curve: DailyCases) -> tuple[Words, ...]:
    if curve.basis != "onset":
        return ()
    return (
        Words(
            "发病日在最近几天会补报增多；没有足够的报告日期，无法估计还差多少：最近几天的数偏低。",
            "Days of onset fill up late; too few days of report are known to say by how much: the "
            "newest figures "
            "are too low.",
        ),
    )
