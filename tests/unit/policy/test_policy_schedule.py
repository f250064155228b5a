"""Dates of a measure under both meanings of day zero."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireline.errors import PolicyError
from fireline.policy import At, load_library
from fireline.policy.schedule import schedule, span

LAST_EXPOSURE = date(2021, 12, 10)
V8 = At(load_library(), "covid-19", "CN-41", date(2021, 12, 13)).find("measure", "close").value


def _d(*days: int) -> tuple[date, ...]:
    return tuple(date(2021, 12, n) for n in days)


def test_the_eighth_edition_counts_from_the_next_day() -> None:
    found = schedule(V8, LAST_EXPOSURE)
    assert found.anchor == "last_exposure" and found.anchor_day == LAST_EXPOSURE
    assert found.phases[0].tests == _d(11, 14, 17, 24)
    assert found.phases[1].tests == _d(26, 31)
    assert found.tests == _d(11, 14, 17, 24, 26, 31)
    assert (found.phases[0].first, found.phases[0].last) == _d(11, 24)
    assert (found.phases[1].first, found.phases[1].last) == _d(25, 31)
    assert found.last == date(2021, 12, 31)
    assert found.phases[0].is_double_last and not found.phases[1].is_double_last
    assert found.phases[0].sample == "nasopharyngeal"


def test_counting_the_anchors_day_moves_every_date_one_day_earlier() -> None:
    found = schedule({**V8, "day_zero": "anchor_day"}, LAST_EXPOSURE)
    assert found.tests == tuple(d - timedelta(days=1) for d in schedule(V8, LAST_EXPOSURE).tests)
    assert found.phases[0].first == LAST_EXPOSURE and found.last == date(2021, 12, 30)


def test_phases_follow_one_another_without_a_gap() -> None:
    for zero in ("next_day", "anchor_day"):
        a, b = schedule({**V8, "day_zero": zero}, LAST_EXPOSURE).phases
        assert b.first == a.last + timedelta(days=1)


def test_tests_on_days_that_are_not_fixed() -> None:
    phase = {"place": "self_monitoring", "days": 3, "n_tests": 2, "min_gap_hours": 24}
    found = schedule({"anchor": "arrival", "day_zero": "next_day", "phases": [phase]}, LAST_EXPOSURE)
    assert found.tests == () and found.phases[0].n_tests == 2 and found.phases[0].min_gap_hours == 24


def test_part_of_a_day_counts_as_a_day() -> None:
    phase = {"place": "home", "days": 2.5}
    found = schedule({"anchor": "arrival", "day_zero": "next_day", "phases": [phase]}, LAST_EXPOSURE)
    assert found.last == date(2021, 12, 13)


@pytest.mark.parametrize("missing", ["anchor", "day_zero", "phases"])
def test_an_incomplete_measure_is_refused(missing: str) -> None:
    with pytest.raises(PolicyError, match=missing):
        schedule({k: v for k, v in V8.items() if k != missing}, LAST_EXPOSURE)


def test_an_unknown_day_zero_is_refused() -> None:
    with pytest.raises(PolicyError, match="day_zero"):
        schedule({**V8, "day_zero": "today"}, LAST_EXPOSURE)


def test_span_of_a_follow_up() -> None:
    value = {"days": 21, "anchor": "last_exposure", "day_zero": "next_day"}
    assert span(value, date(2026, 6, 1)) == (date(2026, 6, 2), date(2026, 6, 22))
    assert span({**value, "day_zero": "anchor_day"}, date(2026, 6, 1)) == (
        date(2026, 6, 1),
        date(2026, 6, 21),
    )
    with pytest.raises(PolicyError, match="days"):
        span({"hours": 72, "anchor": "symptom_end"}, date(2026, 6, 1))


@given(
    day=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=4),
    zero=st.sampled_from(["next_day", "anchor_day"]),
)
def test_the_days_add_up(day: date, lengths: list[int], zero: str) -> None:
    phases = [{"place": "home", "days": n, "tests": [1, n] if n > 1 else [1]} for n in lengths]
    found = schedule({"anchor": "arrival", "day_zero": zero, "phases": phases}, day)
    assert sum((p.last - p.first).days + 1 for p in found.phases) == sum(lengths)
    assert found.phases[0].first == day + timedelta(days=zero == "next_day")
    for phase in found.phases:
        assert phase.tests[0] == phase.first and phase.tests[-1] == phase.last
