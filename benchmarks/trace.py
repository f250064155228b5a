"""Searches of contacts beside DuckDB: ``python benchmarks/trace.py --persons N --days 14 --seed S``.

Every question is drawn at random from the seed (windows, thresholds, cases) and nothing is kept between
questions. Both sides answer one after the other in one process; an answer that differs ends the run with exit
code 1. DuckDB has copies of the visits sorted by place and by person, and two threads.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import numpy as np  # noqa: E402

from benchmarks.city import DAY, START_S, build_city  # noqa: E402
from fireline.contacts.index import VisitIndex, ready  # noqa: E402
from fireline.contacts.network import ExerciseWorld, network  # noqa: E402
from fireline.contacts.search import contacts, secondary  # noqa: E402
from fireline.engines import local_cases, local_shares  # noqa: E402

WORLD = ExerciseWorld("benchmarks.city")
LARGE = 500_000
"""From this many persons on, DuckDB sums the pairs of a sixteenth of them only: all would not fit in memory."""


class Took(NamedTuple):
    wall: float
    cpu: float


class Row(NamedTuple):
    """One line of the table; ours and theirs in seconds, medians."""

    name: str
    ours: Took
    theirs: Took | None
    note: str = ""


class DiffersError(Exception):
    """Two answers to one question are not the same."""


def say(text: str) -> None:
    print(f"[{time.perf_counter() - BEGUN:6.1f} s] {text}", file=sys.stderr, flush=True)


def timed(run):
    wall, cpu = time.perf_counter(), time.process_time()
    answer = run()
    return answer, Took(time.perf_counter() - wall, time.process_time() - cpu)


def median(times: list[Took]) -> Took:
    return Took(*(float(np.median(column)) for column in zip(*times, strict=True)))


def same(ours, theirs, name: str) -> None:
    """Raise DiffersError unless the columns hold the same numbers."""
    for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if len(a) != len(b) or not np.array_equal(np.asarray(a, np.int64), np.asarray(b, np.int64)):
            raise DiffersError(f"{name}: column {k}: {len(a)} and {len(b)} rows; the answers differ")


class Asked(NamedTuple):
    cases: np.ndarray
    from_s: np.ndarray
    to_s: np.ndarray
    least: int


def draw(rng: np.random.Generator, k: int, *, persons: int, days: int) -> Asked:
    """Draw k cases, windows of one to four days somewhere in the city's days, a threshold of 5 to 30 minutes."""
    low = START_S + rng.integers(0, max(1, (days - 4) * DAY), k)
    high = low + (rng.random(k) * 3 + 1).__mul__(DAY).astype(np.int64)
    return Asked(rng.integers(0, persons, k).astype(np.uint32), low, high, int(rng.integers(5, 31)) * 60)


class Bench:
    """One city with its index, its segments and, for comparison, DuckDB."""

    def __init__(self, args: argparse.Namespace) -> None:
        from benchmarks.trace_sql import Oracle

        self.args, self.rows, self.rng = args, [], np.random.default_rng(args.seed + 1)
        city, took = timed(lambda: build_city(args.persons, days=args.days, seed=args.seed))
        self.city, self.n = city, city.person_i.size
        say(f"city: {self.n / 1e6:.1f} M visits, {city.n_places} places, drawn in {took.wall:.1f} s")
        columns = (city.person_i, city.place_i, city.enter_s, city.leave_s)
        VisitIndex.from_arrays(*(c[:1000] for c in columns))  # compiles, or reads what was compiled
        self.index, self.build = timed(lambda: VisitIndex.from_arrays(*columns))
        self.by_day, self.ingest = [], []
        for a, b in zip(city.day_starts[:-1], city.day_starts[1:], strict=True):
            segment, took = timed(lambda: VisitIndex.from_arrays(*(c[a:b] for c in columns)))  # noqa: B023
            self.ingest.append((b - a) / took.cpu)
            self.by_day.append(segment)
        self.one, self.many = ready(self.index), ready(self.by_day)
        say(f"index: {self.build.wall:.1f} s; a day: {np.median(self.ingest) / 1e6:.1f} M visits/s")
        self.oracle, took = timed(lambda: Oracle(self.index, base_s=START_S, n_threads=args.duckdb_threads))
        say(f"DuckDB {self.oracle.version()}: sorted copies loaded in {took.wall:.1f} s")

    def others(self, n: int) -> list[str]:
        """Lines about companions, shared places and distance; DuckDB's copies above make room first."""
        import duckdb

        from benchmarks.companions import HEAD, rows

        self.version = self.oracle.version()
        self.oracle.con.close()
        with duckdb.connect(config={"threads": self.args.duckdb_threads}) as connection:
            found = rows(self.city, connection, self.rng, index=self.index, n=n, report=say)
        if not all(row.is_equal for row in found):
            raise DiffersError("companions, shared places or distance: two answers differ")
        return [HEAD, *(row.text() for row in found)]

    def draw(self, k: int) -> Asked:
        return draw(self.rng, k, persons=self.args.persons, days=self.args.days)

    def contacts(self, k: int, repeats: int) -> None:
        """Q1: one index, many segments and DuckDB, one after another."""
        from benchmarks.trace_sql import CONTACTS

        times = {name: [] for name in ("one", "many", "threads", "theirs")}
        engine, found = local_cases(n_threads=2), 0
        for turn in range(repeats):
            q = self.draw(k)
            ask = (q.cases, q.from_s, q.to_s, q.least)
            runs = {
                "one": lambda: contacts(self.one, *ask),  # noqa: B023
                "many": lambda: contacts(self.many, *ask),  # noqa: B023
                "threads": lambda: contacts(self.one, *ask, engine=engine),  # noqa: B023
                "theirs": lambda: self.oracle.ask(*ask[:3], m=q.least, sql=CONTACTS),  # noqa: B023
            }
            answers = {}
            for name in (
                list(runs) if turn % 2 else ["many", "one", "theirs", "threads"]
            ):  # nobody always goes first
                if name != "threads" or k > 1:
                    answers[name], took = timed(runs[name])
                    times[name].append(took)
            for name in answers.keys() - {"one"}:
                same(answers["one"], answers[name], f"Q1, {name}")
            found += answers["one"].case_i.size
        cold = times["one"][0]
        theirs, name = median(times["theirs"]), f"Q1 {k:,} case{'s' * (k > 1)}"
        first = f"first {cold.wall * 1e3:.2f} ms; {found / repeats:,.0f} rows"
        self.add(Row(name, median(times["one"]), theirs, first))
        factor = np.median([b.cpu / a.cpu for a, b in zip(times["one"], times["many"], strict=True)])
        self.add(
            Row(
                f"{name}, {len(self.by_day)} segments",
                median(times["many"]),
                theirs,
                f"{factor:.2f}x one index",
            )
        )
        if k > 1:
            self.add(Row(f"{name}, 2 threads", median(times["threads"]), theirs))

    def secondary(self, repeats: int) -> None:
        """Q2 of one case."""
        from benchmarks.trace_sql import SECONDARY

        ours_took, theirs_took, links = [], [], 0
        for _ in range(repeats):
            q = self.draw(1)
            ask = (q.cases, q.from_s, q.to_s, q.least)
            ours, took = timed(lambda: secondary(self.one, *ask))  # noqa: B023
            ours_took.append(took)
            theirs, took = timed(lambda: self.oracle.ask(*ask[:3], m=q.least, sql=SECONDARY))  # noqa: B023
            theirs_took.append(took)
            same(ours, theirs, "Q2")
            links += int(ours.links.sum())
        self.add(Row("Q2 one case", median(ours_took), median(theirs_took), f"{links / repeats:,.0f} links"))

    def company(self, repeats: int) -> None:
        """Q4: everybody's episodes and pairs of one day, gathered anew each time."""
        from benchmarks import trace_sql as sql

        day, least = START_S + int(self.rng.integers(1, self.args.days - 1)) * DAY, 900
        is_large = self.args.persons >= LARGE
        times: dict[str, list[Took]] = {name: [] for name in ("e", "p", "e2", "p2", "E", "W", "P", "w", "v")}

        def found():
            return network(self.one, WORLD, from_s=day, to_s=day + DAY, min_overlap_s=least)

        def count(kind, part=(0, 1)):
            return sum(chunk[0].size for chunk in getattr(found(), kind)(part=part))

        def shared(kind):
            return sum(local_shares(lambda part: count(kind, part), n_threads=2))

        for kind in ("episodes", "pairs"):  # compiled before the clock runs
            count(kind, (0, 1_000_000))
        for _ in range(repeats):
            for name, run in (
                ("e", lambda: count("episodes")), ("E", lambda: self.oracle.day(day, m=least, sql=sql.EPISODES)),
                ("p", lambda: count("pairs")), ("e2", lambda: shared("episodes")), ("p2", lambda: shared("pairs")),
            ):  # fmt: skip
                answer, took = timed(run)
                times[name].append(took)
                n = {"e": answer, "e2": answer}.get(name, 0) or locals().get("n", 0)
            times["w"].append(write(n))
            times["v"].append(write_again(n))
            if not is_large:
                times["W"].append(timed(lambda: self.oracle.write_day(day, m=least))[1])
            if not is_large:
                times["P"].append(timed(lambda: self.oracle.day(day, m=least, sql=sql.PAIRS))[1])
            say("a round of Q4")
        n, n_pairs = self.check(found(), day, least, some=self.args.persons // (16 if is_large else 1))
        e, p, w, v = (median(times[name]) for name in ("e", "p", "w", "v"))
        theirs, pairs = median(times["E"]), None if is_large else median(times["P"])
        self.add(Row("Q4 episodes, DuckDB counts", e, theirs, f"{n:,} rows"))
        if not is_large:
            self.add(Row("Q4 episodes, DuckDB writes too", e, median(times["W"])))
        self.add(Row("Q4 episodes, 2 threads", median(times["e2"]), theirs))
        self.add(Row("Q4 pairs", p, pairs, f"{n_pairs:,} rows; {p.cpu / e.cpu:.1f}x episodes"))
        self.add(Row("Q4 pairs, 2 threads", median(times["p2"]), pairs))
        self.add(
            Row("writing the episodes once", w, None, f"to fresh memory; episodes took {e.cpu / w.cpu:.1f}x")
        )
        self.add(
            Row("writing them to one buffer", v, None, f"in the cache; episodes took {e.cpu / v.cpu:.1f}x")
        )

    def check(self, found, day: int, least: int, *, some: int) -> tuple[int, int]:
        """Compare sums over every row of both lists with DuckDB's."""
        from benchmarks import trace_sql as sql

        n = n_pairs = mine = pairs = n_some = 0
        for c in found.episodes():
            a, b, place = (x.astype(np.int64) for x in c[:3])
            n, mine = (
                n + a.size,
                mine + int(((a * 31 + b * 17 + place * 7 + c.start_s) % 65_521 * c.overlap_s).sum()),
            )
        previous = (-1, -1)
        for c in found.pairs():
            a, b = c.person_a.astype(np.int64), c.person_b.astype(np.int64)
            key = a << 32 | b
            if (np.diff(key) <= 0).any() or (previous >= (int(a[0]), int(b[0]))):
                raise DiffersError("Q4 pairs: not in order, or one pair twice")
            previous, n_pairs = (int(a[-1]), int(b[-1])), n_pairs + a.size
            is_some = a < some
            n_some += int(is_some.sum())
            pairs += int(((a * 31 + b * 17) % 65_521 * c.overlap_s)[is_some].sum())
        if (n, mine) != self.oracle.day(day, m=least, sql=sql.EPISODES_CHECK):
            raise DiffersError("Q4 episodes: the answers differ")
        if (n_some, pairs) != self.oracle.day(day, m=least, sql=sql.PAIRS_CHECK, some=some):
            raise DiffersError("Q4 pairs: the answers differ")
        return n, n_pairs

    def add(self, row: Row) -> None:
        self.rows.append(row)
        say(line(row))


def write(n: int) -> Took:
    """Time to write five 4-byte columns of n rows to memory not used before."""
    return timed(lambda: [np.full(n, value, np.uint32) for value in range(5)])[1]


def write_again(n: int) -> Took:
    """Time to write as many rows into buffers of a chunk, over and over: no more than the cache is asked for."""
    buffers = [np.zeros(65_536, np.uint32) for _ in range(5)]

    def fill():
        for _ in range(n // 65_536 + 1):
            for buffer in buffers:
                buffer += 1

    return timed(fill)[1]


COUNTY = """
import sys, time
import numpy as np
from fireline.contacts.index import VisitIndex, ready
from fireline.contacts.search import contacts
v = [np.load(f"{sys.argv[1]}/{name}.npy") for name in ("person", "place", "enter", "leave")]
index = ready(VisitIndex.from_arrays(*v))
rng = np.random.default_rng(3)
cases = rng.integers(0, int(v[0].max()) + 1, 5000).astype(np.uint32)
low, high = int(v[2].min()), int(v[3].max())
contacts(index, cases[:1], low, high, 900)
print("first", flush=True)
print(contacts(index, cases, low, high, 900).case_i.size, flush=True)
"""


def county(seed: int) -> tuple[float, float, int]:
    """An ordinary county's day: seconds from the start of a process to the first answer and to all 5,000."""
    city = build_city(300_000, days=3, seed=seed)
    rows = slice(city.day_starts[1], city.day_starts[2])
    with tempfile.TemporaryDirectory() as folder:
        for name, column in zip(("person", "place", "enter", "leave"), city[:4], strict=True):
            np.save(Path(folder) / f"{name}.npy", column[rows])
        command = [sys.executable, "-c", COUNTY, folder]
        took = []
        for _ in range(4):  # the first of them may compile
            begun = time.perf_counter()
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT / "src")}
            ) as run:
                run.stdout.readline()
                first = time.perf_counter() - begun
                run.stdout.readline()
                took.append((first, time.perf_counter() - begun))
    first, last = np.median(took[1:], axis=0)
    return float(first), float(last), int(rows.stop - rows.start)


def line(row: Row) -> str:
    def ms(x: float) -> str:
        return f"{x * 1e3:,.3f}" if x < 0.01 else f"{x * 1e3:,.1f}"

    theirs = ["", "", "", ""]
    if row.theirs:
        theirs = [ms(row.theirs.wall), ms(row.theirs.cpu)]
        theirs += [f"{b / a:,.0f}x" if a else "" for a, b in zip(row.ours, row.theirs, strict=True)]
    cells = (ms(row.ours.wall), ms(row.ours.cpu), *theirs)
    return f"{row.name:34}" + "".join(f"{cell:>12}" for cell in cells) + f"  {row.note}"


def main(argv: list[str] | None = None) -> int:
    """Print the table; 1 when two answers differ."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--persons", type=int, default=50_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--duckdb-threads", type=int, default=2)
    parser.add_argument("--skip-county", action="store_true", help="leave out the county's day")
    args = parser.parse_args(argv)
    is_large = args.persons >= LARGE
    try:
        bench = Bench(args)
        for k, repeats in ((1, 60), (100, 9), (1_000, 3)):
            bench.contacts(k, repeats)
        bench.secondary(6 if is_large else 15)
        bench.company(1 if is_large else 3)
        others = bench.others(6 if is_large else 20)
    except DiffersError as difference:
        print(difference, file=sys.stderr)
        return 1
    print(f"\n{args.persons:,} persons, {args.days} days, {bench.n:,} visits, seed {args.seed}; ", end="")
    print(
        f"DuckDB {bench.version} with {args.duckdb_threads} threads; milliseconds, medians; every answer equal\n"
    )
    heads = ("wall", "CPU", "DuckDB wall", "CPU", "wall", "CPU")
    print(" " * 34 + "".join(f"{head:>12}" for head in heads))
    for row in bench.rows:
        print(line(row))
    print("", *others, sep="\n")
    split = sum(part.n_bytes for part in bench.by_day) / bench.n
    print(f"\nindex of all days: {bench.build.wall:.2f} s, {bench.index.n_bytes / bench.n:.2f} bytes a visit")
    print(
        f"one day: {np.median(bench.ingest) / 1e6:.1f} M visits/s of one core; {len(bench.by_day)} segments {split:.2f} bytes a visit"
    )
    print(
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB, all of the above in one process"
    )
    if not args.skip_county:
        first, last, n = county(args.seed)
        print(
            f"a county's day, {n:,} visits: first answer {first:.2f} s after the start, 5,000 cases {last:.2f} s"
        )
    print(f"{time.perf_counter() - BEGUN:.0f} s in all")
    return 0


BEGUN = time.perf_counter()

if __name__ == "__main__":
    sys.exit(main())
