"""Fixed thresholds by day of report and by day of absence, beside those by day of onset."""

from datetime import UTC, datetime

import pytest
from tests.unit.contacts.contact_worlds import pack, records, rule

from fireline.policy import At, build_library
from fireline.signals import watch
from fireline.signals.streams import default_streams, parse_streams

AT = datetime(2024, 4, 30, 12, tzinfo=UTC)
TEN = rule("threshold", "school_outbreak", 'count = 10, window_days = 7, unit = "collective"')
SCHOOL = {"place_id": "S1", "name": "school", "kind": "school", "area_code": "CN-411624101"}


def thresholds(world, *texts, disease="measles", **more):
    library = build_library([pack(*(texts or (TEN,)), disease=disease, kind="living")])
    found = watch(world, At(library, disease, "CN-411624", AT.date()), at=AT, **more)
    return [a for a in found.alarms if a.kind == "threshold"]


def pupils(dates, *, reported=None):
    """One case for each onset date (None = unknown), all of one school, reported on their dates."""
    cases = [
        {
            "case_id": f"C{k}", "person_key": f"P{k}", "disease": "measles", "onset": onset,
            "reported_at": (reported or dates)[k], "area_code": "CN-411624101",
        }
        for k, onset in enumerate(dates)
    ]  # fmt: skip
    persons = [{"person_key": f"P{k}", "group": "S1"} for k in range(len(dates))]
    return records(cases=cases, persons=persons, places=[SCHOOL])


def test_ten_reported_in_a_week_are_an_event_whose_onsets_lie_apart():
    onsets = [f"2024-03-{day:02d}" for day in range(1, 31, 3)]
    (alarm,) = thresholds(pupils(onsets, reported=["2024-04-10"] * 10))
    assert alarm.day.isoformat() == "2024-04-10" and alarm.observed == 10
    assert "by day of report" in alarm.why.en and "报告日期" in alarm.why.zh
    assert (alarm.unit, alarm.level) == ("S1", "high")


def test_ten_reported_without_any_onset_count_by_report():
    (alarm,) = thresholds(pupils([None] * 10, reported=["2024-04-10"] * 10))
    assert alarm.day.isoformat() == "2024-04-10"


def test_one_event_met_by_onset_and_by_report_is_one_alarm():
    (alarm,) = thresholds(pupils(["2024-04-08"] * 10, reported=["2024-04-12"] * 10))
    assert alarm.day.isoformat() == "2024-04-08" and "by day of report" not in alarm.why.en


def test_nine_are_not_ten_by_any_day():
    assert thresholds(pupils([None] * 9, reported=["2024-04-10"] * 9)) == []


def test_reports_after_the_moment_are_not_known():
    onsets = [f"2024-03-{day:02d}" for day in range(1, 31, 3)]
    assert thresholds(pupils(onsets, reported=["2024-05-02"] * 10)) == []


def test_single_cases_are_not_counted_twice():
    one = rule("threshold", "cholera", 'count = 1, window_days = 1, unit = "county"')
    assert len(thresholds(pupils(["2024-04-01"], reported=["2024-04-20"]), one)) == 1


def absences(figures, *, stream="absence/measles", where="S1"):
    rows = [
        {"stream": stream, "area_code": where, "date": f"2024-04-{day:02d}", "count": float(n)}
        for day, n in figures.items()
    ]
    return records(counts=rows, places=[SCHOOL])


def test_pupils_absent_with_one_illness_meet_the_threshold_on_the_day():
    (alarm,) = thresholds(absences({8: 3, 9: 8, 10: 12, 11: 11}))
    assert (alarm.day.isoformat(), alarm.until.isoformat()) == ("2024-04-10", "2024-04-11")
    assert (alarm.stream, alarm.unit, alarm.area_code) == ("absence/measles", "S1", "CN-411624101")
    assert alarm.observed == 12 and alarm.level == "high"
    assert "people ill" in alarm.why.en and "Measles" not in alarm.why.zh


def test_the_same_pupils_on_several_days_are_not_added_up():
    assert thresholds(absences({8: 4, 9: 4, 10: 4, 11: 4})) == []


def test_new_absences_are():
    book = parse_streams('[stream.absence]\ncounts = "new"', base=default_streams())
    (alarm,) = thresholds(absences({8: 4, 9: 4, 10: 4}), streams=book)
    assert alarm.day.isoformat() == "2024-04-10" and alarm.observed == 12


def test_new_absences_of_more_than_a_week_are_not_added_up():
    book = parse_streams('[stream.absence]\ncounts = "new"', base=default_streams())
    assert thresholds(absences({1: 5, 9: 5}), streams=book) == []


@pytest.mark.parametrize(
    ("where", "stream"),
    [
        ("CN-411624101", "absence/measles"),  # a township is no school
        ("S1", "school_absence"),  # absent for any reason
        ("S1", "absence/influenza"),  # another disease than the rule's
    ],
)
def test_what_is_no_illness_in_one_school_meets_no_threshold(where, stream):
    assert thresholds(absences({8: 30}, where=where, stream=stream)) == []


def test_county_thresholds_add_up_places_and_townships():
    five = rule("threshold", "x", 'count = 10, window_days = 7, unit = "county"')
    rows = [
        {"stream": "absence/measles", "area_code": area, "date": "2024-04-08", "count": 6.0}
        for area in ("S1", "CN-411624102")
    ]
    (alarm,) = thresholds(records(counts=rows, places=[SCHOOL]), five)
    assert alarm.observed == 12 and alarm.area_code == "CN-411624"


def test_a_rule_that_ended_does_not_count():
    library = build_library([pack(TEN, disease="measles", kind="living", end="2024-04-01")])
    found = watch(absences({8: 30}), At(library, "measles", "CN-411624", AT.date()), at=AT)
    assert [a for a in found.alarms if a.kind == "threshold"] == []


def test_deaths_and_firsts_cannot_be_seen_in_figures():
    text = rule(
        "threshold",
        "x",
        'count = 20, window_days = 7, unit = "collective", first_of_year = true, or = [{ deaths = 1 }]',
    )
    assert thresholds(absences({8: 12}), text) == []
