"""Worlds of the gap check: rules, cases and contacts, and what a check said of them."""

from __future__ import annotations

from typing import Any

import polars as pl
from tests.unit.zones.zones_world import AT, case, contacts, records, rule, signals, utc, written

from fireline.oversight.check import check
from fireline.tasks.owed import owed
from fireline.zones.delimit import delimit

REPORT = rule("deadline", "case_report", {"hours": 2, "start": "diagnosis", "stop": "report"})
PRELIM = rule("deadline", "prelim_report", {"hours": 24, "start": "report", "stop": "report_filed"})
PLACED = rule("deadline", "close_placed", {"hours": 8, "start": "identified", "stop": "admitted"})
LOOKBACK = rule("contact.lookback", "close", {"days": 2, "anchor": "onset", "until": "isolation"})
MEASURE = rule(
    "measure",
    "close",
    {
        "anchor": "last_exposure",
        "day_zero": "next_day",
        "phases": [{"place": "central", "days": 3, "tests": [1, 3]}],
    },
)
TARGETS = tuple(
    rule("deadline", name, {"hours": hours, "start": start, "stop": stop})
    for name, hours, start, stop in (
        ("detect", 168, "emergence", "detected"),
        ("notify", 24, "detected", "notified"),
        ("respond", 168, "notified", "response_complete"),
    )
)
CASES = [case("C1", utc(9), reported_at=utc(10, 8))]
MET = {
    "case_id": "C1",
    "person_key": "PA",
    "first_exposure": utc(9, 8),
    "last_exposure": utc(9, 18),
    "place_id": "U0",
    "rule_id": "ex-pack/contact.lookback/close/EX",
}


def gaps_of(*rules, found=None, at=AT, alarms=(), area="EX-01", **tables):
    rec = records(**tables)
    people = found or contacts()
    asked = written(*rules, on=at.date(), area=area)
    zones = delimit(rec, people, asked, at=at)
    seen = signals(*alarms)
    tasks = owed(rec, people, zones, seen, asked, at=at)
    return check(rec, people, zones, tasks, seen, asked, at=at)


def status(gaps, no: int) -> str:
    return gaps.checks.filter(pl.col("no") == no)["status"].item()


def found(gaps, no: int) -> list[tuple[str, str]]:
    rows = gaps.findings.filter(pl.col("no") == no)
    return rows.select("side", "subject_id").rows()


def words(gaps, no: int) -> str:
    return " | ".join(gaps.findings.filter(pl.col("no") == no)["what_en"].to_list())


def managed(at=None, released=None, person="PA", **more: Any) -> dict[str, Any]:
    return {"person_key": person, "case_id": "C1", "managed_at": at, "released_at": released} | more


def sample(person: str, day: int, hour: int = 9, result: str = "negative", **more: Any) -> dict[str, Any]:
    return {
        "sample_id": f"s-{person}-{day:02d}-{hour:02d}",
        "subject_kind": "person",
        "subject_id": person,
        "kind": "pcr",
        "taken_at": utc(day, hour),
        "result": result,
    } | more


def note(gaps, no: int) -> str:
    return gaps.checks.filter(pl.col("no") == no)["note_en"].item()
