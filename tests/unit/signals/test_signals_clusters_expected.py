"""Baselines: what each expects, that sums agree, and that unreported cells stand on neither side."""

import numpy as np
import pytest

from fireline.signals.clusters.expected import margins, population_by_step, supplied, uniform_rate
from fireline.signals.clusters.model import ScanBaseline

NAN = np.nan
COUNTS = np.array([[2.0, 0.0, 4.0], [1.0, 3.0, 2.0]])
PEOPLE = np.array([[10.0, 20.0, 30.0], [10.0, 20.0, 60.0]])
GAP = np.array([[2.0, NAN, 4.0], [1.0, 3.0, 2.0]])


def test_one_rate_for_all():
    found = uniform_rate(COUNTS, population=PEOPLE)
    np.testing.assert_allclose(found.cells, PEOPLE * 12 / 150)
    assert found.baseline is ScanBaseline.UNIFORM_RATE
    np.testing.assert_allclose(uniform_rate(COUNTS).cells, 2.0)
    np.testing.assert_allclose(uniform_rate(COUNTS, population=[1, 2, 3]).cells, [[1, 2, 3], [1, 2, 3]])


def test_the_same_number_in_every_step():
    found = population_by_step(COUNTS, population=PEOPLE)
    np.testing.assert_allclose(found.cells.sum(axis=1), [6, 6])
    np.testing.assert_allclose(found.cells[1], np.array([10, 20, 60]) * 6 / 90)
    assert found.baseline is ScanBaseline.POPULATION_BY_STEP


def test_margins_are_products():
    found = margins(COUNTS)
    np.testing.assert_allclose(found.cells, np.outer([6, 6], [3, 3, 6]) / 12)
    assert found.baseline is ScanBaseline.MARGINS


def test_margins_around_a_gap_keep_the_sums():
    found = margins(GAP)
    assert found.cells[0, 1] == 0
    np.testing.assert_allclose(found.cells.sum(axis=1), [6, 6], rtol=1e-9)
    np.testing.assert_allclose(found.cells.sum(axis=0), [3, 3, 6], rtol=1e-9)
    # over the open cells the ratio of two steps is the same in every area
    assert found.cells[0, 0] / found.cells[1, 0] == pytest.approx(found.cells[0, 2] / found.cells[1, 2])


def test_supplied_is_taken_as_it_is():
    expected = np.array([[1.0, NAN, 3.0], [1.0, 1.0, 0.0]])
    counts = np.array([[2.0, 9.0, 4.0], [1.0, NAN, 0.0]])
    found = supplied(counts, expected=expected)
    assert found.cells.tolist() == [[1, 0, 3], [1, 0, 0]]
    assert found.counts.tolist() == [[2, 0, 4], [1, 0, 0]]
    assert found.is_reported.tolist() == [[True, False, True], [True, False, True]]


@pytest.mark.parametrize("make", [uniform_rate, margins, lambda c: uniform_rate(c, population=PEOPLE), lambda c: population_by_step(c, population=PEOPLE)])  # fmt: skip
@pytest.mark.parametrize("counts", [COUNTS, GAP], ids=["whole", "gap"])
def test_all_cases_are_expected_somewhere(make, counts):
    found = make(counts)
    assert found.cells.sum() == pytest.approx(np.nansum(counts))
    assert (found.cells[np.isnan(counts)] == 0).all() and (found.counts[np.isnan(counts)] == 0).all()
    assert (found.is_reported == ~np.isnan(counts)).all()


@pytest.mark.parametrize("make", [uniform_rate, margins])
def test_no_case_at_all(make):
    assert not make(np.zeros((3, 2))).cells.any()
    assert not make(np.full((3, 2), NAN)).cells.any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: uniform_rate(np.zeros(3)), "counts: expected shape"),
        (lambda: uniform_rate([[1.0, -1.0]]), "counts: row 0, column 1"),
        (lambda: uniform_rate([[1.0, 0.5]]), "counts: row 0, column 1"),
        (lambda: uniform_rate([[np.inf, 0.0]]), "counts: row 0, column 0"),
        (lambda: uniform_rate(COUNTS, population=[1, 2]), "population: expected shape"),
        (lambda: uniform_rate(COUNTS, population=[1, -2, 3]), "population: every number"),
        (lambda: uniform_rate(COUNTS, population=[0, 1, 1]), "population: row 0, column 0 is 0 where cases"),
        (lambda: population_by_step(COUNTS, population=[0, 1, 1]), "population: row 0, column 0"),
        (lambda: supplied(COUNTS, expected=[[1.0]]), "expected: expected shape"),
        (lambda: supplied(COUNTS, expected=-COUNTS), "expected: every number"),
        (lambda: supplied(COUNTS, expected=np.zeros((2, 3))), "expected: row 0, column 0 is 0 where cases"),
    ],
)
def test_refuses_wrong_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
