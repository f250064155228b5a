"""A small written-out world for the tests of zones, tasks and oversight: records, contacts and rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from fireline.contacts.model import Chain, Contacts
from fireline.contacts.tables import EDGES, FOUND, NODES
from fireline.policy import At, Library
from fireline.policy.model import Confidence, Pack, PackKind, Rule, Source
from fireline.records.model import Records, schema
from fireline.signals.model import Alarm, Signals
from fireline.signals.tables import SERIES
from fireline.words import Words

TZ = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 6, 20, 4, 0, tzinfo=UTC)  # 12:00 in the county
AREA = "EX-01"


def utc(day: int, hour: int = 0, minute: int = 0, month: int = 6) -> datetime:
    """Local wall-clock time of 2026 in the county, as UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=TZ).astimezone(UTC)


def rows(table: str, *data: Mapping[str, Any]) -> pl.DataFrame:
    """A cleaned table from partial rows; instants without a stated precision are known to the minute."""
    columns = schema(table)
    full = []
    for row in data:
        line = dict.fromkeys(columns)
        line.update(row)
        for name in columns:
            if f"{name}_precision" in columns and line[name] is not None:
                line[f"{name}_precision"] = row.get(f"{name}_precision", "minute")
        full.append(line)
    return pl.DataFrame(full, schema=columns)


def records(area: str = AREA, **tables: Sequence[Mapping[str, Any]]) -> Records:
    return Records({name: rows(name, *data) for name, data in tables.items()}, TZ, area)


def contacts(*data: Mapping[str, Any]) -> Contacts:
    """The result of the contacts chapter from partial rows; people are named by a source unless said."""
    base = {"precision": "minute", "class": "close", "basis": "stated"}
    full = [dict.fromkeys(FOUND) | base | dict(r) for r in data]
    chain = Chain(pl.DataFrame(schema=NODES), pl.DataFrame(schema=EDGES), {})
    return Contacts(pl.DataFrame(full, schema=FOUND), chain, (), ())


def alarm(alarm_id: str, day: date, *, kind: str = "ears", area_code: str = "EX-01-1") -> Alarm:
    """One alarm of the signals chapter."""
    return Alarm(
        alarm_id=alarm_id,
        kind=kind,
        stream="fever",
        area_code=area_code,
        day=day,
        observed=9.0,
        expected=2.0,
        upper=5.0,
        level="medium",
        rule_id="",
        why=Words("超过上限", "above the limit"),
        until=day,
    )


def signals(*alarms: Alarm) -> Signals:
    """The result of the signals chapter with these alarms and no series."""
    return Signals(alarms=alarms, series=pl.DataFrame(schema=SERIES), answers=(), notes=())


def rule(
    concept: str,
    subject: str,
    value: Mapping[str, Any] | None,
    *,
    edition: str = "ex-pack",
    kind: PackKind = PackKind.LIVING,
    confidence: Confidence = Confidence.V2,
    valid_from: date = date(2026, 1, 1),
    valid_to: date | None = None,
    modality: str = "must",
) -> Rule:
    return Rule(
        id=f"{edition}/{concept}/{subject}/EX",
        edition=edition,
        kind=kind,
        concept=concept,
        subject=subject,
        disease="exercise-x",
        jurisdiction="EX",
        valid_from=valid_from,
        valid_to=valid_to,
        value=value,
        confidence=confidence,
        source=Source("a written source"),
        modality=modality,
    )


def written(*rules: Rule, on: date = date(2026, 6, 20), area: str = AREA) -> At:
    """The real resolver over packs made of the given rules, one pack per edition."""
    editions: dict[str, list[Rule]] = {}
    for r in rules:
        editions.setdefault(r.edition, []).append(r)
    packs = tuple(
        Pack(
            id=name,
            kind=members[0].kind,
            title_zh="测试方案",
            title_en="written for a test",
            jurisdiction="EX",
            valid_from=date(2020, 1, 1),
            valid_to=None,
            amends=(),
            rules=tuple(members),
            sha256="0" * 64,
        )
        for name, members in sorted(editions.items())
    )
    return At(Library(packs, {}), "exercise-x", area, on)


ZONE_RULES = (
    rule("zone.define", "sealed", {"of": "case_units"}),
    rule("zone.define", "managed", {"of": "adjacent_or_visited"}),
    rule("zone.define", "precaution", {"of": "rest_of_county"}),
    rule("zone.unit", "high", {"unit": "compound_or_village"}),
    rule("contact.lookback", "close", {"days": 2, "anchor": "onset", "until": "isolation"}),
    rule(
        "zone.lift",
        "sealed",
        {
            "all": [
                {"fact": "days_no_new_infection", "ge": 7},
                {"fact": "days_since_last_contact_exposure", "gt": 7},
                {"fact": "full_round_negative_within_days", "le": 2},
            ]
        },
    ),
)


def square(lon: float, lat: float, half: float = 0.001) -> str:
    a, b, c, d = lon - half, lat - half, lon + half, lat + half
    return f'{{"type":"Polygon","coordinates":[[[{a},{b}],[{c},{b}],[{c},{d}],[{a},{d}],[{a},{b}]]]}}'


def line_of_units(
    n: int = 6, *, kind: str = "compound", geometry: bool = False
) -> dict[str, list[dict[str, Any]]]:
    """Units U0..Un-1 on a line, 300 m apart, two per township, each bordering the next with one gate more."""
    units = [
        {
            "unit_id": f"U{i}",
            "area_code": f"{AREA}-{i // 2}",
            "kind": kind,
            "population": 100 * (i + 1),
            "lon": 114.0 + 0.0033 * i,
            "lat": 33.4,
            "geometry": square(114.0 + 0.0033 * i, 33.4) if geometry else None,
        }
        for i in range(n)
    ]
    adjacency = [{"unit_a": f"U{i}", "unit_b": f"U{i + 1}", "gates": i + 1} for i in range(n - 1)]
    return {"units": units, "adjacency": adjacency}


def case(case_id: str, onset: datetime | None, **more: Any) -> dict[str, Any]:
    base = {
        "case_id": case_id,
        "person_key": f"P{case_id}",
        "disease": "exercise-x",
        "classification": "confirmed",
        "onset": onset,
        "area_code": f"{AREA}-0",
    }
    return base | more


def days(n: float) -> timedelta:
    return timedelta(days=n)
