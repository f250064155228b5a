"""kernels.spatial_outbreak equals its plain twin, case by case, and never does what it must not."""

import numpy as np
import pytest
from tests.factories.small_towns import mixed_town, no_response, random_disease, random_response, small_town
from tests.reference.naive_spatial_outbreak import NaiveOutbreak

from fireline.drill.world.simulate import empty_cases, import_case
from fireline.kernels.spatial_outbreak import HOME, NEVER, errand_units, spread

# with compilation off the numbers are NumPy scalars, which say that they wrap around; wrapping is the method
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")

COLUMNS = ("person", "infected", "place", "level", "sampled", "removed", "traced")


def start(town, seed, capacity=400):
    cases = empty_cases(len(town.unit), capacity)
    person = seed * 7 % len(town.unit)
    import_case(cases, person=person, unit=int(town.unit[person]), day=0)
    return cases, person


def assert_same(cases, naive):
    n = int(cases.n[0])
    assert n == len(naive.cases)
    for name in COLUMNS:
        assert getattr(cases, name)[:n].tolist() == [c[name] for c in naive.cases], name
    assert cases.source[:n].tolist() == [-1 if c["source"] is None else c["source"] for c in naive.cases]
    assert cases.setting[:n].tolist() == [-1 if c["setting"] is None else c["setting"] for c in naive.cases]
    assert cases.is_checked[:n].tolist() == [c["checked"] for c in naive.cases]
    assert sorted(np.flatnonzero(cases.is_infected).tolist()) == sorted(c["person"] for c in naive.cases)


@pytest.mark.parametrize("seed", range(25))
def test_equals_twin(seed):
    rng = np.random.default_rng(seed)
    town, disease, response = small_town(rng), random_disease(rng), random_response(rng)
    levels = rng.integers(0, 4, len(town.unit_first) - 1).astype(np.int8)
    cases, person = start(town, seed)
    naive = NaiveOutbreak(town, disease, response, levels, seed)
    naive.import_case(person, 0)
    stop = int(rng.integers(0, 4))
    day, is_full = spread(
        town, disease, response, cases, levels=levels, seed=seed, first_day=0, last_day=14, stop_reports=stop
    )
    assert day == naive.run(0, 14, stop) and not is_full
    assert_same(cases, naive)
    naive.levels = levels[::-1].tolist()  # a second plan: the run goes on from where it stands
    spread(
        town, disease, response, cases,
        levels=levels[::-1].copy(), seed=seed, first_day=day, last_day=day + 6,
    )  # fmt: skip
    naive.run(day, day + 6)
    assert_same(cases, naive)


def test_the_twin_has_been_through_everything():
    settings, found = set(), {"traced": 0, "sampled": 0}
    for seed in range(25):
        rng = np.random.default_rng(seed)
        town, disease, response = small_town(rng), random_disease(rng), random_response(rng)
        levels = rng.integers(0, 4, len(town.unit_first) - 1).astype(np.int8)
        cases, _ = start(town, seed)
        spread(town, disease, response, cases, levels=levels, seed=seed, first_day=0, last_day=14)
        n = int(cases.n[0])
        settings |= set(cases.setting[:n].tolist())
        for name in found:
            found[name] += int((getattr(cases, name)[:n] < NEVER).sum())
    assert settings == {-1, 0, 1, 2, 3}
    assert found["traced"] > 20 and found["sampled"] > 50


def test_errands_keep_to_four_favourites():
    rng = np.random.default_rng(2)
    town = small_town(rng, n_units=30, n_people=300)
    person = np.repeat([3, 120], 400)
    found = errand_units(town, seed=5, person=person, day=np.tile(np.arange(400), 2))
    for p in (3, 120):
        units = set(found[person == p].tolist())
        row = town.errand_unit[town.errand_first[town.unit[p]] : town.errand_first[town.unit[p] + 1]]
        assert len(units) <= 4 and units <= (set(row.tolist()) or {-1})


def test_sealed_and_obeyed_leaves_the_household_only():
    rng = np.random.default_rng(3)
    town, disease = small_town(rng, n_people=300), random_disease(rng)
    response = no_response()._replace(
        obey=np.ones(4),
        keep_inside=np.r_[1.0, 1, 1, 0],
        keep_out=np.r_[1.0, 1, 1, 0],
        keep_in=np.r_[1.0, 1, 1, 0],
    )
    disease = disease._replace(attempts=np.array([1.0, 2.0, 2.0, 2.0]))
    sealed = np.full(len(town.unit_first) - 1, 3, np.int8)
    n_free = 0
    for seed in range(6):
        cases, _ = start(town, seed, 400)
        spread(town, disease, response, cases, levels=sealed, seed=seed, first_day=0, last_day=16)
        n = int(cases.n[0])
        assert set(cases.setting[:n].tolist()) <= {-1, HOME}
        assert len(set(town.house[cases.person[:n]].tolist())) == 1
        free, _ = start(town, seed, 400)
        spread(town, disease, response, free, levels=sealed * 0, seed=seed, first_day=0, last_day=16)
        n_free += int(free.n[0]) - n
    assert n_free > 100  # the same outbreaks go on where nothing is sealed


def test_a_removed_case_infects_nobody():
    rng = np.random.default_rng(8)
    for seed in range(15):
        town, disease, response = small_town(rng), random_disease(rng), random_response(rng)
        cases, _ = start(town, seed)
        levels = np.zeros(len(town.unit_first) - 1, np.int8)
        spread(town, disease, response, cases, levels=levels, seed=seed, first_day=0, last_day=20)
        n = int(cases.n[0])
        source, infected = cases.source[1:n], cases.infected[1:n]
        assert (infected < cases.removed[source]).all()
        assert (infected > cases.infected[source]).all()
        assert len(set(cases.person[:n].tolist())) == n


def test_full_arrays_break_the_run_off():
    town = mixed_town(500)
    disease = random_disease(np.random.default_rng(0))._replace(
        attempts=np.array([0.0, 8.0, 0.0, 0.0]), force=np.ones(4)
    )
    cases, _ = start(town, 1, capacity=50)
    day, is_full = spread(
        town, disease, no_response(), cases, levels=np.zeros(1, np.int8), seed=1, first_day=0, last_day=60
    )
    assert is_full and 0 < day < 60 and cases.n[0] == 50


def test_levels_of_another_town_are_refused():
    town = mixed_town(10)
    cases, _ = start(town, 1, 5)
    with pytest.raises(ValueError, match="levels"):
        spread(
            town, random_disease(np.random.default_rng(0)), no_response(), cases,
            levels=np.zeros(2, np.int8), seed=1, first_day=0, last_day=3,
        )  # fmt: skip
