"""engines.local: partitions and threads change nothing in the answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.contacts.contact_worlds import AT, at_rules, case, records, tracing_pack, visit

from fireline.contacts import find
from fireline.engines import local_engine
from fireline.kernels.copresence import pairs_with_cases


def town(seed, n=600, n_places=30, n_persons=60):
    rng = np.random.default_rng(seed)
    enter = rng.integers(0, 500_000, n)
    return {
        "place_i": rng.integers(0, n_places, n),
        "person_i": rng.integers(0, n_persons, n),
        "enter_s": enter,
        "leave_s": enter + rng.integers(0, 60_000, n),
        "is_case": rng.random(n_persons) < 0.3,
        "from_s": rng.integers(0, 200_000, n_persons),
        "to_s": rng.integers(200_000, 500_000, n_persons),
        "min_overlap_s": 600,
    }


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 40))
def test_same_answer_as_unpartitioned(seed, n_threads, n_parts):
    arrays = town(seed)
    expected = pairs_with_cases(**arrays)
    found = local_engine(n_threads=n_threads, n_parts=n_parts)(**arrays)
    assert expected.case_i.size > 20
    for name in expected._fields:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)


def test_no_visits():
    empty = {
        k: (v[:0] if k in ("place_i", "person_i", "enter_s", "leave_s") else v) for k, v in town(1).items()
    }
    assert local_engine(n_threads=2)(**empty).case_i.size == 0


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
    one, other = find(world, rules, at=AT), find(world, rules, at=AT, engine=local_engine(n_threads=2))
    assert one.found.height == 9
    assert one.found.equals(other.found)


@pytest.mark.parametrize("options", [{"n_threads": 0}, {"n_threads": 1, "n_parts": 0}])
def test_refuses_no_threads(options):
    with pytest.raises(ValueError, match="at least 1"):
        local_engine(**options)
