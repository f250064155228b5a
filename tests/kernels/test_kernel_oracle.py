"""A million visits: contacts, contacts of contacts and the company of a day equal what SQL says."""

import numpy as np
import pytest
from benchmarks import trace_sql as sql
from benchmarks.city import DAY, START_S, build_city

from fireline.contacts.index import VisitIndex, ready
from fireline.contacts.network import ExerciseWorld, network
from fireline.contacts.search import contacts, secondary

pytestmark = pytest.mark.slow
PERSONS = 22_000


@pytest.fixture(scope="module")
def city():
    return build_city(PERSONS, days=14, seed=11)


@pytest.fixture(scope="module")
def index(city):
    return VisitIndex.from_arrays(*city[:4])


@pytest.fixture(scope="module")
def segments(city):
    bounds = zip(city.day_starts[:-1], city.day_starts[1:], strict=True)
    return ready([VisitIndex.from_arrays(*(column[a:b] for column in city[:4])) for a, b in bounds])


@pytest.fixture(scope="module")
def oracle(index):
    return sql.Oracle(index, base_s=START_S, n_threads=2)


def asked(city, k):
    """k persons with long stays among them, windows of up to nine days."""
    rng = np.random.default_rng(k)
    long = city.person_i[city.leave_s - city.enter_s > 3 * DAY]
    cases = np.concatenate([rng.integers(0, PERSONS, k), rng.choice(long, 5)]).astype(np.uint32)
    low = START_S + rng.integers(0, 8 * DAY, cases.size)
    return cases, low, low + rng.integers(DAY, 9 * DAY, cases.size), 900


def test_it_is_a_million_visits_with_stays_of_many_days(city):
    assert city.person_i.size > 1_000_000
    assert (city.leave_s - city.enter_s).max() > 5 * DAY


def test_contacts(city, index, segments, oracle):
    ask = asked(city, 60)
    expected = oracle.ask(*ask[:3], m=ask[3], sql=sql.CONTACTS)
    assert expected[0].size > 5_000
    for found in (contacts(index, *ask), contacts(segments, *ask)):
        for ours, theirs in zip(found, expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_contacts_of_contacts(city, segments, oracle):
    ask = asked(city, 1)
    ask = (*(column[-1:] for column in ask[:3]), 900)
    expected = oracle.ask(*ask[:3], m=900, sql=sql.SECONDARY)
    assert expected[0].size > 1_000
    for ours, theirs in zip(secondary(segments, *ask), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_company_of_a_day(segments, oracle):
    day = START_S + 6 * DAY
    found = network(segments, ExerciseWorld("benchmarks.city"), from_s=day, to_s=day + DAY, min_overlap_s=900)
    n = total = 0
    for chunk in found.episodes():
        a, b, place = (column.astype(np.int64) for column in chunk[:3])
        n, total = (
            n + a.size,
            total + int(((a * 31 + b * 17 + place * 7 + chunk.start_s) % 65_521 * chunk.overlap_s).sum()),
        )
    assert (n, total) == oracle.day(day, m=900, sql=sql.EPISODES_CHECK) and n > 100_000
    n = total = 0
    for chunk in found.pairs():
        a, b = chunk.person_a.astype(np.int64), chunk.person_b.astype(np.int64)
        n, total = n + a.size, total + int(((a * 31 + b * 17) % 65_521 * chunk.overlap_s).sum())
    assert (n, total) == oracle.day(day, m=900, sql=sql.PAIRS_CHECK, some=PERSONS)
