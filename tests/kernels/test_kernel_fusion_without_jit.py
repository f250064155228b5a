"""The kernels of fusion as plain Python give the same answers: the compiled code is the code that is read."""

import numpy as np
import pytest
from tests.reference.naive_bayes_scan import naive_score
from tests.reference.naive_calibrate import naive_calibrate, naive_quiet
from tests.reference.naive_combine import naive_combine
from tests.reference.naive_daily_baseline import naive_daily_baseline
from tests.reference.naive_predictive import naive_count, naive_rate

from fireline.kernels import bayes_scan, calibrate, combine, daily_baseline, predictive

RULES = daily_baseline.Rules(memory=6.0, guard=2, min_steps=8, shift_steps=4, shift_share=4, longest_gap=6)


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    for module in (predictive, daily_baseline, calibrate, combine, bayes_scan):
        for name, function in list(vars(module).items()):
            if hasattr(function, "py_func"):
                monkeypatch.setattr(module, name, function.py_func)


@pytest.mark.parametrize(
    ("y", "mean", "phi"), [(0, 3.0, 1.0), (4, 3.0, 1.0), (1, 3.0, 2.5), (9, 3.0, 2.5), (60, 40.0, 1.5)]
)
def test_predictive(y, mean, phi):
    assert predictive.upper_and_point(float(y), mean, phi, False) == pytest.approx(
        naive_count(y, mean, phi), rel=1e-8
    )


@pytest.mark.parametrize("y", [0.5, 4.0, 12.0])
def test_predictive_rate(y):
    assert predictive.upper_and_point(y, 4.0, 0.7, True)[0] == pytest.approx(
        naive_rate(y, 4.0, 0.7), abs=1e-6
    )


@pytest.mark.parametrize("kind", [(True, True, False), (False, False, True)])
def test_daily_baseline(kind):
    rng = np.random.default_rng(1)
    series = rng.poisson(6, 70).astype(float)
    series[20:26], series[40:55] = np.nan, 0.0  # a gap, and silence
    series[60:] *= 5
    holiday = np.where(np.arange(70) % 23 < 2, 1, 0)
    has_weekday, has_season, is_rate = (np.array([k]) for k in kind)
    found = daily_baseline.daily_baseline(
        series.reshape(-1, 1), weekday=np.arange(70) % 7, holiday=holiday, has_weekday=has_weekday,
        has_holiday=np.array([True]), has_season=has_season, is_rate=is_rate, year_steps=25.0, rules=RULES,
    )  # fmt: skip
    expected = naive_daily_baseline(
        series.tolist(), weekday=[t % 7 for t in range(70)], holiday=holiday.tolist(), has_weekday=kind[0],
        has_season=kind[1], is_rate=kind[2], year_steps=25.0, rules=RULES,
    )  # fmt: skip
    for name in ("mean", "phi", "upper", "point"):
        np.testing.assert_allclose(getattr(found, name)[:, 0], [e[name] for e in expected], rtol=1e-9)
    assert found.state[:, 0].tolist() == [e["state"] for e in expected]
    assert len(set(found.state[:, 0].tolist())) >= 3


def test_calibrate():
    rng = np.random.default_rng(2)
    p = rng.random((12, 2)) ** 2
    p[5, 0] = np.nan
    p[6:11, 1] = 0.001
    is_quiet = calibrate.quiet(p)
    for s in range(2):
        assert is_quiet[:, s].tolist() == naive_quiet(p[:, s].tolist())
    found = calibrate.calibrate(p, p, is_quiet, group=np.zeros(2, np.int64), n_groups=1, hold=2, memory=30.0)
    for t in range(12):
        for s in range(2):
            expected = naive_calibrate(p, p[t, s], is_quiet, t, hold=2, memory=30.0)
            np.testing.assert_allclose(found.asked[t, s], expected, rtol=1e-9)


def test_combine_and_resample():
    rng = np.random.default_rng(3)
    z = rng.standard_normal((14, 1, 2))
    z[4, 0, 1] = np.nan
    delay, weight, profile = np.array([0, 2]), np.array([1.0, 0.5]), rng.random((2, 4))
    found = combine.combine(z, delay=delay, weight=weight, profile=profile)
    for t in range(14):
        expected = naive_combine(z[:, 0].tolist(), t, delay.tolist(), weight.tolist(), profile.tolist())
        np.testing.assert_allclose(found[t, 0], expected, rtol=1e-10)
    window = combine.resample(
        z, area=np.array([0]), start=np.array([[0, 7]]), block=7, delay=delay, weight=weight, profile=profile
    )
    np.testing.assert_allclose(window[0], found[13, 0], rtol=1e-10)


def test_bayes_scan():
    rng = np.random.default_rng(4)
    mean, risk = rng.uniform(1, 20, (8, 2, 2)), np.array([1.0, 1.5, 2.5])
    cells = bayes_scan.Cells(rng.poisson(mean).astype(float), mean, rng.uniform(1, 3, mean.shape))
    cells.figure[3, 0, 1] = np.nan
    cells.phi[:, 1] = 1.0
    known = bayes_scan.Streams(np.array([0, 1]), np.array([0.6, 0.9]), np.array([False, True]))
    effect = rng.integers(0, 3, (1, 2, 2, 3))
    sets = {"begin": np.array([0, 1, 3]), "member": np.array([1, 0, 1])}
    found = bayes_scan.scan_scores(cells, known, risk=risk, effect=effect, **sets)
    details = bayes_scan.scan_details(cells, known, risk=risk, effect=effect, area=np.array([0, 1]), at=7)
    options = {
        "delay": [0, 1], "trust": [0.6, 0.9], "is_rate": [False, True], "risk": risk.tolist(),
        "effect": effect.tolist(),
    }  # fmt: skip
    for t in range(8):
        for z, members in enumerate(([1], [0, 1])):
            expected = naive_score(*(a.tolist() for a in cells), t, members, **options)
            assert found[t, z] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    floor = np.log1p(-known.trust)
    total = np.maximum(floor, known.trust * details).sum(axis=(0, 4))
    most = total.max()
    assert found[7, 1] == pytest.approx(most + np.log(np.mean(np.exp(total - most))), abs=1e-9)
