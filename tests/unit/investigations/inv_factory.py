"""Small cleaned tables for the tests of investigations and bulletins; every person is invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from fireline.policy.model import Answer, Profile, Question, Status
from fireline.records.model import Records, schema

TZ = ZoneInfo("Asia/Shanghai")
BASE = datetime(2026, 6, 12, 4, tzinfo=UTC)  # noon in Shanghai
AT = BASE + timedelta(days=3)


def table(name: str, rows: list[dict]) -> pl.DataFrame:
    shape = schema(name)
    return pl.DataFrame([{c: r.get(c) for c in shape} for r in rows], schema=shape)


def records(**tables: list[dict]) -> Records:
    return Records({n: table(n, rows) for n, rows in tables.items()}, TZ, "CN-411624")


def case(i: int, hours: float | None = 0.0, **more: object) -> dict:
    onset = None if hours is None else BASE + timedelta(hours=hours)
    return {
        "case_id": f"C{i:03d}",
        "person_key": f"P{i:03d}",
        "disease": "norovirus",
        "classification": "confirmed",
        "onset": onset,
        "onset_precision": None if hours is None else "minute",
        **more,
    }


def nothing_in_force(profile: Profile | None = None, **values: dict) -> object:
    """A stand-in with the two faces describe and publish use; answers are given as concept__subject=value."""

    class Given:
        disease = "norovirus"
        area = "CN-411624"
        on = date(2026, 6, 15)
        pack_label = None

        def __init__(self) -> None:
            self.profile = profile

        def find(self, concept: str, subject: str = "*") -> Answer:
            asked = Question(concept, subject, self.disease, self.area, self.on, None, "any")
            value = values.get(f"{concept}__{subject}".replace(".", "_"))
            return Answer(Status.RULE if value else Status.NO_RULE, None, value, asked)

        def subjects(self, concept: str) -> tuple[str, ...]:
            start = concept.replace(".", "_") + "__"
            return tuple(sorted(k.removeprefix(start) for k in values if k.startswith(start)))

    return Given()


NOROVIRUS = Profile(
    disease="norovirus",
    name_zh="诺如病毒感染",
    name_en="Norovirus infection",
    incubation_days=(0.5, 1.2, 2.0),
    infectious_days=(0.0, 2.0),
    infectious_anchor="onset",
    serial_interval_days=(3.0, 1.0),
    spread="mixed",
)


def lunch() -> Records:
    """Forty children: 20 of 24 who ate lunch fell ill, 2 of 12 who did not; 4 did not say (1 of them ill)."""
    people, cases, told = [], [], []
    plan = [("yes", True)] * 20 + [("yes", False)] * 4 + [("no", True)] * 2 + [("no", False)] * 10
    plan += [("unknown", True)] + [("unknown", False)] * 3
    for i, (ate, is_ill) in enumerate(plan):
        key = f"P{i:03d}"
        people.append(
            {
                "person_key": key,
                "group": f"class {i % 2}",
                "age": 7.0 + i % 3,
                "sex": ("male", "female")[i % 2],
            }
        )
        told.append({"person_key": key, "item": "lunch", "value": ate})
        if is_ill:
            cases.append(case(i, 3.0 + i * 0.7))
            told.append({"person_key": key, "item": "symptom:vomiting", "value": "yes" if i % 3 else "no"})
    return records(cases=cases, persons=people, exposures=told)


__all__ = ["AT", "BASE", "NOROVIRUS", "TZ", "case", "lunch", "nothing_in_force", "records", "table"]
