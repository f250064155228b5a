"""The spread of unseen infections says what the plain loops say, compiled or not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import naive_zone_risk as naive

from fireline.kernels import zone_risk as kernel

FIGURES = {"away": 0.3, "at_home": 0.4, "recall": 0.7, "reproduction": 2.5}


def world(seed, *, n=7, n_cases=4, n_visits=9, density=0.4):
    """A random small question: some units without people or rows, a case without a home, empty shares."""
    rng = np.random.default_rng(seed)
    links = (rng.random((n, n)) < density) & ~np.eye(n, dtype=bool)
    row = np.concatenate(([0], np.cumsum(links.sum(axis=1)))).astype(np.int64)
    unit = np.nonzero(links)[1].astype(np.int64)
    share = rng.random(len(unit)) * (rng.random(len(unit)) < 0.9)
    people = np.round(rng.lognormal(5, 1, n)) * (rng.random(n) < 0.8)
    case = rng.integers(0, max(n_cases, 1), n_visits if n_cases else 0)
    seeds = kernel.Seeds(
        rng.integers(-1, n, n_cases), rng.random(n_cases), rng.random(n_cases),
        rng.random(n_cases) * (rng.random(n_cases) < 0.5), rng.random(n_cases) * (rng.random(n_cases) < 0.5),
        case, rng.integers(0, n, len(case)), rng.random(len(case)), rng.random(len(case)),
        rng.random(len(case)), rng.random(n_cases) < 0.6, rng.random(n_cases) < 0.6,
    )  # fmt: skip
    noise, factor = rng.lognormal(0, 0.7, len(unit)), rng.gamma(0.5, 2, n_cases)
    return seeds, (row, unit, share), {"noise": noise, "people": people, "factor": factor}


def both(seed, *, figures=FIGURES, **shape):
    seeds, travel, arrays = world(seed, **shape)
    return (
        kernel.spread(seeds, kernel.turn(*travel), **arrays, **figures),
        np.array(naive.spread(seeds, *travel, **arrays, **figures)).reshape(5, -1),
    )


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(1, 9), st.integers(0, 5), st.integers(0, 9), st.sampled_from([0.0, 0.4, 1.0]),
    st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from([0.0, 0.6, 1.0]),
)  # fmt: skip
def test_it_says_what_the_loops_say(seed, n, n_cases, n_visits, density, away, recall):
    figures = FIGURES | {"away": away, "recall": recall}
    found, expected = both(seed, figures=figures, n=n, n_cases=n_cases, n_visits=n_visits, density=density)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_plain_python_gives_the_same(seed, monkeypatch):
    for name in ("_leave", "_meet", "_spread"):
        monkeypatch.setattr(kernel, name, getattr(kernel, name).py_func)
    found, expected = both(seed)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_nobody_is_lost(seed):
    """Every person infected at home or away lives somewhere: the masses of the parts add up."""
    seeds, travel, arrays = world(seed, n_visits=0)
    known = seeds.home >= 0
    seeds = seeds._replace(has_visits=np.zeros(4, bool), has_exposure=np.zeros(4, bool))
    found = kernel.spread(seeds, kernel.turn(*travel), **arrays, **FIGURES)
    leaves = FIGURES["reproduction"] * (1 - FIGURES["at_home"])
    made = (seeds.ahead * arrays["factor"])[known].sum() * FIGURES["reproduction"]
    assert found[:3].sum() == pytest.approx(made * leaves)
    assert found[3].sum() == pytest.approx(seeds.source_ahead[known].sum() * leaves)
    again = (seeds.later * arrays["factor"])[known].sum() * FIGURES["reproduction"]
    again += seeds.source_later[known].sum()
    assert found[4].sum() == pytest.approx(again * FIGURES["reproduction"] * leaves)


def test_turned_rows_hold_the_same_links():
    _, (row, unit, share), _ = world(3)
    travel = kernel.turn(row, unit, share)
    source = np.repeat(np.arange(7), np.diff(row))
    for v in range(7):
        links = travel.back_link[travel.back_row[v] : travel.back_row[v + 1]]
        assert (unit[links] == v).all()
        assert (
            source[links].tolist() == travel.back_unit[travel.back_row[v] : travel.back_row[v + 1]].tolist()
        )
    assert travel.back_row[-1] == len(unit)


def test_wrong_shapes_are_refused_by_name():
    seeds, (row, unit, share), arrays = world(1)
    with pytest.raises(ValueError, match="travel_share: expected shape"):
        kernel.turn(row, unit, share[:-1])
    with pytest.raises(ValueError, match="travel_row: expected ascending"):
        kernel.turn(row[::-1], unit, share)
    with pytest.raises(ValueError, match="travel_unit: row 0"):
        kernel.turn(row, unit + 50, share)
    travel = kernel.turn(row, unit, share)
    with pytest.raises(ValueError, match="noise"):
        kernel.spread(seeds, travel, **(arrays | {"noise": arrays["noise"][:-1]}), **FIGURES)
    with pytest.raises(ValueError, match="factor"):
        kernel.spread(seeds, travel, **(arrays | {"factor": arrays["factor"][:-1]}), **FIGURES)
    with pytest.raises(ValueError, match="visit_unit: row 0"):
        kernel.spread(seeds._replace(visit_unit=seeds.visit_unit + 50), travel, **arrays, **FIGURES)
    with pytest.raises(ValueError, match="visit_case: row 0"):
        kernel.spread(seeds._replace(visit_case=seeds.visit_case + 50), travel, **arrays, **FIGURES)
    with pytest.raises(ValueError, match="home: row"):
        kernel.spread(seeds._replace(home=seeds.home + 50), travel, **arrays, **FIGURES)
