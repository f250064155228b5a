"""The phone page: a reporter's own unit and nothing else, without script, with an undo and a correction."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver
from tests.factories import people
from tests.factories import reporting as r
from tests.factories.reporting import NOW, TODAY, TOWN_A

from fireline.actions import accounts, reporting_units
from fireline.store.actor import COMMAND_LINE
from fireline.store.models import AuditEvent, CountReport, FeverReport, ReportBatch, ReportingUnit, User

pytestmark = pytest.mark.django_db
KEY = ("fever_clinic", TOWN_A, TODAY)


@pytest.fixture(autouse=True)
def _standing_clock(clock):
    """Hours are counted by the server's clock."""


def phone_of(name):
    client = Client(headers={"accept-language": "zh-CN"})
    client.force_login(User.objects.get(username=name))
    return client


@pytest.fixture
def phone(home):
    r.unit()
    r.reporter()
    return phone_of("rita")


def send(client, **fields):
    """Open the form, fill it in and send it."""
    page = client.get("/report" + (f"?date={fields['date']}" if "date" in fields else "")).content.decode()
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    day = re.search(r'name="date" value="([^"]+)"', page)[1]
    return client.post("/report", {"key": key, "date": day, **fields})


def test_it_works(phone):
    page = phone.get("/report").content.decode()
    assert "发热门诊就诊" in page and "06-12" in page and "2022-06-12 17:00" in page
    answer = send(phone, **{"count-fever_clinic": "3"})
    assert answer.status_code == 302
    receipt = phone.get(answer["Location"]).content.decode()
    assert "已收到" in receipt and "3" in receipt and "2022-06-12 14:00" in receipt and "撤销" in receipt
    assert r.counts() == {KEY: (3.0, None)}
    row = AuditEvent.objects.get(action="report.take_in")
    assert (row.actor, row.unit) == ("rita", r.CLINIC)


def test_yesterday_stands_beside_the_field(phone):
    r.send(r.reporter(), r.row(7, TODAY - timedelta(days=1)))
    assert re.search(r"上次\s*06-11：7", phone.get("/report").content.decode())


def test_a_zero_is_typed_or_ticked_and_an_empty_field_is_no_report(phone):
    empty = send(phone, **{"count-fever_clinic": ""})
    text = empty.content.decode()
    assert empty.status_code == 200 and "有 1 处问题" in text and "空着不算报数" in text
    assert "<title>错误：" in text and 'href="#count-fever_clinic"' in text
    assert r.counts() == {}
    assert send(phone, **{"none-fever_clinic": "1"}).status_code == 302
    assert r.counts() == {KEY: (0.0, None)}
    assert send(phone, **{"count-fever_clinic": "0"}).status_code == 302


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"count-fever_clinic": "three"}, "只写数字"),
        ({"count-fever_clinic": "-3"}, "只写数字"),
        ({"count-fever_clinic": "3."}, "只写数字"),
        ({"count-fever_clinic": "1e3"}, "只写数字"),
        ({"count-fever_clinic": "2.5"}, "应为整数"),
        ({"count-fever_clinic": "99999999999"}, "数值过大"),
        ({"count-fever_clinic": "3", "none-fever_clinic": "1"}, "只留一个"),
    ],
)
def test_faults_stand_at_their_field_and_nothing_is_kept(phone, fields, said):
    answer = send(phone, **fields)
    text = answer.content.decode()
    assert answer.status_code == 200 and said in text
    assert 'aria-invalid="true"' in text and "error-fever_clinic-1" in text
    assert fields["count-fever_clinic"] in text  # what was typed is still there
    assert r.counts() == {}


@pytest.mark.parametrize(("typed", "n"), [("３", 3.0), (" 3 ", 3.0), ("1,200", 1200.0), ("0", 0.0)])
def test_digits_of_any_keyboard_are_read(phone, typed, n):
    assert send(phone, **{"count-fever_clinic": typed}).status_code == 302
    assert r.counts() == {KEY: (n, None)}


def test_good_numbers_are_kept_beside_bad_ones(home):
    r.unit(owes=("fever_clinic=daily@17:00", "ili_visits=daily@17:00,total"))
    r.reporter()
    phone = phone_of("rita")
    answer = send(phone, **{"count-fever_clinic": "3", "count-ili_visits": "9", "total-ili_visits": "4"})
    text = answer.content.decode()
    assert answer.status_code == 200 and "已收下 1 项" in text and "大于分母" in text
    assert r.counts() == {KEY: (3.0, None)}
    assert send(phone, **{"count-ili_visits": "4", "total-ili_visits": "40"}).status_code == 302
    missing = send(phone, **{"count-ili_visits": "5"})
    assert missing.status_code == 200 and "缺少约定的分母" in missing.content.decode()
    alone = send(phone, **{"total-ili_visits": "50"})
    assert alone.status_code == 200


def test_the_same_form_sent_twice_is_one_report(phone):
    form = {"key": "a-key-of-a-form", "date": TODAY.isoformat(), "count-fever_clinic": "3"}
    first, second = (phone.post("/report", form) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert ReportBatch.objects.count() == 1
    assert phone.post("/report", {**form, "count-fever_clinic": "4"}).status_code == 409


def test_a_report_is_corrected_and_taken_back(phone):
    first = send(phone, **{"count-fever_clinic": "3"})["Location"]
    assert 'value="3"' in phone.get("/report").content.decode()
    second = send(phone, **{"count-fever_clinic": "5"})["Location"]
    assert "之后已更正" in phone.get(first).content.decode()
    assert "已更正过" in phone.get("/report").content.decode()
    assert phone.post(f"{second}/undo")["Location"] == "/report"
    assert r.counts() == {KEY: (3.0, None)}
    assert "已撤销这次报数" in phone.get("/report").content.decode()
    assert phone.post(f"{second}/undo").status_code == 302  # a second time changes nothing
    assert CountReport.objects.count() == 3


def test_after_the_hour_it_is_corrected_only_and_marked_late(phone, clock):
    clock.at = NOW + timedelta(hours=3, seconds=1)
    receipt = send(phone, **{"count-fever_clinic": "3"})["Location"]
    assert "1 项超过时限" in phone.get(receipt).content.decode()
    refused = phone.post(f"{receipt}/undo")
    assert refused.status_code == 409 and "时限已过" in refused.content.decode()
    assert send(phone, **{"count-fever_clinic": "4"}).status_code == 302
    assert r.counts() == {KEY: (4.0, None)}


def test_a_missed_day_is_offered_and_never_opens_by_itself(phone):
    page = phone.get("/report").content.decode()
    assert f'href="/report?date={TODAY - timedelta(days=1)}"' in page and "之前有 7 天还没报" in page
    assert f'name="date" value="{TODAY}"' in page
    day = (TODAY - timedelta(days=1)).isoformat()
    assert send(phone, date=day, **{"count-fever_clinic": "2"}).status_code == 302
    assert r.counts() == {("fever_clinic", TOWN_A, TODAY - timedelta(days=1)): (2.0, None)}


def test_a_number_due_the_next_day_opens_with_yesterday_until_it_came(home, clock):
    r.pharmacy()
    r.reporter("pia", r.PHARMACY)
    phone = phone_of("pia")
    clock.at = NOW - timedelta(hours=5)  # 09:00, an hour before yesterday's number is due
    assert f'name="date" value="{TODAY - timedelta(days=1)}"' in phone.get("/report").content.decode()
    assert send(phone, **{"none-antipyretic_sales": "1"}).status_code == 302
    assert f'name="date" value="{TODAY}"' in phone.get("/report").content.decode()


@pytest.mark.parametrize("day", ["2022-06-13", "2022-06-04", "yesterday", "", "2022-06-12T00:00"])
def test_other_days_open_with_today(phone, day):
    assert f'name="date" value="{TODAY}"' in phone.get("/report", {"date": day}).content.decode()


def test_a_day_on_which_nothing_is_owed_says_so(home):
    r.unit(owes=("lab_positive=weekly@10:00+1",), kind="laboratory")
    r.reporter()
    page = phone_of("rita").get("/report?date=2022-06-10").content.decode()
    assert "这一天没有要报的数" in page and "<fieldset" not in page


# -- who may ---------------------------------------------------------------------------------------------


def field_paths():
    found = next(p for p in get_resolver().url_patterns if str(p.pattern) == "report")
    return [f"/report{re.sub('<int:[a-z]+>', '1', str(p.pattern))}" for p in found.url_patterns]


def test_staff_are_refused_on_record_and_signed_out_people_led_to_the_door(phone, clients):
    assert len(field_paths()) == 6
    for path in field_paths():
        for who in ("alice", "bob", "dora", "sam"):
            assert clients(who).get(path).status_code in (403, 405), (path, who)
        assert Client().get(path).status_code in (302, 405)
    assert AuditEvent.objects.filter(action="access.refused").count() == 20


def test_a_reporter_opens_no_page_of_the_console(phone, outbreak):
    from tests.integration.web.test_web_pages import PAGES

    for page in [*(f"/o/{outbreak}/{p}" for p in (*PAGES, "streams", "fever")), "/outbreaks", "/outbreaks/new",
                 "/policy", "/audit", "/account/password"]:  # fmt: skip
        answer = phone.get(page)
        assert answer.status_code == 403, page
        assert "C0001" not in answer.content.decode()
    for page in (
        "cases/edit",
        "import",
        "worklists",
        "streams/refresh",
        "zones/1/sign",
        "investigate/report",
    ):
        assert phone.post(f"/o/{outbreak}/{page}").status_code == 403, page


def test_the_first_page_of_a_reporter_is_the_phone_page(phone):
    assert phone.get("/")["Location"] == "/report"


def test_reports_of_other_units_are_not_found(phone):
    r.unit("west-clinic")
    paul = r.reporter("paul", "west-clinic")
    receipt = r.send(paul, r.row(3))
    assert phone.get(f"/report/receipt/{receipt.batch}").status_code == 403
    assert phone.post(f"/report/receipt/{receipt.batch}/undo").status_code == 403
    pk = r.fever(paul)
    assert phone.get(f"/report/fever/{pk}").status_code == 403
    assert phone.post(f"/report/fever/{pk}", {"verb": "withdraw"}).status_code == 403


def test_an_ended_contract_is_said_before_anything_is_typed(phone):
    ReportingUnit.objects.update(expires=TODAY - timedelta(days=1))
    assert "已于 2022-06-11 到期" in phone.get("/report").content.decode()
    answer = send(phone, **{"count-fever_clinic": "3"})
    assert answer.status_code == 403 and r.counts() == {}


def test_a_disabled_reporter_is_out_with_the_next_request(phone):
    accounts.disable_user(by=COMMAND_LINE, at=NOW, username="rita")
    assert phone.get("/report").status_code == 302


def test_forms_need_their_token(home):
    r.unit()
    r.reporter()
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="rita"))
    assert client.post("/report", {"count-fever_clinic": "3"}).status_code == 403
    assert r.counts() == {}


def test_a_session_of_the_phone_lives_for_hours_and_that_of_the_console_for_minutes(phone, clients, clock):
    desk = clients("dora")
    assert phone.get("/report").status_code == 200 and desk.get("/outbreaks").status_code == 200
    clock.at = NOW + timedelta(minutes=16)
    assert phone.get("/report").status_code == 200 and desk.get("/outbreaks").status_code == 302
    clock.at = NOW + timedelta(minutes=16 + 481)
    assert phone.get("/report").status_code == 302


# -- password --------------------------------------------------------------------------------------------


def test_a_reporter_signs_in_by_code_once_and_sets_a_password(home):
    r.unit()
    r.reporter()
    code = accounts.issue_one_time_code(by=COMMAND_LINE, at=NOW, username="rita")
    phone = Client()
    assert phone.post("/sign-in", {"way": "code", "code": code})["Location"] == "/"
    assert 'name="old"' not in phone.get("/report/password").content.decode()
    short = phone.post("/report/password", {"new": "short", "again": "short"})
    assert short.status_code == 200 and "notice-danger" in short.content.decode()
    assert "两次输入" in phone.post("/report/password", {"new": "a" * 14, "again": "b" * 14}).content.decode()
    done = phone.post("/report/password", {"new": people.PASSWORD, "again": people.PASSWORD})
    assert done["Location"] == "/report" and phone.get("/report").status_code == 200
    other = Client()
    signed = other.post("/sign-in", {"way": "password", "username": "rita", "password": people.PASSWORD})
    assert signed["Location"] == "/"
    assert 'name="old"' in other.get("/report/password").content.decode()
    wrong = other.post("/report/password", {"old": "no", "new": "x" * 14, "again": "x" * 14})
    assert "用户名或密码不正确" in wrong.content.decode()


def test_wrong_old_passwords_are_slowed(home):
    r.unit()
    r.reporter(password=people.PASSWORD)
    phone = phone_of("rita")
    new = {"new": "a much longer phrase", "again": "a much longer phrase"}
    for _ in range(5):
        phone.post("/report/password", {"old": "no", **new})
    assert "尝试次数过多" in phone.post("/report/password", {"old": people.PASSWORD, **new}).content.decode()


# -- fever patients --------------------------------------------------------------------------------------


def patient(**changes):
    base = {
        "key": "a-key-of-a-form", "seen_day": "2022-06-12", "seen_clock": "13:30", "age_band": "25-44",
        "sex": "female", "temperature": "38.6", "symptoms": ["cough", "rash"], "flags": ["travel"], "sampled": "no",
    }  # fmt: skip
    return {**base, **changes}


def test_a_patient_is_reported_in_one_form(phone):
    page = phone.get("/report/fever").content.decode()
    assert 'value="2022-06-12"' in page and 'value="14:00"' in page
    assert not re.search(r'name="(name|phone|id_no|address)"', page)
    answer = phone.post("/report/fever", patient())
    found = FeverReport.objects.get()
    assert answer["Location"] == f"/report/fever/{found.pk}"
    assert (found.symptoms, found.flags, found.temperature_c) == (["cough", "rash"], ["travel"], 38.6)
    one = phone.get(answer["Location"]).content.decode()
    assert "20220612-01" in one and "按时" in one and "保留到 2022-07-12" in one
    assert r.counts() == {KEY: (1.0, None)}
    assert "已逐例上报 1 人" in phone.get("/report").content.decode()
    assert AuditEvent.objects.filter(action="read.fever", actor="rita").exists()


def test_faults_of_a_patient_stand_at_their_fields_and_keep_what_was_typed(phone):
    answer = phone.post(
        "/report/fever", patient(temperature="386", sex="", seen_clock="15:00", flags=["rich"])
    )
    text = answer.content.decode()
    assert answer.status_code == 200 and "有 4 处问题" in text
    for anchor in ("#temperature", "#sex", "#seen_clock", "#flags"):
        assert f'href="{anchor}"' in text
    assert 'value="386"' in text and 'value="cough" checked' in text
    assert not FeverReport.objects.exists()


def test_a_late_report_is_said_to_be_late(phone):
    answer = phone.post("/report/fever", patient(seen_clock="12:59"))
    assert "超过 1 小时" in phone.get(answer["Location"]).content.decode()


def test_the_way_of_a_patient_from_sample_to_result(phone, clock):
    path = phone.post("/report/fever", patient())["Location"]
    bad = phone.post(path, {"verb": "sample", "sampled_day": "2022-06-12", "sampled_clock": "18:00"})
    assert bad.status_code == 200 and FeverReport.objects.get().result == "none"
    phone.post(path, {"verb": "sample", "sampled_day": "2022-06-12", "sampled_clock": "14:00"})
    assert FeverReport.objects.get().result == "pending"
    assert phone.post(path, {"verb": "result"}).status_code == 200
    clock.at = NOW + timedelta(hours=4)
    assert "该有结果了" in phone.get("/report/fever").content.decode()
    clock.at = NOW + timedelta(hours=6)
    assert "结果超时" in phone.get(path).content.decode()
    assert phone.post(path, {"verb": "result", "result": "negative"})["Location"] == path
    assert FeverReport.objects.get().state == "closed"
    assert "阴性" in phone.get(path).content.decode()
    assert phone.post(path, {"verb": "withdraw"}).status_code == 409
    assert phone.post(path, {"verb": "sing"}).status_code == 400


def test_a_mistake_is_taken_back(phone):
    path = phone.post("/report/fever", patient())["Location"]
    phone.post(path, {"verb": "withdraw"})
    assert r.counts() == {} and "已撤回" in phone.get(path).content.decode()


def test_only_clinics_have_the_fever_page(home):
    r.pharmacy()
    r.reporter("pia", r.PHARMACY)
    phone = phone_of("pia")
    assert "发热病人" not in phone.get("/report").content.decode()
    assert phone.get("/report/fever").status_code == 403
    assert phone.post("/report/fever", patient()).status_code == 403


# -- how it looks ----------------------------------------------------------------------------------------


def test_pages_are_whole_in_english_and_in_large_type(phone):
    phone.post("/language", {"language": "en", "next": "/report"})
    path = phone.post("/report/fever", patient())["Location"]
    receipt = send(phone, **{"count-fever_clinic": "3"})["Location"]
    for page in ("/report", "/report/fever", path, receipt, "/report/password"):
        text = phone.get(page).content.decode()
        assert '<html lang="en"' in text and "Sign out" in text
        body = text.split("<main")[1].split("</main>")[0]
        assert not re.search(r"[一-鿿]", body), page
    assert "is-big" not in phone.get("/report").content.decode()
    assert phone.post("/size", {"size": "big", "next": "/report"})["Location"] == "/report"
    assert "is-big" in phone.get("/report").content.decode()
    phone.post("/size", {"size": "enormous"})
    assert "is-big" in phone.get("/report").content.decode()
    assert phone.post("/size", {"size": "normal", "next": "https://evil.example/"})["Location"] == "/"


def test_an_exercise_says_so_on_the_phone(home):
    home.mark_exercise()
    r.unit(area="EX-010103")
    r.reporter()
    assert phone_of("rita").get("/report").content.decode().count("人物与疫情均为虚构</section>") == 1


def test_a_unit_without_streams_of_the_day_keeps_its_calendar(phone):
    reporting_units.end_unit(by=COMMAND_LINE, at=NOW, name=r.CLINIC, last_day=TODAY - timedelta(days=3))
    page = phone.get("/report").content.decode()
    assert "这一天没有要报的数" in page and "最近几天" in page


@pytest.mark.parametrize(("path", "most"), [("/report", 22), ("/report/fever", 20)])
def test_pages_ask_the_database_few_questions(phone, django_assert_max_num_queries, path, most):
    phone.get(path)
    with django_assert_max_num_queries(most):
        phone.get(path)
