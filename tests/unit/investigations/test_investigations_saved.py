"""A case definition as a person saved it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from fireline.errors import InputError
from fireline.investigations import saved

TZ = ZoneInfo("Asia/Shanghai")
TREE = {"suspected": {"any": [{"fact": "symptom:vomiting", "eq": True}]}}


def row(form=None, classes=TREE, **changes):
    body = {"form": {"symptoms": "vomiting", **(form or {})}, "classes": classes}
    return {"outbreak_id": 3, "version": 2, "saved_at": "2026-06-12T08:00:00+00:00", "body": body, **changes}


def made(**options):
    return saved.definition_of(row(**options), disease="norovirus", tz=TZ)


def test_a_saved_version_becomes_a_definition():
    found = made(form={"groups": "3a，3b", "onset_from": "2026-06-01", "onset_to": "2026-06-10T12:30"})
    assert (found.id, found.version, found.disease) == ("outbreak-3", 2, "norovirus")
    assert found.valid_from == date(2026, 6, 12) and found.classes == TREE
    assert found.scope.groups == ("3a", "3b") and found.scope.area_codes == ()
    assert found.scope.onset_from == datetime(2026, 5, 31, 16, tzinfo=UTC)  # local midnight
    assert found.scope.onset_to == datetime(2026, 6, 10, 4, 30, tzinfo=UTC)


def test_the_moment_of_saving_may_be_a_datetime():
    assert made(saved_at=datetime(2026, 6, 1, 1, tzinfo=UTC)).valid_from == date(2026, 6, 1)


@pytest.mark.parametrize("body", [{}, {"form": {"symptoms": "x"}}, {"classes": {}}])
def test_a_text_without_classes_defines_nothing(body):
    assert made(body=body) is None


def test_a_time_that_cannot_be_read_is_refused_without_repeating_it():
    with pytest.raises(InputError, match="must be written") as refused:
        made(form={"onset_from": "last week"})
    assert "last week" not in str(refused.value)


def test_what_it_says_in_both_languages():
    form = {**dict.fromkeys(saved.FIELDS, ""), "symptoms": "发热, 咳嗽", "n_symptoms": "2"}
    assert saved.said(form).zh == "症状 发热, 咳嗽，至少 2 项"
    form |= {"groups": "3a", "area_codes": "CN-4116", "onset_to": "2026-06-10T12:30"}
    assert saved.said(form).en == (
        "symptoms 发热, 咳嗽, at least 2; Group: 3a; Area code: CN-4116; … – 2026-06-10 12:30"
    )


@pytest.mark.parametrize("text", ["a,b", "a，b", "a、b", " a ; b ", "a；；b"])
def test_parts_stand_between_commas_of_either_script(text):
    assert saved.split(text) == ("a", "b")
