"""The machine interface of counts: keys, limits at their edges, problems in two languages, and its own document."""

from __future__ import annotations

import json
import math
from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.factories import reporting as r
from tests.factories.reporting import NOW, TODAY, TOWN_A
from tests.fakes.json_schema import fits

from fireline.actions import report_tokens, reporting, reporting_units
from fireline.feeds.reporting import ReportFault
from fireline.feeds.reporting.rows import MAX_BYTES, MAX_ROWS
from fireline.store.actor import COMMAND_LINE
from fireline.store.models import AuditEvent, CountReport, ReportBatch, ReportingUnit, ReportToken
from fireline.web.api.openapi import SCHEMAS, document

pytestmark = pytest.mark.django_db
PATH, STATUS = "/api/v1/counts", "/api/v1/counts/status"


@pytest.fixture(autouse=True)
def _standing_clock(clock):
    """Reports are late or not by the server's clock."""


class Sender:
    """A unit's program with its key."""

    def __init__(self, token, language="en"):
        self.client = Client(headers={"accept-language": language})
        self.token, self.n = token, 0

    def headers(self, key=None):
        self.n += 1
        return {"authorization": f"Bearer {self.token}", "idempotency-key": key or f"test-{self.n:06d}"}

    def post(self, *rows, key=None, **more):
        return self.raw(json.dumps({"rows": list(rows), **more}), key=key)

    def raw(self, data, key=None, content_type="application/json", **headers):
        return self.client.post(
            PATH, data, content_type=content_type, headers={**self.headers(key), **headers}
        )

    def status(self, query=""):
        return self.client.get(STATUS + query, headers=self.headers())


@pytest.fixture
def sender(home):
    r.unit()
    return Sender(report_tokens.issue_token(by=COMMAND_LINE, at=NOW, name=r.CLINIC)[1])


def problem(answer, status, code):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    found = answer.json()
    assert found["code"] == code and found["status"] == status and found["detail"]
    assert fits(found, SCHEMAS["Problem"], document())
    return found


def test_it_works(sender):
    answer = sender.post(r.row(3), r.row(-1, TODAY - timedelta(days=1)))
    assert answer.status_code == 200
    found = answer.json()
    assert fits(found, SCHEMAS["Receipt"], document())
    assert (found["rows"], found["new"], found["rejected"], found["late"]) == (2, 1, 1, 0)
    (fault,) = found["faults"]
    assert (fault["row"], fault["field"], fault["code"], fault["found"]) == (2, "count", "negative", "-1")
    assert fault["what"] == "below 0" and fault["todo"]
    assert r.counts() == {("fever_clinic", TOWN_A, TODAY): (3.0, None)}
    assert answer["Cache-Control"] == "no-store" and answer["Content-Language"] == "en"
    row = AuditEvent.objects.get(action="report.take_in")
    assert row.actor.startswith("unit:") and json.loads(row.body)["via"] == "api"


def test_the_same_report_again_gets_the_same_answer(sender, clock):
    first = sender.post(r.row(3), key="report-0001")
    clock.at = NOW + timedelta(hours=9)
    again = sender.raw(
        '{ "rows": [ {"count": 3, "date": "2022-06-12", "stream": "fever_clinic"} ] }', key="report-0001"
    )
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Idempotent-Replay"] == "true" and "Idempotent-Replay" not in first
    assert CountReport.objects.count() == 1
    problem(sender.post(r.row(4), key="report-0001"), 409, "reused_key")


def test_none_kept_is_422_with_its_faults(sender):
    answer = sender.post(r.row(-1))
    assert answer.status_code == 422
    assert fits(answer.json(), SCHEMAS["Receipt"], document())
    assert sender.post(r.row(-1), key="test-000001").status_code == 422  # the repeat too


def test_words_follow_accept_language_and_no_cookie(sender):
    for wanted, word in (
        ("zh-CN,zh;q=0.9", "小于 0"),
        ("en-GB", "below 0"),
        ("fr,zh;q=0.5", "小于 0"),
        ("", "小于 0"),
    ):
        sender.client = Client(headers={"accept-language": wanted})
        sender.client.cookies["fireline-lang"] = "en" if word != "below 0" else "zh-hans"
        assert sender.post(r.row(-1)).json()["faults"][0]["what"] == word
    sender.client = Client(headers={"accept-language": "zh"})
    assert "密钥" in problem(sender.client.post(PATH), 401, "no_token")["detail"]


# -- who may -----------------------------------------------------------------------------------------------


def test_without_a_key_nothing_opens_not_even_with_a_session(sender, clients, dora):
    for client in (Client(), clients("dora")):
        answer = client.post(PATH, json.dumps({"rows": [r.row(3)]}), content_type="application/json")
        problem(answer, 401, "no_token")
        assert answer["WWW-Authenticate"].startswith("Bearer")
        problem(client.get(STATUS), 401, "no_token")
    rita = Client()
    from fireline.store.models import User

    r.reporter()
    rita.force_login(User.objects.get(username="rita"))
    problem(rita.get(STATUS), 401, "no_token")


@pytest.mark.parametrize("given", ["Basic abc", "Bearer", "Bearer ", "bearer wrong", "Token x", "Bearer 名"])
def test_other_keys_do_not_hold(sender, given):
    answer = sender.client.get(STATUS, headers={"authorization": given})
    assert answer.status_code == 401


def test_a_revoked_key_is_refused_at_once(sender):
    assert sender.status().status_code == 200
    report_tokens.revoke_token(by=COMMAND_LINE, at=NOW, token=ReportToken.objects.get().pk)
    problem(sender.status(), 401, "unknown_token")
    problem(sender.post(r.row(3)), 401, "unknown_token")
    assert AuditEvent.objects.filter(action="report.refused").count() == 2


def test_guessing_is_slowed_and_costs_no_other_address(sender):
    guesser = Sender("guess")
    for n in range(50):
        guesser.token = f"guess-{n}"
        assert guesser.status().status_code == 401
    answer = guesser.status()
    problem(answer, 429, "too_many")
    assert int(answer["Retry-After"]) > 0
    other = sender.client.get(STATUS, headers=sender.headers(), REMOTE_ADDR="10.0.0.7")
    assert other.status_code == 200
    forged = sender.client.get(STATUS, headers={**sender.headers(), "x-forwarded-for": "10.0.0.8"})
    assert forged.status_code == 429  # forwarded headers are not believed


def test_a_key_of_one_unit_reports_no_stream_of_another(sender):
    r.pharmacy()
    answer = sender.post(r.row(3, stream="antipyretic_sales"))
    assert answer.status_code == 422 and answer.json()["faults"][0]["code"] == "not_owed"


def test_an_ended_contract_or_unit_is_403(sender):
    ReportingUnit.objects.update(expires=TODAY - timedelta(days=1))
    found = problem(sender.post(r.row(3)), 403, "not_allowed")
    assert "2022-06-11" in found["detail"]
    assert not ReportBatch.objects.exists()
    assert AuditEvent.objects.filter(action="access.refused").count() == 1


def test_too_many_reports_are_told_when_to_come_again(sender, monkeypatch):
    monkeypatch.setattr(reporting, "BATCHES_PER_HOUR", 1)
    sender.post(r.row(3))
    answer = sender.post(r.row(4))
    problem(answer, 429, "too_many")
    assert answer["Retry-After"] == "3601"


def test_a_key_in_the_clear_is_refused_where_https_is_set_up(sender, settings):
    from dataclasses import replace

    settings.FIRELINE = replace(settings.FIRELINE, has_tls=True)
    problem(sender.status(), 403, "https")
    secure = sender.client.get(STATUS, headers=sender.headers(), secure=True)
    assert secure.status_code == 200


def test_the_console_is_led_to_https_and_the_interface_is_not(sender, settings):
    """A redirect would come after the key was sent in the clear; the view refuses instead, see above."""
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/sign-in").status_code == 301
    assert Client().get(STATUS, headers=sender.headers()).status_code == 200


@pytest.mark.parametrize(
    ("path", "method"), [(PATH, "get"), (PATH, "put"), (PATH, "delete"), (STATUS, "post")]
)
def test_other_methods_are_405(sender, path, method):
    answer = getattr(sender.client, method)(path, headers=sender.headers())
    problem(answer, 405, "method")
    assert answer["Allow"] in ("POST", "GET, HEAD")


# -- the body ----------------------------------------------------------------------------------------------


def padded(n_bytes):
    """A good report of exactly so many bytes."""
    base = json.dumps({"rows": [r.row(3)]})
    return base + " " * (n_bytes - len(base))


@pytest.mark.parametrize(("n_bytes", "status"), [(MAX_BYTES, 200), (MAX_BYTES + 1, 413)])
def test_the_largest_body_at_its_edge(sender, n_bytes, status):
    assert sender.raw(padded(n_bytes)).status_code == status


@pytest.mark.parametrize(("n", "status"), [(0, 400), (1, 200), (MAX_ROWS, 200), (MAX_ROWS + 1, 400)])
def test_the_number_of_rows_at_its_edges(sender, n, status):
    rows = [r.row(1, TODAY - timedelta(days=i % 150)) for i in range(n)]
    assert sender.post(*rows).status_code == status


def nested(depth):
    """A body nested so deep: object, list, and lists inside."""
    return '{"rows": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


@pytest.mark.parametrize(("depth", "code"), [(20, None), (21, "too_deep"), (100_000, "too_deep")])
def test_nesting_at_its_edge(sender, depth, code):
    answer = sender.raw(nested(depth))
    assert answer.status_code == 400 if code else answer.status_code == 422
    if code:
        problem(answer, 400, code)


def test_brackets_inside_a_text_do_not_nest(sender):
    answer = sender.raw(json.dumps({"rows": [r.row(3, **{"note": "[{" * 200 + '\\"[['})]}))
    assert answer.status_code == 422 and answer.json()["faults"][0]["code"] == "unknown_field"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (" ", "not_json"),
        ("{", "not_json"),
        ("[]", "not_an_object"),
        ("3", "not_an_object"),
        ("null", "not_an_object"),
        ('{"rows": [], "rows": []}', "not_json"),
        ('{"rows": [{"stream": "a", "stream": "b"}]}', "not_json"),
        ('{"rows": [{"count": NaN}]}', "not_json"),
        ('{"rows": [{"count": Infinity}]}', "not_json"),
        ('{"rows": [{"count": ' + "9" * 5000 + "}]}", None),
        ('{"rows": [{"stream": "\\ud800"}]}', None),
        (b'{"rows": "\xff"}', "not_json"),
        ('\ufeff{"rows": []}', "not_json"),
        ("{}", "no_rows"),
        ('{"rows": {}}', "no_rows"),
        ('{"rows": [], "unit": "x"}', "unknown_field"),
        ('{"rows": [], "sent_at": "today"}', "sent_at"),
        ('{"rows": [], "sent_at": "2022-06-12T14:00:00"}', "sent_at"),
        ('{"rows": [], "sent_at": 5}', "sent_at"),
        ('{"rows": []}', "not_usable"),
    ],
)
def test_other_bodies_are_refused_by_name(sender, data, code):
    answer = sender.raw(data)
    if code is None:
        assert answer.status_code == 422 and answer.json()["rejected"] == 1
    else:
        problem(answer, 400, code)
        assert not ReportBatch.objects.exists()


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        ("text/plain", None), ("application/x-www-form-urlencoded", None), ("multipart/form-data; boundary=x", None),
        ("application/json; charset=utf-16", None), ("application/json", "gzip"), ("", None),
    ],
)  # fmt: skip
def test_other_types_are_415(sender, content_type, encoding):
    headers = {"content-encoding": encoding} if encoding else {}
    problem(
        sender.raw(json.dumps({"rows": [r.row(3)]}), content_type=content_type, **headers),
        415,
        "content_type",
    )


def test_a_body_without_its_length_is_411(sender):
    answer = sender.client.generic(
        "POST", PATH, b"x", content_type="application/json", headers=sender.headers(), CONTENT_LENGTH=""
    )
    problem(answer, 411, "length")


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "two words here"])
def test_reports_need_a_fit_key(sender, key):
    headers = {"authorization": f"Bearer {sender.token}", **({"idempotency-key": key} if key else {})}
    answer = sender.client.post(
        PATH, json.dumps({"rows": [r.row(3)]}), content_type="application/json", headers=headers
    )
    problem(answer, 400, "not_usable" if key else "no_key")


def test_the_senders_clock_is_told(sender):
    late = sender.post(r.row(3), sent_at="2022-06-12T14:10:00+08:00")
    assert late.json()["clock_skew_s"] == 600 and "600" in late.json()["notes"][0]
    assert sender.post(r.row(4), sent_at="2022-06-12T06:00:00Z").json()["notes"] == []


def test_a_late_report_says_so(sender, clock):
    clock.at = NOW + timedelta(hours=4)
    answer = sender.post(r.row(3)).json()
    assert answer["late"] == 1 and "after the hour" in answer["notes"][0]


def test_names_are_not_taken_in_and_not_repeated(sender):
    answer = sender.post({**r.row(3), "name": "王小明", "13800001111": "x"}, r.row(3, stream="王小明"))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "王小明" not in text and "13800001111" not in text
    assert '"name"' in text  # the field is named


# -- status ------------------------------------------------------------------------------------------------


def test_status_says_what_is_owed_and_what_stands(sender, clock):
    sender.post(r.row(0))
    found = sender.status().json()
    assert fits(found, SCHEMAS["Status"], document())
    assert (found["unit"], found["date"]) == (r.CLINIC, "2022-06-12")
    (one,) = found["streams"]
    assert (one["stream"], one["state"], one["count"], one["due_at"]) == (
        "fever_clinic", "reported", 0.0, "2022-06-12T09:00:00Z"
    )  # fmt: skip
    before = sender.status("?date=2022-06-11").json()["streams"][0]
    assert (before["state"], before["count"]) == ("missing", None)
    clock.at = NOW + timedelta(hours=4)
    sender.post(r.row(2))
    assert sender.status().json()["streams"][0]["is_corrected"] is True


@pytest.mark.parametrize(
    "query", ["?date=today", "?date=2022-6-1", "?date=20220612", "?date=", "?day=2022-06-12"]
)
def test_other_questions_are_refused(sender, query):
    problem(sender.status(query), 400, "unknown_parameter" if "day" in query[:5] else "day")


def test_status_has_the_streams_of_the_day(sender, clock):
    reporting_units.owe(
        by=COMMAND_LINE,
        at=NOW,
        name=r.CLINIC,
        owes=["ili_visits=weekly@10:00+1,total", "fever_clinic=weekdays@17:00"],
    )
    found = {s["stream"]: s for s in sender.status().json()["streams"]}  # a Sunday
    assert found["ili_visits"]["due_at"] == "2022-06-13T02:00:00Z"
    assert (found["fever_clinic"]["due_at"], found["fever_clinic"]["state"]) == (None, "not_due")


# -- the document ------------------------------------------------------------------------------------------


def test_the_document_is_open_and_names_every_path(db):
    from django.urls import get_resolver

    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200 and answer.json() == json.loads(json.dumps(document()))
    assert answer.json()["openapi"] == "3.1.0"
    api = next(p for p in get_resolver().url_patterns if str(p.pattern) == "api/v1/")
    paths = {f"/api/v1/{p.pattern}" for p in api.url_patterns} - {"/api/v1/openapi.json"}
    assert paths == set(document()["paths"])
    assert Client().post("/api/v1/openapi.json").status_code == 405


def test_the_document_knows_every_fault_and_limit(db):
    assert SCHEMAS["Fault"]["properties"]["code"]["enum"] == [code.value for code in ReportFault]
    assert SCHEMAS["Report"]["properties"]["rows"]["maxItems"] == MAX_ROWS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**12) | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
DAY = st.dates(TODAY - timedelta(days=5), TODAY).map(str)
ROW = st.fixed_dictionaries(
    {
        "stream": st.sampled_from(["fever_clinic", "fever_clinic", "wastewater", "school_absence"]) | JSON,
        "date": DAY | st.sampled_from(["2022-02-30", "2022-6-1"]) | JSON,
    },
    optional={
        "count": st.integers(0, 50) | st.floats(-2, 9) | JSON,
        "denominator": st.integers(0, 99) | JSON,
        "withdraw": st.booleans() | JSON,
        "area_code": st.sampled_from([TOWN_A, "CN-411625"]) | st.text(max_size=9),
        "person": JSON,
    },
)
FORM_CODES = {
    "not_an_object", "unknown_field", "missing", "unknown_stream", "not_a_date", "not_a_number", "negative",
    "not_true_or_false", "withdrawn_with_number",
}  # fmt: skip
"""Faults of the form of a row; all others are about what the unit owes and has said."""


def _has_constant(value):
    """Whether a number in it is none that JSON knows; the word in a text is only a word."""
    if isinstance(value, dict):
        return any(map(_has_constant, value.values()))
    if isinstance(value, list):
        return any(map(_has_constant, value))
    return isinstance(value, float) and not math.isfinite(value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(rows=["NaN"], extra=None)
@example(rows=[{"stream": "fever_clinic", "date": "2022-06-07", "count": 0, "withdraw": False}], extra=None)
@given(
    rows=st.lists(ROW | JSON, min_size=1, max_size=5), extra=st.none() | st.tuples(st.text(max_size=4), JSON)
)
def test_answers_agree_with_the_document(sender, rows, extra):
    """A row that the document forbids is refused for its form, and one it allows is not."""
    body = {"rows": rows, **({extra[0]: extra[1]} if extra else {})}
    try:
        data = json.dumps(body, allow_nan=True)
    except ValueError:  # pragma: no cover - what JSON cannot say
        return
    answer = sender.raw(data)
    assert answer.status_code in (200, 400, 422), answer.content
    has_constant = _has_constant(body)
    report = {
        **SCHEMAS["Report"],
        "properties": {**SCHEMAS["Report"]["properties"], "rows": {"type": "array"}},
    }
    if has_constant or not fits(body, report, document()):
        assert answer.status_code == 400
        return
    found = answer.json()
    assert fits(found, SCHEMAS["Receipt"], document())
    row_schema = SCHEMAS["Report"]["properties"]["rows"]["items"]
    for number, row in enumerate(rows, start=1):
        codes = {fault["code"] for fault in found["faults"] if fault["row"] == number}
        if fits(row, row_schema, document()):
            assert not codes & FORM_CODES, (row, codes)
        else:
            assert codes, row
    assert found["rows"] == len(rows) == found["new"] + found["corrected"] + found["same"] + found["rejected"]
    for count in CountReport.objects.values_list("count", flat=True):
        assert count is None or (count >= 0 and not math.isnan(count))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(min_size=1, max_size=80)
    | st.text(min_size=1, max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_no_bytes_break_it(sender, data):
    assert sender.raw(data, key="fuzz-000001").status_code in (400, 422)
