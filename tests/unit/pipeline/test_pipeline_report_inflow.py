"""Arrivals and places in the report: what is owed and by whom it was not met, limits passed, honest silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from fireline.pipeline.chapters import run_chapters
from fireline.pipeline.intake import Intake
from fireline.pipeline.report.ground import place_map
from fireline.pipeline.report.inflow import DUTIES, KINDS, POCKETS, arrivals, places, unaccepted
from fireline.pipeline.report.page import SECTIONS, render
from fireline.pipeline.report.parts import Tongue
from fireline.pipeline.report.sections import Story, missing
from fireline.pipeline.report.sections import summary as summary_section
from fireline.pipeline.run import summarise
from fireline.policy import load_library
from fireline.records.model import Records, schema

TZ = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 4, 12, 12, tzinfo=UTC)


def table(name: str, rows: list[dict]) -> pl.DataFrame:
    shape = schema(name)
    return pl.DataFrame([{c: row.get(c) for c in shape} for row in rows], schema=shape)


def instant(column: str, at: datetime | None, precision: str = "minute") -> dict:
    return {column: at, f"{column}_precision": precision if at else None}


def arrival(k: int, hours_ago: float, *, accepted: float | None = None, precision="minute", **more) -> dict:
    came = AT - timedelta(hours=hours_ago)
    inside = None if accepted is None else came + timedelta(hours=accepted)
    return {
        "arrival_id": f"A{k}",
        "person_key": f"P{k}",
        "pocket": "flight",
        "origin_area": "EX-0901",
        "destination_area": "EX-010101",
        **instant("arrives_at", came, precision),
        **instant("accepted_at", inside),
        **more,
    }


def visit(k: int, place: str, hour: int) -> dict:
    start = datetime(2026, 4, 10, hour, tzinfo=UTC)
    return {
        "person_key": f"P{k}",
        "place_id": place,
        **instant("enter", start),
        **instant("leave", start + timedelta(minutes=40)),
    }


def case(k: int) -> dict:
    day = datetime(2026, 4, 9, 1, tzinfo=UTC)
    return {
        "case_id": f"C{k}",
        "person_key": f"P{k}",
        "disease": "exercise-x",
        "classification": "confirmed",
        **instant("onset", day),
        **instant("reported_at", day),
    }


@pytest.fixture(scope="module")
def library():
    return load_library()


@pytest.fixture(scope="module")
def story_of(library):
    def build(code: str = "en", **tables) -> Story:
        tables.setdefault("cases", [case(0)])
        records = Records({n: table(n, rows) for n, rows in tables.items()}, TZ, "EX-0101")
        results = run_chapters(records, library, area="", at=AT)
        intake = Intake(records, newest=AT)
        summary = summarise(intake, results, folder=Path("x"), is_at_given=False)
        return Story(intake, results, summary, Tongue(code, TZ))

    return build


def page_of(story: Story) -> str:
    return render(story.intake, story.results, story.summary)


CAME = [
    arrival(1, 30, accepted=1),
    arrival(2, 30, accepted=1, pocket="land_port"),
    arrival(3, 30),
    arrival(4, 100),
    arrival(5, 1),
]


def test_who_is_not_accepted_stands_in_order_of_the_deadline(story_of):
    story = story_of(arrivals=CAME)
    waiting = unaccepted(story)
    assert waiting["subject_id"].to_list() == ["A4", "A3", "A5"]
    text = arrivals(story)
    assert "3 not accepted, the earliest 3" in text
    assert "A1</span>" not in text
    assert "28 h late" in text  # due two hours after it came, thirty hours ago
    assert "4 day(s) late" in text
    assert "not due yet" in text
    assert text.count('class="late"') == 2


def test_an_acceptance_later_than_the_run_is_none(story_of):
    story = story_of(arrivals=[*CAME[:2], arrival(6, 10, accepted=20)])
    assert unaccepted(story)["subject_id"].to_list() == ["A6"]


def test_a_source_without_acceptances_accuses_nobody(story_of):
    story = story_of(arrivals=[arrival(1, 30), arrival(2, 50)])
    assert unaccepted(story) is None
    text = arrivals(story)
    assert "cannot be told" in text
    assert "late" not in text


def test_everybody_accepted_is_said(story_of):
    assert "Everybody who had to be accepted was." in arrivals(story_of(arrivals=CAME[:2]))
    assert "应接收的都已接收" in arrivals(story_of("zh", arrivals=CAME[:2]))


def test_a_day_is_never_told_as_hours(story_of):
    came = AT - timedelta(hours=20)
    day = {"arrives_at": came.replace(hour=16), "arrives_at_precision": "day"}
    rows = [arrival(1, 30, accepted=1), {**arrival(2, 20), **day}]
    text = arrivals(story_of(arrivals=rows))
    assert " h late" not in text
    assert "16:00" not in text


def test_ways_in_add_up_to_the_rows(story_of):
    story = story_of(arrivals=CAME)
    found = story.results.arrivals.importation
    assert found["n_arrivals"].sum() == len(CAME)
    text = arrivals(story)
    for _, en in POCKETS.values():
        assert en in text
    assert "5 arrivals and 0 lots of goods" in summary_section(story)


def test_every_duty_and_pocket_has_both_names(story_of):
    story = story_of(arrivals=CAME)
    assert set(story.results.arrivals.owed["duty"].to_list()) <= set(DUTIES)
    assert set(story.results.arrivals.importation["pocket"].to_list()) == set(POCKETS)
    assert all(zh and en and zh != en for names in (DUTIES, POCKETS, KINDS) for zh, en in names.values())


def test_goods_alone_need_no_acceptance(story_of):
    lots = [
        {
            "lot_id": "L1",
            "product": "frozen_fish",
            "origin": "EX-0901",
            "store_id": "S",
            **instant("arrives_at", AT - timedelta(days=2)),
        }
    ]
    text = arrivals(story_of(lots=lots))
    assert "declaration of goods" in text
    assert "cannot be told" not in text


def test_neither_arrivals_nor_visits_leave_no_empty_section(story_of):
    story = story_of()
    assert arrivals(story) == ""
    assert places(story) == ""
    page = page_of(story)
    assert "#en-arrivals" not in page
    assert "#zh-places" not in page
    for anchor, _, _, _ in SECTIONS:
        assert (f'id="en-{anchor}"' in page) is (anchor not in ("arrivals", "places", "risk", "other-zones"))


def test_places_of_cases_and_limits(story_of):
    visits = [visit(k, "bar", 2) for k in range(4)] + [visit(0, "shop", 5)]
    known = [
        {"place_id": "bar", "name": "Blue Bar", "kind": "bar", "capacity": 6},
        {"place_id": "shop", "name": None, "kind": "shop", "capacity": 9},
    ]
    story = story_of(visits=visits, places=known)
    text = places(story)
    assert "Blue Bar" in text
    assert "1 places over their limit, 1 shown" in text  # the exercise allows half of six
    assert "Cases were at 2 public places" in text
    assert ">rule</td>" in text
    assert "1 places passed their limit" in summary_section(story)
    assert "病例去过 2 处公共场所" in places(story_of("zh", visits=visits, places=known))


def test_own_capacity_is_advice_only(story_of):
    known = [{"place_id": "shop", "name": "Shop", "kind": "shop", "capacity": 2}]
    text = places(story_of(visits=[visit(k, "shop", 5) for k in range(3)], places=known))
    assert "own capacity, advice only" in text


def test_dates_only_are_not_computable_but_places_are_named(story_of):
    day = datetime(2026, 4, 9, 16, tzinfo=UTC)
    stays = [{"person_key": "P0", "place_id": "bar", **instant("enter", day, "day")}]
    text = places(story_of(visits=stays))
    assert "crowding is not computable" in text
    assert "Cases were at 1 public places" in text


def test_the_summary_claims_nothing_on_crowding_without_hours(story_of):
    day = datetime(2026, 4, 9, 16, tzinfo=UTC)
    text = summary_section(story_of(visits=[{"person_key": "P0", "place_id": "b", **instant("enter", day)}]))
    assert "Cases were at 1 public places" in text
    assert "limit" not in text


def test_no_case_anywhere_is_a_sentence(story_of):
    text = places(story_of(visits=[visit(7, "bar", 3)]))
    assert "No case was at a public place on record" in text


def test_chapters_tables_are_written_under_their_names(story_of):
    tables = story_of(arrivals=CAME, visits=[visit(0, "bar", 2)]).results.tables()
    assert {"arrivals_owed", "importation", "occupancy", "capacity_exceeded", "case_places"} <= set(tables)
    assert tables["arrivals_owed"]["subject_id"].n_unique() == len(CAME)


def test_tasks_on_arrivals_and_the_chapter_agree(story_of):
    story = story_of(arrivals=CAME)
    tasks = story.results.tasks.table.filter(pl.col("kind") == "arrival_accept")
    open_or_late = tasks.filter(pl.col("state") != "done")
    assert open_or_late.height == unaccepted(story).height


def test_names_of_the_input_are_escaped(story_of):
    known = [{"place_id": "x", "name": "<b>Bar</b>", "kind": "bar"}]
    text = places(story_of(visits=[visit(0, "x", 2)], places=known))
    assert "<b>Bar" not in text
    assert "&lt;b&gt;Bar" in text


def test_the_page_is_the_same_twice_and_holds_both_languages(story_of):
    story = story_of(arrivals=CAME, visits=[visit(0, "bar", 2)])
    page = page_of(story)
    assert page == page_of(story)
    assert "<h2>入境与到达</h2>" in page
    assert "<h2>Places</h2>" in page


def test_what_the_input_cannot_show_is_a_dash_and_no_claim_of_none(story_of):
    story = story_of(cases=[], risk_areas=[{"area": "X", "level": "high"}])
    text = summary_section(story)
    assert text.count("<strong>–</strong>") == 6 and "no data or no rule" in text
    public = story.results.bulletin.text
    assert "do not say whether there are any" in public.en and "目前没有病例" not in public.zh


def test_public_places_with_coordinates_are_drawn_and_what_is_missing_is_said_once(story_of):
    spots = [
        {"place_id": f"L{k}", "name": f"n{k}", "kind": "shop", "lon": 114.0 + k, "lat": 33.0 + k}
        for k in (0, 1)
    ]
    story = story_of(places=spots, visits=[visit(0, "L0", 3), visit(0, "L1", 5)])
    drawn = place_map(story)
    assert drawn.count('r="13.8"') == 2
    assert "places cases were at (1 to 1 cases)" in drawn
    assert "no map" in place_map(story_of())
    said = missing(story_of(cases=[case(0) | instant("onset", None)]))
    assert said.count("No onset for 1 of 1 cases.") == 1 and "have no onset" not in said
