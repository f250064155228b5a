"""The kernels of renewal as plain Python give the same answers: the compiled code is the code that is read."""

import numpy as np
import pytest
from tests.factories.epidemics import delays_like, late_reports
from tests.reference.naive_delays import naive_fit
from tests.reference.naive_growth import naive_growth
from tests.reference.naive_levels import naive_levels
from tests.reference.naive_renewal import naive_window_sums

from fireline.kernels import delays, growth, levels, renewal


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    for module in (delays, growth, levels, renewal):
        for name, function in list(vars(module).items()):
            if hasattr(function, "py_func"):
                monkeypatch.setattr(module, name, function.py_func)


@pytest.mark.parametrize("hole", [None, 6])
def test_window_sums(hole):
    total = np.random.default_rng(1).poisson(5, 20).astype(float)
    if hole is not None:
        total[hole] = np.nan
    weights = [0.0, 0.5, 0.0, 0.3, 0.2]
    first, last = np.array([1, 8, 13]), np.array([7, 12, 19])
    found = renewal.window_sums(total[:, None], total[:, None], np.array(weights), first=first, last=last)
    for k, row in enumerate(
        naive_window_sums(total.tolist(), total.tolist(), weights, first=first, last=last)
    ):
        np.testing.assert_allclose([found.local[k, 0], found.force[k, 0]], row, rtol=1e-12)


def test_growth():
    series, seen = np.array([3.0, 5, np.nan, 2, 9, 7, 11, 8, 15]), np.linspace(1, 0.4, 9)
    grid = {
        "dispersions": np.array([0.0, 0.3]),
        "weekday_sds": np.array([0.0, 0.4]),
        "rate_sds": np.array([0.1]),
    }
    found = growth.growth(
        series[:, None],
        weekday=np.arange(9) % 7,
        at=np.array([3, 8]),
        n_days=9,
        min_reported=3,
        band=0.02,
        seen=seen,
        **grid,
    )
    weekday = [t % 7 for t in range(9)]
    expected = naive_growth(series.tolist(), weekday, n_days=9, band=0.02, seen=seen, **grid)
    got = [found.mean[1, 0], found.sd[1, 0], found.above[1, 0], found.below[1, 0], found.rising[1, 0]]
    np.testing.assert_allclose(got, expected, atol=2e-6)
    assert found.low[1, 0] < found.median[1, 0] < found.high[1, 0]
    assert np.isnan(found.mean[0, 0])


def test_delays_and_levels():
    rng = np.random.default_rng(2)
    triangle, _ = late_reports(rng, rng.poisson(9, 15), delays=delays_like(3), weekend="closed")
    weekday, is_closed = np.arange(15) % 7, np.arange(15) % 7 >= 5
    found = delays.fit_delays(triangle, weekday=weekday, is_closed=is_closed)
    expected = naive_fit(triangle.tolist(), weekday.tolist(), is_closed.tolist())
    for array, value in zip(found, expected, strict=True):
        np.testing.assert_allclose(array, value, rtol=1e-6, atol=1e-9)
    said = {"discount": 0.8, "growth": 0.05, "dispersion": 1.3, "half_life": 9.0}
    reported = triangle.sum(axis=1)
    found_levels = levels.filter_levels(reported, found.seen, **said)
    rows, likelihood = naive_levels(reported.tolist(), found.seen.tolist(), **said)
    np.testing.assert_allclose(np.array(found_levels[:3]).T, rows, rtol=1e-9)
    assert found_levels.log_likelihood == pytest.approx(likelihood)


@pytest.mark.parametrize(("mean", "variance"), [(0.0, 0.0), (2.0, 2.0), (2.0, 5.0)])
def test_masses_of_counts(mean, variance):
    from scipy import stats

    for n in (0.0, 3.0):
        found = levels._log_negative_binomial(n, mean, variance)
        if mean == 0:
            assert found == (0.0 if n == 0 else -1e9)
        elif variance == mean:
            assert found == pytest.approx(stats.poisson.logpmf(n, mean))
        else:
            size = mean**2 / (variance - mean)
            assert found == pytest.approx(stats.nbinom.logpmf(n, size, mean / variance))
