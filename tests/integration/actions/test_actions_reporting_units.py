"""Units that send daily counts: registered under a contract, changed by the day, with keys that end."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from tests.factories import reporting as r
from tests.factories.reporting import NOW, TODAY

from fireline.actions import attempts, report_tokens, reporting_units
from fireline.errors import ConflictError, InputError, PolicyError, PurposeError
from fireline.feeds.reporting import read_owed
from fireline.store.actor import COMMAND_LINE
from fireline.store.models import AuditEvent, Outbreak, OwedStream, ReportingUnit, ReportToken
from fireline.store.reporting import owed_by

pytestmark = pytest.mark.django_db


def audited(action):
    return [json.loads(row.body) for row in AuditEvent.objects.filter(action=action).order_by("seq")]


def test_the_first_unit_begins_the_routine_surveillance_of_the_county(home):
    pk = r.unit()
    where = Outbreak.objects.get(kind="routine")
    assert (where.area_code, where.disease, where.is_exercise) == (r.COUNTY, "unknown", False)
    assert "常规监测" in where.title
    assert owed_by([pk]) == [(pk, read_owed("fever_clinic=daily@17:00", since=r.SINCE))]
    (said,) = audited("unit.add")
    assert said["unit"] == r.CLINIC and said["legal_basis"] and said["expires"] == "2022-12-31"
    r.pharmacy()
    assert Outbreak.objects.filter(kind="routine").count() == 1


def test_in_an_exercise_home_the_dossier_is_an_exercise(home):
    home.mark_exercise()
    r.unit(area="EX-010103")
    where = Outbreak.objects.get(kind="routine")
    assert (where.area_code, where.disease, where.is_exercise, where.pack_kind) == (
        "EX-0101", "exercise-x", True, "exercise"
    )  # fmt: skip


def test_a_home_has_one_routine_dossier_and_the_database_says_so(home):
    from django.db import IntegrityError, transaction

    r.unit()
    again = reporting_units.open_routine(by=COMMAND_LINE, at=NOW, area_code="CN-41")
    assert again == Outbreak.objects.get(kind="routine").pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Outbreak.objects.create(kind="routine", title="x", disease="x", at=NOW, created_at=NOW)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": " "}, InputError),
        ({"name": "x" * 81}, InputError),
        ({"kind": "palace"}, InputError),
        ({"owes": ()}, InputError),
        ({"owes": ("fever_clinic=daily@17:00", "fever_clinic=daily@18:00")}, InputError),
        ({"owes": ("fever_clinic=often@17:00",)}, InputError),
        ({"area": "nowhere"}, PolicyError),
        ({"contract": r.contract(expires=date(2022, 6, 11))}, PurposeError),
    ],
)
def test_units_that_cannot_be_registered(home, wrong, error):
    with pytest.raises(error):
        r.unit(**wrong)
    assert not ReportingUnit.objects.exists() and not Outbreak.objects.exists()


def test_a_contract_holds_on_its_last_day(home):
    assert r.unit(contract=r.contract(expires=TODAY))


def test_a_name_is_taken_once_and_areas_lie_in_the_county(home):
    r.unit()
    with pytest.raises(ConflictError):
        r.unit()
    with pytest.raises(InputError, match="CN-411624"):
        r.unit(name="far", area="CN-411625101")
    assert r.unit(name="whole county", area=r.COUNTY)


def test_a_wider_home_takes_units_of_its_counties(home):
    r.unit(home_area="CN-4116")
    assert r.unit(name="far", area="CN-411625101")


def test_only_the_command_line_keeps_units(home, dora, alice, sam):
    pk = r.unit()
    rita = r.reporter()
    for person in (dora, alice, sam, rita):
        with pytest.raises(PurposeError):
            reporting_units.end_unit(by=person, at=NOW, name=r.CLINIC, last_day=TODAY)
        with pytest.raises(PurposeError):
            report_tokens.issue_token(by=person, at=NOW, name=r.CLINIC)
        with pytest.raises(PurposeError):
            reporting_units.owe(by=person, at=NOW, name=r.CLINIC, owes=["fever_clinic=daily@18:00"])
        with pytest.raises(PurposeError):
            reporting_units.renew_contract(by=person, at=NOW, name=r.CLINIC, contract=r.contract())
        with pytest.raises(PurposeError):
            report_tokens.revoke_token(by=person, at=NOW, token=1)
    assert ReportingUnit.objects.get(pk=pk).active_to is None


def test_a_change_of_what_is_owed_keeps_the_days_before(home):
    pk = r.unit()
    said = reporting_units.owe(
        by=COMMAND_LINE, at=NOW, name=r.CLINIC,
        owes=["fever_clinic=daily@10:00+1", "ili_visits=weekly@10:00+1,total"], since=date(2022, 6, 20),
    )  # fmt: skip
    assert said == ["fever_clinic=daily@10:00+1", "ili_visits=weekly@10:00+1,total"]
    rows = OwedStream.objects.filter(unit=pk).order_by("since", "stream")
    assert [(o.stream, o.due_min, o.since, o.until) for o in rows] == [
        ("fever_clinic", 1020, r.SINCE, date(2022, 6, 19)),
        ("fever_clinic", 2040, date(2022, 6, 20), None),
        ("ili_visits", 2040, date(2022, 6, 20), None),
    ]
    reporting_units.owe(
        by=COMMAND_LINE, at=NOW, name=r.CLINIC, owes=["fever_clinic=daily@09:00"], since=date(2022, 6, 20)
    )
    rows = OwedStream.objects.filter(unit=pk).order_by("since", "stream")
    assert [(o.stream, o.due_min) for o in rows] == [("fever_clinic", 1020), ("fever_clinic", 540)]
    assert len(audited("unit.owe")) == 2


def test_a_renewed_contract_takes_the_place_of_the_old(home):
    pk = r.unit()
    reporting_units.renew_contract(
        by=COMMAND_LINE, at=NOW, name=r.CLINIC, contract=r.contract(date(2023, 12, 31), "investigation")
    )
    found = ReportingUnit.objects.get(pk=pk)
    assert (found.expires, found.purpose) == (date(2023, 12, 31), "investigation")
    with pytest.raises(PurposeError):
        reporting_units.renew_contract(
            by=COMMAND_LINE, at=NOW, name=r.CLINIC, contract=r.contract(date(2022, 6, 1))
        )


def test_a_unit_ends_on_its_last_day(home):
    pk = r.unit()
    with pytest.raises(InputError, match="2022-01-01"):
        reporting_units.end_unit(by=COMMAND_LINE, at=NOW, name=r.CLINIC, last_day=date(2021, 12, 31))
    reporting_units.end_unit(by=COMMAND_LINE, at=NOW, name=r.CLINIC, last_day=date(2022, 6, 1))
    assert [o.until for o in OwedStream.objects.filter(unit=pk)] == [date(2022, 6, 1)]
    unit = ReportingUnit.objects.get(pk=pk)
    reporting_units.require_at_work(unit, on=date(2022, 6, 8))  # numbers of the last days may still come
    with pytest.raises(PurposeError, match="does not report"):
        reporting_units.require_at_work(unit, on=date(2022, 6, 9))
    with pytest.raises(PurposeError):
        reporting_units.require_at_work(unit, on=date(2021, 12, 31))


def test_the_list_says_what_each_owes_and_never_a_key(home):
    r.unit()
    number, token = report_tokens.issue_token(by=COMMAND_LINE, at=NOW, name=r.CLINIC)
    (row,) = reporting_units.list_units(at=NOW)
    assert row["owes"] == ["fever_clinic=daily@17:00"] and row["is_at_work"]
    assert [key["id"] for key in row["tokens"]] == [number]
    assert token not in str(row)


@pytest.mark.parametrize(
    ("area", "county"),
    [
        ("CN-411624101", "CN-411624"), ("CN-411624", "CN-411624"), ("CN-4116", "CN-4116"),
        ("411624101001", "CN-411624"), ("EX-010122", "EX-0101"), ("KR-11", "KR-11"),
    ],
)  # fmt: skip
def test_the_county_above_an_area(area, county):
    assert reporting_units.county_of(area) == county


# -- keys ------------------------------------------------------------------------------------------------


def test_a_key_is_a_reporter_of_its_unit_and_only_its_hash_is_kept(home):
    pk = r.unit()
    number, token = report_tokens.issue_token(by=COMMAND_LINE, at=NOW, name=r.CLINIC)
    assert len(token) == 43
    row = ReportToken.objects.get(pk=number)
    assert token not in row.digest and row.ends_at == NOW + timedelta(days=180)
    who = report_tokens.actor_of_token(at=NOW, token=token, address="10.0.0.1")
    assert (who.role, who.reporting_unit, who.via, who.username) == ("reporter", pk, "api", f"unit:{pk}")
    assert ReportToken.objects.get(pk=number).last_used_at == NOW
    report_tokens.actor_of_token(at=NOW + timedelta(seconds=30), token=token, address="10.0.0.1")
    assert ReportToken.objects.get(pk=number).last_used_at == NOW  # not written at every request


def test_a_key_ends_by_itself_and_at_once_when_revoked(home):
    r.unit()
    number, token = report_tokens.issue_token(by=COMMAND_LINE, at=NOW, name=r.CLINIC, days=1)
    almost = NOW + timedelta(days=1) - timedelta(seconds=1)
    assert report_tokens.actor_of_token(at=almost, token=token, address="a")
    with pytest.raises(report_tokens.UnknownToken):
        report_tokens.actor_of_token(at=NOW + timedelta(days=1), token=token, address="a")
    report_tokens.revoke_token(by=COMMAND_LINE, at=NOW, token=number)
    report_tokens.revoke_token(by=COMMAND_LINE, at=NOW, token=number)
    with pytest.raises(report_tokens.UnknownToken):
        report_tokens.actor_of_token(at=NOW, token=token, address="a")
    assert len(audited("unit.revoke")) == 1


@pytest.mark.parametrize(("days", "is_allowed"), [(0, False), (1, True), (180, True), (181, False)])
def test_the_life_of_a_key_at_its_edges(home, days, is_allowed):
    r.unit()
    if is_allowed:
        assert report_tokens.issue_token(by=COMMAND_LINE, at=NOW, name=r.CLINIC, days=days)
    else:
        with pytest.raises(InputError, match="180"):
            report_tokens.issue_token(by=COMMAND_LINE, at=NOW, name=r.CLINIC, days=days)


def test_no_key_without_a_unit_or_under_an_ended_contract(home):
    r.unit()
    with pytest.raises(InputError):
        report_tokens.issue_token(by=COMMAND_LINE, at=NOW, name="nobody")
    with pytest.raises(InputError):
        report_tokens.revoke_token(by=COMMAND_LINE, at=NOW, token=77)
    ReportingUnit.objects.update(expires=TODAY - timedelta(days=1))
    with pytest.raises(PurposeError, match="ended on"):
        report_tokens.issue_token(by=COMMAND_LINE, at=NOW, name=r.CLINIC)


def test_the_limiter_runs_before_the_hash(home, monkeypatch):
    r.unit()
    _, token = report_tokens.issue_token(by=COMMAND_LINE, at=NOW, name=r.CLINIC)
    for n in range(50):
        with pytest.raises(report_tokens.UnknownToken):
            report_tokens.actor_of_token(at=NOW, token=f"wrong-{n}", address="10.0.0.9")
    with monkeypatch.context() as patch:
        patch.setattr(report_tokens, "_digest", lambda _: pytest.fail("a hash was computed"))
        with pytest.raises(attempts.TooManyAttempts) as waiting:
            report_tokens.actor_of_token(at=NOW, token=token, address="10.0.0.9")
    assert 0 < waiting.value.wait_s <= 3601
    assert report_tokens.actor_of_token(at=NOW, token=token, address="10.0.0.10")
    refused = AuditEvent.objects.filter(action="report.refused")
    assert refused.count() == 50 and "wrong" not in "".join(row.body + row.subject for row in refused)


@pytest.mark.parametrize("token", ["", "\udcff", "x" * 10_000, "' OR 1=1 --"])
def test_strange_keys_are_unknown_keys(home, token):
    r.unit()
    with pytest.raises(report_tokens.UnknownToken):
        report_tokens.actor_of_token(at=NOW, token=token, address="a")
