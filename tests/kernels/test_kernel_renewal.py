"""kernels.renewal equals its plain-loop twin, and a few sums worked by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_renewal import naive_window_sums

from fireline.kernels.renewal import window_sums

DAY = st.one_of(st.integers(0, 5).map(float), st.integers(0, 400).map(float), st.just(math.nan))
WEIGHTS = np.array([0.0, 0.5, 0.3, 0.2])


def windows(n_time, width):
    last = np.arange(width, n_time)
    return last - width + 1, last


def assert_same(found, expected, column=0):
    for k, (local, force) in enumerate(expected):
        np.testing.assert_allclose(found.local[k, column], local, rtol=1e-12)
        np.testing.assert_allclose(found.force[k, column], force, rtol=1e-12, atol=1e-12)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(DAY, st.floats(0, 1)), min_size=2, max_size=25),
    st.lists(st.floats(0, 1), min_size=1, max_size=12),
    st.integers(1, 8),
    st.sampled_from([0.0, 0.05, 0.6, 1.0]),
    st.booleans(),
)
def test_equals_twin(days, weights, width, max_missing, is_late):
    total = [n for n, _ in days]
    local = [n if math.isnan(n) else math.floor(n * share) for n, share in days]
    first, last = windows(len(total), width)
    seen = np.linspace(1, 0.05, len(total)) if is_late else None
    found = window_sums(
        np.array(total)[:, None], np.array(local)[:, None], np.array(weights), first=first, last=last,
        max_missing=max_missing, seen=seen,
    )  # fmt: skip
    assert_same(
        found,
        naive_window_sums(total, local, weights, first=first, last=last, max_missing=max_missing, seen=seen),
    )


def test_windows_of_any_length_and_order():
    rng = np.random.default_rng(4)
    total = rng.poisson(6, 40).astype(float)
    first, last = np.array([30, 1, 5, 5]), np.array([39, 1, 20, 5])
    found = window_sums(total[:, None], total[:, None], WEIGHTS, first=first, last=last)
    assert_same(
        found, naive_window_sums(total.tolist(), total.tolist(), WEIGHTS.tolist(), first=first, last=last)
    )


@pytest.mark.parametrize("n_series", [3, 512, 1100])
def test_many_series_side_by_side_do_not_mix(n_series):
    rng = np.random.default_rng(5)
    total = rng.poisson(3, (25, n_series)).astype(float)
    total[7, 1] = np.nan
    first, last = windows(25, 7)
    found = window_sums(total, total, WEIGHTS, first=first, last=last)
    for s in (0, 1, n_series - 1):
        assert_same(
            found,
            naive_window_sums(
                total[:, s].tolist(), total[:, s].tolist(), WEIGHTS.tolist(), first=first, last=last
            ),
            s,
        )
    assert np.isnan(found.local[:, 1]).sum() == 10  # its own seven windows and the three days it reaches


def test_by_hand():
    total = np.array([[4.0], [2.0], [6.0], [1.0]])
    local = np.array([[0.0], [2.0], [5.0], [1.0]])
    found = window_sums(total, local, WEIGHTS, first=np.array([1, 2]), last=np.array([2, 3]))
    # day 1: 0.5*4 = 2; day 2: 0.5*2 + 0.3*4 = 2.2; day 3: 0.5*6 + 0.3*2 + 0.2*4 = 4.4
    assert found.force[:, 0].tolist() == pytest.approx([4.2, 6.6], abs=1e-15)
    assert found.local[:, 0].tolist() == [7.0, 6.0]


def test_lag_zero_is_never_used():
    total = np.arange(10.0)[:, None]
    first, last = windows(10, 3)
    with_zero = window_sums(total, total, np.array([9.0, 0.5]), first=first, last=last)
    without = window_sums(total, total, np.array([0.0, 0.5]), first=first, last=last)
    np.testing.assert_array_equal(with_zero.force, without.force)


def test_missing_days_count_by_what_they_carry():
    total = np.full((20, 1), 5.0)
    total[4] = np.nan
    first, last = windows(20, 1)
    strict = window_sums(total, total, WEIGHTS, first=first, last=last)
    assert np.flatnonzero(np.isnan(strict.force[:, 0])).tolist() == [3, 4, 5, 6]  # rows 4 to 7
    lenient = window_sums(total, total, WEIGHTS, first=first, last=last, max_missing=0.2)
    assert np.flatnonzero(np.isnan(lenient.force[:, 0])).tolist() == [3, 4, 5]
    assert lenient.force[6, 0] == pytest.approx(4.0)  # the missing day counts as nothing
    assert not np.isnan(
        window_sums(total, total, WEIGHTS, first=first, last=last, max_missing=1.0).force[3:, 0]
    ).all()


EDGES = [
    ("no window", np.zeros((5, 2)), [], []),
    ("no series", np.zeros((5, 0)), [1], [4]),
    ("no cases", np.zeros((5, 1)), [1], [4]),
    ("one day", np.ones((2, 1)), [1], [1]),
]


@pytest.mark.parametrize(("total", "first", "last"), [e[1:] for e in EDGES], ids=[e[0] for e in EDGES])
def test_edges(total, first, last):
    found = window_sums(total, total, WEIGHTS, first=np.array(first, int), last=np.array(last, int))
    assert found.local.shape == found.force.shape == (len(first), total.shape[1])
    assert np.isfinite(found.force).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"total": np.zeros(5)}, "total, local, weights"),
        ({"local": np.zeros((5, 2))}, "total, local, weights"),
        ({"weights": np.zeros((2, 2))}, "total, local, weights"),
        ({"first": np.array([1, 2])}, "first, last"),
        ({"first": np.array([0])}, "windows"),
        ({"last": np.array([5])}, "windows"),
        ({"first": np.array([4]), "last": np.array([3])}, "windows"),
        ({"seen": np.ones(4)}, "seen"),
    ],
)
def test_refuses_wrong_input(change, message):
    given_ = {
        "total": np.zeros((5, 1)), "local": np.zeros((5, 1)), "weights": WEIGHTS, "first": np.array([1]),
        "last": np.array([4]), "seen": None,
    } | change  # fmt: skip
    with pytest.raises(ValueError, match=message):
        window_sums(given_.pop("total"), given_.pop("local"), given_.pop("weights"), **given_)
