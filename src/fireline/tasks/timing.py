"""Due times from start times: hours where hours are known, dates where only dates are.

Chapter 9: a task is overdue only when it is late whatever the hour of a day-precise start was.
"""

from __future__ import annotations

import math
from datetime import datetime

import polars as pl

from fireline.policy.model import Answer
from fireline.tasks.tables import DRAFT


def local_date(column: str | pl.Expr, tz: str) -> pl.Expr:
    """Local calendar day of an instant."""
    expr = pl.col(column) if isinstance(column, str) else column
    return expr.dt.convert_time_zone(tz).dt.date()


def midnight(day: pl.Expr, tz: str) -> pl.Expr:
    """First instant of a local day, as UTC."""
    return (
        day.cast(pl.Datetime("us"))
        .dt.replace_time_zone(tz, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
    )


def known_by(column: str, at: datetime) -> pl.Expr:
    """An instant, or null when it lies after ``at`` (nothing later than ``at`` is known)."""
    return pl.when(pl.col(column) <= at).then(pl.col(column))


def due_after_hours(frame: pl.DataFrame, hours: float, *, tz: str) -> pl.DataFrame:
    """Add due_at, latest_at and precision to rows with start_at and start_precision.

    Notes
    -----
    Known to the minute or hour: due is start + hours; an hour-precise start leaves an hour of doubt.
    Known to the day: the latest possible start is just before midnight, so the due *date* is the day
    ceil(hours / 24) days later (a 2-hour clock that starts some time on the 3rd is surely late only after
    the 4th), and precision is "day".
    """
    is_day = pl.col("start_precision") == "day"
    span = pl.duration(seconds=round(hours * 3600))
    due_day = local_date("start_at", tz).dt.offset_by(f"{math.ceil(hours / 24)}d")
    exact = pl.col("start_at") + span
    doubt = (
        pl.when(pl.col("start_precision") == "hour")
        .then(pl.duration(hours=1))
        .otherwise(pl.duration(hours=0))
    )
    return frame.with_columns(
        due_at=pl.when(is_day).then(midnight(due_day, tz)).otherwise(exact),
        latest_at=pl.when(is_day).then(midnight(due_day.dt.offset_by("1d"), tz)).otherwise(exact + doubt),
        precision=pl.col("start_precision"),
    )


def due_on_day(frame: pl.DataFrame, day: pl.Expr, *, tz: str) -> pl.DataFrame:
    """Add due_at, latest_at and precision "day" for a due calendar day."""
    return frame.with_columns(
        due_at=midnight(day, tz),
        latest_at=midnight(day.dt.offset_by("1d"), tz),
        precision=pl.lit("day"),
    )


def draft(frame: pl.DataFrame, answer: Answer, **columns: pl.Expr | str | bool | None) -> pl.DataFrame:
    """Rows in the shape of a draft task: given columns, the rule, nulls for what is not said."""
    rule = answer.rule
    given: dict[str, pl.Expr] = {
        name: value if isinstance(value, pl.Expr) else pl.lit(value, dtype=DRAFT[name])
        for name, value in columns.items()
    }
    given["rule_id"] = pl.lit(answer.rule_id)
    given["edition"] = pl.lit(rule.edition if rule else "")
    given["pack_kind"] = pl.lit(rule.kind.value if rule else "")
    frame = frame.with_columns(**given)
    missing = [
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in DRAFT.items() if name not in frame.columns
    ]
    return frame.with_columns(missing).select([pl.col(n).cast(t) for n, t in DRAFT.items()])
