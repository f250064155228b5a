"""Doing the work through the pages: sign in, correct, decide, take tasks, import, describe an outbreak."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import tests.factories.people as people
from django.test import Client
from tests.conftest import NOW

from fireline.actions import outbreaks
from fireline.store import tally
from fireline.store.models import (
    AuditEvent,
    Case,
    Contact,
    ImportBatch,
    Outbreak,
    Report,
    ResultTable,
    Signal,
    Task,
    Zone,
)


def test_signing_in_by_password_and_out(db, home):
    people.account("erin", "epidemiologist", people.COUNTY, "cdc", password=people.PASSWORD)
    client = Client()
    wrong = client.post("/sign-in", {"way": "password", "username": "erin", "password": "no"})
    assert wrong.status_code == 403
    unknown = client.post("/sign-in", {"way": "password", "username": "nobody", "password": "no"})
    cut = lambda body: body.split(b"<main")[1].replace(b"nobody", b"erin")  # noqa: E731
    assert [line for line in cut(wrong.content).splitlines() if b"csrf" not in line] == [
        line for line in cut(unknown.content).splitlines() if b"csrf" not in line
    ]
    right = client.post(
        "/sign-in", {"way": "password", "username": "erin", "password": people.PASSWORD, "next": "/policy"}
    )
    assert right["Location"] == "/policy"
    assert client.get("/policy").status_code == 200
    client.post("/sign-out")
    assert client.get("/policy").status_code == 302


def test_five_wrong_passwords_make_the_door_wait(db, home):
    people.account("erin", "epidemiologist", people.COUNTY, "cdc", password=people.PASSWORD)
    client = Client()
    for _ in range(5):
        assert client.post("/sign-in", {"username": "erin", "password": "no"}).status_code == 403
    answer = client.post("/sign-in", {"username": "erin", "password": people.PASSWORD})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_a_one_time_code_works_once(db, home):
    from django.utils import timezone

    from fireline.actions import accounts
    from fireline.store.actor import COMMAND_LINE

    people.dora()
    code = accounts.issue_one_time_code(by=COMMAND_LINE, at=timezone.now(), username="dora")
    assert Client().post("/sign-in", {"way": "code", "code": code})["Location"] == "/"
    assert Client().post("/sign-in", {"way": "code", "code": code}).status_code == 403


def test_the_door_never_sends_people_elsewhere(db, home):
    people.account("erin", "epidemiologist", people.COUNTY, "cdc", password=people.PASSWORD)
    form = {"username": "erin", "password": people.PASSWORD, "next": "//evil.example/x"}
    assert Client().post("/sign-in", form)["Location"] == "/"


def test_changing_the_password_asks_for_the_old_one(db, home):
    people.account("erin", "epidemiologist", people.COUNTY, "cdc", password=people.PASSWORD)
    client = Client()
    client.post("/sign-in", {"username": "erin", "password": people.PASSWORD})
    new = "a much longer new phrase"
    assert client.post("/account/password", {"old": "wrong", "new": new, "again": new}).status_code == 200
    assert (
        client.post("/account/password", {"old": people.PASSWORD, "new": new, "again": "other"}).status_code
        == 200
    )
    assert (
        client.post("/account/password", {"old": people.PASSWORD, "new": new, "again": new}).status_code
        == 302
    )
    assert client.get("/outbreaks").status_code == 200  # still signed in
    assert Client().post("/sign-in", {"username": "erin", "password": new}).status_code == 302


def edit(client, outbreak, **change):
    return client.post(f"/o/{outbreak}/cases/edit", json.dumps(change), content_type="application/json")


def test_a_cell_is_corrected_and_a_late_correction_is_shown_both_values(dora_client, outbreak):
    change = {"id": "C0001", "field": "classification", "old": "confirmed", "new": "probable"}
    answer = edit(dora_client, outbreak, **change)
    assert answer.status_code == 200
    assert answer.json()["cell"]["v"] == "probable"
    late = edit(dora_client, outbreak, **{**change, "new": "discarded"})
    assert late.status_code == 409
    assert late.json()["cell"]["v"] == "probable"
    assert Case.objects.get(case_id="C0001").classification == "probable"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"id": "C0001", "field": "classification", "old": "confirmed", "new": "wizard"}, 400),
        ({"id": "C0001", "field": "person_key", "old": "", "new": "x"}, 400),
        ({"id": "none", "field": "classification", "old": "", "new": "probable"}, 403),
        ({"id": "C0001"}, 400),
    ],
)
def test_bad_corrections_are_refused_with_words(dora_client, outbreak, change, status):
    answer = edit(dora_client, outbreak, **change)
    assert answer.status_code == status
    assert answer.json()["message"]


def test_a_date_shown_on_the_page_can_be_corrected_as_shown(dora_client, outbreak):
    rows = dora_client.get(f"/o/{outbreak}/cases/rows?sort=case_id").json()["rows"]
    cell = next(c for c in rows[1]["cells"] if c["name"] == "reported_at")
    answer = edit(dora_client, outbreak, id="C0001", field="reported_at", old=cell["v"], new="2022-06-05")
    assert answer.status_code == 200
    assert answer.json()["cell"]["t"] == "2022-06-05"


def test_a_correction_without_script_and_its_undo(dora_client, outbreak):
    page = f"/o/{outbreak}/cases/C0001"
    form = {"column": "origin", "value": "imported", "version": "0"}
    assert dora_client.post(f"{page}/correct", form).status_code == 302
    assert Case.objects.get(case_id="C0001").origin == "imported"
    late = dora_client.post(f"{page}/correct", form)
    assert late.status_code == 409  # the version has moved on
    text = late.content.decode()
    assert "undo-bar" in text  # offered at once, and only once
    assert "undo-bar" not in dora_client.get(page).content.decode()
    undo = text.split("/undo")[0].rsplit('"', 1)[1] + "/undo"
    assert dora_client.post(undo).status_code == 302
    assert Case.objects.get(case_id="C0001").origin == "local"


def test_a_late_correction_without_script_shows_both_values_and_can_be_done_again(dora_client, outbreak):
    page = f"/o/{outbreak}/cases/C0001"
    first = {"column": "classification", "value": "probable", "version": "0"}
    assert dora_client.post(f"{page}/correct", first).status_code == 302
    late = dora_client.post(f"{page}/correct", {**first, "value": "discarded"})
    assert late.status_code == 409
    text = late.content.decode()
    mine, theirs = (
        text.split(f"<dt>{word}</dt><dd>")[1].split("</dd>")[0] for word in ("您填写的值", "现在的值")
    )
    assert (mine, theirs) == ("排除", "临床诊断")
    assert Case.objects.get(case_id="C0001").classification == "probable"  # nothing was overwritten
    again = {name: text.split(f'name="{name}" value="')[1].split('"')[0] for name in first}
    assert "再做一次" in text and "放弃" in text
    assert dora_client.post(f"{page}/correct", again).status_code == 302
    assert Case.objects.get(case_id="C0001").classification == "discarded"


def test_a_task_that_moved_on_is_shown_as_it_stands_with_what_was_typed(clients, outbreak):
    task = Task.objects.filter(outbreak_id=outbreak).first()
    page = f"/o/{outbreak}/tasks/{task.task_id}"
    assert clients("dora").post(page, {"verb": "accept", "version": "0"}).status_code == 302
    late = clients("dora").post(page, {"verb": "close", "note": "done by phone", "version": "0"})
    assert late.status_code == 409
    text = late.content.decode()
    assert "done by phone" in text and "dora" in text and 'name="version" value="1"' in text
    assert Task.objects.get(pk=task.pk).is_open


def figures_of(text):
    """Number under each link of the board."""
    return {
        part.split('"')[0]: part.split('class="number')[1].split(">")[1].split("<")[0]
        for part in text.split('class="figure" href="')[1:]
    }


def test_the_board_counts_people_and_its_figure_opens_a_list_of_as_many(dora_client, outbreak):
    first, second = Contact.objects.order_by("pk")[:2]
    Contact.objects.filter(pk=second.pk).update(person_key=first.person_key, area_code=first.area_code)
    tally.rebuild(Outbreak.objects.get(pk=outbreak))
    url = f"/o/{outbreak}/contacts?class=close"
    assert figures_of(dora_client.get(f"/o/{outbreak}/board").content.decode())[url] == "11"
    page = dora_client.get(url).content.decode()
    assert "11 人 · 12 行" in page and page.count('<details class="why"') == 12
    assert "11 人 · 12 行" in dora_client.get(f"/o/{outbreak}/contacts").content.decode()
    one = dora_client.get(f"/o/{outbreak}/contacts?case={first.case_id}").content.decode()
    assert "1 人 · 1 行" in one


def test_the_board_s_overdue_opens_a_list_of_as_many(dora_client, outbreak):
    Outbreak.objects.filter(pk=outbreak).update(at=NOW - timedelta(days=6))
    figures = figures_of(dora_client.get(f"/o/{outbreak}/board").content.decode())
    found = dora_client.get(f"/o/{outbreak}/tasks?state=overdue").content.decode()
    late = figures[f"/o/{outbreak}/tasks?state=overdue"]
    assert 0 < int(late) < 12 and found.count('<tr class="is-late">') == int(late)
    today = dora_client.get(f"/o/{outbreak}/tasks?state=due_today").content.decode()
    n = today.count("<tbody>") and today.split("<tbody>")[1].count("<tr")
    assert n == int(figures[f"/o/{outbreak}/tasks?state=due_today"])


def test_the_first_page_is_the_outbreak_opened_last_else_the_one_with_most_to_do(
    dora_client, outbreak, dora, home
):
    pasted = outbreaks.create_outbreak(
        by=dora, at=NOW, title="x", disease="norovirus", area_code=people.COUNTY
    )
    assert pasted > outbreak
    assert dora_client.get("/")["Location"] == f"/o/{outbreak}/board"  # most open tasks, not the newest
    dora_client.get(f"/o/{pasted}/board")
    assert dora_client.get("/")["Location"] == f"/o/{pasted}/board"
    Outbreak.objects.filter(pk=pasted).update(area_code=people.OTHER_COUNTY)  # it may not be seen any more
    assert dora_client.get("/")["Location"] == f"/o/{outbreak}/board"


def test_the_history_says_times_as_people_live_them(dora_client, outbreak):
    page = f"/o/{outbreak}/cases/C0001"
    for value, version in (("2022-06-05 21:16", "0"), ("2022-06-04", "1")):
        form = {"column": "reported_at", "value": value, "version": version}
        assert dora_client.post(f"{page}/correct", form).status_code == 302
    text = dora_client.get(page).content.decode()
    assert "2022-06-05 21:16" in text and "2022-06-05 13:16" not in text
    assert "2022-06-04" in text and "2022-06-03 16:00" not in text and "2022-06-04 00:00" not in text


def test_rows_can_be_filtered_sorted_and_paged(dora_client, outbreak):
    url = f"/o/{outbreak}/cases/rows"
    assert dora_client.get(url).json()["total"] == 12
    assert dora_client.get(f"{url}?classification=suspected").json()["total"] == 3
    assert dora_client.get(f"{url}?q=C0003").json()["total"] == 1
    ids = [r["id"] for r in dora_client.get(f"{url}?sort=case_id&start=10").json()["rows"]]
    assert ids == ["C0010", "C0011"]
    assert dora_client.get(f"{url}?from=yesterday").status_code == 400


def test_chips_name_the_filters_and_lead_back(dora_client, outbreak):
    text = dora_client.get(f"/o/{outbreak}/cases?classification=confirmed&sort=age").content.decode()
    assert "分类 = 确诊" in text
    assert f'href="/o/{outbreak}/cases?sort=age"' in text


def test_hostile_text_in_a_cell_stays_text(dora_client, outbreak):
    Case.objects.filter(case_id="C0001").update(cluster='"><script>alert(1)</script>')
    text = dora_client.get(f"/o/{outbreak}/cases").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_an_export_is_a_file_with_formulas_as_text(dora_client, outbreak):
    Case.objects.filter(case_id="C0001").update(cluster="=1+1")
    answer = dora_client.get(f"/o/{outbreak}/cases/export?kind=csv&q=C0001")
    assert answer["Content-Disposition"].startswith('attachment; filename="line-list-')
    assert "'=1+1" in answer.content.decode("utf-8-sig")
    assert dora_client.get(f"/o/{outbreak}/cases/export?kind=pdf").status_code == 400


def test_identity_is_shown_only_for_a_purpose_and_leaves_a_row(dora_client, outbreak):
    page = f"/o/{outbreak}/cases/C0001"
    assert dora_client.post(f"{page}/identity", {"purpose": "curiosity"}).status_code == 403
    answer = dora_client.post(f"{page}/identity", {"purpose": "investigation"})
    assert answer.status_code == 200
    assert "本次查看已记入审计" in answer.content.decode()
    assert AuditEvent.objects.filter(action="identity.reveal").count() == 1
    assert "本次查看已记入审计" not in dora_client.get(page).content.decode()


def test_a_signal_ends_in_a_verdict_with_a_reason(dora_client, outbreak):
    page = f"/o/{outbreak}/signals/S1"
    empty = dora_client.post(page, {"verdict": "verified", "reason": " ", "version": "0"})
    assert empty.status_code == 200 and "有 1 处问题" in empty.content.decode()
    assert (
        dora_client.post(page, {"verdict": "verified", "reason": "门诊核实", "version": "0"}).status_code
        == 302
    )
    assert Signal.objects.get(alarm_id="S1").state == "verified"
    assert (
        dora_client.post(page, {"verdict": "verified", "reason": "again", "version": "0"}).status_code == 409
    )


def test_a_task_is_accepted_closed_or_handed_back(clients, outbreak):
    bob = clients("bob")
    task = Task.objects.filter(area_code=people.TOWN_A).first()
    page = f"/o/{outbreak}/tasks/{task.task_id}"
    assert bob.post(page, {"verb": "accept", "version": "0"}).status_code == 302
    assert "K-" in bob.get(f"/o/{outbreak}/tasks?mine=1").content.decode()
    assert bob.post(page, {"verb": "hand_back", "note": "", "version": "1"}).status_code == 400
    assert bob.post(page, {"verb": "close", "note": "已报告", "version": "1"}).status_code == 302
    assert not Task.objects.get(pk=task.pk).is_open
    assert bob.post(page, {"verb": "dance"}).status_code == 400


def test_zones_are_put_forward_and_an_exercise_rule_signs_nothing(clients, outbreak):
    ring = Zone.objects.get(outbreak_id=outbreak)
    made = clients("dora").post(f"/o/{outbreak}/zones/{ring.pk}/propose")
    assert made.status_code == 302
    proposed = Zone.objects.get(outbreak_id=outbreak, state="proposed")
    answer = clients("alice").post(
        f"/o/{outbreak}/zones/{proposed.pk}/sign", {"version": str(proposed.version)}
    )
    assert answer.status_code in (302, 400)
    assert Zone.objects.get(pk=proposed.pk).state == ("signed" if answer.status_code == 302 else "proposed")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_exercise": True}, "这是演练：任何人都不能在此批准"),
        ({"label_zh": "复盘", "label_en": "replay"}, "这是复盘："),
    ],
)
def test_where_nobody_can_sign_a_zone_nobody_is_asked_to_put_it_forward(clients, outbreak, change, said):
    Outbreak.objects.filter(pk=outbreak).update(label_zh="", label_en="")
    button = f"/zones/{Zone.objects.get(outbreak_id=outbreak).pk}/propose"
    assert button in clients("dora").get(f"/o/{outbreak}/zones").content.decode()
    Outbreak.objects.filter(pk=outbreak).update(**change)
    text = clients("dora").get(f"/o/{outbreak}/zones").content.decode()
    assert button not in text and said in text


def test_the_zones_page_compares_the_ways_to_draw_a_zone(clients, outbreak):
    columns = ["candidate", "radius_m", "n_units", "population", "n_case_units_inside", "what_zh", "what_en"]
    rows = [
        ["two_tier_sealed", None, 3, 1234, 2, "双层规则：封控部分", "x"],
        ["radius_200_m", 200, 9, 5678, 2, "200 米", "x"],
    ]
    ResultTable.objects.create(
        outbreak_id=outbreak, name="zone_candidates", columns=columns, rows=rows, n_rows=2
    )
    text = clients("dora").get(f"/o/{outbreak}/zones").content.decode()
    body = text.split('id="compare-h"')[1].split("<tbody>")[1].split("</tbody>")[0]
    cells = [
        [c.split(">", 1)[1].split("<")[0] for c in row.split("<td")[1:]] for row in body.split("<tr>")[1:]
    ]
    assert cells == [["双层规则：封控部分", "1,234", "3", "2"], ["200 米", "5,678", "9", "2"]]


def upload(client, outbreak, text, name="cases.csv"):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return client.post(f"/o/{outbreak}/import", {"file": SimpleUploadedFile(name, text.encode())})


def test_an_upload_shows_its_faults_before_anything_is_saved(dora_client, outbreak, monkeypatch):
    from fireline.web.console import imports

    monkeypatch.setattr(imports, "rerun", lambda desk: None)
    text = (
        "case_id,person_key,disease,onset,classification\nN1,p1,covid-19,2022-06-10,confirmed\n"
        "N2,p2,covid-19,not-a-date,confirmed\n,p3,covid-19,2022-06-10,confirmed\n"
    )
    answer = upload(dora_client, outbreak, text)
    assert answer.status_code == 302
    page = dora_client.get(answer["Location"]).content.decode()
    assert "尚未保存" in page and "onset" in page
    assert not Case.objects.filter(case_id="N1").exists()
    assert dora_client.post(answer["Location"] + "/commit").status_code == 302
    assert Case.objects.filter(case_id="N1").exists()
    assert dora_client.post(answer["Location"] + "/undo").status_code == 302
    assert not Case.objects.filter(case_id="N1").exists()


def test_a_file_that_cannot_be_read_is_refused_with_words(dora_client, outbreak):
    answer = upload(dora_client, outbreak, "\x00\x01", "broken.xlsx")
    assert answer.status_code == 200
    assert "有 1 处问题" in answer.content.decode()
    assert dora_client.post(f"/o/{outbreak}/import", {}).status_code == 200


LIST = "编号\t姓名\t班级\t发病时间\t呕吐\t腹泻\t凉拌鸡丝\n" + "".join(
    f"{i}\t学生{i}\t二{i % 2 + 1}班\t{f'2022-06-10 {9 + i % 6}:00' if i <= 12 else ''}\t"
    f"{'是' if i <= 12 else '否'}\t否\t"
    f"{'是' if i <= 11 or i == 20 else '否' if i < 30 else '不详'}\n"
    for i in range(1, 31)
)


def test_from_a_pasted_list_to_attack_rates_and_report(clients, home):
    client = clients("dora")
    form = {"title": "槐店小学", "disease": "norovirus", "area": people.COUNTY, "text": LIST}
    answer = client.post("/outbreaks/new", form)
    assert answer.status_code == 302
    batch = ImportBatch.objects.get()
    assert (batch.n_rows, batch.n_rejected, batch.state) == (30, 0, "previewed")
    saved = client.post(answer["Location"] + "/commit", {"then": "investigate"})
    assert saved["Location"].endswith("/investigate#definition")
    outbreak = Outbreak.objects.get().pk
    assert Case.objects.filter(outbreak_id=outbreak).count() == 12
    page = client.get(f"/o/{outbreak}/investigate")
    row = page.context["attack"][0] if page.context else None
    text = page.content.decode()
    assert "凉拌鸡丝" in text
    assert "11/12 (92%)" in text and "1/17 (6%)" in text
    definition = client.post(
        f"/o/{outbreak}/investigate/definition", {"symptoms": "呕吐, 腹泻", "n_symptoms": "1"}
    )
    assert definition.status_code == 302
    assert "v1" in client.get(f"/o/{outbreak}/investigate").content.decode()
    bad = client.post(f"/o/{outbreak}/investigate/definition", {"symptoms": "", "n_symptoms": "1"})
    assert bad.status_code == 200 and "有 1 处问题" in bad.content.decode()
    assert client.post(f"/o/{outbreak}/investigate/report").status_code == 302
    assert "凉拌鸡丝" in Report.objects.get().text_zh
    assert row is None or row["exposed_ill"] == 11


@pytest.mark.parametrize(
    "wrong",
    [
        {"area": ""},
        {"text": ""},
        {"area": "nowhere!"},
        {"text": "姓名,年龄\n甲,8"},
        {"area": people.OTHER_COUNTY},
    ],
)
def test_a_wrong_form_keeps_what_was_typed_and_makes_nothing(clients, home, wrong):
    form = {"title": "槐店小学", "disease": "norovirus", "area": people.COUNTY, "text": LIST, **wrong}
    answer = clients("dora").post("/outbreaks/new", form)
    assert answer.status_code == 200
    assert "处问题" in answer.content.decode()
    assert not Outbreak.objects.exists()


def test_the_first_screen_resolves_today(clients, home):
    text = clients("dora").get("/outbreaks").content.decode()
    assert "今日规则" in text
    policy = clients("dora").get("/policy?disease=measles&area=CN-411624&on=2026-06-12").content.decode()
    assert "麻疹" in policy and "有效" in policy
