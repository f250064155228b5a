"""The public portal: published notices only, without sign-in, script or cookie; nothing else can be reached."""

from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client
from tests.conftest import NOW

from fireline.actions import zone_orders, zones
from fireline.actions.notices import refresh_notices
from fireline.bulletins.public_notice import FOLDER
from fireline.errors import StorageError
from fireline.store.models import Area, Zone

pytestmark = pytest.mark.django_db


@pytest.fixture
def anybody():
    return Client()


@pytest.fixture
def ring(dora, outbreak, library, clock):
    return zones.propose(by=dora, at=NOW, outbreak=outbreak, library=library)


@pytest.fixture
def folder(home):
    return home.path.joinpath(*FOLDER)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Do something as the end of its transaction would see it."""

    def do(step, **parts):
        with django_capture_on_commit_callbacks(execute=True):
            return step(**parts)

    return do


@pytest.fixture
def published(ring, alice, library, committed):
    zones.sign(by=alice, at=NOW, zone=ring, library=library)
    committed(zone_orders.publish, by=alice, at=NOW + timedelta(hours=1), zone=ring, library=library)
    return ring


def test_nothing_unpublished_is_there(anybody, ring, alice, library, committed, folder):
    def reached():
        return anybody.get(f"/notices/{ring}").status_code, anybody.get("/notices/").content.decode()

    for step in (lambda: None, lambda: zones.sign(by=alice, at=NOW, zone=ring, library=library)):
        step()
        refresh_notices()
        status, listed = reached()
        assert status == 404 and f"/notices/{ring}" not in listed and "目前没有公告" in listed
        assert not folder.exists() or list(folder.iterdir()) == []


def test_a_publication_that_is_rolled_back_never_shows(anybody, ring, alice, library, folder):
    from django.db import transaction

    zones.sign(by=alice, at=NOW, zone=ring, library=library)
    with pytest.raises(RuntimeError), transaction.atomic():
        zone_orders.publish(by=alice, at=NOW, zone=ring, library=library)
        raise RuntimeError
    assert not folder.exists() and anybody.get(f"/notices/{ring}").status_code == 404


def test_a_published_notice_is_read_by_everybody_chinese_first(anybody, published):
    answer = anybody.get(f"/notices/{published}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.index("足不出户") < text.index("stay at home") and "执行中" in text and "沈丘县" in text
    assert "U1" in text and "portal." not in text.replace("portal.css", "") and "notice_state" not in text
    listed = anybody.get("/notices/").content.decode()
    assert f'href="/notices/{published}"' in listed and "In force" in listed


def test_it_names_no_account_case_or_reason(anybody, dora, alice, outbreak, library, clock, committed):
    zone = zones.propose(
        by=dora, at=NOW, outbreak=outbreak, library=library, title="张三家", why_large="内部理由"
    )
    zones.sign(by=alice, at=NOW, zone=zone, library=library)
    committed(zone_orders.publish, by=alice, at=NOW, zone=zone, library=library)
    committed(zone_orders.lift, by=alice, at=NOW, zone=zone, reason="样本弄错", library=library)
    text = anybody.get(f"/notices/{zone}").content.decode() + anybody.get("/notices/").content.decode()
    for hidden in ("alice", "dora", "张三", "内部理由", "样本弄错", "C0001", "P0000", "沈丘疫情"):
        assert hidden not in text


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found, self.sources = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)
        self.sources += [v for k, v in attrs if k in ("src", "href", "action")]
        assert not any(k.startswith(("on", "hx-")) or k == "style" for k, _ in attrs)


@pytest.mark.parametrize("path", ["/notices/", "/notices/{}", "/notices/999999", "/notices/x/y"])
def test_no_script_no_form_no_cookie_and_closed_headers(anybody, published, path):
    answer = anybody.get(path.format(published))
    tags = Tags(answer.content.decode())
    assert not tags.found & {"script", "form", "iframe", "object", "input", "button"}
    assert all(s.startswith(("/static/", "/notices/", "#")) for s in tags.sources)
    assert answer.cookies == {} and answer["Cache-Control"] == "public, max-age=60"
    policy = answer["Content-Security-Policy"]
    for closed in ("script-src 'none'", "default-src 'none'", "form-action 'none'", "frame-ancestors 'none'"):
        assert closed in policy
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_it_is_the_same_page_for_whoever_is_signed_in(anybody, clients, published):
    assert (
        clients("alice").get(f"/notices/{published}").content == anybody.get(f"/notices/{published}").content
    )


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_it_is_read_only(anybody, published, method):
    for path in ("/notices/", f"/notices/{published}", "/notices/x"):
        assert getattr(anybody, method)(path).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/notices/../../keys/pseudonym.key", "/notices/..%2f..%2fkeys%2fpseudonym.key", "/notices/%2e%2e/1.json",
        "/notices/1.json", "/notices/-1", "/notices/0", "/notices/1/", "/notices/%00", "/notices/１",
        "/notices/99999999999999999999999999", "/notices/..", "/notices/.hidden", "/notices/1%0a",
        "/notices//etc/passwd",
    ],
)  # fmt: skip
def test_no_address_leads_out_of_the_folder(anybody, published, home, path):
    home.key("pseudonym")
    answer = anybody.get(path)
    assert answer.status_code == 404
    text = answer.content.decode()
    assert "没有这份公告" in text and "No such notice" in text and "Traceback" not in text


def test_links_strangers_and_broken_files_are_no_notices(anybody, published, folder, tmp_path, caplog):
    secret = tmp_path / "secret.json"
    good = json.loads((folder / f"{published}.json").read_text("utf-8"))
    secret.write_text(json.dumps({**good, "number": 500001}), encoding="utf-8")
    (folder / "500001.json").symlink_to(secret)
    (folder / "500002.json").write_text("{", encoding="utf-8")
    (folder / "500003.json").write_text(json.dumps(good), encoding="utf-8")  # says it is another
    (folder / "500004.json").write_text(json.dumps({**good, "number": 500004, "text_zh": "13812345678"}))
    (folder / "500005.json").write_bytes(b"\xff" * 10)
    (folder / "500006.json").mkdir()
    (folder / "notes.txt").write_text("draft", encoding="utf-8")
    listed = anybody.get("/notices/").content.decode()
    assert listed.count("/notices/5") == 0 and f"/notices/{published}" in listed and "draft" not in listed
    for number in range(500001, 500007):
        assert anybody.get(f"/notices/{number}").status_code == 404
    refresh_notices()
    assert sorted(p.name for p in folder.iterdir()) == sorted([f"{published}.json", "500006.json"])
    assert secret.exists()  # the link is gone, not what it led to


def test_an_eased_order_says_what_holds_now_and_a_lifted_one_that_it_is_over(
    anybody, published, alice, library, committed
):
    at = NOW + timedelta(hours=5)
    committed(zone_orders.lift, by=alice, at=at, zone=published, level="sealed", reason="x", library=library)
    eased = anybody.get(f"/notices/{published}").content.decode()
    if Zone.objects.get(pk=published).state != "lifted":
        assert "执行中，部分放宽" in eased and "不再限制" in eased
        committed(zone_orders.lift, by=alice, at=at, zone=published, reason="x", library=library)
    over = anybody.get(f"/notices/{published}").content.decode()
    assert "已解除" in over and "不再适用" in over and "2022-06-12 19:00" in over
    assert "已解除" in anybody.get("/notices/").content.decode()


def test_an_order_that_begins_later_says_so(anybody, dora, alice, outbreak, library, clock, committed):
    zone = zones.propose(
        by=dora, at=NOW, outbreak=outbreak, library=library, starts_at=NOW + timedelta(hours=9)
    )
    zones.sign(by=alice, at=NOW, zone=zone, library=library)
    committed(zone_orders.publish, by=alice, at=NOW, zone=zone, library=library)
    assert "尚未开始" in anybody.get(f"/notices/{zone}").content.decode()
    clock.at = NOW + timedelta(hours=10)
    assert "执行中" in anybody.get(f"/notices/{zone}").content.decode()


def test_a_hostile_name_is_text(anybody, published):
    Area.objects.filter(area_code="CN-411624").update(name="<script>alert(1)</script>")
    refresh_notices()
    text = anybody.get(f"/notices/{published}").content.decode()
    assert "<script>alert" not in text and "&lt;script&gt;" in text


def test_a_folder_that_cannot_be_written_is_said(published, folder, home):
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        refresh_notices()


def test_an_exercise_home_says_so(anybody, published, home):
    (home.path / "EXERCISE").write_text("x")
    refresh_notices()
    assert 'class="band"' in anybody.get(f"/notices/{published}").content.decode()


def test_the_order_leads_to_what_the_public_reads(clients, outbreak, published):
    text = clients("alice").get(f"/o/{outbreak}/zones/{published}/order").content.decode()
    assert f'href="/notices/{published}"' in text
