"""The backtest: one row per run, paired figures, decision 13's definitions by hand, two processes as one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fireline.drill.world.backtest import SCHEMA, Design, measure, run
from fireline.drill.world.county import build
from fireline.drill.world.figure import figure, front
from fireline.drill.world.policies import nothing, township_sealed, two_tier
from fireline.drill.world.simulate import MOST_CASES, Followed, begin, empty_cases, follow
from fireline.drill.world.terms import Terms
from fireline.drill.world.verdict import best_of, summarise
from fireline.errors import InputError
from fireline.kernels.spatial_outbreak import NEVER

SMALL = Design(counties=(1, 2), outbreaks=3, n_people=50_000)
POLICIES = {"nothing": nothing, "two_tier": two_tier, "again": two_tier, "township_sealed": township_sealed}
PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "zone-backtest.md"
LUCKLESS = [c for c in SCHEMA if c not in ("planning_s", "seconds")]


@pytest.fixture(scope="module")
def table():
    return run(POLICIES, SMALL, chance=np.random.default_rng, modelled=lambda g, s, levels: 0.5)


def test_one_row_per_county_outbreak_and_policy(table):
    assert table.schema == pl.Schema(SCHEMA)
    assert table.select("county", "outbreak", "policy").rows() == [
        (c, o, p) for c in (1, 2) for o in range(3) for p in POLICIES
    ]
    assert table["modelled_coverage"].to_list() == [0.5] * len(table)
    assert (table["seconds"] > table["planning_s"]).all()


def test_policies_that_do_not_differ_have_the_same_rows(table):
    same = [c for c in LUCKLESS if c != "policy"]
    one, two = (table.filter(policy=p).select(same) for p in ("two_tier", "again"))
    assert one.equals(two)


def test_nothing_costs_nothing_and_holds_nothing(table):
    rows = table.filter(policy="nothing")
    assert rows["weighted_person_days"].to_list() == [0.0] * 6
    assert (
        rows["realised_capture"].drop_nulls().to_list() == [0.0] * rows["realised_capture"].drop_nulls().len()
    )
    assert rows["n_units"].sum() == 0


def test_a_zone_around_another_costs_more_and_holds_more():
    def wider(ground, seen):
        return np.maximum(two_tier(ground, seen), township_sealed(ground, seen))

    found = run({"inner": two_tier, "outer": wider}, SMALL, chance=np.random.default_rng)
    small, large = found.filter(policy="inner"), found.filter(policy="outer")
    assert (large["unrestrained_capture"] >= small["unrestrained_capture"]).all()
    assert large["unrestrained_capture"].sum() > small["unrestrained_capture"].sum()
    assert large["weighted_person_days"].sum() > small["weighted_person_days"].sum() > 0


@pytest.mark.long  # two fresh processes
def test_two_processes_find_what_one_finds(table):
    said: list[str] = []
    both = run(POLICIES_BY_NAME, SMALL, chance=np.random.default_rng, processes=2, say=said.append)
    one = table.filter(pl.col("policy").is_in(list(POLICIES_BY_NAME)))
    same = [c for c in LUCKLESS if c != "modelled_coverage"]
    assert both.select(same).equals(one.select(same))
    assert said[-1].endswith("12 runs")


POLICIES_BY_NAME = {"nothing": nothing, "two_tier": two_tier}


def test_an_empty_backtest_is_refused():
    with pytest.raises(InputError, match="at least one"):
        run({}, SMALL, chance=np.random.default_rng)
    with pytest.raises(InputError, match="at least one"):
        Design(counties=())


# --- decision 13 by hand -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scene():
    world = build(n_people=50_000, rng=np.random.default_rng(3))
    begun = begin(world, Terms(), seed=1_000, rng=np.random.default_rng(9))
    return world, begun, follow(world, begun, nothing, every_days=0)


def staged(scene, infections, *, levels=None, is_full=False):
    """A run with only these infections: (day after planning, level, traced), every unit at one level."""
    world, begun, free = scene
    cases = empty_cases(world.n_people, len(infections) + 1)
    for row, (day, level, traced) in enumerate(infections):
        cases.infected[row] = begun.day + day
        cases.level[row] = level
        cases.traced[row] = begun.day + day if traced else NEVER
    cases.n[0] = len(infections)
    level = np.zeros(world.ground.n, np.int8) if levels is None else levels
    followed = Followed(cases, is_full, ((begun.day, level * 0), (begun.day + 1, level)), 1, 0.0, 0.0, 0)
    names = list(SCHEMA)[3:]
    return dict(zip(names, measure(world, begun, followed, free, None), strict=True))


def test_contained_means_fewer_than_five_outside_and_untraced(scene):
    assert staged(scene, [(15, 0, False)] * 4)["contained"]
    assert not staged(scene, [(15, 0, False)] * 5)["contained"]
    assert staged(scene, [(15, 0, True)] * 9)["contained"]
    assert staged(scene, [(15, 2, False), (16, 3, False)] * 9)["contained"]
    assert not staged(scene, [(15, 1, False)] * 5)["contained"]  # precaution is not a zone
    assert staged(scene, [(14, 0, False)] * 50)["contained"]
    assert staged(scene, [(29, 0, False)] * 50)["contained"]


def test_growing_is_not_contained(scene):
    assert not staged(scene, [(15, 0, False)] + [(25, 0, False)] * 2)["contained"]
    assert staged(scene, [(22, 0, False)])["contained"]  # one alone is no growth
    assert staged(scene, [(15, 0, False)] * 2 + [(25, 0, False)] * 2)["contained"]
    found = staged(scene, [], is_full=True)
    assert not found["contained"] and found["is_growing"]


def test_capture_counts_the_first_fourteen_days(scene):
    found = staged(
        scene, [(0, 0, False), (1, 3, False), (2, 2, False), (14, 0, False), (3, 0, True), (15, 3, True)]
    )
    assert found["infections_14"] == 4 and found["infections_28"] == 5
    assert found["realised_capture"] == pytest.approx(2 / 4)
    assert found["weighted_capture"] == pytest.approx(1.5 / 4)
    assert staged(scene, [])["realised_capture"] is None


def test_person_days_by_hand(scene):
    world, begun, free = scene
    levels = np.zeros(world.ground.n, np.int8)
    levels[3], levels[7], levels[9] = 3, 2, 1
    found = staged(scene, [], levels=levels)
    people = world.ground.population
    assert found["weighted_person_days"] == pytest.approx(14 * (people[3] + people[7] / 2))
    assert found["weighted_person_days_28"] == pytest.approx(28 * (people[3] + people[7] / 2))
    assert (found["n_units"], found["n_sealed"]) == (2, 1)
    assert found["people_restricted"] == people[3] + people[7]


def test_unrestrained_capture_asks_where_infections_would_have_been(scene):
    world, begun, free = scene
    n = int(free.cases.n[0])
    soon = (free.cases.infected[:n] > begun.day) & (free.cases.infected[:n] <= begun.day + 14)
    assert soon.sum() > 5
    units = world.town.unit[free.cases.person[:n][soon]]
    levels = np.zeros(world.ground.n, np.int8)
    levels[units[0]] = 2
    found = staged(scene, [], levels=levels)
    assert found["unrestrained_capture"] == pytest.approx((units == units[0]).mean())
    assert staged(scene, [], levels=levels * 0 + 3)["unrestrained_capture"] == 1.0


# --- the verdict ---------------------------------------------------------------------------------------


def made(policies, n=200, seed=0):
    """A table with stated containment and cost; one luck per outbreak, so that runs are paired."""
    luck = np.random.default_rng(seed).random(n)
    frames = [
        pl.DataFrame(
            {
                "county": [1 + i % 2 for i in range(n)],
                "outbreak": list(range(n)),
                "policy": name,
                "contained": luck < contained,
                "weighted_person_days": np.full(n, cost),
                "weighted_person_days_28": np.full(n, 2 * cost),
                "modelled_coverage": [None] * n,
                "realised_capture": np.full(n, capture),
                "unrestrained_capture": np.full(n, capture),
                "infections_28": np.full(n, 9),
                "people_restricted": np.full(n, cost / 14),
                "planning_s": np.full(n, 0.1),
                "seconds": np.full(n, 0.2),
            },
            schema_overrides={"modelled_coverage": pl.Float64},
        )
        for name, contained, cost, capture in policies
    ]
    return pl.concat(frames)


RNG = np.random.default_rng


def test_not_worse_cheaper_and_with_its_capture_is_better():
    table = made(
        [("rule", 0.9, 1e6, 0.5), ("good", 0.9, 0.8e6, 0.5), ("dear", 0.9, 0.81e6, 0.6), ("blind", 0.9, 0.5e6, 0.4),
         ("weak", 0.8, 0.5e6, 0.6)]
    )  # fmt: skip
    rows = {r["policy"]: r for r in summarise(table, reference="rule", rng=RNG(1)).iter_rows(named=True)}
    assert rows["good"]["is_better"]
    assert rows["dear"]["is_not_worse"] and not rows["dear"]["is_cheaper"] and not rows["dear"]["is_better"]
    assert (
        rows["blind"]["is_cheaper"] and not rows["blind"]["keeps_capture"] and not rows["blind"]["is_better"]
    )
    assert not rows["weak"]["is_not_worse"]
    assert rows["rule"]["difference"] == 0 and rows["rule"]["cost_ratio"] == 1
    assert next(iter(rows)) in ("blind", "weak")  # cheapest first


def test_interval_of_the_difference_is_that_of_paired_shares():
    table = made([("rule", 0.9, 1e6, 0.5), ("weak", 0.8, 1e6, 0.5)], n=400)
    row = summarise(table, reference="rule", rng=RNG(1)).filter(policy="weak").row(0, named=True)
    gap = table.filter(policy="weak")["contained"].cast(int) - table.filter(policy="rule")["contained"].cast(
        int
    )
    se = gap.std() / np.sqrt(400)
    assert row["difference"] == pytest.approx(gap.mean())
    assert row["difference_low"] == pytest.approx(gap.mean() - 1.96 * se, abs=0.006)
    assert row["difference_high"] == pytest.approx(gap.mean() + 1.96 * se, abs=0.006)
    assert row["contained_se"] == pytest.approx(np.sqrt(row["contained"] * (1 - row["contained"]) / 400))


def test_reference_is_the_rule_that_contains_most():
    table = made([("a", 0.9, 2e6, 0.5), ("b", 0.9, 1e6, 0.5), ("c", 1.0, 9e6, 0.5)])
    assert best_of(table, ["a", "b"]) == "b"
    assert best_of(table, ["a", "b", "c"]) == "c"
    with pytest.raises(InputError, match="none of x"):
        best_of(table, ["x"])


def test_unpaired_tables_are_refused():
    table = made([("a", 0.9, 2e6, 0.5), ("b", 0.9, 1e6, 0.5)])
    with pytest.raises(InputError, match="was not run"):
        summarise(table, reference="x", rng=RNG(1))
    with pytest.raises(InputError, match="other outbreaks"):
        summarise(table.slice(0, len(table) - 1), reference="a", rng=RNG(1))


def test_a_reference_without_cost_gives_no_ratio():
    rows = summarise(
        made([("nothing", 0.4, 0.0, 0.0), ("b", 0.9, 1e6, 0.5)]), reference="nothing", rng=RNG(1)
    )
    assert np.isnan(rows["cost_ratio"].to_numpy()).all() and not rows["is_cheaper"].any()


def test_infections_that_nobody_had_give_no_capture():
    table = made([("a", 0.9, 2e6, 0.5), ("b", 0.9, 1e6, 0.5)]).with_columns(
        unrestrained_capture=pl.lit(None, pl.Float64)
    )
    assert summarise(table, reference="a", rng=RNG(1))["capture_difference"].to_list() == [0.0, 0.0]


# --- the figure ----------------------------------------------------------------------------------------


def test_front_holds_what_none_beats():
    rows = summarise(
        made([("none", 0.4, 0.0, 0), ("a", 0.8, 1e6, 0), ("b", 0.7, 1.5e6, 0), ("c", 1.0, 3e6, 0), ("d", 1.0, 4e6, 0)]),
        reference="a", rng=RNG(1),
    )  # fmt: skip
    assert front(rows) == ["none", "a", "c"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_figure_names_every_policy_and_says_it_is_a_simulation(lang):
    rows = summarise(
        made([("none", 0.4, 0.0, 0), ("a&b", 0.8, 1e6, 0), ("c", 0.8, 1e6, 0)]), reference="c", rng=RNG(1)
    )
    drawn = figure(rows, lang=lang)
    assert drawn.count("<circle") == 3
    for name in ("none", "a&amp;b", ">c<"):
        assert name in drawn
    assert ("模拟" if lang == "zh" else "simulation") in drawn
    assert "a&b" not in drawn


def test_figure_of_nothing():
    rows = summarise(made([("a", 0.9, 1e6, 0)]), reference="a", rng=RNG(1)).clear()
    assert "nothing to draw" in figure(rows, lang="en")


def test_recall_lies_in_the_planned_range(table):
    assert table["recall"].is_between(0.6, 0.9).all()
    assert table["r0"].is_between(2.5, 5.0).all()
    assert dataclasses.asdict(SMALL)["every_days"] == 3


@pytest.mark.long  # a county of a million people, 60 runs
def test_in_a_large_county_more_zone_contains_more():
    design = Design(counties=(1,), outbreaks=20)
    found = run(POLICIES, design, chance=np.random.default_rng)
    rows = {r["policy"]: r for r in summarise(found, reference="two_tier", rng=RNG(1)).iter_rows(named=True)}
    assert 0.3 < rows["nothing"]["contained"] < 0.7
    assert rows["nothing"]["contained"] < rows["two_tier"]["contained"] < rows["township_sealed"]["contained"]
    assert rows["two_tier"]["weighted_person_days"] < 0.3 * rows["township_sealed"]["weighted_person_days"]
    assert rows["nothing"]["infections_28"] > 3 * rows["two_tier"]["infections_28"]
    assert found["seconds"].median() < 0.2


# --- the page ------------------------------------------------------------------------------------------


def test_page_names_every_column():
    page = PAGE.read_text("utf-8")
    assert not [c for c in SCHEMA if f"`{c}`" not in page]


def test_page_says_the_numbers_that_are_used():
    page, terms = PAGE.read_text("utf-8"), Terms()
    for said in (
        f"mean {terms.incubation_mean_d} days, deviation {terms.incubation_sd_d}",
        f"{terms.seek_before:.0%} a day before the first report, {terms.seek_after:.0%} after".replace(
            "%", " %"
        ),
        f"screening {terms.screen_outside:.0%} a day, managed {terms.screen_managed:.0%}, sealed {terms.screen_sealed:.0%}".replace(
            "%", " %"
        ),
        f"{terms.shares[0]:.0%} in the household, {terms.shares[1]:.0%} in the own unit".replace("%", " %"),
        f"{MOST_CASES:,} people were infected",
        "generation time 5.4 days",
    ):
        assert said in page, said
