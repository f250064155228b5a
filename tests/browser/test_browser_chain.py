"""The chain page in the browser: no barriers, arrows along the tree, filters and folds, at three widths."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from tests.browser.test_browser_pages import barriers

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

N = 400


@pytest.fixture
def long_chain(outbreak):
    """The outbreak with 400 more cases in one chain, every third a suspect, every tenth seen at one market."""
    from tests.unit.web.test_web_pictures import two_thousand

    from fireline.store.models import Case, ChainEdge, Outbreak, ResultTable, Stay

    area = Outbreak.objects.get(pk=outbreak).area_code
    nodes, edges = two_thousand(r=1.4, k=0.4, seed=4, n=N)
    for row in [*nodes, *edges]:  # C0001 and others are in the small outbreak already
        row |= {
            c: v.replace("C", "K") for c, v in row.items() if isinstance(v, str) and c != "classification"
        }
    moment = datetime.combine(date(2026, 1, 1), time(4), UTC)
    Case.objects.bulk_create(
        Case(
            outbreak_id=outbreak, case_id=n["case_id"], person_key=f"P{n['case_id']}", area_code=area, component=77,
            generation=0, chain_row=0, chain_day=n["chain_day"], chain_basis="reported" if i % 9 == 0 else "onset",
            chain_parent=n["chain_parent"], classification="suspected" if i % 3 == 0 else "confirmed",
            origin="imported" if i % 50 == 0 else "",
        )
        for i, n in enumerate(nodes)
    )  # fmt: skip
    ChainEdge.objects.bulk_create(
        [
            ChainEdge(outbreak_id=outbreak, from_case=e["from_case"], to_case=e["to_case"], kind="infected_by",
                      directed=True, serial_days=4.0, flag="")
            for e in edges
        ]
        + [
            ChainEdge(outbreak_id=outbreak, from_case=f"K{i:04}", to_case=f"K{i + 5:04}", kind="possible",
                      directed=True, share=0.2)
            for i in range(0, N - 5, 9)
        ]
    )  # fmt: skip
    Stay.objects.bulk_create(
        Stay(outbreak_id=outbreak, case_id=f"K{i:04}", person_key=f"PK{i:04}", place_id="M", place_name="南市场",
             enter=moment, precision="day")
        for i in range(0, N, 10)
    )  # fmt: skip
    ResultTable.objects.update_or_create(
        outbreak_id=outbreak, name="chain_figures",
        defaults={
            "columns": ["name", "value"], "n_rows": 18,
            "rows": [
                ["n_cases", "412"], ["offspring_n", "380"], ["offspring_n_infected", "390"], ["n_recent", "32"],
                ["offspring_r", "1.03"], ["offspring_r_low", "0.9"], ["offspring_r_high", "1.2"],
                ["offspring_k", "0.4"], ["offspring_k_low", "0.3"], ["offspring_k_high", "0.6"],
                ["n_serial", "390"], ["mean_serial_days", "4.1"], ["sd_serial_days", "2.2"], ["n_impossible", "3"],
                ["by_generation", "0:10 1:20 2:40"], ["n_unknown_likeliest", "30"], ["mean_unknown_share", "0.21"],
                ["n_likely", "300"], ["n_computed", "12"],
            ],
        },
    )  # fmt: skip
    return outbreak


def here(page):
    return page.evaluate("document.activeElement.dataset.case")


@pytest.mark.parametrize("width", [360, pytest.param(768, marks=pytest.mark.long), 1440])
def test_no_barriers_and_no_sideways_page_at_any_width(visit, long_chain, width):
    seen = visit(width=width, dark=width == 768)
    seen.sign_in("dora")
    for query in ("", "?others=1&fold=0", "?class=suspected", "?place=M"):
        seen.open(f"/o/{long_chain}/chain{query}")
        assert barriers(seen.page) == []
        assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert seen.complaints == []


def test_arrows_walk_along_the_tree_and_enter_opens(visit, long_chain):
    seen = visit()
    seen.sign_in("dora")
    page = seen.page
    seen.open(f"/o/{long_chain}/chain?fold=0")
    assert page.locator("[data-chain] a[tabindex='0']").count() == 1
    parent = page.evaluate("document.querySelector('[data-chain] a[data-parent^=K]').dataset.parent")
    page.focus(f"[data-chain] a[data-case='{parent}']")
    page.keyboard.press("ArrowRight")
    child = here(page)
    assert page.get_attribute(f"a[data-case='{child}']", "data-parent") == parent
    page.keyboard.press("ArrowLeft")
    assert here(page) == parent
    page.keyboard.press("Home")
    first = here(page)
    page.keyboard.press("End")
    assert here(page) != first
    assert page.locator("[data-chain] a[tabindex='0']").count() == 1
    siblings = page.evaluate(
        """() => { const by = {}; document.querySelectorAll('[data-chain] a[data-case]').forEach((a) =>
        (by[a.dataset.parent] ??= []).push(a.dataset.case));
        return Object.entries(by).find(([up, all]) => up && all.length > 1)[1]; }"""
    )
    page.focus(f"[data-chain] a[data-case='{siblings[0]}']")
    page.keyboard.press("ArrowDown")
    assert here(page) == siblings[1]
    page.keyboard.press("ArrowUp")
    assert here(page) == siblings[0]
    page.keyboard.press("Enter")
    page.wait_for_selector(f"h1:has-text('{siblings[0]}')")


def test_filters_folds_and_words(visit, long_chain):
    seen = visit(language="en-GB")
    seen.sign_in("dora")
    page = seen.page
    seen.open(f"/o/{long_chain}/chain")
    assert page.get_attribute("html", "lang") == "en"
    assert "R = 1.03" in page.inner_text("main") and "unknown source" in page.inner_text("main")
    n_folded = page.locator("[data-chain] a[data-case]").count()
    assert page.locator("[data-chain] a[data-case^=fold]").count() > 3, "400 cases are folded unasked"
    page.click("text=Unfold everything")
    page.wait_for_selector("text=Fold childless siblings")
    assert page.locator("[data-chain] a[data-case]").count() == N > n_folded
    page.select_option("#class", "suspected")
    page.wait_for_selector("text=cases match")
    names = page.eval_on_selector_all("[data-chain] a[data-case]", "all => all.map((a) => a.ariaLabel)")
    assert any("not in the filter" in n for n in names)
    assert all("suspected" in n or "not in the filter" in n for n in names if "more cases" not in n)
    page.select_option("#place", "M")
    page.wait_for_url("**place=M**")
    assert "14 cases match" in page.inner_text("main"), "every third of the forty at the market"
