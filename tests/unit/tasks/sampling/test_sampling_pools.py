"""Dorfman pools: the known figures, every size at every prevalence, dilution said, nonsense refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fireline.tasks.sampling.pools import choose_pool, expected_tests, lost_ct, pool_positive
from fireline.tasks.sampling.tables import SCHEMAS

# expected tests for 1,000 people, second tests included (Dorfman 1943, rounded)
KNOWN = {(10, 1e-4): 101, (10, 1e-3): 110, (10, 1e-2): 196, (20, 1e-4): 52, (20, 1e-3): 70, (20, 1e-2): 232}


@pytest.mark.parametrize(("key", "tests"), KNOWN.items())
def test_the_known_figures(key, tests):
    size, prevalence = key
    assert round(expected_tests(prevalence, size)) == tests


@pytest.mark.parametrize("prevalence", [0.0, 0.01, 0.2])
@pytest.mark.parametrize("size", [1, 10, 20])
def test_the_formula_is_what_counting_gives(prevalence, size):
    rng = np.random.default_rng(7)
    ill = rng.random((20_000, size)) < prevalence
    counted = 1000.0 if size == 1 else 1000 * (1 + size * ill.any(axis=1)).mean() / size
    assert expected_tests(prevalence, size) == pytest.approx(counted, abs=15)


def test_imperfect_tests():
    assert pool_positive(0.0, 10, specificity=0.98) == pytest.approx(0.02)
    assert pool_positive(1.0, 10, sensitivity=0.9) == pytest.approx(0.9)
    assert expected_tests(0.01, 10, sensitivity=0.8) < expected_tests(0.01, 10)


@pytest.mark.parametrize(
    ("prevalence", "size"), [(0.0, 20), (1e-4, 20), (1e-3, 20), (1e-2, 10), (0.1, 10), (0.25, 1), (1.0, 1)]
)
def test_the_size_follows_the_prevalence(prevalence, size):
    pools = choose_pool(prevalence)
    assert pools.size == size
    assert dict(pools.options.schema) == SCHEMAS["pool_options"]
    assert pools.options.filter("is_chosen")["pool_size"].to_list() == [size]
    assert pools.tests_per_1000 <= 1.06 * pools.options["tests_per_1000"].min()
    assert str(size) in pools.note.en and "漏检" in pools.note.zh


def test_a_larger_pool_that_saves_next_to_nothing_is_not_taken():
    prevalence = 0.005  # 20 in 1 saves 2 %: not worth another cycle of dilution
    assert expected_tests(prevalence, 20) < expected_tests(prevalence, 10)
    pools = choose_pool(prevalence)
    assert pools.size == 10
    assert "saves 2% only" in pools.options.filter(~pools.options["is_chosen"])["why_en"].to_list()[1]


def test_a_limit_on_dilution_rules_sizes_out():
    assert choose_pool(1e-4, most_lost_ct=4.0).size == 10
    assert choose_pool(1e-4, most_lost_ct=0.0).size == 1
    with pytest.raises(ValueError, match="no pool size"):
        choose_pool(1e-4, sizes=(10, 20), most_lost_ct=1.0)


def test_dilution_is_log2_of_the_size():
    assert [lost_ct(n) for n in (1, 2, 16)] == [0.0, 1.0, 4.0]
    assert lost_ct(10) == pytest.approx(math.log(10, 2))


@pytest.mark.parametrize("wrong", [(-0.1, 10), (1.1, 10), (0.1, 0), (math.nan, 10)])
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError):
        expected_tests(*wrong)
