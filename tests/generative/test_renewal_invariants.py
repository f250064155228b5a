"""Whatever the counts: order of series, days and names change nothing, and more cases today never lower R."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fireline.signals import classify_trend, estimate_rt, nowcast

FEW = settings(max_examples=30, deadline=None)
COUNTS = st.lists(st.integers(0, 60), min_size=16, max_size=40).map(lambda c: np.array(c, float))
SAID = {"si_mean": 4.0, "si_sd": 2.0}


@FEW
@given(COUNTS, st.permutations(range(4)))
def test_the_order_of_series_changes_nothing(counts, order):
    table = np.column_stack([counts, counts[::-1], counts * 2, np.zeros_like(counts)])
    one, two = estimate_rt(table, **SAID), estimate_rt(table[:, order], **SAID)
    np.testing.assert_array_equal(one.quantiles[:, :, order], two.quantiles)
    np.testing.assert_array_equal(
        classify_trend(table).growing[:, order], classify_trend(table[:, order]).growing
    )


@FEW
@given(COUNTS, st.integers(1, 30))
def test_one_more_case_today_never_lowers_r_or_growth(counts, more):
    higher = counts.copy()
    higher[-1] += more
    at = [counts.size - 1]
    one, two = estimate_rt(counts, **SAID, at=at), estimate_rt(higher, **SAID, at=at)
    assert two.mean[0, 0] > one.mean[0, 0]
    assert (two.quantiles >= one.quantiles).all()


@FEW
@given(COUNTS)
def test_what_happens_later_changes_nothing_before(counts):
    longer = np.concatenate([counts, [99.0, 0.0]])
    one, two = estimate_rt(counts, **SAID), estimate_rt(longer, **SAID)
    np.testing.assert_allclose(one.mean, two.mean[: one.mean.shape[0]], rtol=1e-10)
    at = [counts.size - 1]
    assert classify_trend(counts, at=at).rate == classify_trend(longer, at=at).rate


@FEW
@given(COUNTS, st.data())
def test_calling_cases_imported_never_raises_r(counts, data):
    came = np.array([data.draw(st.integers(0, int(n))) for n in counts], float)
    at = [counts.size - 1]
    one, two = estimate_rt(counts, **SAID, at=at), estimate_rt(counts, imported=came, **SAID, at=at)
    assert (two.mean <= one.mean).all() and (two.quantiles <= one.quantiles).all()


@FEW
@given(COUNTS, st.integers(1, 14))
def test_a_day_not_reported_only_ever_removes_windows(counts, back):
    holes = counts.copy()
    holes[-back] = np.nan
    one, two = estimate_rt(counts, **SAID), estimate_rt(holes, **SAID)
    known = ~np.isnan(two.mean)
    assert not known[one.t_end >= counts.size - back].all()
    np.testing.assert_array_equal(one.mean[known & (one.t_end < counts.size - back)[:, None]],
                                  two.mean[known & (one.t_end < counts.size - back)[:, None]])  # fmt: skip


@FEW
@given(st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=1, max_size=25))
def test_a_nowcast_never_takes_a_reported_case_away(cells):
    triangle = np.array(cells, float)
    for t in range(len(triangle)):
        triangle[t, max(0, len(triangle) - t) :] = 0
    found = nowcast(triangle)
    assert (found.low >= found.reported).all() and (found.expected >= found.reported - 1e-9).all()
    assert (found.high >= found.low).all() and ((found.seen >= 0) & (found.seen <= 1)).all()
