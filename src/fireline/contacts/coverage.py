"""How much of the days in which a case was infected is covered by known stays.

Chapter 7: reads visits and the disease profile; a source outside the covered days cannot be found by meeting.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl

from fireline.policy import Profile

COVERAGE: dict[str, pl.DataType] = {
    "case_id": pl.String(),
    "look_back_days": pl.Int64(),
    "covered_days": pl.Int64(),
    "covered_h": pl.Float64(),  # hours inside stays that are exact to the hour or better
}


def source_coverage(
    visits: pl.DataFrame, cases: pl.DataFrame, profile: Profile | None, *, tz: ZoneInfo
) -> pl.DataFrame:
    """Count days and hours of each case's exposure window that hold a stay.

    Parameters
    ----------
    visits : DataFrame   cleaned visits
    cases : DataFrame   as windows.cases_of gives it
    profile : Profile or None   its incubation period gives the window
    tz : time zone that cuts local days

    Returns
    -------
    DataFrame   columns COVERAGE, one row per case with a day and a profile with an incubation period; the
        window runs from onset less the longest to onset less the shortest incubation period (at least the day
        before); where onset is not known the sample or report stands in for it
    """
    known = profile.incubation_days if profile is not None else None
    if known is None:
        return pl.DataFrame(schema=COVERAGE)
    longest, shortest = int(-(-known[2] // 1)), max(1, int(known[0]))
    day = pl.coalesce("onset_day", "sampled_day", "reported_day")
    windows = cases.select(
        "case_id",
        "person_key",
        (day - pl.duration(days=longest)).alias("first"),
        (day - pl.duration(days=shortest)).alias("last"),
    ).drop_nulls("first")
    exact = pl.col("leave").is_not_null() & (pl.col("enter_precision") != "day")
    stays = visits.filter(pl.col("person_key").is_in(windows["person_key"].unique().implode())).select(
        "person_key",
        pl.col("enter").dt.convert_time_zone(str(tz)).dt.date().alias("from_day"),
        pl.coalesce("leave", "enter").dt.convert_time_zone(str(tz)).dt.date().alias("to_day"),
        "enter",
        "leave",
        (exact & (pl.col("leave_precision") != "day")).fill_null(False).alias("is_exact"),
    )
    near = windows.join(stays, on="person_key").filter(
        (pl.col("to_day") >= pl.col("first")) & (pl.col("from_day") <= pl.col("last"))
    )
    days = (
        near.with_columns(
            pl.date_ranges(pl.max_horizontal("from_day", "first"), pl.min_horizontal("to_day", "last")).alias(
                "day"
            )
        )
        .explode("day")
        .group_by("case_id")
        .agg(pl.col("day").n_unique().cast(pl.Int64).alias("covered_days"))
    )
    return (
        windows.join(days, on="case_id", how="left", maintain_order="left")
        .join(_hours(near, tz), on="case_id", how="left", maintain_order="left")
        .select(
            "case_id",
            ((pl.col("last") - pl.col("first")).dt.total_days() + 1).alias("look_back_days"),
            pl.col("covered_days").fill_null(0),
            pl.col("covered_h").fill_null(0.0),
        )
        .sort("case_id")
    )


def _hours(near: pl.DataFrame, tz: ZoneInfo) -> pl.DataFrame:
    """Hours in the union of the exact stays, clipped to the window."""

    def midnight(day: pl.Expr) -> pl.Expr:
        return day.cast(pl.Datetime("us")).dt.replace_time_zone(
            str(tz), ambiguous="earliest", non_existent="null"
        )

    clipped = (
        near.filter("is_exact")
        .select(
            "case_id",
            pl.max_horizontal("enter", midnight(pl.col("first")).dt.convert_time_zone("UTC")).alias("a"),
            pl.min_horizontal(
                "leave", midnight(pl.col("last") + pl.duration(days=1)).dt.convert_time_zone("UTC")
            ).alias("b"),
        )
        .filter(pl.col("b") > pl.col("a"))
        .sort("case_id", "a", "b")
    )
    before = pl.col("b").cum_max().shift(1).over("case_id")
    start = pl.max_horizontal("a", pl.coalesce(before, "a"))
    gained = pl.max_horizontal((pl.col("b") - start).dt.total_seconds(), pl.lit(0))
    return (
        clipped.with_columns(gained.alias("s"))
        .group_by("case_id")
        .agg((pl.col("s").sum() / 3600).alias("covered_h"))
    )
