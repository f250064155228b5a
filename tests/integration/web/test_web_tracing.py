"""The contacts panel of a case: what it asks for, the button, the second clinician, and the export."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.conftest import NOW
from tests.factories import people
from tests.integration.actions.test_actions_tracing import CASE, STRANGER, load

from fireline.store.models import AuditEvent, Confirmation, Search

pytestmark = pytest.mark.django_db


@pytest.fixture
def spark(dora, home):
    return load(dora, home)


def page(client, spark, query=""):
    return client.get(f"/o/{spark}/cases/{CASE}{query}").content.decode()


def test_without_evidence_the_page_says_what_is_missing_and_offers_no_search(clients, spark):
    text = page(clients("dora"), spark)
    assert "签名实验室数据" in text and f"/cases/{CASE}/confirm" in text and f"{CASE}/search" not in text
    assert clients("dora").post(f"/o/{spark}/cases/{CASE}/search").status_code == 403
    assert not Search.objects.exists()


def summary(text):
    """The part of the page that is open at first."""
    return text[text.index('id="summary"') : text.index('id="trajectory"')]


def test_the_summary_offers_the_search_or_says_what_it_needs(clients, spark):
    before = summary(page(clients("dora"), spark))
    assert "需要证据" in before and f"{CASE}/search" not in before
    erin = people.actor("erin", "epidemiologist", people.COUNTY, "county-hospital")
    client = Client()
    client.force_login(people.user_of(erin))
    client.post(f"/o/{spark}/cases/{CASE}/confirm", {"reason": "fever, rash"})
    client = clients("dora")
    ready = summary(page(client, spark))
    assert f"{CASE}/search" in ready and "button-primary" in ready and "需要证据" not in ready
    client.post(f"/o/{spark}/cases/{CASE}/search")
    assert f"{CASE}/search" not in summary(page(client, spark))


def test_two_clinicians_of_two_units_press_two_buttons(clients, spark):
    erin = people.actor("erin", "epidemiologist", people.COUNTY, "county-hospital")
    client = Client()
    client.force_login(people.user_of(erin))
    client.post(f"/o/{spark}/cases/{CASE}/confirm", {"reason": "fever, rash"})
    assert Confirmation.objects.get().confirmed_by == "erin"
    assert f"{CASE}/search" not in page(client, spark)  # not for the one who confirmed
    client = clients("dora")
    assert f"{CASE}/search" in page(client, spark)
    answer = client.post(f"/o/{spark}/cases/{CASE}/search")
    assert answer.status_code == 302 and answer["Location"].endswith("#contacts")
    text = page(client, spark)
    assert STRANGER in text and "market" in text and Search.objects.get().opened_by == "dora"
    assert "第二名医生确认" in text and Search.objects.get().rule_id in text
    assert STRANGER not in page(client, spark, "?class=secondary")
    assert STRANGER in page(client, spark, "?place=market")
    rows = client.get(f"/o/{spark}/contacts/export?case={CASE}").content.decode("utf-8-sig")
    assert STRANGER in rows and rows.startswith("case_id,person_key,contact_class")
    assert AuditEvent.objects.filter(action="export.contacts").count() == 1
    assert client.post(f"/o/{spark}/cases/{CASE}/search", {"secondary": "1"}).status_code == 302
    assert Search.objects.get().has_secondary


@pytest.mark.parametrize("who", ["alice", "bob", "sam", "charlie"])
def test_others_can_neither_search_nor_confirm(clients, spark, who):
    for verb in ("search", "confirm"):
        assert clients(who).post(f"/o/{spark}/cases/{CASE}/{verb}", {"reason": "x"}).status_code == 403
    assert not Search.objects.exists() and not Confirmation.objects.exists()


def test_no_rule_in_force_means_no_button(clients, dora, home):
    spark = load(dora, home, disease="influenza")
    text = page(clients("dora"), spark)
    assert f"{CASE}/search" not in text and f"{CASE}/confirm" not in text
    assert "没有生效的规则" in text and NOW.year == 2022
