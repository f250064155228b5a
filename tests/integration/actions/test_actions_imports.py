"""Uploads: shown first, saved once, taken back whole."""

from __future__ import annotations

import pytest
from tests.conftest import NOW

from fireline.actions import imports, uploads
from fireline.errors import ConflictError, InputError, IntegrityError, PurposeError
from fireline.records.model import schema
from fireline.store import access
from fireline.store.models import Case, Identity, ImportBatch
from fireline.store.vault import Vault

pytestmark = pytest.mark.django_db
CSV = (
    b"case_id,person_key,disease,classification,onset,reported_at,area_code\n"
    b"N1,a1,covid-19,confirmed,2022-06-09,2022-06-10,CN-411624101\n"
    b"N2,a2,covid-19,maybe,2022-06-09,2022-06-10,CN-411624102\n"
    b",a3,covid-19,confirmed,2022-06-09,2022-06-10,CN-411624102\n"
    b"C0001,a4,covid-19,discarded,,,\n"
)


def preview(by, outbreak, home, name="cases.csv", data=CSV):
    return imports.preview_import(by=by, at=NOW, outbreak=outbreak, name=name, data=data, home=home)


def test_faults_are_shown_and_nothing_is_saved(dora, outbreak, home):
    batch = preview(dora, outbreak, home)
    assert Case.objects.count() == 12
    seen = access.import_batch(dora, batch=batch)
    assert (seen["batch"]["n_rows"], seen["batch"]["n_rejected"], seen["batch"]["state"]) == (
        4,
        1,
        "previewed",
    )
    rows = {(f["row"], f["column"], f["effect"]) for f in seen["faults"].rows}
    assert any(effect == "rejected" for _, _, effect in rows)
    assert any(column == "classification" and effect == "null" for _, column, effect in rows)
    assert access.imports(dora, outbreak=outbreak).total == 1


def test_the_waiting_file_is_sealed_and_then_gone(dora, outbreak, home):
    batch = preview(dora, outbreak, home)
    file = home.path / "uploads" / f"{batch}.sealed"
    assert b"covid-19" not in file.read_bytes() and file.stat().st_mode & 0o077 == 0


def test_what_was_read_is_kept_as_it_was_read(dora, outbreak, home, monkeypatch):
    batch = preview(dora, outbreak, home)
    monkeypatch.setattr(imports, "read_one", None)  # the commit reads no file again
    found = uploads.kept(home, batch)
    cases = found.records.table("cases")
    assert cases.columns == list(schema("cases")) and cases.height == 3
    assert cases.schema == schema("cases") and str(found.records.tz) == "Asia/Shanghai"
    assert found.identities.schema == schema("identities")
    assert imports.commit_import(by=dora, at=NOW, batch=batch, home=home).n_new == 2


def test_a_waiting_file_that_was_changed_or_swapped_is_refused(dora, outbreak, home):
    one, two = preview(dora, outbreak, home), preview(dora, outbreak, home, data=CSV.replace(b"N1", b"N9"))
    file, other = uploads.file_of(home, one), uploads.file_of(home, two)
    file.write_bytes(other.read_bytes())
    with pytest.raises(IntegrityError):
        imports.commit_import(by=dora, at=NOW, batch=one, home=home)
    file.write_bytes(b"short")
    with pytest.raises(InputError, match="damaged"):
        imports.commit_import(by=dora, at=NOW, batch=one, home=home)
    file.unlink()
    with pytest.raises(ConflictError, match="no longer kept"):
        imports.commit_import(by=dora, at=NOW, batch=one, home=home)
    assert Case.objects.count() == 12


def test_commit_adds_fills_and_happens_once(dora, outbreak, home, django_capture_on_commit_callbacks):
    batch = preview(dora, outbreak, home)
    with django_capture_on_commit_callbacks(execute=True):
        done = imports.commit_import(by=dora, at=NOW, batch=batch, home=home)
    assert (done.n_new, done.n_changed, done.is_repeat) == (2, 1, False)
    assert Case.objects.count() == 14
    changed = Case.objects.get(case_id="C0001")
    assert (
        changed.classification == "discarded" and changed.onset is not None
    )  # unknown never overwrites known
    assert not list((home.path / "uploads").glob("*"))
    assert imports.commit_import(by=dora, at=NOW, batch=batch, home=home).is_repeat
    second = preview(dora, outbreak, home)
    assert imports.commit_import(by=dora, at=NOW, batch=second, home=home).is_repeat
    assert Case.objects.count() == 14
    assert access.board(dora, outbreak=outbreak, at=NOW)["n_cases"] == 14


def test_undo_takes_everything_back(dora, outbreak, home):
    before = list(Case.objects.order_by("case_id").values_list("case_id", "classification", "person_key"))
    batch = preview(dora, outbreak, home)
    imports.commit_import(by=dora, at=NOW, batch=batch, home=home)
    assert imports.undo_import(by=dora, at=NOW, batch=batch, home=home) >= 3
    assert (
        list(Case.objects.order_by("case_id").values_list("case_id", "classification", "person_key"))
        == before
    )
    assert ImportBatch.objects.get(pk=batch).state == "undone"
    for act in (imports.undo_import, imports.commit_import):
        with pytest.raises(ConflictError):
            act(by=dora, at=NOW, batch=batch, home=home)


def test_undo_after_a_correction_is_a_conflict(dora, outbreak, home):
    from fireline.actions import cases

    batch = preview(dora, outbreak, home)
    imports.commit_import(by=dora, at=NOW, batch=batch, home=home)
    cases.edit_case(
        by=dora,
        at=NOW,
        outbreak=outbreak,
        case_id="C0001",
        column="classification",
        old="discarded",
        new="probable",
    )
    with pytest.raises(ConflictError):
        imports.undo_import(by=dora, at=NOW, batch=batch, home=home)
    assert Case.objects.filter(case_id="N1").exists()


def test_visits_become_day_files_and_go_with_the_undo(dora, outbreak, home):
    data = b"person_key,place_id,enter,leave\na1,shop,2022-06-09T10:00,2022-06-09T11:00\na1,shop,2022-06-10T10:00,2022-06-10T11:00\n"
    batch = preview(dora, outbreak, home, name="visits.csv", data=data)
    before = access.records_for_chapters(outbreak, home=home).table("visits").height
    assert imports.commit_import(by=dora, at=NOW, batch=batch, home=home).n_new == 2
    assert access.records_for_chapters(outbreak, home=home).table("visits").height == before + 2
    imports.undo_import(by=dora, at=NOW, batch=batch, home=home)
    assert access.records_for_chapters(outbreak, home=home).table("visits").height == before


def test_identities_go_to_the_vault(dora, outbreak, home, django_capture_on_commit_callbacks):
    n = Identity.objects.count()
    data = "person_key,name,phone\nx1,孙七,13600004444\n".encode()
    batch = preview(dora, outbreak, home, name="identities.csv", data=data)
    imports.commit_import(by=dora, at=NOW, batch=batch, home=home)
    assert Identity.objects.count() == n + 2
    people = Vault(home).find(column="name", value="孙七")
    assert Vault(home).read(people[0])["phone"] == "13600004444"
    with django_capture_on_commit_callbacks(execute=True):
        imports.undo_import(by=dora, at=NOW, batch=batch, home=home)
    assert Identity.objects.count() == n and Vault(home).read(people[0]) == {}


def test_a_hostile_file_is_refused(dora, outbreak, home):
    with pytest.raises(InputError):
        preview(dora, outbreak, home, name="cases.xlsx", data=b"PK\x03\x04 not a workbook")
    assert ImportBatch.objects.count() == 0


def test_only_an_epidemiologist_of_the_area_may(alice, bob, sam, charlie, dora, outbreak, home):
    for person in (alice, bob, sam, charlie):
        with pytest.raises(PurposeError):
            preview(person, outbreak, home)
    batch = preview(dora, outbreak, home)
    with pytest.raises(PurposeError):
        imports.commit_import(by=charlie, at=NOW, batch=batch, home=home)
    with pytest.raises(PurposeError):
        access.import_batch(charlie, batch=batch)
