"""signals.series and signals.units: which cell a count falls in, and which unit a case belongs to."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.contacts.contact_worlds import case, records

from fireline.signals.aberrations import _events
from fireline.signals.series import case_block, cases_with_day, count_blocks
from fireline.signals.units import units_of_cases

LAST = date(2021, 12, 31)


def counts(rows):
    return [{"stream": s, "area_code": a, "date": d, "count": n} for s, a, d, n in rows]


def test_daily_counts_lie_side_by_side_with_holes():
    world = records(
        counts=counts(
            [
                ("b", "X", "2021-12-01", 1),
                ("b", "X", "2021-12-03", 3),
                ("a", "Y", "2021-12-02", 2),
                ("a", "Y", "2021-12-04", 4),
            ]
        )
    )
    (block,) = count_blocks(world, last=LAST)
    assert block.step_days == 1 and block.names == (("a", "Y"), ("b", "X"))
    np.testing.assert_array_equal(block.counts, [[np.nan, 1], [2, np.nan], [np.nan, 3], [4, np.nan]])
    assert block.day(0, 0) == date(2021, 12, 1)


def test_later_counts_are_left_out():
    world = records(counts=counts([("a", "X", "2021-12-01", 1), ("a", "X", "2022-01-01", 9)]))
    (block,) = count_blocks(world, last=LAST)
    assert block.counts.shape == (1, 1)


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(0, 30), min_size=3, max_size=10), st.integers(0, 6))
def test_weekly_series_keep_their_dates(weeks, phase):
    days = [date.fromordinal(738_000 + phase + 7 * w) for w in sorted(weeks)]
    world = records(counts=counts([("a", "X", d.isoformat(), k + 1) for k, d in enumerate(days)]))
    (block,) = count_blocks(world, last=date(2030, 1, 1))
    assert block.step_days == 7
    rows = np.flatnonzero(~np.isnan(block.counts[:, 0]))
    assert [block.day(int(r), 0) for r in rows] == days
    assert block.counts[rows, 0].tolist() == list(range(1, len(days) + 1))


def test_cases_fill_silent_days_with_zeros_for_their_own_disease_only():
    rows = [
        case("C1", "2021-12-01"),
        case("C2", "2021-12-03", area_code="CN-41"),
        case("M1", "2021-12-09", disease="mpox"),
    ]
    found = cases_with_day(records(cases=rows), last=LAST)
    blocks = {b.names[0][0]: b for b in case_block(found)}
    assert set(blocks) == {"cases/covid-19", "cases/mpox"}
    np.testing.assert_array_equal(blocks["cases/covid-19"].counts, [[0, 1], [0, 0], [1, 0]])
    assert blocks["cases/mpox"].counts.tolist() == [[1.0]]


def test_cases_without_area_count_for_the_jurisdiction():
    found = cases_with_day(records(cases=[case("C1", area_code=None)], area="CN-41"), last=LAST)
    assert found["area"].to_list() == ["CN-41"]


@pytest.mark.parametrize(
    ("rows", "gap", "expected"),
    [
        ([3], 7, [[3]]),
        ([3, 4, 5], 7, [[3, 4, 5]]),
        ([3, 10], 7, [[3, 10]]),
        ([3, 11], 7, [[3], [11]]),
        ([1, 2, 4], 1, [[1, 2], [4]]),
    ],
)
def test_alarming_days_are_joined_into_events(rows, gap, expected):
    assert [e.tolist() for e in _events(np.array(rows), gap=gap)] == expected


AREAS = [
    {"area_code": "EX-0101", "parent_code": "EX", "level": "county", "name": "c"},
    {"area_code": "EX-010101", "parent_code": "EX-0101", "level": "township", "name": "t"},
    {"area_code": "EX-01010101", "parent_code": "EX-010101", "level": "village", "name": "v"},
    {"area_code": "R1", "parent_code": "R2", "level": "x", "name": "ring"},
    {"area_code": "R2", "parent_code": "R1", "level": "x", "name": "ring"},
]


@pytest.mark.parametrize(
    ("area", "unit", "expected"),
    [
        ("EX-01010101", "county", "EX-0101"),
        ("EX-01010101", "township", "EX-010101"),
        ("EX-01010101", "community", "EX-01010101"),
        ("EX-0101", "township", "EX-0101"),
        ("CN-411624101", "county", "CN-411624"),
        ("411624101", "county", "411624"),
        ("CN-411624101", "township", "CN-411624101"),
        ("R1", "county", "R1"),  # a ring of parents does not hang
        ("CN-411624", "any", "CN-4116"),
    ],
)
def test_units_of_areas(area, unit, expected):
    world = records(cases=[case("C1", area_code=area)], areas=AREAS, area="CN-4116")
    found = units_of_cases(world, cases_with_day(world, last=LAST), unit)
    assert [row[0] for row in found] == [expected]


def test_units_of_people():
    people = [
        {"person_key": "PC1", "group": "Class 1", "household_id": "H1", "home_place_id": "dorm"},
        {"person_key": "PC2", "household_id": "H1", "home_place_id": "dorm"},
        {"person_key": "PC3", "home_place_id": "flat"},
    ]
    places = [
        {"place_id": "dorm", "name": "d", "kind": "dormitory"},
        {"place_id": "flat", "name": "f", "kind": "home"},
        {"place_id": "school", "name": "s", "kind": "school"},
    ]
    visits = [{"person_key": "PC3", "place_id": "school", "enter": "2021-12-01", "leave": None}]
    world = records(
        cases=[case("C1"), case("C2", outcome="died"), case("C3")],
        persons=people,
        places=places,
        visits=visits,
    )
    dated = cases_with_day(world, last=LAST)
    assert [r[::2][:2] + r[4:] for r in units_of_cases(world, dated, "collective")] == [
        ("Class 1", "C1", False),
        ("dorm", "C2", True),
        ("school", "C3", False),
    ]
    assert [r[0] for r in units_of_cases(world, dated, "school")] == ["Class 1", "school"]
    assert [(r[0], r[2]) for r in units_of_cases(world, dated, "household")] == [("H1", "C1"), ("H1", "C2")]
