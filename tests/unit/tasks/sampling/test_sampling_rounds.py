"""Rounds of a ring: a plan by level beside the rule's deadline, proposed sites, coverage from the tests table."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.zones.zones_world import AT, TZ, case, line_of_units, records, rule, utc, written

from fireline.errors import InputError
from fireline.tasks.sampling.asked import FIELDS, read_asked
from fireline.tasks.sampling.roster import ring_of, sampled_from
from fireline.tasks.sampling.rounds import SCHEDULE, place_sites, plan_rounds, schedule_rows
from fireline.tasks.sampling.schedule_file import schedule_csv

RULES = (
    rule("deadline", "first_round_sealed", {"hours": 24, "start": "zone_set", "stop": "round_done"}),
    rule("deadline", "city_round", {"hours": 48, "start": "zone_set", "stop": "round_done",
                                    "if_population_gt": 100_000, "then_hours": 72}),
)  # fmt: skip
START = AT - timedelta(hours=5)


def test_row(sample, person, hour, result=None, kind="nucleic_acid", **more):
    return {
        "sample_id": sample, "subject_kind": "person", "subject_id": person, "kind": kind,
        "taken_at": START + timedelta(hours=hour), "result": result, **more,
    }  # fmt: skip


test_row.__test__ = False
WORLD = line_of_units(4) | {
    "cases": [case("C1", utc(16, 8), reported_at=utc(17, 9), isolated_at=utc(17, 12))],
    "persons": [
        {"person_key": "PC1", "home_place_id": "U1"},
        *({"person_key": f"A{i}", "home_place_id": "U1"} for i in range(5)),
        *({"person_key": f"B{i}", "home_place_id": "U2"} for i in range(4)),
        {"person_key": "Z", "home_place_id": "elsewhere"},
    ],
    "tests": [
        test_row("T1/1", "A0", 0.5, "negative", result_at=START + timedelta(hours=3)),
        test_row("T1/2", "A1", 0.5, "negative", result_at=START + timedelta(hours=3)),
        test_row("T2/1", "A2", 1.5, "positive", result_at=START + timedelta(hours=3)),
        test_row("T2/2", "A3", 1.5),
        test_row("T3", "A4", 2.5, "positive", kind="antigen"),
        test_row("T4", "Z", 1, "negative"),
        test_row("T5", "A4", -3, "negative"),
        test_row("T6", "A4", 99, "negative"),
    ],
}  # fmt: skip


def levels(**by):
    people = dict(records(**WORLD).table("units").select("unit_id", "population").iter_rows())
    rows = [(u, level, people.get(u, 100)) for u, level in by.items()]
    return pl.DataFrame(
        rows, schema={"unit_id": pl.String, "level": pl.String, "population": pl.Int64}, orient="row"
    )


RING = levels(U1="sealed", U2="managed", U3="precaution")


def rounds(*rules, ring=None, at=AT, **texts):
    found = ring_of(records(**WORLD), RING if ring is None else ring, at=at)
    return plan_rounds(found, read_asked(texts), written(*(rules or RULES)), start=START, at=at)


def test_each_level_has_the_deadline_of_its_rule_and_none_without():
    plain = rounds().as_plain()
    assert [(p["level"], p["deadline_h"]) for p in plain] == [
        ("sealed", 24.0), ("managed", None), ("precaution", 48.0)
    ]  # fmt: skip
    assert plain[0]["rule_id"].endswith("first_round_sealed/EX") and plain[0]["plan"]["is_in_time"] is True
    assert "no rule in force" in plain[1]["deadline_en"] and plain[1]["plan"]["is_in_time"] is None
    assert plain[1]["rule_id"] == ""


def test_a_large_area_has_longer_where_the_rule_says_so():
    ring = levels(U1="sealed", U3="precaution").with_columns(
        population=pl.when(pl.col("unit_id") == "U3").then(200_000).otherwise("population")
    )
    assert rounds(ring=ring).as_plain()[1]["deadline_h"] == 72.0


def test_coverage_is_of_the_roster_and_a_positive_tube_calls_all_of_it_back():
    total = rounds().as_plain()[0]["progress"]["total"]
    assert (total["listed"], total["sampled"], total["absent"], total["unknown"]) == (6, 4, 1, 1)
    assert (total["present"], total["refused"], total["negative"]) == (4, 0, 2)
    assert total["to_resample"] == 2 and total["positive"] == 0
    assert rounds().as_plain()[0]["progress"]["tubes_to_resample"] == 1
    hours = rounds().as_plain()[0]["progress"]["hours"]
    assert [h["sampled"] for h in hours][:2] == [2, 2] and hours[-1]["settled_so_far"] == 2


def test_nobody_is_counted_before_the_round_begins_or_after_the_moment():
    early = rounds(at=START + timedelta(hours=1)).as_plain()[0]["progress"]["total"]
    assert early["sampled"] == 2 and early["pending"] == 2
    assert rounds(at=START - timedelta(hours=1)).levels[0].progress is None
    assert rounds().levels[2].progress is None  # nobody of U3 is in the persons table


def test_antigen_is_no_sample_and_a_tube_is_as_bad_as_its_worst_row():
    samples, tubes = sampled_from(records(**WORLD).table("tests"))
    assert "T3" not in samples["tube_id"].to_list()
    assert dict(tubes.select("tube_id", "result").iter_rows())["T2"] == "positive"
    assert samples.filter(pl.col("tube_id") == "T1").height == 2


def test_prevalence_comes_from_the_cases_unless_it_is_stated():
    seen = rounds().levels[0]
    assert seen.prevalence == pytest.approx(1 / seen.population) and "1 cases known among" in seen.basis.en
    assert rounds().levels[1].prevalence == 1e-4
    stated = rounds(prevalence="100").levels[0]
    assert stated.prevalence == 0.01 and stated.plan.pools.size == 10
    assert rounds(prevalence="100", pool="1").levels[0].plan.pools.size == 1


def test_what_is_short_and_by_how_much():
    short = rounds(tubes="0", teams="1", registrars="1", lab_tubes_h="0").as_plain()[0]["plan"]["short"]
    by = {row["resource"]: row["short"] for row in short}
    assert by["tubes"] > 0 and by["lab"] > 0
    late = rounds(turnaround_h="30").as_plain()[0]["plan"]
    assert late["is_in_time"] is False and {r["resource"] for r in late["short"]} == {"time"}


def test_a_level_that_cannot_be_planned_says_why():
    ring = levels(U1="sealed", NOWHERE="managed")
    managed = rounds(ring=ring).as_plain()[1]
    assert managed["plan"] is None and "no coordinates" in managed["why_none_en"]


def test_sites_stand_so_that_everybody_can_walk():
    units = pl.DataFrame(
        {"unit_id": [f"U{i}" for i in range(8)], "population": [100] * 8,
         "lon": [114.0 + 0.02 * i for i in range(8)], "lat": [33.0] * 8}
    )  # fmt: skip
    few = place_sites(units, people_per_site=10_000, lanes=4, reach_m=50_000)
    assert few.height == 1 and few["most_teams"].to_list() == [4]
    near = place_sites(units, people_per_site=10_000, lanes=4, reach_m=2_000)
    lon = near["lon"].to_numpy()
    way = [min(abs(x - lon)) * 111_195 * 0.8387 for x in units["lon"]]
    assert max(way) <= 2_000 and 2 < near.height <= 8
    assert place_sites(units, people_per_site=200, lanes=4, reach_m=50_000).height == 4
    assert place_sites(units.clear(), people_per_site=1, lanes=1, reach_m=1).height == 0


def test_the_schedule_is_a_file_without_people_or_formulas():
    found = rounds()
    rows = schedule_rows(found)
    assert [set(r) for r in rows] == [set(SCHEDULE)] * 3 and sum(r["people"] for r in rows) == sum(
        one.population for one in found.levels
    )
    rows[0]["unit_id"] = "=1+1"
    text = schedule_csv(rows, tz=TZ).decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text)))
    assert table[0]["unit_id"] == "'=1+1" and table[0]["start_at"] == "2026-06-20T07:00"
    assert "PC1" not in text and "A0" not in text


@pytest.mark.parametrize(
    ("name", "text"), [("teams", "0"), ("teams", "2.5"), ("pool", "7"), ("open_h", "25"), ("tubes", "many"),
                       ("prevalence", "nan"), ("lanes", "-1")],
)  # fmt: skip
def test_a_number_that_cannot_be_is_refused_with_what_is_allowed(name, text):
    with pytest.raises(InputError) as refused:
        read_asked({name: text})
    field = next(f for f in FIELDS if f.name == name)
    assert field.words.en in refused.value.words.en and field.words.zh in refused.value.words.zh


@given(
    st.dictionaries(
        st.sampled_from([f.name for f in FIELDS]),
        st.sampled_from(["", " ", "1", "10", "-1", "0", "1e9", "2.5", "inf", "nan", "x", "７", "1_0", "24"]),
    )
)
def test_any_text_is_a_number_in_range_or_refused(texts):
    try:
        values = read_asked(texts).values
    except InputError:
        return
    for field in FIELDS:
        value = values[field.name]
        assert value == field.default or (value is not None and field.low <= value <= field.high)


def test_teams_that_go_from_site_to_site_are_counted_once():
    ring = levels(U0="sealed", U1="sealed", U2="sealed", U3="sealed")
    plan = rounds(ring=ring, teams="1", registrars="1", reach_m="50").as_plain()[0]["plan"]
    assert plan["n_sites"] == 4 and plan["is_moving"] and plan["teams"] == 1
    assert not rounds(ring=ring).as_plain()[0]["plan"]["is_moving"]
