"""The Spark engine on one worker and on two: the same stays, the same questions, the same answers.

``python benchmarks/spark.py --persons N --days D --seed S`` prints wall seconds, the time that tasks took and
the bytes that went through exchanges. Both workers share this machine: with two cores, two workers leave
none for the driver, so the scaling printed is a lower bound.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import numpy as np  # noqa: E402
import polars as pl  # noqa: E402

from benchmarks.city import DAY, HOUR, START_S, build_city  # noqa: E402
from fireline.contacts.index import VisitIndex  # noqa: E402
from fireline.contacts.network import ExerciseWorld, network  # noqa: E402
from fireline.contacts.search import contacts, secondary  # noqa: E402
from fireline.engines.parcels import COLUMNS  # noqa: E402
from fireline.engines.spark import lay_out, trial_session  # noqa: E402

WORLD = ExerciseWorld("generated city")


def questions(n_persons: int, days: int, seed: int) -> dict:
    """Cases with a window of up to four days each, drawn anew for each seed."""
    rng = np.random.default_rng(seed)
    asked = {}
    for name, n in (("Q1, 1,000 cases", 1_000), ("Q2, 20 cases", 20)):
        low = START_S + rng.integers(0, max(1, days - 3) * DAY, n)
        asked[name] = (rng.choice(n_persons, n, replace=False), low, low + rng.integers(DAY, 4 * DAY, n), 900)
    return asked


def n_pairs(frame) -> tuple[int, int]:
    """Rows of a frame of pairs and their seconds together, counted where they lie."""
    row = frame.selectExpr("count(*) as n", "sum(overlap_s) as s").first()
    return row["n"], row["s"]


def on_one_machine(index, asked, day) -> dict:
    """Answers and wall seconds of the local search, compiled before."""
    found, wall = {}, {}
    for _ in range(2):
        for name, question in asked.items():
            begin = time.perf_counter()
            found[name] = (contacts if name.startswith("Q1") else secondary)(index, *question)
            wall[name] = time.perf_counter() - begin
        begin = time.perf_counter()
        pairs = [(p.person_a.size, int(p.overlap_s.sum())) for p in network(index, WORLD, **day).pairs()]
        found["Q4, pairs of a day"] = tuple(map(sum, zip(*pairs, strict=True)))
        wall["Q4, pairs of a day"] = time.perf_counter() - begin
    return {"found": found, "wall": wall}


def on_spark(n_workers: int, path: str, asked: dict, day: dict, n_buckets: int) -> dict:
    """Answers, wall seconds, task seconds and exchanged bytes; each question asked twice, the second told."""
    found, told = {}, {}
    begin = time.perf_counter()
    with trial_session(n_workers=n_workers, memory_mb=800) as session:
        told["start of the session"] = (time.perf_counter() - begin, 0.0, 0)
        store = session.sparkContext._jsc.sc().statusStore()

        def spent():
            rows = store.executorList(True)
            each = [rows.apply(k) for k in range(rows.size())]
            return sum(e.totalDuration() for e in each) / 1_000, sum(e.totalShuffleWrite() for e in each)

        def measured(name, run):
            before, begin = spent(), time.perf_counter()
            answer = run()
            wall = time.perf_counter() - begin
            time.sleep(0.3)  # the last figures of the workers arrive
            after = spent()
            told[name] = (wall, after[0] - before[0], after[1] - before[1])
            return answer

        visits = session.read.parquet(path)
        visits.selectExpr("count(*)").mapInArrow(_warm, "n long").collect()
        laid = lay_out(visits, n_buckets=n_buckets)
        measured("lay out", lambda: laid.segments.selectExpr("sum(n_visits)").first())
        for _ in range(2):
            for name, question in asked.items():
                ask = laid.contacts if name.startswith("Q1") else laid.secondary
                found[name] = measured(name, lambda ask=ask, question=question: ask(*question))
            name = "Q4, pairs of a day"
            found[name] = measured(name, lambda: n_pairs(laid.pairs(WORLD, **day)))
        sizes = laid.segments.selectExpr("sum(n_visits) n", *(f"sum(length({c})) {c}" for c in _arrays()))
        row = sizes.first().asDict()
        told["bytes a stay in the segments"] = sum(v for k, v in row.items() if k != "n") / row["n"]
    return {"found": found, "told": told}


def _arrays():
    from fireline.kernels.visit_index import IndexArrays

    return IndexArrays._fields


def _warm(batches):
    """Start the Python workers and load the kernels before anything is measured."""
    import fireline.engines.partition_work  # noqa: F401

    yield from batches


def same(found, expected) -> bool:
    return all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in zip(found, expected, strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--buckets", type=int, default=8)
    options = parser.parse_args()
    try:
        import pyspark  # noqa: F401
    except ImportError:
        print("spark: PySpark is not installed (fireline[spark]); nothing measured")
        return 0
    city = build_city(options.persons, days=options.days, seed=options.seed)
    columns = {name: getattr(city, name).astype(np.int64) for name in COLUMNS}
    asked = questions(options.persons, options.days, options.seed)
    day = {"from_s": START_S + DAY, "to_s": START_S + 2 * DAY, "min_overlap_s": HOUR}
    index = VisitIndex.from_arrays(*columns.values())
    local = on_one_machine(index, asked, day)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "visits.parquet"))
        pl.DataFrame(columns).write_parquet(path, row_group_size=250_000)
        del city, columns
        runs, load = {}, {}
        for n in (1, 2):
            load[n] = os.getloadavg()[0]
            runs[n] = on_spark(n, path, asked, day, options.buckets)
    print(
        f"{index.n_visits} stays of {options.persons} persons over {options.days} days, {options.buckets} buckets"
    )
    print(
        f"{'':24}{'local':>9}{'1 worker':>10}{'2 workers':>10}{'scaling':>9}{'task s':>8}{'exchanged MB':>14}"
    )
    for name, (wall, _, _) in _rows(runs):
        two = runs[2]["told"][name]
        here = f"{local['wall'][name]:9.3f}" if name in local["wall"] else f"{'':9}"
        print(
            f"{name:24}{here}{wall:10.2f}{two[0]:10.2f}{wall / two[0]:9.2f}{two[1]:8.2f}{two[2] / 1e6:14.2f}"
        )
    print(f"bytes a stay in the segments: {runs[2]['told']['bytes a stay in the segments']:.1f}")
    print(
        f"load of the machine before: {load[1]:.1f} with 1 worker, {load[2]:.1f} with 2; cores: {os.cpu_count()}"
    )
    wrong = [
        f"{name} on {n} workers"
        for n, run in runs.items()
        for name, answer in run["found"].items()
        if not same(answer, local["found"][name])
    ]
    print("answers: " + ("equal" if not wrong else "DIFFER: " + ", ".join(wrong)))
    return 1 if wrong else 0


def _rows(runs):
    return [(name, row) for name, row in runs[1]["told"].items() if isinstance(row, tuple)]


if __name__ == "__main__":
    raise SystemExit(main())
