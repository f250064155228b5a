"""Match the samples people gave to the test days they owe.

Chapter 9: a sample pays for the test day it falls on, or a missed one before it until the next is due.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from fireline.records.model import Records
from fireline.tasks.tables import DRAFT
from fireline.tasks.timing import local_date

_FAR = "2999-12-31"


def match_samples(drafts: pl.DataFrame, records: Records, *, at: datetime) -> pl.DataFrame:
    """Fill done_at of test tasks from the tests table.

    Notes
    -----
    The first sample of the person on or after the due day, and before the person's next due day, pays for
    it; one taken after the due day is late. A sample never pays for two days.
    """
    is_test = pl.col("kind") == "test"
    owed = drafts.filter(is_test)
    if owed.is_empty() or not records.has("tests"):
        return drafts
    tz = str(records.tz)
    samples = (
        records.table("tests")
        .filter((pl.col("subject_kind") == "person") & (pl.col("taken_at") <= at))
        .select(
            "taken_at", "taken_at_precision", subject_id="subject_id", taken_day=local_date("taken_at", tz)
        )
        .sort("taken_day", "subject_id", "taken_at")
    )
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
    done = (
        owed.with_columns(due_day=local_date("due_at", tz))
        .join(paid, on=["subject_id", "due_day"], how="left", maintain_order="left")
        .with_columns(done_at=pl.col("taken_at"), done_precision=pl.col("taken_at_precision"))
        .select(list(DRAFT))
    )
    return pl.concat([drafts.filter(~is_test), done])
