"""engines.local: threads and parts change nothing in the answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.contacts.contact_worlds import AT, at_rules, case, records, tracing_pack, visit

from fireline.contacts import VisitIndex, find
from fireline.contacts.search import contacts, episodes
from fireline.engines import local_cases, local_shares


def town(seed, n=600, n_places=30, n_persons=60):
    rng = np.random.default_rng(seed)
    enter = rng.integers(0, 500_000, n)
    stays = (
        rng.integers(0, n_persons, n),
        rng.integers(0, n_places, n),
        enter,
        enter + rng.integers(0, 60_000, n),
    )
    cases = np.flatnonzero(rng.random(n_persons) < 0.3)
    low = rng.integers(0, 200_000, cases.size)
    return VisitIndex.from_arrays(*stays), cases, low, low + 300_000, 600


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 40), st.sampled_from([contacts, episodes]))
def test_same_answer_as_on_one_thread(seed, n_threads, n_parts, search):
    asked = town(seed)
    expected = search(*asked)
    found = search(*asked, engine=local_cases(n_threads=n_threads, n_parts=n_parts))
    assert expected.case_i.size > 20
    for name in expected._fields:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)


@pytest.mark.parametrize("search", [contacts, episodes])
def test_no_cases(search):
    index, *_ = town(1)
    assert search(index, [], 0, 9, 1, engine=local_cases(n_threads=2)).case_i.size == 0


def test_contacts_are_the_same_through_the_engine():
    world = records(
        cases=[case("C1", isolated_at="2021-12-13 10:00")],
        visits=[
            visit(p, f"x{k % 3}", f"2021-12-10 {8 + k:02d}:00", f"2021-12-10 {9 + k:02d}:00")
            for k in range(9)
            for p in ("PC1", f"P{k}")
        ],
    )
    rules = at_rules(tracing_pack())
    one, other = find(world, rules, at=AT), find(world, rules, at=AT, engine=local_cases(n_threads=2))
    assert one.found.height == 9
    assert one.found.equals(other.found)


@pytest.mark.parametrize("options", [{"n_threads": 0}, {"n_threads": 1, "n_parts": 0}])
def test_refuses_no_threads(options):
    with pytest.raises(ValueError, match="at least 1"):
        local_cases(**options)
    if "n_parts" not in options:
        with pytest.raises(ValueError, match="at least 1"):
            local_shares(lambda share: share, **options)


def test_shares_come_back_in_order():
    assert local_shares(lambda share: share, n_threads=3) == [(0, 3), (1, 3), (2, 3)]
