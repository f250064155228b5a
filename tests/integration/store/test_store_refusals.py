"""Every refusal of a signed-in person leaves one audit row, and a loop cannot flood the log."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.conftest import NOW

from fireline.actions import accounts, imports, signals, tasks
from fireline.errors import InputError, PurposeError
from fireline.store import access, audit, refusals
from fireline.store.actor import COMMAND_LINE
from fireline.store.models import AuditEvent, RefusalCount

pytestmark = pytest.mark.django_db


def refused():
    return list(AuditEvent.objects.filter(action="access.refused").order_by("seq"))


def test_a_read_for_a_purpose_of_another_role_is_on_record(bob, outbreak):
    with pytest.raises(PurposeError):
        access.line_list(bob, purpose="investigation", outbreak=outbreak, at=NOW)
    (row,) = refused()
    assert (row.actor, row.purpose, row.at) == ("bob", "investigation", audit.stamp(NOW))
    assert json.loads(row.body) == {"what": "cases.line_list", "role": "grid_worker", "outbreak": outbreak}
    assert audit.verify().is_whole


def test_a_read_outside_the_area_is_on_record(charlie, outbreak):
    with pytest.raises(PurposeError):
        access.case(charlie, purpose="investigation", outbreak=outbreak, case_id="C0001", at=NOW)
    (row,) = refused()
    assert row.actor == "charlie" and "C0001" not in row.body + row.subject


def test_an_action_that_is_rolled_back_leaves_its_row(sam, charlie, outbreak):
    with pytest.raises(PurposeError):
        signals.verify(by=sam, at=NOW, outbreak=outbreak, alarm_id="S1", reason="x")
    with pytest.raises(PurposeError):
        tasks.accept(by=charlie, at=NOW, outbreak=outbreak, task_id="K-C0001")
    assert [json.loads(row.body)["what"] for row in refused()] == ["signals.verify", "tasks.accept"]


def test_only_the_outermost_function_writes(dora, outbreak):
    with pytest.raises(PurposeError):
        imports.commit_import(by=dora, at=NOW, batch=999)
    assert len(refused()) == 1

    @refusals.audits_refusals
    def outer(actor):
        return access.board(actor, outbreak=999, at=NOW)

    with pytest.raises(PurposeError):
        outer(dora)
    assert [json.loads(row.body)["what"] for row in refused()] == [
        "imports.commit_import",
        "test_store_refusals.outer",
    ]


def test_other_errors_and_the_command_line_leave_none(dora, outbreak):
    with pytest.raises(InputError):
        access.line_list(dora, purpose="investigation", outbreak=outbreak, sort="nothing", at=NOW)
    with pytest.raises(PurposeError):
        access.line_list(COMMAND_LINE, purpose="investigation", outbreak=outbreak, at=NOW)
    with pytest.raises(PurposeError):
        accounts.sign_in(at=NOW, username="nobody", password="x", address="127.0.0.1")
    assert refused() == []


def test_the_flag_is_put_back_after_an_error(bob, outbreak):
    for _ in range(2):
        with pytest.raises(PurposeError):
            access.contacts(bob, purpose="tracing", outbreak=outbreak, at=NOW)
    assert len(refused()) == 2


def test_a_refused_page_is_on_record(sam):
    access.refused(sam, at=NOW, path="o/<int:outbreak>/cases")
    (row,) = refused()
    assert json.loads(row.body) == {"what": "o/<int:outbreak>/cases", "role": "supervisor"}


def test_a_loop_does_not_flood_the_log(bob, dora):
    for second in range(70):
        access.refused(bob, at=NOW + timedelta(seconds=second), path="audit")
    assert len(refused()) == refusals.ROWS_PER_HOUR == 60
    (more,) = AuditEvent.objects.filter(action="access.refused_more")
    assert json.loads(more.body) == {"rows": 60, "since": audit.stamp(NOW)}
    access.refused(dora, at=NOW, path="audit")  # another person is counted apart
    assert len(refused()) == 61
    access.refused(bob, at=NOW + timedelta(minutes=61), path="audit")
    assert len(refused()) == 62 and RefusalCount.objects.get(username="bob").n == 1
