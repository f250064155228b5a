"""Describe: line list, trajectories, windows, delays, and an honest word on what is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from tests.unit.investigations.inv_factory import (
    AT,
    BASE,
    NOROVIRUS,
    TZ,
    case,
    lunch,
    nothing_in_force,
    records,
)

from fireline.investigations import explain
from fireline.investigations.describe import describe
from fireline.investigations.line_list import REQUIRED, delays, line_list
from fireline.investigations.tables import WRITES
from fireline.investigations.trajectory import gaps
from fireline.policy.model import Profile

MIDNIGHT = datetime(2026, 6, 11, 16, tzinfo=UTC)


def stay(person, place, start, hours=1.0, precision="minute"):
    enter = BASE + timedelta(hours=start)
    leave = None if hours is None else enter + timedelta(hours=hours)
    return {
        "person_key": f"P{person:03d}",
        "place_id": place,
        "enter": enter,
        "enter_precision": precision,
        "leave": leave,
        "leave_precision": None if hours is None else precision,
    }


def seen(data, profile=NOROVIRUS, **rules):
    return describe(data, nothing_in_force(profile, **rules), at=AT)


def test_lunch_outbreak_at_a_glance():
    found = seen(lunch())
    assert found.summary["n_cases"] == 23
    assert found.summary["n_by_class"] == {"confirmed": 23}
    assert found.summary["curve_step"] == "3h"
    assert found.curve["count"].sum() == 23
    assert found.attack["item"].to_list() == ["lunch"]
    assert set(found.groups["by"]) == {"group", "sex"}
    assert found.symptoms.to_dicts()[0]["symptom"] == "vomiting"
    assert found.symptoms["unknown"].sum() == 0


def test_tables_have_the_promised_columns():
    found = seen(lunch()).tables()
    for name, shape in WRITES.items():
        assert dict(found[name].schema) == shape, name
    assert found["line_list"].columns[: len(REQUIRED)][:4] == list(REQUIRED)[:4]


def test_empty_input_gives_empty_tables_and_no_error():
    found = seen(records())
    assert found.summary["n_cases"] == 0
    assert all(t.is_empty() for t in found.tables().values())
    assert "no cases" in explain.counts(found).en
    assert explain.time_course(found, TZ).en
    assert explain.exposure(found).en


def test_order_of_input_rows_changes_nothing():
    data = lunch()
    turned = type(data)({n: t.reverse() for n, t in data.tables.items()}, data.tz, data.area)
    one, two = seen(data).tables(), seen(turned).tables()
    for name, table in one.items():
        assert table.equals(two[name]), name


def test_line_list_takes_attributes_and_area_from_the_person():
    data = records(
        cases=[case(1), case(2, area_code="CN-1", classification=None)],
        persons=[
            {"person_key": "P001", "area_code": "CN-9", "age": 30.0},
            {"person_key": "P002", "area_code": "CN-9"},
        ],
    )
    found = line_list(data)
    assert found["area_code"].to_list() == ["CN-9", "CN-1"]
    assert found["age"].to_list() == [30.0, None]
    assert found["classification"].to_list() == ["confirmed", "unclassified"]
    assert "sex" not in found.columns


def test_no_onsets_fall_back_to_report_and_say_so():
    data = records(cases=[case(i, None, reported_at=MIDNIGHT, reported_at_precision="day") for i in range(3)])
    found = seen(data)
    assert found.curve["basis"].unique().to_list() == ["reported"]
    assert found.summary["n_without_onset"] == 3
    assert any("by time of report" in n.en for n in found.notes)


def test_discarded_cases_are_listed_but_not_drawn():
    found = seen(records(cases=[case(1), case(2, classification="discarded")]))
    assert found.summary["n_cases"] == 2
    assert found.curve["count"].sum() == 1


def test_everybody_ill_means_no_attack_rate():
    data = records(cases=[case(1), case(2)], persons=[{"person_key": "P001"}, {"person_key": "P002"}])
    found = seen(data)
    assert found.attack.is_empty()
    assert found.groups.is_empty()
    assert any("attack rates are not computable" in n.en for n in found.notes)


def test_attack_rate_over_the_population_of_areas():
    data = records(
        cases=[case(i, area_code="A") for i in range(5)],
        areas=[
            {"area_code": "A", "level": "town", "name": "A", "population": 1000},
            {"area_code": "B", "level": "town", "name": "B"},
        ],
    )
    row = seen(data).groups.row(0, named=True)
    assert (row["by"], row["ill"], row["total"], row["rate"]) == ("area_population", 5, 1000, 0.005)


def test_trajectory_in_order_with_places_and_infectious_mark():
    data = records(
        cases=[case(1, 24, isolated_at=BASE + timedelta(hours=40))],
        visits=[stay(1, "B", 30), stay(1, "A", 2), stay(2, "A", 2), stay(1, "C", 60, None)],
        places=[{"place_id": "A", "name": "school", "kind": "school", "lon": 115.0, "lat": 33.4}],
    )
    found = seen(data)
    stays = found.trajectories
    assert stays["place_id"].to_list() == ["A", "B", "C"]
    assert stays["place_name"][0] == "school"
    assert stays["is_infectious"].to_list() == [False, True, False]  # after isolation it ends
    window = found.windows.row(0, named=True)
    assert (window["basis"], window["start"]) == ("profile", BASE + timedelta(hours=24))


def test_rule_in_force_sets_the_window_before_the_profile():
    data = records(cases=[case(1, 48)], visits=[stay(1, "A", 10)])
    found = seen(data, contact_lookback__close={"days": 2, "anchor": "onset"})
    window = found.windows.row(0, named=True)
    assert window["basis"] == "rule"
    assert window["start"] == BASE
    assert found.trajectories["is_infectious"].to_list() == [True]


def test_window_without_its_anchor_is_not_guessed():
    rash = Profile("measles", "麻疹", "Measles", (7, 12, 21), (-4, 4), "rash_onset", None, "person")
    found = seen(records(cases=[case(1)]), profile=rash)
    assert found.windows.is_empty()
    assert any("rash_onset" in n.en for n in found.notes)


def test_neither_rule_nor_profile_gives_no_window():
    found = seen(records(cases=[case(1)], visits=[stay(1, "A", 0)]), profile=None)
    assert found.windows.is_empty()
    assert found.trajectories["is_infectious"].to_list() == [None]


def test_gaps_between_stays_with_hours():
    data = records(cases=[case(1)], visits=[stay(1, "A", 0, 2), stay(1, "B", 3, 1), stay(1, "C", 9, 1)])
    found = seen(data).gaps
    assert found.select("from", "to", "hours").rows() == [
        (BASE + timedelta(hours=4), BASE + timedelta(hours=9), 5.0)
    ]  # an hour between A and B is travel


def test_a_long_stay_covers_short_ones_inside():
    data = records(cases=[case(1)], visits=[stay(1, "A", 0, 10), stay(1, "B", 2, 1), stay(1, "C", 11, 1)])
    assert seen(data).gaps.is_empty()


def test_dates_only_give_whole_days_and_are_said():
    visits = [
        {"person_key": "P001", "place_id": p, "enter": MIDNIGHT + timedelta(days=d), "enter_precision": "day"}
        for p, d in (("A", 0), ("B", 1), ("C", 4))
    ]
    found = seen(records(cases=[case(1)], visits=visits))
    assert found.gaps["precision"].to_list() == ["day"]
    assert found.gaps["hours"].to_list() == [48.0]
    assert set(found.trajectories["precision"]) == {"day"}
    assert any("not computable" in n.en for n in found.notes)


def test_gaps_of_nothing():
    assert gaps(seen(records()).trajectories).is_empty()


def test_delays_in_local_days_with_negative_ones_apart():
    day = timedelta(days=1)
    reported = [MIDNIGHT + 2 * day, MIDNIGHT + 5 * day, MIDNIGHT - day]
    data = records(
        cases=[case(i, 11.9, reported_at=r, reported_at_precision="day") for i, r in enumerate(reported)]
    )
    row = delays(line_list(data), tz=TZ).filter(pl.col("to") == "reported_at").row(0, named=True)
    assert (row["n"], row["n_negative"], row["median_days"], row["max_days"]) == (2, 1, 3.5, 5.0)


def test_explanation_names_the_exposure_with_its_interval():
    text = explain.exposure(seen(lunch()))
    assert "lunch stands out" in text.en
    assert "20/24" in text.en
    assert "4 people's answer is not known" in text.en
    assert "不详" in text.zh


def test_weak_association_is_not_called_a_suspect():
    told = [{"person_key": f"P{i:03d}", "item": "rice", "value": ("yes", "no")[i % 2]} for i in range(12)]
    found = seen(records(cases=[case(i) for i in range(5)], exposures=told))
    assert "none is clearly associated" in explain.exposure(found).en


@pytest.mark.parametrize(("value", "shown"), [(None, "-"), (float("inf"), "∞"), (1.234, "1.23")])
def test_figures_in_sentences(value, shown):
    assert explain.figure(value) == shown


def test_six_thousand_cases_are_quick():
    import time

    rows = [case(i, (i * 37 % 400) * 0.5) for i in range(6000)]
    data = records(cases=rows)
    start = time.perf_counter()
    found = seen(data)
    assert time.perf_counter() - start < 3.0  # 0.2 s on an idle machine
    assert found.curve["count"].sum() == 6000
