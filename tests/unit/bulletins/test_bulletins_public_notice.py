"""The document of a public notice: what is written is read back, and nothing else is taken for one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireline.bulletins.public_notice import PublicNotice, file_name, read_notice, write_notice
from fireline.errors import InputError, UserError
from fireline.words import Words

AT = datetime(2022, 6, 12, 6, tzinfo=UTC)
NOTICE = PublicNotice(
    7, "eased", Words.same("沈丘县"), Words("封控区：U1", "Sealed: U1"), AT, AT + timedelta(hours=2),
    AT + timedelta(hours=1), "Asia/Shanghai", (("U1", "managed"), ("U2", "")),
)  # fmt: skip


def test_what_is_written_is_read_back():
    assert read_notice(write_notice(NOTICE)) == NOTICE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", 0), ("number", "7"), ("number", True), ("state", "computed"), ("text_zh", None),
        ("published_at", "2022-06-12T06:00:00"), ("changed_at", "soon"), ("starts_at", None), ("tz", "../etc"),
        ("tz", "Mars/Olympus"), ("now", [["U1"]]), ("now", [["U1", "closed"]]), ("now", 3), ("place_en", 1),
    ],
)  # fmt: skip
def test_a_value_that_is_not_allowed_makes_it_no_notice(name, value):
    found = json.loads(write_notice(NOTICE)) | {name: value}
    with pytest.raises(InputError):
        read_notice(json.dumps(found))


@given(st.text(max_size=40) | st.sampled_from(["[]", "null", "3", "{}", '{"number": 7}', '"x"']))
def test_any_other_text_is_no_notice(text):
    with pytest.raises(InputError):
        read_notice(text)


@pytest.mark.parametrize("where", ["text", "place", "now"])
def test_personal_data_is_neither_written_nor_read(where):
    phone = "13812345678"
    made = {
        "text": replace(NOTICE, text=Words(f"电话 {phone}", "call us")),
        "place": replace(NOTICE, place=Words.same(phone)),
        "now": replace(NOTICE, now=((phone, ""),)),
    }[where]
    with pytest.raises(UserError) as refused:
        write_notice(made)
    assert phone not in refused.value.words.en
    said = json.loads(write_notice(NOTICE))
    said["text_zh"] = phone
    with pytest.raises(UserError):
        read_notice(json.dumps(said))


def test_a_number_names_one_file_and_no_other():
    assert file_name(12) == "12.json"
    with pytest.raises(ValueError):
        file_name("../../secret")


def test_before_it_begins_it_says_so_and_a_lifted_one_never_does():
    assert NOTICE.standing(AT) == "to_begin" and NOTICE.standing(AT + timedelta(hours=1)) == "eased"
    assert replace(NOTICE, state="lifted").standing(AT) == "lifted"
