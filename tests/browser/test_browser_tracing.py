"""Tracing in the browser: evidence, search, classes and places, secondary, narrative, worklist opened once."""

from __future__ import annotations

import pytest
from tests.browser.test_browser_pages import barriers
from tests.conftest import NOW
from tests.factories import people
from tests.integration.actions.test_actions_tracing import CASE, STRANGER, load

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

TEXT = "6月2日10:20-11:30到万达广场购物，12时许乘坐G1234次列车前往郑州。6月3日下午在某超市。天气很好。"


@pytest.fixture
def spark(dora, home):
    """Real people: nobody searched, and a colleague of the hospital."""
    people.actor("erin", "epidemiologist", people.COUNTY, "county-hospital")
    return load(dora, home)


def case(spark, part="contacts"):
    return f"/o/{spark}/cases/{CASE}#{part}"


def confirm_as(visit, spark, username):
    seen = visit()
    seen.sign_in(username)
    seen.open(case(spark))
    assert seen.page.locator("form[action$='/search']").count() == 0, "no search without evidence"
    seen.page.fill("#reason", "fever, rash")
    seen.page.click("form[action$='/confirm'] button")
    seen.page.wait_for_selector(".notice-good")
    assert seen.complaints == []


def test_from_evidence_to_contacts_to_the_second_ring(visit, spark):
    confirm_as(visit, spark, "erin")
    seen = visit()
    page = seen.page
    seen.sign_in("dora")
    seen.open(case(spark, "summary"))
    page.click("#summary form[action$='/search'] button")
    page.wait_for_selector(f"#contacts >> text={STRANGER}")
    page.click(f"#contacts tr:has-text('{STRANGER}') summary")
    assert "东市场" in page.inner_text("#contacts .why[open]")
    assert barriers(page) == []
    if page.locator("input[name=secondary]").count():
        page.click("form:has(input[name=secondary]) button")
        page.wait_for_selector("form:has(input[name=secondary])", state="detached")
    n = page.locator("#contacts .chip").count()
    assert n >= 2, "classes with their numbers"
    page.click("#contacts .chip >> nth=1")
    page.wait_for_url("**class=*")
    seen.open(f"/o/{spark}/cases/{CASE}?place=market#contacts")
    assert STRANGER in page.inner_text("#contacts")
    seen.open(case(spark, "trajectory"))
    assert page.locator("#trajectory .fl-met").count() >= 1, (
        "places with contacts are marked on the time line"
    )
    assert seen.complaints == []


@pytest.mark.parametrize(("width", "dark", "language"), [(360, True, "en-GB"), (1440, False, "zh-CN")])
def test_an_activity_text_becomes_stays_and_is_taken_back(visit, spark, width, dark, language):
    seen = visit(width=width, dark=dark, language=language)
    page = seen.page
    seen.sign_in("dora")
    seen.open(case(spark, "trajectory"))
    page.click("#trajectory details:has(#text) summary")
    page.fill("#text", TEXT)
    page.fill("#year", "2022")
    page.click("form[action$='/narrative'] button")
    page.wait_for_selector(".narrative-part")
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.check("input[name=do-1][value=refuse]")
    page.fill("#days-0", "2022-06-31")
    page.click("form:has(.narrative-part) button.button-primary")
    page.wait_for_selector("[role=alert]")
    assert page.is_checked("input[name=do-1][value=refuse]"), "decisions stay"
    page.fill("#days-0", "2022-06-01")
    page.click("form:has(.narrative-part) button.button-primary")
    page.wait_for_selector("[data-undo]")
    assert "万达广场" in page.inner_text("#trajectory")
    page.click("[data-undo] button")
    page.wait_for_selector(".notice-good")
    seen.open(case(spark, "trajectory"))
    assert "万达广场" not in page.inner_text("#trajectory")
    seen.open(f"/o/{spark}/cases/{CASE}/public-text")
    assert barriers(page) == [] and page.locator("[data-copy]").count() == 2
    assert seen.complaints == []


def test_a_worklist_is_made_and_opens_once(visit, spark):
    from fireline.store.models import Outbreak, Task, Worklist

    Task.objects.create(
        outbreak_id=Outbreak.objects.get(pk=spark).pk, task_id="K-CALL", kind="prophylaxis", subject_kind="person",
        subject_id=STRANGER, what_zh="接种", what_en="vaccinate", due_at=NOW.replace(hour=23), precision="minute",
        is_open=True, case_id=CASE, area_code=people.COUNTY,
    )  # fmt: skip
    seen = visit()
    page = seen.page
    seen.sign_in("dora")
    seen.open(f"/o/{spark}/worklists?case={CASE}")
    page.select_option("#kind", "prophylaxis")
    page.click("main button.button-primary")
    page.wait_for_url("**/worklists/*")
    assert barriers(page) == [] and CASE not in page.inner_text("main")
    page.click("main button.button-primary")
    page.wait_for_selector(".notice-warning")
    assert barriers(page) == [] and Worklist.objects.get().opened_by == "dora"
    seen.open(page.url.removeprefix(seen.base))
    assert page.locator("main form").count() == 0
    assert seen.complaints == []
