"""Bulletins: thresholds by rule, small numbers hidden, nobody named; the report says what the data hold."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
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

from fireline.bulletins.lint import lint_public_text
from fireline.bulletins.model import HIDDEN
from fireline.bulletins.publish import AGE_BANDS, publish
from fireline.bulletins.report import initial_report
from fireline.errors import UserError
from fireline.investigations.describe import describe


def world(n=120, seed=1, area_names=("城关镇", "刘庄店镇", "老城镇"), extra=0):
    rng = np.random.default_rng(seed)
    rows, people = [], []
    for i in range(n + extra):
        area = ["A", "B", "C"][int(rng.choice(3, p=[0.7, 0.25, 0.05]))]
        rows.append(case(i, float(rng.integers(0, 24 * 20)), area_code=area))
        people.append(
            {"person_key": f"P{i:03d}", "age": float(rng.integers(0, 90)), "sex": ("male", "female")[i % 2]}
        )
    areas = [{"area_code": c, "level": "town", "name": n} for c, n in zip("ABC", area_names, strict=True)]
    return records(cases=rows, persons=people, areas=areas)


def made(data, k=None, earlier=(), **rules):
    given = nothing_in_force(NOROVIRUS, **rules)
    return publish(data, describe(data, given, at=AT), given, at=AT, k=k, earlier=earlier)


def test_without_a_rule_the_default_is_ten_and_is_said():
    found = made(world())
    assert found.k == 10
    assert found.rule_id == ""
    assert any("default of 10" in n.en for n in found.notes)


def test_rule_sets_k_and_a_lower_wish_is_refused():
    assert made(world(), disclosure__public={"k": 15}).k == 15
    low = made(world(), k=5, disclosure__public={"k": 15})
    assert low.k == 15
    assert any("below the least" in n.en for n in low.notes)
    assert made(world(), k=20, disclosure__public={"k": 15}).k == 20


def test_no_small_number_is_shown_anywhere():
    found = made(world())
    for name in ("area_week", "age_sex"):
        shown = found.tables[name]["count"].drop_nulls()
        assert ((shown == 0) | (shown >= 10)).all(), name
        assert found.tables[name].filter(pl.col("count").is_null())["shown"].unique().to_list() == [HIDDEN]


def test_both_tables_show_the_same_total():
    found = made(world())
    totals = {
        t.filter((pl.col("row") == "*") & (pl.col("column") == "*"))["count"][0]
        for t in found.tables.values()
    }
    assert totals == {120}
    assert "120" in found.text.en
    assert "120例" in found.text.zh


def test_shown_counts_are_the_real_ones():
    data = world()
    found = made(data).tables["area_week"]
    real = dict(data.table("cases").group_by("area_code").len().iter_rows())
    for row in found.filter(
        (pl.col("column") == "*") & (pl.col("row") != "*") & pl.col("count").is_not_null()
    ).to_dicts():
        assert row["count"] == real[row["row"]]
        assert row["row_zh"].endswith("镇")


def test_weeks_start_on_monday_and_age_bands_cover_every_age():
    found = made(world())
    weeks = found.tables["area_week"].filter(pl.col("column") != "*")["column"].str.to_date()
    assert set(weeks.dt.weekday()) == {1}
    assert [a for a, _ in AGE_BANDS[1:]] == [b for _, b in AGE_BANDS[:-1]]
    assert found.tables["age_sex"].filter(pl.col("row") == "unknown").is_empty()


def test_handful_of_cases_gives_no_number():
    found = made(world(n=4))
    assert "fewer than 10" in found.text.en
    assert " 4 " not in found.text.en
    assert all(t["count"].fill_null(0).max() == 0 for t in found.tables.values())


def test_two_hidden_totals_are_never_published_side_by_side():
    assert set(made(world(n=4)).tables) <= {"area_week"}


def test_no_cases():
    found = made(records())
    assert found.tables == {}
    assert "no cases" in found.text.en


def test_next_edition_hides_small_changes():
    one = made(world())
    two = made(world(extra=3), earlier=[one])
    for name, before in one.published.items():
        if name not in two.published:
            continue
        for key, value in two.published[name].values.items():
            old = before.values.get(key)
            if value is not None and old is not None:
                assert value == old or abs(value - old) >= 10
    assert "123" not in two.text.en
    assert "hardly more than last time" in two.text.en


def test_discarded_cases_are_not_counted():
    data = records(cases=[case(i, classification="discarded" if i < 20 else "confirmed") for i in range(60)])
    assert "40 cases" in made(data).text.en


def test_text_with_an_address_in_an_area_name_is_refused():
    with pytest.raises(UserError, match="address"):
        made(world(area_names=("幸福路12号", "x", "y")))


def test_text_names_only_areas_that_are_shown():
    text = made(world()).text
    assert "城关镇" in text.zh
    assert "老城镇" not in text.zh  # five per cent of 120


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("患者张伟到过超市", None),  # followed by more words: see names=
        ("患者张伟，男，到过超市", "name"),
        ("病例1：李某，女", "name"),
        ("王某某于6月12日发病", "name"),
        ("赵*", "name"),
        ("陈先生去过药店", "name"),
        ("三年级的小王", "name"),
        ("姓名：欧阳修", "name"),
        ("Mr. Smith went home", "name"),
        ("patient: John Smith", "name"),
        ("John Smith (male)", "name"),
        ("患者34岁", "age"),
        ("三十四岁", "age"),
        ("年龄：34", "age"),
        ("生于1990年", "age"),
        ("a 34-year-old", "age"),
        ("aged 34", "age"),
        ("34 yo", "age"),
        ("41162419900101123X", "id_no"),
        ("身份证号 411624199001011234", "id_no"),
        ("护照 E12345678", "id_no"),
        ("４１１６２４１９９００１０１１２３４", "id_no"),
        ("电话13812345678", "phone"),
        ("138-1234-5678", "phone"),
        ("138****5678", "phone"),
        ("+86 13812345678", "phone"),
        ("0394-5222222", "phone"),
        ("幸福路12号", "address"),
        ("东关社区3号楼2单元501室", "address"),
        ("家住东关社区", "address"),
        ("12 Main Street", "address"),
        ("Room 302", "address"),
        ("115.09812, 33.39421", "address"),
    ],
)
def test_identifiers_are_found(text, kind):
    kinds = {f.kind for f in lint_public_text(text)}
    assert kind in kinds if kind else "name" not in kinds


@pytest.mark.parametrize(
    "text",
    [
        "到目前为止，一共有120例。各地人数：城关镇80例，刘庄店镇30例。",
        "60岁及以上20例，0-4岁12例，15至29岁30例",
        "请拨打12345咨询",
        "6月12日下午2点至6点，东关社区采样",
        "Ages 15 to 29: 30 cases; aged 75 and over: 12",
        "So far there are 120 cases. By area: 城关镇 80.",
        "2026-06-12 14:00",
        "2026年第24周",
    ],
)
def test_plain_public_words_pass(text):
    assert lint_public_text(text) == ()


def test_known_names_are_found_anywhere():
    found = lint_public_text("欧阳修文到过超市", names=["欧阳修文"])
    assert [(f.kind, f.start, f.end) for f in found] == [("name", 0, 4)]


def test_five_hundred_seeded_texts_miss_nothing():
    rng = np.random.default_rng(7)
    surnames, given = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平"
    for i in range(500):
        name = str(rng.choice(list(surnames))) + "".join(rng.choice(list(given), int(rng.integers(1, 3))))
        age, phone = int(rng.integers(1, 99)), f"1{rng.integers(30, 99)}{rng.integers(10**7, 10**8)}"
        number = f"411624{rng.integers(1940, 2020)}{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}1234"
        seeds = {
            "name": (
                f"病例{i}，姓名：{name}，已隔离",
                f"患者{name}，男",
                f"{name[0]}某到过集市",
                f"{name[0]}女士就诊",
            ),
            "age": (f"该患者{age}岁", f"年龄{age}", f"a {age}-year-old case"),
            "phone": (f"联系电话{phone}", f"请联系 {phone[:3]} {phone[3:7]} {phone[7:]}"),
            "id_no": (f"证件{number}", number),
            "address": (f"住址：东关村{age}组", f"人民路{age}号", f"{age}号楼{age}单元"),
        }
        kind = list(seeds)[i % 5]
        text = seeds[kind][int(rng.integers(len(seeds[kind])))]
        assert kind in {f.kind for f in lint_public_text(f"今日通报：{text}。请做好防护。")}, text


def test_linter_is_quick_on_long_text():
    import time

    start = time.perf_counter()
    lint_public_text("张1" * 50_000)
    lint_public_text("1" * 100_000)
    assert time.perf_counter() - start < 5


def report(data, profile=NOROVIRUS, **rules):
    given = nothing_in_force(profile, **rules)
    return initial_report(
        describe(data, given, at=AT), given, at=AT, tz=TZ, place="老城小学", reporter_unit="县疾控中心"
    )


def test_report_has_every_section_in_both_languages():
    found = report(lunch())
    for number, title in enumerate(
        ("基本情况", "时间分布", "地区分布", "人群分布", "暴露与罹患率", "初步假设"), start=1
    ):
        assert f"{'〇一二三四五六'[number]}、{title}" in found.zh
    assert "老城小学" in found.zh
    assert "县疾控中心" in found.zh
    assert "5. Exposures and attack rates" in found.en
    assert "20/24" in found.en
    assert "unknown 4" in found.en


def test_report_holds_no_keys_and_no_case_ids():
    found = report(lunch())
    assert not any(
        f"P{i:03d}" in found.zh + found.en or f"C{i:03d}" in found.zh + found.en for i in range(40)
    )


def test_report_quotes_rules_and_counts_the_threshold():
    found = report(
        lunch(),
        exclusion__case={"hours": 72, "anchor": "symptom_end"},
        threshold__infectious_diarrhoea={"count": 20, "window_days": 7, "unit": "collective"},
    )
    assert "72小时，自症状消失起算" in found.zh
    assert "20 cases or more within 7 days" in found.en
    assert "at most 23 cases in as many days" in found.en


def test_report_without_rules_says_no_rule():
    assert "NO_RULE" in report(lunch()).en


def test_report_of_dates_and_nothing_else_claims_nothing():
    midnight = BASE - timedelta(hours=12)
    data = records(cases=[case(i, 0, onset=midnight, onset_precision="day") for i in range(3)])
    found = report(data, profile=None)
    assert "没有暴露资料" in found.zh
    assert "00:00" not in found.zh.replace(found.zh.splitlines()[-1], "").replace("12:00", "")
    assert "Ask ill and well people about shared exposures" in found.en


def test_report_of_no_cases():
    found = report(records())
    assert "没有病例" in found.zh
    assert "There are no cases" in found.en
