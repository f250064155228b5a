"""Every page: works for whom it is for, refused to whom it is not, and says so in both languages."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import get_resolver

# path under the outbreak -> who may open it
# (alice commander, bob grid worker, dora epidemiologist, sam supervisor)
PAGES = {
    "board": "alice bob dora sam",
    "signals": "alice bob dora sam",
    "signals/S1": "alice bob dora sam",
    "cases": "alice dora",
    "cases/rows": "alice dora",
    "cases/C0001": "alice dora",
    "contacts": "alice dora",
    "chain": "alice dora",
    "zones": "alice bob dora sam",
    "tasks": "alice bob dora sam",
    "gaps": "alice dora sam",
    "import": "dora",
    "investigate": "alice dora",
    "cases/export?kind=csv": "alice dora",
    "contacts/export?kind=xlsx": "alice dora",
    "worklists": "alice bob dora sam",
}
PEOPLE = ("alice", "bob", "dora", "sam")


@pytest.mark.parametrize("page", PAGES)
def test_page_is_open_to_its_roles_and_area_only(clients, outbreak, page):
    for who in (*PEOPLE, "charlie"):
        answer = clients(who).get(f"/o/{outbreak}/{page}")
        is_allowed = who in PAGES[page].split()
        assert answer.status_code == (200 if is_allowed else 403), who
        assert is_allowed or "C0001" not in answer.content.decode()


def test_signed_out_people_are_led_to_the_door(db):
    for page in [
        *(f"/o/1/{p}" for p in PAGES),
        "/",
        "/outbreaks",
        "/outbreaks/new",
        "/policy",
        "/audit",
        "/account/password",
    ]:
        answer = Client().get(page)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in?next=")


def test_every_address_of_the_console_is_guarded():
    """A new view without the guard, or without a line in PAGES or POSTS, fails here."""
    open_to_all = {"home", "sign-in", "sign-out", "healthz", "language", "theme", "size", "api-openapi"}
    open_to_all |= {"notices", "notice", "notice-missing"}  # for everybody: test_web_portal
    seen = set()
    for pattern in get_resolver().url_patterns:
        for one in getattr(pattern, "url_patterns", [pattern]):
            seen.add(one.name)
            if one.name not in open_to_all:
                assert getattr(one.callback, "purposes", None), one.name
    tested = {
        "board",
        "signals",
        "signal",
        "trigger",  # these five: test_web_triggers
        "assessment",
        "assessment-sign",
        "assessment-countersign",
        "assessment-dissent",
        "cases",
        "case-rows",
        "case",
        "contacts",
        "chain",
        "zones",
        "tasks",
        "gaps",
        "import",
        "investigate",
        "case-export",
        "contact-export",
        "case-search",
        "case-confirm",
        "case-narrative",
        "case-public-text",
        "outbreaks",
        "outbreak-new",
        "policy",
        "audit",
        "password",
        "case-edit",
        "case-correct",
        "case-identity",
        "change-undo",
        "zone-propose",
        "zone-sign",
        *{"zone-order", "zone-order-sign", "zone-history", "zone-notice", "zone-withdraw", "zone-publish"},
        *{"zone-ways", "zone-draft", "zone-propose-look"},  # test_web_zone_study
        *{"zone-lift", "zone-assign", "zone-accept", "zone-kinds"},  # these ten: test_web_zone_orders
        *{"zone-rounds", "zone-rounds-export"},  # test_web_zone_rounds
        "task",
        "worklists",
        "worklist",
        "import-batch",
        "import-commit",
        "import-undo",
        "definition-save",
        "report-save",
        "audit-verify",
        *{"streams", "streams-refresh", "fever", "report", "report-receipt", "report-undo", "report-fever"},
        *{
            "report-fever-one",
            "report-password",
            "api-counts",
            "api-status",
        },  # test_web_reporting, test_web_api
    }
    assert seen == tested | open_to_all


POSTS = {
    "cases/edit": "dora",
    "cases/C0001/correct": "dora",
    "cases/C0001/identity": "alice dora",
    "changes/1/undo": "dora",
    "zones/1/propose": "alice dora",
    "zones/propose": "alice dora",
    "zones/1/sign": "alice dora",
    "import/1/commit": "dora",
    "import/1/undo": "dora",
    "investigate/definition": "dora",
    "investigate/report": "dora",
}


def test_changes_are_refused_to_other_roles_and_areas_and_by_get(clients, outbreak):
    for page, allowed in POSTS.items():
        for who in set(PEOPLE) - set(allowed.split()):
            assert clients(who).post(f"/o/{outbreak}/{page}").status_code == 403, (page, who)
        assert clients("charlie").post(f"/o/{outbreak}/{page}").status_code == 403, page
        if page != "zones/1/propose":  # a page of its own as well: test_web_zone_propose
            assert clients("dora").get(f"/o/{outbreak}/{page}").status_code in (403, 405), page


def test_the_audit_record_is_for_supervisors(clients, outbreak):
    for who in PEOPLE:
        status = 200 if who == "sam" else 403
        assert clients(who).get("/audit").status_code == status
        assert clients(who).post("/audit/verify").status_code == status


def test_verifying_says_that_the_record_is_whole(clients, outbreak):
    text = clients("sam").post("/audit/verify").content.decode()
    assert "记录完整" in text


def test_pages_are_whole_in_english_too(clients, outbreak):
    client = clients("dora")
    client.post("/language", {"language": "en", "next": "/"})
    for page in [p for p in PAGES if "rows" not in p and "export" not in p]:
        text = client.get(f"/o/{outbreak}/{page}").content.decode()
        assert '<html lang="en"' in text
        assert "Main navigation" in text


def test_opening_a_case_leaves_an_audit_row(dora_client, outbreak):
    from fireline.store.models import AuditEvent

    before = AuditEvent.objects.filter(action="read.case").count()
    dora_client.get(f"/o/{outbreak}/cases/C0001")
    assert AuditEvent.objects.filter(action="read.case").count() == before + 1


def test_a_label_of_look_back_rules_stands_on_every_page(clients, outbreak):
    for page in ("board", "cases", "zones"):
        assert "回顾" in clients("dora").get(f"/o/{outbreak}/{page}").content.decode()


def test_security_headers_on_pages_and_errors(dora_client, outbreak):
    for path in (f"/o/{outbreak}/board", "/no-such-page", "/sign-in"):
        answer = dora_client.get(path)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"


def test_pages_are_not_kept_by_caches(dora_client, outbreak):
    assert dora_client.get(f"/o/{outbreak}/board")["Cache-Control"] == "no-store"


def test_unknown_pages_carry_an_id_and_a_way_back(dora_client):
    answer = dora_client.get("/no-such-page")
    assert answer.status_code == 404
    text = answer.content.decode()
    assert re.search(r"<code>[0-9a-f]{8}</code>", text)
    assert 'href="/"' in text


def test_a_failure_shows_an_id_and_no_trace(dora_client, outbreak, monkeypatch):
    from fireline.web.console import board

    def fail(*_, **__):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(board.access, "board", fail)
    dora_client.raise_request_exception = False
    answer = dora_client.get(f"/o/{outbreak}/board")
    assert answer.status_code == 500
    assert "secret detail" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


def test_json_is_answered_in_json(dora_client, outbreak):
    answer = dora_client.get("/o/999/cases/rows", headers={"accept": "application/json"})
    assert answer.status_code == 403
    assert set(answer.json()) == {"message", "id"}


def test_healthz_says_well_and_names_nobody(db):
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": True, "home": True}


def test_healthz_fails_without_a_home(db, settings, tmp_path):
    from dataclasses import replace

    settings.FIRELINE = replace(settings.FIRELINE, home=tmp_path / "gone")
    assert Client().get("/healthz").status_code == 503


@pytest.mark.parametrize(
    ("page", "most"), [("board", 48), ("cases", 26), ("cases/rows", 22), ("tasks", 42), ("signals", 21)]
)
def test_pages_ask_the_database_few_questions(
    dora_client, outbreak, django_assert_max_num_queries, page, most
):
    dora_client.get(f"/o/{outbreak}/{page}")
    with django_assert_max_num_queries(most):
        dora_client.get(f"/o/{outbreak}/{page}")


def test_home_leads_to_a_board(dora_client, outbreak):
    assert dora_client.get("/")["Location"] == f"/o/{outbreak}/board"


def test_language_and_theme_come_back_only_to_our_pages(dora_client):
    answer = dora_client.post("/theme", {"theme": "dark", "next": "https://evil.example/"})
    assert answer["Location"] == "/"
    assert 'data-theme="dark"' in dora_client.get("/policy").content.decode()
    dora_client.post("/theme", {"theme": "purple"})
    assert 'data-theme="dark"' in dora_client.get("/policy").content.decode()


@pytest.mark.parametrize(
    ("language", "said"), [("zh-hans", "对象：密切接触者 {}"), ("en", "For contact {} (Close contact)")]
)
def test_a_task_of_a_contact_on_a_case_page_says_whose_it_is(dora_client, outbreak, language, said):
    from fireline.store.models import Contact, Task

    contact = Contact.objects.filter(outbreak_id=outbreak, case_id="C0001").get()
    task = Task.objects.filter(outbreak_id=outbreak, case_id="C0001").get()
    task.pk, task.task_id = None, "K-contact"
    task.subject_kind, task.subject_id = "person", contact.person_key
    task.save()
    dora_client.post("/language", {"language": language, "next": "/"})
    page = dora_client.get(f"/o/{outbreak}/cases/C0001").content.decode()
    assert said.format(contact.person_key) in page
    assert page.count(said.split("{}")[0]) == 1  # the case's own task names nobody


def test_every_page_of_an_exercise_home_says_so(clients, outbreak, home):
    client = clients("dora")
    pages = ["/outbreaks", "/outbreaks/new", "/policy", "/nowhere", f"/o/{outbreak}/board"]
    assert not any("人物与疫情均为虚构" in client.get(page).content.decode() for page in pages)
    home.mark_exercise()
    for page in pages:
        said = client.get(page).content.decode()
        assert said.count(">演练 · 人物与疫情均为虚构</section>") == 1, page
    assert '<span class="mode">演练</span>' in client.get("/outbreaks/new").content.decode()
