"""The SQL twin of the searches: the same questions to DuckDB, on copies sorted as each question likes it.

Benchmarks: read by trace. Never part of the product. Times are 4-byte seconds after the first day, filters are
written where the engine can push them down, and a stay of any length is found: nothing looks back a fixed time.
"""

from __future__ import annotations

import duckdb
import numpy as np

OWN = """
own AS (
    SELECT c.case_i, v.person, v.place, greatest(v.enter, c.from_s) AS x, least(v.leave, c.to_s) AS y
    FROM {cases} c JOIN by_person v ON v.person = c.person
    WHERE v.enter <= c.to_s - $m AND v.leave >= c.from_s + $m
      AND least(v.leave, c.to_s) - greatest(v.enter, c.from_s) >= $m
)"""
MET = """
    SELECT own.case_i, own.person AS me, o.person, greatest(o.enter, own.x) AS s, least(o.leave, own.y) AS e
    FROM {own} own JOIN by_place o
      ON o.place = own.place AND o.enter <= own.y - $m AND o.leave >= own.x + $m
    WHERE o.person <> own.person AND o.leave - o.enter >= $m"""
CONTACTS = f"""
WITH {OWN.format(cases="cases")}
SELECT case_i, person, sum(e - s)::BIGINT AS overlap_s, count(*) AS episodes, min(s)::BIGINT AS first_s,
       max(e)::BIGINT AS last_s
FROM ({MET.format(own="own")}) GROUP BY case_i, person ORDER BY case_i, person"""
SECONDARY = f"""
WITH {OWN.format(cases="cases")},
first AS (
    SELECT case_i, person, min(s) AS from_s FROM ({MET.format(own="own")}) GROUP BY case_i, person
),
followed AS (SELECT f.case_i, f.person, f.from_s, c.to_s FROM first f JOIN cases c USING (case_i)),
{OWN.format(cases="followed").replace("own AS", "own2 AS")},
link AS (
    SELECT case_i, me AS via, person, sum(e - s)::BIGINT AS o, count(*) AS n, min(s) AS f, max(e) AS l
    FROM ({MET.format(own="own2")}) GROUP BY case_i, me, person
)
SELECT case_i, person, arg_max(via, o * 4294967296 - via) AS via_i, max(o) AS via_overlap_s,
       sum(o)::BIGINT AS overlap_s, sum(n)::BIGINT AS episodes, count(*) AS links, min(f)::BIGINT AS first_s,
       max(l)::BIGINT AS last_s
FROM link
WHERE person NOT IN (SELECT person FROM first) AND person NOT IN (SELECT person FROM cases)
GROUP BY case_i, person ORDER BY case_i, person"""
DAY = """
WITH day AS (
    SELECT place, person, greatest(enter, $low) AS e, least(leave, $high) AS l FROM by_place
    WHERE enter <= $high - $m AND leave >= $low + $m AND least(leave, $high) - greatest(enter, $low) >= $m
),
met AS (
    SELECT a.person AS a, b.person AS b, a.place AS place, greatest(a.e, b.e) AS s, least(a.l, b.l) AS t
    FROM day a JOIN day b
      ON a.place = b.place AND a.person < b.person AND b.e <= a.l - $m AND a.e <= b.l - $m
)"""
EPISODES = DAY + "SELECT count(*), sum(t - s)::BIGINT FROM met"
ROWS = "SELECT a, b, place, s - $low AS start_s, t - s AS overlap_s FROM met"
PAIRS = DAY + "SELECT count(*), sum(o)::BIGINT FROM (SELECT a, b, sum(t - s) AS o FROM met GROUP BY a, b)"
EPISODES_CHECK = (
    DAY
    + """
SELECT count(*), sum((a::BIGINT * 31 + b::BIGINT * 17 + place::BIGINT * 7 + (s - $low)) % 65521 * (t - s))::HUGEINT
FROM met"""
)
PAIRS_CHECK = (
    DAY
    + """
SELECT count(*), sum((a::BIGINT * 31 + b::BIGINT * 17) % 65521 * o)::HUGEINT
FROM (SELECT a, b, sum(t - s)::BIGINT AS o FROM met WHERE a < $some GROUP BY a, b)"""
)


class Oracle:
    """DuckDB in memory with the two sorted copies."""

    def __init__(self, index, *, base_s: int, n_threads: int) -> None:
        self.base_s = base_s
        self.con = duckdb.connect(config={"threads": n_threads})
        self.con.execute("SET preserve_insertion_order = true")
        arrays = index.arrays
        place = np.repeat(
            np.arange(arrays.place_start.size - 1, dtype=np.uint32), np.diff(arrays.place_start)
        )
        enter = (arrays.enter.astype(np.int64) + index.base_s - base_s).astype(np.int32)
        stay = arrays.stay_low.astype(np.int32)
        if arrays.stay_high.size:
            stay += arrays.stay_high.astype(np.int32) << 16
        columns = {"place": place, "enter": enter, "leave": enter + stay, "person": arrays.person}
        self._table("by_place", columns)
        order = arrays.position
        self._table(
            "by_person", {name: columns[name][order] for name in ("person", "enter", "leave", "place")}
        )

    def _table(self, name: str, columns: dict[str, np.ndarray]) -> None:
        self.con.register("incoming", columns)
        self.con.execute(f"CREATE TABLE {name} AS SELECT {', '.join(columns)} FROM incoming")
        self.con.unregister("incoming")

    def ask(self, cases, from_s, to_s, *, m: int, sql: str) -> list[np.ndarray]:
        """Contacts (CONTACTS) or contacts of contacts (SECONDARY); the columns in order, times as epoch seconds."""
        asked = {
            "case_i": np.arange(cases.size, dtype=np.uint32),
            "person": cases,
            "from_s": (from_s - self.base_s).astype(np.int32),
            "to_s": (to_s - self.base_s).astype(np.int32),
        }
        self.con.register("cases", asked)
        found = self.con.execute(sql, {"m": m}).fetchnumpy()
        for name in ("first_s", "last_s"):
            found[name] = found[name] + self.base_s
        return list(found.values())

    def day(self, low: int, *, m: int, sql: str, some: int | None = None) -> tuple[int, ...]:
        """One row of figures about everybody's company on one day."""
        given = {"low": low - self.base_s, "high": low - self.base_s + 86_400, "m": m}
        if some is not None:
            given["some"] = some
        return tuple(int(x or 0) for x in self.con.execute(sql, given).fetchone())

    def write_day(self, low: int, *, m: int) -> None:
        """Write the episodes of one day into a table, as the search writes them into its buffers."""
        given = {"low": low - self.base_s, "high": low - self.base_s + 86_400, "m": m}
        self.con.execute("CREATE OR REPLACE TEMP TABLE written AS " + DAY + ROWS, given)
        self.con.execute("DROP TABLE written")

    @staticmethod
    def version() -> str:
        return duckdb.__version__
