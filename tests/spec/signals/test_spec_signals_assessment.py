"""The matrix of the risk assessment, cell by cell, and what it promises as a whole."""

from __future__ import annotations

import itertools

import pytest
from tests.factories.text_tables import lines

from fireline.signals.assessment import IMPACTS, LIKELIHOODS, MATRIX, level_of
from fireline.signals.model import LEVELS

TABLE = lines(__file__, "assessment")


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line[0]} {line[1]}")
def test_cell(line):
    likelihood, impact, level = line
    assert level_of(likelihood, impact) == level


def test_every_cell_stands_in_the_table():
    assert {(a, b) for a, b, _ in TABLE} == set(itertools.product(LIKELIHOODS, IMPACTS))
    assert set(MATRIX) == set(LIKELIHOODS)


def test_no_level_falls_when_likelihood_or_impact_grows():
    rank = {(a, b): LEVELS.index(level_of(a, b)) for a, b in itertools.product(LIKELIHOODS, IMPACTS)}
    for low, high in itertools.pairwise(LIKELIHOODS):
        assert all(rank[low, i] <= rank[high, i] for i in IMPACTS)
    for low, high in itertools.pairwise(IMPACTS):
        assert all(rank[x, low] <= rank[x, high] for x in LIKELIHOODS)


def test_what_is_not_in_the_lists_has_no_level():
    with pytest.raises(KeyError):
        level_of("certain", "minimal")
    with pytest.raises(KeyError):
        level_of("likely", "huge")
