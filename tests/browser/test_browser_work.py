"""A day's work in the real page: sign in, import a file, open a case, see contacts; the grid by keyboard."""

from __future__ import annotations

from math import comb

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

FILE = (
    "case_id,person_key,disease,onset,classification,area_code\n"
    "N1,p1,covid-19,2022-06-10,confirmed,CN-411624101\nN2,p2,covid-19,not-a-date,confirmed,CN-411624101\n"
)


def test_sign_in_import_open_a_case_see_contacts(visit, outbreak, tmp_path):
    seen = visit()
    seen.sign_in("dora")
    page = seen.page
    page.wait_for_selector("h1")
    assert "#code" not in page.url
    page.click(f"nav a[href='/o/{outbreak}/import']")
    file = tmp_path / "cases.csv"
    file.write_text(FILE)
    page.set_input_files("#file", str(file))
    page.click("main button.button-primary")
    page.wait_for_selector("text=尚未保存")
    assert "onset" in page.inner_text("main")
    page.click("main button.button-primary")
    page.wait_for_selector("text=已保存 2 条记录", timeout=120_000)
    seen.open(f"/o/{outbreak}/cases?q=N1")
    page.click("tbody a:has-text('N1')")
    page.wait_for_selector("h1:has-text('N1')")
    seen.open(f"/o/{outbreak}/cases/C0001#contacts")
    page.wait_for_selector("#contacts:not([hidden])")
    assert page.is_hidden("#summary")
    assert seen.complaints == []


HEAD = "编号\t姓名\t年龄\t性别\t班级\t发病时间\t呕吐\t腹泻\t食堂凉拌鸡丝\t牛奶"


def nurses_list():
    """23 ill and 40 well children; the answers by hand:

    chicken: 20 of 23 ill and 10 of 39 well ate it, one well child does not know; milk: 12 of 23 and 20 of 40.
    """
    rows = []
    for i in range(23):
        ate, drank = "是" if i < 20 else "否", "是" if i < 12 else "否"
        onset = f"2026-06-12 {13 + i // 6}:{10 * (i % 6):02d}"
        rows.append(f"{i + 1}\t病{i}\t8\t男\t二(1)班\t{onset}\t是\t{'是' if i % 2 else '否'}\t{ate}\t{drank}")
    for i in range(40):
        ate, drank = "是" if i < 10 else "否" if i < 39 else "不详", "是" if i < 20 else "否"
        rows.append(f"{i + 24}\t健{i}\t8\t女\t二(2)班\t\t否\t否\t{ate}\t{drank}")
    return "\n".join([HEAD, *rows])


def expected_exposed_ill(odds_ratio):
    """Mean of the cell of the exposed ill, given the margins 23 ill, 39 well, 30 exposed and an odds ratio."""
    weights = {x: comb(23, x) * comb(39, 30 - x) * odds_ratio**x for x in range(24)}
    return sum(x * w for x, w in weights.items()) / sum(weights.values())


def test_the_nurses_call_from_the_board_to_a_saved_report(visit, outbreak):
    """Six presses and one paste: new, check, save, definition, report, save."""
    seen = visit()
    seen.sign_in("dora")
    page = seen.page
    seen.open(f"/o/{outbreak}/board")
    page.click(".page-head a[href='/outbreaks/new']")
    page.fill("#text", nurses_list())
    page.click("form button.button-primary")
    page.wait_for_selector("text=尚未保存")
    page.click("main button.button-primary")
    page.wait_for_selector("#definition:not([hidden])", timeout=60_000)
    assert page.input_value("#symptoms") == "呕吐、腹泻"
    page.click("#definition button.button-primary")
    page.wait_for_selector("#curve:not([hidden])", timeout=60_000)
    assert "共23例" in page.inner_html("#curve svg desc")
    page.click("[role=tab][href='#attack']")
    tables = {
        box.query_selector("h3").inner_text(): [
            cell.inner_text() for cell in box.query_selector_all("tbody td")
        ]
        for box in page.query_selector_all("#attack .columns > div")
    }
    assert tables["食堂凉拌鸡丝"] == ["20", "10", "67%", "3", "29", "9%", "0", "1", "–"]
    assert tables["牛奶"] == ["12", "20", "38%", "11", "20", "35%", "0", "0", "–"]
    line = page.locator("#attack tbody tr", has_text="食堂凉拌鸡丝").first.inner_text()
    assert f"{(20 / 30) / (3 / 32):.2f} (" in line
    shown = float(line.split("\t")[5].split(" ")[0])
    assert expected_exposed_ill(shown) == pytest.approx(20, abs=0.01)  # the exact (conditional) odds ratio
    page.click("[role=tab][href='#report']")
    assert "23" in page.inner_text("#report-text")
    page.click("#report button.button-primary")
    page.wait_for_selector(".notice-good")
    assert seen.complaints == []


def test_a_task_has_a_page_of_its_own(visit, outbreak):
    seen = visit()
    seen.sign_in("dora")
    page = seen.page
    seen.open(f"/o/{outbreak}/tasks")
    page.click("tbody td:nth-child(3) a >> nth=0")
    page.wait_for_selector(".case-head h1")
    page.click("button[value=accept]")
    page.wait_for_selector(".history >> text=dora")
    page.fill("#note", "已电话核实")
    page.click("button[value=close]")
    page.wait_for_selector(".notice-good")
    assert seen.complaints == []


def test_the_grid_by_keyboard(visit, outbreak):
    from fireline.store.models import Case

    seen = visit()
    seen.sign_in("dora")
    page = seen.page
    seen.open(f"/o/{outbreak}/cases?sort=case_id")
    page.wait_for_selector("[data-grid][data-ready]")
    table = page.locator("table[role=grid]")
    assert table.get_attribute("aria-rowcount") == "13"
    page.focus("tbody [tabindex='0']")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.col") == "classification"
    page.keyboard.press("F2")
    page.select_option("tbody select", "probable")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=已保存 1 处修改")
    assert Case.objects.get(case_id="C0001").classification == "probable"
    page.keyboard.press("Control+z")
    page.wait_for_selector("tr[data-index='1'] .mark-confirmed")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    assert seen.complaints == []


def test_two_people_at_one_cell(visit, outbreak):
    from fireline.store.models import Case

    seen = visit()
    seen.sign_in("dora")
    page = seen.page
    seen.open(f"/o/{outbreak}/cases?sort=case_id")
    page.wait_for_selector("[data-grid][data-ready]")
    Case.objects.filter(case_id="C0001").update(classification="suspected")
    page.click("tr[data-index='1'] td[data-col=classification]")
    page.keyboard.press("F2")
    page.select_option("tbody select", "probable")
    page.keyboard.press("Enter")
    bar = page.wait_for_selector(".conflict")
    assert "疑似" in bar.inner_text()
    assert Case.objects.get(case_id="C0001").classification == "suspected"
    page.click(".conflict button:first-of-type")
    page.wait_for_selector("text=已保存 1 处修改")
    assert Case.objects.get(case_id="C0001").classification == "probable"


def test_tabs_and_chain_by_keyboard(visit, outbreak):
    seen = visit()
    seen.sign_in("dora")
    page = seen.page
    seen.open(f"/o/{outbreak}/cases/C0001")
    page.focus("[role=tab][aria-selected=true]")
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#trajectory") and page.is_hidden("#summary")
    seen.open(f"/o/{outbreak}/chain")
    page.focus("[data-chain] a[tabindex='0']")
    first = page.evaluate("document.activeElement.dataset.case")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.case") != first
    page.keyboard.press("Enter")
    page.wait_for_selector(".case-head")


def test_pages_work_without_script(visit, outbreak):
    from django.utils import timezone

    from fireline.actions import accounts
    from fireline.store.actor import COMMAND_LINE

    seen = visit(script=False)
    page = seen.page
    code = accounts.issue_one_time_code(by=COMMAND_LINE, at=timezone.now(), username="dora")
    page.goto(seen.base + "/sign-in")
    page.click("details.code-way summary")
    page.fill("#code", code)
    page.press("#code", "Enter")
    page.wait_for_selector(".shell")
    page.goto(f"{seen.base}/o/{outbreak}/cases?sort=case_id")
    assert page.locator("tbody tr").count() == 12
    page.click("tbody a:has-text('C0003')")
    for part in ("#summary", "#trajectory", "#contacts", "#chain", "#history"):
        assert page.is_visible(part)


def test_language_and_theme_by_keyboard(visit, outbreak):
    seen = visit()
    seen.sign_in("dora")
    page = seen.page
    page.focus("button[name=language]")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[lang=en]")
    page.focus("button[name=theme]")
    page.keyboard.press("Enter")
    page.wait_for_selector("html[data-theme=light]")
    page.focus(".tools details summary")
    page.keyboard.press("Enter")
    assert page.is_visible("text=Sign out")
    page.keyboard.press("Escape")
    assert page.is_hidden("text=Sign out")
