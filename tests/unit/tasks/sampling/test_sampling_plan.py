"""A round as a whole: hours, laboratory, the rule's deadline, what is short and by how much."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import polars as pl
import pytest
from tests.unit.tasks.sampling.round_worlds import labs, means, sites, town, within

from fireline.errors import InputError
from fireline.policy import At, load_library
from fireline.tasks.sampling.means import clock_h, fastest_h, lab_h, round_deadline, work_h
from fireline.tasks.sampling.plan import plan_round
from fireline.tasks.sampling.tables import SCHEMAS


def plan(**more):
    means_ = more.pop("means", None) or means()
    units_ = more.pop("units", town())
    sites_ = more.pop("sites", sites(1, 4))
    return plan_round(units_, sites_, means_, prevalence=more.pop("prevalence", 1e-3), **more)


def short(found) -> dict[str, float]:
    return dict(found.needs.filter(pl.col("short") > 0).select("resource", "short").iter_rows())


def test_a_town_that_has_enough():
    found = plan(deadline=within(24))
    assert found.sampled_h == pytest.approx(6.0, abs=0.05)  # 3,600 people, 6 teams, 100 an hour
    assert found.results_h == pytest.approx(11.0, abs=0.05)  # an hour on the way, four in the laboratory
    assert found.settled_h > found.results_h + 7
    assert found.is_in_time is True and short(found) == {}
    assert found.teams_needed == found.teams_bound == 2  # 19 hours for 3,600 people
    assert (found.pools.size, found.sites["people"].to_list()) == (20, [1800, 1800])
    assert found.sites["tubes"].to_list() == [90, 90]
    assert found.sites["registrars"].to_list() == [6, 6]
    for name, table in found.tables().items():
        assert dict(table.schema) == SCHEMAS[name]


def test_units_come_one_after_the_other_nearest_first():
    found = plan()
    site = found.units.filter(pl.col("site_id") == "S1").sort("start_h")
    assert site["end_h"].to_list()[:-1] == pytest.approx(site["start_h"].to_list()[1:], abs=0.01)
    assert site["distance_m"].is_sorted()
    assert site["start_h"][0] == 0.0 and site["end_h"].max() == pytest.approx(found.sampled_h, abs=0.01)
    assert (found.is_in_time, found.teams_needed) == (None, None)


@pytest.mark.parametrize(
    ("change", "resource", "by"),
    [
        ({"teams": 1}, "teams", 1),
        ({"registrars": 2}, "registrars", 2),
        ({"tubes": 100}, "tubes", 152),  # 180 pools and 72 single tubes
        ({"labs": labs(("L", 2.0, 4.0))}, "lab", 180 / 19 - 2),
    ],
)
def test_what_is_short_and_by_how_much(change, resource, by):
    found = plan(means=means(**change), deadline=within(24))
    assert short(found) == {resource: pytest.approx(by, abs=0.6)}
    assert found.is_in_time is False
    said = found.needs.filter(pl.col("resource") == resource).row(0, named=True)
    assert f"{math.ceil(by - 1e-9)}" in said["what_en"] and "缺" in said["what_zh"] + "缺"
    assert said["what_en"] in [n.en for n in found.notes]


def test_registrars_hold_teams_back():
    found = plan(means=means(registrars=4))  # 200 people an hour registered: two teams' worth
    assert found.sampled_h == pytest.approx(18.0, abs=0.1)
    slow = plan(means=means(registrars=1), deadline=within(24))  # half of what one team could do
    assert slow.sampled_h == pytest.approx(72.0, abs=0.2) and slow.is_in_time is False
    assert short(slow) == {"registrars": 3.0}


def test_units_out_of_reach_are_named_and_the_round_is_not_in_time():
    found = plan(sites=sites(1), deadline=within(24))
    out = found.units.filter(pl.col("site_id").is_null())
    assert out["unit_id"].to_list() == ["U4", "U5"]
    assert short(found)["reach"] == 1200.0
    assert found.is_in_time is False


def test_lanes_that_are_too_few():
    found = plan(
        sites=sites(1, 4, lanes=1), deadline=within(11)
    )  # six hours left for 3,600 people, two lanes
    assert short(found)["lanes"] == 2400.0
    assert found.teams_needed is None and found.is_in_time is False


def test_transport_and_testing_alone_pass_the_deadline():
    found = plan(deadline=within(4))
    assert short(found) == {"time": pytest.approx(1.0)}
    assert any("transport and testing alone" in n.en for n in found.notes)


def test_fewer_teams_than_sites_go_round():
    found = plan(units=town(12), sites=sites(1, 6, 10), means=means(teams=2, reach_m=1_600.0))
    assert 36.0 <= found.sampled_h <= 48.0  # 7,200 people; 36 h if it could be even, 4/3 of it at most
    assert any("go from one to the next" in n.en for n in found.notes)
    assert found.sites["end_h"].max() == pytest.approx(found.sampled_h)


def test_no_site_in_reach_of_anybody_or_no_laboratory_never_ends():
    assert plan(means=means(reach_m=1.0)).sampled_h == math.inf
    found = plan(means=means(labs=labs(("L", 0.0, 4.0))), deadline=within(24))
    assert found.results_h == math.inf and found.is_in_time is False
    assert any("cannot end" in n.en for n in found.notes)
    assert short(found)["lab"] == pytest.approx(180 / 24)


def test_exact_needs_no_more_teams_than_the_rule():
    rng = np.random.default_rng(4)
    units = town(30).with_columns(population=pl.Series(rng.integers(100, 900, 30)))
    at = sites(*range(0, 30, 3))
    fast = plan(units=units, sites=at, means=means(teams=40), deadline=within(12))
    exact = plan(
        units=units, sites=at, means=means(teams=40), deadline=within(12), is_exact=True, limit_s=2.0
    )
    assert exact.teams_bound <= exact.teams_needed <= fast.teams_needed


def test_everything_wrong_is_said_at_once():
    bad = town().with_columns(population=pl.lit(0), lon=pl.lit(None, pl.Float64))
    with pytest.raises(InputError) as error:
        plan_round(bad, sites(), means(teams=0, registrars=0, open_h=0.0), prevalence=0.0)
    for said in (
        "no coordinates",
        "nobody",
        "no sampling site",
        "no sampling team",
        "no registrar",
        "opening hours",
    ):
        assert said in str(error.value)
    with pytest.raises(InputError, match="lacks lat"):
        plan_round(town().drop("lat"), sites(1), means(), prevalence=0.0)


@pytest.mark.parametrize(
    ("work", "open_h", "clock"), [(5, 24, 5), (10, 10, 10), (10.5, 10, 24.5), (25, 10, 53), (0, 10, 0)]
)
def test_work_and_clock(work, open_h, clock):
    assert clock_h(work, open_h) == pytest.approx(clock)
    assert work_h(clock, open_h) == pytest.approx(work)
    assert work_h(-3.0, open_h) == 0.0


def test_sites_that_close_at_night_end_later():
    found = plan(means=means(teams=2, open_h=10.0))
    assert found.sampled_h == pytest.approx(24 + 8, abs=0.1)
    assert ((found.units["start_h"] % 24) <= 10.0).all()


def test_the_laboratory_as_a_queue():
    slow = means(labs=labs(("L", 10.0, 4.0)))
    assert lab_h(100, 2.0, slow) == pytest.approx(1 + 4 + 10)  # waits: ten hours of work
    assert lab_h(10, 8.0, slow) == pytest.approx(8 + 1 + 4)  # never waits
    two = means(labs=labs(("A", 10.0, 4.0), ("B", 10.0, 8.0)))
    assert lab_h(100, 0.0, two) == pytest.approx(12.0)  # A 70 tubes from hour 5, B 30 from hour 9
    assert fastest_h(two) == 5.0


@pytest.mark.parametrize(
    ("on", "population", "hours"),
    [
        (date(2021, 11, 1), 1_000_000, 48.0),
        (date(2021, 11, 1), 6_000_000, 72.0),
        (date(2022, 5, 1), 6_000_000, 24.0),
        (date(2026, 1, 1), 1_000_000, None),
    ],
)
def test_deadlines_come_from_the_packs(on, population, hours):
    rules = At(load_library(), "covid-19", "CN-411624", on)
    found = round_deadline(rules, "city_round", population=population)
    if hours is None:
        assert (found.hours, found.rule_id) == (None, "")
        assert "no rule" in found.note.en
    else:
        # an archive pack answers for its own days; only where it may order does the plan hold to it
        assert found.hours == hours and found.rule_id
