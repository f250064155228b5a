"""kernels.chains equals its twins; the drawing has no overlap and no run through a node."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_chains import drawing_faults, naive_components, naive_generations

from fireline.kernels import chains

N = 9
LINKS = st.lists(st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)), max_size=14)


def ends(links):
    array = np.array(links, np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


@settings(max_examples=120, deadline=None)
@given(LINKS)
def test_components_equal_twin(links):
    a, b = ends(links)
    assert chains.components(N, a=a, b=b).tolist() == naive_components(N, links)


@settings(max_examples=120, deadline=None)
@given(LINKS)
def test_generations_equal_twin(links):
    a, b = ends(links)
    assert chains.generations(N, infector=a, infectee=b).tolist() == naive_generations(N, links)


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ([], [-1, -1, -1, -1]),
        ([(0, 1), (1, 2)], [0, 1, 2, -1]),
        ([(0, 1), (1, 0)], [-1, -1, -1, -1]),  # a ring has no beginning
        ([(0, 1), (1, 2), (2, 1)], [0, 1, 2, -1]),  # a ring fed from outside has one
        ([(0, 0), (0, 1)], [0, 1, -1, -1]),  # nobody infects oneself
        ([(0, 2), (1, 2), (0, 1)], [0, 1, 1, -1]),  # two stated infectors: the shorter way
    ],
)
def test_generations_by_hand(links, expected):
    a, b = ends(links)
    assert chains.generations(4, infector=a, infectee=b).tolist() == expected


@st.composite
def forests(draw, least=-2, most=6):
    """Forests with any serial interval, negative and zero included."""
    n = draw(st.integers(0, 30))
    parent, day = [], []
    for k in range(n):
        p = draw(st.integers(-1, k - 1))
        parent.append(p)
        day.append(draw(st.integers(-3, 12)) if p < 0 else day[p] + draw(st.integers(least, most)))
    return parent, day


@settings(max_examples=200, deadline=None)
@given(forests())
def test_drawing_has_no_faults(forest):
    parent, day = forest
    rows = chains.layout_rows(np.array(parent, np.int64), day=np.array(day, np.int64)).tolist()
    assert drawing_faults(parent, day, rows) == []
    assert not rows or min(rows) >= 0


@settings(max_examples=60, deadline=None)
@given(forests(), st.integers(-400, 20_000))
def test_shifting_all_days_moves_nothing(forest, shift):
    parent, day = (np.array(x, np.int64) for x in forest)
    before = chains.layout_rows(parent, day=day)
    assert (chains.layout_rows(parent, day=day + shift) == before).all()


def test_drawing_by_hand():
    # 0 infects 1 (day 5) and 2 (day 3); the later onset lies nearer; 3 stands alone on day 9
    rows = chains.layout_rows(np.array([-1, 0, 0, -1]), day=np.array([0, 5, 3, 9]))
    assert rows.tolist() == [0, 1, 2, 0]


def test_a_wide_forest_needs_fewer_rows_than_cases():
    rng = np.random.default_rng(1)
    parent, day = [], []
    for k in range(600):
        p = -1 if k < 15 else int(rng.integers(max(0, k - 60), k))
        parent.append(p)
        day.append(int(rng.integers(0, 4)) if p < 0 else day[p] + int(rng.integers(1, 8)))
    rows = chains.layout_rows(np.array(parent), day=np.array(day)).tolist()
    assert drawing_faults(parent, day, rows) == []
    assert max(rows) + 1 < 0.75 * len(rows)


@pytest.mark.parametrize(
    ("parent", "day", "expected"),
    [
        ([1, 0], [4, 2], [1, -1]),  # the earlier one is freed
        ([1, 2, 0], [3, 3, 3], [-1, 2, 0]),  # a tie frees the smallest index
        ([0], [1], [-1]),
        ([-1, 0, 1], [1, 2, 3], [-1, 0, 1]),
        ([1, 2, 1, 0], [5, 4, 3, 9], [1, 2, -1, 0]),
        ([], [], []),
    ],
)
def test_rings_are_cut_once(parent, day, expected):
    cut = chains.cut_rings(np.array(parent, np.int64), day=np.array(day, np.int64))
    assert cut.tolist() == expected


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(-1, 7), min_size=8, max_size=8), st.lists(st.integers(0, 5), min_size=8, max_size=8)
)
def test_after_cutting_every_walk_ends(parent, day):
    cut = chains.cut_rings(np.array(parent), day=np.array(day)).tolist()
    for node in range(8):
        for _ in range(9):
            node = cut[node] if node >= 0 else -1
        assert node == -1
    assert all(new in (old, -1) for new, old in zip(cut, parent, strict=True))


def test_refuses_rings_and_strangers():
    with pytest.raises(ValueError, match="ring"):
        chains.layout_rows(np.array([1, 0]), day=np.array([0, 0]))
    with pytest.raises(ValueError, match="a: row 0 is outside"):
        chains.components(2, a=np.array([2]), b=np.array([0]))
    with pytest.raises(ValueError, match="infectee: expected shape"):
        chains.generations(2, infector=np.array([0]), infectee=np.array([], np.int64))
