"""kernels.delays equals its plain-loop twin, and finds the delays that made a triangle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factories.epidemics import delays_like, late_reports
from tests.reference.naive_delays import naive_fit, opening

from fireline.kernels.delays import fit_delays


def weekdays(n_days):
    return np.arange(n_days) % 7


def assert_same(found, expected):
    for array, value in zip(found[:4], expected[:4], strict=True):
        np.testing.assert_allclose(array, value, rtol=1e-7, atol=1e-9)
    assert found.dispersion == pytest.approx(expected[4], rel=1e-6)


@st.composite
def triangles(draw):
    """A small triangle without reports after the last day or on a closed day."""
    n_days, n_delays = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    is_closed = draw(st.lists(st.sampled_from([False, False, True]), min_size=n_days, max_size=n_days))
    cells = draw(st.lists(st.integers(0, 6), min_size=n_days * n_delays, max_size=n_days * n_delays))
    triangle = np.array(cells, float).reshape(n_days, n_delays)
    for t in range(n_days):
        for d in range(n_delays):
            if t + d >= n_days or is_closed[t + d]:
                triangle[t, d] = 0
    return triangle, np.array(is_closed)


@settings(max_examples=40, deadline=None)
@given(triangles())
def test_equals_twin(given_):
    triangle, is_closed = given_
    weekday = weekdays(len(triangle))
    found = fit_delays(triangle, weekday=weekday, is_closed=is_closed)
    assert_same(found, naive_fit(triangle.tolist(), weekday.tolist(), is_closed.tolist()))


def test_equals_twin_with_enough_cases_for_a_dispersion():
    rng = np.random.default_rng(1)
    triangle, _ = late_reports(rng, rng.poisson(12, 24), delays=delays_like(4), scatter=0.3)
    weekday, is_closed = weekdays(24), np.zeros(24, bool)
    found = fit_delays(triangle, weekday=weekday, is_closed=is_closed)
    assert_same(found, naive_fit(triangle.tolist(), weekday.tolist(), is_closed.tolist()))
    assert found.dispersion > 1.2  # delays differ from day to day


def test_finds_the_delays():
    rng = np.random.default_rng(2)
    delays = delays_like(10)
    triangle, _ = late_reports(rng, rng.poisson(200, 60), delays=delays)
    found = fit_delays(triangle, weekday=weekdays(60), is_closed=np.zeros(60, bool))
    np.testing.assert_allclose(found.delay, delays, atol=0.01)
    np.testing.assert_allclose(found.weekday, 1, atol=0.06)
    np.testing.assert_allclose(found.seen[-10:], np.cumsum(delays)[::-1], atol=0.02)
    assert (found.seen[:-10] == 1).all() and found.dispersion < 1.15


def test_truncation_is_not_taken_for_speed():
    """In a growing outbreak most reports seen are young; a plain mean of delays would be far too short."""
    rng = np.random.default_rng(3)
    delays = delays_like(15)
    triangle, _ = late_reports(rng, rng.poisson(5 * np.exp(0.12 * np.arange(40))), delays=delays)
    found = fit_delays(triangle, weekday=weekdays(40), is_closed=np.zeros(40, bool))
    k = np.arange(15)
    plain = (triangle.sum(axis=0) * k).sum() / triangle.sum()
    assert plain < 0.9 * (delays * k).sum()
    assert (found.delay * k).sum() == pytest.approx((delays * k).sum(), rel=0.06)


def test_closed_days_wait_for_the_next_open_day():
    rng = np.random.default_rng(4)
    delays = delays_like(12)
    triangle, _ = late_reports(rng, rng.poisson(150, 70), delays=delays, weekend="closed")
    is_closed = np.arange(70) % 7 >= 5
    found = fit_delays(triangle, weekday=weekdays(70), is_closed=is_closed)
    k = np.arange(12)
    assert (found.delay * k).sum() == pytest.approx((delays * k).sum(), abs=0.4)
    last = 69  # a Sunday: nothing of Saturday and Sunday is seen
    assert is_closed[last] and found.seen[last] == 0 and found.seen[last - 1] == 0


def test_a_slow_weekday_is_seen():
    rng = np.random.default_rng(5)
    triangle, _ = late_reports(rng, rng.poisson(60, 70), delays=delays_like(12), weekend="half")
    found = fit_delays(triangle, weekday=weekdays(70), is_closed=np.zeros(70, bool))
    assert found.weekday[5:].max() < 0.7 < 1.3 < found.weekday[0]


def test_opening_is_the_next_open_day():
    assert [opening([True, False, True, True], t) for t in range(4)] == [1, 1, None, None]


EDGES = [
    ("no cases", np.zeros((6, 3))),
    ("one day", np.array([[4.0]])),
    ("no delay", np.arange(8.0)[:, None]),
    ("shorter than the delays", np.array([[2.0, 1, 0, 0, 0], [3, 0, 0, 0, 0]])),
]


@pytest.mark.parametrize("triangle", [e[1] for e in EDGES], ids=[e[0] for e in EDGES])
def test_edges(triangle):
    n = len(triangle)
    found = fit_delays(triangle, weekday=weekdays(n), is_closed=np.zeros(n, bool))
    assert found.delay.sum() == pytest.approx(1)
    assert ((found.seen > 0) & (found.seen <= 1)).all() and np.isfinite(found.log_variance).all()
    assert_same(found, naive_fit(triangle.tolist(), weekdays(n).tolist(), [False] * n))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"triangle": np.zeros(5)}, "triangle, weekday"),
        ({"triangle": np.zeros((5, 0))}, "triangle, weekday"),
        ({"weekday": np.zeros(4, int)}, "triangle, weekday"),
        ({"is_closed": np.zeros(4, bool)}, "is_closed"),
        ({"triangle": np.full((5, 2), -1.0)}, "none negative or missing"),
        ({"triangle": np.full((5, 2), np.nan)}, "none negative or missing"),
        ({"triangle": np.ones((5, 2))}, "after the last day"),
        ({"triangle": np.ones((5, 1)), "is_closed": np.array([0, 1, 0, 0, 0], bool)}, "closed"),
    ],
)
def test_refuses_wrong_input(change, message):
    given_ = {"triangle": np.zeros((5, 2)), "weekday": weekdays(5), "is_closed": np.zeros(5, bool)} | change
    with pytest.raises(ValueError, match=message):
        fit_delays(given_["triangle"], weekday=given_["weekday"], is_closed=given_["is_closed"])
