"""The line list: one row per case with the person's attributes beside it, and the delays between milestones.

Chapter 6: reads records, is read by curve, describe and bulletins.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl

from fireline.investigations.attack import answers_of
from fireline.investigations.model import SYMPTOM
from fireline.records.model import Records
from fireline.words import Words

FIRST = (
    "case_id",
    "person_key",
    "disease",
    "classification",
    "onset",
    "onset_precision",
    "sampled_at",
    "sampled_at_precision",
    "reported_at",
    "reported_at_precision",
    "isolated_at",
    "isolated_at_precision",
    "area_code",
    "origin",
    "outcome",
    "outcome_at",
    "outcome_at_precision",
    "cluster",
    "lon",
    "lat",
    "age",
    "sex",
    "group",
    "occupation",
)
"""Columns of the line list in order; a column that is empty for everybody is left out unless required."""

REQUIRED = ("case_id", "person_key", "disease", "classification", "onset", "onset_precision")

_FROM_PERSONS = ("age", "sex", "group", "occupation")

MILESTONES = (
    ("onset", "sampled_at"),
    ("onset", "reported_at"),
    ("onset", "isolated_at"),
    ("sampled_at", "reported_at"),
    ("reported_at", "isolated_at"),
    ("onset", "outcome_at"),
)
"""Pairs whose delay is measured; onset to report is the "detect" part of 7-1-7 that cases show."""

_NAMES = {
    "onset": ("发病", "onset"),
    "sampled_at": ("采样", "sampling"),
    "reported_at": ("报告", "report"),
    "isolated_at": ("隔离", "isolation"),
    "outcome_at": ("转归", "outcome"),
}


def line_list(records: Records) -> pl.DataFrame:
    """Cases with their persons' attributes.

    Parameters
    ----------
    records : cleaned tables; ``cases`` and, where present, ``persons``

    Returns
    -------
    DataFrame   columns of FIRST that hold anything (REQUIRED always), sorted by case_id. The area of the
        case is its own, else its person's. A case without a class is "unclassified".
    """
    cases = records.table("cases")
    persons = records.table("persons").unique("person_key", keep="first", maintain_order=True)
    joined = cases.join(
        persons.select("person_key", pl.col("area_code").alias("_area"), *_FROM_PERSONS),
        on="person_key",
        how="left",
    ).with_columns(
        pl.coalesce("area_code", "_area").alias("area_code"),
        pl.col("classification").fill_null("unclassified"),
    )
    kept = [
        name
        for name in FIRST
        if name in joined.columns and (name in REQUIRED or joined[name].null_count() < joined.height)
    ]
    return joined.select(kept).sort("case_id")


def delays(lines: pl.DataFrame, *, tz: ZoneInfo) -> pl.DataFrame:
    """Days between the milestones of the cases.

    Parameters
    ----------
    lines : a line list
    tz : local time zone; a delay is a difference of local calendar days, which dates and hours both allow

    Returns
    -------
    DataFrame   from, to, n, n_negative, median_days, p25_days, p75_days, max_days, label_zh, label_en, one
        row per pair with any case that has both. Negative delays (the later milestone stands earlier) are
        counted apart and stay out of the figures.
    """
    rows = []
    for first, then in MILESTONES:
        if first not in lines.columns or then not in lines.columns:
            continue
        days = (
            lines.filter(pl.col(first).is_not_null() & pl.col(then).is_not_null())
            .select((_day(then, tz) - _day(first, tz)).dt.total_days().alias("days"))
            .to_series()
        )
        if days.is_empty():
            continue
        good = days.filter(days >= 0)
        rows.append(
            {
                "from": first,
                "to": then,
                "n": good.len(),
                "n_negative": days.len() - good.len(),
                "median_days": good.quantile(0.5, "linear"),
                "p25_days": good.quantile(0.25, "linear"),
                "p75_days": good.quantile(0.75, "linear"),
                "max_days": good.cast(pl.Float64).max(),
                "label_zh": f"{_NAMES[first][0]}到{_NAMES[then][0]}",
                "label_en": f"{_NAMES[first][1]} to {_NAMES[then][1]}",
            }
        )
    schema = {
        "from": pl.String(),
        "to": pl.String(),
        "n": pl.Int64(),
        "n_negative": pl.Int64(),
        "median_days": pl.Float64(),
        "p25_days": pl.Float64(),
        "p75_days": pl.Float64(),
        "max_days": pl.Float64(),
        "label_zh": pl.String(),
        "label_en": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema)


def _day(column: str, tz: ZoneInfo) -> pl.Expr:
    return pl.col(column).dt.convert_time_zone(tz.key).dt.date()


def symptom_table(records: Records, ill: list[str]) -> pl.DataFrame:
    """How many of the ill had each symptom, with those not known apart.

    Parameters
    ----------
    records : cleaned tables; symptoms are exposures whose item starts with "symptom:"
    ill : person keys of the ill

    Returns
    -------
    DataFrame   symptom, yes, no, unknown (ill persons who were not asked count as unknown), share of those
        known; most frequent first
    """
    schema = {
        "symptom": pl.String(),
        "yes": pl.Int64(),
        "no": pl.Int64(),
        "unknown": pl.Int64(),
        "share": pl.Float64(),
    }
    told = answers_of(records.table("exposures")).filter(
        pl.col("item").str.starts_with(SYMPTOM) & pl.col("person_key").is_in(ill)
    )
    if told.is_empty():
        return pl.DataFrame(schema=schema)
    counted = told.group_by(pl.col("item").str.strip_prefix(SYMPTOM).alias("symptom")).agg(
        (pl.col("answer") == "yes").sum().cast(pl.Int64).alias("yes"),
        (pl.col("answer") == "no").sum().cast(pl.Int64).alias("no"),
    )
    known = pl.col("yes") + pl.col("no")
    return (
        counted.with_columns(
            (len(set(ill)) - known).alias("unknown"),
            pl.when(known > 0).then(pl.col("yes") / known).alias("share"),
        )
        .sort(["yes", "symptom"], descending=[True, False])
        .select(list(schema))
    )


def completeness(lines: pl.DataFrame) -> list[Words]:
    """Sentences on what the cases do not say (onset, report, class, area).

    Notes
    -----
    Worded as ``records.missing`` words them, so that a report which shows both says each of them once.
    """
    total = lines.height
    notes = []
    for column, zh, en in (
        ("onset", "发病日期", "onset"),
        ("reported_at", "报告日期", "report date"),
        ("isolated_at", "隔离时间", "isolation time"),
        ("area_code", "地区编码", "area code"),
    ):
        missing = total if column not in lines.columns else lines[column].null_count()
        if missing and total:
            notes.append(
                Words(
                    zh=f"{total} 例中 {missing} 例没有{zh}。",
                    en=f"No {en} for {missing:,} of {total:,} cases.",
                )
            )
    n_unclassified = lines.filter(pl.col("classification") == "unclassified").height
    if n_unclassified:
        notes.append(
            Words(
                zh=f"{total}例中{n_unclassified}例没有分类。",
                en=f"{n_unclassified} of {total} cases have no classification.",
            )
        )
    return notes
