"""Correcting, undoing, pasting: the old value must still be there, and every change is on record."""

from __future__ import annotations

import pytest
from tests.conftest import NOW

from fireline.actions import cases
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.store import access, audit
from fireline.store.models import AuditEvent, Case, CaseChange, Identity

pytestmark = pytest.mark.django_db


def edit(by, outbreak, **said):
    return cases.edit_case(by=by, at=NOW, outbreak=outbreak, case_id="C0001", **said)


def test_it_works_and_is_on_record(dora, outbreak):
    edit(dora, outbreak, column="classification", old="confirmed", new="discarded")
    case = Case.objects.get(case_id="C0001")
    assert (case.classification, case.version) == ("discarded", 1)
    last = AuditEvent.objects.order_by("-seq").first()
    assert (last.action, last.actor) == ("case.edit", "dora") and "discarded" not in last.body
    assert audit.verify().is_whole


def test_the_board_follows(dora, alice, outbreak):
    before = access.board(alice, outbreak=outbreak, at=NOW)["cases"]
    edit(dora, outbreak, column="classification", old="confirmed", new="discarded")
    edit(
        dora,
        outbreak,
        column="reported_at",
        old=Case.objects.get(case_id="C0001").reported_at.isoformat(),
        new="",
    )
    after = access.board(alice, outbreak=outbreak, at=NOW)
    assert after["cases"] == {**before, "confirmed": before["confirmed"] - 1, "discarded": 1}
    from fireline.store import tally
    from fireline.store.models import Outbreak, Tally

    kept = set(
        Tally.objects.filter(name__in=("cases", "case_day"), n__gt=0).values_list(
            "name", "area_code", "key", "n"
        )
    )
    tally.rebuild(Outbreak.objects.get())
    assert kept == set(
        Tally.objects.filter(name__in=("cases", "case_day")).values_list("name", "area_code", "key", "n")
    )


def test_a_stale_value_is_a_conflict_and_changes_nothing(dora, outbreak):
    edit(dora, outbreak, column="classification", old="confirmed", new="probable")
    n = AuditEvent.objects.count()
    with pytest.raises(ConflictError):
        edit(dora, outbreak, column="classification", old="confirmed", new="discarded")
    assert Case.objects.get(case_id="C0001").classification == "probable"
    assert AuditEvent.objects.count() == n


def test_undo_brings_the_old_value_back_once(dora, outbreak):
    old = Case.objects.get(case_id="C0001")
    change = edit(dora, outbreak, column="onset", old=old.onset.isoformat(), new="2022-06-05")
    case = Case.objects.get(case_id="C0001")
    assert case.onset_precision == "day" and case.onset.isoformat() == "2022-06-04T16:00:00+00:00"
    cases.undo_change(by=dora, at=NOW, change=change)
    assert Case.objects.get(case_id="C0001").onset == old.onset
    assert CaseChange.objects.get(pk=change).undone_by == "dora"
    with pytest.raises(ConflictError):
        cases.undo_change(by=dora, at=NOW, change=change)


def test_undo_after_another_change_is_a_conflict(dora, outbreak):
    change = edit(dora, outbreak, column="cluster", old="", new="market")
    edit(dora, outbreak, column="cluster", old="market", new="school")
    with pytest.raises(ConflictError):
        cases.undo_change(by=dora, at=NOW, change=change)


@pytest.mark.parametrize(
    ("column", "new"),
    [
        ("classification", "maybe"),
        ("onset", "next week"),
        ("person_key", "P"),
        ("id", "1"),
        ("cluster", "x" * 300),
    ],
)
def test_what_is_not_allowed_is_refused(dora, outbreak, column, new):
    old = getattr(Case.objects.get(case_id="C0001"), column)
    old = old.isoformat() if hasattr(old, "isoformat") else old
    with pytest.raises(InputError):
        edit(dora, outbreak, column=column, old=old, new=new)


def test_only_an_epidemiologist_of_the_area_may(alice, bob, charlie, sam, outbreak):
    for person in (alice, bob, charlie, sam):
        with pytest.raises(PurposeError):
            edit(person, outbreak, column="cluster", old="", new="x")


def test_a_pasted_list_becomes_cases_and_exposures(dora, home):
    from fireline.actions import outbreaks

    pk = outbreaks.create_outbreak(
        by=dora, at=NOW, title="学校呕吐", disease="norovirus", area_code="CN-411624"
    )
    text = "姓名\t班级\t发病时间\t呕吐\t午餐面条\n王小明\t三1\t2022-06-11 10:00\t是\t是\n李小红\t三1\t2022-06-11 12:00\t是\t是\n赵小刚\t三2\t\t否\t否\n"
    done = cases.paste_list(by=dora, at=NOW, outbreak=pk, text=text, home=home)
    assert (done.n_rows, done.n_ill, done.n_well) == (3, 2, 1)
    assert Case.objects.filter(outbreak_id=pk).count() == 2
    assert access.board(dora, outbreak=pk, at=NOW)["n_cases"] == 2
    assert Identity.objects.filter(column="name").count() == 3
    again = cases.paste_list(by=dora, at=NOW, outbreak=pk, text=text, home=home)
    assert again.n_new == 0 and Case.objects.filter(outbreak_id=pk).count() == 2
