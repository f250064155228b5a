"""A plain-loop twin of what contacts and cases owe, from the rules' text, against owed on random worlds."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pytest
from tests.unit.zones.zones_world import AT, TZ, case, contacts, records, rule, signals, written

from fireline.tasks.owed import owed
from fireline.zones.delimit import delimit

PHASES = {
    "close": [("central", 3, [1, 3]), ("home_monitoring", 2, [2])],
    "secondary": [("home", 4, [1, 4])],
}
PLACED_H = {"close": 8, "secondary": 12}
FOLLOW_DAYS, PROPHYLAXIS_H, TRAJECTORY_H = 10, 72, 24
ORDER = ("close", "secondary")

RULES = (
    *(
        rule("deadline", f"{c}_placed", {"hours": h, "start": "identified", "stop": "admitted"})
        for c, h in PLACED_H.items()
    ),
    *(
        rule(
            "measure",
            c,
            {
                "anchor": "last_exposure",
                "day_zero": "next_day",
                "phases": [{"place": p, "days": n, "tests": t} for p, n, t in parts],
            },
        )
        for c, parts in PHASES.items()
    ),
    rule("followup", "close", {"days": FOLLOW_DAYS, "anchor": "last_exposure", "day_zero": "next_day"}),
    rule("prophylaxis", "jab", {"hours": PROPHYLAXIS_H, "anchor": "first_exposure"}),
    rule("deadline", "trajectory", {"hours": TRAJECTORY_H, "start": "report", "stop": "trajectory"}),
)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TZ).astimezone(UTC)


def day_of(at: datetime) -> date:
    return at.astimezone(TZ).date()


# ---- a random world


def world(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)

    def moment(low_h: float, high_h: float) -> datetime:
        return AT - timedelta(minutes=int(rng.integers(low_h * 60, high_h * 60)))

    cases, people, written_rows, visits, tests = [], [], [], [], []
    for c in range(int(rng.integers(1, 4))):
        reported = moment(-10, 24 * 14) if rng.random() < 0.85 else None
        precision = "minute"
        if reported is not None and rng.random() < 0.3:
            reported, precision = midnight(day_of(reported)), "day"
        sampled = moment(0, 24 * 14) if rng.random() < 0.5 else None
        cases.append(
            case(f"C{c}", None, reported_at=reported, reported_at_precision=precision, sampled_at=sampled)
        )
        if rng.random() < 0.5:
            visits.append({"person_key": f"PC{c}", "place_id": "U0", "enter": moment(200, 400)})
    for p in range(8):
        for c in range(len(cases)):
            if rng.random() > 0.45:
                continue
            first = moment(24, 24 * 12)
            last = first + timedelta(hours=int(rng.integers(0, 48)))
            cls = ORDER[int(rng.integers(0, 2))]
            is_stated = rng.random() < 0.6
            row = {"case_id": f"C{c}", "person_key": f"P{p}", "first_exposure": first, "last_exposure": last}
            people.append(row | {"class": cls, "basis": "stated" if is_stated else "co_presence"})
            if is_stated:
                managed = moment(0, 24 * 10) if rng.random() < 0.6 else None
                released = None
                if managed is not None and rng.random() < 0.5:
                    released = managed + timedelta(hours=int(rng.integers(1, 240)))
                written_rows.append(row | {"class": cls, "managed_at": managed, "released_at": released})
    if rng.random() < 0.5:
        cases.append(case("CX", None, person_key="P0", sampled_at=moment(0, 24 * 10)))
    for k in range(int(rng.integers(0, 40))):
        taken = moment(0, 24 * 12)
        tests.append(
            {"sample_id": f"s{k}", "subject_kind": "person", "subject_id": f"P{int(rng.integers(0, 8))}",
             "kind": "pcr", "taken_at": taken, "result": "negative"}
        )  # fmt: skip
    return {"cases": cases, "found": people, "contacts": written_rows, "visits": visits, "tests": tests}


# ---- the twin


def known(at: datetime | None) -> datetime | None:
    return at if at is not None and at <= AT else None


def told(case_row: dict[str, Any]) -> tuple[datetime | None, str]:
    if known(case_row.get("reported_at")):
        return case_row["reported_at"], case_row["reported_at_precision"]
    return known(case_row.get("sampled_at")), "minute"


def hours_due(start: datetime, precision: str, hours: float) -> tuple[datetime, datetime, str]:
    """Due, surely late from, precision."""
    if precision != "day":
        due = start + timedelta(hours=hours)
        return due, due, precision
    day = day_of(start) + timedelta(days=math.ceil(hours / 24))
    return midnight(day), midnight(day + timedelta(days=1)), "day"


def day_due(day: date) -> tuple[datetime, datetime, str]:
    return midnight(day), midnight(day + timedelta(days=1)), "day"


def strictest(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not rows:
        return None
    cls = next(c for c in ORDER if any(r["class"] == c for r in rows))
    own = [r for r in rows if r["class"] == cls]
    latest = max(own, key=lambda r: (r["last_exposure"], r["case_id"]))
    times = sorted((r["told"] for r in own if r["told"][0] is not None), key=lambda t: t[0])
    return {
        "class": cls,
        "case_id": latest["case_id"],
        "first": min(r["first_exposure"] for r in own),
        "last": latest["last_exposure"],
        "identified": times[0] if times else (None, "minute"),
    }


class Twin:
    def __init__(self, seen: dict[str, Any]) -> None:
        self.seen = seen
        self.cases = {c["case_id"]: c for c in seen["cases"]}
        self.tasks: dict[str, tuple] = {}

    def is_kept(self, column: str) -> bool:
        return any(known(r[column]) for r in self.seen["contacts"])

    def add(self, kind, subject, case_id, part, due, *, done=None, is_done=False, kept, new=False):
        due_at, latest, precision = due
        is_past = latest <= AT if precision == "day" else latest < AT
        is_done = is_done or (done is not None and done <= AT)
        state = "done" if is_done else "open" if not is_past else "overdue" if kept else "no_record"
        key = f"{kind}:{subject}:{case_id}:{part}"
        self.tasks.setdefault(key, (due_at, precision, state, done if done and done <= AT else None, new))

    def run(self) -> dict[str, tuple]:
        for case_id, row in self.cases.items():
            reported = known(row.get("reported_at"))
            if reported:
                has = any(v["person_key"] == row["person_key"] for v in self.seen["visits"])
                due = hours_due(reported, row["reported_at_precision"], TRAJECTORY_H)
                self.add("trajectory", case_id, case_id, "", due, is_done=has, kept=bool(self.seen["visits"]))
        for person in sorted({r["person_key"] for r in self.seen["found"]}):
            self.person(person)
        return self.tasks

    def person(self, person: str) -> None:
        rows = [dict(r) for r in self.seen["found"] if r["person_key"] == person]
        since = min(
            (t for c in self.cases.values() if c["person_key"] == person
             for t in (known(c.get("sampled_at")), known(c.get("reported_at"))) if t),
            default=None,
        )  # fmt: skip
        for r in rows:
            r["told"] = self.identified(r)
        before = strictest([r for r in rows if r["basis"] == "stated"])
        for r in rows:
            r["told"] = (AT, "minute")
        now = strictest(rows)
        alive = [w if w and not (since and since <= w["last"]) else None for w in (before, now)]
        before, now = alive
        is_changed = now is not None and (
            before is None
            or ORDER.index(now["class"]) < ORDER.index(before["class"])
            or (now["class"] == before["class"] and day_of(now["last"]) > day_of(before["last"]))
        )
        if before:
            self.owes(person, before, since, replaced=is_changed)
        if is_changed:
            self.owes(person, now, since, fresh=True, before=before)

    def identified(self, row: dict[str, Any]) -> tuple[datetime | None, str]:
        at, precision = told(self.cases[row["case_id"]])
        if at is not None and row["first_exposure"] > at:
            at, precision = row["first_exposure"], "minute"
        if row["class"] == "secondary" and at is not None:
            close = [
                self.identified(r)
                for r in self.seen["found"]
                if r["case_id"] == row["case_id"] and r["class"] == "close" and r["basis"] == "stated"
            ]
            close = [c for c in close if c[0] is not None]
            if close and min(c[0] for c in close) > at:
                at, precision = min(close, key=lambda c: c[0])
        return at, precision

    def owes(self, person, who, since, *, replaced=False, fresh=False, before=None) -> None:
        own = [r for r in self.seen["contacts"] if r["person_key"] == person]
        managed = min((t for r in own if (t := known(r["managed_at"]))), default=None)
        same = [r for r in own if r["class"] == who["class"]] or own
        free = [t for r in same if (t := known(r["released_at"]))]
        held = [r for r in same if known(r["managed_at"]) and not known(r["released_at"])]
        is_clear = not free or not held
        released = max(free) if free and is_clear else None
        if fresh and before and released:  # found still owing a measure: to be placed again
            managed, is_out, released = None, True, None
        else:
            is_out = False
        is_known = bool(fresh and before and before["class"] == who["class"] and not is_out)
        found_at, found_precision = who["identified"]
        base, case_id = day_of(who["last"]), who["case_id"]
        part = "+" if fresh and before else ""
        phases = PHASES[who["class"]]
        last_day = base + timedelta(days=sum(n for _, n, _ in phases))

        def still(due) -> bool:
            return (since is None or due[0] < since) and (found_at is None or due[1] > found_at)

        def lasting(due) -> bool:  # what the newest knowledge replaces from the run on
            return not (replaced and due[1] > AT)

        if found_at and not is_known and not (fresh and last_day < day_of(AT)):
            due = hours_due(found_at, found_precision, PLACED_H[who["class"]])
            if since is None or found_at < since:
                self.add(f"{who['class']}_placed", person, case_id, "", due, done=managed,
                         kept=self.is_kept("managed_at"), new=fresh)  # fmt: skip
        start, n_phase = base, 0
        for place, n, test_days in phases:
            n_phase += 1
            end = start + timedelta(days=n)
            due = day_due(end)
            if still(due) and lasting(due):
                is_over = managed is not None and due[1] <= AT
                self.add("phase", person, case_id, f"{n_phase}{part}", due, is_done=is_over,
                         kept=self.is_kept("managed_at"), new=fresh)  # fmt: skip
            for k in test_days:
                day = start + timedelta(days=k)
                due = day_due(day)
                if still(due) and lasting(due) and (managed is None or due[1] > managed):
                    number = (day - base).days
                    self.add("test", person, case_id, f"d{number:03d}{part}", due,
                             done=None, kept=bool(self.seen["tests"]), new=fresh)  # fmt: skip
            start = end
        due = day_due(last_day)
        if managed and still(due) and lasting(due):
            self.add("release", person, case_id, f"end{part}", due, done=released,
                     kept=is_clear and self.is_kept("released_at"), new=fresh)  # fmt: skip
        if who["class"] == "close":
            due = day_due(base + timedelta(days=FOLLOW_DAYS))
            if still(due) and lasting(due):
                self.add("followup", person, case_id, part, due, is_done=managed is not None and due[1] <= AT,
                         kept=self.is_kept("managed_at"), new=fresh)  # fmt: skip
            due = hours_due(who["first"], "minute", PROPHYLAXIS_H)
            if not is_known and still(due):
                self.add("prophylaxis", person, case_id, "jab", due, kept=False, new=fresh)


def pay(tasks: dict[str, tuple], tests: list[dict[str, Any]]) -> dict[str, tuple]:
    """Each test day is paid by the person's first sample on or after it, before the next test day."""
    paid = dict(tasks)
    owed_days: dict[str, set[date]] = {}
    for key, task in tasks.items():
        kind, person = key.split(":")[:2]
        if kind == "test":
            owed_days.setdefault(person, set()).add(day_of(task[0]))
    for key, (due, precision, state, _, new) in tasks.items():
        kind, person = key.split(":")[:2]
        if kind != "test":
            continue
        day = day_of(due)
        following = min((d for d in owed_days[person] if d > day), default=date.max)
        given = sorted(
            t["taken_at"] for t in tests
            if t["subject_id"] == person and t["taken_at"] <= AT and day <= day_of(t["taken_at"]) < following
        )  # fmt: skip
        if given:
            paid[key] = (due, precision, "done", given[0], new)
        else:
            paid[key] = (due, precision, state, None, new)
    return paid


def computed(seen: dict[str, Any]) -> dict[str, tuple]:
    tables = {name: seen[name] for name in ("cases", "contacts", "visits", "tests")}
    rec, people, asked = records(**tables), contacts(*seen["found"]), written(*RULES)
    zones = delimit(rec, people, asked, at=AT)
    table = owed(rec, people, zones, signals(), asked, at=AT).table
    assert table["task_id"].is_unique().all()
    return {
        row["task_id"]: (row["due_at"], row["precision"], row["state"], row["done_at"], row["is_new"])
        for row in table.iter_rows(named=True)
    }


@pytest.mark.parametrize("seed", range(60))
def test_owed_agrees_with_plain_loops(seed):
    seen = world(seed)
    expected = pay(Twin(seen).run(), seen["tests"])
    found = computed(seen)
    assert found.keys() == expected.keys()
    for key, task in expected.items():
        assert found[key] == task, key


def test_the_worlds_hold_every_state_and_both_kinds_of_people():
    states: set[str] = set()
    news: set[bool] = set()
    kinds: set[str] = set()
    for seed in range(60):
        for key, task in computed(world(seed)).items():
            kinds.add(key.split(":")[0])
            states.add(task[2])
            news.add(task[4])
    assert states == {"open", "done", "overdue", "no_record"} and news == {True, False}
    assert kinds >= {
        "close_placed",
        "secondary_placed",
        "phase",
        "test",
        "release",
        "followup",
        "prophylaxis",
    }


def test_order_of_rows_changes_nothing():
    seen = world(7)
    turned = {name: list(reversed(rows)) for name, rows in seen.items()}
    assert computed(seen) == computed(turned)


@pytest.mark.parametrize("seed", range(5))
def test_what_happens_after_at_changes_nothing(seed):
    seen = world(seed)
    later = AT + timedelta(hours=5)
    more = dict(seen)
    more["tests"] = [
        *seen["tests"],
        {"sample_id": "late", "subject_kind": "person", "subject_id": "P1", "kind": "pcr", "taken_at": later},
    ]
    more["contacts"] = [
        row | ({"managed_at": later} if row["managed_at"] is None else {}) for row in seen["contacts"]
    ]
    if seen["tests"]:  # the register of tests is kept anyway
        assert computed(more) == computed(seen)
