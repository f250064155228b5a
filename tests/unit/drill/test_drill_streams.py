"""Generated streams and outbreaks: what was asked for is what is drawn, and nothing comes before its time."""

import numpy as np
import pytest

from fireline.drill.streams import (
    RESPIRATORY,
    StreamModel,
    background,
    from_one_source,
    reports,
    spread_by_person,
    weekly,
)

PEOPLE = np.array([10_000, 50_000])
PLAIN = StreamModel("x", per_10k=8.0, season=0.0, phi=1.0, day_sd=0.0, area_sd=0.0)


@pytest.fixture(scope="module")
def covid(library):
    return library.profile("covid-19")


def drawn(*models, n_days=2_000, seed=1, **more):
    return background(
        models, population=PEOPLE, n_days=n_days, rng=np.random.default_rng(seed), **more
    ).counts


def test_it_works():
    made = background(RESPIRATORY, population=PEOPLE, n_days=60, rng=np.random.default_rng(1))
    assert made.counts.shape == (60, 2, len(RESPIRATORY))
    assert [m.stream for m in made.models] == [m.stream for m in RESPIRATORY]
    assert (np.nan_to_num(made.counts) >= 0).all()


def test_the_mean_follows_the_people():
    counts = drawn(PLAIN)[..., 0]
    assert counts.mean(axis=0) == pytest.approx([8, 40], rel=0.03)
    assert counts.var(axis=0) == pytest.approx([8, 40], rel=0.12)


def test_the_spread_is_the_one_asked_for():
    counts = drawn(PLAIN._replace(phi=3.0))[..., 0]
    assert counts.var(axis=0) / counts.mean(axis=0) == pytest.approx([3, 3], rel=0.15)


def test_weekdays_and_closed_days():
    counts = drawn(PLAIN._replace(weekday=(2.0, 1, 1, 1, 1, 0.5, 0.0)), first_weekday=3)[..., 0]
    day = (3 + np.arange(2_000)) % 7
    assert np.isnan(counts[day == 6]).all() and np.isfinite(counts[day != 6]).all()
    assert counts[day == 0].mean() == pytest.approx(4 * counts[day == 5].mean(), rel=0.1)


def test_the_season_is_highest_in_january():
    counts = drawn(PLAIN._replace(season=0.5), n_days=3 * 365)[:, 1, 0]
    year = np.arange(3 * 365) % 365
    winter, summer = counts[year < 31].mean(), counts[(year > 180) & (year < 211)].mean()
    assert winter / summer == pytest.approx(np.e, rel=0.1)
    later = drawn(PLAIN._replace(season=0.5), n_days=365, first_day_of_year=182)[:, 1, 0]
    assert later[:30].mean() < 0.5 * later[170:200].mean()


def test_streams_of_a_county_move_together_over_days():
    restless = PLAIN._replace(per_10k=200.0, day_sd=0.2)
    counts = drawn(restless, restless._replace(stream="y"))
    logs = np.log(counts)
    assert np.corrcoef(logs[:, 0, 0], logs[:, 0, 1])[0, 1] > 0.5
    assert np.corrcoef(logs[:, 0, 0], logs[:, 1, 0])[0, 1] > 0.8
    assert np.corrcoef(logs[:-1, 1, 0], logs[1:, 1, 0])[0, 1] > 0.6


def test_the_same_seed_gives_the_same_figures():
    np.testing.assert_array_equal(drawn(*RESPIRATORY, n_days=50), drawn(*RESPIRATORY, n_days=50))


def test_weekly_sums_stand_on_sundays():
    daily = np.arange(20.0)
    daily[3] = np.nan
    found = weekly(daily, first_weekday=2)  # a Wednesday: Sundays are days 4, 11, 18
    assert np.flatnonzero(np.isfinite(found)).tolist() == [11, 18]
    assert found[11] == sum(range(5, 12)) and found[18] == sum(range(12, 19))
    counts = drawn(PLAIN._replace(step_days=7), n_days=70)[..., 0]
    assert np.isfinite(counts[:, 0]).sum() == 10


def test_an_outbreak_grows_by_its_serial_interval(covid):
    rng = np.random.default_rng(2)
    runs = [spread_by_person(covid, r=2.0, n_days=60, seeds=20, most=10**6, rng=rng) for _ in range(60)]
    mean = np.mean(runs, axis=0)
    assert mean[0] == 20
    assert sum(r[1:16].sum() for r in runs) / 60 > 30
    # doubling about every serial interval (5.2 days) where each infects two
    assert mean[40:45].sum() / mean[35:40].sum() == pytest.approx(2, rel=0.45)


def test_an_outbreak_ends_at_its_size(covid):
    rng = np.random.default_rng(3)
    for _ in range(10):
        assert spread_by_person(covid, r=3.0, n_days=200, seeds=5, most=100, rng=rng).sum() <= 100


def test_below_one_an_outbreak_dies_out(covid):
    rng = np.random.default_rng(4)
    runs = [spread_by_person(covid, r=0.5, n_days=200, seeds=10, most=10**6, rng=rng) for _ in range(50)]
    assert np.mean([r.sum() for r in runs]) == pytest.approx(20, rel=0.3)


def test_a_disease_without_a_serial_interval_spreads_all_the_same(library):
    cholera = library.profile("cholera")
    assert cholera.serial_interval_days is None
    found = spread_by_person(cholera, r=2.0, n_days=40, seeds=20, most=500, rng=np.random.default_rng(5))
    assert found.sum() > 60


def test_one_meal():
    found = from_one_source(size=80, n_exposed_days=2, n_days=10, rng=np.random.default_rng(6))
    assert found.sum() == 80 and found[2:].sum() == 0 and (found[:2] > 20).all()


def test_reports_come_after_incubation_and_the_way_there(covid):
    infected = np.zeros(60, np.int64)
    infected[0] = 20_000
    model = PLAIN._replace(per_infection=0.5, onset_to=(2.0, 1.0))
    found = reports(infected, model, covid, first_weekday=0, rng=np.random.default_rng(7))
    assert found.sum() == pytest.approx(10_000, rel=0.05)
    middle = np.searchsorted(np.cumsum(found), found.sum() / 2)
    assert middle == pytest.approx(5.1 + 2.0 - 0.5, abs=1.0)  # incubation 5.1 days, two days to the doctor
    assert found[0] < 0.01 * found.sum()


def test_closed_days_pass_on_to_the_next_open_one(covid):
    infected = np.zeros(60, np.int64)
    infected[:20] = 500
    closed = PLAIN._replace(per_infection=0.5, weekday=(1.0, 1, 1, 1, 1, 0, 0))
    found = reports(infected, closed, covid, first_weekday=0, rng=np.random.default_rng(8))
    day = np.arange(60) % 7
    assert found[day >= 5].sum() == 0
    assert found[day == 0][1:4].mean() > 2 * found[day == 2][1:4].mean()


def test_reports_after_the_last_day_are_not_seen(covid):
    infected = np.zeros(5, np.int64)
    infected[4] = 100
    found = reports(
        infected, PLAIN._replace(per_infection=1.0), covid, first_weekday=0, rng=np.random.default_rng(9)
    )
    assert found.shape == (5,) and found.sum() < 10
