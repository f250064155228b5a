"""The pages of a zone's order: steps by button, print, history by hour, who may do what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.conftest import NOW

from fireline.actions import zone_gates, zone_orders, zones
from fireline.store.models import Zone, ZoneGate

pytestmark = pytest.mark.django_db


@pytest.fixture
def ring(dora, outbreak, library, clock):
    return zones.propose(by=dora, at=NOW, outbreak=outbreak, library=library)


def url(outbreak, ring, tail):
    return f"/o/{outbreak}/zones/{ring}/{tail}"


def english(client, address):
    return client.get(address, headers={"accept-language": "en"}).content.decode()


def test_the_loop_by_button(clients, outbreak, ring):
    alice, bob = clients("alice"), clients("bob")
    page = alice.get(url(outbreak, ring, "order")).content.decode()
    assert url(outbreak, ring, "order/sign") in page and url(outbreak, ring, "withdraw") in page
    assert alice.post(url(outbreak, ring, "order/sign"), {"version": "0"}).status_code == 302
    assert Zone.objects.get(pk=ring).state == "signed"
    assert alice.post(url(outbreak, ring, "publish"), {"version": "1"}).status_code == 302
    gate = ZoneGate.objects.get(zone_id=ring)
    assert alice.post(url(outbreak, ring, f"gates/{gate.pk}/assign"), {"to": "bob"}).status_code == 302
    assert (
        url(outbreak, ring, f"gates/{gate.pk}/accept")
        in bob.get(url(outbreak, ring, "order")).content.decode()
    )
    assert bob.post(url(outbreak, ring, f"gates/{gate.pk}/accept")).status_code == 302
    assert Zone.objects.get(pk=ring).state == "staffed"
    refused = alice.post(url(outbreak, ring, "lift"), {"reason": "", "level": ""})
    assert refused.status_code == 400 and "解除条件尚未满足" in refused.content.decode()
    assert alice.post(url(outbreak, ring, "lift"), {"reason": "样本弄错", "level": ""}).status_code == 302
    assert Zone.objects.get(pk=ring).state == "lifted"
    last = alice.get(url(outbreak, ring, "order")).content.decode()
    assert "样本弄错" in last and url(outbreak, ring, "lift") not in last


def test_the_printed_order_says_everything_in_both_languages(clients, outbreak, ring, alice, library):
    zones.sign(by=alice, at=NOW, zone=ring, library=library)
    zone_orders.publish(by=alice, at=NOW, zone=ring, library=library)
    client = clients("alice")
    zh = client.get(url(outbreak, ring, "order")).content.decode()
    for text in (
        "cn-covid-v8-zones",
        "封控区",
        "U1",
        "足不出户",
        "卡口",
        "签字：",
        "最早",
        "公众通告",
        "自 2022-06-12 14:00 起",
    ):
        assert text in zh, text
    en = english(client, url(outbreak, ring, "order"))
    for text in ("Zone order", "stay at home", "Signature:", "Earliest", "nobody yet", "Public notice"):
        assert text in en, text
    assert "zone_order." not in zh + en and "code." not in en
    assert 'class="panel order no-print"' in en  # buttons stay off the paper
    text = client.get(url(outbreak, ring, "notice"))
    assert text["Content-Type"].startswith("text/plain") and "U1" in text.content.decode()


def test_no_notice_before_it_is_published(clients, outbreak, ring):
    assert clients("alice").get(url(outbreak, ring, "notice")).status_code == 404


def test_the_history_of_an_hour(clients, outbreak, ring, alice, library):
    zones.sign(by=alice, at=NOW + timedelta(hours=2), zone=ring, library=library)
    client = clients("alice")

    def at(text):
        return client.get(url(outbreak, ring, "history"), {"at": text})

    assert "当时尚未提议" in at("2022-06-12T13:59").content.decode()
    assert "待批准" in at("2022-06-12T15:00").content.decode()
    later = at("2022-06-12T16:00").content.decode()
    assert "已批准" in later and "<strong>alice</strong>" in later and "U2" in later
    wrong = at("yesterday")
    assert wrong.status_code == 400 and 'aria-invalid="true"' in wrong.content.decode()


@pytest.mark.parametrize("who", ["dora", "sam", "bob"])
def test_others_read_and_see_no_button_of_a_commander(clients, outbreak, ring, who):
    page = clients(who).get(url(outbreak, ring, "order"))
    assert page.status_code == 200
    text = page.content.decode()
    assert url(outbreak, ring, "order/sign") not in text and url(outbreak, ring, "lift") not in text
    assert (url(outbreak, ring, "withdraw") in text) == (who == "dora")


def test_strangers_and_wrong_roles_are_refused(clients, outbreak, ring):
    assert clients("charlie").get(url(outbreak, ring, "order")).status_code == 403
    assert clients("charlie").get(url(outbreak, ring, "history")).status_code == 403
    for step in ("order/sign", "publish", "lift", "withdraw"):
        assert clients("bob").post(url(outbreak, ring, step)).status_code == 403
        assert clients("alice").get(url(outbreak, ring, step)).status_code == 405
    assert clients("dora").post(url(outbreak, ring, "order/sign")).status_code == 403
    assert Zone.objects.get(pk=ring).state == "proposed"


def test_somebody_else_was_faster(clients, outbreak, ring):
    answer = clients("alice").post(url(outbreak, ring, "order/sign"), {"version": "7"})
    assert answer.status_code == 409 and "已被他人修改" in answer.content.decode()


def test_a_withdrawn_proposal_shows_its_reason_in_the_history(clients, outbreak, ring):
    client = clients("dora")
    assert client.post(url(outbreak, ring, "withdraw"), {"reason": ""}).status_code == 400
    assert (
        client.post(url(outbreak, ring, "withdraw"), {"reason": "底图有误", "version": "0"}).status_code
        == 302
    )
    assert "底图有误" in client.get(url(outbreak, ring, "history")).content.decode()


def test_a_gate_that_waits_is_counted(clients, outbreak, ring, alice, library):
    zones.sign(by=alice, at=NOW, zone=ring, library=library)
    gate = ZoneGate.objects.get(zone_id=ring)
    clients("bob")
    zone_gates.assign(by=alice, at=NOW, zone=ring, gate=gate.pk, to="bob", library=library)
    page = clients("alice").get(url(outbreak, ring, "history")).content.decode()
    assert "卡口已接收 0/1" in page
