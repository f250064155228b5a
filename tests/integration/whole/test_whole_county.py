"""One small county through the file run and every page: no canary comes out, and each language is whole.

Fifty made-up persons go in; none of them comes out where nobody may read them.

Their names stand in the columns of identities, and slipped into columns of codes, dates and numbers; their
numbers also slipped into columns of text. A name typed as an occupation or a place cannot be told from one.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import logging
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from django.test import Client
from tests.factories.canaries import Search, canaries, planted

pytestmark = pytest.mark.django_db

SEED, PEOPLE = 5, 2_000  # the smallest county there is
ROLES = ("epidemiologist", "commander", "grid", "supervisor")
PAGES = (
    "board", "cases", "cases/rows", "contacts", "chain", "signals", "zones", "tasks", "tasks?state=no_record",
    "gaps", "import", "investigate", "cases/export?kind=csv", "cases/export?kind=xlsx",
)  # fmt: skip
ELSEWHERE = ("/outbreaks", "/outbreaks/new", "/policy", "/audit", "/healthz")


@dataclass
class Out:
    """Everything that came out."""

    home: Path
    run: Path
    report: str
    printed: str
    pages: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, bytes] = field(default_factory=dict)
    log: str = ""
    database: bytes = b""


@pytest.fixture(scope="module")
def people():
    return canaries()


@pytest.fixture(scope="module")
def search(people):
    return Search(people)


def feed_folder(folder: Path, people) -> None:
    """The exercise with canaries in it, and rows in which their values slipped into the wrong columns."""
    from fireline.drill.write import generate, write_folder

    tables = planted(generate(n_people=PEOPLE, rng=np.random.default_rng(SEED)), people)
    write_folder(tables, folder, seed=SEED, n_people=PEOPLE)
    with (folder / "persons.csv").open("a", encoding="utf-8") as file:
        columns = tables["persons"].columns
        for p in people[:10]:
            slips = {
                "occupation": p.phone,
                "group": p.number,
                "age": p.phone,
                "sex": p.name,
                "area_code": "EX-010101",
            }
            file.write(",".join({"person_key": f"new{p.number}", **slips}.get(c, "") for c in columns) + "\n")
            slips = {"age": p.address, "sex": p.pinyin, "occupation": p.number}
            file.write(",".join({"person_key": p.number, **slips}.get(c, "") for c in columns) + "\n")
            file.write(f"{p.name},{p.phone}\n")  # too few cells
    with (folder / "cases.csv").open("a", encoding="utf-8") as file:
        columns = tables["cases"].columns
        for p in people[10:20]:
            wrong = {"person_key": p.number, "disease": "exercise-x", "classification": p.name, "onset": p.number,
                     "reported_at": p.phone, "area_code": "EX-010101", "origin": p.pinyin, "lon": p.phone}  # fmt: skip
            file.write(",".join(wrong.get(c, "") for c in columns) + "\n")


def crawl(client: Client, base: str, out: Out, role: str) -> None:
    """Every page that a role may open, and one of each kind that those lead to.

    The two roles that between them open every page do so in both languages.
    """
    for language in ("zh-hans", "en") if role in ("epidemiologist", "supervisor") else ("en",):
        client.post("/language", {"language": language, "next": "/"})
        todo = [f"{base}/{page}" for page in PAGES] + list(ELSEWHERE)
        kinds: set[str] = set()
        while todo:
            url = todo.pop(0)
            answer = client.get(url)
            body = answer.getvalue() if answer.streaming else answer.content
            if answer.status_code == 200:
                out.pages[f"{role} {language} {url}"] = body
            for link in re.findall(r'href="(/o/[^"#]+)"', body.decode("utf-8", "replace")):
                kind = re.sub(r"(/o/\d+/\w+)/.*", r"\1/*", link.split("?")[0])
                if kind.endswith("/*") and kind not in kinds:
                    kinds.add(kind)
                    todo.append(link.replace("&amp;", "&"))


def refuse(client: Client, base: str, out: Out, people) -> None:
    """Requests that carry canaries: their answers may echo what was typed, but nothing keeps it."""
    for p in people[:5]:
        for url in (
            f"{base}/cases?q={quote(p.name)}",
            f"{base}/cases/rows?q={p.number}",
            f"{base}/cases/{quote(p.number)}",
            f"{base}/contacts?q={quote(p.phone)}",
            f"{base}/tasks/{quote(p.name)}",
            f"/{quote(p.address)}",
        ):
            client.get(url)
        Client().post("/sign-in", {"username": p.name, "password": p.number})
        client.post(f"{base}/cases/edit", json.dumps({"case_id": p.name, "column": p.phone, "value": p.number}),
                    content_type="application/json")  # fmt: skip
        upload = io.BytesIO(f"person_key,sex,age,onset\n{p.number},{p.name},{p.phone},{p.number}\n".encode())
        upload.name = "persons.csv"
        answer = client.post(f"{base}/import", {"file": upload, "table": "persons"}, follow=True)
        out.pages[f"upload {p.number[-5:]}"] = answer.content
        pasted = f"姓名,电话,年龄,性别,发病时间\n{p.name},{p.phone},{p.address},{p.name},{p.number}\n{p.name},,8,男,昨天\n"
        client.post(f"{base}/investigate", {"text": pasted, "step": "list"})


def broken(client: Client, base: str, out: Out, people, monkeypatch) -> None:
    """A page that fails with a canary in its error."""
    from fireline.web.console import gaps

    def fail(*_, **__):
        raise ValueError(f"{people[0].name} {people[0].number}")

    monkeypatch.setattr(gaps.access, "findings", fail)
    client.raise_request_exception = False
    answer = client.get(f"{base}/gaps")
    assert answer.status_code == 500
    out.refused["500"] = answer.content


@pytest.fixture(scope="module")
def out(tmp_path_factory, people, django_db_setup, django_db_blocker):
    """One county with canaries through the file run, the console and its exports."""
    from django.conf import settings
    from django.db import connection, transaction

    from fireline.pipeline.home import Home

    base = tmp_path_factory.mktemp("canaries")
    home = Home.open(base / "home")
    home.mark_exercise()
    feed_folder(base / "in", people)
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(settings, "FIRELINE", replace(settings.FIRELINE, home=home.path))
        patch.setattr(settings, "STATIC_ROOT", str(base / "static"))
        (base / "static").mkdir()
        yield _everything(base, home, people, patch, connection)
        transaction.set_rollback(True)


def _everything(base: Path, home, people, patch, connection) -> Out:
    from django.utils import timezone

    from fireline.actions import accounts, outbreaks
    from fireline.cli.run import print_summary
    from fireline.pipeline.run import run_folder
    from fireline.policy import load_library
    from fireline.store.actor import COMMAND_LINE
    from fireline.store.logs import JsonFormatter
    from fireline.store.models import User

    lines, said = io.StringIO(), []
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonFormatter())
    loggers = [logging.getLogger(name) for name in ("", "django", "django.request", "fireline")]
    loggers = [logger for logger in loggers if logger.name == "root" or not logger.propagate]
    for logger in loggers:
        logger.addHandler(handler)
    patch.setattr("typer.echo", lambda text="", **_: said.append(str(text)))
    try:
        run = run_folder(base / "in", out=base / "out", home=home, library=load_library())
        print_summary(run)
        now = timezone.now()
        outbreak = outbreaks.create_outbreak(
            by=COMMAND_LINE, at=now, title="演练 Exercise", disease=run.results.disease,
            area_code=run.results.area, moment=run.results.at, is_exercise=True, pack_kind="exercise",
        )  # fmt: skip
        outbreaks.load_results(
            by=COMMAND_LINE, at=now, outbreak=outbreak, results=run.results, identities=run.intake.identities,
            home=home,
        )  # fmt: skip
        accounts.ensure_demo_users(by=COMMAND_LINE, at=now)
        out = Out(home.path, run.out, (run.out / "report.html").read_text("utf-8"), "")
        for role in ROLES:
            client = Client()
            client.force_login(User.objects.get(username=f"demo-{role}"))
            crawl(client, f"/o/{outbreak}", out, role)
            if role == "epidemiologist":
                refuse(client, f"/o/{outbreak}", out, people)
            if role == "supervisor":
                broken(client, f"/o/{outbreak}", out, people, patch)
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
    out.log, out.printed = lines.getvalue(), "\n".join(said)
    if connection.vendor == "sqlite":
        out.database = connection.connection.serialize()
    return out


def test_the_search_finds_every_disguise(people, search):
    p = people[3]
    for value in (p.name, p.number, p.phone, p.address):
        raw = value.encode()
        hidden = [b"x" * n + raw + b"yz" for n in range(3)]
        for blob in (
            *hidden, *map(base64.b64encode, hidden), *(h.hex().encode() for h in hidden), quote(value).encode(),
            hashlib.sha256(raw).hexdigest().encode(), json.dumps(value).encode(),
        ):  # fmt: skip
            assert search.find(b"before " + blob + b" after"), blob
    assert search.find(b"nothing of anybody " * 1000) == set()


def test_the_canaries_went_in(out, people):
    """Otherwise nothing below would mean anything."""
    assert len(out.pages) > 80
    assert {url.split("/")[-1].split("?")[0] for url in out.pages} >= {"board", "gaps", "export", "audit"}
    rejects = (out.run / "rejects.csv").read_text("utf-8-sig")
    assert rejects.count("\n") > 20
    assert len(list((out.home / "visits").rglob("*"))) > 0
    from fireline.store.models import Identity

    assert Identity.objects.values("person_key").distinct().count() >= len(people)


def test_no_canary_in_the_results_of_a_run(out, search):
    assert search.in_folder(out.run) == {}
    assert search.find(out.printed.encode()) == set()


def test_no_canary_on_any_page_or_export(out, search):
    from tests.factories.canaries import opened

    leaks = {}
    for url, body in {**out.pages, **out.refused}.items():
        hits = set().union(*(search.find(part) for part in opened(body)))
        if hits:
            leaks[url] = hits
    assert leaks == {}


def test_no_canary_in_logs(out, search):
    assert out.log.count("\n") > 5
    assert "ValueError" in out.log
    assert search.find(out.log.encode()) == set()


def test_no_canary_in_the_database_or_the_home_folder(out, search):
    if out.database:
        assert len(out.database) > 1_000_000
        assert search.find(out.database) == set()
    assert search.in_folder(out.home) == {}


class Visible(HTMLParser):
    """Collects what a reader of the page sees or hears: text and spoken attributes."""

    SPOKEN = ("aria-label", "title", "alt", "placeholder")

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style")
        self.parts += [value for name, value in attrs if name in self.SPOKEN and value]

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.hidden and data.strip():
            self.parts.append(" ".join(data.split()))


ENGLISH = re.compile(r"[A-Za-z]{3,}(?:[ ,]+[A-Za-z]{2,}){2,}")
HAN = re.compile(r"[\u4e00-\u9fff]+")
CODE = re.compile(r"(?<![\w/.-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w/.-])")


def without_ids(text: str) -> str:
    """Without ids of rules, and without table names, by which an upload is told what it is."""
    return re.sub(r"[\w.-]+(?:/[\w.-]+)+|\(\w+\)", "", text, flags=re.ASCII)


def seen(out, language: str) -> dict[str, list[str]]:
    """Page -> what is seen on it without the values of the data, in one language.

    The page of rules is left out: titles of documents stay in the language they were written in.
    """
    from fireline.drill.write import generate

    tables = generate(n_people=PEOPLE, rng=np.random.default_rng(SEED))
    names = [n for t in ("areas", "places") for n in tables[t]["name"].drop_nulls().unique().to_list()]
    names += ["演练 Exercise", "中文", "English", *(f"演示{zh} Demo {en}" for zh, en in (
        ("流调员", "epidemiologist"), ("指挥员", "commander"), ("网格员", "grid worker"), ("督查员", "supervisor")))]  # fmt: skip
    data = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    found = {}
    for url, body in out.pages.items():
        if f" {language} " in url and body.lstrip().startswith(b"<") and not url.endswith("/policy"):
            parser = Visible()
            parser.feed(body.decode())
            found[url] = [without_ids(data.sub("", part)) for part in parser.parts]
    return found


def test_a_chinese_page_holds_no_english_sentence(out):
    wrong = {(u, p) for u, parts in seen(out, "zh-hans").items() for p in parts if ENGLISH.search(p)}
    assert sorted(wrong) == [], "\n".join(sorted({f"{u.split(chr(32))[-1]} | {p}" for u, p in wrong}))


def test_an_english_page_holds_no_chinese(out):
    wrong = {(u, p) for u, parts in seen(out, "en").items() for p in parts if HAN.search(p)}
    assert sorted(wrong) == [], "\n".join(sorted({f"{u.split(chr(32))[-1]} | {p}" for u, p in wrong}))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_shows_a_code_of_the_machine(out, language):
    wrong = {(u, p) for u, parts in seen(out, language).items() for p in parts if CODE.search(p)}
    assert sorted(wrong) == [], "\n".join(sorted({f"{u.split(chr(32))[-1]} | {p}" for u, p in wrong}))
