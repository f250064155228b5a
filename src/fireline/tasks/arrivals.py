"""Tasks from what arrivals owes for people and goods: who does it, and what shows that it was done.

Chapter 9: reads the duties of chapter 3; their rules, days and words are taken as they stand there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from fireline.arrivals.model import Arrivals
from fireline.policy import Library
from fireline.policy.model import Status
from fireline.records.model import Records
from fireline.tasks.registers import NONE
from fireline.tasks.tables import DRAFT
from fireline.tasks.timing import known_by, local_date, midnight

LOT_KINDS = {
    "declare": "lot_declare",
    "lot_test": "lot_test",
    "disinfect": "lot_disinfect",
    "trace": "lot_trace",
}
"""Duty on a lot -> kind of task. Keeping records for years is nobody's task of these days."""

_LOT_REGISTERS = {"lot_declare": "lots.declared_at", "lot_test": "tests.lot", "lot_trace": "lot_handlers"}


def arrival_drafts(
    records: Records, arrivals: Arrivals, library: Library, *, area: str, at: datetime
) -> Iterator[pl.DataFrame]:
    """Draft tasks of everybody who arrived: hand-over, phases, tests and release.

    Parameters
    ----------
    arrivals : result of arrivals.owed for the same records
    library : gives the kind of edition each rule stands in
    area : owner unit where the arrival states no destination

    Notes
    -----
    Phases count as kept once they have passed for whoever was accepted. The release is owed at the end of
    the last phase by those who were accepted; no table records the release of an arrival, except where the
    person is a contact too.
    """
    owed = _in_force(arrivals, "person", library, tz=str(records.tz))
    if owed.is_empty():
        return
    rows = owed.join(_arrivals(records, area=area, at=at), on="subject_id", how="left")
    accepted = {"done_at": pl.col("accepted_at"), "done_precision": pl.col("accepted_at_precision")}
    yield _drafts(
        rows.filter(pl.col("duty") == "accept"),
        kind=pl.lit("arrival_accept"),
        subject_kind=pl.lit("arrival"),
        start_event=pl.lit("arrival"),
        register=pl.lit("arrivals.accepted_at"),
        **accepted,
    )
    part = pl.format("{}@{}", "part", "subject_id")
    person = {"subject_id": pl.col("person_key"), "start_event": pl.lit("arrival")}
    stages = rows.filter(pl.col("duty") == "phase")
    is_in = pl.col("accepted_at").is_not_null()
    yield _drafts(
        stages,
        kind=pl.lit("phase"),
        part=part,
        is_done=is_in & (pl.col("latest_at") <= at),
        register=pl.lit("arrivals.accepted_at"),
        **person,
    )
    tests = rows.filter(pl.col("duty") == "test")
    counted = {"from_at": pl.col("due_from"), "register": pl.lit("tests.person")}
    yield _drafts(tests, kind=pl.lit("test"), part=part, **counted, **person)
    last = stages.filter(is_in).sort("due_at").unique("subject_id", keep="last", maintain_order=True)
    last_day = local_date("due_at", str(records.tz))
    yield _drafts(
        last,
        kind=pl.lit("release"),
        part=pl.format("end@{}", "subject_id"),
        register=pl.lit(NONE),
        done_at=pl.col("released_at"),
        done_precision=pl.col("released_at_precision"),
        what_zh=pl.format("{} 满期且条件具备后解除", last_day),
        what_en=pl.format("release after {} when the conditions are met", last_day),
        **person,
    )


def lot_drafts(
    records: Records, arrivals: Arrivals, library: Library, *, area: str, at: datetime
) -> Iterator[pl.DataFrame]:
    """Draft tasks of all lots: declaration, sample, disinfection, trace."""
    owed = _in_force(arrivals, "lot", library, tz=str(records.tz)).filter(
        pl.col("duty").is_in(list(LOT_KINDS))
    )
    if owed.is_empty():
        return
    stores = records.table("places").select(store_id="place_id", store_area="area_code")
    tests = (
        records.table("tests")
        .filter((pl.col("subject_kind") == "lot") & (pl.col("taken_at") <= at))
        .sort("taken_at")
        .unique("subject_id", keep="first", maintain_order=True)
        .select("taken_at", "taken_at_precision", "subject_id")
    )
    handled = records.table("lot_handlers").select(subject_id="lot_id").unique()
    lots = (
        records.table("lots")
        .join(stores.unique("store_id", keep="first"), on="store_id", how="left")
        .select(
            known_by("declared_at", at),
            "declared_at_precision",
            subject_id="lot_id",
            area_code=pl.coalesce("store_area", pl.lit(area)),
        )
        .join(handled.with_columns(is_traced=pl.lit(True)), on="subject_id", how="left")
        .join(tests, on="subject_id", how="left")
    )
    kind = pl.col("duty").replace_strict(LOT_KINDS, return_dtype=pl.String)
    is_test, is_declared = pl.col("duty") == "lot_test", pl.col("duty") == "declare"
    yield _drafts(
        owed.join(lots, on="subject_id", how="left"),
        start_at=pl.col("due_from"),
        kind=kind,
        start_event=pl.lit("arrival"),
        register=kind.replace_strict(_LOT_REGISTERS, default=NONE, return_dtype=pl.String),
        is_done=(pl.col("duty") == "trace") & pl.col("is_traced").fill_null(False),
        done_at=pl.when(is_test).then("taken_at").when(is_declared).then("declared_at"),
        done_precision=pl.when(is_test)
        .then("taken_at_precision")
        .when(is_declared)
        .then("declared_at_precision"),
    )


def _in_force(arrivals: Arrivals, subject_kind: str, library: Library, *, tz: str) -> pl.DataFrame:
    """Duties that rest on a rule in force, with the times of a draft task."""
    owed = arrivals.owed.filter(
        (pl.col("subject_kind") == subject_kind)
        & (pl.col("status") == Status.RULE.value)
        & pl.col("due_by").is_not_null()
    )
    kinds = {rule_id: library.by_rule[rule_id].kind.value for rule_id in owed["rule_id"].unique().to_list()}
    is_day = pl.col("precision") == "day"
    doubt = pl.when(pl.col("precision") == "hour").then(pl.duration(hours=1)).otherwise(pl.duration(hours=0))
    due_day = local_date(pl.col("due_by").dt.offset_by("-1us"), tz)
    return owed.with_columns(
        due_at=pl.when(is_day).then(midnight(due_day, tz)).otherwise(pl.col("due_by")),
        latest_at=pl.when(is_day).then(pl.col("due_by")).otherwise(pl.col("due_by") + doubt),
        pack_kind=pl.col("rule_id").replace_strict(kinds, return_dtype=pl.String),
    )


def _released(records: Records, *, at: datetime) -> pl.DataFrame:
    return (
        records.table("contacts")
        .select("person_key", known_by("released_at", at), "released_at_precision")
        .drop_nulls("released_at")
        .sort("released_at")
        .unique("person_key", keep="last", maintain_order=True)
    )


def _arrivals(records: Records, *, area: str, at: datetime) -> pl.DataFrame:
    """Arrivals with where they went, when they were accepted and whether they were released."""
    return (
        records.table("arrivals")
        .select(
            "person_key",
            known_by("accepted_at", at),
            "accepted_at_precision",
            start_at="arrives_at",
            subject_id="arrival_id",
            area_code=pl.coalesce("destination_area", pl.lit(area)),
        )
        .join(_released(records, at=at), on="person_key", how="left")
        .drop("person_key")
    )


def _drafts(rows: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    frame = rows.with_columns(**columns)
    absent = [pl.lit(None, dtype=t).alias(name) for name, t in DRAFT.items() if name not in frame.columns]
    return frame.with_columns(absent).select([pl.col(n).cast(t) for n, t in DRAFT.items()])
