"""Rows that access returned as the figures of bulletins: one way to draw for pages, reports and bulletins.

Web, console: turns rows into the figures' tables, no drawing here; every picture has its table beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import polars as pl
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from fireline.bulletins.figures import epidemic_curve, signal_series
from fireline.bulletins.figures_case import case_timeline
from fireline.bulletins.figures_chain import chain_figure
from fireline.bulletins.sparkline import SparkPoint, sparkline, without_closed_days
from fireline.contacts.forest import lay_out
from fireline.web.shared.strings import language_now, say

WIDE = 1_120  # user units of a figure as wide as the page
DAY_PX = 18  # least room of a day in the chain picture, so that neighbours in a row stay apart
_INSTANT = pl.Datetime("us", "UTC")
_CURVE = {
    "start": _INSTANT,
    "step": pl.String,
    "classification": pl.String,
    "count": pl.Int64,
    "basis": pl.String,
}
_STAY = {
    "place_id": pl.String,
    "place_name": pl.String,
    "enter": _INSTANT,
    "leave": _INSTANT,
    "precision": pl.String,
    "lon": pl.Float64,
    "lat": pl.Float64,
    "n_met": pl.Int64,
}
_SERIES = {
    "date": pl.Date,
    "count": pl.Float64,
    "expected": pl.Float64,
    "upper": pl.Float64,
    "alarm": pl.Boolean,
}
_NODE = {
    "case_id": pl.String,
    "component": pl.Int64,
    "generation": pl.Int64,
    "day": pl.Date,
    "day_basis": pl.String,
    "parent": pl.String,
    "classification": pl.String,
}
_DRAWN = ("case_id", "component", "generation", "day", "day_basis")
_EDGE = {"from_case": pl.String, "to_case": pl.String, "directed": pl.Boolean, "flag": pl.String}


def _safe(svg: str) -> SafeString:
    return mark_safe(svg)  # noqa: S308  (the figures escape every text)


def _tz() -> ZoneInfo:
    return ZoneInfo(timezone.get_current_timezone_name())


def _frame(rows: Sequence[Mapping[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{c: row.get(c) for c in schema} for row in rows], schema=schema)


def _moment(value: object) -> datetime | None:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.astimezone(UTC) if isinstance(found, datetime) else None


def curve(
    rows: Sequence[Mapping[str, Any]], *, width: int = WIDE, height: int = 260, name: str = "curve"
) -> SafeString:
    """The epidemic curve, stacked by class.

    Parameters
    ----------
    rows : start (datetime or ISO text), step, classification, count, basis
    name : start of the ids inside, unique in the page
    """
    if not rows:
        return mark_safe("")
    frame = _frame([{**row, "start": _moment(row["start"])} for row in rows], _CURVE)
    return _safe(
        epidemic_curve(frame, tz=_tz(), lang=language_now(), width=width, height=height, figure_id=name)
    )


def days_curve(days: Sequence[tuple[str, int]], *, width: int, height: int) -> SafeString:
    """Cases by day where only their sum is known (a part of the outbreak's area)."""
    if not days:
        return mark_safe("")
    counts = dict(days)
    first, last = date.fromisoformat(min(counts)), date.fromisoformat(max(counts))
    tz, group = _tz(), say("board.cases")
    rows = []
    for i in range((last - first).days + 1):
        day = first + timedelta(days=i)
        start = datetime(day.year, day.month, day.day, tzinfo=tz).astimezone(UTC)
        rows.append({"start": start, "step": "1d", "group": group, "count": counts.get(day.isoformat(), 0)})
    frame = pl.DataFrame(rows, schema_overrides={"start": _INSTANT}).with_columns(
        pl.lit("reported").alias("basis")
    )
    return _safe(epidemic_curve(frame, tz=tz, lang=language_now(), by="group", width=width, height=height))


def series(
    points: Sequence[Mapping[str, Any]],
    *,
    name: str,
    width: int = WIDE,
    height: int = 260,
    figure_id: str = "series",
) -> SafeString:
    """Daily counts of a stream with what was expected, the threshold and the alarm days.

    Parameters
    ----------
    points : rows with date, count, expected, upper, alarm
    name : what is counted
    figure_id : start of the ids inside, unique in the page
    """
    if not points:
        return mark_safe("")
    days = [
        {**p, "date": date.fromisoformat(p["date"][:10]) if isinstance(p["date"], str) else p["date"]}
        for p in points
    ]
    return _safe(
        signal_series(
            _frame(days, _SERIES),
            tz=_tz(),
            lang=language_now(),
            name=name,
            width=width,
            height=height,
            figure_id=figure_id,
        )
    )


def spark(points: Sequence[Sequence[Any]], *, name: str) -> SafeString:
    """The last weeks of one stream as small as a word.

    Parameters
    ----------
    points : [ISO day, observed, expected, upper], as a trigger's evidence keeps them
    name : what is counted
    """
    return _safe(sparkline(days_of(points), name=name, lang=language_now()))


def days_of(points: Sequence[Sequence[Any]]) -> list[SparkPoint]:
    """Days of a trigger's evidence, [ISO day, observed, expected, upper], without those always shut."""
    return without_closed_days([SparkPoint(date.fromisoformat(day), *values) for day, *values in points])


def stays(rows: Sequence[Mapping[str, Any]], marks: Sequence[tuple[str, datetime]]) -> SafeString:
    """Stays of one case, a row per place, with its milestones (name, moment)."""
    if not rows:
        return mark_safe("")
    return _safe(
        case_timeline(_frame(rows, _STAY), tz=_tz(), milestones=list(marks), lang=language_now(), width=WIDE)
    )


def chain(
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
    *,
    base: str,
    here: str | None = None,
    has_others: bool = False,
    keep: Collection[str] | None = None,
    unfold: str | None = None,
) -> SafeString:
    """The chain with time on the axis: every case on its day, a line from its most likely source.

    Parameters
    ----------
    nodes, edges : rows of access.chain
    base : beginning of the addresses of the outbreak's pages
    here : case to mark
    has_others : also draw the links that are not the most likely source, dashed
    keep : cases that a filter keeps; hidden ancestors stay as ticks; None = all
    unfold : address of the picture without folds; given, four or more childless cases of one source are one
    """
    if not nodes:
        return mark_safe("")
    frame = _frame([_node(row) for row in nodes], _NODE)
    marks = lay_out(frame.select("case_id", "parent", "day"), keep=keep, is_folded=unfold is not None)
    if marks.is_empty():
        return mark_safe("")
    drawn = frame.select(_DRAWN).join(marks.drop("day"), on="case_id", how="inner")
    parent = dict(drawn.select("case_id", "parent").iter_rows())
    chosen = [e for e in edges if has_others or _is_main(e, parent)]
    days = drawn["day"].drop_nulls()
    span = (days.max() - days.min()).days if len(days) else 0  # type: ignore[operator, union-attr]
    return _safe(
        chain_figure(
            drawn,
            _frame(chosen, _EDGE),
            cases=frame.select("case_id", "classification"),
            link=lambda case_id: f"{base}/cases/{quote(case_id, safe='')}",
            unfold=unfold,
            lang=language_now(),
            width=max(WIDE, 80 + DAY_PX * span),
            only_linked=False,
            has_labels=True,
            here=here,
        )
    )


def _is_main(edge: Mapping[str, Any], parent: Mapping[str, str | None]) -> bool:
    return bool(edge["directed"]) and parent.get(edge["to_case"]) == edge["from_case"]


def _node(row: Mapping[str, Any]) -> dict[str, Any]:
    day = row["chain_day"] or row["onset"]
    return {
        "case_id": row["case_id"],
        "component": row["component"],
        "generation": row["generation"],
        "day": timezone.localtime(day).date() if isinstance(day, datetime) else day,
        "day_basis": row["chain_basis"] or "onset",
        "parent": row["chain_parent"] or None,
        "classification": row["classification"] or None,
    }
