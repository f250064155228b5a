"""What must hold of sampling rounds whatever the town: people add up, lanes are kept, no share passes one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.tasks.sampling.round_worlds import labs, means, within

from fireline.tasks.sampling.plan import plan_round
from fireline.tasks.sampling.pools import choose_pool, expected_tests
from fireline.tasks.sampling.progress import follow_round
from fireline.tasks.sampling.tables import READS

START = datetime(2026, 6, 1, tzinfo=UTC)


@st.composite
def towns(draw):
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n, k = draw(st.integers(1, 25)), draw(st.integers(1, 6))
    xy = rng.uniform(0, 0.04, (n + k, 2))
    units = pl.DataFrame(
        {"unit_id": [f"U{i:02d}" for i in range(n)], "population": rng.integers(0, 900, n) + (np.arange(n) == 0),
         "lon": 114 + xy[:n, 0], "lat": 33 + xy[:n, 1]}
    )  # fmt: skip
    sites = pl.DataFrame(
        {"site_id": [f"S{i}" for i in range(k)], "lon": 114 + xy[n:, 0], "lat": 33 + xy[n:, 1],
         "most_teams": rng.integers(0, 5, k)}
    )  # fmt: skip
    return units, sites


@given(towns(), st.integers(1, 15), st.sampled_from([8.0, 24.0]), st.floats(500, 6_000))
@settings(max_examples=60, deadline=None)
def test_a_plan_holds_together(town, teams, open_h, reach_m):
    units, sites = town
    have = means(teams=teams, open_h=open_h, reach_m=reach_m, labs=labs(("A", 60.0, 4.0), ("B", 20.0, 6.0)))
    found = plan_round(units, sites, have, prevalence=1e-3, deadline=within(30))
    placed = found.units.filter(pl.col("site_id").is_not_null())
    assert found.units["people"].sum() == units["population"].sum()
    assert placed["people"].sum() == found.sites["people"].sum()
    lanes = dict(sites.select("site_id", "most_teams").iter_rows())
    assert all(t <= lanes[s] for s, t in found.sites.select("site_id", "teams").iter_rows())
    assert (placed["distance_m"] <= reach_m + 1).all()
    assert (placed["end_h"] >= placed["start_h"] - 1e-3).all()
    assert found.sampled_h <= found.results_h <= found.settled_h
    if np.isfinite(found.sampled_h):
        work = found.sites["people"].sum() / (100.0 * min(teams, 10))  # 20 registrars keep ten teams busy
        assert found.sampled_h >= work - 1e-6
        assert placed.filter(pl.col("people") > 0)["end_h"].max() <= found.sampled_h + 2e-3
    if found.is_in_time:
        assert (
            found.results_h <= 30 + 1e-9
            and found.units.filter(pl.col("people") > 0)["site_id"].null_count() == 0
        )
    assert (found.needs["short"] >= 0).all()
    if found.teams_needed is not None:
        assert found.teams_bound <= found.teams_needed


@given(towns(), st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_another_team_never_takes_longer_by_much(town, teams):
    units, sites = town
    one = plan_round(units, sites, means(teams=teams, registrars=100), prevalence=1e-3)
    more = plan_round(units, sites, means(teams=teams + 3, registrars=100), prevalence=1e-3)
    # the fast rule is no proof: within a third of what fewer teams reach
    assert more.sampled_h <= one.sampled_h * 4 / 3 + 0.1


@given(st.floats(0, 1), st.integers(1, 40))
def test_pools_never_cost_more_than_one_test_more_than_the_people(prevalence, size):
    assert 0 < expected_tests(prevalence, size) <= 1000 * (1 + 1 / size) + 1e-9
    chosen = choose_pool(prevalence)
    assert chosen.tests_per_1000 <= 1000.0


PERSON = st.sampled_from([f"p{i}" for i in range(12)])
TUBE = st.sampled_from([f"t{i}" for i in range(6)])
HOUR = st.integers(-3, 20)


@given(
    st.lists(st.tuples(PERSON, st.sampled_from("UV"), st.sampled_from(["present", "absent", "refused", None])), max_size=15),
    st.lists(st.tuples(PERSON, TUBE, HOUR), max_size=25),
    st.lists(st.tuples(TUBE, st.sampled_from(["negative", "positive", "invalid", None]), HOUR), max_size=8),
    HOUR,
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_progress_adds_up(roster, samples, tubes, at):
    def when(h: int) -> datetime:
        return START + timedelta(hours=h)

    found = follow_round(
        pl.DataFrame(roster, schema=READS["roster"], orient="row"),
        pl.DataFrame([(p, t, when(h)) for p, t, h in samples], schema=READS["samples"], orient="row"),
        pl.DataFrame([(t, r, when(h)) for t, r, h in tubes], schema=READS["tubes"], orient="row"),
        start=START,
        at=when(at),
    )
    for row in [*found.units.iter_rows(named=True), *found.total.iter_rows(named=True)]:
        assert row["listed"] == row["present"] + row["absent"] + row["refused"] + row["unknown"]
        assert row["sampled"] == row["negative"] + row["positive"] + row["pending"] + row["to_resample"]
        assert row["sampled"] <= row["present"]
        for share in ("share_of_listed", "share_of_expected"):
            assert row[share] is None or 0.0 <= row[share] <= 1.0
    total = found.total.row(0, named=True)
    assert total["listed"] == len({p for p, *_ in roster})
    assert total["to_resample"] == found.resamples.height
    if found.hours.height:
        assert found.hours["sampled_so_far"][-1] == total["sampled"]
        assert found.hours["sampled_so_far"].is_sorted() and found.hours["settled_so_far"].is_sorted()
    assert found.units["listed"].sum() == pytest.approx(total["listed"])
