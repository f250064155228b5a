"""Made-up persons typed into every field of the phone and sent in every place of a report: none comes out anywhere."""

from __future__ import annotations

import json
import logging

import pytest
from django.apps import apps
from django.test import Client
from tests.factories import people
from tests.factories import reporting as r
from tests.factories.canaries import Search, canaries
from tests.factories.reporting import NOW, TODAY

from fireline.actions import report_tokens
from fireline.store.actor import COMMAND_LINE
from fireline.store.models import FeverReport, User

pytestmark = pytest.mark.django_db

PEOPLE = canaries(4)
VALUES = [
    getattr(person, what) for person in PEOPLE for what in ("name", "pinyin", "number", "phone", "address")
]


@pytest.fixture(scope="module")
def search():
    return Search(PEOPLE)


@pytest.fixture
def desk(home, clock):
    r.unit()
    r.reporter(password=people.PASSWORD)
    token = report_tokens.issue_token(by=COMMAND_LINE, at=NOW, name=r.CLINIC)[1]
    phone = Client(headers={"accept-language": "zh-CN"})
    phone.force_login(User.objects.get(username="rita"))
    return phone, token


def everything_stored():
    """All rows of all tables of the store, as text."""
    parts = []
    for model in apps.get_app_config("store").get_models():
        for row in model.objects.values_list():
            parts.append(json.dumps(row, default=str, ensure_ascii=False))
    return "\n".join(parts).encode()


def bodies():
    """Reports with a canary in every place where something can stand."""
    good = r.row(3)
    for value in VALUES:
        yield {"rows": [{**good, "name": value}]}
        yield {"rows": [{**good, value: 1}]}
        yield {"rows": [{**good, "note": {"of": [value]}}]}
        for field in ("stream", "area_code", "date", "count", "denominator", "withdraw"):
            yield {"rows": [{**good, field: value}]}
            yield {"rows": [{**good, field: [value]}]}
        yield {"rows": [value]}
        yield {"rows": value}
        yield {"rows": [good], value: 1}
        yield {"rows": [good], "sent_at": value}
        yield value


def test_nothing_typed_or_sent_by_mistake_is_kept_or_repeated(desk, search, home, caplog):
    phone, token = desk
    caplog.set_level(logging.DEBUG)
    answers = []
    sender = Client(headers={"accept-language": "en"})
    for n, body in enumerate(bodies()):
        headers = {"authorization": f"Bearer {token}", "idempotency-key": f"canary-{n:06d}"}
        answer = sender.post(
            "/api/v1/counts", json.dumps(body), content_type="application/json", headers=headers
        )
        assert answer.status_code in (400, 422), (body, answer.content)
        answers.append(answer.content)
    for n, value in enumerate(VALUES):
        headers = {"authorization": f"Bearer {value.encode().hex()}"}
        answers.append(
            sender.get(
                "/api/v1/counts/status", {"date": value}, headers=headers, REMOTE_ADDR=f"10.1.0.{n}"
            ).content
        )
        headers = {"authorization": f"Bearer {token}"}
        answers.append(sender.get("/api/v1/counts/status", {"date": value}, headers=headers).content)
        answers.append(sender.get("/api/v1/counts/status", {value: "x"}, headers=headers).content)
    assert not any(search.find(answer) for answer in answers)
    assert not search.find(everything_stored())
    assert not search.find(caplog.text.encode())
    assert search.in_folder(home.path) == {}


def test_the_phone_shows_what_was_typed_to_whoever_typed_it_and_keeps_nothing(desk, search, home, caplog):
    phone, _ = desk
    caplog.set_level(logging.DEBUG)
    for n, person in enumerate(PEOPLE):
        for value in (person.name, person.number, person.phone, person.address):
            form = {
                "key": f"a-key-of-form-{n}-{len(value)}", "date": TODAY.isoformat(), "name": value, "count-fever_clinic": value,
                "total-fever_clinic": value, "none-fever_clinic": value, value: "1",
            }  # fmt: skip
            assert phone.post("/report", form).status_code in (200, 302)
            fever = {
                "key": "a-key-of-a-form", "seen_day": value, "seen_clock": value, "age_band": value, "sex": value,
                "temperature": value, "symptoms": [value], "flags": [value], "sampled": value, "sampled_day": value,
                "sampled_clock": value, "name": value,
            }  # fmt: skip
            assert phone.post("/report/fever", fever).status_code == 200
            phone.post("/report/password", {"old": value, "new": value, "again": value})
            phone.get("/report", {"date": value})
    assert not FeverReport.objects.exists()
    stored = everything_stored()
    assert not search.find(stored)
    assert not search.find(caplog.text.encode())
    assert search.in_folder(home.path) == {}


def test_the_search_would_find_a_leak(desk, search):
    assert search.find(f"x {PEOPLE[0].name} x {PEOPLE[0].phone}".encode())


def test_no_model_of_reports_has_a_place_for_an_identity():
    from fireline.store import models

    allowed = {
        models.CountReport: {"stream", "area_code", "via", "received_by"},
        models.ReportBatch: {"key", "body_hash", "via", "received_by"},
        models.ReportRowFault: {"field", "code", "found_zh", "found_en", "allowed_zh", "allowed_en"},
        models.FeverReport: {
            "key", "number", "area_code", "rule_id", "edition", "reported_by", "age_band", "sex", "result", "state",
            "closed_by", "symptoms", "flags",
        },
    }  # fmt: skip
    for model, texts in allowed.items():
        kinds = ("CharField", "TextField", "JSONField")
        found = {f.name for f in model._meta.concrete_fields if f.get_internal_type() in kinds}
        assert found == texts, model.__name__
