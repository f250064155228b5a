"""Counts of a file in routine surveillance: the same revisions, never beside a unit's own number, taken back whole."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from tests.factories import reporting as r
from tests.factories.reporting import NOW, TODAY, TOWN_A, TOWN_B

from fireline.actions import analysis, imports, outbreaks
from fireline.errors import ConflictError, InputError
from fireline.store import access
from fireline.store.models import Count, CountReport, ImportBatch, ReportBatch, Series
from fireline.store.reporting import routine_dossier

pytestmark = pytest.mark.django_db
HEAD = "stream,area_code,date,count,denominator"


@pytest.fixture
def where(home, dora):
    r.unit()
    return routine_dossier().pk


def preview(by, where, *lines, name="counts.csv"):
    data = "\n".join([HEAD, *lines, ""]).encode()
    return imports.preview_import(by=by, at=NOW, outbreak=where, name=name, data=data)


def commit(by, where, *lines):
    batch = preview(by, where, *lines)
    return batch, imports.commit_import(by=by, at=NOW, batch=batch)


def line(n, day=TODAY, area=TOWN_B, stream="antipyretic_sales", total=""):
    return f"{stream},{area},{day.isoformat()},{n},{total}"


def test_a_file_becomes_revisions_and_the_sums_of_the_dossier(dora, where):
    batch, saved = commit(dora, where, line(12), line(9, TODAY - timedelta(days=1), total=100))
    assert (saved.n_new, saved.n_changed) == (2, 0)
    assert r.counts(where) == {
        ("antipyretic_sales", TOWN_B, TODAY): (12.0, None),
        ("antipyretic_sales", TOWN_B, TODAY - timedelta(days=1)): (9.0, 100.0),
    }
    assert set(CountReport.objects.values_list("via", "received_by")) == {("file", "dora")}
    assert ReportBatch.objects.get().key == f"import-{batch}"


def test_a_second_file_corrects_and_can_be_taken_back(dora, where):
    commit(dora, where, line(12), line(9, TODAY - timedelta(days=1)))
    batch, saved = commit(dora, where, line(14), line(9, TODAY - timedelta(days=1)))
    assert (saved.n_new, saved.n_changed, saved.n_same) == (0, 1, 1)
    assert r.counts(where)["antipyretic_sales", TOWN_B, TODAY] == (14.0, None)
    assert imports.undo_import(by=dora, at=NOW, batch=batch) == 1
    assert r.counts(where)["antipyretic_sales", TOWN_B, TODAY] == (12.0, None)
    rows = CountReport.objects.filter(date=TODAY).order_by("revision").values_list("count", flat=True)
    assert list(rows) == [12.0, 14.0, 12.0]


def test_an_older_file_is_not_taken_back_from_under_a_newer(dora, where):
    batch, _ = commit(dora, where, line(12))
    commit(dora, where, line(14))
    with pytest.raises(ConflictError):
        imports.undo_import(by=dora, at=NOW, batch=batch)
    assert ImportBatch.objects.get(pk=batch).state == "committed"


def test_the_only_file_taken_back_leaves_a_gap(dora, where):
    batch, _ = commit(dora, where, line(12))
    imports.undo_import(by=dora, at=NOW, batch=batch)
    assert r.counts(where) == {}


def test_a_units_own_number_stands_before_that_of_a_file(dora, where):
    rita = r.reporter()
    r.send(rita, r.row(3))
    batch, _ = commit(dora, where, line(50, area=TOWN_A, stream="fever_clinic"), line(12))
    found = ImportBatch.objects.get(pk=batch)
    assert found.note_zh.startswith("其中 1 个数") and found.note_en.startswith("1 of these")
    assert r.counts(where)["fever_clinic", TOWN_A, TODAY] == (3.0, None)
    r.send(rita, {"stream": "fever_clinic", "date": TODAY.isoformat(), "withdraw": True})
    assert r.counts(where)["fever_clinic", TOWN_A, TODAY] == (50.0, None)


def test_days_ahead_and_decimals_are_faults_and_the_sums_close(dora, where):
    batch = preview(dora, where, line(12), line(5, TODAY + timedelta(days=1)), line(2.5, area=TOWN_A),
                    line(3.25, stream="wastewater"))  # fmt: skip
    found = access.import_batch(dora, batch=batch)
    faults = {(f["code"], f["column"], f["effect"]) for f in found["faults"].rows}
    assert faults == {("future_day", "date", "rejected"), ("not_whole", "count", "rejected")}
    one = found["batch"]
    assert (one["n_rows"], one["n_kept"], one["n_rejected"], one["n_faults"]) == (4, 2, 2, 2)
    saved = imports.commit_import(by=dora, at=NOW, batch=batch)
    assert saved.n_new == 2


def test_other_dossiers_take_counts_as_before(dora, where, outbreak):
    commit(dora, outbreak, line(2.5), line(7, TODAY + timedelta(days=1)))
    assert Count.objects.filter(outbreak_id=outbreak, stream="antipyretic_sales").count() == 2
    assert not CountReport.objects.exists()


def test_a_whole_run_is_not_loaded_into_routine_surveillance(dora, where, home):
    with pytest.raises(InputError, match="import counts as a file"):
        outbreaks.load_results(
            by=dora, at=NOW, outbreak=where, results=SimpleNamespace(records=None), home=home
        )


def test_the_chapters_run_over_routine_surveillance_at_the_moment_they_are_asked(dora, where, home):
    days = [TODAY - timedelta(days=n) for n in range(30)]
    commit(dora, where, *(line(40 if day == TODAY else 3 + day.day % 2, day) for day in days))
    later = NOW + timedelta(hours=3)
    analysis.refresh(by=dora, at=later, outbreak=where, home=home)
    assert routine_dossier().at == later
    points = Series.objects.filter(outbreak_id=where, stream="antipyretic_sales").first().points
    assert [point[1] for point in points if point[0] == TODAY.isoformat()] == [40.0]
    rows = access.signals(dora, purpose="situation", outbreak=where).rows
    assert [(row["stream"], row["area_code"], row["day"]) for row in rows] == [
        ("antipyretic_sales", TOWN_B, TODAY)
    ]
