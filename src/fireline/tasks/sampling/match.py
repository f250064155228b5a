"""Match the samples people gave to the test days they owe.

Chapter 9: a sample pays for the test day it falls on, or a missed one before it until the next is due.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from fireline.arrivals.owed import FREE
from fireline.records.model import Records
from fireline.tasks.tables import DRAFT
from fireline.tasks.timing import local_date

_FAR = "2999-12-31"


def match_samples(drafts: pl.DataFrame, records: Records, *, at: datetime) -> pl.DataFrame:
    """Fill done_at of test tasks from the tests table.

    Notes
    -----
    Fixed day: the first sample of the person on or after the due day, and before the person's next due day,
    pays for it; one taken after the due day is late. Free tests: the k-th day with a sample since their phase
    began pays for the k-th. A sample never pays for two tasks of one kind.
    """
    is_test = pl.col("kind").is_in(["test", "retest"])
    owed = drafts.filter(is_test)
    if owed.is_empty() or not records.has("tests"):
        return drafts
    is_free = pl.col("part").str.starts_with(FREE)
    tz = str(records.tz)
    samples = (
        records.table("tests")
        .filter((pl.col("subject_kind") == "person") & (pl.col("taken_at") <= at))
        .select(
            "taken_at", "taken_at_precision", subject_id="subject_id", taken_day=local_date("taken_at", tz)
        )
        .sort("taken_day", "subject_id", "taken_at")
    )
    fixed = _fixed(owed.filter(~is_free), samples, tz)
    spent = fixed.select("subject_id", taken_at="done_at").drop_nulls().unique()
    left = samples.join(spent, on=["subject_id", "taken_at"], how="anti", maintain_order="left")
    return pl.concat([drafts.filter(~is_test), fixed, _free(owed.filter(is_free), left, tz)])


def _fixed(owed: pl.DataFrame, samples: pl.DataFrame, tz: str) -> pl.DataFrame:
    days = (
        owed.with_columns(due_day=local_date("due_at", tz))
        .select("subject_id", "due_day")
        .unique()
        .sort("subject_id", "due_day")
        .with_columns(
            next_day=pl.col("due_day").shift(-1).over("subject_id").fill_null(pl.lit(_FAR).str.to_date())
        )
        .sort("due_day", "subject_id")
    )
    paid = (
        days.join_asof(
            samples,
            left_on="due_day",
            right_on="taken_day",
            by="subject_id",
            strategy="forward",
            check_sortedness=False,
        )
        .filter(pl.col("taken_day") < pl.col("next_day"))
        .select("subject_id", "due_day", "taken_at", "taken_at_precision")
    )
    return (
        owed.with_columns(due_day=local_date("due_at", tz))
        .join(paid, on=["subject_id", "due_day"], how="left", maintain_order="left")
        .with_columns(done_at=pl.col("taken_at"), done_precision=pl.col("taken_at_precision"))
        .select(list(DRAFT))
    )


def _free(owed: pl.DataFrame, samples: pl.DataFrame, tz: str) -> pl.DataFrame:
    daily = samples.unique(["subject_id", "taken_day"], keep="first", maintain_order=True)
    paid = (
        owed.select("subject_id", "from_at")
        .unique()
        .join(daily, on="subject_id")
        .filter(pl.col("taken_day") >= local_date("from_at", tz))
        .sort("subject_id", "from_at", "taken_day")
        .with_columns(turn=pl.col("taken_day").cum_count().over("subject_id", "from_at").cast(pl.Int64))
        .select("subject_id", "from_at", "turn", "taken_at", "taken_at_precision")
    )
    return (
        owed.sort("subject_id", "from_at", "due_at")
        .with_columns(turn=pl.col("due_at").cum_count().over("subject_id", "from_at").cast(pl.Int64))
        .join(paid, on=["subject_id", "from_at", "turn"], how="left", maintain_order="left")
        .with_columns(done_at=pl.col("taken_at"), done_precision=pl.col("taken_at_precision"))
        .select(list(DRAFT))
    )
