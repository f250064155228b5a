"""A worklist opens the identities of its people once, for its owner, on record, and never names the case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError as Refused
from django.db import transaction
from tests.conftest import NOW
from tests.factories.people import TOWN_A

from fireline.actions import worklists
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.store.models import AuditEvent, Exposure, Task, Worklist

pytestmark = pytest.mark.django_db

PERSON = "P" + "0" * 15 + "1"  # of whom the vault knows a name


@pytest.fixture
def errands(outbreak):
    """Three open prophylaxis tasks: one pressing, one later, one over."""
    for n, (person, hours) in enumerate([(PERSON, 5), ("Q" + "0" * 16, 40), ("Q" + "0" * 15 + "3", -2)]):
        Task.objects.create(
            outbreak_id=outbreak, task_id=f"W{n}", kind="prophylaxis", subject_kind="person", subject_id=person,
            case_id="C0007", area_code=TOWN_A, what_zh="疫苗", what_en="vaccine", is_open=True,
            due_at=NOW + timedelta(hours=hours), precision="minute",
        )  # fmt: skip
    return outbreak


def make(by, outbreak, **change):
    return worklists.make_worklist(
        **(
            {"by": by, "at": NOW, "outbreak": outbreak, "kind": "prophylaxis", "to": "dora", "moment": NOW}
            | change
        )
    )


def test_its_owner_opens_it_once_and_one_row_tells(errands, dora, home):
    Exposure.objects.create(outbreak_id=errands, person_key=PERSON, item="vaccine", value="no")
    made = make(dora, errands)
    rows = worklists.open_worklist(by=dora, at=NOW, worklist=made, home=home)
    assert [row["person_key"] for row in rows] == [PERSON, "Q" + "0" * 16]
    assert (rows[0]["name"], rows[0]["phone"], rows[0]["immune"]) == ("王小明", "13800001111", "no")
    assert rows[1]["name"] == ""
    assert "C0007" not in str(rows) and "case_id" not in rows[0] and "id_no" not in rows[0]
    row = AuditEvent.objects.get(action="worklist.open")
    assert row.purpose == "follow_up" and '"people": 2' in str(row.body).replace("'", '"')
    with pytest.raises(ConflictError, match="opens once"):
        worklists.open_worklist(by=dora, at=NOW, worklist=made, home=home)
    assert AuditEvent.objects.filter(action="worklist.open").count() == 1


def test_nobody_else_opens_it(errands, dora, alice, bob, sam, home):
    made = make(dora, errands)
    for other in (alice, bob, sam):
        with pytest.raises(PurposeError):
            worklists.open_worklist(by=other, at=NOW, worklist=made, home=home)
    assert Worklist.objects.get().opened_at is None


def test_it_dies_after_a_day(errands, dora, home):
    made = make(dora, errands)
    worklist = {"by": dora, "worklist": made, "home": home}
    with pytest.raises(ConflictError, match="24 hours"):
        worklists.open_worklist(at=NOW + timedelta(hours=24, seconds=1), **worklist)
    assert worklists.open_worklist(at=NOW + timedelta(hours=24), **worklist)


def test_a_grid_worker_may_be_given_one_but_makes_none(errands, dora, bob, home):
    made = make(dora, errands, to="bob")
    assert len(worklists.open_worklist(by=bob, at=NOW, worklist=made, home=home)) == 2
    with pytest.raises(PurposeError):
        make(bob, errands)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "case_report"}, "kind is not known"),
        ({"to": "nobody"}, "no active account"),
        ({"to": "sam"}, "no active account"),
        ({"case_id": "C0001"}, "nothing of this kind"),
        ({"moment": NOW + timedelta(days=9)}, "nothing of this kind"),
    ],
)
def test_a_list_that_cannot_be_made_says_why(errands, dora, sam, change, says):
    with pytest.raises(InputError, match=says):
        make(dora, errands, **change)


def test_the_database_refuses_an_opening_by_somebody_else(errands, dora):
    make(dora, errands)
    with pytest.raises(Refused), transaction.atomic():
        Worklist.objects.update(opened_at=NOW, opened_by="alice")
