"""What must hold of a zone on any generated county."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.reference.test_zone_twin import county
from tests.unit.zones.zones_world import AT, ZONE_RULES, contacts, records, rule, signals, written

from fireline.tasks.owed import owed
from fireline.zones.delimit import delimit

SEEDS = range(100, 125)


def drawn(world):
    return delimit(records(**world), contacts(), written(*ZONE_RULES), at=AT)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_zone_holds_its_cases_and_never_stands_without_one(seed):
    world = county(seed)
    zones = drawn(world)
    sealed = zones.levels.filter(pl.col("level") == "sealed")
    assert (sealed["n_cases"] > 0).all()
    if zones.levels.height:
        assert world["cases"]
        reasons = zones.levels.filter(pl.col("level") != "precaution")["why_en"]
        assert reasons.str.contains("case").all()


@pytest.mark.parametrize("seed", SEEDS)
def test_people_add_up_and_each_unit_has_one_sentence(seed):
    world = county(seed)
    zones = drawn(world)
    ids = [*zones.levels["unit_id"], *zones.outside["unit_id"]]
    if zones.levels.height or zones.outside.height:
        assert sorted(ids) == sorted(u["unit_id"] for u in world["units"])
    by_level = dict(zones.totals.select("level", "population").iter_rows())
    people = {u["unit_id"]: u["population"] for u in world["units"]}
    for level, total in by_level.items():
        members = zones.levels.filter(pl.col("level") == level)["unit_id"]
        assert total == sum(people[u] for u in members)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_visit_never_frees_a_unit(seed):
    world = county(seed)
    before = dict(drawn(world).levels.select("unit_id", "level").iter_rows())
    if not world["visits"]:
        return
    rng = np.random.default_rng(seed)
    more = dict(world["visits"][0]) | {
        "place_id": world["units"][int(rng.integers(0, len(world["units"])))]["unit_id"]
    }
    after = dict(
        drawn(world | {"visits": [*world["visits"], more]}).levels.select("unit_id", "level").iter_rows()
    )
    rank = {"sealed": 3, "managed": 2, "precaution": 1}
    for unit, level in before.items():
        assert rank[after[unit]] >= rank[level]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_changes_nothing(seed):
    world = county(seed)
    turned = {name: rows[::-1] for name, rows in world.items()}
    first, second = drawn(world), drawn(turned)
    for name, frame in first.tables().items():
        assert frame.equals(second.tables()[name]), name


@pytest.mark.parametrize("seed", SEEDS)
def test_no_task_without_owner_and_due_time(seed):
    world = county(seed)
    rules = written(
        *ZONE_RULES,
        rule("deadline", "first_round_sealed", {"hours": 24, "start": "zone_set", "stop": "round_done"}),
        rule("exclusion", "case", {"days": 3, "anchor": "onset"}),
    )
    rec = records(**world)
    zones = delimit(rec, contacts(), rules, at=AT)
    table = owed(rec, contacts(), zones, signals(), rules, at=AT).table
    for name in ("owner_role", "owner_unit", "due_at", "rule_id", "edition"):
        assert table[name].null_count() == 0
    assert table["task_id"].is_unique().all()
