"""The store of visits: taken in once, corrected, found, deleted by day, rebuilt, and never half-way."""

from __future__ import annotations

import io
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from django.db import transaction
from tests.conftest import NOW
from tests.factories.movement import DAY, minutes, stays, visits

from fireline.contacts.search import contacts
from fireline.errors import ConflictError, InputError, IntegrityError, StorageError
from fireline.kernels.visit_index import LARGEST_ID
from fireline.store import visits as store_visits
from fireline.store.models import VisitBatch, VisitFile, VisitLedger
from fireline.store.visits import VisitStore, files, flat

pytestmark = pytest.mark.django_db
D0 = date(2022, 6, 1)
H = 60
SOME = [
    ("pa", "shop", 9 * H, 10 * H),
    ("pb", "shop", 9 * H + 30, 11 * H),
    ("pc", "ward", 20 * H, 5 * DAY),  # a stay of days
    ("pd", "shop", DAY + 9 * H, DAY + 10 * H),
    ("pe", "shop", 2 * H, 26 * H),  # over midnight, not long
    ("pf", "home", 0, 0, "day"),
    ("pg", "home", 3 * H, None),
]
EXACT = sorted(row for row in SOME if len(row) == 4 and row[3] is not None)


@pytest.fixture
def store(home):
    return VisitStore(home)


def every_file(home):
    return sorted(p for f in (home.visits, home.segments) for p in f.rglob("*") if p.is_file())


def taken(store, rows, **options):
    return store.ingest(visits(rows), at=NOW, **options)


def test_rows_come_back_and_the_index_holds_the_exact_ones(store, home):
    done = taken(store, SOME, batch_id="one")
    assert (done.n_rows, done.n_new, done.n_coarse, done.is_repeat) == (7, 7, 2, False)
    assert done.days == (D0, D0 + timedelta(days=1))
    assert len(minutes(store.read("visits"))) == 7
    assert store.read("visits", people=["pc"]).height == 1
    assert store.read("visits", first=D0 + timedelta(days=1)).height == 1
    assert store.read("visits", last=D0).height == 6
    assert stays(store.snapshot()) == EXACT
    kinds = dict(VisitFile.objects.filter(day=D0).values_list("kind", "n_rows"))
    assert kinds == {"visits": 6, "place": 3, "place_long": 1}
    assert all(p.stat().st_mode & 0o077 == 0 for p in every_file(home))


def test_the_search_finds_contacts_over_the_segments(store):
    taken(store, SOME)
    seen = store.snapshot(D0, D0)
    case = seen.persons.find(["pa", "nobody"])
    assert list(case) == ["pa"]
    base = int(visits(SOME)["enter"].min().timestamp())
    found = contacts(seen.segments, [case["pa"]], base, base + DAY * 60, 15 * 60)
    assert sorted(seen.persons.names(found.person_i)) == ["pb", "pe"]


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (0, EXACT),
        (1, EXACT),  # the stay over midnight lies in the segment of the day before
        (3, [r for r in EXACT if r[0] == "pc"]),
        (5, []),
    ],
)
def test_a_window_gets_every_segment_that_reaches_in(store, first, expected):
    taken(store, SOME)
    low = D0 + timedelta(days=first)
    found = stays(store.snapshot(low, low + timedelta(days=30)))
    assert set(found) >= {r for r in expected if r[3] > first * DAY}
    if first >= 3:
        assert found == expected


def test_a_batch_seen_before_changes_nothing(store, home):
    first = taken(store, SOME)
    before = {p: p.read_bytes() for p in every_file(home)}
    again = taken(store, list(reversed(SOME)))
    assert again.is_repeat and again.batch_id == first.batch_id  # the name is the digest of the rows
    assert {p: p.read_bytes() for p in every_file(home)} == before and VisitBatch.objects.count() == 1
    taken(store, [("px", "shop", 1, 2)], batch_id="named")
    assert taken(store, [("py", "shop", 3, 4)], batch_id="named").is_repeat
    assert "py" not in store.read("visits")["person_key"]


def test_a_correction_takes_the_place_of_a_batch(store, django_capture_on_commit_callbacks, home):
    with django_capture_on_commit_callbacks(execute=True):
        taken(store, SOME, batch_id="one")
        taken(store, [SOME[0], ("pz", "shop", 5, 50)], batch_id="two")
    with django_capture_on_commit_callbacks(execute=True):
        done = taken(store, [("pb", "shop", 9 * H, 12 * H)], batch_id="three", replaces="one")
    assert (done.n_replaced, done.n_new) == (7, 1)
    expected = sorted([SOME[0], ("pb", "shop", 9 * H, 12 * H), ("pz", "shop", 5, 50)])
    assert [r[:4] for r in minutes(store.read("visits"))] == expected  # batch two still says the first row
    assert stays(store.snapshot()) == expected
    assert sorted(store.snapshot().persons.table["key"]) == ["pa", "pb", "pz"]
    assert sorted(f.name for f in every_file(home)) == sorted(
        files.path_of(home, f).name for f in VisitFile.objects.all()
    )
    assert VisitBatch.objects.get(batch_id="one").state == "replaced"
    with pytest.raises(ConflictError, match="was replaced before"):
        taken(store, [("pq", "shop", 1, 2)], replaces="one")
    with pytest.raises(ConflictError, match="not known"):
        taken(store, [("pq", "shop", 1, 2)], replaces="none")
    assert taken(store, SOME, batch_id="one").is_repeat


def test_stays_of_a_person_that_overlap_or_touch_are_one(store):
    taken(
        store, [("pa", "shop", 10, 20), ("pa", "shop", 15, 30), ("pa", "shop", 30, 40), ("pa", "bar", 5, 50)]
    )
    taken(store, [("pa", "shop", 12, 14), ("pa", "shop", 41, 45), ("pa", "shop", 60, 60)])
    assert stays(store.snapshot()) == [("pa", "bar", 5, 50), ("pa", "shop", 10, 40), ("pa", "shop", 41, 45)]


FAULTS = [
    ({"leave": 5}, "column 'leave'", "not before enter"),
    ({"place_id": None}, "column 'place_id'", "known place"),
    ({"person_key": ""}, "column 'person_key'", "person key"),
    ({"enter": None}, "column 'enter'", "a time"),
    ({"enter": 10**8}, "column 'enter'", "1900 to 2200"),
    ({"leave": 200 * DAY}, "column 'leave'", "194 days"),
    ({"enter_precision": "second"}, "column 'enter_precision'", "minute, hour, day"),
]


@pytest.mark.parametrize(("change", "column", "allowed"), FAULTS)
def test_a_bad_row_is_named_and_nothing_is_saved(store, home, change, column, allowed):
    start = visits([("p", "q", 0, 0)])["enter"][0]
    rows = visits([("pa", "shop", 1, 2), ("SECRET", "shop", 10, 20)]).to_dicts()
    for name, value in change.items():
        is_time = name in ("enter", "leave") and value is not None
        rows[1][name] = start + timedelta(minutes=value) if is_time else value
    frame = pl.DataFrame(rows, schema=visits([]).schema)
    with pytest.raises(InputError) as said:
        store.ingest(frame, at=NOW)
    assert "row 2" in str(said.value) and column in str(said.value) and allowed in str(said.value)
    assert "SECRET" not in str(said.value)
    assert not every_file(home) and not VisitBatch.objects.exists()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (visits(SOME).with_columns(imei=pl.lit("1")), "column 'imei' is not of this table"),
        (visits(SOME).drop("place_id"), "column 'place_id' is missing"),
        (visits(SOME).with_columns(pl.col("enter").dt.replace_time_zone(None)), "column 'enter' holds"),
        (visits(SOME).with_columns(enter=pl.lit(float("nan"))), "column 'enter' holds Float64"),
        (visits(SOME).with_columns(person_key=pl.lit(7)), "column 'person_key' holds"),
    ],
)
def test_columns_that_no_visit_has_are_refused(store, frame, message):
    with pytest.raises(InputError, match=message):
        store.ingest(frame, at=NOW)


def test_numbers_end_at_two_to_the_32(store):
    taken(store, [("pa", "shop", 1, 2)], batch_id="a")
    VisitLedger.objects.update(next_person=LARGEST_ID)
    taken(store, [("pb", "shop", 1, 2)], batch_id="b")  # the last number
    with pytest.raises(StorageError, match="1 new numbers are needed, 0 are left"):
        taken(store, [("pc", "shop", 1, 2)], batch_id="c")
    seen = store.snapshot()
    assert seen.persons.find(["pa", "pb"]) == {"pa": 0, "pb": LARGEST_ID}
    assert stays(seen) == [("pa", "shop", 1, 2), ("pb", "shop", 1, 2)]
    done = store.rebuild()
    assert done.is_renumbered
    taken(store, [("pc", "shop", 1, 2)], batch_id="c")
    assert store.snapshot().persons.find(["pa", "pb", "pc"]) == {"pa": 0, "pb": 1, "pc": 2}


def longer(rows):
    """The same rows with keys as long as pseudonyms: short texts are stored in another way."""
    return [(f"P{row[0].upper()}ABCDEFGHIJKLMN", *row[1:]) for row in rows]


def test_retention_deletes_days_and_carries_over_what_reaches_in(
    store, home, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        taken(store, longer(SOME), batch_id="one")
        taken(store, longer([("pc", "ward", 21 * H, 5 * DAY)]), batch_id="two")
    until = D0 + timedelta(days=1)
    planned = store.plan(until)
    assert (planned.is_done, planned.n_rows, planned.n_carried, planned.n_left) == (False, 4, 3, 4)
    assert len(minutes(store.read("visits"))) == 8
    with django_capture_on_commit_callbacks(execute=True):
        done = store.retain(until)
    assert (done.is_done, done.n_rows, done.n_carried, done.n_persons) == (True, 4, 3, 4)
    assert (done.n_files, done.digest) == (planned.n_files, planned.digest) and len(done.digest) == 64
    expected = longer(
        [
            ("pc", "ward", DAY, 5 * DAY),
            ("pd", "shop", DAY + 9 * H, DAY + 10 * H),
            ("pe", "shop", DAY, 26 * H),
        ]
    )
    assert [r[:4] for r in minutes(store.read("visits"))] == expected
    assert stays(store.snapshot()) == expected
    assert not [p for p in every_file(home) if str(D0) in str(p)]
    for key, *_ in longer([("pa",), ("pb",), ("pf",), ("pg",)]):
        assert not [p for p in every_file(home) if key.encode() in _plain(p)]
    assert [p for p in every_file(home) if longer([("pe",)])[0][0].encode() in _plain(p)]
    # nothing older comes back: neither under its old name nor under a new one
    late = taken(store, longer([*SOME, ("ph", "ward", 1, 2 * DAY)]), batch_id="late")
    assert (late.n_too_old, late.n_rows, late.n_new) == (4, 4, 1)
    assert longer([("ph", "ward", DAY, 2 * DAY)])[0] in stays(store.snapshot())
    assert store.retain(D0).n_rows == 0


def _plain(path):
    """All text of a file, decompressed where it is Parquet."""
    if path.suffix == ".parquet":
        return repr(pl.read_parquet(path).to_dicts()).encode()
    return path.read_bytes()


def test_rebuilding_gives_the_same_bytes(store, home, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        taken(store, SOME, batch_id="one")
        taken(store, [("pz", "bar", 3 * DAY, 3 * DAY + 9)], batch_id="two")
    before = {(f.kind, f.day): files.path_of(home, f).read_bytes() for f in VisitFile.objects.all()}
    with django_capture_on_commit_callbacks(execute=True):
        done = store.rebuild()
    after = {(f.kind, f.day): files.path_of(home, f).read_bytes() for f in VisitFile.objects.all()}
    assert after == before and (done.n_changed, done.is_renumbered) == (0, False)
    assert done.n_segments == 4 and len(every_file(home)) == VisitFile.objects.count()


def test_every_flipped_byte_is_found_and_mended(store, home, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        taken(store, SOME, batch_id="one")
    rng = np.random.default_rng(3)
    for file in VisitFile.objects.exclude(kind="visits"):
        path = files.path_of(home, file)
        whole = path.read_bytes()
        for at in rng.integers(0, len(whole), 40):
            broken = bytearray(whole)
            broken[at] ^= 1 << int(rng.integers(0, 8))
            path.write_bytes(bytes(broken))
            with pytest.raises(IntegrityError, match="fireline doctor --rebuild"):
                store.snapshot()
        path.write_bytes(whole)
    segment = files.path_of(home, VisitFile.objects.get(kind="place", day=D0))
    segment.write_bytes(b"")
    assert store_visits.damaged(home, is_truth=False) and not store_visits.damaged(home, is_truth=True)
    with pytest.raises(IntegrityError):
        store.snapshot()
    persons = files.path_of(home, VisitFile.objects.get(kind="persons"))
    persons.unlink()
    assert store_visits.missing(home) == [f"segments/{persons.relative_to(home.segments)}"]
    with django_capture_on_commit_callbacks(execute=True):
        assert store.rebuild().is_renumbered
    assert stays(store.snapshot()) == EXACT and not store_visits.missing(home)


def test_a_changed_day_file_is_never_read(store, home):
    taken(store, SOME)
    path = files.path_of(home, VisitFile.objects.get(kind="visits", day=D0))
    buffer = io.BytesIO()
    visits(SOME[:1]).write_parquet(buffer)
    path.write_bytes(buffer.getvalue())
    for ask in (lambda: store.read("visits"), store.rebuild, lambda: store.plan(D0 + timedelta(days=9))):
        with pytest.raises(IntegrityError, match="restore visits/ from the backup"):
            ask()


def test_a_segment_of_another_version_says_so(store, home, monkeypatch):
    monkeypatch.setattr(flat, "VERSION", 99)
    taken(store, SOME)
    monkeypatch.undo()
    with pytest.raises(IntegrityError, match="version 99"):
        store.snapshot()
    assert store.rebuild().n_changed
    assert stays(store.snapshot()) == EXACT


def test_days_without_an_index_are_not_passed_over_in_silence(store):
    taken(store, SOME)
    VisitFile.objects.filter(kind="place", day=D0).delete()
    with pytest.raises(IntegrityError, match="1 days have no index"):
        store.snapshot()
    assert store_visits.without_index() == 1


def test_positions_are_kept_by_day_without_an_index(store):
    start = visits([("p", "q", 0, 0)])["enter"][0]
    rows = [
        {"person_key": "pa", "lon": 114.0, "lat": 33, "at": start + timedelta(hours=30 * i)} for i in range(3)
    ]
    done = store.ingest(pl.DataFrame(rows, schema_overrides={"lat": pl.Int64}), at=NOW, table="positions")
    assert done.n_rows == 3 and not VisitFile.objects.exclude(kind="positions").exists()
    assert store.retain(D0 + timedelta(days=2)).n_rows == 2
    assert store.read("positions")["at"].to_list() == [start + timedelta(hours=60)]
    bad = pl.DataFrame({**rows[0], "lat": float("nan")})
    with pytest.raises(InputError, match="column 'lat'"):
        store.ingest(bad, at=NOW, table="positions")
    with pytest.raises(InputError, match="no movement"):
        store.ingest(bad, at=NOW, table="cases")


def test_stores_of_outbreaks_are_apart(store, outbreak, home):
    taken(store, SOME)
    own = VisitStore(home, outbreak)
    n = own.read("visits").height
    assert n and store.read("visits").height == 7
    taken(own, SOME, batch_id="x")
    assert own.read("visits").height == n + 7
    own.clear()
    assert own.read("visits").is_empty() and own.snapshot().segments == ()
    assert store.read("visits").height == 7


@pytest.mark.django_db(transaction=True)
def test_a_change_outside_a_transaction_is_refused(home):
    with pytest.raises(RuntimeError, match="inside the transaction"):
        taken(VisitStore(home), SOME)


def test_what_a_failed_change_wrote_is_taken_back(store, home, monkeypatch):
    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fails)
    with pytest.raises(StorageError, match="No space left"), transaction.atomic():
        taken(store, SOME)
    assert not every_file(home) and not VisitFile.objects.exists()


def test_a_folder_that_cannot_be_synced_stops_the_change(store, home, monkeypatch):
    real = files.os.open

    def fails(path, flags, *rest):
        if not rest:
            raise OSError(5, "Input/output error")
        return real(path, flags, *rest)

    monkeypatch.setattr(files.os, "open", fails)
    with pytest.raises(StorageError, match="Input/output error"), transaction.atomic():
        taken(store, SOME)
    assert not every_file(home) and not VisitFile.objects.exists()


def test_orphans_are_swept_and_files_of_a_writer_at_work_are_not(store, home):
    taken(store, SOME)
    known = every_file(home)
    own = home.visits / str(D0) / "visits-home-0123456789abcdef.parquet.part"
    others = home.segments / "keys" / "persons-outbreak-99-0123456789abcdef.ipc"
    for path in (own, others):
        path.write_bytes(b"x")
    assert store_visits.orphans(home) == sorted([own, others])
    at = others.stat().st_mtime
    assert store_visits.sweep(home, now_s=at + 60) == 1 and not own.exists() and others.exists()
    assert store_visits.sweep(home, now_s=at + 7_200) == 1 and every_file(home) == known
