"""The phone page at 360 px without script, by keyboard and in large type; the stream calendar at three widths."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.browser.test_browser_pages import barriers
from tests.factories import people
from tests.factories import reporting as r

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TARGETS = """(least) => [...document.querySelectorAll('a, button, input, select, summary')]
  .filter(e => e.type !== 'hidden' && !e.classList.contains('skip') && e.getClientRects().length)
  .map(e => [e.closest('label.tick') ?? e, e])
  .map(([box, e]) => [box.getBoundingClientRect(), e])
  .filter(([b]) => b.height < least - .5)
  .map(([b, e]) => `${e.tagName} ${e.id || e.name || e.textContent.trim()} ${b.height}`)"""
TYPE = """(least) => [...new Set([...document.querySelectorAll('.phone *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && !e.closest('.visually-hidden'))
  .filter(e => parseFloat(getComputedStyle(e).fontSize) < least)
  .map(e => `${e.tagName}.${e.className} ${getComputedStyle(e).fontSize}`))]"""
LINES = """() => [...document.querySelectorAll('.phone p, .phone li, .phone label, .phone dd')]
  .filter(e => parseFloat(getComputedStyle(e).lineHeight) < 1.3 * parseFloat(getComputedStyle(e).fontSize))
  .map(e => e.outerHTML.slice(0, 80))"""


def now():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def units(home):
    """A clinic with three streams and its reporter, a silent pharmacy, a school."""
    at = now()
    more = {"at": at, "contract": r.contract(expires=at.date() + timedelta(days=90)), "active_from": r.SINCE}
    r.unit(
        owes=("fever_clinic=daily@23:59", "ili_visits=daily@23:59,total", "rash_visits=daily@23:59"), **more
    )
    r.unit(r.PHARMACY, "pharmacy", r.TOWN_B, ("antipyretic_sales=daily@10:00+1",), **more)
    r.unit(r.SCHOOL, "school", r.TOWN_A, ("school_absence=weekdays@10:00,total",), **more)
    rita = r.reporter(password=people.PASSWORD)
    today = timezone.localdate(at)
    for n in range(1, 12):
        day = today - timedelta(days=n)
        if n not in (3, 7):
            r.send(rita, r.row(n % 5, day), r.row(2, day, "rash_visits"), at=at)
    return rita


def at_the_door(seen):
    """Sign in by name and password, as a reporter does every morning."""
    seen.page.goto(f"{seen.base}/sign-in")
    seen.page.fill("#username", "rita")
    seen.page.fill("#password", people.PASSWORD)
    seen.page.click("form:has(#password) button[type=submit]")
    seen.page.wait_for_selector(".phone")


@pytest.mark.parametrize("script", [True, False], ids=["script", "without"])
def test_a_mornings_report_on_a_phone(visit, units, script):
    seen = visit(width=360, script=script)
    at_the_door(seen)
    page = seen.page
    assert page.url.endswith("/report")
    page.click("main form button.button-primary")  # nothing was filled in
    page.wait_for_selector(".notice-danger")
    assert "有 3 处问题" in page.inner_text(".notice-danger")
    assert page.title().startswith("错误：")
    page.click(".notice-danger li a >> nth=1")
    assert page.url.endswith("#count-ili_visits")
    page.fill("#count-fever_clinic", "12")
    page.fill("#count-ili_visits", "3")
    page.fill("#total-ili_visits", "40")
    page.check("[name=none-rash_visits]")
    page.click("main form button.button-primary")
    page.wait_for_selector("h1:has-text('已收到')")
    receipt = page.inner_text("main")
    assert "发热门诊就诊" in receipt and "3 / 40" in receipt
    today = timezone.localdate()
    assert r.counts()["rash_visits", r.TOWN_A, today] == (0.0, None)
    page.click("form[action$=undo] button")
    page.wait_for_selector("text=已撤销这次报数")
    assert ("fever_clinic", r.TOWN_A, today) not in r.counts()
    if script:
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert seen.complaints == []


def test_a_fever_patient_by_keyboard_alone(visit, units):
    """From the tab to the number, with Tab, Space, arrows and Enter."""
    seen = visit(width=360)
    at_the_door(seen)
    page = seen.page
    seen.open("/report/fever")
    page.focus("#seen_clock")

    def reach(selector):
        for _ in range(60):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Tab")
            assert page.evaluate(
                "() => { const b = document.activeElement.getBoundingClientRect();"
                " return b.bottom > 0 && b.top < innerHeight; }"
            ), "the focus is hidden"
        raise AssertionError(selector)

    reach("[name=age_band]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    reach("[name=sex]")
    page.keyboard.press("Space")
    reach("#temperature")
    page.keyboard.type("38.9")
    reach("[name=symptoms][value=rash]")
    page.keyboard.press("Space")
    reach("[name=sampled]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")  # no sample
    reach("main form button.button-primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('发热病人')")
    from fireline.store.models import FeverReport

    found = FeverReport.objects.get()
    assert (found.age_band, found.sex, found.temperature_c, found.symptoms) == (
        "5-14",
        "female",
        38.9,
        ["rash"],
    )
    assert found.number in page.inner_text("h1")
    assert seen.complaints == []


PAGES = ("/report", "/report/fever", "/report/fever/{fever}", "/report/receipt/{batch}", "/report/password")


@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.long)], ids=["light", "dark"])
@pytest.mark.parametrize("big", [False, True], ids=["normal", "large"])
def test_phone_pages_hold_no_barrier_and_keep_their_sizes(visit, units, big, dark):
    at = now()
    batch = r.send(units, r.row(4, timezone.localdate(at)), at=at).batch
    fever = r.fever(units, at=at, sampled_at=at)
    seen = visit(width=360, dark=dark)
    at_the_door(seen)
    if big:
        seen.page.click("button[name=size]")
        seen.page.wait_for_selector(".is-big")
    wrong = {}
    for path in PAGES:
        seen.open(path.format(batch=batch, fever=fever))
        found = [
            *barriers(seen.page),
            *seen.page.evaluate(TARGETS, 60 if big else 48),
            *seen.page.evaluate(TYPE, 18 if big else 14),
            *seen.page.evaluate(LINES),
        ]
        if seen.page.evaluate("document.documentElement.scrollWidth") > 360:
            found.append("wider than the screen")
        if found:
            wrong[path] = found
    assert wrong == {}
    seen.open("/report")
    seen.page.fill("#count-fever_clinic", "many")
    seen.page.click("main form button.button-primary")
    seen.page.wait_for_selector(".notice-danger")
    assert barriers(seen.page) == []
    assert seen.complaints == []


@pytest.mark.parametrize("width", [320, 360, 768])
def test_the_phone_page_fits_narrow_and_wide_screens(visit, units, width):
    seen = visit(width=width, language="en")
    at_the_door(seen)
    for path in ("/report", "/report/fever"):
        seen.open(path)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("width", [360, pytest.param(768, marks=pytest.mark.long), 1440])
def test_the_stream_calendar_and_the_fever_list_at_three_widths(visit, units, dora, width):
    from fireline.store.reporting import routine_dossier

    at = now()
    r.fever(
        units, at=at, sampled_at=at - timedelta(minutes=1), seen_at=at - timedelta(hours=7), flags=("travel",)
    )
    r.fever(units, at=at, symptoms=("cough", "rash"))
    where = routine_dossier().pk
    wrong = {}
    for dark in (False, True):
        seen = visit(width=width, dark=dark)
        seen.sign_in("dora")
        for path in (f"/o/{where}/streams", f"/o/{where}/fever"):
            seen.open(path)
            found = barriers(seen.page)
            if seen.page.evaluate("document.documentElement.scrollWidth") > width:
                found.append("wider than the screen")
            if found:
                wrong[path, dark] = found
        assert seen.complaints == []
    assert wrong == {}


def test_the_calendar_is_filtered_and_opened_by_keyboard(visit, units, dora):
    from fireline.store.reporting import routine_dossier

    seen = visit()
    seen.sign_in("dora")
    page = seen.page
    seen.open(f"/o/{routine_dossier().pk}/board")
    page.focus(f"nav a[href='/o/{routine_dossier().pk}/streams']")
    page.keyboard.press("Enter")
    page.wait_for_selector("table.calendar")
    assert page.locator("table.calendar tbody tr").count() == 5
    page.select_option("#kind", "pharmacy")
    page.focus(".toolbar button")
    page.keyboard.press("Enter")
    page.wait_for_selector("table.calendar tbody tr:only-child")
    assert r.PHARMACY in page.inner_text("table.calendar tbody")
    page.click("form[action$=refresh] button")
    page.wait_for_selector(".notice-good", timeout=60_000)
    assert page.url.endswith("/signals")
    assert seen.complaints == []
