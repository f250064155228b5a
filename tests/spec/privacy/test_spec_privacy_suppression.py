"""What a bulletin may show of a table, as readable examples; then every line is attacked by subtraction."""

from __future__ import annotations

import numpy as np
import pytest
from tests.factories.text_tables import lines
from tests.unit.privacy.test_suppression import attack

from fireline.privacy.suppression import TOTAL, suppress

TABLE = lines(__file__, "tables")


def grid(text):
    return [row.split() for row in text.split("/")]


def made_of(line):
    counts = np.array(grid(line[2]), int)
    rows, columns = range(counts.shape[0]), range(counts.shape[1])
    return counts, suppress(counts, rows=rows, columns=columns, k=int(line[0]), show_zeros=line[1] == "shown")


@pytest.mark.parametrize("line", TABLE, ids=lambda line: line[2])
def test_what_is_shown(line):
    counts, made = made_of(line)
    rows, columns = [*range(counts.shape[0]), TOTAL], [*range(counts.shape[1]), TOTAL]
    found = [["." if made.values[r, c] is None else str(made.values[r, c]) for c in columns] for r in rows]
    assert found == grid(line[3])
    assert made.is_safe


@pytest.mark.parametrize("line", TABLE, ids=lambda line: line[2])
def test_nothing_hidden_comes_back_by_subtraction(line):
    counts, made = made_of(line)
    n_rows, n_columns = counts.shape
    for (_, key), (low, high) in attack([made], n_rows=n_rows, n_columns=n_columns).items():
        assert high - low >= 1, key


@pytest.mark.parametrize("line", lines(__file__, "editions"), ids=lambda line: line[0])
def test_from_edition_to_edition(line):
    editions = []
    for counts in line[0].split(";"):
        listed = np.array([[int(c)] for c in counts.split()])
        editions.append(
            suppress(listed, rows=range(len(listed)), columns=("n",), k=10, earlier=tuple(editions))
        )
    for made, shown in zip(editions, line[1].split(";"), strict=True):
        keys = [*range(len(shown.split()) - 1), TOTAL]
        assert [
            "." if made.values[k, "n"] is None else str(made.values[k, "n"]) for k in keys
        ] == shown.split()
        assert made.is_safe
