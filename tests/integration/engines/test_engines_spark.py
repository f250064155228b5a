"""The Spark engine gives the local answers, on two worker processes, also when one of them is killed.

One cluster of this machine serves all tests; its memory is small, so the city is.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import threading
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from benchmarks.city import DAY, START_S, build_city

from fireline.contacts.index import VisitIndex
from fireline.contacts.network import ExerciseWorld, Setting, network
from fireline.contacts.search import contacts, secondary
from fireline.engines.parcels import COLUMNS
from fireline.engines.spark import lay_out, trial_session
from fireline.errors import InputError, PolicyError

HAS_PYSPARK = importlib.util.find_spec("pyspark") is not None
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not HAS_PYSPARK, reason="PySpark is not installed: fireline[spark]"),
    pytest.mark.skipif(
        not (shutil.which("java") or os.environ.get("JAVA_HOME")), reason="Java 17 is not installed"
    ),
    # sockets and pipes of the Java process close when it does, a moment after the session
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning:pyspark"),
]

N_PERSONS = 20_000
MINUTES_15 = 900
DAY_2 = START_S + DAY


@pytest.fixture(scope="module")
def city():
    return build_city(N_PERSONS, days=3, seed=5)


@pytest.fixture(scope="module")
def index(city):
    return VisitIndex.from_arrays(city.person_i, city.place_i, city.enter_s, city.leave_s)


@pytest.fixture(scope="module")
def session():
    with trial_session(n_workers=2, memory_mb=600) as session:
        yield session


@pytest.fixture(scope="module")
def file(city, tmp_path_factory):
    path = tmp_path_factory.mktemp("visits") / "city.parquet"
    columns = {name: getattr(city, name).astype(np.int64) for name in COLUMNS}
    pl.DataFrame(columns).write_parquet(path, row_group_size=60_000)
    return str(path)


@pytest.fixture(scope="module")
def laid_out(session, file):
    visits = lay_out(session.read.parquet(file), n_buckets=4)
    yield visits
    visits.close()


@pytest.fixture(scope="module")
def asked():
    rng = np.random.default_rng(3)
    low = START_S + rng.integers(0, DAY, 100)
    return rng.choice(N_PERSONS, 100, replace=False), low, low + rng.integers(DAY, 2 * DAY, 100), MINUTES_15


def assert_same(found, expected):
    for name in expected._fields:
        got, right = getattr(found, name), getattr(expected, name)
        assert got.dtype == right.dtype
        np.testing.assert_array_equal(got, right, err_msg=name)


@pytest.mark.parametrize("within_s", [0, DAY], ids=["plain", "moving window"])
def test_contacts_are_the_local_ones(laid_out, index, asked, within_s):
    expected = contacts(index, *asked, within_s=within_s)
    assert expected.case_i.size > 3_000
    assert_same(laid_out.contacts(*asked, within_s=within_s), expected)


def test_contacts_of_contacts_are_the_local_ones(laid_out, index, asked):
    def managed_s(people):
        return DAY_2 + people.astype(np.int64) * 37 % DAY

    some = [column[:20] for column in asked[:3]]
    options = {"until_s": START_S + 3 * DAY, "managed_s": managed_s}
    expected = secondary(index, *some, MINUTES_15, **options)
    assert expected.case_i.size > 3_000
    assert expected.links.max() > 1
    assert_same(laid_out.secondary(*some, MINUTES_15, **options), expected)


def rows_of(stream):
    """All chunks as one table, sorted by its columns."""
    parts = [[column.copy() for column in part] for part in stream]
    table = np.array([np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)])
    return table[:, np.lexsort(table[::-1])]


def test_the_company_of_a_day_is_the_local_one(laid_out, index):
    world = ExerciseWorld("generated city")
    day = {"from_s": DAY_2, "to_s": DAY_2 + DAY, "min_overlap_s": MINUTES_15}
    local = network(index, world, **day)
    for frame, stream in ((laid_out.pairs(world, **day), local.pairs()),
                          (laid_out.episodes(world, **day), local.episodes())):  # fmt: skip
        expected = rows_of(stream)
        found = rows_of([[column.to_numpy() for column in frame.toArrow().columns]])
        assert expected.shape[1] > 100_000
        np.testing.assert_array_equal(found, expected)


def test_bad_stays_are_told_by_row(session, tmp_path):
    columns = dict(zip(COLUMNS, ([1, 2], [0, 0], [100, 100], [200, 99]), strict=True))
    pl.DataFrame(columns).write_parquet(tmp_path / "bad.parquet")
    visits = lay_out(session.read.parquet(str(tmp_path / "bad.parquet")), n_buckets=2)
    with pytest.raises(InputError, match="leave_s: row 1: expected a stay that ends no earlier"):
        visits.contacts([1], 0, 999, 10)
    with pytest.raises(InputError, match="no column person_i, place_i, enter_s, leave_s"):
        lay_out(session.range(3), n_buckets=2)
    with pytest.raises(ValueError, match="n_buckets: expected at least 1"):
        lay_out(session.range(3), n_buckets=0)


def test_company_is_listed_of_made_up_people_only(laid_out):
    day = {"from_s": DAY_2, "to_s": DAY_2 + DAY, "min_overlap_s": MINUTES_15}
    with pytest.raises(PolicyError, match="made-up people only"):
        laid_out.pairs(Setting((1,)), **day)
    with pytest.raises(PolicyError, match="one day at a time"):
        laid_out.episodes(ExerciseWorld("x"), **day | {"to_s": DAY_2 + 2 * DAY})


def test_nobody_asked_about_meets_nobody(laid_out):
    assert laid_out.contacts([], 0, 1, 1).case_i.size == 0
    assert laid_out.secondary([], 0, 1, 1).case_i.size == 0


def test_a_worker_killed_in_the_middle_changes_nothing(session, file, index, asked):
    fresh = lay_out(session.read.parquet(file), n_buckets=4)
    found = {}
    query = threading.Thread(target=lambda: found.update(answer=fresh.contacts(*asked)))
    before = executors(session)
    query.start()
    wait_for(lambda: running_tasks(session) > 0, seconds=60)
    assert query.is_alive()
    os.kill(min(before), signal.SIGKILL)
    query.join(timeout=120)
    assert not query.is_alive()
    assert_same(found["answer"], contacts(index, *asked))
    wait_for(lambda: executors(session) - before, seconds=60)  # the cluster put another in its place
    fresh.close()


def executors(session):
    """Process ids of the workers of this session and no other."""
    mine = session.sparkContext.applicationId
    pids = set()
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = line.read_bytes().decode(errors="replace").split("\0")
            if "org.apache.spark.executor.CoarseGrainedExecutorBackend" in words and mine in words:
                pids.add(int(line.parent.name))
    return pids


def running_tasks(session):
    tracker = session.sparkContext.statusTracker()
    stages = (tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds())
    return sum(stage.numActiveTasks for stage in stages if stage)


def wait_for(is_so, *, seconds):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"not within {seconds} seconds"
        time.sleep(0.02)
