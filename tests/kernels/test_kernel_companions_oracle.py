"""Companions, nearness and backward search give the checksums that DuckDB gives from the definitions in SQL."""

import duckdb
import numpy as np
import pytest
from benchmarks.city import build_city
from benchmarks.companions import HEAD, rows

pytestmark = pytest.mark.long


def test_checksums_of_a_made_up_city():
    lines = []
    found = rows(
        build_city(1_500, days=14, seed=3), duckdb.connect(), np.random.default_rng(3), n=3, report=lines.append,
        near_persons=300,
    )  # fmt: skip
    assert [row.query.split()[0] for row in found] == ["Q3", "Q6", "Q6", "Q5"]
    assert all(row.is_equal for row in found), lines
    assert all(row.rows_p50 > 0 for row in found[:3])
    assert len(lines) == 6 and all(
        len(line.split("|")) == len(HEAD.split("\n")[0].split("|")) for line in lines[2:]
    )
