"""Bulk visits: under a contract, by those who may, with an audit row in the same transaction."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from django.db import transaction
from tests.conftest import NOW
from tests.factories.movement import DAY, minutes, stays, visits

from fireline.actions import imports
from fireline.actions import visits as actions
from fireline.errors import InputError, PurposeError
from fireline.feeds.contract import Contract
from fireline.privacy.purposes import Purpose
from fireline.store import audit
from fireline.store.actor import COMMAND_LINE
from fireline.store.models import AuditEvent, VisitBatch, VisitFile
from fireline.store.visits import VisitStore

pytestmark = pytest.mark.django_db
HELD = Contract("bus company", "act, article 39", Purpose.TRACING, date(2022, 6, 12))
ROWS = [("pa", "bus", 10, 50), ("pb", "bus", 20, 2 * DAY), ("pc", "bus", 5 * DAY, 5 * DAY + 9)]


def take(home, rows=ROWS, **options):
    return actions.ingest_visits(
        **{"by": COMMAND_LINE, "at": NOW, "frame": visits(rows), "contract": HELD, "home": home, **options}
    )


def last_audit():
    return AuditEvent.objects.order_by("-seq").first()


def test_a_feed_is_taken_in_with_its_contract_and_an_audit_row(home, outbreak):
    done = take(home, batch_id="one")
    row = last_audit()
    assert (row.action, row.purpose, row.actor) == ("visits.ingest", "intake", "command-line")
    said = json.loads(row.body)
    assert (said["n_new"], said["batch_id"], said["contract"]["expires"]) == (3, "one", "2022-06-12")
    assert '"pa"' not in row.body
    assert VisitBatch.objects.get(batch_id="one").contract == HELD.said()
    assert done.n_new == 3 and audit.verify().is_whole
    assert take(home, batch_id="one").is_repeat
    assert take(home, outbreak=outbreak, batch_id="one").n_new == 3  # another store


def test_without_a_contract_in_force_nothing_is_saved(home, db):
    with pytest.raises(InputError, match="needs a contract"):
        take(home, contract=None)
    with pytest.raises(PurposeError, match="ended on"):
        take(home, at=NOW + timedelta(days=1))
    assert not VisitBatch.objects.exists() and not list(home.visits.rglob("*.parquet"))


@pytest.mark.parametrize("act", ["ingest", "purge", "rebuild"])
def test_only_those_who_may(home, act, bob, charlie, outbreak):
    def ask(by):
        if act == "ingest":
            take(home, by=by, outbreak=outbreak)
        elif act == "purge":
            actions.purge_visits(by=by, at=NOW, until=date(2022, 6, 2), outbreak=outbreak, home=home)
        else:
            actions.rebuild_visit_index(by=by, at=NOW, home=home)

    n = VisitFile.objects.count()
    for by in (bob, replace(charlie, role="grid_worker")) if act == "rebuild" else (bob, charlie):
        with pytest.raises(PurposeError):
            ask(by)
    assert VisitFile.objects.count() == n


def test_a_purge_is_shown_first_and_then_leaves_its_certificate(home, db, django_capture_on_commit_callbacks):
    take(home)
    n = AuditEvent.objects.count()
    until = date(2022, 6, 2)
    shown = actions.purge_visits(by=COMMAND_LINE, at=NOW, until=until, is_dry_run=True, home=home)
    assert (shown.is_done, shown.n_rows, shown.n_carried) == (False, 1, 1) and AuditEvent.objects.count() == n
    with django_capture_on_commit_callbacks(execute=True):
        done = actions.purge_visits(by=COMMAND_LINE, at=NOW, until=until, home=home)
    said = json.loads(last_audit().body)
    assert last_audit().action == "visits.purge"
    assert said == done.said() and (said["n_rows"], said["n_persons"], said["n_left"]) == (1, 1, 2)
    assert [r[0] for r in minutes(VisitStore(home).read("visits"))] == ["pb", "pc"]
    with pytest.raises(InputError, match="lies ahead"):
        actions.purge_visits(by=COMMAND_LINE, at=NOW, until=date(2022, 6, 13), home=home)


def test_a_rollback_leaves_nothing_visible(home, db):
    take(home, ROWS[:1], batch_id="one")
    with pytest.raises(RuntimeError), transaction.atomic():
        take(home, ROWS, batch_id="two")
        raise RuntimeError
    assert stays(VisitStore(home).snapshot()) == [ROWS[0]]
    assert AuditEvent.objects.filter(action="visits.ingest").count() == 1
    assert take(home, ROWS, batch_id="two").n_new == 2


def test_rebuilding_is_audited_and_changes_no_byte(home, outbreak):
    take(home)
    done = actions.rebuild_visit_index(by=COMMAND_LINE, at=NOW, home=home)
    assert [d.n_changed for d in done] == [0, 0] and last_audit().action == "visits.rebuild"
    assert actions.stores_with_visits() == [outbreak, None]


def test_an_upload_of_the_console_can_be_searched(dora, outbreak, home):
    data = "person_key,place_id,enter,leave\na1,shop,2022-06-09T10:00,2022-06-09T11:00\na2,shop,2022-06-09T10:30,2022-06-09T12:00\n"
    before = len(stays(VisitStore(home, outbreak).snapshot()))
    batch = imports.preview_import(
        by=dora, at=NOW, outbreak=outbreak, name="visits.csv", data=data.encode(), home=home
    )
    done = imports.commit_import(by=dora, at=NOW, batch=batch, home=home)
    assert done.n_new == 2
    seen = VisitStore(home, outbreak).snapshot(date(2022, 6, 9), date(2022, 6, 9))
    shop = seen.places.find(["shop"])["shop"]
    assert shop >= 0 and len(stays(VisitStore(home, outbreak).snapshot())) == before + 2
    again = data + "a3,shop,2022-06-09T10:30,2022-06-09T12:00\n"
    more = imports.preview_import(
        by=dora, at=NOW, outbreak=outbreak, name="visits.csv", data=again.encode(), home=home
    )
    second = imports.commit_import(by=dora, at=NOW, batch=more, home=home)
    assert (second.n_new, second.n_same) == (1, 2)
    assert imports.undo_import(by=dora, at=NOW, batch=batch, home=home) == 2
    assert len(stays(VisitStore(home, outbreak).snapshot())) == before + 3  # the second upload says them too
    imports.undo_import(by=dora, at=NOW, batch=more, home=home)
    assert len(stays(VisitStore(home, outbreak).snapshot())) == before


def test_pseudonyms_of_a_withdrawn_upload_are_forgotten(
    dora, outbreak, home, django_capture_on_commit_callbacks
):
    data = b"person_key,place_id,enter,leave\nzz9,shop,2022-06-09T10:00,2022-06-09T11:00\n"
    with django_capture_on_commit_callbacks(execute=True):
        batch = imports.preview_import(
            by=dora, at=NOW, outbreak=outbreak, name="visits.csv", data=data, home=home
        )
        before = set(VisitStore(home, outbreak).snapshot().persons.table["key"])
        imports.commit_import(by=dora, at=NOW, batch=batch, home=home)
        (key,) = set(VisitStore(home, outbreak).snapshot().persons.table["key"]) - before
    with django_capture_on_commit_callbacks(execute=True):
        imports.undo_import(by=dora, at=NOW, batch=batch, home=home)
    held = [p for f in (home.visits, home.segments) for p in f.rglob("*") if p.is_file()]
    assert held and not [p for p in held if key.encode() in p.read_bytes()]
    assert key not in set(
        pl.concat([pl.read_parquet(p) for p in held if p.suffix == ".parquet"])["person_key"]
    )
