"""What seat texts say and what two of them say together, as tables."""

from __future__ import annotations

import numpy as np
import pytest
from tests.factories.text_tables import lines

from fireline.contacts.seats import (
    LARGEST_CARRIAGE,
    LARGEST_COLUMN,
    LARGEST_ROW,
    Seat,
    facts_of_codes,
    facts_of_pairs,
    read_seat,
    seat_codes,
    seat_facts,
)

SAID = {"yes": True, "no": False, "?": None}


def number(text):
    return None if text in ("-", "?") else int(text)


@pytest.mark.parametrize("line", lines(__file__, "seats"), ids=" ".join)
def test_a_seat_text(line):
    text, carriage, row, column, zone = line
    expected = Seat(number(carriage), number(row), number(column), "" if zone == "-" else zone)
    assert read_seat(text) == expected
    if not expected.zone:
        (code,), zones = seat_codes([text])
        assert code == expected.code and code > 0 and zones == ()


@pytest.mark.parametrize("line", lines(__file__, "seat_pairs"), ids=" ".join)
def test_two_seats(line):
    texts = [None if text == "-" else text for text in line[:2]]
    car, same_row, apart, zone = line[2:]
    expected = (SAID[car], SAID[same_row], number(apart), SAID[zone])
    mine, theirs = map(read_seat, texts)
    assert seat_facts(mine, theirs) == seat_facts(theirs, mine) == expected
    a, b = seat_codes(texts).code
    assert facts_of_codes(int(a), int(b)) == expected
    columns = facts_of_pairs(np.array([a, b]), np.array([b, a]))
    unknown = [-1 if value is None else int(value) for value in expected]
    assert [c.tolist() for c in columns] == [[value, value] for value in unknown]


def test_nothing_written_says_nothing():
    assert read_seat(None) == read_seat("  ") == Seat() and Seat().code == 0


def test_codes_hold_the_largest_numbers():
    largest = Seat(LARGEST_CARRIAGE, LARGEST_ROW, LARGEST_COLUMN)
    assert 0 < largest.code < 2**31
    assert facts_of_codes(largest.code, Seat(LARGEST_CARRIAGE, 1, 1).code).rows_apart == LARGEST_ROW - 1


def test_zones_keep_their_numbers_from_day_to_day():
    first = seat_codes(["south", None, "north", "12F"])
    assert first.zones == ("north", "south") and first.code.tolist() == [-2, 0, -1, Seat(None, 12, 6).code]
    second = seat_codes(["east", "south"], zones=first.zones)
    assert second.zones == ("north", "south", "east") and second.code.tolist() == [-3, -2]
