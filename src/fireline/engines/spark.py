"""Runs the searches for contacts inside Apache Spark: the same kernels, the same answers, many machines.

Engine: stays are laid out by place over the partitions of a session, as index segments of one bucket of
places and one day; each partition answers for its own places, and the figures of a pair are summed behind an
exchange. What runs on the workers is partition_work.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fireline.contacts.network import ExerciseWorld, network
from fireline.contacts.search import Integers, checked, follow_until, until_each
from fireline.engines import parcels
from fireline.engines import partition_work as work
from fireline.errors import InputError, PolicyError, SettingsError
from fireline.kernels.contact_search import Found
from fireline.kernels.partial_sums import no_found
from fireline.kernels.secondary_search import Linked

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@dataclass(frozen=True, slots=True, eq=False)
class SparkVisits:
    """Stays laid out by place; ask it what contacts.search answers on one machine.

    Attributes
    ----------
    segments : DataFrame   one row for each bucket and day, all rows of a bucket in one partition
    n_buckets : int
    """

    segments: DataFrame
    n_buckets: int

    def contacts(
        self, cases: Integers, from_s: Integers | int, to_s: Integers | int, min_overlap_s: int, *,
        within_s: int = 0,
    ) -> Found:  # fmt: skip
        """Find everyone who shared a place with a case for long enough.

        Parameters
        ----------
        cases, from_s, to_s, min_overlap_s, within_s : see contacts.search.contacts

        Returns
        -------
        Found   the answer of contacts.search.contacts on the same stays

        Raises
        ------
        ValueError   see contacts.search.contacts
        InputError   stays that no index could hold (they are read when first asked about)
        """
        asked = checked(cases, from_s, to_s, min_overlap_s, within_s=within_s)
        if not asked["cases"].size:
            return no_found()
        met = self._near(asked["from_s"], asked["to_s"]).mapInArrow(
            partial(work.find_met, asked=asked, part_of=np.arange(asked["cases"].size) % self.n_buckets),
            work.ROWS,
        )
        summed = self._exchanged(met).mapInArrow(
            partial(work.sum_met, min_overlap_s=asked["min_overlap_s"], within_s=asked["within_s"]),
            work.FOUND,
        )
        found = _collected(summed, Found)
        order = np.lexsort((found.person_i, found.case_i))
        return Found(*(column[order] for column in found))

    def secondary(
        self, cases: Integers, from_s: Integers | int, to_s: Integers | int, min_overlap_s: int, *,
        until_s: Integers | int | None = None,
        managed_s: Callable[[NDArray[np.uint32]], NDArray[np.int64]] | None = None,
        within_s: int = 0,
    ) -> Linked:  # fmt: skip
        """Find the contacts of contacts, and through whom, in two rounds.

        Parameters
        ----------
        cases, from_s, to_s, min_overlap_s, until_s, managed_s, within_s : see contacts.search.secondary

        Returns
        -------
        Linked   the answer of contacts.search.secondary on the same stays

        Raises
        ------
        ValueError, InputError   see contacts
        """
        asked = checked(cases, from_s, to_s, min_overlap_s, within_s=within_s)
        first = self.contacts(cases, from_s, to_s, min_overlap_s, within_s=within_s)
        until = until_each(asked, until_s)[first.case_i]
        until = follow_until(first.person_i, until, managed_s=managed_s)
        if not first.case_i.size:
            names, figures = np.empty(0, np.uint32), np.empty(0, np.int64)
            return Linked(names, names, names, *[figures] * 6)
        follow = {
            "cases": first.person_i, "from_s": first.first_s, "to_s": until,
            "min_overlap_s": asked["min_overlap_s"], "within_s": 0,
        }  # fmt: skip
        part_of = first.case_i.astype(np.int64) % self.n_buckets
        met = self._near(first.first_s, until).mapInArrow(
            partial(work.find_met, asked=follow, part_of=part_of), work.ROWS
        )
        linked = self._exchanged(met).mapInArrow(
            partial(work.link_met, cases=asked["cases"], via_case=first.case_i, via=first.person_i),
            work.LINKED,
        )
        found = _collected(linked, Linked)
        order = np.lexsort((found.person_i, found.case_i))
        return Linked(*(column[order] for column in found))

    def episodes(self, world: ExerciseWorld, *, from_s: int, to_s: int, min_overlap_s: int) -> DataFrame:
        """List everybody who was together on one day in an exercise world, episode by episode.

        Parameters
        ----------
        world : ExerciseWorld   made-up people; nothing else can be asked about
        from_s, to_s, min_overlap_s : see contacts.network.network

        Returns
        -------
        DataFrame   person_a, person_b, place_i, start_s, overlap_s as contacts.network.Episodes, in no order;
            it stays in the session: count it or write it

        Raises
        ------
        PolicyError   world is no exercise world, or the window is longer than a day
        ValueError, InputError   see contacts
        """
        asked = _of_a_world(world, from_s=from_s, to_s=to_s, min_overlap_s=min_overlap_s)
        return self._near(np.array([from_s]), np.array([to_s])).mapInArrow(
            partial(work.list_episodes, asked=asked, n_buckets=self.n_buckets), work.EPISODES
        )

    def pairs(self, world: ExerciseWorld, *, from_s: int, to_s: int, min_overlap_s: int) -> DataFrame:
        """List every pair that was together on one day in an exercise world, with its time together.

        Parameters
        ----------
        world, from_s, to_s, min_overlap_s : see episodes

        Returns
        -------
        DataFrame   person_a, person_b, overlap_s as contacts.network.Pairs, in no order; see episodes

        Raises
        ------
        PolicyError, ValueError, InputError   see episodes
        """
        asked = _of_a_world(world, from_s=from_s, to_s=to_s, min_overlap_s=min_overlap_s)
        met = self._near(np.array([from_s]), np.array([to_s])).mapInArrow(
            partial(work.list_pairs, asked=asked, n_parts=self.n_buckets), work.ROWS
        )
        return self._exchanged(met).mapInArrow(work.sum_pairs, work.PAIRS)

    def close(self) -> None:
        """Give back the memory that the segments take in the session."""
        self.segments.unpersist()

    def _near(self, from_s: NDArray[np.int64], to_s: NDArray[np.int64]) -> DataFrame:
        """Segments that some window touches; the others are never sent to a worker."""
        frame = self.segments
        return frame.where((frame.first_s < int(to_s.max())) & (frame.last_s > int(from_s.min())))

    def _exchanged(self, frame: DataFrame) -> DataFrame:
        return frame.repartitionById(self.n_buckets, frame.part)


def lay_out(visits: DataFrame, *, n_buckets: int) -> SparkVisits:
    """Lay stays out by place over the partitions of a Spark session.

    Parameters
    ----------
    visits : DataFrame   columns person_i, place_i (indices from 0) and enter_s, leave_s (UTC epoch seconds,
        half-open), whole numbers
    n_buckets : int, >= 1   partitions; four for each core is a good number, and 4 M stays a bucket

    Returns
    -------
    SparkVisits   laid out when first asked, then kept in the memory of the session until ``close``

    Raises
    ------
    SettingsError   PySpark 4.1 or newer is not installed
    ValueError   n_buckets is below 1
    InputError   a column is missing
    """
    _pyspark()
    from pyspark.storagelevel import StorageLevel  # only where Spark is used

    if n_buckets < 1:
        raise ValueError(f"n_buckets: expected at least 1, got {n_buckets}")
    if missing := [name for name in parcels.COLUMNS if name not in visits.columns]:
        raise InputError(
            f"visits: no column {', '.join(missing)}; expected {', '.join(parcels.COLUMNS)}; rename them"
        )
    cut = visits.select(*parcels.COLUMNS).mapInArrow(
        partial(work.cut_visits, n_buckets=n_buckets), work.PARCELS
    )
    placed = cut.repartitionById(n_buckets, cut.bucket)
    segments = placed.mapInArrow(work.build_segments, work.SEGMENTS).persist(StorageLevel.MEMORY_AND_DISK)
    return SparkVisits(segments, n_buckets)


def _of_a_world(world: ExerciseWorld, **asked: int) -> dict[str, Any]:
    """Checked arguments of a network; what is allowed is decided by contacts.network itself, on no stays."""
    if not isinstance(world, ExerciseWorld):
        raise PolicyError(
            "network: Spark lists the company of made-up people only: ExerciseWorld(name). A setting of real "
            "people fits on one machine: use contacts.network there; a population is refused everywhere"
        )
    network([], world, **asked)
    return {"scope": world, **asked}


@contextmanager
def trial_session(*, n_workers: int = 2, memory_mb: int = 800) -> Iterator[SparkSession]:
    """Start a Spark cluster of several processes on this machine: to try, to test, to measure.

    Parameters
    ----------
    n_workers : int, >= 1   worker processes of one core each
    memory_mb : int   memory of each worker and of the driver, without that of Python

    Yields
    ------
    SparkSession   stopped at the end, with its folders

    Raises
    ------
    SettingsError   PySpark or Java is not installed
    """
    pyspark = _pyspark()
    from pyspark.sql import SparkSession

    java = Path(os.environ["JAVA_HOME"], "bin", "java") if "JAVA_HOME" in os.environ else shutil.which("java")
    if not java or not Path(java).exists():
        raise SettingsError(
            "The Spark engine needs Java 17, and no java was found in JAVA_HOME or PATH. Install it, for "
            "example the Debian package openjdk-17-jre-headless."
        )
    options = {
        "spark.driver.memory": f"{memory_mb}m",
        "spark.executor.memory": f"{memory_mb}m",
        "spark.executorEnv.PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        # a session of minutes: compile little, collect garbage on the one core that each worker has
        "spark.driver.extraJavaOptions": _JAVA,
        "spark.executor.extraJavaOptions": _JAVA,
        "spark.task.maxFailures": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.session.timeZone": "UTC",
    }
    builder = SparkSession.builder.master(f"local-cluster[{n_workers},1,{memory_mb}]").appName("fireline")
    for name, value in options.items():
        builder = builder.config(name, value)
    # the workers run this Python; and a machine's own name may not resolve
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"} | dict(os.environ)
    session = builder.getOrCreate()
    logs = Path(pyspark.__file__).parent / "work"
    try:
        yield session
    finally:
        name = session.sparkContext.applicationId
        session.stop()
        shutil.rmtree(logs / name, ignore_errors=True)
        with suppress(OSError):
            logs.rmdir()


def _pyspark() -> Any:
    """The package, or an error that says what to install."""
    try:
        import pyspark
    except ImportError as error:
        raise SettingsError(
            "The Spark engine needs PySpark, which is not installed. Install fireline[spark] on the driver "
            "and on every worker, and Java 17; on one machine the local engine needs neither."
        ) from error
    return pyspark


def _collected(frame: DataFrame, like: Any) -> Any:
    """The rows of a frame as a table on the driver; a fault a worker found in the stays is told."""
    from pyspark.errors import PythonException

    try:
        table = frame.toArrow()
    except PythonException as error:
        told = re.findall(r"^(?:Value|Type)Error: (visits, .*)$", str(error), re.MULTILINE)
        if not told:
            raise
        raise InputError(f"{told[0]}; mend the stays and lay them out again") from error
    columns = {name: table[name].to_numpy() for name in like._fields}
    return like(*(c.astype(np.uint32) if name.endswith("_i") else c for name, c in columns.items()))
