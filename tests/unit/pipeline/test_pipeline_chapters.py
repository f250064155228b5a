"""Choosing the disease of a run, leaving other diseases out, and the report of a tiny outbreak."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from fireline.errors import PolicyError
from fireline.pipeline.chapters import CHAPTERS, main_disease, only_disease, run_chapters
from fireline.pipeline.intake import Intake
from fireline.pipeline.report.page import SECTIONS, render
from fireline.pipeline.run import rules_used, summarise
from fireline.policy import load_library
from fireline.records.model import FileSum, Records, empty, schema

TZ = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 4, 12, 12, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script>'


def table(name: str, rows: list[dict]) -> pl.DataFrame:
    shape = schema(name)
    return pl.DataFrame([{c: row.get(c) for c in shape} for row in rows], schema=shape)


def case(k: int, disease: str, **more) -> dict:
    onset = datetime(2026, 4, k + 1, 1, tzinfo=UTC)
    return {
        "case_id": f"C{k}",
        "person_key": f"P{k}",
        "disease": disease,
        "classification": "confirmed",
        "onset": onset,
        "onset_precision": "minute",
        "reported_at": onset,
        "reported_at_precision": "minute",
        **more,
    }


def records(cases: list[dict], **tables) -> Records:
    found = {"cases": table("cases", cases)} if cases else {}
    return Records(
        {**found, **tables}, TZ, "EX-0101", sums=(FileSum("cases.csv", len(cases), len(cases), 0, 0),)
    )


@pytest.fixture(scope="module")
def library():
    return load_library()


@pytest.fixture(scope="module")
def small(library):
    links = table(
        "links",
        [
            {"from_case": "C0", "to_person": "P1", "kind": "infected_by", "directed": True},
            {"from_case": "C0", "to_person": "P9", "kind": "contact", "directed": False},
        ],
    )
    areas = table("areas", [{"area_code": "EX-010101", "level": "township", "name": HOSTILE}])
    cases = [case(0, "exercise-x", area_code="EX-010101"), case(1, "exercise-x", area_code="EX-010101")]
    return run_chapters(records(cases, links=links, areas=areas), library, area="", at=AT)


def test_disease_with_most_cases_wins_and_ties_go_by_name():
    assert main_disease(records([case(0, "measles"), case(1, "measles"), case(2, "cholera")])) == "measles"
    assert main_disease(records([case(0, "measles"), case(1, "cholera")])) == "cholera"
    assert main_disease(records([])) == "unknown"


def test_discarded_cases_do_not_choose_the_disease():
    cases = [case(k, "measles", classification="discarded") for k in range(3)] + [case(3, "cholera")]
    assert main_disease(records(cases)) == "cholera"


def test_other_diseases_leave_with_their_links_and_contacts():
    links = table("links", [{"from_case": f"C{k}", "to_person": "PX", "kind": "contact"} for k in (0, 1)])
    contacts = table("contacts", [{"case_id": f"C{k}", "person_key": "PX"} for k in (0, 1)])
    both = records([case(0, "measles"), case(1, "cholera")], links=links, contacts=contacts)
    ours, notes = only_disease(both, "measles")
    assert ours.table("cases")["case_id"].to_list() == ["C0"]
    assert ours.table("links")["from_case"].to_list() == ["C0"]
    assert ours.table("contacts")["case_id"].to_list() == ["C0"]
    assert "1 cases of other diseases" in notes[0].en
    assert both.table("cases").height == 2


def test_nothing_is_left_out_when_all_have_the_disease():
    both = records([case(0, "measles")])
    ours, notes = only_disease(both, "measles")
    assert ours is both
    assert notes == ()


def test_progress_names_every_chapter_in_order(library):
    seen = []
    run_chapters(
        records([]), library, area="WHO", at=AT, progress=lambda what, k, n: seen.append((k, n, what.en))
    )
    assert [name for _, _, name in seen] == [words.en for _, words in CHAPTERS]
    assert [k for k, _, _ in seen] == list(range(len(CHAPTERS)))


def test_area_falls_back_to_the_records_then_to_who(library, small):
    assert small.area == "EX-0101"
    nowhere = Records({}, TZ, "")
    assert run_chapters(nowhere, library, area="", at=AT).area == "WHO"


def test_area_that_cannot_be_read_is_said(library):
    with pytest.raises(PolicyError, match="area"):
        run_chapters(records([]), library, area="??", at=AT)


def test_every_table_has_a_name_of_its_own_and_every_chapter_its_time(small):
    tables = small.tables()
    assert list(tables) == sorted(tables)
    assert {"line_list", "contacts", "zones", "tasks", "gap_checks", "curve"} <= set(tables)
    assert set(small.seconds) == {name for name, _ in CHAPTERS}


def test_rules_used_are_those_rows_and_answers_name(small):
    used = rules_used(small)
    assert "ex-county/contact.class/close/EX" in [u["id"] for u in used]
    assert [u["id"] for u in used] == sorted(u["id"] for u in used)
    assert all(u["edition"] and u["source"] for u in used)
    assert {u["kind"] for u in used} == {"exercise"}


def test_no_rule_no_power(library):
    """A disease without any rule: contacts stay unclassified, no zone and no task that orders."""
    links = table("links", [{"from_case": "C0", "to_person": "P9", "kind": "contact", "directed": False}])
    found = run_chapters(records([case(0, "made-up-fever")], links=links), library, area="KR", at=AT)
    assert set(found.contacts.found["class"].to_list()) <= {"unclassified"}
    assert found.zones.levels.height == 0
    assert not found.tasks.table["may_order"].any()


class Reader(HTMLParser):
    """Collects ids, link targets and external addresses, and checks that elements close."""

    VOID = frozenset({"meta", "input", "br", "path", "rect", "circle", "line"})

    def __init__(self):
        super().__init__()
        self.ids, self.targets, self.external, self.open, self.text = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a" and found.get("href", "").startswith("#"):
            self.targets.append(found["href"][1:])
        self.external += [v for k, v in attrs if k in ("src", "href") and v and not v.startswith("#")]
        assert tag != "script"

    def handle_startendtag(self, tag, attrs):
        if "id" in dict(attrs):
            self.ids.append(dict(attrs)["id"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def page(small):
    from pathlib import Path

    intake = Intake(small.records, title=("标题" + HOSTILE, "Title" + HOSTILE), newest=AT)
    summary = summarise(intake, small, folder=Path("x"), is_at_given=False)
    return render(intake, small, summary)


def test_report_is_well_formed_self_contained_and_its_links_lead_somewhere(page):
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert set(reader.targets) <= set(reader.ids)
    assert reader.external == []
    assert not re.search(r"url\((?!#)", page)
    assert "default-src 'none'" in page


def test_report_has_every_section_in_both_languages(page):
    for anchor, zh, en, _ in SECTIONS:
        if anchor in ("arrivals", "places", "risk", "other-zones"):  # these data hold none
            assert f'id="zh-{anchor}"' not in page
            continue
        assert f'id="zh-{anchor}"' in page
        assert f'id="en-{anchor}"' in page
        assert f"<h2>{zh}</h2>" in page
        assert f"<h2>{en}</h2>" in page


def test_values_of_the_input_never_become_markup(page):
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


def test_exercise_is_labelled(page, small):
    zh, en = small.rules.pack_label
    assert page.count('class="label"') == 2
    assert zh in page
    assert en in page


def test_report_is_the_same_for_the_same_results(page, small):
    from pathlib import Path

    intake = Intake(small.records, title=("标题" + HOSTILE, "Title" + HOSTILE), newest=AT)
    assert render(intake, small, summarise(intake, small, folder=Path("x"), is_at_given=False)) == page


def test_empty_input_still_gives_a_report(library):
    from pathlib import Path

    found = run_chapters(Records({"cases": empty("cases")}, TZ, ""), library, area="", at=AT)
    intake = Intake(found.records)
    page = render(intake, found, summarise(intake, found, folder=Path("x"), is_at_given=True))
    assert "数据没有病例" in page
    assert "The data hold no cases" in page


def test_tasks_take_the_arrivals_of_their_chapter(small, monkeypatch):
    """What is owed on landing is computed once a run, and the tasks are those of a run of their own."""
    import importlib

    tasks_module = importlib.import_module("fireline.tasks.owed")

    def never(*_args, **_more):
        raise AssertionError("arrivals were computed a second time")

    alone = tasks_module.owed(
        small.records,
        small.contacts,
        small.zones,
        small.signals,
        small.rules,
        at=small.at,
    )
    assert alone.table.equals(small.tasks.table)
    monkeypatch.setattr(tasks_module, "arrivals_owed", never)
    given = tasks_module.owed(
        small.records,
        small.contacts,
        small.zones,
        small.signals,
        small.rules,
        at=small.at,
        arrivals=small.arrivals,
    )
    assert given.table.equals(alone.table)
