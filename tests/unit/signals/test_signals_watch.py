"""signals.watch: series, statistical alarms and fixed thresholds, each with its reason."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from tests.unit.contacts.contact_worlds import TZ, pack, records, rule

from fireline.policy import At, build_library
from fireline.signals import LEVELS, watch
from fireline.signals.tables import ALARMS, SERIES

AT = datetime(2024, 4, 30, 12, tzinfo=UTC)
DAY0 = date(2024, 3, 1)
MEASLES = rule("threshold", "school_outbreak", 'count = 10, window_days = 7, unit = "collective"')


def days(counts, *, stream="calls", area="CN-411624", step=1, start=DAY0):
    return [
        {
            "stream": stream,
            "area_code": area,
            "date": (start + timedelta(days=step * k)).isoformat(),
            "count": n,
        }
        for k, n in enumerate(counts)
        if n is not None
    ]


def cases(n_by_day, *, disease="measles", area="CN-411624", prefix="C", **more):
    rows = []
    for k, n in enumerate(n_by_day):
        for _ in range(n):
            number = f"{prefix}{len(rows):03d}"
            onset = (DAY0 + timedelta(days=k)).isoformat()
            rows.append(
                {
                    "case_id": number,
                    "person_key": f"P{number}",
                    "disease": disease,
                    "onset": onset,
                    "area_code": area,
                }
                | more
            )
    return rows


def watched(world, *packs, area="CN-411624", at=AT, disease="measles"):
    texts = packs or (pack(MEASLES, disease="measles", kind="living"),)
    return watch(world, At(build_library(texts), disease, area, at.date()), at=at)


QUIET = [3, 4, 3, 5, 4, 3, 4, 4, 3, 5, 4, 3]


def test_it_works():
    signals = watched(records(counts=days([*QUIET, 30, 3])))
    (alarm,) = signals.alarms
    assert (alarm.kind, alarm.stream, alarm.area_code, alarm.rule_id) == ("ears", "calls", "CN-411624", "")
    assert alarm.day == DAY0 + timedelta(days=12) and alarm.observed == 30
    assert alarm.expected == 4.0  # C2: the seven days that end three days before: 5 4 3 4 4 3 5
    assert alarm.upper < 30
    assert alarm.level == "medium"
    assert "30" in alarm.why.en and "EARS C2" in alarm.why.en and "would be false" in alarm.why.en
    assert "EARS C2" in alarm.why.zh and "不成立" in alarm.why.zh


def test_quiet_series_raise_nothing():
    assert watched(records(counts=days(QUIET * 4))).alarms == ()


def test_days_that_follow_each_other_are_one_alarm():
    signals = watched(records(counts=days([*QUIET, 30, 40, 50, 60, *QUIET])))
    assert len(signals.alarms) == 1
    (alarm,) = signals.alarms
    assert alarm.day == DAY0 + timedelta(days=12) and alarm.until >= DAY0 + timedelta(days=13)


def test_the_same_series_may_alarm_again_after_a_quiet_time():
    signals = watched(records(counts=days([*QUIET, 40, *QUIET, *QUIET, 40, *QUIET])))
    assert [a.day for a in signals.alarms] == [DAY0 + timedelta(days=12), DAY0 + timedelta(days=37)]
    assert len({a.alarm_id for a in signals.alarms}) == 2


def test_an_alarm_keeps_its_id_when_the_event_goes_on_and_other_series_come():
    (before,) = watched(records(counts=days([*QUIET, 30]))).alarms
    after = watched(records(counts=days([*QUIET, 30, 45, 60]) + days([2] * 20, stream="absences")))
    assert before.alarm_id in {a.alarm_id for a in after.alarms}


def test_unreported_days_are_not_zeros():
    holes = [*QUIET]
    holes[7] = holes[8] = None
    series = watched(records(counts=days([*holes, 4]))).series
    assert (series["date"] == DAY0 + timedelta(days=7)).sum() == 0
    last = series.filter(pl.col("date") == DAY0 + timedelta(days=12), pl.col("method") == "C1")
    assert last["expected"].item() == pytest.approx((4 + 3 + 5 + 4 + 3) / 5)
    too_many = [*QUIET]
    too_many[6:10] = [None] * 4
    last = watched(records(counts=days([*too_many, 4]))).series.filter(
        pl.col("date") == DAY0 + timedelta(days=12)
    )
    assert last.filter(pl.col("method") == "C1")["expected"].to_list() == [None]


def test_weekly_streams_are_judged_by_weeks():
    start = DAY0 - timedelta(days=70)
    signals = watched(records(counts=days([*QUIET[:10], 40], step=7, start=start)))
    assert len(signals.alarms) == 1
    assert "7 weeks before" in signals.alarms[0].why.en and "7 周" in signals.alarms[0].why.zh
    assert signals.series["date"].n_unique() == 11


def test_weeks_may_begin_on_different_days():
    start = DAY0 - timedelta(days=70)
    rows = days(QUIET[:9], step=7, start=start) + days(
        QUIET[:9], step=7, start=start + timedelta(days=3), stream="b"
    )
    series = watched(records(counts=rows)).series
    assert series.filter(pl.col("stream") == "b")["date"].min() == start + timedelta(days=3)
    assert series.filter(pl.col("stream") == "calls")["date"].min() == start


def test_cases_count_by_onset_else_report_and_silent_days_are_zeros():
    rows = cases([2, 0, 0, 1])
    rows.append({"case_id": "R", "person_key": "PR", "disease": "measles", "reported_at": "2024-03-03 23:30"})
    series = watched(records(cases=rows)).series.filter(pl.col("method") == "C1")
    assert series.select("stream", "area_code").unique().rows() == [("cases/measles", "CN-411624")]
    assert series["count"].to_list() == [2.0, 0.0, 1.0, 1.0]


def test_discarded_undated_and_future_cases_are_not_counted():
    rows = cases([1], classification="discarded") + cases([1], prefix="D")
    rows += [{"case_id": "U", "person_key": "PU", "disease": "measles"}]
    rows += cases([0] * 80 + [1], prefix="F")
    signals = watched(records(cases=rows))
    assert signals.series["count"].sum() == 3.0  # one case, three methods
    assert any("2 case(s) have no date" in n.en for n in signals.notes)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([0] * 10 + [1], []),  # one case after silence: below the floor of the deviation
        ([0] * 10 + [2], ["low"]),
        ([0] * 10 + [2, 0, 2], ["medium"]),
        ([0] * 10 + [9], ["medium"]),
        ([3, 4, 5, 3, 4, 5, 4, 3, 4, 5, 6, 6, 6], ["very_low"]),  # only C3 sums it up
    ],
)
def test_levels_of_statistics(counts, expected):
    alarms = watched(records(counts=days(counts))).alarms
    assert [a.level for a in alarms] == expected
    assert set(expected) <= set(LEVELS)


def school(n_by_day, group="School 1", **more):
    rows = cases(n_by_day, **more)
    return {"cases": rows, "persons": [{"person_key": r["person_key"], "group": group} for r in rows]}


def test_threshold_in_one_school_within_a_week():
    signals = watched(records(**school([2, 2, 2, 1, 1, 1, 1])))
    (alarm,) = [a for a in signals.alarms if a.kind == "threshold"]
    assert alarm.rule_id == "t-1/threshold/school_outbreak/CN"
    assert (alarm.observed, alarm.upper, alarm.level, alarm.unit) == (10.0, 10.0, "high", "School 1")
    assert alarm.day == DAY0 + timedelta(days=6)
    assert alarm.expected is None
    assert "School 1" in alarm.why.en and alarm.rule_id in alarm.why.zh


@pytest.mark.parametrize(
    "n_by_day",
    [[2, 2, 2, 1, 1, 1], [2, 2, 2, 1, 1, 1, 0, 1]],
    ids=["nine", "ten in eight days"],
)
def test_threshold_not_met(n_by_day):
    assert [a for a in watched(records(**school(n_by_day))).alarms if a.kind == "threshold"] == []


def test_schools_are_not_added_up():
    one, two = school([6]), school([6], group="School 2", prefix="D")
    world = records(cases=one["cases"] + two["cases"], persons=one["persons"] + two["persons"])
    assert [a for a in watched(world).alarms if a.kind == "threshold"] == []


def test_a_household_is_no_collective_but_a_visited_school_is():
    rows = cases([10])
    homes = [{"person_key": r["person_key"], "household_id": "H"} for r in rows]
    visits = [
        {
            "person_key": r["person_key"],
            "place_id": "S1",
            "enter": "2024-02-29 08:00",
            "leave": "2024-02-29 12:00",
        }
        for r in rows
    ]
    assert not [a for a in watched(records(cases=rows, persons=homes)).alarms if a.kind == "threshold"]
    for kind, n in (("market", 0), ("school", 1)):
        world = records(
            cases=rows, persons=homes, visits=visits, places=[{"place_id": "S1", "name": "x", "kind": kind}]
        )
        found = [a for a in watched(world).alarms if a.kind == "threshold"]
        assert len(found) == n, kind
        assert all(a.unit == "S1" for a in found)


def test_alternatives_first_of_year_and_deaths():
    text = 'count = 5, window_days = 7, unit = "county", first_of_year = true'
    text += ", or = [{ deaths = 1 }, { hospitalised = 5 }]"
    dengue = pack(rule("threshold", "dengue", text), disease="dengue", kind="living")
    rows = cases([1, 0, 1], disease="dengue", area="CN-411624101")
    signals = watched(records(cases=rows), dengue)
    (first,) = [a for a in signals.alarms if a.kind == "threshold"]
    assert (first.level, first.day, first.area_code) == ("medium", DAY0, "CN-411624")
    assert "first case of 2024" in first.why.en and "2024 年首例" in first.why.zh
    assert any("hospital admissions cannot be judged" in n.en for n in signals.notes)
    more = cases([0, 0, 4], disease="dengue", area="CN-411624202", prefix="D")
    levels = [a.level for a in watched(records(cases=rows + more), dengue).alarms if a.kind == "threshold"]
    assert levels == ["medium", "high"], "two townships of one county are added up"
    died = [rows[0], rows[1] | {"outcome": "died"}]
    reasons = [a.why.en for a in watched(records(cases=died), dengue).alarms if a.kind == "threshold"]
    assert any("1 death(s)" in r for r in reasons)


def test_areas_table_says_which_county():
    rule_text = pack(
        rule("threshold", "x", 'count = 2, window_days = 7, unit = "county"'), disease="*", area="KR"
    )
    world = records(
        cases=cases([1], area="KR-11-a") + cases([1], area="KR-11-b", prefix="D"),
        areas=[
            {"area_code": a, "parent_code": p, "level": lv, "name": a}
            for a, p, lv in [
                ("KR-11-a", "KR-11", "township"),
                ("KR-11-b", "KR-11", "township"),
                ("KR-11", "KR", "county"),
            ]
        ],
    )
    found = [a for a in watched(world, rule_text, area="KR-11").alarms if a.kind == "threshold"]
    assert [(a.area_code, a.observed) for a in found] == [("KR-11", 2.0)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (pack(MEASLES, disease="measles", start="2024-03-04"), [date(2024, 3, 4)]),
        (pack(MEASLES, disease="measles", end="2024-03-01"), [date(2024, 3, 1)]),
        (pack(MEASLES, disease="measles", start="2024-04-01"), []),
        (pack(MEASLES, disease="mpox"), []),
        (pack(MEASLES, disease="measles", area="CN-42"), []),
    ],
    ids=["begins later", "ended", "future", "other disease", "other province"],
)
def test_only_a_rule_in_force_on_the_day_counts(text, expected):
    world = records(**school([10, 0, 0, 1]))
    assert [a.day for a in watched(world, text).alarms if a.kind == "threshold"] == expected


def test_advice_stays_low_and_conflict_is_asked_of_a_person():
    world = records(**school([10]))
    advice = rule("threshold", "school_outbreak", 'count = 10, window_days = 7, unit = "collective"', "K")
    signals = watched(world, pack(advice, disease="measles"))
    assert [(a.level, "advice only" in a.why.en) for a in signals.alarms if a.kind == "threshold"] == [
        ("low", True)
    ]
    conflict = rule("threshold", "school_outbreak", 'count = 10, window_days = 7, unit = "collective"', "C")
    signals = watched(world, pack(conflict, disease="measles"))
    assert not [a for a in signals.alarms if a.kind == "threshold"]
    assert any("conflict" in n.en for n in signals.notes)


def test_every_disease_in_the_data_is_watched():
    both = pack(
        MEASLES, rule("threshold", "cholera", 'count = 1, window_days = 1, unit = "county"'), disease="*"
    )
    rows = cases([1], disease="cholera")
    found = [a for a in watched(records(cases=rows), both, disease="measles").alarms if a.kind == "threshold"]
    assert [a.stream for a in found] == ["cases/cholera"]


def test_tables_have_the_promised_columns_and_are_the_same_twice():
    world = records(counts=days([*QUIET, 30]), **school([10]))
    one, two = watched(world), watched(world)
    tables = one.tables()
    assert dict(tables["signals"].schema) == ALARMS and dict(tables["series"].schema) == SERIES
    assert tables["signals"].height == len(one.alarms) == 2
    for name, table in tables.items():
        assert table.equals(two.tables()[name])


def test_no_data_gives_empty_tables_and_a_note():
    signals = watched(records())
    assert signals.alarms == () and signals.series.height == 0
    assert any("nothing to watch" in n.en for n in signals.notes)


def test_time_zone_cuts_the_days():
    rows = [{"case_id": "R", "person_key": "PR", "disease": "measles", "reported_at": "2024-03-02 00:30"}]
    assert watched(records(cases=rows)).series["date"].unique().to_list() == [date(2024, 3, 2)]
    assert str(TZ) == "Asia/Shanghai"


def test_a_reason_says_a_stream_in_words_and_keeps_the_name_of_one_it_does_not_know():
    from fireline.policy.terms import stream_words

    assert stream_words("cases/measles").zh == "麻疹病例"
    assert stream_words("search-coronavirus").en == "search-coronavirus"
