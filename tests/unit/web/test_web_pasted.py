"""A pasted list becomes a mapping that the reader understands, whatever the words of its header."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from fireline.errors import InputError
from fireline.web.console import definitions, pasted

TODAY = date(2026, 6, 13)

ZH = (
    "编号\t姓名\t年龄\t性别\t班级\t发病时间\t呕吐\t腹泻\t凉拌鸡丝\n"
    "1\t张某\t8\t男\t二1\t2026-06-12 13:20\t是\t否\t是\n"
)


def test_columns_are_told_apart():
    header = pasted.read_header(ZH)
    assert header.known["onset"] == "发病时间"
    assert header.known["group"] == "班级"
    assert header.symptoms == ("呕吐", "腹泻")
    assert header.exposures == ("凉拌鸡丝",)


def test_english_with_commas_works_too():
    header = pasted.read_header("Name,Age,Onset time,Vomiting,Chicken salad\nA,8,2026-06-12 13:00,yes,no\n")
    assert header.known["onset"] == "Onset time"
    assert header.symptoms == ("Vomiting",)
    assert header.exposures == ("Chicken salad",)
    text = "a，发病\n1，2\n"
    assert pasted.as_tsv(text, pasted.read_header(text), today=TODAY) == "a\t发病\n1\t2".encode()


def test_mapping_is_toml_with_cases_only_for_rows_with_an_onset():
    said = tomllib.loads(
        pasted.mapping(
            pasted.read_header(ZH), disease="unknown", area="CN-411624", tz="Asia/Shanghai", prefix="7-"
        )
    )
    tables = said["file"][0]["table"]
    cases = next(t for t in tables if t["table"] == "cases")
    assert cases["when"] == "发病时间"
    assert cases["columns"]["case_id"] == "编号"
    items = [t["columns"]["item"]["value"] for t in tables if t["table"] == "exposures"]
    assert items == ["symptom:呕吐", "symptom:腹泻", "凉拌鸡丝"]
    assert next(t for t in tables if t["table"] == "identities")["columns"]["name"] == "姓名"


def test_rows_without_an_id_are_numbered():
    header = pasted.read_header("姓名,发病时间\n甲,2026-06-12\n")
    said = tomllib.loads(
        pasted.mapping(header, disease="unknown", area="CN", tz="Asia/Shanghai", prefix="7-")
    )
    assert said["file"][0]["table"][0]["columns"]["person_key"] == {"row_number": "7-"}


def test_a_header_cannot_break_out_of_the_mapping():
    header = pasted.read_header('发病时间,"]]\nx = 1\n2026-06-12,1\n'.replace("\nx = 1", " x = 1"))
    assert tomllib.loads(pasted.mapping(header, disease='"', area="CN", tz="UTC", prefix='"'))


@pytest.mark.parametrize(
    "text",
    ["", "编号,姓名", "发病时间\n2026-06-12", "发病时间,发病时间\n1,2", "发病时间,\n1,2", "姓名,年龄\n甲,8"],
)
def test_lists_that_cannot_be_used_are_refused_with_words(text):
    with pytest.raises(InputError) as error:
        pasted.read_header(text)
    assert len(str(error.value)) > 8


def form(**values):
    return {**dict.fromkeys(definitions.FIELDS, ""), "symptoms": "呕吐, 腹泻，发热", **values}


def test_at_least_two_of_three_means_every_pair():
    tree = definitions.body_of(form(n_symptoms="2"))["classes"]["suspected"]
    assert len(tree["any"]) == 3
    assert all(len(pair["all"]) == 2 for pair in tree["any"])


def test_all_and_any_are_said_plainly():
    assert set(definitions.body_of(form(n_symptoms="3"))["classes"]["suspected"]) == {"all"}
    assert len(definitions.body_of(form())["classes"]["suspected"]["any"]) == 3


def test_probable_and_confirmed_appear_when_asked():
    assert set(definitions.body_of(form())["classes"]) == {"suspected"}
    assert set(definitions.body_of(form(probable_linked="on", confirmed_lab="on"))["classes"]) == {
        "suspected",
        "probable",
        "confirmed",
    }


@pytest.mark.parametrize(
    "bad",
    [
        {"symptoms": ""},
        {"n_symptoms": "4"},
        {"n_symptoms": "x"},
        {"onset_from": "yesterday"},
        {"symptoms": ",".join("abcdefghi")},
    ],
)
def test_definitions_that_make_no_sense_are_refused(bad):
    with pytest.raises(InputError):
        definitions.body_of(form(**bad))


def test_onsets_said_without_a_year_are_written_out_and_the_rest_is_left_alone():
    text = "姓名\t发病时间\t午餐\n甲\t6月12日 14:30\t6月12日\n乙\t\t否\n丙\n丁\t说不清\t是\n"
    lines = pasted.as_tsv(text, pasted.read_header(text), today=TODAY).decode().split("\n")
    assert lines[1:] == ["甲\t2026-06-12 14:30\t6月12日", "乙\t\t否", "丙", "丁\t说不清\t是"]
