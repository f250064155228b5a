"""Who is to be called first: prophylaxis, follow-up and retests by the last hour at which they still help.

Chapter 9: reads tasks and exposures; actions.worklists hands a list to one person. The case is never on it: a
contact is not told who the index case is.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

WORKLIST_KINDS = ("prophylaxis", "followup", "retest", "test")
"""Kinds of task that are done by calling or visiting a contact."""

IMMUNE = ("immune", "vaccine")
"""Items of the exposures table that tell the immune status, alone or followed by "_" and the disease."""

WORKLIST: dict[str, pl.DataType] = {
    "task_id": pl.String(),
    "person_key": pl.String(),
    "kind": pl.String(),
    "what_zh": pl.String(),
    "what_en": pl.String(),
    "due_at": pl.Datetime("us", "UTC"),
    "precision": pl.String(),
    "hours_left": pl.Float64(),
    "is_over": pl.Boolean(),
    "immune": pl.String(),
}


def immunity(exposures: pl.DataFrame, disease: str) -> pl.DataFrame:
    """Immune status of people as the source states it.

    Parameters
    ----------
    exposures : cleaned table
    disease : disease id

    Returns
    -------
    DataFrame   person_key, immune (yes, no or unknown); a "yes" outweighs, a "no" outweighs unknown; people
        about whom nothing is said are not in it
    """
    items = [*IMMUNE, *(f"{name}_{disease}" for name in IMMUNE)]
    rank = {"yes": 0, "no": 1, "unknown": 2}
    said = exposures.filter(pl.col("item").str.to_lowercase().is_in(items))
    return (
        said.select("person_key", immune=pl.col("value").str.to_lowercase())
        .with_columns(
            immune=pl.when(pl.col("immune").is_in(list(rank))).then("immune").otherwise(pl.lit("unknown"))
        )
        .with_columns(rank=pl.col("immune").replace_strict(rank, return_dtype=pl.Int8))
        .sort("person_key", "rank")
        .unique("person_key", keep="first", maintain_order=True)
        .select("person_key", "immune")
    )


def worklist(tasks: pl.DataFrame, immune: pl.DataFrame, *, at: datetime) -> pl.DataFrame:
    """Order open tasks about people by the last useful moment.

    Parameters
    ----------
    tasks : columns task_id, kind, subject_kind, subject_id, what_zh, what_en, due_at, precision
    immune : as ``immunity`` gives it
    at : aware UTC instant

    Returns
    -------
    DataFrame   columns WORKLIST; what can still be done stands first, the most pressing at the top; then what
        needs no doing because the person is immune; then what is over. A due day lasts to its end.
    """
    end = pl.when(pl.col("precision") == "day").then(pl.col("due_at").dt.offset_by("1d")).otherwise("due_at")
    rows = (
        tasks.filter((pl.col("subject_kind") == "person") & pl.col("kind").is_in(WORKLIST_KINDS))
        .rename({"subject_id": "person_key"})
        .join(immune, on="person_key", how="left")
        .with_columns(
            immune=pl.col("immune").fill_null("unknown"),
            hours_left=(end - pl.lit(at)).dt.total_seconds() / 3600,
        )
        .with_columns(is_over=(pl.col("hours_left") <= 0).fill_null(False))
    )
    is_idle = (pl.col("kind") == "prophylaxis") & (pl.col("immune") == "yes")
    return (
        rows.with_columns(order=pl.when("is_over").then(2).when(is_idle).then(1).otherwise(0))
        .sort("order", "hours_left", "person_key", "task_id", nulls_last=True)
        .select([pl.col(name).cast(dtype) for name, dtype in WORKLIST.items()])
    )
