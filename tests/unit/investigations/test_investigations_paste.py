"""Pasted lists: separators, heads, times, yes and no words, faults by row, names in identities only."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.investigations.inv_factory import NOROVIRUS, TZ, nothing_in_force

from fireline.errors import InputError
from fireline.investigations import said
from fireline.investigations.describe import describe
from fireline.investigations.paste import read_list
from fireline.records.clean import clean_all

NOW = datetime(2026, 6, 13, 9, 0, tzinfo=TZ)


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("6月12日 14:30", "2026-06-12 14:30"),
        ("6月12日14：30", "2026-06-12 14:30"),
        ("6/12 14:30", "2026-06-12 14:30"),
        ("06-12 9:05", "2026-06-12 09:05"),
        ("2026-06-12", "2026-06-12"),
        ("2026-06-12T14:30", "2026-06-12 14:30"),
        ("2026年6月12日下午2点半", "2026-06-12 14:30"),
        ("6月12日 下午2点", "2026-06-12 14"),
        ("6月12号", "2026-06-12"),
        ("14:30", "2026-06-12 14:30"),  # later than now today, so yesterday
        ("8:30", "2026-06-13 08:30"),
        ("昨天", "2026-06-12"),
        ("昨天22点", "2026-06-12 22"),
        ("昨晚11点半", "2026-06-12 23:30"),
        ("前天 凌晨12点", "2026-06-11 00"),
        ("今天早上7点一刻", "2026-06-13 07:15"),
        ("今早6点", "2026-06-13 06"),
        ("中午12点", "2026-06-12 12"),
        ("中午1点", "2026-06-12 13"),
        ("yesterday 2:15 pm", "2026-06-12 14:15"),
        ("12月30日", "2025-12-30"),  # not yet this year
    ],
)
def test_times_as_written(written, iso):
    assert said.when_of(written, today=NOW).iso == iso


@pytest.mark.parametrize("written", ["14:30", "昨天", "6月12日", "昨晚11点"])
def test_relative_times_need_the_time_of_writing(written):
    found = said.when_of(written, today=None)
    assert found.iso is None
    assert "time of writing" in found.problem.en


@pytest.mark.parametrize(
    "written", ["昨天吧", "13月40日", "2026-02-30", "25:00", "12:75", "吃饭后", "", "6月"]
)
def test_what_is_no_time_is_told(written):
    found = said.when_of(written, today=NOW)
    assert found.iso is None
    assert found.problem


@given(st.text(max_size=20))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_time_or_a_problem(written):
    found = said.when_of(written, today=NOW)
    assert (found.iso is None) == bool(found.problem)


@pytest.mark.parametrize(
    ("head", "column"),
    [
        ("姓名", "name"),
        (" 发病时间（月日时） ", "onset"),
        ("Date of onset", "onset"),
        ("班级", "group"),
        ("午餐", None),
        ("家长电话", "phone"),
        ("ID No.", "id_no"),
        ("Case_ID", "no"),
    ],
)
def test_heads(head, column):
    assert said.column_of(head) == column


@pytest.mark.parametrize(
    ("head", "item"),
    [
        ("是否吃过午餐", "午餐"),
        ("吃过午餐（是/否）", "午餐"),
        ("喝过牛奶（份）", "牛奶"),
        ("ate salad?", "salad"),
        ("Ice cream", "Ice cream"),
    ],
)
def test_items(head, item):
    assert said.item_of(head) == item


def test_symptoms_of_one_cell():
    assert said.symptoms_of("恶心、呕吐3次，肚子痛 发烧38.5℃") == [
        "nausea",
        "vomiting",
        "abdominal_pain",
        "fever",
    ]
    assert said.symptoms_of("vomiting, diarrhea") == ["vomiting", "diarrhoea"]
    assert said.symptoms_of("打嗝、打嗝") == ["打嗝"]


@pytest.mark.parametrize(
    ("written", "age"), [("7岁", "7"), ("7", "7"), ("6个月", "0.5"), ("1岁6个月", "1.5"), ("七", None)]
)
def test_ages(written, age):
    assert said.age_of(written) == age


ROWS = [
    ["姓名", "班级", "年龄", "性别", "发病时间", "症状", "是否吃过午餐", "家长电话"],
    ["王小明", "三1班", "8岁", "男", "6月12日14:30", "呕吐、腹痛", "吃了", "13800000001"],
    ["李小红", "三2班", "9", "女", "昨天22点", "呕吐", "没吃", "13800000002"],
    ["赵小刚", "三1班", "8", "男", "", "无", "是", ""],
    ["钱小兰", "三2班", "8", "女", "", "", "不详", ""],
]


@pytest.mark.parametrize("separator", ["\t", ",", "，", ";", "；", "|"])
def test_every_separator_gives_the_same(separator):
    found = read_list("\n".join(separator.join(r) for r in ROWS), tz=TZ, at=NOW, disease="norovirus")
    assert (found.n_rows, found.n_ill, found.n_well, found.n_unknown) == (4, 2, 1, 1)
    assert found.tables["cases"]["onset"].to_list() == ["2026-06-12 14:30", "2026-06-12 22"]
    lunch = found.tables["exposures"].filter(found.tables["exposures"]["item"] == "午餐")
    assert lunch["value"].to_list() == ["yes", "no", "yes", "unknown"]
    assert dict(found.columns)["是否吃过午餐"] == "exposure"
    assert found.faults == ()


def test_single_spaces_with_a_time_of_two_words():
    text = (
        "姓名 班级 发病时间 症状 吃过午餐\n王小明 三1班 6月12日 14:30 呕吐 是\n李小红 三2班 昨天 22点 无 否"
    )
    found = read_list(text, tz=TZ, at=NOW)
    assert found.tables["cases"]["onset"].to_list() == ["2026-06-12 14:30", "2026-06-12 22"]


def test_quoted_cells_keep_their_separator():
    text = 'name,class,symptoms,onset\nA B,1,"vomiting, fever",2026-06-12 10:00'
    found = read_list(text, tz=TZ)
    assert found.tables["exposures"]["item"].to_list() == ["symptom:vomiting", "symptom:fever"]


def test_names_and_numbers_stay_in_identities():
    found = read_list("\n".join("\t".join(r) for r in ROWS), tz=TZ, at=NOW)
    assert found.tables["identities"]["name"].to_list() == [r[0] for r in ROWS[1:]]
    for name, table in found.tables.items():
        if name != "identities":
            dump = table.write_csv()
            assert not any(r[0] in dump or (r[7] and r[7] in dump) for r in ROWS[1:])
    cleaned = clean_all(found.feed, tz=TZ, area="CN-411624", key=b"k" * 32)
    assert cleaned.identities.height == 4
    assert not cleaned.records.has("identities")


def test_person_keys_are_stable_and_case_ids_are_of_this_list():
    text = "\n".join("\t".join(r) for r in ROWS)
    one = read_list(text, tz=TZ, at=NOW)
    mended = read_list(text.replace("昨天22点", "昨天21点"), tz=TZ, at=NOW)
    assert one.tables["persons"]["person_key"].equals(mended.tables["persons"]["person_key"])
    assert one.tables["cases"]["case_id"][0] != mended.tables["cases"]["case_id"][0]


def test_two_children_of_one_name_are_two_people():
    text = "姓名\t班级\t症状\n王小明\t1\t呕吐\n王小明\t1\t呕吐"
    assert read_list(text, tz=TZ).tables["persons"]["person_key"].n_unique() == 2


def test_marked_illness_wins_and_blank_is_unknown():
    text = "编号,姓名,是否发病,症状\n1,a,是,\n2,b,否,呕吐\n3,c,,\n4,d,不详,"
    found = read_list(text, tz=TZ)
    assert (found.n_ill, found.n_well, found.n_unknown) == (1, 1, 2)
    assert found.tables["cases"]["case_id"].to_list() == ["1"]


def test_blank_is_well_only_when_asked():
    text = "姓名,班级,发病时间\na,1,2026-06-12\nb,1,\nc,1,"
    assert read_list(text, tz=TZ).n_unknown == 2
    assert "illness unknown" in read_list(text, tz=TZ).notes[0].en
    asked = read_list(text, tz=TZ, blank_is_well=True)
    assert (asked.n_well, asked.n_unknown) == (2, 0)


def test_list_without_illness_columns_is_a_list_of_cases():
    found = read_list("姓名,班级\na,1\nb,2", tz=TZ)
    assert found.n_ill == 2
    assert "everybody was read as a case" in found.notes[0].en


def test_discarded_is_no_case():
    found = read_list("姓名,班级,病例分类\na,1,确诊\nb,1,排除\nc,1,疑似", tz=TZ)
    assert found.tables["cases"]["classification"].to_list() == ["confirmed", "suspected"]
    assert found.n_well == 1


def test_faults_name_row_and_column_and_show_no_words():
    text = (
        "姓名\t年龄\t性别\t发病时间\t吃过饭\n甲\t九岁半\t不男\t昨天吃完饭\t是\n乙\t8\t男\t6月40日\t是\n丙\t8\t男\t昨天\t嗯嗯\n"
        + "丁\t8\t男\t昨天\t否\n" * 5
    )
    found = read_list(text, tz=TZ, at=NOW)
    assert [(f.row, f.column) for f in found.faults] == [
        (1, "age"),
        (1, "sex"),
        (1, "onset"),
        (2, "onset"),
        (3, "吃过饭"),
    ]
    assert all(
        "九岁半" not in f.found.zh + f.found.en and "吃完饭" not in f.found.zh + f.found.en
        for f in found.faults
    )
    assert "6月40日" in found.faults[3].found.zh
    assert found.tables["cases"].height == 8  # a cell that cannot be read never loses the person


def test_row_with_too_many_cells_is_out():
    found = read_list("姓名,班级,症状\na,1,呕吐\nb,1,呕吐,腹泻", tz=TZ)
    assert found.faults[0].effect == "rejected"
    cleaned = clean_all(found.feed, tz=TZ, area="", key=b"k" * 32)
    total = cleaned.records.sums[0]
    assert (total.rows, total.kept, total.rejected) == (2, 1, 1)


def test_lines_above_the_head_are_said():
    found = read_list("老城小学名单\n\n姓名,班级,症状\na,1,呕吐", tz=TZ)
    assert "1 lines above" in found.notes[0].en


@pytest.mark.parametrize("text", ["", "hello", "姓名,班级", "a,b\n1,2"])
def test_text_without_head_or_rows_is_refused(text):
    with pytest.raises(InputError, match="pasted list"):
        read_list(text, tz=TZ)


def test_too_many_rows_are_refused():
    with pytest.raises(InputError, match="20000"):
        read_list("姓名,班级\n" + "a,1\n" * 20_001, tz=TZ)


def test_symptom_columns_and_unknown_columns():
    text = "姓名,班级,呕吐,腹泻,备注\na,1,是,否,转院后好转很多\nb,1,否,否,"
    found = read_list(text, tz=TZ)
    assert dict(found.columns) == {
        "姓名": "name",
        "班级": "group",
        "呕吐": "symptom",
        "腹泻": "symptom",
        "备注": "ignored",
    }
    assert (found.n_ill, found.n_well) == (1, 1)


def test_from_paste_to_attack_table():
    """Twenty-three children vomiting, the canteen suspected: the list becomes a table."""
    lines = ["姓名\t班级\t发病时间\t症状\t吃过午餐"]
    for i in range(60):
        is_ill = i < 23
        onset = (
            (NOW - timedelta(hours=18) + timedelta(minutes=20 * i)).strftime("%m-%d %H:%M") if is_ill else ""
        )
        lines.append(
            f"生{i}\t{i % 3}班\t{onset}\t{'呕吐' if is_ill else '无'}\t{'是' if i < 21 or i >= 50 else '否'}"
        )
    found = read_list("\n".join(lines), tz=TZ, at=NOW, disease="norovirus")
    cleaned = clean_all(found.feed, tz=TZ, area="CN-411624", key=b"k" * 32)
    seen = describe(cleaned.records, nothing_in_force(NOROVIRUS), at=NOW)
    row = seen.attack.row(0, named=True)
    assert (
        row["item"],
        row["exposed_ill"],
        row["exposed_well"],
        row["unexposed_ill"],
        row["unexposed_well"],
    ) == (
        "午餐",
        21,
        10,
        2,
        27,
    )
    assert seen.summary["curve_step"] == "3h"
    assert seen.curve["count"].sum() == 23


@given(st.text(alphabet='姓名班级,\t\n "是否0;昨天:', max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_paste_is_read_or_refused(text):
    try:
        found = read_list("姓名,班级,症状\n" + text, tz=TZ, at=NOW)
    except InputError:
        return
    assert found.n_rows == found.n_ill + found.n_well + found.n_unknown + sum(
        f.effect == "rejected" for f in found.faults
    )
