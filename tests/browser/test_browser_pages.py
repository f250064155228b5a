"""Every page in both themes and three widths: no barrier, no broken policy, nothing wider than the screen."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PAGES = (
    "/o/{}/board",
    "/o/{}/cases",
    "/o/{}/cases/C0001",
    "/o/{}/contacts",
    "/o/{}/chain",
    "/o/{}/signals",
    "/o/{}/signals/S1",
    "/o/{}/zones",
    "/o/{}/tasks",
    "/o/{}/tasks/K-C0001",
    "/o/{}/chain?others=1",
    "/o/{}/worklists",
    "/o/{}/zones/rounds",
    "/o/{}/zones/kinds",
    "/o/{}/cases/C0001/public-text",
    "/o/{}/gaps",
    "/o/{}/import",
    "/o/{}/investigate",
    "/outbreaks",
    "/outbreaks/new",
    "/policy",
    "/account/password",
    "/no-such-page",
)


def barriers(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(v["id"], v["impact"], [n["html"][:120] for n in v["nodes"][:2]]) for v in found]


@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.long)], ids=["light", "dark"])
def test_pages_hold_no_barrier_and_break_no_policy(visit, outbreak, dark):
    seen = visit(dark=dark)
    seen.sign_in("dora")
    wrong = {}
    for path in PAGES:
        seen.open(path.format(outbreak))
        found = barriers(seen.page)
        if found:
            wrong[path] = found
    assert wrong == {}
    complaints = [c for c in seen.complaints if "404" not in c]
    assert complaints == []


@pytest.mark.parametrize("width", [360, pytest.param(768, marks=pytest.mark.long), 1440])
@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.long)], ids=["light", "dark"])
def test_pages_for_everybody_hold_no_barrier(visit, outbreak, dora, alice, library, width, dark):
    from tests.conftest import NOW

    from fireline.actions import zone_orders, zones

    zone = zones.propose(by=dora, at=NOW, outbreak=outbreak, library=library)
    zones.sign(by=alice, at=NOW, zone=zone, library=library)
    zone_orders.publish(by=alice, at=NOW, zone=zone, library=library)
    seen = visit(width=width, dark=dark)
    for path, status in (("/notices/", 200), (f"/notices/{zone}", 200), ("/notices/999", 404)):
        assert seen.page.goto(seen.base + path).status == status
        assert barriers(seen.page) == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.page.evaluate("document.scripts.length") == 0
        assert seen.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 20
    assert [c for c in seen.complaints if "404" not in c] == []


def test_the_door_holds_no_barrier(visit, outbreak):
    seen = visit()
    seen.open("/sign-in")
    assert barriers(seen.page) == []


@pytest.mark.parametrize("width", [360, pytest.param(768, marks=pytest.mark.long), 1440])
def test_nothing_is_wider_than_the_screen(visit, outbreak, width):
    seen = visit(width=width)
    seen.sign_in("dora")
    wide = {}
    for path in PAGES:
        seen.open(path.format(outbreak))
        found = seen.page.evaluate("document.documentElement.scrollWidth")
        if found > width:
            wide[path] = found
    assert wide == {}


def test_maps_draw_without_any_other_host(visit, outbreak):
    seen = visit()
    asked = []
    seen.page.on("request", lambda request: asked.append(request.url))
    seen.sign_in("dora")
    seen.open(f"/o/{outbreak}/zones")
    seen.page.wait_for_selector("#zone-map[data-ready]", timeout=20_000)
    assert seen.page.get_attribute("#zone-map", "data-ready") == "map"
    assert all(url.startswith((seen.base, "blob:", "data:")) for url in asked)
    assert seen.complaints == []


@pytest.mark.parametrize("width", [360, pytest.param(768, marks=pytest.mark.long), 1440])
def test_a_ring_is_put_forward_and_a_round_planned_without_script(visit, outbreak, width):
    from fireline.store.models import Outbreak, Zone

    Outbreak.objects.update(label_zh="", label_en="", is_exercise=False)
    zone = Zone.objects.filter(state="computed").latest("pk").pk
    checked = visit(width=width)
    checked.sign_in("dora")
    for path in (f"/o/{outbreak}/zones/{zone}/propose", f"/o/{outbreak}/zones/rounds"):
        checked.open(path)
        assert barriers(checked.page) == []
        assert checked.page.evaluate("document.documentElement.scrollWidth") <= width
    assert checked.complaints == []
    cookies = checked.page.context.cookies()
    plain = visit(width=width, script=False)
    plain.page.context.add_cookies(cookies)
    plain.page.goto(f"{plain.base}/o/{outbreak}/zones/{zone}/propose")
    plain.page.fill("#why_large", "楼栋相连")
    plain.page.fill("#name-0", "县医院")
    plain.page.fill("#unit_id-0", "U1")
    plain.page.fill("#measures-0", "闭环管理")
    plain.page.click("#propose-form button.button-primary")
    assert "县医院" in plain.page.inner_text("main") and "/order" in plain.page.url
    plain.page.goto(f"{plain.base}/o/{outbreak}/zones/rounds")
    plain.page.fill("#f-tubes", "0")
    plain.page.click("#round-form button.button-primary")
    assert "tubes=0" in plain.page.url and "缺采样管" in plain.page.inner_text("main")
