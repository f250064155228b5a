"""kernels.combine equals its plain-loop twin, and is standard normal where the scores are."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_combine import naive_combine

from fireline.kernels.combine import combine, resample

RTOL = 1e-10
SCORE = st.one_of(st.floats(-5, 9), st.just(math.nan))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(SCORE, SCORE, SCORE), min_size=1, max_size=15),
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 1)),
    st.integers(1, 6),
)
def test_equals_twin(rows, delay, weight, n_starts):
    rng = np.random.default_rng(len(rows))
    profile = np.round(rng.random((3, n_starts)), 2)
    z = np.array(rows).reshape(-1, 1, 3)
    found = combine(z, delay=np.array(delay), weight=np.array(weight), profile=profile)
    for t in range(len(rows)):
        expected = naive_combine([list(r) for r in rows], t, delay, weight, profile.tolist())
        np.testing.assert_allclose(found[t, 0], expected, rtol=RTOL, atol=1e-12)


def test_areas_do_not_mix_and_rows_can_be_left_out():
    rng = np.random.default_rng(1)
    z = rng.standard_normal((20, 4, 2))
    options = {"delay": np.array([0, 2]), "weight": np.array([1.0, 0.5]), "profile": np.ones((2, 5))}
    whole = combine(z, **options)
    np.testing.assert_array_equal(combine(z[:, [2]], **options)[:, 0], whole[:, 2])
    np.testing.assert_array_equal(combine(z, first_row=15, **options), whole[15:])
    assert np.isnan(whole[0, :, 1:]).all()  # nothing began before the first day


def test_windows_of_the_past_as_they_were_give_the_same_sums():
    rng = np.random.default_rng(2)
    z = rng.standard_normal((28, 3, 2))
    options = {"delay": np.array([0, 1]), "weight": np.array([1.0, 0.5]), "profile": rng.random((2, 7))}
    whole = combine(z, **options)
    start = np.array([[7, 14], [0, 7]])
    found = resample(z, area=np.array([1, 2]), start=start, block=7, **options)
    np.testing.assert_allclose(found, [whole[20, 1], whole[13, 2]], rtol=1e-12)


def test_independent_scores_stay_standard_normal():
    rng = np.random.default_rng(3)
    z = rng.standard_normal((4_000, 2, 3))
    found = combine(z, delay=np.zeros(3, np.int64), weight=np.array([1.0, 2, 3]), profile=rng.random((3, 6)))[
        10:
    ]
    assert np.abs(found.mean(axis=(0, 1))).max() < 0.05
    np.testing.assert_allclose(found.std(axis=(0, 1)), 1, atol=0.04)


def test_a_shift_in_every_stream_adds_up():
    z = np.ones((10, 1, 4))
    found = combine(z, delay=np.zeros(4, np.int64), weight=np.ones(4), profile=np.ones((4, 3)))
    np.testing.assert_allclose(found[5, 0], [2, 2 * math.sqrt(2), 2 * math.sqrt(3)])


OPTIONS = {"delay": np.zeros(2, np.int64), "weight": np.ones(2), "profile": np.ones((2, 3))}


@pytest.mark.parametrize(
    ("z", "change", "message"),
    [
        (np.zeros((4, 2)), {}, "z: expected shape"),
        (np.zeros((4, 1, 2)), {"delay": np.zeros(3, np.int64)}, "delay: expected shape"),
        (np.zeros((4, 1, 2)), {"weight": np.ones(3)}, "weight: expected shape"),
        (np.zeros((4, 1, 2)), {"profile": np.ones((3, 3))}, "profile: expected shape"),
        (np.zeros((4, 1, 2)), {"profile": np.ones((2, 0))}, "profile: expected shape"),
        (np.zeros((4, 1, 2)), {"delay": np.array([0, -1])}, "delay and weight"),
    ],
)
def test_refuses_wrong_input(z, change, message):
    with pytest.raises(ValueError, match=message):
        combine(z, **{**OPTIONS, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": np.array([[3]])}, "start: row 0"),
        ({"area": np.array([1])}, "area: row 0"),
        ({"area": np.array([0, 0])}, "start: expected shape"),
        ({"block": 0}, "start: expected shape"),
    ],
)
def test_resample_refuses_wrong_input(change, message):
    options = {"area": np.array([0]), "start": np.array([[0]]), "block": 2, **OPTIONS}
    with pytest.raises(ValueError, match=message):
        resample(np.zeros((4, 1, 2)), **{**options, **change})


def test_nothing_in_nothing_out():
    assert combine(np.zeros((0, 0, 2)), **OPTIONS).shape == (0, 0, 3)
    assert np.isnan(combine(np.full((3, 1, 2), np.nan), **OPTIONS)).all()
