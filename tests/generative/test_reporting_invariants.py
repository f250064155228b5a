"""Numbers come by program, by phone or as a file: the dossier is the same, whatever the door, order or calendar."""

from __future__ import annotations

import io
import random
from collections import defaultdict
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import reporting as r
from tests.factories.reporting import NOW, TODAY, TOWN_A, TOWN_B

from fireline.actions import imports, reporting
from fireline.records.model import schema
from fireline.store import access, bulk
from fireline.store.models import Count, CountReport, ReportBatch
from fireline.store.reporting import routine_dossier

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

STREAMS = ("fever_clinic", "rash_visits")
NUMBER = st.tuples(
    st.sampled_from([TOWN_A, TOWN_B]), st.sampled_from(STREAMS), st.integers(0, 6), st.integers(0, 30)
)
MANY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def reporters(home):
    """Two clinics of each township."""
    found = {}
    for area in (TOWN_A, TOWN_B):
        for n in range(2):
            name = f"clinic-{area[-1]}-{n}"
            r.unit(name, area=area, owes=[f"{stream}=daily@17:00" for stream in STREAMS])
            found.setdefault(area, []).append(r.reporter(f"reporter-{area[-1]}-{n}", name))
    return found


def unique(numbers):
    """The last number of each area, stream and day."""
    return {(stream, area, TODAY - timedelta(days=back)): float(n) for area, stream, back, n in numbers}


def rows_by_area(wanted):
    found = defaultdict(list)
    for (stream, area, day), n in wanted.items():
        found[area].append({"stream": stream, "date": day.isoformat(), "count": n})
    return found


def by_program(reporters, wanted):
    for area, rows in rows_by_area(wanted).items():
        r.send(reporters[area][0], *rows, via="api")


def by_phone(reporters, wanted):
    for area, rows in rows_by_area(wanted).items():
        for row in rows:
            r.send(reporters[area][0], row)


def by_file(dora, wanted):
    out = io.StringIO("stream,area_code,date,count\n")
    out.seek(0, io.SEEK_END)
    for (stream, area, day), n in wanted.items():
        out.write(f"{stream},{area},{day},{n:.0f}\n")
    batch = imports.preview_import(
        by=dora, at=NOW, outbreak=routine_dossier().pk, name="counts.csv", data=out.getvalue().encode()
    )
    imports.commit_import(by=dora, at=NOW, batch=batch)


def dossier():
    return {key: count for key, (count, _) in r.counts().items()}


@settings(MANY, max_examples=5)  # each file is read in a process of its own
@given(st.lists(NUMBER, min_size=1, max_size=12))
def test_three_doors_lead_to_one_dossier(reporters, dora, numbers):
    wanted = unique(numbers)
    for door in (
        lambda: by_program(reporters, wanted),
        lambda: by_phone(reporters, wanted),
        lambda: by_file(dora, wanted),
    ):
        with transaction.atomic():
            door()
            assert dossier() == wanted
            transaction.set_rollback(True)


@MANY
@given(st.lists(NUMBER, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_in_which_different_numbers_come_does_not_matter(reporters, numbers, chance):
    wanted = list(unique(numbers).items())
    with transaction.atomic():
        chance.shuffle(wanted)
        by_phone(reporters, dict(wanted))
        assert dossier() == dict(wanted)
        transaction.set_rollback(True)


@MANY
@given(st.lists(NUMBER, min_size=1, max_size=10), st.integers(1, 40))
def test_shifting_all_days_moves_nothing_else(reporters, numbers, shift):
    wanted = unique(numbers)
    found = []
    for n in (0, shift):
        moved = {(s, a, day - timedelta(days=n)): count for (s, a, day), count in wanted.items()}
        with transaction.atomic():
            by_program(reporters, moved)
            found.append({(s, a, day + timedelta(days=n)): count for (s, a, day), count in dossier().items()})
            transaction.set_rollback(True)
    assert found[0] == found[1] == wanted


@MANY
@given(st.lists(NUMBER, min_size=1, max_size=8), st.lists(NUMBER, min_size=1, max_size=8))
def test_which_of_two_units_says_which_number_does_not_matter(reporters, first, second):
    parts = [unique(first), unique(second)]
    found = []
    for order in ((0, 1), (1, 0)):
        with transaction.atomic():
            for who, part in zip(order, parts, strict=True):
                for area, rows in rows_by_area(part).items():
                    r.send(reporters[area][who], *rows)
            found.append(dossier())
            transaction.set_rollback(True)
    keys = set(parts[0]) | set(parts[1])
    assert found[0] == found[1] == {key: parts[0].get(key, 0.0) + parts[1].get(key, 0.0) for key in keys}


@MANY
@given(st.lists(NUMBER, min_size=1, max_size=8), st.lists(NUMBER, min_size=1, max_size=8))
def test_taking_a_report_back_is_as_if_it_had_not_come(reporters, first, second):
    """Days before today have passed their hour: the reports are of a unit whose hour is far away."""
    with transaction.atomic():
        r.unit("patient-unit", area=TOWN_A, owes=[f"{stream}=daily@10:00+6" for stream in STREAMS])
        pat = r.reporter("pat", "patient-unit")
        by_program(reporters, unique(second))
        rows = rows_by_area(
            {
                (s, TOWN_A, day): n
                for (s, _, day), n in unique(first).items()
                if day >= TODAY - timedelta(days=5)
            }
        )
        before = dossier()
        if rows:
            receipt = r.send(pat, *rows[TOWN_A])
            reporting.take_back_counts(by=pat, at=NOW, batch=receipt.batch)
        assert dossier() == before
        transaction.set_rollback(True)


@MANY
@given(st.lists(NUMBER, min_size=1, max_size=10))
def test_chapters_read_what_stands_and_the_calendar_shows_it(reporters, dora, numbers):
    wanted = unique(numbers)
    with transaction.atomic():
        by_program(reporters, wanted)
        where = routine_dossier().pk
        table = bulk.read_table("counts", where)
        assert dict(table.schema) == dict(schema("counts"))
        assert {
            (s, a, d): n
            for s, a, d, n, _ in table.select(
                "stream", "area_code", "date", "count", "denominator"
            ).iter_rows()
        } == wanted
        shown = {
            (row["stream"], row["area_code"], cell.date): cell.count
            for row in access.stream_calendar(dora, outbreak=where, at=NOW).rows
            for cell in row["line"].cells
            if cell.count is not None
        }
        assert shown == wanted
        transaction.set_rollback(True)


def test_a_long_history_is_kept_whole(reporters):
    """A month of corrections in a fixed order: every word is there, numbered without a gap, and the newest stands."""
    chance = random.Random(11)
    model, n_words = {}, 0
    for step in range(150):
        area = chance.choice([TOWN_A, TOWN_B])
        who = chance.randrange(2)
        day = TODAY - timedelta(days=chance.randrange(30))
        n = chance.randrange(20)
        receipt = r.send(reporters[area][who], r.row(n, day), at=NOW + timedelta(seconds=step))
        n_words += receipt.n_new + receipt.n_corrected
        model[area, who, day] = n
    assert CountReport.objects.count() == n_words
    numbers = defaultdict(list)
    for row in CountReport.objects.order_by("revision"):
        numbers[row.unit_id, row.date].append(row.revision)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    sums = defaultdict(float)
    for (area, _, day), n in model.items():
        sums["fever_clinic", area, day] += n
    assert dossier() == dict(sums)
    assert ReportBatch.objects.count() == 150
    assert Count.objects.filter(date__lt=date(2022, 5, 1)).count() == 0
