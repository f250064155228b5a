"""Who was known since when: recorded contacts, contacts found by the run, and what changes for the former."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from tests.unit.zones.zones_world import AT, case, contacts, records, rule, signals, utc, written

from fireline.tasks.identified import contact_frames
from fireline.tasks.owed import owed
from fireline.zones.delimit import delimit

PLACED = rule("deadline", "close_placed", {"hours": 8, "start": "identified", "stop": "admitted"})
SECOND = rule("deadline", "secondary_placed", {"hours": 12, "start": "identified", "stop": "admitted"})
MEASURE = rule(
    "measure",
    "close",
    {
        "anchor": "last_exposure",
        "day_zero": "next_day",
        "phases": [{"place": "central", "days": 10, "tests": [1, 4, 7, 10]}],
    },
)
AT_HOME = rule(
    "measure",
    "secondary",
    {
        "anchor": "last_exposure",
        "day_zero": "next_day",
        "phases": [{"place": "home", "days": 7, "tests": [1, 4, 7]}],
    },
)
JAB = rule("prophylaxis", "jab", {"hours": 240, "anchor": "first_exposure"})
FOLLOW = rule("followup", "close", {"days": 10, "anchor": "last_exposure", "day_zero": "next_day"})
RULES = (PLACED, SECOND, MEASURE, AT_HOME, JAB, FOLLOW)
CASES = [case("C1", utc(14), reported_at=utc(15, 8))]
MET = {
    "case_id": "C1",
    "person_key": "PA",
    "first_exposure": utc(14, 8),
    "last_exposure": utc(14, 18),
}
FOUND = MET | {"basis": "co_presence"}


def row(person: str = "PA", **more: Any) -> dict[str, Any]:
    return {"person_key": person, "case_id": "C1", "class": "close"} | more


def frames(*found, cases=None, at=AT, **tables):
    rec = records(cases=cases or CASES, **tables)
    return contact_frames(rec, contacts(*found), area="EX-01", at=at)


def work(*found, cases=None, at=AT, rules=RULES, **tables) -> pl.DataFrame:
    rec, people, asked = records(cases=cases or CASES, **tables), contacts(*found), written(*rules)
    return owed(rec, people, delimit(rec, people, asked, at=at), signals(), asked, at=at).table


def of(table: pl.DataFrame, kind: str, person: str = "PA") -> list[dict[str, Any]]:
    rows = table.filter((pl.col("kind") == kind) & (pl.col("subject_id") == person))
    return rows.sort("due_at").rows(named=True)


def due_days(rows: list[dict[str, Any]]) -> list[int]:
    return [(r["due_at"] + timedelta(hours=8)).day for r in rows]


# ---- the two frames


@pytest.mark.parametrize("basis", ["co_presence", "household", "manifest"])
def test_people_nobody_named_are_identified_by_the_run(basis):
    known, fresh = frames(MET | {"basis": basis})
    assert known.is_empty()
    assert fresh.select("person_key", "identified_at", "is_new", "is_revised", "is_known").row(0) == (
        "PA",
        AT,
        True,
        False,
        False,
    )


def test_people_a_source_named_are_identified_when_their_case_was_reported():
    known, fresh = frames(MET)
    assert fresh.is_empty()
    assert known.select("identified_at", "is_new").row(0) == (utc(15, 8), False)


def test_a_household_stated_as_a_link_is_named():
    links = [{"from_case": "C1", "to_person": "PA", "kind": "household"}]
    known, fresh = frames(MET | {"basis": "household"}, links=links)
    assert (known.height, fresh.height) == (1, 0)


def test_nobody_is_identified_before_being_exposed():
    known, _ = frames(MET | {"first_exposure": utc(16, 8), "last_exposure": utc(16, 9)})
    assert known["identified_at"].item() == utc(16, 8)


@pytest.mark.parametrize(
    ("times", "moment"),
    [
        ({"reported_at": utc(15, 8), "isolated_at": utc(14, 20)}, utc(15, 8)),
        ({"isolated_at": utc(15, 20), "sampled_at": utc(15, 6)}, utc(15, 20)),
        ({"sampled_at": utc(15, 6)}, utc(15, 6)),
        ({"reported_at": utc(25, 6), "sampled_at": utc(15, 7)}, utc(15, 7)),  # reported after at: not known
        ({}, None),
    ],
)
def test_the_best_moment_of_the_case_stands_for_identification(times, moment):
    known, _ = frames(MET, cases=[case("C1", utc(14), **times)])
    assert known["identified_at"].item() == moment


def test_a_secondary_contact_is_known_once_its_close_contact_is():
    second = MET | {"person_key": "PS", "class": "secondary", "first_exposure": utc(14, 9)}
    close = MET | {"first_exposure": utc(16, 9), "last_exposure": utc(16, 10)}
    known, _ = frames(second, close)
    assert dict(known.select("person_key", "identified_at").rows()) == {"PA": utc(16, 9), "PS": utc(16, 9)}
    alone, _ = frames(second)
    assert alone["identified_at"].item() == utc(15, 8)


def test_a_secondary_contact_found_by_the_run_starts_with_the_run():
    _, fresh = frames(MET, FOUND | {"person_key": "PS", "class": "secondary"})
    assert fresh.select("person_key", "identified_at").rows() == [("PS", AT)]


def test_the_written_exposure_counts_for_what_was_known():
    told = row(first_exposure=utc(14, 8), last_exposure=utc(14, 12))
    known, fresh = frames(MET | {"last_exposure": utc(16, 9)}, contacts=[told])
    assert known["last_exposure"].item() == utc(14, 12)
    assert fresh.select("last_exposure", "is_revised", "is_known").row(0) == (utc(16, 9), True, True)


def test_a_later_hour_of_the_same_day_changes_nothing():
    told = row(first_exposure=utc(14, 8), last_exposure=utc(14, 12))
    known, fresh = frames(MET, contacts=[told])
    assert (known.height, fresh.height) == (1, 0)


def test_a_milder_class_found_by_the_run_changes_nothing():
    known, fresh = frames(
        MET, FOUND | {"case_id": "C2", "class": "secondary", "last_exposure": utc(18, 9)},
        cases=[*CASES, case("C2", utc(17), reported_at=utc(17, 8))],
    )  # fmt: skip
    assert (known["class"].item(), fresh.height) == ("close", 0)


def test_a_stricter_class_found_by_the_run_is_new():
    cases = [*CASES, case("C2", utc(17), reported_at=utc(17, 8))]
    known, fresh = frames(MET | {"class": "secondary"}, FOUND | {"case_id": "C2"}, cases=cases)
    assert known["class"].item() == "secondary"
    assert fresh.select("class", "case_id", "is_revised", "is_known").row(0) == ("close", "C2", True, False)


@pytest.mark.parametrize("since", [utc(14, 10), utc(14, 18)])
def test_cases_by_their_last_exposure_are_no_contacts(since):
    cases = [*CASES, case("C9", None, person_key="PA", sampled_at=since)]
    assert all(f.is_empty() for f in frames(MET, cases=cases))
    assert all(f.is_empty() for f in frames(FOUND, cases=cases))


def test_suspected_and_discarded_people_stay_contacts():
    for name in ("suspected", "discarded"):
        ill = case("C9", None, person_key="PA", sampled_at=utc(14, 9), classification=name)
        assert frames(MET, cases=[*CASES, ill])[0].height == 1


def test_unclassified_people_owe_nothing():
    assert all(f.is_empty() for f in frames(MET | {"class": "unclassified"}))


# ---- several rows, several releases


@pytest.mark.parametrize(
    ("releases", "released", "is_clear"),
    [
        ([None, None], None, True),
        ([utc(18, 9), utc(19, 9)], utc(19, 9), True),
        ([utc(18, 9), None], None, False),
        ([utc(18, 9), utc(28, 9)], None, False),  # the second is not known yet
    ],
)
def test_a_release_written_in_one_of_two_rows_tells_nothing(releases, released, is_clear):
    two = [MET, MET | {"case_id": "C2"}]
    cases = [*CASES, case("C2", utc(14), reported_at=utc(15, 9))]
    told = [
        row(case_id=c, managed_at=utc(15, 9), released_at=r)
        for c, r in zip(("C1", "C2"), releases, strict=True)
    ]
    known, _ = frames(*two, cases=cases, contacts=told)
    assert known.select("released_at", "is_release_clear").row(0) == (released, is_clear)


def test_the_release_of_the_owed_class_counts():
    told = [
        row(managed_at=utc(15, 9)),
        row(case_id="C2", **{"class": "secondary"}, managed_at=utc(14, 9), released_at=utc(15, 8)),
    ]
    cases = [*CASES, case("C2", utc(14), reported_at=utc(14, 9))]
    known, _ = frames(MET, MET | {"case_id": "C2", "class": "secondary"}, cases=cases, contacts=told)
    seen = known.select("managed_at", "released_at", "is_release_clear").row(0)
    assert seen == (utc(14, 9), None, True)


def test_an_unclear_release_is_no_record_and_not_overdue():
    two = [MET | {"last_exposure": utc(5, 9), "first_exposure": utc(5, 8)}, MET | {"case_id": "C2"}]
    two[1] |= {"last_exposure": utc(5, 9), "first_exposure": utc(5, 8)}
    cases = [case(c, utc(4), reported_at=utc(5, 8)) for c in ("C1", "C2")]
    told = [row(managed_at=utc(6, 9), released_at=utc(15, 9)), row(case_id="C2", managed_at=utc(6, 9))]
    release = of(work(*two, cases=cases, contacts=told), "release")
    assert [(r["state"], r["done_at"]) for r in release] == [("no_record", None)]


# ---- tasks of new people


def test_a_contact_found_by_the_run_is_placed_from_the_run_on():
    table = work(FOUND)
    (placed,) = of(table, "close_placed")
    assert (placed["start_at"], placed["due_at"], placed["state"]) == (AT, AT + timedelta(hours=8), "open")
    assert (placed["start_event"], placed["is_new"]) == ("found_by_run", True)


def test_a_new_contact_owes_no_test_of_the_past():
    tests = of(work(FOUND), "test")  # days 15, 18, 21, 24; the run is at noon of the 20th
    assert due_days(tests) == [21, 24]
    assert {(t["state"], t["is_new"]) for t in tests} == {("open", True)}


def test_nothing_of_a_new_contact_is_late_or_overdue():
    table = work(FOUND, FOUND | {"person_key": "PB", "class": "secondary"})
    assert table.filter("is_new").height == table.filter(pl.col("subject_kind") == "person").height
    assert set(table.filter("is_new")["state"]) == {"open"}


def test_a_new_contact_whose_measure_would_be_over_is_left_alone():
    old = FOUND | {"first_exposure": utc(5, 8), "last_exposure": utc(5, 18)}  # day 10 is the 15th
    assert work(old).is_empty()
    without_measure = work(old, rules=(PLACED,))
    assert without_measure["kind"].to_list() == ["close_placed"]


@pytest.mark.parametrize(("last", "n"), [(10, 1), (9, 0)])
def test_the_last_day_of_the_measure_still_counts(last, n):
    edge = FOUND | {"first_exposure": utc(last, 8), "last_exposure": utc(last, 9)}
    assert len(of(work(edge), "close_placed")) == n


def test_a_recorded_contact_in_the_same_world_is_late():
    others = [row("PZ", managed_at=utc(16, 9))]
    (placed,) = of(work(MET, contacts=others), "close_placed")
    assert (placed["state"], placed["is_new"], placed["start_event"]) == ("overdue", False, "identified")


def test_samples_of_days_before_identification_are_not_owed():
    late = [case("C1", utc(14), reported_at=utc(18, 20))]  # days 15, 18, 21, 24
    assert due_days(of(work(MET, cases=late), "test")) == [18, 21, 24]
    later = [case("C1", utc(14), reported_at=utc(19, 0, 1))]
    assert due_days(of(work(MET, cases=later), "test")) == [21, 24]


def test_a_late_placement_is_not_counted_again_as_missing_samples():
    told = [row(managed_at=utc(19, 0, 1))]
    table = work(MET, contacts=told)
    assert [p["is_late"] for p in of(table, "close_placed")] == [True]
    assert due_days(of(table, "test")) == [21, 24]


# ---- what changes for people who were recorded


LATER = FOUND | {"case_id": "C2", "first_exposure": utc(17, 8), "last_exposure": utc(17, 9)}
TWO = [*CASES, case("C2", utc(17), reported_at=utc(18, 8))]


def test_a_later_exposure_found_by_the_run_moves_the_days_to_come_only():
    told = [row(managed_at=utc(15, 12))]
    others = [row("PZ", managed_at=utc(15, 12), released_at=utc(16, 12))]
    samples = [
        {"sample_id": f"s{d}", "subject_kind": "person", "subject_id": "PA", "kind": "pcr", "taken_at": utc(d, 9)}
        for d in (15,)
    ]  # fmt: skip
    table = work(MET, LATER, cases=TWO, contacts=[*told, *others], tests=samples)
    tests = of(table, "test")
    assert due_days(tests) == [15, 18, 21, 24, 27]  # until the run from the 14th, after it from the 17th
    assert [t["state"] for t in tests] == ["done", "overdue", "open", "open", "open"]
    assert [t["is_new"] for t in tests] == [False, False, True, True, True]
    (release,) = of(table, "release")
    assert (due_days([release]), release["is_new"]) == ([27], True)
    assert len(of(table, "close_placed")) == 1


def test_released_people_found_still_owing_are_placed_again():
    told = [row(managed_at=utc(15, 12), released_at=utc(19, 12))]
    placed = of(work(MET, LATER, cases=TWO, contacts=told), "close_placed")
    assert [(p["state"], p["is_new"]) for p in placed] == [("done", False), ("open", True)]


def test_an_upgrade_by_the_run_asks_for_placement_as_close():
    told = [row(**{"class": "secondary"}, last_exposure=utc(14, 18))]
    table = work(MET | {"class": "secondary"}, LATER, cases=TWO, contacts=told)
    (placed,) = of(table, "close_placed")
    assert (placed["start_at"], placed["is_new"]) == (AT, True)
    (second,) = of(table, "secondary_placed")
    assert not second["is_new"]
    assert {t["rule_id"] for t in of(table, "test") if t["is_new"]} == {MEASURE.id}


def test_prophylaxis_and_placement_have_one_clock_only():
    table = work(MET, LATER, cases=TWO)
    assert len(of(table, "prophylaxis")) == 1 and len(of(table, "close_placed")) == 1


@pytest.mark.parametrize("at", [utc(15, 9), utc(20, 12), utc(30, 12)])
def test_task_ids_are_unique_whenever_the_run_is(at):
    people = (MET, LATER, FOUND | {"person_key": "PB"}, MET | {"person_key": "PC", "class": "secondary"})
    table = work(*people, cases=TWO, at=at, contacts=[row(managed_at=utc(15, 12))])
    assert table["task_id"].is_unique().all()


def test_the_rule_of_the_run_counts_for_new_people():
    ended = rule("measure", "close", MEASURE.value, edition="ed-1", valid_to=date(2026, 6, 17))
    assert of(work(FOUND, rules=(ended,)), "test") == []
    assert due_days(of(work(MET, rules=(ended,)), "test")) == [15, 18, 21, 24]
