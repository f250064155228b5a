"""What each stage of the Spark engine costs a core, without Spark: the figures behind the plan in docs/how-to/spark.md.

``python benchmarks/spark_stages.py --persons N --days D --seed S``. Person numbers are spread over 100 million,
as a bucket of a large country would see them. Seconds are CPU seconds of one thread, the second of two runs.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import numpy as np  # noqa: E402

from benchmarks.city import DAY, START_S, build_city  # noqa: E402
from fireline.contacts.network import ExerciseWorld  # noqa: E402
from fireline.contacts.search import checked  # noqa: E402
from fireline.engines import partition_work  # noqa: E402

BUCKETS = 4
PARTS = 8
EVERYBODY = 100_000_000


def timed(run):
    """The answer and the CPU seconds of the second run."""
    run()
    begin = time.process_time()
    answer = run()
    return answer, time.process_time() - begin


def n_bytes(batches) -> int:
    return sum(batch.nbytes for batch in batches)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=300_000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        import pyarrow
        import pyarrow.compute as pc
    except ImportError:
        print("spark_stages: PyArrow is not installed (fireline[spark]); nothing measured")
        return 0
    city = build_city(options.persons, days=options.days, seed=options.seed)
    spread = EVERYBODY // options.persons
    stays = pyarrow.table(
        {"person_i": city.person_i.astype(np.int64) * spread, "place_i": city.place_i.astype(np.int64),
         "enter_s": city.enter_s, "leave_s": city.leave_s}
    )  # fmt: skip
    batches = stays.to_batches(max_chunksize=10_000)

    def only(batches, column, value):
        table = pyarrow.Table.from_batches(batches)
        return table.filter(pc.equal(table[column], value)).to_batches()

    cut, took = timed(lambda: list(partition_work.cut_visits(batches, n_buckets=BUCKETS)))
    sent = sum(len(cell.as_buffer()) for batch in cut for cell in batch.column("visits"))
    print(
        f"cut: {stays.num_rows / took / 1e6:.1f} M stays/s, {sent / stays.num_rows:.1f} bytes a stay on the way"
    )

    mine = only(cut, "bucket", 0)
    segments, took = timed(lambda: list(partition_work.build_segments(mine)))
    n = sum(cell.as_py() for batch in segments for cell in batch.column("n_visits"))
    print(
        f"build: {n / took / 1e6:.1f} M stays/s, {n_bytes(segments) / n:.1f} bytes a stay in the segments of {n} stays"
    )

    rng = np.random.default_rng(options.seed)
    cases = rng.choice(options.persons, 1_000, replace=False) * spread
    low = START_S + rng.integers(0, max(1, options.days - 4) * DAY, cases.size)
    asked = checked(cases, low, low + rng.integers(DAY, 4 * DAY, cases.size), 900, within_s=0)
    part_of = np.arange(cases.size) % PARTS
    met, took = timed(lambda: list(partition_work.find_met(segments, asked=asked, part_of=part_of)))
    print(
        f"Q1, 1,000 cases: {1_000 * took:.1f} ms on one bucket, {n_bytes(met) * BUCKETS / 1e9:.4f} MB a case exchanged"
    )

    day = {"scope": ExerciseWorld("generated city"), "from_s": START_S + DAY, "to_s": START_S + 2 * DAY,
           "min_overlap_s": 900}  # fmt: skip
    pairs, took = timed(lambda: list(partition_work.list_pairs(segments, asked=day, n_parts=PARTS)))
    n_pairs = n_bytes(pairs) / 16
    print(
        f"Q4: {n_pairs / took / 1e6:.1f} M partial pairs/s listed, {n_pairs / (n / options.days):.1f} a stay of the day"
    )
    part = only(pairs, "part", 0)
    _, took = timed(lambda: list(partition_work.sum_pairs(part)))
    print(f"Q4: {n_bytes(part) / 16 / took / 1e6:.1f} M partial pairs/s summed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
