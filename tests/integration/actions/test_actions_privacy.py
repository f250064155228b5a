"""Reveals, exports, definitions and reports."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from tests.conftest import NOW

from fireline.actions import definitions, exports, identities, reports, tasks
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.store import access
from fireline.store.models import AuditEvent, Case

pytestmark = pytest.mark.django_db
PERSON = "P" + "0" * 15 + "1"


def reveal(by, outbreak, home, at=NOW, purpose="investigation", person=PERSON):
    return identities.reveal(by=by, at=at, outbreak=outbreak, person_key=person, purpose=purpose, home=home)


def test_reveal_works_and_is_on_record_without_the_name(dora, outbreak, home):
    assert reveal(dora, outbreak, home)["name"] == "王小明"
    last = AuditEvent.objects.order_by("-seq").first()
    assert (last.action, last.purpose) == ("identity.reveal", "investigation")
    assert PERSON not in last.subject + last.body and "王小明" not in last.body


def test_sixty_an_hour_and_the_sixty_first_is_refused_on_record(dora, outbreak, home):
    for i in range(60):
        reveal(dora, outbreak, home, at=NOW + timedelta(seconds=i))
    with pytest.raises(identities.QuotaError):
        reveal(dora, outbreak, home, at=NOW + timedelta(minutes=5))
    assert AuditEvent.objects.filter(action="identity.refused").count() == 1
    assert reveal(dora, outbreak, home, at=NOW + timedelta(minutes=61))["name"] == "王小明"


def test_who_may_not_reveal(bob, sam, charlie, dora, outbreak, home):
    with pytest.raises(PurposeError):
        reveal(sam, outbreak, home)
    with pytest.raises(PurposeError):
        reveal(charlie, outbreak, home)
    with pytest.raises(PurposeError):
        reveal(dora, outbreak, home, purpose="situation")
    with pytest.raises(PurposeError):
        reveal(dora, outbreak, home, person="P-of-nobody")
    with pytest.raises(PurposeError):
        reveal(bob, outbreak, home, purpose="follow_up")
    assert AuditEvent.objects.filter(action="identity.refused").count() == 2


def test_a_grid_worker_sees_the_people_of_the_own_tasks(bob, outbreak, home):
    tasks.accept(by=bob, at=NOW, outbreak=outbreak, task_id="K-C0001")
    assert reveal(bob, outbreak, home, purpose="follow_up")["phone"] == "13800001111"


def test_erased_people_stay_erased(dora, bob, outbreak, home):
    assert identities.erase(by=dora, at=NOW, person_keys=[PERSON], home=home) == 1
    assert reveal(dora, outbreak, home) == {}
    with pytest.raises(PurposeError):
        identities.erase(by=bob, at=NOW, person_keys=[PERSON], home=home)


PAYLOADS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x", "'x", "plain"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_formulas_leave_as_text_and_come_back_whole(dora, outbreak, payload):
    Case.objects.filter(case_id="C0000").update(cluster=payload)
    said = {"by": dora, "at": NOW, "purpose": "investigation", "outbreak": outbreak}
    made = exports.export_line_list(**said)
    rows = list(csv.DictReader(io.StringIO(made.content.decode("utf-8-sig"), newline="")))
    cell = rows[0]["cluster"]
    assert cell == payload if payload == "plain" else cell[0] == "'"
    assert exports.plain_text(cell) == payload and made.n_rows == len(rows) == 12
    book = openpyxl.load_workbook(io.BytesIO(exports.export_line_list(**said, format="xlsx").content))
    sheet = book.active
    column = [c.value for c in sheet[1]].index("cluster") + 1
    assert sheet.cell(2, column).data_type != "f"
    assert sheet.cell(2, column).value.replace("_x000D_", "\r") == payload


def test_times_leave_as_people_lived_them_and_a_day_stays_a_day(dora, outbreak):
    Case.objects.filter(case_id="C0000").update(
        onset=datetime(2026, 6, 11, 16, tzinfo=UTC), onset_precision="day",
        reported_at=datetime(2026, 6, 12, 16, 30, tzinfo=UTC), reported_at_precision="minute",
    )  # fmt: skip
    said = {"by": dora, "at": NOW, "purpose": "investigation", "outbreak": outbreak}
    rows = csv.DictReader(io.StringIO(exports.export_line_list(**said).content.decode("utf-8-sig")))
    first = next(row for row in rows if row["case_id"] == "C0000")
    assert (first["onset"], first["reported_at"]) == ("2026-06-12", "2026-06-13T00:30:00+08:00")
    book = openpyxl.load_workbook(io.BytesIO(exports.export_line_list(**said, format="xlsx").content))
    assert "2026-06-12" in [cell.value for cell in book.active[2]]


def test_an_export_is_on_record_and_pseudonymous(dora, outbreak):
    made = exports.export_line_list(
        by=dora, at=NOW, purpose="investigation", outbreak=outbreak, filters={"classification": "suspected"}
    )
    assert made.n_rows == 3 and "王小明".encode() not in made.content
    last = AuditEvent.objects.order_by("-seq").first()
    assert (
        last.action == "export.line_list"
        and '"rows": 3' in last.body
        and made.name.endswith(f"-{last.seq}.csv")
    )


def test_who_may_not_export(bob, sam, charlie, dora, outbreak):
    for person in (bob, sam, charlie):
        with pytest.raises(PurposeError):
            exports.export_line_list(by=person, at=NOW, purpose="investigation", outbreak=outbreak)
    with pytest.raises(InputError):
        exports.export_line_list(by=dora, at=NOW, purpose="investigation", outbreak=outbreak, format="exe")
    with pytest.raises(PurposeError):
        exports.export_line_list(by=dora, at=NOW, purpose="tracing", outbreak=outbreak)


def test_definitions_are_versions(dora, alice, outbreak):
    said = {"by": dora, "at": NOW, "outbreak": outbreak, "title": "first"}
    assert definitions.save_version(**said, body={"classes": {}}, based_on=0) == 1
    assert definitions.save_version(**said, body={"classes": {"probable": {}}}) == 2
    with pytest.raises(ConflictError):
        definitions.save_version(**said, body={}, based_on=1)
    with pytest.raises(InputError):
        definitions.save_version(**said, body={"x": object()})
    with pytest.raises(PurposeError):
        definitions.save_version(**{**said, "by": alice}, body={})
    assert [d["version"] for d in access.definitions(dora, outbreak=outbreak)] == [2, 1]


def test_reports_are_versions(dora, bob, outbreak):
    said = {"at": NOW, "outbreak": outbreak, "kind": "initial"}
    assert reports.save_report(by=dora, **said, text_zh="初次报告") == 1
    assert reports.save_report(by=dora, **said, text_zh="初次报告二", text_en="second") == 2
    assert access.reports(dora, outbreak=outbreak, kind="initial")[0]["text_zh"] == "初次报告二"
    with pytest.raises(InputError):
        reports.save_report(by=dora, **said, text_zh=" ")
    with pytest.raises(PurposeError):
        reports.save_report(by=bob, **said, text_zh="x")
