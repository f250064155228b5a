"""Reproduction number and trend beside the curve: said in both languages, marked where not reported, else silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from tests.factories.epidemics import renewal_epidemic
from tests.unit.contacts.contact_worlds import TZ, table

from fireline.pipeline.chapters import run_chapters
from fireline.pipeline.intake import Intake
from fireline.pipeline.report.page import render
from fireline.pipeline.report.parts import Tongue
from fireline.pipeline.report.renewal import MOST_DAYS, renewal
from fireline.pipeline.report.sections import Story
from fireline.pipeline.run import summarise
from fireline.policy import load_library
from fireline.records.model import Records

START = datetime(2026, 3, 2, 8, tzinfo=TZ)
COUNTS = renewal_epidemic(np.random.default_rng(2), r=[1.4] * 35, mean=5.2, sd=2.8, seeds=10)[0]


WAITS = np.random.default_rng(6).integers(0, 7, 20_000)


def world(counts=COUNTS, *, disease="covid-19"):
    cases = []
    for day, n in enumerate(counts):
        for _ in range(int(n)):
            k = len(cases)
            onset, told = (START + timedelta(days=day + wait) for wait in (0, int(WAITS[k])))
            cases.append(
                {
                    "case_id": f"C{k:05d}", "person_key": f"P{k:05d}", "disease": disease, "area_code": "CN-411624",
                    "onset": f"{onset:%Y-%m-%d}", "reported_at": f"{told:%Y-%m-%d} 09:00",
                    "classification": "confirmed",
                }
            )  # fmt: skip
    return Records({"cases": table("cases", cases)}, TZ, "CN-411624")


@pytest.fixture(scope="module")
def library():
    return load_library()


def story(records, library, code="en"):
    at = (START + timedelta(days=34, hours=10)).astimezone(UTC)
    results = run_chapters(records, library, area="CN-411624", at=at)
    intake = Intake(records, newest=at)
    summary = summarise(intake, results, folder=Path("feed"), is_at_given=True)
    return Story(intake, results, summary, Tongue(code, TZ))


@pytest.fixture(scope="module")
def stories(library):
    records = world()
    return {code: story(records, library, code) for code in ("zh", "en")}


def test_sentences_and_days_stand_beside_the_curve(stories):
    text = unescape(renewal(stories["en"]))
    assert "Reproduction number and trend" in text and "R about" in text and "Trend of the 14 days" in text
    assert "assumes a serial interval of 5.2 days" in text and "corrected for reports still to come" in text
    assert text.count('scope="row"') == MOST_DAYS
    assert text.index("2026-04-05") < text.index("2026-04-04")  # the newest first


def test_days_not_reported_in_full_are_marked(stories):
    text = unescape(renewal(stories["en"]))
    rows = text.split("<tr>")[2:]
    assert "<td>no</td>" in rows[0] and "<td>yes</td>" in rows[-1]


def test_chinese_is_whole(stories):
    text = unescape(renewal(stories["zh"]))
    for part in ("再生数与趋势", "有效再生数 R 约", "趋势：上升", "尚未报齐", "已报齐", "按发病日"):
        assert part in text
    assert "not all reported" not in text and "rising" not in text


def test_the_page_holds_it_once_in_each_language(stories):
    s = stories["en"]
    page = render(s.intake, s.results, s.summary)
    assert page.count("Reproduction number and trend") == 1 and page.count("再生数与趋势") == 1
    curve = page.index('id="en-curve"')
    assert curve < page.index("Reproduction number and trend") < page.index('id="en-chain"')


def test_the_tables_are_written(stories):
    tables = stories["en"].results.tables()
    assert tables["rt"].height > 10 and tables["nowcast"].height == 6
    assert stories["en"].summary["tables"]["rt"] == tables["rt"].height


def test_few_cases_say_nothing(library):
    assert renewal(story(world([1, 0, 2, 0, 1]), library)) == ""


def test_a_disease_without_an_interval_shows_the_trend_and_says_why_no_r(library):
    s = story(world(disease="measles"), library)
    text = unescape(renewal(s))
    assert "Trend of the 14 days" in text and "R about" not in text
    assert any("no reproduction number is computed" in n.en for n in s.results.notes)


def test_the_same_twice(library):
    one, two = (story(world(), library) for _ in range(2))
    assert renewal(one) == renewal(two)
