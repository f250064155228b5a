"""Tasks of arrivals and goods are the duties of the arrivals chapter, with an owner and a state."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.unit.zones.zones_world import AT, case, contacts, records, rule, signals, utc, written

from fireline.arrivals.owed import owed as arrivals_owed
from fireline.tasks.arrivals import LOT_KINDS
from fireline.tasks.owed import owed
from fireline.zones.delimit import delimit

HIGH = {"area": "CN-99", "level": "high", "valid_from": date(2026, 6, 1), "listed_at": utc(1, 8)}
MEASURE = rule(
    "measure",
    "arrival_high",
    {
        "anchor": "arrival",
        "day_zero": "next_day",
        "phases": [
            {"place": "central", "days": 2, "tests": [1]},
            {"place": "home_monitoring", "days": 3, "n_tests": 2},
        ],
    },
)
INBOUND = rule("measure", "arrival_inbound", MEASURE.value)
HAND_OVER = rule("deadline", "arrival_accept", {"hours": 3, "start": "arrival", "stop": "acceptance"})
GOODS = (
    rule("goods", "declare", {"hours_before": 48}),
    rule("goods", "lot", {"test": True, "disinfect": True, "trace": True}),
    rule("goods", "records", {"years": 2}),
)


def arrival(arrival_id: str = "A1", **more: Any) -> dict[str, Any]:
    return {
        "arrival_id": arrival_id,
        "person_key": f"P{arrival_id}",
        "pocket": "cross_region",
        "origin_area": "CN-99",
        "arrives_at": utc(12, 10),
        "destination_area": "EX-01-2",
    } | more


def lot(lot_id: str = "L1", **more: Any) -> dict[str, Any]:
    return {
        "lot_id": lot_id,
        "product": "fish",
        "origin": "x",
        "arrives_at": utc(12, 10),
        "store_id": "S",
    } | more


def result(*rules, at=AT, found=(), **tables):
    rec, asked = records(**({"risk_areas": [HIGH]} | tables)), written(*(rules or (MEASURE, HAND_OVER)))
    people = contacts(*found)
    return owed(rec, people, delimit(rec, people, asked, at=at), signals(), asked, at=at)


def work(*rules, **more) -> pl.DataFrame:
    return result(*rules, **more).table


def one(table: pl.DataFrame, kind: str, subject: str = "A1") -> dict[str, Any]:
    rows = table.filter((pl.col("kind") == kind) & pl.col("task_id").str.contains(subject))
    assert rows.height == 1, rows
    return rows.row(0, named=True)


def test_the_duties_are_kept_with_the_tasks_and_computed_once():
    tasks = result(arrivals=[arrival()])
    rec = records(risk_areas=[HIGH], arrivals=[arrival()])
    assert tasks.arrivals.owed.equals(arrivals_owed(rec, written(MEASURE, HAND_OVER), at=AT).owed)


@pytest.mark.parametrize("seed", range(12))
def test_one_task_for_each_duty_in_force_with_its_rule_and_due_time(seed):
    rng = np.random.default_rng(seed)
    people = [
        arrival(
            f"A{i}",
            origin_area=("CN-99", "CN-98")[int(rng.integers(0, 2))],
            pocket=("cross_region", "flight")[int(rng.integers(0, 2))],
            arrives_at=AT - timedelta(hours=int(rng.integers(0, 300))),
        )
        for i in range(6)
    ]
    lots = [lot(f"L{i}", arrives_at=AT - timedelta(hours=int(rng.integers(0, 300)))) for i in range(3)]
    tasks = result(MEASURE, INBOUND, HAND_OVER, *GOODS, arrivals=people, lots=lots)
    duties = tasks.arrivals.owed.filter(
        (pl.col("status") == "RULE") & ~pl.col("duty").is_in(["none", "keep_records"])
    )
    table = tasks.table.filter(pl.col("kind") != "release")
    assert table.height == duties.height
    assert sorted(table["rule_id"]) == sorted(duties["rule_id"])
    is_day = pl.col("precision") == "day"
    due = pl.when(is_day).then(pl.col("due_by").dt.offset_by("-24h")).otherwise(pl.col("due_by"))
    assert sorted(table["due_at"]) == sorted(duties.select(due).to_series())
    assert sorted(table["what_en"]) == sorted(duties["what_en"])


@pytest.mark.parametrize(
    ("accepted", "state", "late"),
    [(utc(12, 12), "done", False), (utc(12, 13), "done", False), (utc(12, 14), "done", True)],
)
def test_acceptance_closes_the_hand_over(accepted, state, late):
    task = one(work(arrivals=[arrival(accepted_at=accepted)]), "arrival_accept")
    assert (task["state"], task["is_late"], task["subject_kind"]) == (state, late, "arrival")
    assert (task["owner_unit"], task["due_at"]) == ("EX-01-2", utc(12, 13))


def test_without_any_acceptance_on_record_the_hand_over_is_no_record():
    assert one(work(arrivals=[arrival()]), "arrival_accept")["state"] == "no_record"
    other = arrival("A2", accepted_at=utc(12, 11))
    assert one(work(arrivals=[arrival(), other]), "arrival_accept", "A1")["state"] == "overdue"


def test_an_hour_precise_arrival_leaves_an_hour_of_doubt():
    seen = [arrival(arrives_at_precision="hour"), arrival("A2", accepted_at=utc(12, 11))]
    assert one(work(arrivals=seen, at=utc(12, 13, 59)), "arrival_accept", "A1")["state"] == "open"
    assert one(work(arrivals=seen, at=utc(12, 14, 1)), "arrival_accept", "A1")["state"] == "overdue"


def test_phases_pass_for_whoever_was_accepted():
    table = work(arrivals=[arrival(accepted_at=utc(12, 12)), arrival("A2")])
    phases = table.filter(pl.col("kind") == "phase").select("subject_id", "state").rows()
    assert sorted(phases) == [("PA1", "done"), ("PA1", "done"), ("PA2", "overdue"), ("PA2", "overdue")]


def test_tests_of_arrivals_are_paid_by_samples():
    samples = [
        {
            "sample_id": f"s{d}",
            "subject_kind": "person",
            "subject_id": "PA1",
            "kind": "pcr",
            "taken_at": utc(d, 9),
        }
        for d in (13, 16)
    ]
    table = work(arrivals=[arrival()], tests=samples).filter(pl.col("kind") == "test").sort("due_at")
    assert table.select("place", "state").rows() == [
        ("central", "done"),
        ("home_monitoring", "done"),
        ("home_monitoring", "overdue"),
    ]


def test_release_is_owed_by_the_accepted_and_on_record_for_contacts_only():
    assert work(arrivals=[arrival()]).filter(pl.col("kind") == "release").is_empty()
    plain = one(work(arrivals=[arrival(accepted_at=utc(12, 12))]), "release")
    assert (plain["due_at"], plain["state"]) == (utc(17), "no_record")
    told = [{"person_key": "PA1", "case_id": "C1", "released_at": utc(18, 9)}]
    freed = one(work(arrivals=[arrival(accepted_at=utc(12, 12))], contacts=told), "release")
    assert (freed["state"], freed["done_at"], freed["is_late"]) == ("done", utc(18, 9), True)


def test_whoever_arrives_as_a_contact_owes_both():
    met = {"case_id": "C1", "person_key": "PA1", "first_exposure": utc(11, 8), "last_exposure": utc(11, 9)}
    close = rule("measure", "close", MEASURE.value | {"anchor": "last_exposure"})
    table = work(
        MEASURE, close, arrivals=[arrival()], found=[met], cases=[case("C1", utc(10), reported_at=utc(11, 9))]
    )
    assert set(table.filter(pl.col("subject_id") == "PA1")["rule_id"]) == {MEASURE.id, close.id}
    assert table["task_id"].is_unique().all()


def test_lots_by_register():
    told = lot(declared_at=utc(10, 9))
    table = work(*GOODS, lots=[lot("L2"), told], places=[{"place_id": "S", "area_code": "EX-01-9"}])
    states = {r["task_id"]: r["state"] for r in table.iter_rows(named=True)}
    assert states["lot_declare:L1::"] == "done" and states["lot_declare:L2::"] == "overdue"
    assert states["lot_disinfect:L1::"] == states["lot_test:L1::"] == states["lot_trace:L1::"] == "no_record"
    assert set(table["owner_unit"]) == {"EX-01-9"} and set(table["kind"]) == set(LOT_KINDS.values())


def test_handlers_on_record_close_the_trace_of_their_lot_only():
    table = work(*GOODS, lots=[lot(), lot("L2")], lot_handlers=[{"lot_id": "L1", "person_key": "PH"}])
    traces = {
        r["subject_id"]: r["state"] for r in table.filter(pl.col("kind") == "lot_trace").iter_rows(named=True)
    }
    assert traces == {"L1": "done", "L2": "overdue"}


def test_a_swab_of_the_lot_and_not_of_a_person_closes_its_test():
    swab = {
        "sample_id": "s",
        "subject_kind": "lot",
        "subject_id": "L1",
        "kind": "swab",
        "taken_at": utc(13, 9),
    }
    done = one(work(*GOODS, lots=[lot()], tests=[swab]), "lot_test", "L1")
    assert (done["state"], done["is_late"]) == ("done", True)
    other = swab | {"subject_kind": "person"}
    assert one(work(*GOODS, lots=[lot()], tests=[other]), "lot_test", "L1")["state"] == "no_record"


def test_advice_and_conflicts_owe_nothing():
    from fireline.policy.model import Confidence

    for confidence in (Confidence.K, Confidence.C):
        doubtful = rule("measure", "arrival_high", MEASURE.value, confidence=confidence)
        assert work(doubtful, arrivals=[arrival()]).is_empty()


def test_notes_of_the_arrivals_chapter_are_passed_on():
    rec, asked = records(arrivals=[arrival()]), written(MEASURE)
    people = contacts()
    tasks = owed(rec, people, delimit(rec, people, asked, at=AT), signals(), asked, at=AT)
    assert any("no list of risk areas" in note.en for note in tasks.notes)
