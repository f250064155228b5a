"""kernels.copresence equals its plain-loop twin and a SQL engine, on generated and on edge tables."""

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_copresence import naive_pairs

from fireline.kernels import copresence

HOUR = 3600


def run(visits, windows, min_overlap_s, n_persons=8):
    columns = np.array(visits, np.int64).reshape(-1, 4).T
    is_case = np.zeros(n_persons, bool)
    low, high = np.zeros(n_persons, np.int64), np.zeros(n_persons, np.int64)
    for person, (start, end) in windows.items():
        is_case[person], low[person], high[person] = True, start, end
    found = copresence.pairs_with_cases(
        place_i=columns[0],
        person_i=columns[1],
        enter_s=columns[2],
        leave_s=columns[3],
        is_case=is_case,
        from_s=low,
        to_s=high,
        min_overlap_s=min_overlap_s,
    )
    return [tuple(int(x) for x in row) for row in zip(*found, strict=True)]


@st.composite
def worlds(draw):
    visits = []
    for _ in range(draw(st.integers(0, 25))):
        enter = draw(st.integers(0, 40))
        stay = draw(st.one_of(st.integers(0, 6), st.integers(30, 60)))  # some stays are very long
        visits.append((draw(st.integers(0, 3)), draw(st.integers(0, 7)), enter, enter + stay))
    windows = {}
    for person in draw(st.sets(st.integers(0, 7), max_size=4)):
        start = draw(st.integers(0, 50))
        windows[person] = (start, start + draw(st.integers(0, 60)))
    return visits, windows, draw(st.integers(1, 6))


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_equals_twin(world):
    visits, windows, least = world
    assert run(visits, windows, least) == naive_pairs(visits, windows, least)


@settings(max_examples=40, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(world, random):
    visits, windows, least = world
    before = run(visits, windows, least)
    random.shuffle(visits)
    assert run(visits, windows, least) == before


def test_many_episodes_outgrow_the_first_buffer():
    visits = [(0, 0, 0, 10_000)] + [(0, 1 + k % 7, 2 * k, 2 * k + 1) for k in range(3000)]
    found = run(visits, {0: (0, 10_000)}, 1)
    assert sum(row[3] for row in found) == 3000
    assert found == naive_pairs(visits, {0: (0, 10_000)}, 1)


EDGES = [
    ("no visits", [], {0: (0, 10)}, []),
    ("one visit", [(0, 0, 0, 9)], {0: (0, 10)}, []),
    ("no case", [(0, 0, 0, 9), (0, 1, 0, 9)], {}, []),
    ("leaves as the other enters", [(0, 0, 0, 9), (0, 1, 9, 12)], {0: (0, 20)}, []),
    ("one second", [(0, 0, 0, 10), (0, 1, 9, 12)], {0: (0, 20)}, [(0, 1, 1, 1, 9, 10, 0)]),
    (
        "all equal",
        [(0, k, 0, 5) for k in range(3)],
        {0: (0, 9)},
        [(0, 1, 5, 1, 0, 5, 0), (0, 2, 5, 1, 0, 5, 0)],
    ),
    ("empty stay", [(0, 0, 0, 9), (0, 1, 4, 4)], {0: (0, 9)}, []),
    ("clipped by the window", [(0, 0, 0, 9), (0, 1, 0, 9)], {0: (3, 5)}, [(0, 1, 2, 1, 3, 5, 0)]),
    ("another place", [(0, 0, 0, 9), (1, 1, 0, 9)], {0: (0, 9)}, []),
    ("oneself", [(0, 0, 0, 9), (0, 0, 3, 5)], {0: (0, 9)}, []),
    (
        "two cases, each in its own window",
        [(0, 0, 0, 9), (0, 1, 0, 9)],
        {0: (0, 2), 1: (5, 9)},
        [(0, 1, 2, 1, 0, 2, 0), (1, 0, 4, 1, 5, 9, 0)],
    ),
    (
        "tie of places goes to the smaller",
        [(2, 0, 0, 4), (2, 1, 0, 4), (1, 0, 5, 9), (1, 1, 5, 9)],
        {0: (0, 9)},
        [(0, 1, 8, 2, 0, 9, 1)],
    ),
]


@pytest.mark.parametrize(("visits", "windows", "expected"), [e[1:] for e in EDGES], ids=[e[0] for e in EDGES])
def test_edges(visits, windows, expected):
    assert run(visits, windows, 1) == expected == naive_pairs(visits, windows, 1)


def test_a_stay_of_weeks_is_not_lost():
    weeks = 30 * 24 * HOUR
    visits = [
        (0, 1, 0, weeks),
        *[(0, 2, d * 24 * HOUR, d * 24 * HOUR + 60) for d in range(29)],
        (0, 0, weeks - HOUR, weeks),
    ]
    assert run(visits, {0: (weeks - 2 * HOUR, weeks)}, 900) == [(0, 1, HOUR, 1, weeks - HOUR, weeks, 0)]


SQL = """
with e as (
  select a.person as c, b.person as o, a.place as place,
         greatest(a.enter, b.enter, w.low) as s, least(a.leave, b.leave, w.high) as t
  from visits a join windows w on w.person = a.person
  join visits b on b.place = a.place and b.person <> a.person
  where a.leave > a.enter and b.leave > b.enter and a.enter < b.leave and b.enter < a.leave),
q as (select * from e where t - s >= $least),
p as (select c, o, place, sum(t - s) as total from q group by all),
best as (select c, o, place, row_number() over (partition by c, o order by total desc, place) as k from p)
select q.c, q.o, sum(t - s), count(*), min(s), max(t), any_value(best.place)
from q join best on best.c = q.c and best.o = q.o and best.k = 1 group by q.c, q.o order by 1, 2
"""


def test_equals_sql_on_a_small_town():
    rng = np.random.default_rng(5)
    n, n_persons = 1200, 150
    enter = rng.integers(0, 14 * 86400, n)
    stay = np.where(rng.random(n) < 0.05, rng.integers(86400, 10 * 86400, n), rng.integers(60, 9000, n))
    visits = list(
        zip(rng.integers(0, 40, n), rng.integers(0, n_persons, n), enter, enter + stay, strict=True)
    )
    visits = [tuple(int(x) for x in row) for row in visits]
    windows = {
        int(k): (int(s), int(s) + 4 * 86400) for k, s in zip(range(0, 30), rng.integers(0, 9 * 86400, 30))
    }
    con = duckdb.connect()
    con.execute("create table visits(place bigint, person bigint, enter bigint, leave bigint)")
    con.executemany("insert into visits values (?, ?, ?, ?)", visits)
    con.execute("create table windows(person bigint, low bigint, high bigint)")
    con.executemany("insert into windows values (?, ?, ?)", [(k, *w) for k, w in windows.items()])
    expected = [tuple(int(x) for x in row) for row in con.execute(SQL, {"least": 600}).fetchall()]
    assert len(expected) > 90
    assert run(visits, windows, 600, n_persons) == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"enter_s": np.zeros(1, np.int64)}, "enter_s: expected shape"),
        ({"person_i": np.array([0, 9])}, "person_i: row 1 is outside"),
        ({"leave_s": np.array([5, -1])}, "leave_s: row 1 ends before it begins"),
        ({"min_overlap_s": 0}, "min_overlap_s"),
        ({"to_s": np.zeros(3, np.int64)}, "to_s: expected shape"),
    ],
)
def test_refuses_wrong_arrays(change, message):
    arrays = {
        "place_i": np.array([0, 0]),
        "person_i": np.array([0, 1]),
        "enter_s": np.array([0, 0]),
        "leave_s": np.array([5, 5]),
        "is_case": np.array([True, False]),
        "from_s": np.zeros(2, np.int64),
        "to_s": np.full(2, 9),
        "min_overlap_s": 1,
    }
    with pytest.raises(ValueError, match=message):
        copresence.pairs_with_cases(**(arrays | change))
