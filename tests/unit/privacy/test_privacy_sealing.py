"""Sealing of fields: only the same key and the same cell open it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireline.errors import IntegrityError
from fireline.privacy import sealing

KEY, NONCE = bytes(range(32)), bytes(12)


def place(**said):
    return sealing.associated(**{"table": "t", "column": "c", "person": "p", "key_id": "k", **said})


@given(st.binary(max_size=300))
def test_what_is_sealed_opens(plain):
    sealed = sealing.seal(plain, key=KEY, nonce=NONCE, place=place())
    assert sealing.unseal(sealed, key=KEY, place=place()) == plain
    assert len(sealed) == len(plain) + 28


@pytest.mark.parametrize("change", [{"table": "u"}, {"column": "d"}, {"person": "q"}, {"key_id": "l"}])
def test_another_cell_does_not_open(change):
    sealed = sealing.seal(b"x", key=KEY, nonce=NONCE, place=place())
    with pytest.raises(IntegrityError):
        sealing.unseal(sealed, key=KEY, place=place(**change))


def test_shifting_a_letter_between_the_parts_is_another_place():
    assert place(table="ab", column="c") != place(table="a", column="bc")


def test_every_flipped_bit_and_every_cut_is_found():
    sealed = sealing.seal("王小明".encode(), key=KEY, nonce=NONCE, place=place())
    broken = [
        *(
            sealed[:i] + bytes([sealed[i] ^ 1 << b]) + sealed[i + 1 :]
            for i in range(len(sealed))
            for b in (0, 7)
        ),
        *(sealed[:n] for n in range(len(sealed))),
        sealed + b"\x00",
    ]
    for raw in broken:
        with pytest.raises(IntegrityError):
            sealing.unseal(raw, key=KEY, place=place())


def test_equal_texts_look_different_under_other_nonces():
    one, two = (sealing.seal(b"x", key=KEY, nonce=bytes([i] * 12), place=place()) for i in (1, 2))
    assert one[12:] != two[12:]


@pytest.mark.parametrize(("key", "nonce"), [(b"short", NONCE), (KEY, b"short"), (KEY + b"x", NONCE)])
def test_keys_and_nonces_have_one_length(key, nonce):
    with pytest.raises(ValueError, match="32"):
        sealing.seal(b"x", key=key, nonce=nonce, place=place())


def test_keys_are_wrapped_by_keys():
    wrapped = sealing.wrap(KEY, by=bytes(32))
    assert len(wrapped) == 40 and KEY not in wrapped
    assert sealing.unwrap(wrapped, by=bytes(32)) == KEY
    for bad, by in ((wrapped, KEY), (wrapped[:-1] + b"\x00", bytes(32)), (b"", KEY)):
        with pytest.raises(IntegrityError):
            sealing.unwrap(bad, by=by)


@pytest.mark.parametrize(
    ("column", "same"),
    [
        (
            "phone",
            [
                "13800001111",
                "138 0000 1111",
                "+86-138-0000-1111",
                "008613800001111",
                "１３８００００１１１１",
            ],
        ),
        ("id_no", ["41162419900101123X", "41162419900101123x", " 411624 19900101 123X"]),
        ("name", ["Ann Lee", "ANN  LEE", "ann-lee"]),
    ],
)
def test_the_same_value_written_differently_is_found(column, same):
    marks = {sealing.blind_index(text, column=column, key=KEY) for text in same}
    assert len(marks) == 1


def test_marks_differ_by_value_column_and_key():
    marks = [
        sealing.blind_index(value, column=column, key=key)
        for value, column, key in itertools.product(
            ["13800001111", "13800001112"], ["phone", "id_no"], [KEY, bytes(32)]
        )
    ]
    assert len(set(marks)) == 8
    assert sealing.blind_index(" - ", column="name", key=KEY) == ""


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("phone", "13800001111", "138****1111"),
        ("phone", "123", "****"),
        ("name", "王小明", "王*"),
        ("address", "东街", "****"),
        ("name", "", "****"),
    ],
)
def test_masks(column, value, shown):
    assert sealing.mask(value, column=column) == shown
