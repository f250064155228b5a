"""The kernels as plain Python give the same answers: the compiled code is the code that is read."""

import math

import numpy as np
import pytest
from tests.reference import naive_contact_search, naive_network
from tests.reference.naive_aberration import naive_ears
from tests.reference.naive_chains import naive_components

from fireline.contacts.index import VisitIndex
from fireline.contacts.network import ExerciseWorld, network
from fireline.contacts.search import contacts, episodes, secondary
from fireline.kernels import (
    aberration,
    chains,
    contact_search,
    moving_window,
    network_pairs,
    secondary_search,
    segment_table,
    visit_index,
)
from fireline.kernels import network as network_kernel


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    for module, names in (
        (aberration, ("_ears", "_standardised")),
        (chains, ("_union",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name).py_func)
    for module in (
        contact_search, moving_window, network_kernel, network_pairs, secondary_search, segment_table, visit_index,
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
