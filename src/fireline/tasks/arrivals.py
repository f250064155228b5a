"""What is owed for every arrival and every lot of goods: acceptance, measure, declaration, tests.

Chapter 9: the rule follows where the person came from and how.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from fireline.policy.model import Answer
from fireline.records.model import Records
from fireline.tasks.cases import Missing, with_start
from fireline.tasks.people import measure_drafts
from fireline.tasks.rulings import Rulings
from fireline.tasks.timing import draft, due_after_hours, due_on_day, known_by, local_date

MOMENT_COLUMNS = {
    "arrival": "arrives_at",
    "departure": "arrives_at",
    "admission": "accepted_at",
    "acceptance": "accepted_at",
    "identified": "arrives_at",
    "last_exposure": "arrives_at",
}
"""Moment named by a rule -> column. Leaving the origin is taken as the arrival: never too short."""

ARRIVAL_CLASSES = ("arrival_inbound", "arrival_high", "arrival_medium", "arrival_low")


def arrival_frame(records: Records, *, area: str, at: datetime) -> pl.DataFrame:
    """Arrivals up to `at` with their class: inbound by pocket, else by the risk level of the origin that day.

    Returns
    -------
    DataFrame   arrivals plus arrival_class (null where the origin is not a listed risk area), area_code
    """
    tz = str(records.tz)
    arrivals = (
        records.table("arrivals")
        .filter(pl.col("arrives_at") <= at)
        .with_columns(known_by("accepted_at", at), day=local_date("arrives_at", tz))
    )
    listed = records.table("risk_areas")
    names = pl.concat(
        [
            listed.select(
                origin_area=column,
                level="level",
                valid_from="valid_from",
                valid_to="valid_to",
                since="listed_at",
            )
            for column in ("area", "area_code")
        ]
    ).filter(pl.col("origin_area").is_not_null())
    rank = {"high": 0, "medium": 1, "low": 2}
    levels = (
        arrivals.select("arrival_id", "origin_area", "day", "arrives_at")
        .join(names, on="origin_area")
        .filter(
            (pl.col("since") <= pl.col("arrives_at"))
            & (pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("day")))
            & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("day")))
        )
        .with_columns(rank=pl.col("level").replace_strict(rank, return_dtype=pl.Int8))
        .sort("rank")
        .unique("arrival_id", keep="first", maintain_order=True)
        .select("arrival_id", "level")
    )
    is_inbound = pl.col("pocket").is_in(["flight", "land_port"])
    return (
        arrivals.join(levels, on="arrival_id", how="left")
        .with_columns(
            arrival_class=pl.when(is_inbound)
            .then(pl.lit("arrival_inbound"))
            .otherwise(pl.concat_str(pl.lit("arrival_"), pl.col("level"))),
            area_code=pl.coalesce("destination_area", pl.lit(area)),
            case_id=pl.lit(None, dtype=pl.String),
        )
        .drop("level")
        .sort("arrival_id")
    )


def arrival_drafts(
    records: Records, rulings: Rulings, *, area: str, at: datetime, missing: Missing
) -> Iterator[pl.DataFrame]:
    """Draft tasks of all arrivals for which a measure is in force on the day they arrive."""
    tz = str(records.tz)
    if not records.has("arrivals"):
        return
    frame = arrival_frame(records, area=area, at=at)
    released = (
        records.table("contacts")
        .select("person_key", known_by("released_at", at), "released_at_precision")
        .drop_nulls("released_at")
        .sort("released_at")
        .unique("person_key", keep="last", maintain_order=True)
    )
    frame = frame.join(released, on="person_key", how="left").with_columns(
        managed_at=pl.col("accepted_at"), managed_at_precision=pl.col("accepted_at_precision")
    )
    for name in ARRIVAL_CLASSES:
        members = frame.filter(pl.col("arrival_class") == name)
        for answer, part in rulings.in_force(members, "measure", name, day="day"):
            value = answer.value or {}
            yield _acceptance(part, answer, rulings, tz)
            people = part.with_columns(subject_kind=pl.lit("person"), subject_id=pl.col("person_key"))
            started, n_lost = with_start(people, str(value["anchor"]), MOMENT_COLUMNS)
            missing.add(f"measure/{name}", str(value["anchor"]), n_lost)
            yield from measure_drafts(started, answer, value, tz, at=at, still=pl.lit(True))


def _acceptance(part: pl.DataFrame, measure: Answer, rulings: Rulings, tz: str) -> pl.DataFrame:
    """Hand-over on landing: by the deadline in force, else by the end of the day of arrival."""
    started = part.with_columns(
        subject_kind=pl.lit("arrival"),
        subject_id=pl.col("arrival_id"),
        start_at=pl.col("arrives_at"),
        start_precision=pl.col("arrives_at_precision").fill_null("minute"),
    )
    deadline = rulings.find("deadline", "arrival_accept", part["day"][0])
    if deadline.in_force and deadline.value is not None:
        timed, answer = due_after_hours(started, float(deadline.value["hours"]), tz=tz), deadline
    else:
        timed, answer = due_on_day(started, pl.col("day"), tz=tz), measure
    return draft(
        timed,
        answer,
        kind="arrival_accept",
        start_event="arrival",
        done_at=pl.col("accepted_at"),
        done_precision=pl.col("accepted_at_precision"),
        is_done=False,
        what_zh="目的地接收来人，交接签字",
        what_en="accept the arrival at the destination and sign for it",
    )


def lot_drafts(records: Records, rulings: Rulings, *, area: str, at: datetime) -> Iterator[pl.DataFrame]:
    """Draft tasks of all lots by the goods rules in force on the day they arrive."""
    if not records.has("lots"):
        return
    tz = str(records.tz)
    stores = (
        records.table("places")
        .select(store_id="place_id", store_area="area_code")
        .unique("store_id", keep="first")
    )
    tests = (
        records.table("tests")
        .filter((pl.col("subject_kind") == "lot") & (pl.col("taken_at") <= at))
        .sort("taken_at")
        .unique("subject_id", keep="first", maintain_order=True)
        .select("taken_at", "taken_at_precision", lot_id="subject_id")
    )
    handled = records.table("lot_handlers").select("lot_id").unique().with_columns(is_traced=pl.lit(True))
    frame = (
        records.table("lots")
        .join(stores, on="store_id", how="left")
        .join(tests, on="lot_id", how="left")
        .join(handled, on="lot_id", how="left")
        .with_columns(
            known_by("declared_at", at),
            subject_kind=pl.lit("lot"),
            subject_id=pl.col("lot_id"),
            area_code=pl.coalesce("store_area", pl.lit(area)),
            day=local_date("arrives_at", tz),
            start_at=pl.col("arrives_at"),
            start_precision=pl.col("arrives_at_precision").fill_null("minute"),
        )
        .sort("lot_id")
    )
    for subject in sorted({r.subject for r in rulings.rules.library.by_concept.get("goods", ())}):
        for answer, part in rulings.in_force(frame, "goods", subject, day="day"):
            yield from _lot_tasks(part, answer, tz)


def _lot_tasks(part: pl.DataFrame, answer: Answer, tz: str) -> Iterator[pl.DataFrame]:
    value = answer.value or {}
    if "hours_before" in value:
        hours = float(value["hours_before"])
        yield draft(
            due_after_hours(part, -hours, tz=tz),
            answer,
            kind="lot_declare",
            start_event="arrival",
            done_at=pl.col("declared_at"),
            done_precision=pl.col("declared_at_precision"),
            is_done=False,
            what_zh=f"到货前 {hours:g} 小时申报",
            what_en=f"declare {hours:g} h before arrival",
        )
    on_arrival = due_on_day(part, pl.col("day"), tz=tz)
    if value.get("test"):
        yield draft(
            on_arrival,
            answer,
            kind="lot_test",
            start_event="arrival",
            done_at=pl.col("taken_at"),
            done_precision=pl.col("taken_at_precision"),
            is_done=False,
            what_zh="到货当日采样",
            what_en="sample on the day of arrival",
        )
    if value.get("disinfect"):
        yield draft(
            on_arrival,
            answer,
            kind="lot_disinfect",
            start_event="arrival",
            is_done=False,
            what_zh="首次接触前消毒",
            what_en="disinfect before the first contact",
        )
    if value.get("trace"):
        yield draft(
            on_arrival,
            answer,
            kind="lot_trace",
            start_event="arrival",
            is_done=pl.col("is_traced").fill_null(False),
            what_zh="登记全部经手人",
            what_en="list everybody who handles it",
        )
