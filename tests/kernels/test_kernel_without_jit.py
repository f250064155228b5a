"""The kernels as plain Python give the same answers: the compiled code is the code that is read."""

import math

import numpy as np
import pytest
from tests.reference import naive_contact_search, naive_network
from tests.reference.naive_aberration import naive_ears
from tests.reference.naive_chains import naive_components
from tests.reference.naive_cusum import naive_chart, naive_upper
from tests.reference.naive_farrington import naive_farrington
from tests.reference.naive_seasonal_fit import naive_seasonal_fit

from fireline.contacts.index import VisitIndex
from fireline.contacts.network import ExerciseWorld, network
from fireline.contacts.search import contacts, episodes, secondary
from fireline.kernels import (
    aberration,
    chains,
    contact_search,
    count_glm,
    count_law,
    cusum,
    moving_window,
    network_pairs,
    seasonal_fit,
    secondary_search,
    segment_table,
    visit_index,
)
from fireline.kernels import farrington as farrington_kernel
from fireline.kernels import network as network_kernel
from fireline.signals import farrington_flexible


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    for module, names in (
        (aberration, ("_ears", "_standardised")),
        (chains, ("_union",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name).py_func)
    for module in (
        contact_search, count_glm, count_law, cusum, farrington_kernel, moving_window, network_kernel,
        network_pairs, seasonal_fit, secondary_search, segment_table, visit_index,
    ):  # fmt: skip
        for name, function in list(vars(module).items()):
            if hasattr(function, "py_func"):
                monkeypatch.setattr(module, name, function.py_func)


@pytest.mark.parametrize("method", ["C1", "C2", "C3"])
def test_ears(method):
    series = [3.0, 4, 3, 5, 4, 3, 4, 4, math.nan, 5, 4, 9, 12, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0]
    found = aberration.ears(np.array(series).reshape(-1, 1), method=method, min_reported=5)
    for k, (upper, statistic, alarm, _, _) in enumerate(naive_ears(series, method, min_reported=5)):
        assert bool(found.alarm[k, 0]) == alarm
        np.testing.assert_allclose([found.upper[k, 0], found.statistic[k, 0]], [upper, statistic], rtol=1e-12)


def test_components():
    links = [(0, 3), (3, 5), (1, 2), (4, 4)]
    a, b = np.array(links).T
    assert chains.components(7, a=a, b=b).tolist() == naive_components(7, links)


def visits(n, *, persons, ids=None, seed=5):
    rng = np.random.default_rng(seed)
    person, place, enter = rng.integers(0, persons, n), rng.integers(0, 3, n), rng.integers(0, 40, n) * 30
    stays = np.stack(
        [person if ids is None else ids[person], place, enter, enter + rng.integers(0, 400, n)]
    ).T
    long = [(stays[0, 0], 0, 0, 100_000), (stays[1, 0], 0, 50, 99_000)]
    return [tuple(map(int, stay)) for stay in [*stays, *long]]


def listed(found):
    return [tuple(map(int, row)) for row in zip(*found, strict=True)]


@pytest.mark.parametrize("ids", [None, np.arange(40) * 100_000_007])
def test_contacts_episodes_and_contacts_of_contacts(ids):
    stays = visits(150, persons=40, ids=ids)
    first = stays[0][0]
    cases, low, high = [first, stays[7][0], first, 77], [0, 100, 300, 0], [10**6, 900, 700, 9]
    parts = [VisitIndex.from_arrays(*np.array(stays[k::2], np.int64).T) for k in range(2)]
    asked = {"cases": cases, "low": low, "high": high}
    given = (parts, np.array(cases), np.array(low), np.array(high), 60)
    for within in (0, 600):
        found = contacts(*given, within_s=within)
        assert listed(found) == naive_contact_search.contacts(stays, **asked, least=60, within=within)
        found = episodes(*given, within_s=within)
        assert listed(found) == naive_contact_search.episodes(stays, **asked, least=60, within=within)
    linked = naive_contact_search.secondary(stays, **asked, least=60, until=high, managed={})
    assert listed(secondary(*given)) == linked
    assert len(linked) < 40 < len(listed(contacts(*given)))


@pytest.mark.parametrize("ids", [None, np.arange(90) * 40_000_003])
def test_company_of_a_day(ids):
    stays = visits(260, persons=90, ids=ids)
    index = VisitIndex.from_arrays(*np.array(stays, np.int64).T)
    found = network(index, ExerciseWorld("test"), from_s=0, to_s=1_300, min_overlap_s=60)
    asked = {"places": {0, 1, 2}, "low": 0, "high": 1_300, "least": 60}
    rows = [row for chunk in found.episodes(chunk_rows=700) for row in listed(chunk)]
    assert sorted(rows) == naive_network.episodes(stays, **asked)
    assert [row for chunk in found.pairs() for row in listed(chunk)] == naive_network.pairs(stays, **asked)


FARRINGTON = [
    {},
    {"threshold_method": "nb_plugin", "n_periods": 3, "trend_p": 1.0},
    {"threshold_method": "mu_an", "definition": "published", "weights_threshold": None},
    {"with_trend": False, "power": "1/2"},
]


@pytest.mark.parametrize("options", FARRINGTON)
def test_farrington(options):
    rng = np.random.default_rng(11)
    counts = rng.negative_binomial(4.0, 0.3, (40, 2)).astype(float)
    counts[17, 0], counts[21, 1], counts[25, 1] = 70, np.nan, 300.5
    people = np.full(counts.shape, 900.0)
    found = farrington_flexible(counts, [38], b=3, w=1, freq=10, population=people, **options)
    names = {"threshold_method": "method", "weights_threshold": "threshold"}
    twin = {names.get(k, k): 0.5 if v == "1/2" else v for k, v in options.items()}
    for s in range(2):
        mu0, phi, upper, p_value, alarm, enough, trend = naive_farrington(
            counts[:, s].tolist(), 38, b=3, w=1, freq=10, population=people[:, s].tolist(), **twin
        )
        said = (found.mu0[0, s], found.phi[0, s], found.upper[0, s], found.p_value[0, s])
        np.testing.assert_allclose(said, (mu0, phi, upper, p_value), rtol=1e-7)
        assert (found.alarm[0, s], found.enough[0, s], found.trend[0, s]) == (alarm, enough, trend)


def test_farrington_of_silence():
    assert farrington_flexible(np.zeros((40, 1)), [39], b=3, w=1, freq=10, limit54=(0, 4)).mu0[0, 0] < 1e-8


@pytest.mark.parametrize(("alpha", "shift"), [(0.0, 0.0), (0.4, 0.0), (0.4, 0.5)])
def test_cusum(alpha, shift):
    y, mu = [3.0, 9.0, math.nan, 0.0, 6.0, 15.0, 2.0], [4.0] * 7
    found = cusum.chart(
        np.array(y).reshape(-1, 1), np.array(mu).reshape(-1, 1), np.array([alpha]), start=0, at=np.arange(7),
        threshold=2.0, window=3, least=1, shift=shift, with_upper=True, restarts=True,
    )  # fmt: skip
    options = {"window": 3, "shift": shift or None}
    for t, (value, alarm) in enumerate(naive_chart(y, mu, alpha, threshold=2.0, **options)):
        assert found.statistic[t, 0] == pytest.approx(value, abs=1e-8) and found.alarm[t, 0] == alarm
    assert found.upper[0, 0] == naive_upper(y[:1], mu[:1], alpha, threshold=2.0, since=0, shift=shift or None)


@pytest.mark.parametrize("alpha", [None, 0.2])
def test_seasonal_fit(alpha):
    y = np.array([3.0, 9, math.nan, 0, 6, 15, 2, 4, 4, 0, 7, 9, 30])
    design = np.stack([np.ones(13), np.arange(13) / 13], axis=1)
    betas, alphas = seasonal_fit.fit_seasonal(
        y.reshape(-1, 1), design, np.array([np.nan if alpha is None else alpha])
    )
    beta, spread = naive_seasonal_fit(y.tolist(), design.tolist(), alpha)
    np.testing.assert_allclose([*betas[:, 0], alphas[0]], [*beta, spread], rtol=1e-6)
    assert np.isnan(seasonal_fit.fit_seasonal(np.zeros((13, 1)), design, np.array([0.0]))[0]).all()
    assert seasonal_fit.spread_around(y.reshape(-1, 1), np.full((13, 1), 7.0))[0] > 0
