"""The report of a run on paper and on a phone: nothing is wider than the page."""

from __future__ import annotations

from pathlib import Path

import pytest

import fireline.pipeline.report.parts as parts

PAPER_PX = 703
"""What an A4 page less the report's margins is wide, in CSS pixels."""

PHONE_PX = 360


def report() -> str:
    """The report's style on its widest kinds of table: ten weeks, a rule's long id, a reason of two lines."""
    weeks = ["group", *(f"2021-12-{d:02d}" for d in range(10, 22)), "unknown", "all"]
    heads = ["level", "day", "area", "stream", "observed", "expected", "limit", "why"]
    why = parts.element(
        "span",
        "Cases (COVID-19) in KR-20170: 5 on 2020-05-31; about 0 expected by EARS C2. " * 3,
        class_="why",
    )
    ident = parts.element(
        "span", "ex-county/threshold/event_report/collective_unit/L01237:EX-C0001", class_="id"
    )
    day = parts.element("span", "2026-04-09", class_="day")
    body = (
        parts.table(weeks, [["unknown", *["12,345"] * 14]], caption="weeks", numeric=tuple(range(1, 15))),
        parts.table(
            heads,
            [["high", day, "云泽县（演练） Yunze County", "cases", "10", "–", "10.0", why]],
            caption="alarms",
            numeric=(4, 5, 6),
        ),
        parts.table(
            ["due", "what", "about", "unit", "role"],
            [[day, "take the sample", ident, "Zhuguan Street", "grid"]],
            caption="tasks",
        ),
    )
    css = (Path(parts.__file__).parent / "report.css").read_text("utf-8")
    section = parts.section("a", "Signals", *body)
    return f'<!doctype html><html lang="en"><style>{css}</style><body><div class="page"><main>{section}</main></div>'


@pytest.mark.parametrize(("media", "width"), [("print", PAPER_PX), ("screen", PHONE_PX)])
def test_nothing_of_the_report_is_wider_than_its_page(browser, media, width):
    page = browser.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media=media)
    page.set_content(report())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.querySelectorAll('table').length") == 3
    if media == "print":  # paper cannot be scrolled sideways
        right = page.evaluate(
            "Math.max(...[...document.querySelectorAll('td, th')].map(c => c.getBoundingClientRect().right))"
        )
        assert right <= width
    page.close()
