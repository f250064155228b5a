"""places.survey: people at a place by hour, limits passed, places of cases."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.contacts.contact_worlds import at_rules, case, pack, records, rule, table, visit

from fireline.places import survey
from fireline.places.occupancy import by_hour
from fireline.places.tables import BUSIEST, EXCEEDED, OCCUPANCY

AT = datetime(2021, 12, 20, tzinfo=UTC)
CAP = rule("capacity", "scenic", 'percent = 75, of = "approved_maximum"')
VENUE = rule("capacity", "venue", 'percent = 50, of = "approved_maximum"')


def run(*rules, **tables):
    return survey(records(**tables), at_rules(pack(*(rules or (CAP, VENUE)))), at=AT)


def crowd(n, place="park", enter="2021-12-10 10:10", leave="2021-12-10 11:50"):
    return [visit(f"P{k}", place, enter, leave) for k in range(n)]


def place(kind="scenic", capacity=8, place_id="park"):
    return {"place_id": place_id, "name": "Park", "kind": kind, "capacity": capacity}


def test_it_works():
    found = run(visits=crowd(7), places=[place()])
    assert found.occupancy["peak"].to_list() == [7, 7]
    hours = found.occupancy["hour"].to_list()
    assert hours == [datetime(2021, 12, 10, h, tzinfo=UTC) for h in (2, 3)]  # 10 and 11 o'clock local
    assert (
        found.exceeded.select("peak", "limit", "status", "rule_id").rows()
        == [(7, 6, "RULE", "t-1/capacity/scenic/CN")] * 2
    )
    assert "rule t-1/capacity/scenic/CN allows 6 (approved maximum 8)" in found.exceeded["why_en"][0]
    assert "2021-12-10 10:00" in found.exceeded["why_zh"][0]


def test_people_one_after_another_are_not_there_at_once():
    visits = [
        visit("PA", "x", "2021-12-10 10:00", "2021-12-10 10:20"),
        visit("PB", "x", "2021-12-10 10:20", "2021-12-10 10:40"),  # comes as the other leaves
        visit("PC", "x", "2021-12-10 10:30", "2021-12-10 11:00"),
    ]
    found = run(visits=visits, places=[place(place_id="x")]).occupancy
    assert found.select("n_persons", "peak").rows() == [(3, 2)]


def test_a_person_with_two_overlapping_stays_counts_once():
    visits = crowd(1) + crowd(1, enter="2021-12-10 10:30", leave="2021-12-10 12:00")
    assert run(visits=visits, places=[place()]).occupancy["peak"].to_list() == [1, 1]


@pytest.mark.parametrize(
    ("kind", "capacity", "n", "expected"),
    [
        ("scenic", 8, 6, []),  # exactly the limit
        ("cinema", 10, 6, [(5, "RULE", "t-1/capacity/venue/CN")] * 2),
        ("office", 10, 11, [(10, "ADVICE", "")] * 2),
        ("office", 11, 11, []),
        ("scenic", None, 50, []),
        (None, 5, 6, [(2, "RULE", "t-1/capacity/venue/CN")] * 2),
    ],
)
def test_limits(kind, capacity, n, expected):
    found = run(visits=crowd(n), places=[place(kind, capacity)])
    assert found.exceeded.select("limit", "status", "rule_id").rows() == expected


def test_a_rule_for_persons_and_an_ended_rule():
    fixed = rule("capacity", "scenic", "persons = 3")
    assert run(fixed, visits=crowd(4), places=[place()]).exceeded["limit"].to_list() == [3, 3]
    ended = at_rules(pack(CAP, end="2021-12-09"))
    found = survey(records(visits=crowd(7), places=[place()]), ended, at=AT)
    assert found.exceeded.height == 0


def test_advice_says_that_no_rule_is_in_force():
    found = run(VENUE, visits=crowd(9), places=[place("office")])
    assert "no rule is in force, advice only" in found.exceeded["why_en"][0]
    assert "仅供参考" in found.exceeded["why_zh"][0]


def test_dates_only_do_not_make_hours():
    found = run(visits=[visit("PA", "x", "2021-12-10", None), visit("PB", "x", "2021-12-10", "2021-12-11")])
    assert found.occupancy.height == 0
    assert any("2 visit(s) have dates only" in n.en for n in found.notes)


def test_nothing_later_than_now_is_counted():
    visits = crowd(2, enter="2021-12-20 07:30", leave="2021-12-20 12:00") + crowd(2, enter="2021-12-20 08:30")
    visits = [v | {"leave": "2021-12-20 12:00"} for v in visits]
    found = run(visits=visits, places=[place()]).occupancy
    assert found["hour"].to_list() == [datetime(2021, 12, 19, 23, tzinfo=UTC)]


def test_busiest_places_of_cases():
    found = run(
        cases=[case("C1", person="P0"), case("C2", person="P1"), case("C3", person="P2", disease="measles")],
        visits=crowd(3) + crowd(1, place="shop") + crowd(1, place="shop") + crowd(2, place="hall"),
        places=[place()],
    )
    assert found.busiest.select("place_id", "name", "n_cases", "n_persons", "n_visits").rows() == [
        ("park", "Park", 2, 3, 3),
        ("hall", None, 2, 2, 2),
        ("shop", None, 1, 1, 2),
    ]


def test_hours_are_counted_where_a_capacity_is_stated_or_a_case_was_and_nowhere_else():
    visits = crowd(2) + crowd(1, place="shop") + crowd(1, place="hall", enter="2021-12-10 10:20")
    visits.append(visit("P9", "alley", "2021-12-10 10:00", "2021-12-10 10:30"))
    cases = [case("C1", person="P9"), case("C2", person="P0", classification="discarded")]
    found = run(cases=cases, visits=visits, places=[place(), place(place_id="shop", capacity=None)])
    assert found.occupancy["place_id"].unique().sort().to_list() == ["alley", "park"]


def test_coming_back_within_the_hour_is_one_person_and_next_hour_again():
    visits = [
        visit("PA", "park", "2021-12-10 10:00", "2021-12-10 10:10"),
        visit("PA", "park", "2021-12-10 10:20", "2021-12-10 10:30"),
        visit("PA", "park", "2021-12-10 10:50", "2021-12-10 11:00"),  # ends as the hour ends
        visit("PB", "park", "2021-12-10 11:00", "2021-12-10 11:10"),
    ]
    found = run(visits=visits, places=[place()]).occupancy
    assert found.select("n_persons", "peak").rows() == [(1, 1), (1, 1)]


def test_a_stay_without_end_of_years_is_cut_after_a_month():
    visits = [visit("PA", "park", "2019-01-01 00:30", "2021-12-10 10:10")]
    found = run(visits=visits, places=[place()]).occupancy
    assert found.height == 24 * 31
    assert set(found["peak"].to_list()) == {1}


def test_many_places_at_many_years_keep_their_hours_apart():
    visits = [visit("PA", f"p{k}", f"20{10 + k}-05-01 23:00", f"20{10 + k}-05-02 00:00") for k in range(9)]
    places = [place(place_id=f"p{k}") for k in range(9)]
    found = run(visits=visits, places=places).occupancy
    assert found["place_id"].to_list() == [f"p{k}" for k in range(9)]
    assert found["hour"].dt.year().to_list() == list(range(2010, 2019))
    assert set(found["peak"].to_list()) == {1}


def test_nothing_inside_the_window_at_all():
    found = run(visits=crowd(2, enter="2021-12-20 08:30", leave="2021-12-20 09:30"), places=[place()])
    assert found.occupancy.height == 0


def test_each_hour_is_judged_by_the_rules_of_its_local_day():
    """A rule that ended in the night does not hold for the hours after midnight local time."""
    ended = at_rules(pack(CAP, end="2021-12-10"))
    visits = crowd(7, enter="2021-12-10 23:10", leave="2021-12-11 00:50")
    found = survey(records(visits=visits, places=[place(capacity=8)]), ended, at=AT)
    assert found.exceeded.select("limit", "status").rows() == [(6, "RULE")]
    assert "2021-12-10 23:00" in found.exceeded["why_en"][0]
    assert next(a.status.value for a in found.answers) == "RULE"
    assert len(found.answers) == 2


def test_homes_are_left_out():
    found = run(cases=[case("C1", person="P0")], visits=crowd(9), places=[place("home")])
    assert found.occupancy.height == found.exceeded.height == found.busiest.height == 0


def test_empty_world():
    found = run()
    tables = found.tables()
    assert dict(tables["occupancy"].schema) == OCCUPANCY
    assert dict(tables["capacity_exceeded"].schema) == EXCEEDED
    assert dict(tables["case_places"].schema) == BUSIEST
    assert all(t.height == 0 for t in tables.values())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from("xy"), st.integers(0, 400), st.integers(1, 200)),
        max_size=12,
    )
)
def test_equals_counting_minute_by_minute(stays):
    def clock(minute):
        return f"2021-12-10 {minute // 60:02d}:{minute % 60:02d}"

    visits = table("visits", [visit(p, x, clock(s), clock(s + n)) for p, x, s, n in stays])
    expected = {}
    for minute in range(0, 660):
        for x in "xy":
            here = {p for p, place_id, s, n in stays if place_id == x and s <= minute < s + n}
            if here:
                peak, persons = expected.get((x, minute // 60), (0, set()))
                expected[(x, minute // 60)] = (max(peak, len(here)), persons | here)
    found = by_hour(visits)
    start = datetime(2021, 12, 9, 16, tzinfo=UTC)
    got = {
        (r["place_id"], int((r["hour"] - start).total_seconds() // 3600)): (r["peak"], r["n_persons"])
        for r in found.iter_rows(named=True)
    }
    assert got == {k: (peak, len(persons)) for k, (peak, persons) in expected.items()}
    assert isinstance(found, pl.DataFrame)
