"""The form of one fever patient: closed lists, times that were, and no field for a name."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fireline.feeds.reporting.fever import (
    FLAGS,
    SYMPTOMS,
    FeverEntry,
    read_fever,
    read_moment,
)

TZ = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 6, 12, 6, 0, tzinfo=UTC)  # 14:00 there


def form(**changes):
    base = {
        "seen_day": "2026-06-12", "seen_clock": "13:20", "age_band": "25-44", "sex": "female",
        "temperature": "38.6", "sampled": "no",
    }  # fmt: skip
    return {**base, **changes}


def read(symptoms=("cough",), flags=(), **changes):
    return read_fever(form(**changes), symptoms=symptoms, flags=flags, at=AT, tz=TZ)


def test_a_form_is_read():
    entry, faults = read(symptoms=["rash", "cough"], flags=["travel"])
    assert faults == []
    assert entry == FeverEntry(
        seen_at=datetime(2026, 6, 12, 5, 20, tzinfo=UTC), age_band="25-44", sex="female", temperature_c=38.6,
        symptoms=("cough", "rash"), flags=("travel",), sampled_at=None,
    )  # fmt: skip


def test_a_sample_has_its_time_and_may_precede_the_patient_by_a_day():
    entry, faults = read(sampled="yes", sampled_day="2026-06-12", sampled_clock="13：40")
    assert faults == [] and entry.sampled_at == datetime(2026, 6, 12, 5, 40, tzinfo=UTC)
    assert read(sampled="yes", sampled_day="2026-06-11", sampled_clock="13:20")[0]
    _, faults = read(sampled="yes", sampled_day="2026-06-11", sampled_clock="13:19")
    assert [f.field for f in faults] == ["sampled_day"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"seen_day": "12.6."}, "seen_day"),
        ({"seen_day": "2026-02-30"}, "seen_day"),
        ({"seen_clock": ""}, "seen_clock"),
        ({"seen_clock": "24:00"}, "seen_clock"),
        ({"seen_clock": "14:16"}, "seen_clock"),  # ahead by more than a quarter of an hour
        ({"seen_day": "2026-06-05", "seen_clock": "13:59"}, "seen_day"),
        ({"age_band": "34"}, "age_band"),
        ({"sex": ""}, "sex"),
        ({"temperature": "386"}, "temperature"),
        ({"temperature": "33.9"}, "temperature"),
        ({"temperature": "43.1"}, "temperature"),
        ({"temperature": "38.65"}, "temperature"),
        ({"temperature": "很高"}, "temperature"),
        ({"sampled": ""}, "sampled"),
        ({"sampled": "yes"}, "sampled_day"),
        ({"sampled": "yes", "sampled_day": "2026-06-12", "sampled_clock": "14:16"}, "sampled_clock"),
        ({"symptoms": ["cough", "王小明"]}, "symptoms"),
        ({"flags": ["rich"]}, "flags"),
    ],
)
def test_each_fault_names_its_field(changes, field):
    entry, faults = read(**changes)
    assert entry is None
    assert [f.field for f in faults] == [field]
    assert all(f.said.zh and f.said.en and "王小明" not in f.said.zh for f in faults)


@pytest.mark.parametrize(
    "changes",
    [
        {"seen_clock": "14:15"},
        {"seen_day": "2026-06-05", "seen_clock": "14:00"},
        {"temperature": ""},
        {"temperature": "34"},
        {"temperature": "43.0"},
        {"temperature": "38．6"},
        {"symptoms": []},
    ],
)
def test_the_edges_are_allowed(changes):
    entry, faults = read(**changes)
    assert faults == [] and entry is not None


def test_all_faults_are_said_at_once():
    _, faults = read_fever({}, symptoms=[], flags=[], at=AT, tz=TZ)
    assert [f.field for f in faults] == ["seen_day", "age_band", "sex", "sampled"]


def test_a_moment_alone():
    found, faults = read_moment(
        {"result_day": "2026-06-12", "result_clock": "14:00"},
        "result",
        at=AT,
        tz=TZ,
        oldest=AT - timedelta(days=1),
    )
    assert (found, faults) == (AT, [])


def test_an_entry_has_no_place_for_an_identity():
    assert {f.name for f in fields(FeverEntry)} == {
        "seen_at", "age_band", "sex", "temperature_c", "symptoms", "flags", "sampled_at",
    }  # fmt: skip
    assert len(set(SYMPTOMS)) == len(SYMPTOMS) and len(set(FLAGS)) == len(FLAGS)
