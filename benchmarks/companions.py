"""Companions, nearness and backward search beside DuckDB on the same city, in turns, with equal checksums.

Benchmarks: ``python -m benchmarks.companions --persons N --days 14 --seed S``; ``rows`` is read by trace. Windows
and limits are drawn at random for each query, nothing is kept between queries but buffers.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from typing import Any, NamedTuple

import duckdb
import numpy as np

from benchmarks.city import DAY, START_S, City, build_city
from fireline.contacts.backward import common_places, log_ratios
from fireline.contacts.cells import CellIndex
from fireline.contacts.index import VisitIndex, ready
from fireline.contacts.near import Positions, near
from fireline.kernels.companions import AND, EPISODE, find_companions

N_CELLS_PER_PERSON = 1 / 430
"""Cells of 800 m: a city of 1.3 million on about 1,900 km2."""


class Row(NamedTuple):
    """One line of the table; times are milliseconds."""

    query: str
    n: int
    rows_p50: float
    ours_wall: float
    ours_cpu: float
    duck_wall: float
    duck_cpu: float
    is_equal: bool

    def text(self) -> str:
        return (
            f"| {self.query} | {self.n} | {self.rows_p50:,.0f} | {self.ours_wall:.2f} | {self.ours_cpu:.2f} | "
            f"{self.duck_wall:.1f} | {self.duck_cpu:.1f} | {self.duck_wall / self.ours_wall:.0f}x / "
            f"{self.duck_cpu / self.ours_cpu:.0f}x | {'equal' if self.is_equal else 'DIFFERENT'} |"
        )


HEAD = (
    "| query | n | rows | Fireline wall ms | CPU ms | DuckDB wall ms | CPU ms | ratio wall / CPU | checksum |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def cells_of(city: City, rng: np.random.Generator) -> np.ndarray:
    """A cell for each place: cells have heavy-tailed sizes, the largest holds a hundredth of all places."""
    n = max(20, round(city.n_persons * N_CELLS_PER_PERSON))
    weight = (1.0 - rng.random(n)) ** (-1.0 / 1.5)
    weight = np.minimum(weight, weight.sum() / 100)
    bounds = np.cumsum(weight / weight.sum())
    return np.minimum(np.searchsorted(bounds, rng.random(city.n_places)), n - 1)


def _timed(work: Any) -> tuple[Any, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return found, (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3


def _row(query: str, pairs: list[tuple[Any, Any]]) -> Row:
    """Run pairs of (ours, DuckDB) in turns; each gives a tuple whose first entry is the number of rows."""
    figures, sizes, is_equal = [], [], True
    for ours, theirs in pairs:
        mine, *a = _timed(ours)
        other, *b = _timed(theirs)
        is_equal = is_equal and tuple(mine) == tuple(other)
        figures.append((*a, *b))
        sizes.append(mine[0])
    ours_wall, ours_cpu, duck_wall, duck_cpu = np.median(np.array(figures), axis=0)
    return Row(query, len(pairs), float(np.median(sizes)), ours_wall, ours_cpu, duck_wall, duck_cpu, is_equal)


def load_visits(connection: duckdb.DuckDBPyConnection, city: City, cell: np.ndarray) -> None:
    """Sorted copies for DuckDB: visits by (place, enter) and merged stays in cells by (cell, enter)."""
    visits = {
        "p": city.person_i,
        "q": city.place_i,
        "e": city.enter_s,
        "l": city.leave_s,
        "c": cell[city.place_i].astype(np.uint32),
    }
    connection.register("given", visits)
    connection.execute("create table raw as select * from given where l > e")
    connection.execute("create table by_place as select p, q, e, l from raw order by q, e")
    connection.execute("create table by_person as select p, q, e, l from raw order by p, e")
    merged = """select p, c, min(e) as e, max(l) as l from (
        select *, sum(s) over (partition by p, c order by e, l rows unbounded preceding) as g from (
          select p, c, e, l, case when e <= max(l) over (
            partition by p, c order by e, l rows between unbounded preceding and 1 preceding) then 0 else 1 end as s
          from raw)) group by p, c, g"""
    connection.execute(f"create table cells as select * from ({merged}) order by c, e")
    connection.execute("create table cells_by_person as select * from cells order by p, c, e")
    connection.execute("drop table raw")


COMPANIONS = """
with mine as (select c, e, l from cells_by_person where p = $case and e < $high and l > least($low, $start)),
met as (
  select o.c as c, o.p as p, greatest(o.e, m.e, $low) as e, least(o.l, m.l, $high) as l
  from mine m join cells o on o.c = m.c and o.e < least(m.l, $high) and o.l > greatest(m.e, $low)
  where o.p <> $case and m.e < $high and m.l > $low),
pairs as (
  select c, p, sum(l - e) as together, max(l - e) as longest, count(*) as n, min(e) as first, max(l) as last
  from met where l > e group by c, p having max(l - e) > $longer),
stays as (
  select s.c as c, s.p as p, sum(greatest(0, least(s.l, $high) - greatest(s.e, $start))) as stay
  from cells s where s.c in (select c from pairs) and s.e < $high and s.l > $start group by s.c, s.p),
own as (select c, sum(greatest(0, least(l, $high) - greatest(e, $start))) as stay from mine group by c)
select count(*), sum(t.p::hugeint * 31 + t.c), sum(together), sum(longest), sum(n), sum(first), sum(last),
  sum(own.stay), sum(coalesce(stays.stay, 0))
from pairs t join own using (c) left join stays on stays.c = t.c and stays.p = t.p
where greatest(own.stay, coalesce(stays.stay, 0)) > $stay
"""


def _sums(found: Any) -> tuple[int, ...]:
    """Checksum of companions."""
    case, cell, person, *figures = found
    if not case.size:
        return (0, *[None] * 8)
    keys = person.astype(np.int64) * 31 + cell
    return (int(case.size), int(keys.sum()), *(int(c.sum()) for c in figures))


def companion_row(
    cells: CellIndex, connection: duckdb.DuckDBPyConnection, rng: np.random.Generator, *, n: int, persons: int
) -> Row:
    """Q3: one case, more than some minutes, a stay of more than some hours in the days before."""
    pairs = []
    for _ in range(n):
        high = START_S + 14 * DAY - int(rng.integers(0, 3 * DAY))
        low = high - int(rng.integers(1, 5)) * DAY
        asked = {
            "case": int(rng.integers(0, persons)), "low": low, "high": high,
            "longer": int(rng.integers(5, 20)) * 60, "stay": int(rng.integers(20, 40)) * 3_600,
            "start": high - 14 * DAY,
        }  # fmt: skip

        def ours(a=asked):
            return _sums(
                find_companions(
                    cells.arrays, base_s=cells.base_s, n_days=cells.n_days,
                    cases=np.array([a["case"]], np.uint32), from_s=np.array([a["low"]]),
                    to_s=np.array([a["high"]]), longer_than_s=a["longer"], stay_longer_than_s=a["stay"],
                    stay_window_s=14 * DAY, join=AND, reading=EPISODE, area=None, buffers=cells.buffers,
                )
            )  # fmt: skip

        def theirs(a=asked):
            return connection.execute(COMPANIONS, a).fetchone()

        pairs.append((ours, theirs))
    return _row("Q3 companions, one case", pairs)


COMMON = """
with own as (
  select distinct v.q as q, k.i as i from cases k join by_person v on v.p = k.p and v.e < k.high and v.l > k.low),
shared as (select q, count(*) as k from own group by q having count(*) >= 2),
there as (
  select distinct v.q as q, v.p as p, k.i as i
  from shared s join by_place v on v.q = s.q join cases k on v.e < k.high and v.l > k.low),
crowd as (
  select q, count(*) as visitors, count(distinct p) filter (where p not in (select p from cases)) as others
  from there group by q)
select s.q, s.k, visitors, others from shared s join crowd using (q)
"""


def common_row(
    index: Any,
    connection: duckdb.DuckDBPyConnection,
    rng: np.random.Generator,
    *,
    n: int,
    persons: int,
    cases: int,
) -> Row:
    """Q6: places that cases share in the ten days before onset."""
    pairs = []
    for _ in range(n):
        people = rng.choice(persons, cases, replace=False).astype(np.int64)
        high = START_S + 14 * DAY - rng.integers(0, 4 * DAY, cases)
        low = high - int(rng.integers(5, 11)) * DAY

        def ours(people=people, low=low, high=high):
            hits = common_places(index, people, low, high, n_persons=persons)
            visitors = np.rint(hits.expected * persons).astype(np.int64)
            best = hits.place_i[:20].tolist()
            return (
                hits.place_i.size,
                int(hits.n_cases.sum()),
                int(visitors.sum()),
                int(hits.n_others.sum()),
                best,
            )

        def theirs(people=people, low=low, high=high):
            connection.register("given", {"i": np.arange(cases), "p": people, "low": low, "high": high})
            connection.execute("create or replace temp table cases as select * from given")
            table = connection.execute(COMMON).fetchnumpy()
            q, k, visitors, others = (np.asarray(c, np.int64) for c in table.values())
            ratio = log_ratios(k, n_cases=cases, visitors=visitors, n_persons=persons)
            best = q[np.lexsort((q, -ratio))][:20].tolist()
            return (q.size, int(k.sum()), int(visitors.sum()), int(others.sum()), best)

        pairs.append((ours, theirs))
    return _row(f"Q6 common places, {cases} cases", pairs)


NEAR = """
with mine as (select s, l, x, y, gx, gy from held where p = $case and s < $high and l > $low),
met as (
  select o.p as p, greatest(o.s, m.s, $low) as s, least(o.l, m.l, $high) as l
  from (select s, l, x, y, gx + dx as gx, gy + dy as gy
    from mine, (select unnest([-1, 0, 1]) as dx), (select unnest([-1, 0, 1]) as dy)) m
  join held o on o.gx = m.gx and o.gy = m.gy and o.s < m.l and o.l > m.s
  where o.p <> $case and (o.x - m.x) * (o.x - m.x) + (o.y - m.y) * (o.y - m.y) < $d * $d),
runs as (
  select p, s, l, sum(b) over (partition by p order by s rows unbounded preceding) as g from (
    select p, s, l, case when s <= lag(l) over (partition by p order by s) then 0 else 1 end as b
    from met where l > s)),
episodes as (select p, g, min(s) as s, max(l) as l from runs group by p, g having max(l) - min(s) > $t),
pairs as (select p, sum(l - s) as near, max(l - s) as longest, count(*) as n, min(s) as s, max(l) as l
  from episodes group by p)
select count(*), sum(p), sum(near), sum(longest), sum(n), sum(s), sum(l) from pairs
"""


def samples(rng: np.random.Generator, n_persons: int, *, hours: int) -> tuple[np.ndarray, ...]:
    """A sample a minute: people wander over a square whose side keeps a fixed crowd, and rest now and then."""
    steps = hours * 60
    side = 3.0 * n_persons**0.5 + 20
    walks = rng.random((n_persons, steps)) < 0.3
    x, y = (
        np.cumsum(rng.normal(0, 3, (n_persons, steps)) * walks, axis=1) + rng.random((n_persons, 1)) * side
        for _ in range(2)
    )
    person = np.repeat(np.arange(n_persons), steps)
    at = np.tile(START_S + np.arange(steps) * 60, n_persons) + rng.integers(0, 50, n_persons * steps)
    return person, at, np.round(x.ravel(), 2) % side, np.round(y.ravel(), 2) % side


def near_row(connection: duckdb.DuckDBPyConnection, rng: np.random.Generator, *, n: int, persons: int) -> Row:
    """Q5: one case, less than some metres for more than some seconds, on a sample a minute."""
    person, at, x, y = samples(rng, persons, hours=8)
    positions = Positions.from_metres(person, at, x, y, max_gap_s=150)
    pieces = positions.pieces
    held = {
        "p": pieces.person, "s": pieces.enter, "l": pieces.leave, "x": pieces.x_m, "y": pieces.y_m,
        "gx": np.floor(pieces.x_m / 10).astype(np.int32), "gy": np.floor(pieces.y_m / 10).astype(np.int32),
    }  # fmt: skip
    connection.register("given", held)
    connection.execute("create table held as select * from given order by gy, gx, s")
    pairs = []
    for _ in range(n):
        low = START_S + int(rng.integers(0, 3)) * 3_600
        asked = {
            "case": int(rng.integers(0, persons)), "low": low, "high": low + int(rng.integers(2, 6)) * 3_600,
            "d": float(rng.integers(1, 4)), "t": int(rng.integers(1, 6)) * 60,
        }  # fmt: skip

        def ours(a=asked):
            hits = near(positions, [a["case"]], a["low"], a["high"], metres=a["d"], seconds=a["t"])
            sums = [int(c.sum()) if c.size else None for c in hits[1:7]]
            return (hits.case_i.size, *sums)

        def theirs(a=asked):
            return connection.execute(NEAR, a).fetchone()

        pairs.append((ours, theirs))
    return _row(f"Q5 near, one case of {persons:,}, {pieces.person.size:,} samples", pairs)


def rows(
    city: City,
    connection: duckdb.DuckDBPyConnection,
    rng: np.random.Generator,
    *,
    index: VisitIndex | None = None,
    n: int = 20,
    near_persons: int = 20_000,
    report: Any = print,
) -> list[Row]:
    """Lines of the table for one city.

    Parameters
    ----------
    city : City   14 days
    connection : DuckDB connection   tables are made in it
    rng : Generator
    index : VisitIndex or None   of the city's stays, where there is one already
    n : int   queries of each kind
    near_persons : int   people whose samples of eight hours are drawn for the distance criterion
    report : callable   takes lines about building and memory

    Returns
    -------
    list of Row
    """
    cell = cells_of(city, rng)
    index = index or VisitIndex.from_arrays(city.person_i, city.place_i, city.enter_s, city.leave_s)
    warm = VisitIndex.from_arrays(*(c[:2_000] for c in city[:4]))
    CellIndex.from_segments(warm, grid=None, cell_of_place=cell)
    cells, wall, cpu = _timed(lambda: CellIndex.from_segments(index, grid=None, cell_of_place=cell))
    report(
        f"cell index: {wall / 1e3:.1f} s wall, {cpu / 1e3:.1f} s CPU, {cells.n_bytes / city.person_i.size:.1f} bytes "
        f"a visit, {cells.arrays.cell_ids.size:,} cells, {cells.arrays.piece.size:,} pieces"
    )
    _, wall, cpu = _timed(lambda: load_visits(connection, city, cell))
    report(f"DuckDB load and sort: {wall / 1e3:.1f} s wall, {cpu / 1e3:.1f} s CPU")
    packed = ready(index)
    found = []
    for draw in (
        lambda k: companion_row(cells, connection, rng, n=k, persons=city.n_persons),
        lambda k: common_row(packed, connection, rng, n=k, persons=city.n_persons, cases=10),
        lambda k: common_row(packed, connection, rng, n=max(2, k // 4), persons=city.n_persons, cases=100),
        lambda k: near_row(connection, rng, n=k, persons=near_persons),
    ):
        line = draw(n)
        report(line.text())
        found.append(line)
        connection.execute("drop table if exists held")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=50_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--queries", type=int, default=20)
    parser.add_argument("--memory", default="8GB", help="what DuckDB may take")
    parser.add_argument("--city", help="npz file with arrays p, q, e, l instead of a drawn city")
    given = parser.parse_args()
    if given.city:
        held = np.load(given.city)
        p, q, e, leave = (held[k] for k in "pqel")
        city = City(p, q, e, leave, np.array([0, p.size]), int(p.max()) + 1, int(q.max()) + 1)
    else:
        city = build_city(given.persons, days=given.days, seed=given.seed)
    print(f"{city.n_persons:,} persons, {city.person_i.size:,} visits")
    print(HEAD)
    connection = duckdb.connect(
        config={"memory_limit": given.memory, "temp_directory": tempfile.gettempdir()}
    )
    found = rows(city, connection, np.random.default_rng(given.seed), n=given.queries)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB (with DuckDB)")
    if not all(row.is_equal for row in found):
        raise SystemExit("checksums differ")


if __name__ == "__main__":
    main()
