"""An activity text on the case page: read, corrected, accepted, stays of the case, taken back; the public text."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.conftest import NOW
from tests.integration.actions.test_actions_tracing import CASE, load

from fireline.store.models import AuditEvent, Case, ImportBatch, Place, Stay
from fireline.store.vault import Vault

pytestmark = pytest.mark.django_db

TEXT = "6月2日10:20-11:30到万达广场购物，12时许乘坐G1234次列车前往郑州。6月3日下午在某超市。一直居家。"


@pytest.fixture
def spark(dora, home):
    return load(dora, home)


def at(spark, verb="narrative"):
    return f"/o/{spark}/cases/{CASE}/{verb}"


def accept(client, spark, text=TEXT, **more):
    n = 8
    form = {"text": text, "year": "2022", "step": "save", **{f"do-{i}": "accept" for i in range(n)}}
    return client.post(at(spark), form | more)


def names(spark):
    return set(Stay.objects.filter(outbreak_id=spark, case_id=CASE).values_list("place_name", flat=True))


def test_a_text_is_read_into_parts_and_nothing_is_saved_yet(clients, spark):
    before = names(spark)
    page = clients("dora").post(at(spark), {"text": TEXT, "year": "2022"})
    text = page.content.decode()
    assert "万达广场" in text and "2022-06-02" in text and "10:20/11:30" in text and "do-0" in text
    assert page["Cache-Control"] == "no-store"
    assert names(spark) == before and not ImportBatch.objects.exists()


def test_accepted_parts_become_stays_and_go_back_as_a_whole(clients, spark):
    client, before = clients("dora"), names(spark)
    answer = accept(client, spark, **{"do-1": "refuse"})
    assert answer.status_code == 302 and answer["Location"].endswith("#trajectory")
    assert "万达广场" in names(spark) and not any("G1234" in n for n in names(spark))
    stay = Stay.objects.get(outbreak_id=spark, place_name="万达广场")
    assert (stay.precision, stay.leave - stay.enter) == ("minute", timedelta(minutes=70))
    assert Stay.objects.get(outbreak_id=spark, place_name="某超市").precision == "day"
    row = AuditEvent.objects.get(action="narrative.accept")
    assert json.loads(row.body)["refused"] == 1 and "万达" not in row.body and CASE not in row.subject
    batch = ImportBatch.objects.get()
    client.post(f"/o/{spark}/import/{batch.pk}/undo")
    assert names(spark) == before and not Place.objects.filter(name="万达广场").exists()


def test_the_same_stays_are_saved_once(clients, spark):
    client = clients("dora")
    accept(client, spark)
    accept(client, spark)
    assert ImportBatch.objects.count() == 1
    assert Stay.objects.filter(outbreak_id=spark, place_name="万达广场").count() == 1


def test_a_correction_is_what_is_saved(clients, spark):
    accept(
        clients("dora"),
        spark,
        **{"place-0": "人民医院门诊", "days-0": "2022-06-01", "times-0": "09:00/09:30"},
    )
    stay = Stay.objects.get(outbreak_id=spark, place_name="人民医院门诊")
    assert stay.enter.isoformat() == "2022-06-01T01:00:00+00:00" and "万达广场" not in names(spark)
    assert json.loads(AuditEvent.objects.get(action="narrative.accept").body)["corrected"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"days-0": "2022-13-40"},
        {"days-0": "yesterday"},
        {"times-0": "25:99"},
        {"place-0": "  "},
        {"text": ""},
        {"year": "20x2"},
        {"year": "7"},
        {f"do-{i}": "refuse" for i in range(8)},
        {"text": "今天天气很好"},
        {"text": "字" * 20_001},
    ],
)
def test_what_cannot_be_saved_is_said_and_nothing_is_saved(clients, spark, wrong):
    before = names(spark)
    answer = accept(clients("dora"), spark, **wrong)
    assert answer.status_code == 200 and 'role="alert"' in answer.content.decode()
    assert names(spark) == before and not ImportBatch.objects.exists()


def test_hostile_words_stay_words(clients, spark):
    text = "6月2日10时到<script>alert(1)</script>\"'广场。"
    page = clients("dora").post(at(spark), {"text": text, "year": "2022"}).content.decode()
    assert "<script>alert" not in page


@pytest.mark.parametrize("who", ["alice", "bob", "sam", "charlie"])
def test_others_neither_read_nor_save_a_text(clients, spark, who):
    assert accept(clients(who), spark).status_code == 403
    assert clients(who).get(at(spark, "public-text")).status_code == 403
    assert not ImportBatch.objects.exists()


def test_the_public_text_names_places_and_no_person(clients, spark, home):
    accept(clients("dora"), spark, text="6月2日10:20到万达广场。6月3日到李四光小吃店。", **{"do-1": "accept"})
    person = Case.objects.get(outbreak_id=spark, case_id=CASE).person_key
    Vault(home).put([(person, "name", "李四光")], at=NOW)
    page = clients("dora").get(at(spark, "public-text"))
    text = page.content.decode()
    assert (
        "万达广场" in text
        and "李四光" not in text
        and person not in text
        and page["Cache-Control"] == "no-store"
    )
    assert AuditEvent.objects.filter(action="narrative.public").count() == 1
