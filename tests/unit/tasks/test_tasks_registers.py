"""A task is overdue only where the source keeps the register that would show it done."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.zones.zones_world import AT, case, records, utc

from fireline.tasks.registers import NONE, REGISTERS, kept
from fireline.tasks.tables import STATES

ARRIVAL = {
    "arrival_id": "A",
    "person_key": "P",
    "pocket": "flight",
    "origin_area": "KR",
    "arrives_at": utc(2),
}
LOT = {"lot_id": "L", "product": "fish", "origin": "NO", "arrives_at": utc(3), "store_id": "S"}


def sample(kind: str, taken=None) -> dict[str, Any]:
    return {
        "sample_id": "s",
        "subject_kind": kind,
        "subject_id": "X",
        "kind": "pcr",
        "taken_at": taken or utc(4),
    }


WORLDS = {
    "cases.reported_at": {"cases": [case("C1", utc(1), reported_at=utc(2))]},
    "cases.isolated_at": {"cases": [case("C1", utc(1), isolated_at=utc(2))]},
    "visits": {"visits": [{"person_key": "P", "place_id": "S", "enter": utc(2)}]},
    "contacts.managed_at": {"contacts": [{"person_key": "P", "case_id": "C1", "managed_at": utc(3)}]},
    "contacts.released_at": {"contacts": [{"person_key": "P", "case_id": "C1", "released_at": utc(3)}]},
    "tests.person": {"tests": [sample("person")]},
    "tests.lot": {"tests": [sample("lot")]},
    "arrivals.accepted_at": {"arrivals": [ARRIVAL | {"accepted_at": utc(3)}]},
    "lots.declared_at": {"lots": [LOT | {"declared_at": utc(1)}]},
    "lot_handlers": {"lot_handlers": [{"lot_id": "L", "person_key": "P"}]},
}


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_one_entry_shows_that_a_register_is_kept(name):
    assert kept(records(**WORLDS[name]), at=AT) == {name}


def test_without_tables_nothing_is_kept():
    assert kept(records(), at=AT) == frozenset()


@pytest.mark.parametrize(
    "tables",
    [
        {"cases": [case("C1", utc(1))]},
        {"contacts": [{"person_key": "P", "case_id": "C1"}]},
        {"arrivals": [ARRIVAL]},
        {"lots": [LOT]},
        {"tests": [sample("site")]},
    ],
)
def test_an_empty_column_says_nothing(tables):
    assert kept(records(**tables), at=AT) == frozenset()


@pytest.mark.parametrize("name", sorted(set(WORLDS) - {"lot_handlers"}))
def test_entries_after_at_are_not_known(name):
    assert kept(records(**WORLDS[name]), at=utc(1).replace(year=2025)) == frozenset()


def test_every_register_is_tested_and_has_a_name():
    assert set(REGISTERS) | {"lot_handlers"} == set(WORLDS)
    assert NONE not in WORLDS


def test_states_have_words_in_both_languages():
    assert list(STATES) == ["open", "done", "overdue", "no_record"]
    assert all(words.zh and words.en for words in STATES.values())
    assert STATES["no_record"].zh == "数据中没有完成记录"
