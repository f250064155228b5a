"""A plain-loop twin of the two-tier zone, from its definition, against delimit on generated counties."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from tests.unit.zones.zones_world import AT, TZ, ZONE_RULES, case, contacts, records, written

from fireline.zones.delimit import delimit

LOOK_BACK_DAYS = 2
CLEAN_DAYS = 7


def county(seed: int) -> dict[str, list[dict]]:
    rng = np.random.default_rng(seed)
    n, n_cases = int(rng.integers(2, 25)), int(rng.integers(0, 6))
    units = [
        {
            "unit_id": f"U{i:02d}",
            "area_code": f"EX-01-{i % 3}",
            "kind": "compound",
            "population": int(rng.integers(1, 500)),
        }
        for i in range(n)
    ]
    pairs = {(int(a), int(b)) for a, b in rng.integers(0, n, (2 * n, 2))}
    adjacency = [
        {"unit_a": f"U{a:02d}", "unit_b": f"U{b:02d}", "gates": int(rng.integers(0, 4))}
        for a, b in sorted(pairs)
    ]
    cases, persons, visits = [], [], []
    for c in range(n_cases):
        onset = AT - timedelta(hours=float(rng.integers(0, 15 * 24)))
        isolated = onset + timedelta(hours=float(rng.integers(1, 100))) if rng.random() < 0.7 else None
        cases.append(case(f"C{c}", onset, isolated_at=isolated))
        if rng.random() < 0.9:
            persons.append({"person_key": f"PC{c}", "home_place_id": f"U{int(rng.integers(0, n + 2)):02d}"})
        for _ in range(int(rng.integers(0, 4))):
            enter = onset + timedelta(hours=float(rng.integers(-96, 96)))
            leave = enter + timedelta(minutes=float(rng.integers(1, 300)))
            visits.append(
                {
                    "person_key": f"PC{c}",
                    "place_id": f"U{int(rng.integers(0, n)):02d}",
                    "enter": enter,
                    "leave": leave,
                }
            )
    return {"units": units, "adjacency": adjacency, "cases": cases, "persons": persons, "visits": visits}


def twin(world: dict[str, list[dict]]) -> dict[str, str]:
    """Level of each unit, by loops over the definition."""
    known = {u["unit_id"] for u in world["units"]}
    home_of = {p["person_key"]: p["home_place_id"] for p in world["persons"]}
    today = AT.astimezone(TZ).date()
    homes, visited = set(), set()
    for one in world["cases"]:
        seen = [t for t in (one["onset"], one.get("isolated_at")) if t is not None and t <= AT]
        if not seen or (today - max(seen).astimezone(TZ).date()).days >= CLEAN_DAYS:
            continue
        home = home_of.get(one["person_key"])
        if home in known:
            homes.add(home)
        midnight = one["onset"].astimezone(TZ).replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight - timedelta(days=LOOK_BACK_DAYS)
        end = one.get("isolated_at") or AT
        for stay in world["visits"]:
            mine = stay["person_key"] == one["person_key"]
            if mine and stay["enter"] <= AT and stay["enter"] < end and stay["leave"] > start:
                visited.add(stay["place_id"])
    next_to = set()
    for border in world["adjacency"]:
        a, b = border["unit_a"], border["unit_b"]
        if a != b and a in homes:
            next_to.add(b)
        if a != b and b in homes:
            next_to.add(a)
    if not homes and not visited:
        return {}
    levels = {}
    for unit in known:
        if unit in homes:
            levels[unit] = "sealed"
        elif unit in next_to or unit in visited:
            levels[unit] = "managed"
        else:
            levels[unit] = "precaution"
    return levels


@pytest.mark.parametrize("seed", range(40))
def test_delimit_is_the_twin(seed):
    world = county(seed)
    zones = delimit(records(**world), contacts(), written(*ZONE_RULES), at=AT)
    assert dict(zones.levels.select("unit_id", "level").iter_rows()) == twin(world)


def test_the_generated_counties_hold_every_level():
    seen = set()
    for seed in range(40):
        seen |= set(twin(county(seed)).values())
    assert seen == {"sealed", "managed", "precaution"}
