"""The initial report section by section: what stands there when the data hold it, and what when they do not."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

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
from tests.unit.investigations.test_investigations_define import data as defined_data
from tests.unit.investigations.test_investigations_define import definition

from fireline.bulletins.report import MAX_LINES, initial_report
from fireline.investigations.describe import describe


def reported(data, *, contacts=None, by_definition=None, label=None, profile=NOROVIRUS, **rules):
    given = nothing_in_force(profile, **rules)
    given.pack_label = label
    found = describe(data, given, at=AT, definition=by_definition)
    return initial_report(
        found, given, at=AT, tz=TZ, place="老城小学", reporter_unit="县疾控中心", contacts=contacts
    )


def section(words, number):
    """Lines of one section in both languages."""
    zh = words.zh.split(f"\n{'〇一二三四五六七八九'[number]}、")[1].split("\n\n")[0].splitlines()[1:]
    en = words.en.split(f"\n{number}. ")[1].split("\n\n")[0].splitlines()[1:]
    assert len(zh) == len(en), "both languages say the same number of things"
    return zh, en


@pytest.mark.parametrize("data", [lunch(), records(), defined_data()], ids=["lunch", "nothing", "tests"])
def test_nine_sections_and_as_many_lines_in_each_language(data):
    words = reported(data)
    for number in range(1, 10):
        zh, _ = section(words, number)
        assert zh, number


def test_the_label_of_an_exercise_comes_first():
    words = reported(lunch(), label=("演练", "EXERCISE"))
    assert words.zh.startswith("【演练】\n关于老城小学疑似诺如病毒感染疫情的初次报告")
    assert words.en.startswith(
        "[EXERCISE]\nInitial report: suspected outbreak of Norovirus infection, 老城小学"
    )


def test_a_definition_is_named_with_its_version_and_what_it_leaves_open():
    words = reported(defined_data(), by_definition=definition())
    zh, en = section(words, 1)
    d = definition()
    assert f"病例定义：{d.id}第{d.version}版。" in zh
    assert f"Case definition: {d.id}, version {d.version}." in en
    missing = "\n".join(section(words, 9)[1])
    assert f"Classified anew under case definition {d.id}, version {d.version}." in missing
    assert "2 cases cannot be classified under it: facts are missing." in missing


def test_a_definition_replaces_the_class_that_the_source_wrote():
    given = defined_data()
    before = describe(given, nothing_in_force(), at=AT).line_list
    after = describe(given, nothing_in_force(), at=AT, definition=definition())
    assert before.columns == after.line_list.columns
    classes = dict(after.line_list.select("case_id", "classification").iter_rows())
    assert classes == {
        "C001": "confirmed", "C002": "suspected", "C003": "discarded", "C004": "unclassified", "C005": "unclassified",
    }  # fmt: skip
    assert after.summary["definition"] == definition().id
    assert describe(given, nothing_in_force(), at=AT).summary["definition"] is None


def test_symptoms_count_those_who_were_asked():
    zh, en = section(reported(lunch()), 1)
    told = next(line for line in en if line.startswith("Symptoms"))
    assert "vomiting 14/23" in told
    assert any(line.startswith("主要症状：") and "14/23人" in line for line in zh)


def test_delays_stand_under_time():
    cases = [
        case(i, 0.0, reported_at=BASE + timedelta(days=i), reported_at_precision="minute")
        for i in range(1, 4)
    ]
    zh, en = section(reported(records(cases=cases)), 2)
    assert any("median 2 days (3 cases, longest 3)" in line for line in en)
    assert any("中位2天（3例，最长3天）" in line for line in zh)


def test_groups_with_their_rates_highest_first_and_the_rest_counted():
    many = MAX_LINES + 3
    people = [{"person_key": f"P{i:03d}", "group": f"class {i % many:02d}"} for i in range(many * 3)]
    cases = [case(i) for i in range(many)] + [case(many)]
    _, en = section(reported(records(cases=cases, persons=people)), 3)
    line = next(line for line in en if "(ill/all, attack rate)" in line)
    assert "class 00 2/3 (66.7%)" in line
    assert line.index("class 00") < line.index("class 01 1/3")
    assert line.endswith("; 3 more.")


def test_areas_without_populations_are_counted_and_no_rate_is_claimed():
    cases = [case(i, area_code="CN-411624101" if i else "CN-411624102") for i in range(3)]
    people = [{"person_key": f"P{i:03d}", "sex": "female"} for i in range(3)]
    zh, en = section(reported(records(cases=cases, persons=people)), 3)
    assert en == ["2 areas: CN-411624101 2; CN-411624102 1. Without populations no attack rates."]
    assert zh == ["涉及2个地区：CN-411624101 2例；CN-411624102 1例。没有人口数，罹患率无法计算。"]


def test_ages_and_what_is_said_without_any():
    people = [{"person_key": f"P{i:03d}", "age": float(a)} for i, a in enumerate((3, 7, 50))]
    _, en = section(reported(records(cases=[case(i) for i in range(3)], persons=people)), 4)
    assert "Ages 3 to 50 years, median 7 (3 cases with an age)." in en
    _, en = section(reported(records(cases=[case(0)])), 4)
    assert en == ["The data hold no sex, age or occupation."]


def test_more_exposures_than_fit_are_counted():
    people = [{"person_key": f"P{i:03d}"} for i in range(8)]
    told = [
        {"person_key": f"P{i:03d}", "item": f"dish {d:02d}", "value": "yes" if (i + d) % 2 else "no"}
        for i in range(8)
        for d in range(MAX_LINES + 2)
    ]
    data = records(cases=[case(i) for i in range(3)], persons=people, exposures=told)
    zh, en = section(reported(data), 5)
    assert len(en) == MAX_LINES + 1
    assert en[-1] == "2 more items in the table."
    assert zh[-1] == "其余2项见附表。"


def test_measures_say_rule_span_and_anchor_and_advice_says_it_only_advises():
    words = reported(
        lunch(),
        measure__close={"anchor": "last_exposure", "phases": [{"days": 7, "place": "home"}]},
        followup__close={"days": 14, "anchor": "onset"},
        exclusion__case={},
    )
    _, en = section(words, 7)
    assert len(en) == 2  # a rule without a value says nothing
    assert any("7 days (home isolation), counted from " in line for line in en)
    assert any("14 days, counted from " in line for line in en)
    assert all(line.endswith("]") for line in en)


def test_a_value_that_has_no_words_points_to_the_rule():
    _, en = section(reported(lunch(), prophylaxis__vaccine={"who": "contacts"}), 7)
    assert len(en) == 1
    assert "see the rule" in en[0]


WITHIN = {"count": 20, "window_days": 7, "unit": "collective"}


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [
        ([None, None], "2例均无发病时间，不能与此标准比较", "2 cases, none with an onset: they cannot be"),
        ([None, 3.0, 4.0], "最多2例（按发病日，未按单位区分；另1例无发病时间，未计入）", "1 without an onset not counted"),
        ([3.0], "最多1例（按发病日，未按单位区分）", "at most 1 cases in as many days (by onset, all units)"),
        ([], "没有病例", "no cases"),
    ],
)  # fmt: skip
def test_unknown_onsets_are_said_beside_a_threshold_and_never_counted_as_none(hours, zh, en):
    data = records(cases=[case(i, h) for i, h in enumerate(hours)])
    lines_zh, lines_en = section(reported(data, threshold__infectious_diarrhoea=WITHIN), 7)
    assert zh in lines_zh[1] and en in lines_en[1]
    assert "0 cases" not in lines_en[1]


def test_a_unit_code_is_said_in_words_and_a_named_unit_as_it_is():
    given = nothing_in_force(NOROVIRUS)
    given.pack_label = None
    found = describe(lunch(), given, at=AT)
    words = initial_report(found, given, at=AT, tz=TZ, place="老城小学", reporter_unit="cdc")
    assert "报告单位：疾控中心" in words.zh and "Reported by: centre for disease control" in words.en
    assert "cdc" not in words.zh + words.en
    assert "报告单位：县疾控中心" in reported(lunch()).zh


def test_next_steps_follow_from_what_is_missing():
    cases = [case(0, None, classification="suspected"), case(1, 3.0, classification="suspected")]
    _, en = section(reported(records(cases=cases)), 8)
    assert en == [
        "Find the onset of 1 cases, to the hour.",
        "Ask ill and well people about shared exposures (meals, foods, water, places).",
        "Nothing is laboratory-confirmed: sample cases, food handlers, kept food and surfaces.",
        "Take the cases' trajectories.",
    ]


def test_contacts_found_are_counted_once_each_and_never_named():
    found = pl.DataFrame({"person_key": ["PX1", "PX1", "PX2"]})
    words = reported(lunch(), contacts=SimpleNamespace(found=found))
    assert "2 contacts found: verify and follow up each." in section(words, 8)[1]
    assert "PX1" not in words.zh + words.en


def test_the_end_says_who_and_when():
    words = reported(lunch())
    assert words.zh.splitlines()[-2] == "报告单位：县疾控中心"
    assert words.en.splitlines()[-2] == "Reported by: 县疾控中心"
