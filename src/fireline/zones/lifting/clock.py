"""The hour a lifting clock starts at and the hour it has run out; every reading errs on the late side.

Chapter 8: between the tables, which know some times to the minute and some to the day, and the conditions.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

DAY = timedelta(hours=24)
"""A day of a lifting rule. "14 days" is read as 14 x 24 hours from the start of the clock."""


def known_end(column: str, precision: str, *, tz: str) -> pl.Expr:
    """First full hour by which a stated time has surely passed.

    Parameters
    ----------
    column, precision : names of an instant and of its precision (minute, hour or day)
    tz : name of the jurisdiction's time zone

    Returns
    -------
    Expr   UTC instant on the hour: a time to the minute is raised to the next full hour (09:00 stays), a time
        to the hour counts to the end of that hour, a date to the end of the local day. An unknown precision
        is read as a date.

    Notes
    -----
    No edition says from which hour of the day its days run. Of the readings the latest is taken, so that no
    clock runs out early: at most a day late where only a date is known.
    """
    at = pl.col(column)
    hour = at.dt.truncate("1h")
    raised = pl.when(hour == at).then(at).otherwise(hour.dt.offset_by("1h"))
    local = at.dt.convert_time_zone(tz).dt.truncate("1d").dt.offset_by("1d").dt.convert_time_zone("UTC")
    return (
        pl.when(pl.col(precision) == "minute")
        .then(raised)
        .when(pl.col(precision) == "hour")
        .then(hour.dt.offset_by("1h"))
        .otherwise(local)
        .dt.cast_time_unit("us")
    )


def known_start(column: str, precision: str, *, tz: str) -> pl.Expr:
    """Earliest instant a stated time may mean: itself, or the start of its hour or local day."""
    at = pl.col(column)
    day = at.dt.convert_time_zone(tz).dt.truncate("1d").dt.convert_time_zone("UTC")
    return (
        pl.when(pl.col(precision) == "minute")
        .then(at)
        .when(pl.col(precision) == "hour")
        .then(at.dt.truncate("1h"))
        .otherwise(day)
        .dt.cast_time_unit("us")
    )


def raised_hour(at: datetime) -> datetime:
    """The next full hour; a full hour stays."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    return hour if hour == at else hour + timedelta(hours=1)


def whole_days(start: datetime, at: datetime) -> int:
    """Days of 24 hours that have run since the clock started; negative before it starts."""
    return (at - start) // DAY


def runs_out(start: datetime, days: int) -> datetime:
    """Hour at which a clock of so many days has run out."""
    return start + days * DAY
