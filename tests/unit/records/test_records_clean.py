"""Cleaning: every file row is kept, merged or rejected; persons are pseudonyms; keys are unique."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fireline.errors import Fault, FaultCode
from fireline.feeds.model import FILE, ORIGIN, ROW, Feed, FileRows, TableRows
from fireline.feeds.tables import TABLES
from fireline.privacy.pseudonym import pseudonymise
from fireline.records.clean import clean, clean_all
from fireline.records.model import schema
from fireline.words import Words

TZ = ZoneInfo("Asia/Shanghai")
KEY = bytes(range(32))


def rows_of(
    table: str, *rows: dict[str, str | None], file: str = "f.csv", at: list[int] | None = None
) -> TableRows:
    columns = list(dict.fromkeys(c for r in rows for c in r))
    frame = pl.DataFrame(
        {
            FILE: [file] * len(rows),
            ROW: at or list(range(1, len(rows) + 1)),
            ORIGIN: [0] * len(rows),
            **{c: [r.get(c) for r in rows] for c in columns},
        },
        schema={FILE: pl.String, ROW: pl.Int64, ORIGIN: pl.Int64, **dict.fromkeys(columns, pl.String)},
    )
    return TableRows(table, frame, {c: f"the {c}" for c in columns})


def feed(*tables: TableRows, n_rows: int | None = None) -> Feed:
    files = sorted({f for t in tables for f in t.rows[FILE]})
    counted = {f: max(int(t.rows.filter(pl.col(FILE) == f)[ROW].max() or 0) for t in tables) for f in files}
    return Feed(tables, tuple(FileRows(f, n_rows or counted[f]) for f in files))


def case(case_id: str | None, **cells: str | None) -> dict[str, str | None]:
    return {"case_id": case_id, "person_key": case_id, "disease": "measles", **cells}


def person(text: str) -> str:
    return pseudonymise([text], key=KEY, domain="person")[0]


def test_tables_have_the_promised_columns_and_are_sorted_by_key() -> None:
    records = clean(feed(rows_of("cases", case("b"), case("a"), case("c"))), tz=TZ, area="CN-411624", key=KEY)
    cases = records.table("cases")
    assert dict(cases.schema) == schema("cases")
    assert cases["case_id"].to_list() == ["a", "b", "c"]
    assert records.area == "CN-411624"


def test_persons_are_pseudonyms_and_the_same_everywhere() -> None:
    records = clean(
        feed(
            rows_of("cases", case("7")),
            rows_of(
                "links",
                {"from_case": "7", "to_person": "8", "kind": "contact"},
                {"from_case": "7", "to_person": "7", "kind": "household"},
            ),
            rows_of(
                "tests",
                {
                    "sample_id": "s",
                    "subject_kind": "person",
                    "subject_id": "7",
                    "kind": "pcr",
                    "taken_at": "2026-01-01",
                },
                {
                    "sample_id": "t",
                    "subject_kind": "site",
                    "subject_id": "7",
                    "kind": "pcr",
                    "taken_at": "2026-01-01",
                },
            ),
        ),
        tz=TZ,
        area="",
        key=KEY,
    )
    assert records.table("cases")["person_key"].to_list() == [person("7")]
    assert records.table("cases")["case_id"].to_list() == ["7"]
    assert set(records.table("links")["to_person"]) == {person("7"), person("8")}
    assert records.table("tests")["subject_id"].to_list() == [person("7"), "7"]


def test_another_key_gives_other_pseudonyms() -> None:
    given_rows = feed(rows_of("cases", case("7")))
    one, two = (
        clean(given_rows, tz=TZ, area="", key=k).table("cases")["person_key"][0] for k in (KEY, b"x" * 32)
    )
    assert one != two
    assert clean(given_rows, tz=TZ, area="", key=KEY).table("cases")["person_key"][0] == one


def test_identities_never_reach_the_records() -> None:
    found = clean_all(
        feed(rows_of("identities", {"person_key": "7", "name": "张三", "phone": "13800001111"})),
        tz=TZ,
        area="",
        key=KEY,
    )
    assert "identities" not in found.records.tables
    assert found.identities.row(0)[:2] == (person("7"), "张三")
    assert "13800001111" not in repr(found.records)


def test_identical_rows_merge_and_gaps_are_filled() -> None:
    records = clean(
        feed(
            rows_of(
                "cases",
                case("1", onset="2026-01-01"),
                case("1", onset="2026-01-01"),
                case("1", outcome="died"),
            )
        ),
        tz=TZ,
        area="",
        key=KEY,
    )
    row = records.table("cases").row(0, named=True)
    assert (records.table("cases").height, row["onset_precision"], row["outcome"]) == (1, "day", "died")
    (sums,) = records.sums
    assert (sums.rows, sums.kept, sums.merged, sums.rejected) == (3, 1, 2, 0)
    assert records.faults == ()


def test_contradictions_keep_the_first_value_and_are_questions() -> None:
    found = clean_all(
        feed(
            rows_of(
                "cases",
                case("1", onset="2026-01-01"),
                case("1", onset="2026-01-05"),
                case("1", onset="2026-01-06"),
            )
        ),
        tz=TZ,
        area="",
        key=KEY,
    )
    assert found.records.table("cases")["onset"][0].isoformat() == "2025-12-31T16:00:00+00:00"
    assert [(f.row, f.column, f.effect) for f in found.records.faults] == [
        (2, "the onset", "conflict"),
        (3, "the onset", "conflict"),
    ]
    ((zh, en),) = found.questions
    assert "2 行" in zh
    assert "in 2 rows 'the onset' differs" in en


def test_a_filled_instant_brings_its_own_precision() -> None:
    records = clean(
        feed(rows_of("cases", case("1"), case("1", onset="2026-01-05 14"))), tz=TZ, area="", key=KEY
    )
    assert records.table("cases")["onset_precision"].to_list() == ["hour"]


def test_a_missing_required_cell_rejects_and_an_unreadable_optional_one_becomes_null() -> None:
    records = clean(
        feed(rows_of("cases", case(None), case("2", onset="soon"), case("3", classification="maybe"))),
        tz=TZ,
        area="",
        key=KEY,
    )
    assert records.table("cases")["case_id"].to_list() == ["2", "3"]
    assert records.table("cases")["onset"].null_count() == 2
    got = [(f.row, f.column, f.found.en, f.effect) for f in records.faults]
    assert got == [
        (1, "the case_id", "nothing", "rejected"),
        (1, "the person_key", "nothing", "rejected"),
        (2, "the onset", "text of 4 characters", "null"),
        (3, "the classification", "maybe", "null"),
    ]
    assert all(f.allowed.en for f in records.faults)


def test_a_row_is_kept_when_one_of_its_tables_keeps_it() -> None:
    tables = (
        rows_of("cases", case("1")),
        rows_of("links", {"from_case": None, "to_person": "1", "kind": "contact"}),
    )
    records = clean(feed(*tables), tz=TZ, area="", key=KEY)
    (sums,) = records.sums
    assert (sums.rows, sums.kept, sums.rejected) == (1, 1, 0)
    # the row is in, so its lost link is not called a rejected row
    assert [f.effect for f in records.faults] == ["null"]


def test_rows_that_gave_nothing_are_rejected_with_a_reason() -> None:
    records = clean(feed(rows_of("cases", case("1")), n_rows=3), tz=TZ, area="", key=KEY)
    (sums,) = records.sums
    assert (sums.rows, sums.kept, sums.rejected) == (3, 1, 2)
    assert [(f.row, f.found.en, f.effect) for f in records.faults] == [
        (2, "nothing that a table asks for", "rejected"),
        (3, "nothing that a table asks for", "rejected"),
    ]


def test_faults_of_the_reader_are_kept() -> None:
    found, allowed = Words("空行", "blank row"), Words("有内容的行", "a row with content")
    blank = Fault("f.csv", 2, None, FaultCode.BLANK_ROW, found, allowed, "rejected")
    base = feed(rows_of("cases", case("1")), n_rows=2)
    records = clean(Feed(base.tables, (FileRows("f.csv", 2, (blank,)),)), tz=TZ, area="", key=KEY)
    assert records.faults == (blank,)
    assert records.sums[0].rejected == 1


@pytest.mark.parametrize(
    ("said", "onset", "expected"),
    [
        ("day", "2026-01-05 14:05", ("2026-01-04T16:00:00", "day")),
        ("hour", "2026-01-05 14:05", ("2026-01-05T06:00:00", "hour")),
        ("minute", "2026-01-05 14:05", ("2026-01-05T06:05:00", "minute")),
        ("minute", "2026-01-05", ("2026-01-04T16:00:00", "day")),
        ("hour", "2026-01-05", ("2026-01-04T16:00:00", "day")),
        (None, "2026-01-05 14", ("2026-01-05T06:00:00", "hour")),
        ("天", "2026-01-05 14", ("2026-01-04T16:00:00", "day")),
    ],
)
def test_time_precision_makes_times_coarser_never_finer(
    said: str | None, onset: str, expected: tuple[str, str]
) -> None:
    rows = [case("1", onset=onset, time_precision=said), case("2", time_precision="day")]
    cases = clean(feed(rows_of("cases", *rows)), tz=TZ, area="", key=KEY).table("cases")
    assert (cases["onset"][0].replace(tzinfo=None).isoformat(), cases["onset_precision"][0]) == expected
    assert (cases["onset"][1], cases["onset_precision"][1]) == (None, None)
    assert "time_precision" not in cases.columns


def test_links_get_their_direction_from_their_kind_unless_said() -> None:
    links = clean(
        feed(
            rows_of(
                "links",
                {"from_case": "1", "to_person": "2", "kind": "infected_by", "directed": None},
                {"from_case": "2", "to_person": "2", "kind": "contact", "directed": None},
                {"from_case": "3", "to_person": "2", "kind": "infected_by", "directed": "no"},
            )
        ),
        tz=TZ,
        area="",
        key=KEY,
    ).table("links")
    assert links["directed"].to_list() == [True, False, False]


def test_an_area_that_is_its_own_parent_belongs_to_the_jurisdiction() -> None:
    rows = [
        {"area_code": "KR-1", "parent_code": "KR-1", "level": "province", "name": "A"},
        {"area_code": "KR-11", "parent_code": "KR-1", "level": "district", "name": "B"},
    ]
    areas = clean(feed(rows_of("areas", *rows)), tz=TZ, area="KR", key=KEY).table("areas")
    assert areas["parent_code"].to_list() == ["KR", "KR-1"]


def test_the_zone_of_a_file_wins_over_that_of_the_jurisdiction() -> None:
    part = rows_of("cases", case("1", onset="2026-01-05 14:00"))
    part = TableRows(part.table, part.rows, part.names, tz_name="Asia/Tokyo")
    assert clean(feed(part), tz=TZ, area="", key=KEY).table("cases")["onset"][0].hour == 5


@pytest.mark.parametrize(
    ("leave", "kept", "n_faults"),
    [
        ("2026-01-05 10:00", True, 0),
        ("2026-01-05 09:00", True, 0),
        ("2026-01-05 08:59", False, 1),
        (None, False, 0),
    ],
)
def test_an_end_before_its_start_is_not_believed(leave: str | None, kept: bool, n_faults: int) -> None:
    visit = {"person_key": "a", "place_id": "s", "enter": "2026-01-05 09:00", "leave": leave}
    records = clean(feed(rows_of("visits", visit)), tz=TZ, area="", key=KEY)
    row = records.table("visits").row(0, named=True)
    assert (row["leave"] is not None, row["leave_precision"] is not None) == (kept, kept)
    assert [(f.column, f.effect) for f in records.faults] == [("the leave", "null")] * n_faults


@pytest.mark.parametrize(
    ("written", "disease"),
    [
        ("COVID-19", "covid-19"),
        ("covid 19", "covid-19"),
        ("新型冠状病毒感染", "covid-19"),
        ("麻疹", "measles"),
        ("Food Borne", "food-borne"),
        ("exercise-x", "exercise-x"),
        ("H5N1", "h5n1"),
        ("Something New", "something-new"),
    ],
)
def test_diseases_get_ids(written: str, disease: str) -> None:
    rows = rows_of("cases", {"case_id": "1", "person_key": "1", "disease": written})
    assert clean(feed(rows), tz=TZ, area="", key=KEY).table("cases")["disease"].to_list() == [disease]


def test_positions_become_stays_on_a_grid() -> None:
    def sample(at: str, lon: str = "115.0001", who: str = "p") -> dict[str, str | None]:
        return {"person_key": who, "lon": lon, "lat": "33.4001", "at": f"2026-01-05 {at}"}

    records = clean(
        feed(
            rows_of(
                "positions",
                sample("10:00"),
                sample("10:10"),
                sample("10:20"),
                sample("10:25", "115.1"),
                sample("14:00"),
                sample("14:05"),
                sample("14:20"),
                sample("10:00", who="q"),
            )
        ),
        tz=TZ,
        area="",
        key=KEY,
    )
    visits = records.table("visits")
    assert visits["person_key"].unique().to_list() == [person("p")]
    # passing by (one sample) and a silence of hours are no stay
    assert [(e.hour, e.minute, v.hour, v.minute) for e, v in visits.select("enter", "leave").iter_rows()] == [
        (2, 0, 2, 20),
        (6, 0, 6, 20),
    ]
    place = records.table("places").row(0, named=True)
    assert place["kind"] == "grid_cell"
    assert abs(place["lon"] - 115.0001) < 0.002


def test_what_is_missing_is_said_in_both_languages() -> None:
    records = clean(
        feed(
            rows_of("cases", case("1", onset="2026-01-01"), case("2")),
            rows_of("visits", {"person_key": "1", "place_id": "x", "enter": "2026-01-01"}),
            rows_of("links", {"from_case": "9", "to_person": "1", "kind": "contact"}),
        ),
        tz=TZ,
        area="",
        key=KEY,
    )
    said = [en for _, en in records.missing]
    assert "No onset for 1 of 2 cases." in said
    assert "Visits have dates only: no overlaps in minutes, only the same place on the same day." in said
    assert "1 of 1 links name a case or person that is not in the list of cases." in said
    assert "No units (buildings, compounds, villages): no zones." in said
    assert all(zh and not zh.isascii() for zh, _ in records.missing)


def test_a_second_run_is_the_same() -> None:
    given_rows = feed(
        rows_of(
            "cases",
            *(
                case(str(i % 7), onset=f"2026-01-0{1 + i % 3}", outcome=["died", None][i % 2])
                for i in range(40)
            ),
        )
    )
    one, two = (clean_all(given_rows, tz=TZ, area="", key=KEY) for _ in range(2))
    assert one.records.table("cases").equals(two.records.table("cases"))
    assert (one.records.faults, one.records.sums, one.questions) == (
        two.records.faults,
        two.records.sums,
        two.questions,
    )


CELL = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "1", "2", "2026-01-01", "2026-01-02 14:05", "m", "=1", "confirmed", "\u202e1"]),
    st.text(max_size=6),
)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_rows_in_are_kept_merged_or_rejected(data: st.DataObject) -> None:
    tables = []
    for name in data.draw(
        st.lists(
            st.sampled_from(["cases", "links", "persons", "visits", "counts", "tests"]),
            min_size=1,
            max_size=3,
        )
    ):
        columns = [c.name for c in TABLES[name].columns]
        n = data.draw(st.integers(1, 6))
        rows = [{c: data.draw(CELL) for c in columns} for _ in range(n)]
        tables.append(rows_of(name, *rows, file=data.draw(st.sampled_from(["a.csv", "b.csv"]))))
    found = clean_all(feed(*tables), tz=TZ, area="", key=KEY)
    rejected = Counter((f.file, f.row) for f in found.records.faults if f.effect == "rejected")
    for sums in found.records.sums:
        assert sums.rows == sums.kept + sums.merged + sums.rejected
        assert min(sums.kept, sums.merged, sums.rejected) >= 0
        # each rejected row has a reason, and no other row is called rejected
        assert len([1 for file, _ in rejected if file == sums.file]) == sums.rejected
    for name, table in found.records.tables.items():
        key = [c for c in TABLES[name].key if c in table.columns]
        assert table.select(key).is_duplicated().sum() == 0
        required = [c.name for c in TABLES[name].columns if c.required]
        assert sum(table[c].null_count() for c in required) == 0
