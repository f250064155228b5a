"""The simulated outbreak: every infection has a meeting behind it, every response a reason."""

from __future__ import annotations

import numpy as np
import pytest

from fireline.drill.county import build
from fireline.drill.outbreak import MOST, N_DAYS, NEVER, TRAIN_MIN, all_stays, simulate
from fireline.drill.schedule import DAY_MIN


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(11)
    county = build(n_people=20_000, rng=rng)
    return county, simulate(county, first_weekday=0, rng=rng)


def test_one_imported_index_and_a_size_worth_exercising(world):
    _, outbreak = world
    imported = [i for i in outbreak.infections.values() if i.source < 0]
    assert len(imported) == 1
    assert imported[0].person == outbreak.travellers[0]
    reported = [i for i in outbreak.infections.values() if i.reported_min < N_DAYS * DAY_MIN]
    assert 10 <= len(reported) <= MOST


def test_sources_are_infected_before_those_they_infect(world):
    _, outbreak = world
    for i in outbreak.infections.values():
        if i.source >= 0:
            assert outbreak.infections[i.source].infected_min < i.infected_min
        assert i.onset_min >= i.infected_min + 720


def test_infections_outside_happen_during_a_shared_stay(world):
    _, outbreak = world
    checked = 0
    for i in outbreak.infections.values():
        if i.place < 0:
            continue
        s = outbreak.days[i.infected_min // DAY_MIN]
        at = (s.place == i.place) & (s.enter_min <= i.infected_min) & (s.leave_min >= i.infected_min)
        there = set(s.person[at].tolist())
        assert {i.person, i.source} <= there
        checked += 1
    assert checked


def test_household_infections_stay_in_the_household(world):
    county, outbreak = world
    home = county.people.household
    pairs = [(i.person, i.source) for i in outbreak.infections.values() if i.setting == "household"]
    assert pairs
    assert all(home[a] == home[b] for a, b in pairs)


def test_response_follows_in_order(world):
    _, outbreak = world
    for i in outbreak.infections.values():
        if i.sampled_min == NEVER:
            continue
        assert i.infected_min < i.sampled_min < i.reported_min
        assert outbreak.stop_min[i.person] <= i.isolated_min


def test_managed_contacts_met_their_case(world):
    county, outbreak = world
    assert any(m.managed_min == NEVER for m in outbreak.managed)  # lapses on purpose
    for m in outbreak.managed:
        assert m.person != m.of
        assert m.of in outbreak.infections
        home = county.people.household
        if m.tier == "secondary":  # lives with a close contact of the same case, not with the case
            families = {int(home[c.person]) for c in outbreak.managed if c.of == m.of and c.tier == "close"}
            assert int(home[m.person]) in families
        elif m.via == "household":
            assert home[m.person] == home[m.of]


def test_nobody_goes_out_after_isolation_or_before_arriving(world):
    county, outbreak = world
    s = all_stays(outbreak, np.ones(county.people.n, dtype=bool))
    assert (s.leave_min <= outbreak.stop_min[s.person]).all()
    came = np.isin(s.person, outbreak.travellers)
    assert s.enter_min[came].min() == TRAIN_MIN
    first = s.enter_min[came] == TRAIN_MIN
    assert set(s.place[came][first].tolist()) == {outbreak.station}


def test_same_seed_same_outbreak():
    def once():
        rng = np.random.default_rng(4)
        county = build(n_people=5_000, rng=rng)
        return simulate(county, first_weekday=0, rng=rng)

    a, b = once(), once()
    assert list(a.infections) == list(b.infections)
    assert a.managed == b.managed
