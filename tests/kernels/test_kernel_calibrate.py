"""kernels.calibrate equals its plain-loop twin; what comes out is uniform where the past was like the present."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_calibrate import naive_calibrate, naive_quiet

from fireline.kernels.calibrate import LEAST_P, N_BINS, TAIL, calibrate, quiet

RTOL = 1e-9  # the twin adds its weights in another order
P = st.one_of(st.floats(0, 1), st.floats(0, 0.03), st.just(math.nan), st.just(0.0), st.just(1.0))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(P, P, st.booleans(), st.booleans()), min_size=1, max_size=25),
    st.integers(1, 4),
    st.sampled_from([20.0, 1e9]),
)
def test_equals_twin(rows, hold, memory):
    p = np.array([[a, b] for a, b, _, _ in rows])
    is_quiet = np.array([[a, b] for _, _, a, b in rows])
    asked = p[::-1].copy()
    found = calibrate(p, asked, is_quiet, group=np.zeros(2, np.int64), n_groups=1, hold=hold, memory=memory)
    for t in range(len(rows)):
        for s in range(2):
            for name, values in (("reference", p), ("asked", asked)):
                expected = naive_calibrate(p, values[t, s], is_quiet, t, hold=hold, memory=memory)
                np.testing.assert_allclose(getattr(found, name)[t, s], expected, rtol=RTOL)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(P, st.just(0.001)), max_size=20))
def test_quiet_equals_twin(series):
    assert quiet(np.array(series, float).reshape(-1, 1))[:, 0].tolist() == naive_quiet(series)


def test_each_group_forgets_at_its_own_pace():
    rng = np.random.default_rng(6)
    p = rng.random((60, 2))
    options = {"group": np.array([0, 1]), "n_groups": 2}
    both = calibrate(
        p, p, np.ones(p.shape, bool), memory=np.array([10.0, 100.0]), hold=np.array([2, 9]), **options
    )
    for s, (memory, hold) in enumerate(((10.0, 2), (100.0, 9))):
        one = calibrate(p, p, np.ones(p.shape, bool), memory=memory, hold=hold, **options)
        np.testing.assert_array_equal(both.asked[:, s], one.asked[:, s])


def test_groups_do_not_mix():
    rng = np.random.default_rng(1)
    p = rng.random((50, 3))
    p[:, 2] **= 3
    is_quiet = np.ones(p.shape, bool)
    both = calibrate(p, p, is_quiet, group=np.array([0, 0, 1]), n_groups=2)
    alone = calibrate(p[:, [2]], p[:, [2]], is_quiet[:, [2]], group=np.array([0]), n_groups=1)
    np.testing.assert_array_equal(both.asked[:, 2], alone.asked[:, 0])
    np.testing.assert_array_equal(both.power[:, 1], alone.power[:, 0])


@pytest.mark.parametrize("power", [0.5, 1.0, 1.6])
def test_a_wrong_model_is_set_right(power):
    """Values that are too small, or too large, come out uniform, far into the tail."""
    rng = np.random.default_rng(3)
    p = rng.random((400, 100)) ** power
    found = calibrate(p, p, np.ones(p.shape, bool), group=np.zeros(100, np.int64), n_groups=1)
    later = found.reference[100:]
    for at in (1e-4, 0.001, 0.01, 0.05, 0.5, 0.9):
        n = later.size
        assert np.mean(later < at) == pytest.approx(at, abs=4 * math.sqrt(at * (1 - at) / n) + 0.12 * at)


def test_before_there_is_a_past_nothing_is_changed():
    p = np.linspace(0, 1, 11).reshape(1, -1)
    found = calibrate(p, p, np.ones(p.shape, bool), group=np.zeros(11, np.int64), n_groups=1)
    np.testing.assert_allclose(found.asked, np.maximum(p, LEAST_P), rtol=1e-12)
    assert found.n_known[0, 0] == 0 and found.power[0, 0] == 1.0


def test_the_map_rises_and_has_no_jump_at_the_tail():
    rng = np.random.default_rng(5)
    past = np.vstack([rng.random((60, 40)) ** 2, np.full((1, 40), np.nan)])
    asked = np.full(past.shape, np.nan)
    asked[-1] = np.sort(np.r_[np.geomspace(1e-9, 0.019, 20), np.linspace(0.0201, 1, 20)])
    found = calibrate(past, asked, np.ones(past.shape, bool), group=np.zeros(40, np.int64), n_groups=1)
    assert (np.diff(found.asked[-1]) > 0).all()
    edge = np.array([TAIL - 1e-9, TAIL + 1e-9])
    asked[-1, :2] = edge
    two = calibrate(past, asked, np.ones(past.shape, bool), group=np.zeros(40, np.int64), n_groups=1).asked[
        -1, :2
    ]
    assert two[0] == pytest.approx(two[1], rel=1e-5)
    assert N_BINS * TAIL == 4


def test_runs_of_surprises_are_no_reference():
    p = np.full((30, 1), 0.4)
    p[10:16] = 0.001
    assert quiet(p)[:, 0].tolist() == [True] * 8 + [False] * 10 + [True] * 12
    one = np.full((30, 1), 0.4)
    one[[5, 20], 0] = 1e-9  # single surprises stay
    assert quiet(one).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reference": np.zeros(4)}, "reference: expected shape"),
        ({"asked": np.zeros((4, 3))}, "asked: expected shape"),
        ({"is_quiet": np.ones((3, 2), bool)}, "is_quiet: expected shape"),
        ({"group": np.zeros(3, np.int64)}, "group: expected shape"),
        ({"group": np.array([0, 1])}, "group: row 1"),
        ({"hold": 0}, "hold"),
        ({"memory": 1.0}, "memory"),
    ],
)
def test_refuses_wrong_input(change, message):
    options = {
        "reference": np.zeros((4, 2)), "asked": np.zeros((4, 2)), "is_quiet": np.ones((4, 2), bool),
        "group": np.zeros(2, np.int64), "n_groups": 1, "hold": 7,
    }  # fmt: skip
    given_ = {**options, **change}
    with pytest.raises(ValueError, match=message):
        calibrate(given_.pop("reference"), given_.pop("asked"), given_.pop("is_quiet"), **given_)


def test_quiet_refuses_one_dimension():
    with pytest.raises(ValueError, match="p: expected shape"):
        quiet(np.zeros(4))
