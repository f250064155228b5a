"""The form that puts a ring forward with its start, reasons and exceptions; the short button beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.conftest import NOW

from fireline.store.models import Outbreak, Zone, ZoneException

pytestmark = pytest.mark.django_db


@pytest.fixture
def computed(outbreak, clock):
    Outbreak.objects.update(label_zh="", label_en="", is_exercise=False)
    return Zone.objects.filter(outbreak_id=outbreak, state="computed").latest("pk").pk


def url(outbreak, zone):
    return f"/o/{outbreak}/zones/{zone}/propose"


def sent(**more):
    return {"form": "full", **more}


def exception(k=0, **more):
    base = {"kind": "hospital", "name": "县医院", "unit_id": "U1", "measures": "闭环管理"}
    return {f"{part}-{k}": value for part, value in (base | more).items()}


def test_the_order_leads_to_the_form_and_the_form_to_the_proposal(clients, outbreak, computed):
    client = clients("dora")
    assert url(outbreak, computed) in client.get(f"/o/{outbreak}/zones/{computed}/order").content.decode()
    page = client.get(url(outbreak, computed)).content.decode()
    assert page.count("<fieldset") == 8 and 'value="U1"' in page and "zone_propose." not in page
    start = (NOW + timedelta(hours=4)).isoformat()
    answer = client.post(
        url(outbreak, computed),
        sent(starts_at=start, why_large="楼栋相连", why_no_case="密接集中", **exception(3)),
    )
    made = Zone.objects.latest("pk")
    assert answer.status_code == 302 and answer["Location"] == f"/o/{outbreak}/zones/{made.pk}/order"
    assert (made.state, made.why_large, made.why_no_case) == ("proposed", "楼栋相连", "密接集中")
    assert made.starts_at == NOW + timedelta(hours=4) and made.proposed_by == "dora"
    one = ZoneException.objects.get(zone=made)
    assert (one.kind, one.name, one.unit_id, one.measures) == ("hospital", "县医院", "U1", "闭环管理")
    order = client.get(answer["Location"]).content.decode()
    assert "楼栋相连" in order and "县医院" in order and url(outbreak, made.pk) not in order


def test_everything_is_optional(clients, outbreak, computed):
    blank = {f"kind-{k}": "hospital" for k in range(8)}
    assert clients("alice").post(url(outbreak, computed), sent(**blank)).status_code == 302
    made = Zone.objects.latest("pk")
    assert made.starts_at is None and not made.exceptions.exists()


def test_local_time_is_meant(clients, outbreak, computed):
    clients("dora").post(url(outbreak, computed), sent(starts_at="2022-06-12T18:00"))
    assert Zone.objects.latest("pk").starts_at == NOW + timedelta(hours=4)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"starts_at": "soon"}, "soon"),
        ({"starts_at": "2022-06-12T13:59"}, "早于现在"),
        (exception(name=""), "1 项不完整"),
        (exception(unit_id="U999"), "1 项不完整"),
        (exception(kind="bar"), "1 项不完整"),
        (exception(0) | exception(1), "1 项不完整或重复"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(clients, outbreak, computed, typed, said):
    before = Zone.objects.count()
    answer = clients("dora").post(url(outbreak, computed), sent(why_large="理由甲", **typed))
    text = answer.content.decode()
    assert answer.status_code == 400 and said in text and "理由甲" in text
    assert Zone.objects.count() == before
    for value in typed.values():
        assert value in text


def test_the_short_button_still_works(clients, outbreak, computed):
    answer = clients("dora").post(url(outbreak, computed), {"version": "0"})
    assert answer.status_code == 302 and "/zones?zone=" in answer["Location"]
    assert Zone.objects.latest("pk").state == "proposed"


def test_an_exercise_puts_nothing_forward(clients, outbreak, computed):
    Outbreak.objects.update(is_exercise=True)
    client, before = clients("dora"), Zone.objects.count()
    assert "这是演练" in client.get(url(outbreak, computed)).content.decode()
    assert client.post(url(outbreak, computed), sent()).status_code == 400
    assert Zone.objects.count() == before


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_others_may_not(clients, outbreak, computed, who):
    before = Zone.objects.count()
    assert clients(who).get(url(outbreak, computed)).status_code == 403
    for typed in (sent(), {"version": "0"}):
        assert clients(who).post(url(outbreak, computed), typed).status_code == 403
    assert Zone.objects.count() == before


def test_in_english(clients, outbreak, computed):
    page = clients("dora").get(url(outbreak, computed), headers={"accept-language": "en"}).content.decode()
    assert "Put the ring forward" in page and "Exception 8" in page and "Hospital" in page.title()
