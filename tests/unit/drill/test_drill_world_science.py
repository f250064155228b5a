"""The simulator against known results: final size, growth rate, generation time, offspring law, R0."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats
from tests.factories.small_towns import mixed_town, no_response

from fireline.drill.world.county import build
from fireline.drill.world.simulate import empty_cases, import_case
from fireline.drill.world.terms import Terms, disease_of, draw_terms, infectious_by_age, response_of
from fireline.errors import InputError
from fireline.kernels.spatial_outbreak import spread

MIXED = (0.0, 1.0, 0.0, 0.0)


def let_run(town, terms, *, imports, last_day, capacity, seed=1):
    disease = disease_of(terms, town)
    cases = empty_cases(len(town.unit), capacity)
    everyone = np.random.default_rng(seed).choice(len(town.unit), imports, replace=False)
    for person in everyone.tolist():
        import_case(cases, person=person, unit=int(town.unit[person]), day=0)
    _, is_full = spread(
        town, disease, no_response(), cases,
        levels=np.zeros(len(town.unit_first) - 1, np.int8), seed=seed, first_day=0, last_day=last_day,
    )  # fmt: skip
    assert not is_full
    n = int(cases.n[0])
    return disease, cases.infected[:n]


def generation_law(disease):
    """Share of a mean case's attempts by days since infection."""
    return disease.by_age[disease.incubation].mean(axis=0)


def first_generation(town, terms, *, imports, seed):
    """Only the imported cases infect: whoever they infected is taken out before the next day."""
    disease = disease_of(terms, town)
    cases = empty_cases(len(town.unit), imports * 20)
    for person in np.random.default_rng(seed).choice(len(town.unit), imports, replace=False).tolist():
        import_case(cases, person=person, unit=0, day=0)
    for day in range(disease.by_age.shape[1]):
        spread(
            town, disease, no_response(), cases,
            levels=np.zeros(1, np.int8), seed=seed, first_day=day, last_day=day + 1,
        )  # fmt: skip
        cases.removed[imports : cases.n[0]] = 0
    n = int(cases.n[0])
    return disease, cases.infected[:n], cases.source[:n]


@pytest.fixture(scope="module")
def large():
    return mixed_town(2_000_000)


@pytest.mark.parametrize("r0", [1.5, 2.5])
@pytest.mark.parametrize("k", [0.3, np.inf])
def test_final_size(r0, k):
    n = 20_000
    imports = 200
    _, infected = let_run(
        mixed_town(n), Terms(r0=r0, k=k, shares=MIXED), imports=imports, last_day=350, capacity=n
    )
    # Kermack & McKendrick (1927): the share z of those not imported that is infected in the end
    z = optimize.brentq(lambda z: 1 - np.exp(-r0 * (z * (n - imports) + imports) / n) - z, 1e-6, 1)
    tolerance = 0.035 if k == 0.3 else 0.015  # about 3 sd of 5 runs each; uneven force makes sizes uneven
    assert (len(infected) - imports) / (n - imports) == pytest.approx(z, abs=tolerance)


def test_early_growth_is_that_of_euler_and_lotka(large):
    r0 = 3.0
    disease, infected = let_run(
        large, Terms(r0=r0, k=np.inf, shares=MIXED), imports=100, last_day=27, capacity=100_000
    )
    law = generation_law(disease)
    ages = np.arange(len(law))
    # Wallinga & Lipsitch (2007), doi:10.1098/rspb.2006.3754: 1 = R0 sum g(a) exp(-r a)
    rate = optimize.brentq(lambda r: r0 * (law * np.exp(-r * ages)).sum() - 1, 0.01, 1)
    daily = np.bincount(infected, minlength=27)[14:27]
    found = np.polyfit(np.arange(14, 27), np.log(daily), 1)[0]
    assert daily[0] > 300
    assert found == pytest.approx(rate, rel=0.04)


def test_generation_time_and_offspring_law(large):
    r0, k, imports = 2.5, 0.3, 4_000
    terms = Terms(r0=r0, k=k, shares=MIXED, asymptomatic=0.0)
    disease, infected, source = first_generation(large, terms, imports=imports, seed=5)
    first = source >= 0
    law = generation_law(disease)
    mean = (law * np.arange(len(law))).sum()
    assert (
        4.0 < mean < 6.5
    )  # days; incubation 4.4 and half a day after onset, less what falls before infection
    assert infected[first].mean() == pytest.approx(
        mean, abs=0.2
    )  # about 3 sd: the children of one case share its incubation
    offspring = np.bincount(source[first], minlength=imports)
    assert offspring.mean() == pytest.approx(r0, rel=0.1)

    m = offspring.mean()  # the most likely mean of a negative binomial is that of the sample
    found = optimize.minimize_scalar(
        lambda size: -stats.nbinom.logpmf(offspring, size, size / (size + m)).sum(),
        bounds=(0.05, 5), method="bounded",
    )  # fmt: skip
    assert found.x == pytest.approx(k, rel=0.1)
    top = np.sort(offspring)[::-1][: imports // 5].sum() / offspring.sum()
    assert 0.75 < top < 0.95  # at k = 0.3 a fifth of the cases cause most of the next


def test_offspring_in_the_county_stay_a_little_below_the_attempts():
    world = build(n_people=50_000, rng=np.random.default_rng(2))
    town = world.town
    terms = Terms(r0=3.0, k=np.inf)
    disease = disease_of(terms, town)
    offspring, settings = [], []
    for seed in range(400):  # one case each: nobody else takes its contacts
        cases = empty_cases(world.n_people, 3_000)
        person = int(np.random.default_rng(seed).integers(world.n_people))
        import_case(cases, person=person, unit=int(town.unit[person]), day=0)
        spread(
            town, disease, no_response(), cases,
            levels=np.zeros(world.ground.n, np.int8), seed=seed, first_day=0, last_day=16,
        )  # fmt: skip
        mine = cases.source[: cases.n[0]] == 0
        offspring.append(int(mine.sum()))
        settings.extend(cases.setting[: cases.n[0]][mine].tolist())
    mean = np.mean(offspring)
    assert 0.75 * terms.r0 < mean < 1.02 * terms.r0  # a household holds few people to infect
    share = np.bincount(settings, minlength=4) / len(settings)
    assert 0.15 < share[0] < terms.shares[0]
    assert share[1:].min() > 0.15


def test_infectiousness_has_the_published_shape():
    table = infectious_by_age(np.array([1, 5, 12]))
    assert (table[:, 0] == 0).all()
    np.testing.assert_allclose(table[1:].sum(axis=1), 1.0, atol=1e-12)
    long = table[12]
    before_onset = long[:12].sum()
    assert 0.35 < before_onset < 0.5  # He et al. (2020), doi:10.1038/s41591-020-0869-5: 44 % before onset
    assert (long * np.arange(len(long))).sum() - 12 == pytest.approx(0.51, abs=0.1)  # 97.19/3.719 - 25.625


def test_tables_of_the_disease_keep_their_means():
    town = mixed_town(100)
    disease = disease_of(Terms(), town)
    assert disease.force.mean() == pytest.approx(1.0, abs=1e-12)
    assert disease.force.var() == pytest.approx(1 / 0.3, rel=0.02)
    assert disease.incubation.mean() == pytest.approx(4.4, abs=0.1)
    assert disease.incubation.std() == pytest.approx(2.5, abs=0.15)
    terms = Terms()
    weights = disease.weight @ [1 - terms.asymptomatic, terms.asymptomatic]
    assert weights == pytest.approx(1.0, abs=1e-12)
    assert disease.attempts[0] == 0  # nobody shares a household in this town
    assert disease.attempts[1:].sum() == pytest.approx(3.5 * 0.7)


def test_drawn_terms_lie_where_decision_13_says():
    drawn = [draw_terms(np.random.default_rng(i)) for i in range(300)]
    r0, recall = np.array([t.r0 for t in drawn]), np.array([t.recall for t in drawn])
    assert 2.5 <= r0.min() < 2.7 and 4.8 < r0.max() <= 5.0
    assert 0.6 <= recall.min() < 0.63 and 0.87 < recall.max() <= 0.9
    assert {t.report_d for t in drawn} == {1, 2, 3}
    assert {t.k for t in drawn} == {0.3}


def test_before_the_alert_nothing_is_screened_and_life_is_as_usual():
    before, after = response_of(Terms(), is_alert=False), response_of(Terms(), is_alert=True)
    assert not before.screen.any() and before.precaution == 1
    assert (np.diff(after.screen) >= 0).all() and after.screen[3] == Terms().screen_sealed
    for keep in (after.keep_inside, after.keep_out, after.keep_in):
        assert (np.diff(keep) <= 0).all() and keep[0] == 1


def test_shares_must_sum_to_one():
    with pytest.raises(InputError, match="sum to 1"):
        Terms(shares=(0.3, 0.3, 0.3, 0.3))
