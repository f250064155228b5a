"""A small county outbreak: records by hand, and results shaped as the chapters shape them."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import polars as pl

from fireline.records.model import Records, empty, schema
from fireline.words import Words

TZ = ZoneInfo("Asia/Shanghai")
COUNTY, TOWN_A, TOWN_B = "CN-411624", "CN-411624101", "CN-411624102"
START = datetime(2022, 6, 1, 0, 0, tzinfo=UTC)


def frame(table, rows):
    """Rows as a cleaned table: columns that are not given are null."""
    wanted = schema(table)
    return pl.DataFrame([{c: row.get(c) for c in wanted} for row in rows], schema=wanted)


def records(n_cases=12, disease="covid-19"):
    """n cases in two townships, a stay each, a household contact each, two units, counts and tests."""
    cases, people, visits, links, tests = [], [], [], [], []
    for i in range(n_cases):
        onset = START + timedelta(days=i % 10, hours=i % 24)
        town = TOWN_A if i % 3 else TOWN_B
        person, other = f"P{i:016d}", f"Q{i:016d}"
        cases.append(
            {
                "case_id": f"C{i:04d}", "person_key": person, "disease": disease,
                "classification": "confirmed" if i % 4 else "suspected",
                "onset": onset, "onset_precision": "hour",
                "reported_at": onset + timedelta(days=1), "reported_at_precision": "minute",
                "area_code": town, "origin": "local",
            }
        )  # fmt: skip
        people.append({"person_key": person, "area_code": town, "age": float(20 + i), "sex": "female"})
        people.append({"person_key": other, "area_code": town, "age": 40.0, "sex": "male"})
        visits.append(
            {
                "person_key": person, "place_id": "market", "enter": onset, "enter_precision": "minute",
                "leave": onset + timedelta(hours=1), "leave_precision": "minute",
            }
        )  # fmt: skip
        links.append({"from_case": f"C{i:04d}", "to_person": other, "kind": "household", "directed": False})
        tests.append(
            {
                "sample_id": f"T{i}", "subject_kind": "person", "subject_id": person, "kind": "pcr",
                "taken_at": onset, "taken_at_precision": "minute", "result": "positive",
            }
        )  # fmt: skip
    square = {"type": "Polygon", "coordinates": [[[115, 33], [115.1, 33], [115.1, 33.1], [115, 33]]]}
    tables = {
        "cases": frame("cases", cases),
        "persons": frame("persons", people),
        "visits": frame("visits", visits),
        "links": frame("links", links),
        "tests": frame("tests", tests),
        "places": frame(
            "places",
            [{"place_id": "market", "name": "东市场", "kind": "market", "lon": 115.05, "lat": 33.05}],
        ),
        "units": frame(
            "units",
            [
                {
                    "unit_id": "U1",
                    "area_code": TOWN_A,
                    "kind": "compound",
                    "population": 300,
                    "geometry": json.dumps(square),
                },
                {
                    "unit_id": "U2",
                    "area_code": TOWN_B,
                    "kind": "compound",
                    "population": 200,
                    "lon": 115.2,
                    "lat": 33.2,
                },
            ],
        ),
        "adjacency": frame("adjacency", [{"unit_a": "U1", "unit_b": "U2", "gates": 2}]),
        "areas": frame(
            "areas",
            [
                {"area_code": COUNTY, "level": "county", "name": "沈丘县"},
                {
                    "area_code": TOWN_A,
                    "parent_code": COUNTY,
                    "level": "township",
                    "name": "槐店镇",
                    "population": 9000,
                },
                {"area_code": TOWN_B, "parent_code": COUNTY, "level": "township", "name": "刘庄店镇"},
            ],
        ),
        "counts": frame(
            "counts", [{"stream": "fever", "area_code": TOWN_A, "date": date(2022, 6, 1), "count": 5.0}]
        ),
    }
    return Records(tables=tables, tz=TZ, area=COUNTY, missing=(("没有冷链", "no cold chain"),))


def series():
    """Forty days of one stream in one township by two methods, the last day an alarm."""
    from fireline.signals.tables import SERIES

    rows = [
        {"stream": "fever", "area_code": TOWN_A, "date": date(2022, 5, 1) + timedelta(days=i), "count": float(i % 5),
         "expected": 2.0 if i > 6 else None, "upper": 4.0 if i > 6 else None, "method": method, "alarm": i == 39}
        for method in ("C1", "C2")
        for i in range(40)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SERIES)


def results(found, *, at, can_order=False, triggers=(), tables=None):
    """What the chapters could say of these records, in the shapes their table modules declare.

    ``triggers`` owe their verification as the tasks chapter says; ``tables`` are further small tables.
    """
    from fireline.contacts.model import Chain
    from fireline.contacts.tables import EDGES, FOUND, NODES
    from fireline.tasks.tables import SCHEMA as TASK
    from fireline.zones.tables import SCHEMAS as ZONES

    cases = found.table("cases").to_dicts()
    contacts = [
        {
            "case_id": c["case_id"], "person_key": "Q" + c["person_key"][1:], "class": "close", "basis": "household",
            "overlap_s": None, "episodes": 1, "last_exposure": c["onset"], "precision": "hour",
            "rule_id": "r1", "edition": "e1", "why_zh": "同住", "why_en": "same household",
        }
        for c in cases
    ]  # fmt: skip
    nodes = [
        {"case_id": c["case_id"], "component": 0, "generation": i, "row": i} for i, c in enumerate(cases)
    ]
    edges = [
        {
            "from_case": a["case_id"],
            "to_case": b["case_id"],
            "kind": "infected_by",
            "directed": True,
            "flag": "",
        }
        for a, b in itertools.pairwise(cases)
    ]
    owed = [
        {
            "task_id": f"K-{c['case_id']}", "kind": "case_report" if i % 2 else "investigation",
            "subject_kind": "case", "subject_id": c["case_id"], "case_id": c["case_id"], "area_code": c["area_code"],
            "owner_role": "grid_worker", "owner_unit": "town", "start_at": c["onset"],
            "due_at": c["onset"] + timedelta(days=2), "precision": "hour", "state": "open", "rule_id": "r2",
            "edition": "e1", "what_zh": "报告", "what_en": "report",
        }
        for i, c in enumerate(cases)
    ]  # fmt: skip
    owed += [
        {
            "task_id": f"signal_verify:{t.trigger_id}::", "kind": "signal_verify", "subject_kind": "trigger",
            "subject_id": t.trigger_id, "area_code": COUNTY, "owner_role": "epidemiologist", "owner_unit": COUNTY,
            "start_at": START, "due_at": START, "precision": "day", "state": "no_record", "rule_id": t.verify_rule,
            "edition": "e1", "what_zh": "核实信号", "what_en": "verify the signal",
        }
        for t in triggers if t.verify_within_h is not None
    ]  # fmt: skip
    levels = [
        {"unit_id": "U1", "area_code": TOWN_A, "level": "sealed", "population": 300, "rule_id": "r3", "why_zh": "有病例", "why_en": "a case lives here"},
        {"unit_id": "U2", "area_code": TOWN_B, "level": "managed", "population": 200, "rule_id": "r3", "why_zh": "相邻", "why_en": "adjacent"},
    ]  # fmt: skip
    lines = found.table("cases").select("case_id", "person_key", "classification")
    stays = [
        {
            "case_id": c["case_id"], "person_key": c["person_key"], "place_id": "market", "enter": c["onset"],
            "leave": c["onset"] + timedelta(hours=1), "precision": "minute", "lon": 115.05, "lat": 33.05,
            "place_name": "东市场", "place_kind": "market",
        }
        for c in cases
    ]  # fmt: skip
    alarms = tuple(
        SimpleNamespace(
            alarm_id=f"S{i}", kind="ears", stream="fever", area_code=TOWN_A if i else TOWN_B, day=date(2022, 6, 3 + i),
            observed=9.0, expected=3.0, upper=6.0, level="high", rule_id="", why=Words("超过上限", "above the limit"),
        )
        for i in range(3)
    )  # fmt: skip
    gaps = pl.DataFrame(
        {
            "no": [1, 1], "side": ["too_little", "too_much"], "subject_kind": ["case", "zone"],
            "subject_id": ["C0001", "U2"], "rule_id": ["r2", "r3"], "what_zh": ["缺", "过"], "what_en": ["missing", "over"],
        }
    )  # fmt: skip
    curve = pl.DataFrame(
        {"start": [START], "step": ["1d"], "classification": ["confirmed"], "count": [len(cases)]}
    )
    rate = pl.DataFrame({"item": ["soup"], "odds_high": [float("inf")], "p": [float("nan")]})
    zone_frame = pl.DataFrame(levels, schema_overrides=dict(ZONES["zones"]))

    def shaped(rows, wanted):
        return pl.DataFrame([{c: r.get(c) for c in wanted} for r in rows], schema=dict(wanted))

    task_table = shaped(owed, TASK)
    contact_table = shaped(contacts, FOUND)
    return SimpleNamespace(
        records=found,
        rules=SimpleNamespace(pack_label=None if can_order else ("回顾", "RETROSPECTIVE")),
        at=at,
        signals=SimpleNamespace(alarms=alarms, series=series(), triggers=tuple(triggers)),
        investigation=SimpleNamespace(
            line_list=lines, trajectories=pl.DataFrame(stays), summary={"n": len(cases), "rate": float("nan")}
        ),
        contacts=SimpleNamespace(
            found=contact_table, chain=Chain(shaped(nodes, NODES), shaped(edges, EDGES), {})
        ),
        zones=SimpleNamespace(levels=zone_frame, answers=()),
        tasks=SimpleNamespace(table=task_table),
        gaps=SimpleNamespace(findings=gaps),
        tables=lambda: {
            "curve": curve, "attack_rates": rate, "gap_findings": gaps, "contacts": contact_table, "tasks": task_table,
            "zones": zone_frame, "infectious_windows": lines, **(tables or {}),
        },
    )  # fmt: skip


def loaded(*, by, at, home, n_cases=12, disease="covid-19", moment=None, triggers=(), tables=None):
    """Create an outbreak and load the small world into it; returns its id."""
    from fireline.actions import outbreaks

    pk = outbreaks.create_outbreak(
        by=by, at=at, title="沈丘县疫情", disease=disease, area_code=COUNTY, moment=moment or at
    )
    found = records(n_cases, disease)
    people = pl.DataFrame(
        [
            {"person_key": "P" + "0" * 15 + "1", "name": "王小明", "id_no": "411624199001011234", "phone": "13800001111", "address": "东街一号"},
            {"person_key": "P" + "0" * 15 + "2", "name": "李四", "id_no": None, "phone": "13900002222", "address": None},
        ],
        schema=schema("identities"),
    )  # fmt: skip
    outbreaks.load_results(
        by=by, at=at, outbreak=pk, identities=people, home=home,
        results=results(found, at=at, triggers=triggers, tables=tables),
    )  # fmt: skip
    return pk


def nothing(table):
    """An empty cleaned table."""
    return empty(table)
