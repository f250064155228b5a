"""A small written-out world for the tests of zones, tasks and oversight: records, contacts and rules by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from fireline.policy.model import Answer, Confidence, PackKind, Question, Rule, Source, Status
from fireline.records.model import Records, schema

TZ = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 6, 20, 4, 0, tzinfo=UTC)  # 12:00 in the county
AREA = "EX-01"

FOUND = {
    "case_id": pl.String(),
    "person_key": pl.String(),
    "class": pl.String(),
    "basis": pl.String(),
    "place_id": pl.String(),
    "overlap_s": pl.Int64(),
    "episodes": pl.Int64(),
    "first_exposure": pl.Datetime("us", "UTC"),
    "last_exposure": pl.Datetime("us", "UTC"),
    "precision": pl.String(),
    "rule_id": pl.String(),
    "edition": pl.String(),
    "why_zh": pl.String(),
    "why_en": pl.String(),
}


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


def contacts(*data: Mapping[str, Any]) -> SimpleNamespace:
    """Contacts in the documented columns; the chapters read ``found`` and ``answers`` only."""
    full = [
        dict.fromkeys(FOUND) | {"precision": "minute", "class": "close", "basis": "co_presence"} | dict(r)
        for r in data
    ]
    return SimpleNamespace(found=pl.DataFrame(full, schema=FOUND), answers=(), notes=())


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


@dataclass(frozen=True)
class WrittenRules:
    """Rules written into a test, asked the way chapters ask: by concept, subject and day."""

    all_rules: tuple[Rule, ...]
    on: date = date(2026, 6, 20)
    disease: str = "exercise-x"
    area: str = AREA
    asking: frozenset[tuple[str, str]] = frozenset()
    pack_label: tuple[str, str] | None = None
    profile: Any = None
    library: SimpleNamespace = field(init=False, compare=False)

    def __post_init__(self) -> None:
        by_concept: dict[str, list[Rule]] = {}
        for r in self.all_rules:
            by_concept.setdefault(r.concept, []).append(r)
        object.__setattr__(
            self,
            "library",
            SimpleNamespace(
                rules=self.all_rules,
                by_concept={k: tuple(v) for k, v in by_concept.items()},
                by_rule={r.id: r for r in self.all_rules},
            ),
        )

    def on_date(self, day: date) -> WrittenRules:
        return replace(self, on=day)

    def for_disease(self, disease: str) -> WrittenRules:
        return replace(self, disease=disease)

    def find(self, concept: str, subject: str = "*") -> Answer:
        asked = Question(concept, subject, self.disease, self.area, self.on, None, "any")
        if (concept, subject) in self.asking:
            return Answer(Status.ASK, None, None, asked)
        fitting = [
            r
            for r in self.all_rules
            if r.concept == concept
            and r.subject in (subject, "*")
            and r.disease == self.disease
            and r.valid_from <= self.on
            and (r.valid_to is None or self.on <= r.valid_to)
        ]
        if not fitting:
            return Answer(Status.NO_RULE, None, None, asked)
        found = max(fitting, key=lambda r: (r.subject != "*", r.valid_from))
        if found.value is None or found.modality == "must_not":
            return Answer(Status.OFF, found, None, asked)
        if found.confidence is Confidence.K:
            return Answer(Status.ADVICE, found, found.value, asked)
        return Answer(Status.RULE, found, found.value, asked)


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


def written(*rules: Rule, **more: Any) -> WrittenRules:
    return WrittenRules(tuple(rules), **more)


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
