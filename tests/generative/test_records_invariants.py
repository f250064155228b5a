"""Whatever people send: each row is accounted for once, and order and names of persons do not matter."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fireline.feeds.model import FILE, ORIGIN, ROW, Feed, FileRows, TableRows
from fireline.records.clean import clean
from fireline.records.model import schema

TZ = ZoneInfo("Asia/Shanghai")
KEY = bytes(range(32))
FEW = settings(max_examples=20, deadline=None)
DATES = st.sampled_from(
    ("2026-06-12", "2026-06-12 09:30", "12/6/2026", "2026年6月12日", "", "31 June", "2026-06-12T09:30Z", None)
)
CASE = st.fixed_dictionaries(
    {
        "case_id": st.sampled_from(("1", "2", "3", "4", "", "=1+1", None)),
        "person_key": st.sampled_from(("a", "b", "c", "", None)),
        "disease": st.sampled_from(("measles", "麻疹", "", None)),
        "onset": DATES,
        "reported_at": DATES,
        "classification": st.sampled_from(("confirmed", "确诊", "sure", "", None)),
    }
)
VISIT = st.fixed_dictionaries(
    {
        "person_key": st.sampled_from(("a", "b", "")),
        "place_id": st.sampled_from(("x", "y", "")),
        "enter": DATES,
        "leave": DATES,
    }
)
FEEDS = st.tuples(st.lists(CASE, max_size=12), st.lists(VISIT, max_size=12))


def table(name, rows):
    columns = list(rows[0]) if rows else []
    frame = pl.DataFrame(
        {
            FILE: [f"{name}.csv"] * len(rows),
            ROW: range(1, len(rows) + 1),
            ORIGIN: [0] * len(rows),
            **{c: [r[c] for r in rows] for c in columns},
        },
        schema={FILE: pl.String, ROW: pl.Int64, ORIGIN: pl.Int64, **dict.fromkeys(columns, pl.String)},
    )
    return TableRows(name, frame, {c: c for c in columns})


def cleaned(cases, visits, key=KEY):
    tables = tuple(table(n, rows) for n, rows in (("cases", cases), ("visits", visits)) if rows)
    files = tuple(FileRows(f"{t.table}.csv", t.rows.height) for t in tables)
    return clean(Feed(tables, files), tz=TZ, area="CN-411624", key=key)


@FEW
@given(FEEDS)
def test_each_row_is_kept_merged_or_rejected_once(feeds):
    found = cleaned(*feeds)
    for file in found.sums:
        assert file.rows == file.kept + file.merged + file.rejected, file
    n_cases = sum(f.kept for f in found.sums if f.file == "cases.csv")
    assert found.table("cases").height == n_cases
    for name in ("cases", "visits"):
        assert dict(found.table(name).schema) == schema(name)


@FEW
@given(FEEDS)
def test_no_row_without_its_key_and_no_formula_gets_in(feeds):
    found = cleaned(*feeds)
    cases = found.table("cases")
    assert cases["case_id"].null_count() == 0
    assert set(cases["case_id"]) <= {"1", "2", "3", "4"}
    assert cases["case_id"].is_unique().all()
    visits = found.table("visits")
    assert visits["enter"].null_count() == 0
    assert (visits["leave"].is_null() | (visits["leave"] >= visits["enter"])).all()


@FEW
@given(FEEDS)
def test_every_instant_says_how_precise_it_is(feeds):
    for frame in cleaned(*feeds).tables.values():
        for column in frame.columns:
            if f"{column}_precision" in frame.columns:
                assert (
                    frame[column].is_null().equals(frame[f"{column}_precision"].is_null(), check_names=False)
                )


@FEW
@given(FEEDS)
def test_no_name_of_a_person_is_left_and_another_key_names_everybody_anew(feeds):
    one, two = cleaned(*feeds), cleaned(*feeds, key=bytes(range(1, 33)))
    for name in ("cases", "visits"):
        keys = set(one.table(name)["person_key"].drop_nulls())
        assert not keys & {"a", "b", "c"}
        assert not keys & set(two.table(name)["person_key"].drop_nulls())
        rest = [c for c in one.table(name).columns if c != "person_key"]
        assert one.table(name).select(rest).sort(rest).equals(two.table(name).select(rest).sort(rest))


@FEW
@given(FEEDS)
def test_a_fault_never_tells_what_stood_in_a_column_of_persons(feeds):
    for fault in cleaned(*feeds).faults:
        assert fault.allowed.zh and fault.code and fault.effect in ("rejected", "null", "conflict", "file")
        if fault.column == "person_key":
            allowed = ("nothing", "text of ", "another value than an earlier row")
            assert fault.found.en.startswith(allowed)
        assert "=1+1" not in fault.found.en + fault.found.zh
