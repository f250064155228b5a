"""Lists show the worst first, what nobody can know apart, and refusals say only what is true."""

from __future__ import annotations

import re

from django.test import Client


def test_signals_open_on_the_higher_levels_and_count_every_level(dora_client, outbreak):
    from fireline.store.models import Signal

    Signal.objects.filter(alarm_id="S0").update(level="low")
    Signal.objects.filter(alarm_id="S1").update(level="medium")
    text = dora_client.get(f"/o/{outbreak}/signals").content.decode()
    assert re.findall(r"/signals/(S\d)\"", text) == ["S2", "S1"]
    assert re.findall(r'class="chip-n">(\d+)<', text) == ["2", "1", "1", "1", "0", "3"]
    every = dora_client.get(f"/o/{outbreak}/signals?level=all&state=all").content.decode()
    assert re.findall(r"/signals/(S\d)\"", every) == ["S2", "S1", "S0"]
    board = dora_client.get(f"/o/{outbreak}/board").content.decode()
    assert "另有 1 条三、四级信号" in board


def test_what_no_record_shows_done_is_neither_late_nor_open(dora_client, outbreak):
    from fireline.store import tally
    from fireline.store.models import Outbreak, Task

    Task.objects.filter(task_id="K-C0001").update(state="no_record")
    tally.rebuild(Outbreak.objects.get(pk=outbreak))
    late = dora_client.get(f"/o/{outbreak}/tasks").content.decode()
    assert "K-C0001" not in late
    assert "K-C0002" in late
    unknown = dora_client.get(f"/o/{outbreak}/tasks?state=no_record").content.decode()
    assert "K-C0001" in unknown
    assert "未见完成记录" in unknown
    assert 'class="is-late"' not in unknown


def test_a_task_page_shows_its_history_and_takes_a_note(dora_client, outbreak):
    url = f"/o/{outbreak}/tasks/K-C0001"
    dora_client.post(url, {"verb": "accept", "version": "0"})
    text = dora_client.get(url).content.decode()
    assert "dora" in text
    answer = dora_client.post(url, {"verb": "close", "version": "1", "note": ""})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.content.decode()
    assert dora_client.post(url, {"verb": "close", "version": "1", "note": "已办"}).status_code == 302
    assert "已办" in dora_client.get(url).content.decode()


def test_contacts_stand_close_first_then_newest(dora_client, outbreak):
    from fireline.store import tally
    from fireline.store.models import Contact, Outbreak

    Contact.objects.filter(case_id="C0009").update(contact_class="general")
    tally.rebuild(Outbreak.objects.get(pk=outbreak))
    text = dora_client.get(f"/o/{outbreak}/contacts").content.decode()
    order = re.findall(r"/cases/(C\d{4})#contacts", text)
    assert order[-1] == "C0009"
    assert order[0] == "C0008"  # the newest exposure of the others
    assert "<summary>同住" in text
    mine = dora_client.get(f"/o/{outbreak}/contacts?case=C0009&class=general").content.decode()
    assert re.findall(r"/cases/(C\d{4})#contacts", mine) == ["C0009"]


def test_a_refused_page_is_in_the_audit_record_as_the_page_says(clients, outbreak):
    from fireline.store.models import AuditEvent

    answer = clients("bob").get(f"/o/{outbreak}/cases")
    assert answer.status_code == 403
    assert "审计" in answer.content.decode()
    row = AuditEvent.objects.filter(action="access.refused").latest("seq")
    assert row.actor == "bob"


def test_a_form_that_ended_says_so_and_claims_no_audit_row(clients, outbreak):
    clients("dora")
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "zh-CN"})
    answer = client.post("/sign-in", {"username": "dora"})
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "表单已失效" in text
    assert "审计" not in text


def test_the_policy_page_says_rules_in_words_and_the_living_first(dora_client, outbreak):
    text = dora_client.get("/policy?disease=measles&area=CN&on=2026-07-01").content.decode()
    assert "出疹前 4 天" in text
    assert "2 小时内：自" in text
    assert "overlap_minutes" not in text
    assert "{" not in text.split("</head>")[1].split('id="rules"')[1]
