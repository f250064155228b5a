"""Arguments of the searches that would have given a wrong answer silently are refused, and named."""

from __future__ import annotations

import numpy as np
import pytest

from fireline.contacts.index import VisitIndex
from fireline.contacts.search import contacts, secondary

PERSON, PLACE = np.array([0, 1, 2]), np.zeros(3, int)
ENTER, LEAVE = np.array([0, 5, 10]), np.array([10, 15, 20])
ONE = np.array([0])


@pytest.fixture(scope="module")
def index():
    return VisitIndex.from_arrays(PERSON, PLACE, ENTER, LEAVE)


@pytest.mark.parametrize("limit", [1.5, float("nan"), "1", True, 2**70, None])
def test_a_limit_is_whole_seconds(index, limit):
    with pytest.raises(ValueError, match="min_overlap_s: expected whole seconds"):
        contacts(index, ONE, 0, 100, limit)
    with pytest.raises(ValueError, match="within_s: expected whole seconds"):
        contacts(index, ONE, 0, 100, 1, within_s=limit)


def test_the_beginning_of_management_has_one_second_for_each_contact(index):
    with pytest.raises(ValueError, match="managed_s"):
        secondary(index, ONE, 0, 100, 1, managed_s=lambda people: np.zeros(people.size + 6, np.int64))
    with pytest.raises(ValueError, match="managed_s: expected whole seconds"):
        secondary(index, ONE, 0, 100, 1, managed_s=lambda people: np.full(people.size, np.nan))


@pytest.mark.parametrize("code", [2**31, -(2**31) - 1, 2**40])
def test_a_seat_code_past_32_bits_is_refused_by_its_row(code):
    with pytest.raises(ValueError, match="seat: row 1"):
        VisitIndex.from_arrays(PERSON, PLACE, ENTER, LEAVE, seat=np.array([1, code, 0]))
