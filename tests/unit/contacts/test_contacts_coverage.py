"""contacts.coverage: days and hours of the exposure window that hold a stay."""

import pytest
from tests.unit.contacts.contact_worlds import TZ, at_rules, case, pack, records, rule, visit

from fireline.contacts.coverage import COVERAGE, source_coverage
from fireline.contacts.windows import cases_of
from fireline.policy import Profile

RULES = at_rules(pack(rule("deadline", "case_report", 'hours = 2, start = "diagnosis", stop = "report"')))
FIVE = Profile("covid-19", "新冠", "COVID-19", (1, 3, 5), None, "onset", None, "person")


def covered(*visits, cases=(("A", "2021-12-10"),), profile=FIVE):
    world = records(cases=[case(*c) for c in cases], visits=list(visits))
    return source_coverage(world.table("visits"), cases_of(world, RULES), profile, tz=TZ)


def row(*visits, **more):
    return covered(*visits, **more).row(0)[1:]


def test_the_window_runs_from_the_longest_to_the_shortest_incubation():
    found = covered()
    assert dict(found.schema) == COVERAGE
    assert found.rows() == [("A", 5, 0, 0.0)], "5 to 9 December"


def test_exact_stays_give_hours_and_days():
    assert row(visit("PA", "X", "2021-12-05 23:00", "2021-12-06 01:00")) == (5, 2, 2.0)
    assert row(visit("PA", "X", "2021-12-04 23:00", "2021-12-05 01:00")) == (5, 1, 1.0), (
        "clipped at its start"
    )
    assert row(visit("PA", "X", "2021-12-09 23:00", "2021-12-10 05:00")) == (5, 1, 1.0), "and at its end"
    assert row(visit("PA", "X", "2021-12-10 08:00", "2021-12-10 09:00")) == (5, 0, 0.0)


def test_overlapping_stays_count_once():
    assert row(
        visit("PA", "X", "2021-12-06 08:00", "2021-12-06 12:00"),
        visit("PA", "Y", "2021-12-06 09:00", "2021-12-06 10:00"),
        visit("PA", "Z", "2021-12-06 11:00", "2021-12-06 13:00"),
    ) == (5, 1, 5.0)


def test_dates_give_days_only():
    assert row(visit("PA", "X", "2021-12-06", None)) == (5, 1, 0.0)
    assert row(visit("PA", "X", "2021-12-06", "2021-12-08")) == (5, 3, 0.0)


def test_visits_of_others_do_not_count():
    assert row(visit("PB", "X", "2021-12-06 08:00", "2021-12-06 12:00")) == (5, 0, 0.0)


def test_the_report_stands_in_for_the_onset_and_no_day_means_no_row():
    found = covered(cases=(("A", None),))
    assert found["look_back_days"].to_list() == [5]


@pytest.mark.parametrize("profile", [None, Profile("x", "某", "X", None, None, "onset", None, "person")])
def test_without_an_incubation_period_there_is_no_window(profile):
    assert covered(profile=profile).height == 0
