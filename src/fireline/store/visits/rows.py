"""Rows of movement as a store takes them: checked, cut off at what is no longer kept, and as arrays of stays.

Store: pure; used by the store of visits only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.clock import local_midnight
from fireline.contacts.index import VisitIndex
from fireline.errors import InputError
from fireline.kernels.visit_index import LONGEST_STAY_S
from fireline.pipeline.trace.stays import IS_EXACT
from fireline.records.model import INSTANT, schema
from fireline.words import Words

MOMENT = {"visits": "enter", "positions": "at"}
DAY = "#day"
_REQUIRED = {
    "visits": ("person_key", "place_id", "enter"),
    "positions": ("person_key", "lon", "lat", "at"),
}
_LONGEST_D = LONGEST_STAY_S // 86_400
_PRECISIONS = ("minute", "hour", "day")
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_DATE_LEAVE = (pl.col("leave_precision") == "day").fill_null(True)


def checked(frame: pl.DataFrame, *, table: str) -> pl.DataFrame:
    """Rows in canonical columns, each once, sorted.

    Parameters
    ----------
    frame : columns of the canonical table; optional ones may be absent; person keys are pseudonyms
    table : "visits" or "positions"

    Raises
    ------
    InputError   a column is unknown or missing, or a row cannot be believed: every fault names row (from 1)
        and column, never a value
    """
    if table not in MOMENT:
        names = ", ".join(MOMENT)
        raise InputError(
            Words(
                f"表 {table!r} 不是活动数据；允许：{names}", f"table {table!r}: no movement; allowed: {names}"
            )
        )
    wanted = schema(table)
    unknown = [c for c in frame.columns if c not in wanted]
    missing = [c for c in _REQUIRED[table] if c not in frame.columns]
    if unknown or missing:
        raise _columns(table, unknown, missing, list(wanted))
    _types(frame, wanted, table)
    given = [
        frame[c].cast(t) if c in frame.columns else pl.Series(c, [None] * frame.height, t)
        for c, t in wanted.items()
    ]
    rows = pl.DataFrame(given)
    for column in (c for c, t in wanted.items() if t == INSTANT):
        if f"{column}_precision" not in frame.columns:
            said_time = pl.when(pl.col(column).is_not_null()).then(pl.lit("minute"))
            rows = rows.with_columns(said_time.alias(f"{column}_precision"))
    _refuse(rows, table)
    return once(rows)


def _columns(table: str, unknown: list[str], missing: list[str], allowed: list[str]) -> InputError:
    zh = [f"列 {c!r} 不属于此表" for c in unknown] + [f"缺少列 {c!r}" for c in missing]
    en = [f"column {c!r} is not of this table" for c in unknown]
    en += [f"column {c!r} is missing" for c in missing]
    names = ", ".join(allowed)
    return InputError(
        Words(f"{table}：{'；'.join(zh)}；允许：{names}", f"{table}: {'; '.join(en)}; allowed: {names}")
    )


def _types(frame: pl.DataFrame, wanted: dict[str, pl.DataType], table: str) -> None:
    """Refuse columns of another kind; a number is no time, and a time without a zone is no instant."""
    for column in frame.columns:
        have, want = frame.schema[column], wanted[column]
        is_time = isinstance(have, pl.Datetime) and have.time_zone is not None
        fits = is_time if want == INSTANT else have == want or (want == pl.Float64() and have.is_numeric())
        if not fits and have != pl.Null():
            raise InputError(
                Words(
                    f"{table}：列 {column!r} 的类型为 {have}；允许：{want}",
                    f"{table}: column {column!r} holds {have}; allowed: {want}",
                )
            )


def _refuse(rows: pl.DataFrame, table: str) -> None:
    """Refuse rows that cannot be believed, all at once."""
    moment = MOMENT[table]
    tests: list[tuple[str, pl.Expr, Words]] = [
        ("person_key", pl.col("person_key").fill_null("") == "", Words("人员代号", "a person key")),
        (moment, pl.col(moment).is_null(), Words("时间", "a time")),
        (
            moment,
            ~pl.col(moment).is_between(_EARLIEST, _LATEST),
            Words("1900 至 2200 年的时间", "a time from 1900 to 2200"),
        ),
    ]
    if table == "visits":
        tests += [
            ("place_id", pl.col("place_id").fill_null("") == "", Words("已知场所", "a known place")),
            (
                "leave",
                pl.col("leave") < pl.col("enter"),
                Words("不早于 enter 的时间", "a time not before enter"),
            ),
            (
                "leave",
                pl.col("leave") - pl.col("enter") > timedelta(seconds=LONGEST_STAY_S),
                Words(f"至多 {_LONGEST_D} 天的停留", f"a stay of at most {_LONGEST_D} days"),
            ),
        ]
        tests += [
            (c, pl.col(c).is_not_null() & ~pl.col(c).is_in(_PRECISIONS), Words.same(", ".join(_PRECISIONS)))
            for c in ("enter_precision", "leave_precision")
        ]
    else:
        tests += [
            (c, ~pl.col(c).is_finite().fill_null(False), Words("有限的度数", "a finite number of degrees"))
            for c in ("lon", "lat")
        ]
    found = rows.select(test.fill_null(False).alias(str(i)) for i, (_, test, _) in enumerate(tests))
    said = []
    for i, (column, _, allowed) in enumerate(tests):
        bad = found[str(i)].arg_true()
        if bad.len():
            row, n = bad[0] + 1, bad.len()
            said.append(
                Words(
                    f"第 {row} 行，列 {column!r}（共 {n} 处）：应为 {allowed.zh}",
                    f"row {row}, column {column!r} ({n} in all): expected {allowed.en}",
                )
            )
    if said:
        raise InputError(
            Words(
                f"{table}：未保存任何数据：\n  " + "\n  ".join(w.zh for w in said),
                f"{table}: nothing was saved:\n  " + "\n  ".join(w.en for w in said),
            )
        )


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows on the kept side of a day, and what happened to the others.

    Attributes
    ----------
    rows : DataFrame   each once, sorted
    n_gone : int, rows that ended before
    n_carried : int, stays that reach into the kept days and now begin with them
    """

    rows: pl.DataFrame
    n_gone: int
    n_carried: int


def cut_before(rows: pl.DataFrame, until: date | None, *, table: str, tz: ZoneInfo) -> Cut:
    """Keep nothing before the local midnight that begins ``until``; a stay across it begins at it.

    Notes
    -----
    A leave that is a date includes that date. A stay without an end is on the day it began and no other.
    """
    if until is None or rows.is_empty():
        return Cut(rows, 0, 0)
    edge = pl.lit(local_midnight(until, tz).astimezone(UTC)).cast(INSTANT)
    is_early = pl.col(MOMENT[table]) < edge
    if table == "positions":
        kept = rows.filter(~is_early)
        return Cut(kept, rows.height - kept.height, 0)
    reaches = (pl.col("leave") > edge) | ((pl.col("leave") == edge) & _DATE_LEAVE)
    kept = rows.filter(~is_early | reaches.fill_null(False))
    n_carried = kept.select(is_early.sum()).item()
    if n_carried:
        clipped = pl.when(is_early).then(edge).otherwise(pl.col("enter")).alias("enter")
        kept = once(kept.with_columns(clipped))
    return Cut(kept, rows.height - rows.filter(~is_early | reaches.fill_null(False)).height, int(n_carried))


def by_day(rows: pl.DataFrame, *, table: str, tz: ZoneInfo) -> dict[date, pl.DataFrame]:
    """Rows by the local day on which they begin, earliest first."""
    local = pl.col(MOMENT[table]).dt.convert_time_zone(str(tz)).dt.date().alias(DAY)
    parts = rows.with_columns(local).partition_by(DAY, as_dict=True, maintain_order=True, include_key=False)
    return {key[0]: part for key, part in sorted(parts.items())}  # type: ignore[misc]


def once(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows sorted by all columns, each once."""
    ordered = rows.sort(rows.columns)
    differs = pl.any_horizontal(pl.all().ne_missing(pl.all().shift(1)))
    return ordered.filter(differs | (pl.int_range(pl.len()) == 0))


def stays_of(held: pl.DataFrame, *, person: NDArray[np.uint32], place: NDArray[np.uint32]) -> pl.DataFrame:
    """Exact stays of a day as numbers; stays of one person at one place that overlap or touch are one stay.

    Parameters
    ----------
    held : rows of one day, in any order; a row may stand twice
    person, place : uint32 arrays, shape (n_rows,)   numbers of their keys

    Returns
    -------
    DataFrame   person, place (UInt32), enter, leave (epoch seconds), sorted by all. Rows with dates only or
        without an end, and stays of no length, are not among them
    """
    numbered = held.select(
        pl.Series("person", person),
        pl.Series("place", place),
        pl.col("enter").dt.epoch("s"),
        pl.col("leave").dt.epoch("s"),
        IS_EXACT.alias("is_exact"),
    ).filter(pl.col("is_exact") & (pl.col("leave") > pl.col("enter")))
    numbered = numbered.drop("is_exact")
    return _union(numbered.sort("person", "place", "enter", "leave"))


def _union(stays: pl.DataFrame) -> pl.DataFrame:
    """Stays of one person at one place that overlap or touch are one stay; input and output sorted."""
    same = ["person", "place"]
    goes_on = (
        (pl.col("person") == pl.col("person").shift(1))
        & (pl.col("place") == pl.col("place").shift(1))
        & (pl.col("enter") <= pl.col("leave").shift(1))
    )
    double = stays.filter(goes_on).select(same).unique()
    if not double.height:
        return stays
    latest = pl.col("leave").cum_max().shift(1).over(same)
    starts = latest.is_null() | (pl.col("enter") > latest)
    joined = (
        stays.join(double, on=same, how="semi", maintain_order="left")
        .with_columns(starts.cast(pl.Int64).cum_sum().alias("stay"))
        .group_by([*same, "stay"])
        .agg(pl.col("enter").min(), pl.col("leave").max())
        .drop("stay")
    )
    alone = stays.join(double, on=same, how="anti", maintain_order="left")
    return pl.concat([alone, joined]).sort(*same, "enter", "leave")


def indexes(stays: pl.DataFrame, day: date, *, tz: ZoneInfo) -> dict[str, VisitIndex]:
    """Segments of one day: stays that end by the end of the next day, and those that reach further.

    Returns
    -------
    dict   kind "place" (always, so that a day without an index is seen) and "place_long" (where there are
        such stays) -> VisitIndex
    """
    far = local_midnight(day + timedelta(days=2), tz).timestamp()
    is_long = pl.col("leave") > int(far)
    parts = {"place": stays.filter(~is_long), "place_long": stays.filter(is_long)}
    return {kind: _index(part) for kind, part in parts.items() if part.height or kind == "place"}


def _index(stays: pl.DataFrame) -> VisitIndex:
    columns: list[Any] = [stays[c].to_numpy() for c in ("person", "place", "enter", "leave")]
    return VisitIndex.from_arrays(*(np.ascontiguousarray(c) for c in columns))


def n_coarse(held: pl.DataFrame) -> int:
    """Rows with dates only or without an end: found by the day, not by the index."""
    return int(held.select((~IS_EXACT).sum()).item())
