"""The page of sampling rounds: plan by level, file, refusals; the same numbers as the command line."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.conftest import NOW
from typer.testing import CliRunner

from fireline.actions import zone_orders, zones
from fireline.cli.rounds import app
from fireline.store import models
from fireline.store.models import AuditEvent, Outbreak, Person, Zone

pytestmark = pytest.mark.django_db


@pytest.fixture
def ring(dora, outbreak, library, clock):
    return zones.propose(by=dora, at=NOW, outbreak=outbreak, library=library)


@pytest.fixture
def roster(outbreak):
    """Ten people of U1: four sampled in two tubes, one tube positive; nine in the second hour."""
    for i in range(10):
        Person.objects.create(outbreak_id=outbreak, person_key=f"R{i}", home_place_id="U1")
    for i in range(4):
        models.Test.objects.create(
            outbreak_id=outbreak,
            sample_id=f"K{i // 2}/{i}",
            subject_kind="person",
            subject_id=f"R{i}",
            kind="nucleic_acid",
            taken_at=NOW + timedelta(minutes=30),
            taken_at_precision="minute",
            result_at=NOW + timedelta(hours=1),
            result_at_precision="minute",
            result="positive" if i == 3 else "negative",
        )


def page(client, outbreak, language="zh-CN", **typed):
    return client.get(f"/o/{outbreak}/zones/rounds", typed, headers={"accept-language": language})


def test_a_proposed_ring_is_planned_and_called_no_order(clients, outbreak, ring):
    zh = page(clients("alice"), outbreak).content.decode()
    assert "本方案尚未签发" in zh and "封控区" in zh and "rounds." not in zh
    assert "cn-covid-v8-zones/deadline/first_round_sealed" in zh and "24 小时" in zh
    en = page(clients("alice"), outbreak, "en").content.decode()
    assert "Sampling rounds" in en and "This ring is not ordered" in en and "By site" in en


def test_the_newest_signed_ring_comes_before_a_newer_proposal(clients, outbreak, ring, alice, dora, library):
    zones.sign(by=alice, at=NOW, zone=ring, library=library)
    zones.propose(by=dora, at=NOW, outbreak=outbreak, library=library)
    text = page(clients("alice"), outbreak).content.decode()
    assert f"/zones/{ring}/order" in text and "本方案尚未签发" not in text


def test_without_a_rule_nothing_is_planned_as_an_order(clients, outbreak, ring):
    Outbreak.objects.update(disease="measles")
    text = page(clients("alice"), outbreak).content.decode()
    assert "没有有效规则规定本轮时限" in text and "不是指令" in text and "24 小时" not in text


def test_without_a_ring_it_says_so(clients, outbreak, clock):
    Zone.objects.all().delete()
    answer = page(clients("alice"), outbreak)
    assert answer.status_code == 200 and "没有区域方案" in answer.content.decode()


def test_progress_counts_and_names_nobody(clients, outbreak, ring, roster, clock):
    clock.at = NOW + timedelta(hours=2)
    Outbreak.objects.update(label_zh="", label_en="", at=clock.at)
    text = page(clients("alice"), outbreak, "en").content.decode()
    assert "4 (40.0%)" in text and "1 tubes" in text and "Samples by hour" in text
    assert "R0" not in text and "K1" not in text


def test_what_is_typed_is_planned_and_what_cannot_be_is_said(clients, outbreak, ring):
    client = clients("alice")
    text = page(client, outbreak, "en", prevalence="2500", tubes="1").content.decode()
    assert "stated by hand" in text and "tubes are short" in text
    wrong = page(client, outbreak, "en", teams="0")
    assert wrong.status_code == 400 and "sampling teams must be" in wrong.content.decode()
    assert page(client, outbreak, start="gestern").status_code == 400


def test_the_file_is_audited_and_holds_places_and_hours_only(clients, outbreak, ring, roster):
    answer = clients("alice").get(f"/o/{outbreak}/zones/rounds/export", {"teams": "3"})
    assert answer["Content-Type"].startswith("text/csv") and answer["Cache-Control"] == "no-store"
    text = answer.content.decode("utf-8-sig")
    assert text.startswith("level,site_id,unit_id") and "U1" in text and "R0" not in text
    row = AuditEvent.objects.get(action="export.round")
    body = json.loads(row.body)
    assert row.actor == "alice" and body["zone"] == ring
    assert body["rows"] == len(text.splitlines()) - 1


def test_who_may_see_and_who_may_take_the_file(clients, outbreak, ring):
    assert page(clients("charlie"), outbreak).status_code == 403
    assert clients("charlie").get(f"/o/{outbreak}/zones/rounds/export").status_code == 403
    bob = page(clients("bob"), outbreak)
    assert bob.status_code == 200 and "zones/rounds/export" not in bob.content.decode()
    assert clients("bob").get(f"/o/{outbreak}/zones/rounds/export").status_code == 403
    assert clients("alice").post(f"/o/{outbreak}/zones/rounds").status_code == 405


def test_bob_sees_the_units_of_his_township_only(clients, outbreak, ring):
    text = page(clients("bob"), outbreak).content.decode()
    assert ">U1<" in text and ">U2<" not in text


def test_the_order_and_the_kinds_lead_here(clients, outbreak, ring):
    for tail in (f"{ring}/order", "kinds"):
        assert (
            f"/o/{outbreak}/zones/rounds"
            in clients("alice").get(f"/o/{outbreak}/zones/{tail}").content.decode()
        )


def test_the_command_gives_the_same_numbers(clients, outbreak, ring, roster, clock, monkeypatch, home):
    clock.at = NOW + timedelta(hours=2)
    Outbreak.objects.update(label_zh="", label_en="", at=clock.at)
    monkeypatch.setattr("fireline.store.boot.boot", lambda path: home)
    monkeypatch.setattr("fireline.store.boot.require_current", lambda: None)
    made = CliRunner().invoke(app, ["--home", str(home.path), "--outbreak", str(outbreak), "--json"])
    assert made.exit_code == 0, made.output
    told = json.loads(made.output)
    assert told["ring"]["id"] == ring and "R0" not in made.output
    page_text = page(clients("alice"), outbreak, "en").content.decode()
    for one in told["levels"]:
        assert f"{one['plan']['results_h']:.1f} h" in page_text
        assert f"{one['plan']['tubes']:,}" in page_text
    assert told["levels"][0]["progress"]["total"]["to_resample"] == 2
    plain = CliRunner().invoke(app, ["--home", str(home.path), "--outbreak", str(outbreak), "--lang", "zh"])
    assert "封控区" in plain.output and "采样点" in plain.output


def test_the_published_order_stays_the_ring_of_the_round(clients, outbreak, ring, alice, library):
    zones.sign(by=alice, at=NOW, zone=ring, library=library)
    zone_orders.publish(by=alice, at=NOW, zone=ring, library=library)
    assert f"/zones/{ring}/order" in page(clients("alice"), outbreak).content.decode()
