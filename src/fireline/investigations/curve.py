"""The epidemic curve: cases by hour, three hours, day or week, with the step the data can bear.

Chapter 6: reads the line list, is read by describe and drawn by bulletins.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

from fireline.errors import InputError
from fireline.investigations.model import CLASSIFICATIONS, STEPS
from fireline.records.model import INSTANT
from fireline.units import DAY_S, HOUR_S
from fireline.words import Words

STEP_S = {"1h": HOUR_S, "3h": 3 * HOUR_S, "1d": DAY_S, "1w": 7 * DAY_S}
MAX_BARS = 400
"""More bars than this cannot be read: the step grows."""
DATES_ONLY_SHARE = 0.2
"""When more of the onsets than this are dates without an hour, hours are not drawn at all."""

_SCHEMA = {
    "start": INSTANT,
    "step": pl.String(),
    "classification": pl.String(),
    "count": pl.Int64(),
    "basis": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve and what could not be put on it.

    Attributes
    ----------
    table : DataFrame, start, step, <by>, count, basis
    step : str, one of STEPS
    n_placed, n_undated, n_dates_only : int, cases drawn, without the date, and with a date but no hour
        (the last only where the step is finer than a day)
    notes : tuple of Words
    """

    table: pl.DataFrame
    step: str
    n_placed: int
    n_undated: int
    n_dates_only: int
    notes: tuple[Words, ...]


def choose_step(
    *, incubation_days: float | None, has_hours: bool, span_s: int, wanted: str | None = None
) -> str:
    """Pick the step of a curve.

    Parameters
    ----------
    incubation_days : median incubation in days, or None where unknown (a day is taken)
    has_hours : whether enough onsets carry an hour
    span_s : seconds from the first to the last onset
    wanted : a step a person asked for, or None

    Returns
    -------
    str   the largest of STEPS that is at most a quarter of the incubation, never finer than the data,
        and coarse enough for MAX_BARS bars

    Raises
    ------
    InputError   the wanted step does not exist
    """
    if wanted is not None and wanted not in STEPS:
        raise InputError(
            Words(
                f"流行曲线的组距 {wanted!r} 未知；请从 {'、'.join(STEPS)} 中选择",
                f"curve step {wanted!r} is not known; choose one of {', '.join(STEPS)}",
            )
        )
    if wanted is not None:
        chosen = wanted
    elif incubation_days is None:
        chosen = "1d"
    else:
        quarter_s = incubation_days * DAY_S / 4
        chosen = max((s for s in STEPS if STEP_S[s] <= quarter_s), key=STEP_S.__getitem__, default="1h")
    if not has_hours and STEP_S[chosen] < DAY_S:
        chosen = "1d"
    while span_s // STEP_S[chosen] >= MAX_BARS and chosen != STEPS[-1]:
        chosen = STEPS[STEPS.index(chosen) + 1]
    return chosen


def _bins(column: str, step: str, tz: ZoneInfo) -> pl.Expr:
    """Local start of the bin of an instant, as a naive local time."""
    local = pl.col(column).dt.convert_time_zone(tz.key).dt.replace_time_zone(None)
    return local.dt.truncate(step)  # weeks start on Monday


def _to_utc(column: str, tz: ZoneInfo) -> pl.Expr:
    return (
        pl.col(column)
        .dt.replace_time_zone(tz.key, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
        .cast(INSTANT)
    )


def _spine(starts: pl.Series, step: str) -> pl.DataFrame:
    """Every bin from the first to the last, as naive local times."""
    low, high = min(starts.to_list()), max(starts.to_list())
    return pl.DataFrame({"start": pl.datetime_range(low, high, step, eager=True).cast(pl.Datetime("us"))})


def count_curve(
    cases: pl.DataFrame,
    *,
    tz: ZoneInfo,
    column: str = "onset",
    by: str = "classification",
    step: str | None = None,
    incubation_days: float | None = None,
) -> Curve:
    """Count cases by time and one attribute.

    Parameters
    ----------
    cases : DataFrame with ``column``, ``<column>_precision`` and ``by`` (nulls become "unclassified" for
        classes and "unknown" otherwise)
    tz : local time zone; days and weeks are local, weeks start on Monday
    column : the instant to count by
    by : the attribute that splits the bars
    step : a step of STEPS, or None to choose; never finer than the data allow
    incubation_days : median incubation, used to choose

    Returns
    -------
    Curve   table zero-filled inside the span, sorted by start and class

    Raises
    ------
    InputError   the step does not exist
    """
    dated = cases.filter(pl.col(column).is_not_null())
    n_undated = cases.height - dated.height
    is_date = pl.col(f"{column}_precision").fill_null("day") == "day"
    n_dates = dated.filter(is_date).height
    has_hours = dated.height > 0 and n_dates <= DATES_ONLY_SHARE * dated.height
    span_s = 0
    if dated.height:
        first, last = dated[column].min(), dated[column].max()
        span_s = int((last - first).total_seconds())  # type: ignore[operator,union-attr]
    chosen = choose_step(incubation_days=incubation_days, has_hours=has_hours, span_s=span_s, wanted=step)
    notes: list[Words] = []
    if step is not None and chosen != step:
        notes.append(_coarser(step, chosen, has_hours=has_hours))
    n_dates_only = 0
    if STEP_S[chosen] < DAY_S and n_dates:
        n_dates_only, dated = n_dates, dated.filter(~is_date)
        notes.append(
            Words(
                zh=f"{n_dates}例只有日期没有钟点，未画入按小时的曲线，单列计数。",
                en=f"{n_dates} cases have a date but no hour: not drawn on the hourly curve, counted apart.",
            )
        )
    table = _table(dated, tz=tz, column=column, by=by, step=chosen)
    return Curve(table, chosen, dated.height, n_undated, n_dates_only, tuple(notes))


def _coarser(wanted: str, chosen: str, *, has_hours: bool) -> Words:
    if not has_hours and STEP_S[wanted] < DAY_S:
        return Words(
            zh=f"要求的步长{wanted}无法计算：多数时间只有日期。改用{chosen}。",
            en=f"Step {wanted} is not computable (dates only); {chosen} is used.",
        )
    return Words(
        zh=f"要求的步长{wanted}会超过{MAX_BARS}个柱，改用{chosen}。",
        en=f"Step {wanted} would need more than {MAX_BARS} bars; {chosen} is used.",
    )


def _table(dated: pl.DataFrame, *, tz: ZoneInfo, column: str, by: str, step: str) -> pl.DataFrame:
    schema = {by if name == "classification" else name: kind for name, kind in _SCHEMA.items()}
    if dated.is_empty():
        return pl.DataFrame(schema=schema)
    unknown = "unclassified" if by == "classification" else "unknown"
    binned = dated.select(
        _bins(column, step, tz).alias("start"), pl.col(by).cast(pl.String).fill_null(unknown).alias(by)
    )
    counted = binned.group_by("start", by).agg(pl.len().cast(pl.Int64).alias("count"))
    groups = sorted(counted[by].unique().to_list(), key=_order)
    full = _spine(counted["start"], step).join(
        pl.DataFrame({by: groups, "_order": range(len(groups))}), how="cross"
    )
    basis = {"onset": "onset", "sampled_at": "sampled", "reported_at": "reported"}.get(column, column)
    return (
        full.join(counted, on=["start", by], how="left")
        .with_columns(
            _to_utc("start", tz).alias("start"), pl.lit(step).alias("step"), pl.lit(basis).alias("basis")
        )
        .filter(pl.col("start").is_not_null() | pl.col("count").is_not_null())
        .with_columns(pl.col("count").fill_null(0))
        .sort("start", "_order")
        .select(*schema)
    )


def _order(name: str) -> tuple[int, str]:
    return (CLASSIFICATIONS.index(name) if name in CLASSIFICATIONS else len(CLASSIFICATIONS), name)


def peak(curve: pl.DataFrame) -> tuple[object, int] | None:
    """Start and size of the highest bar over all classes; the earliest where several are equal."""
    if curve.is_empty():
        return None
    total = (
        curve.group_by("start").agg(pl.col("count").sum()).sort(["count", "start"], descending=[True, False])
    )
    row = total.row(0)
    return row[0], int(row[1])
