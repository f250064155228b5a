"""Compressed rows of the backtest's county: shares stay shares whatever the links."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fireline.drill.world.rows import of_links

N = 7
LINKS = st.lists(
    st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.one_of(st.just(0.0), st.floats(1e-6, 1e6))),
    max_size=40,
)


def rows_of(links):
    row, unit, weight = (np.array([x[i] for x in links]) for i in range(3))
    return of_links(N, row.astype(np.int64), unit.astype(np.int64), weight.astype(float))


@settings(max_examples=80, deadline=None)
@given(LINKS)
def test_rows_are_those_of_a_dictionary(links):
    rows = rows_of(links)
    plain: dict[int, dict[int, float]] = {}
    for row, unit, weight in links:
        if weight > 0:
            plain.setdefault(row, {}).setdefault(unit, 0.0)
            plain[row][unit] += weight
    for row in range(N):
        part = slice(rows.first[row], rows.first[row + 1])
        mine = plain.get(row, {})
        assert rows.unit[part].tolist() == sorted(mine)
        total = sum(mine.values())
        np.testing.assert_allclose(rows.share[part], [mine[u] / total for u in sorted(mine)], rtol=1e-9)


@settings(max_examples=80, deadline=None)
@given(LINKS, st.integers(0, 2**32 - 1), st.floats(0, 2))
def test_noise_moves_shares_only(links, seed, sd):
    rows = rows_of(links)
    wrong = rows.noisy(np.random.default_rng(seed), sd=sd)
    np.testing.assert_array_equal(wrong.unit, rows.unit)
    filled = np.diff(rows.first) > 0
    sums = np.bincount(wrong.owner(), weights=wrong.share, minlength=N)
    np.testing.assert_allclose(sums[filled], 1.0, rtol=1e-9)
    if sd == 0:
        np.testing.assert_allclose(wrong.share, rows.share, rtol=1e-9)


@settings(max_examples=80, deadline=None)
@given(LINKS, st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=8))
def test_a_draw_comes_from_its_row_and_follows_the_running_sum(links, uniforms):
    rows = rows_of(links)
    for row in np.flatnonzero(np.diff(rows.first) > 0):
        part = slice(rows.first[row], rows.first[row + 1])
        drawn = rows.draw(np.full(len(uniforms), row), np.array(uniforms))
        assert set(drawn.tolist()) <= set(rows.unit[part].tolist())
        sums = rows.cumulative()[part]
        assert sums[-1] == 1.0
        for unit, u in zip(drawn.tolist(), uniforms, strict=True):
            k = rows.unit[part].tolist().index(unit)
            low = sums[k - 1] if k else 0.0
            assert low - 1e-9 <= u <= sums[k] + 1e-9
