"""kernels.luck equals its twin, is uniform, and does not repeat itself over neighbouring numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_luck import mixed, naive_uniform

from fireline.kernels.luck import uniforms

# with compilation off the numbers are NumPy scalars, which say that they wrap around; wrapping is the method
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")

WHOLE = st.integers(0, 2**62)


@settings(max_examples=200, deadline=None)
@given(WHOLE, st.lists(st.tuples(st.integers(0, 2**31), WHOLE), max_size=8), st.integers(0, 100))
def test_equals_twin(seed, rows, purpose):
    person, extra = (np.array([r[i] for r in rows], np.int64) for i in (0, 1))
    found = uniforms(seed, person, purpose=purpose, extra=extra)
    assert found.tolist() == [naive_uniform(seed, p, purpose, e) for p, e in rows]


def test_mixing_function_gives_the_published_sequence():
    # first three outputs of splitmix64 for seed 1234567, as published with its reference code
    state, out = 1234567, []
    for _ in range(3):
        out.append(mixed(state))
        state = (state + 0x9E3779B97F4A7C15) % 2**64
    assert out == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_uniform_and_without_correlation():
    n = 20_000
    person, nil = np.arange(n), np.zeros(n, np.int64)
    one = uniforms(7, person, purpose=1, extra=nil)
    assert (one >= 0).all() and (one < 1).all()
    count = np.bincount((one * 100).astype(int), minlength=100)
    assert ((count - n / 100) ** 2 / (n / 100)).sum() < 160  # chi-square, 99 degrees: 1 in 10,000 is 160.0
    for other in (
        uniforms(8, person, purpose=1, extra=nil),
        uniforms(7, person, purpose=2, extra=nil),
        uniforms(7, person, purpose=1, extra=nil + 1),
        np.roll(one, 1),
    ):
        assert abs(np.corrcoef(one, other)[0, 1]) < 4.5 / np.sqrt(n)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="extra"):
        uniforms(1, np.zeros(2, np.int64), purpose=0, extra=np.zeros(3, np.int64))
