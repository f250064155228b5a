"""signals.renewal.rt: the effective reproduction number, against a reference implementation and by hand."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from tests.factories.epidemics import delays_like, late_reports, renewal_epidemic
from tests.reference.naive_renewal import naive_serial_interval

from fireline.signals import UncertainInterval, discretise_serial_interval, estimate_rt, nowcast
from fireline.signals.renewal import QUANTILES

TABLES = Path(__file__).resolve().parents[2] / "reference" / "tables"
FIGURES = ("mean", "sd", "q025", "q05", "q25", "q50", "q75", "q95", "q975")
HALVES = (0, 0.5, 0.5)


def rows(name):
    with (TABLES / name).open(newline="") as file:
        return list(csv.DictReader(file))


SERIES = {}
for _row in rows("rt_series.csv"):
    SERIES.setdefault(_row["series"], []).append((float(_row["local"]), float(_row["imported"])))
CASES = {row["case"]: row for row in rows("rt_cases.csv")}


def asked(case):
    """Arguments of estimate_rt for one line of rt_cases.csv."""
    local, imported = np.array(SERIES[case["series"]]).T
    said = {"imported": imported} if imported[1:].any() else {}
    if case["mean_prior"]:
        mean, sd = float(case["mean_prior"]), float(case["std_prior"])
        said |= {"prior_shape": (mean / sd) ** 2, "prior_scale": sd**2 / mean}
    if case["t_start"]:
        said |= {name: np.array(case[name].split(), int) - 1 for name in ("t_start", "t_end")}
    names = (
        "mean_si", "std_mean_si", "min_mean_si", "max_mean_si", "std_si", "std_std_si", "min_std_si", "max_std_si",
    )  # fmt: skip
    if case["method"] == "parametric_si":
        said |= {"si_mean": float(case["mean_si"]), "si_sd": float(case["std_si"])}
    elif case["method"] == "non_parametric_si":
        said["serial_interval"] = np.array(case["si_distr"].split(), float)
    else:
        drawn = {n: int(case[n]) for n in ("n1", "n2")}
        said["uncertain"] = UncertainInterval(**{n: float(case[n]) for n in names}, **drawn)
    return local + imported, said


def figures_of(found, series=0):
    return np.column_stack([found.mean[:, series], found.sd[:, series], *found.quantiles[:, :, series]])


def number(text):
    return float(text) if text else math.nan


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c["method"] != "uncertain_si"])
def test_equals_epiestim(name):
    """Every window of every run: the same numbers to 1e-6 and NaN exactly where it has NA."""
    incidence, said = asked(CASES[name])
    expected = [row for row in rows("rt_expected.csv") if row["case"] == name]
    found = estimate_rt(incidence, **said)
    assert len(expected) == found.t_end.size > 0
    assert [int(r["t_start"]) - 1 for r in expected] == found.t_start.tolist()
    assert [int(r["t_end"]) - 1 for r in expected] == found.t_end.tolist()
    wanted = np.array([[number(r[f]) for f in FIGURES] for r in expected])
    np.testing.assert_allclose(figures_of(found), wanted, rtol=1e-6, atol=0, equal_nan=True)


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c["method"] == "uncertain_si"])
def test_uncertain_interval_agrees_within_monte_carlo_error(name):
    incidence, said = asked(CASES[name])
    expected = [row for row in rows("rt_uncertain.csv") if row["case"] == name]
    runs = np.stack(
        [figures_of(estimate_rt(incidence, **said, rng=np.random.default_rng(s))) for s in range(4)]
    )
    wanted = np.array([[number(r[f]) for f in FIGURES] for r in expected])
    spread = np.array([[number(r[f"{f}_sd"]) for f in FIGURES] for r in expected])
    assert (np.isnan(runs[0]) == np.isnan(wanted)).all()
    # deviation of a mean of 4 runs less a mean of 12; the floor is for figures that hardly vary
    error = np.maximum(spread, 0.002 * wanted) * math.sqrt(1 / 4 + 1 / 12)
    off = np.abs(runs.mean(axis=0) - wanted) / error
    assert np.nanmax(off) < 5.5 and np.nanmean(off) < 1.3


def test_the_tables_hold_what_matters():
    expected = rows("rt_expected.csv")
    assert sum(not row["mean"] for row in expected) >= 15  # windows that are not computable
    assert {row["case"] for row in expected} == {n for n, c in CASES.items() if c["method"] != "uncertain_si"}
    assert len(rows("rt_uncertain.csv")) > 50


# --- by hand -----------------------------------------------------------------------------------------


def test_by_hand():
    # window of rows 1..2: local cases 3 + 5 = 8; infectiousness 0.5*2 = 1 and 0.5*3 + 0.5*2 = 2.5
    found = estimate_rt([2, 3, 5], serial_interval=HALVES, t_start=[1], t_end=[2])
    shape, scale = 1 + 8, 1 / (1 / 5 + 3.5)
    assert found.mean[0, 0] == pytest.approx(shape * scale, rel=1e-14)
    assert found.sd[0, 0] == pytest.approx(math.sqrt(shape) * scale, rel=1e-14)
    for share, value in zip(QUANTILES, found.quantiles[:, 0, 0], strict=True):
        assert value == pytest.approx(stats.gamma.ppf(share, shape, scale=scale), rel=1e-10)
        assert found.quantile(share)[0, 0] == value
    assert found.cases[0, 0] == 8


def test_imported_cases_infect_but_nobody_infected_them():
    all_local = estimate_rt([2, 3, 5], serial_interval=HALVES, t_start=[1], t_end=[2])
    found = estimate_rt([2, 3, 5], imported=[2, 1, 4], serial_interval=HALVES, t_start=[1], t_end=[2])
    assert found.cases[0, 0] == 3
    assert found.mean[0, 0] == pytest.approx((1 + 3) / (1 / 5 + 3.5), rel=1e-14)
    assert found.mean[0, 0] < all_local.mean[0, 0]


def test_prior_alone_where_nothing_happened():
    found = estimate_rt(np.zeros(20), serial_interval=HALVES)
    assert np.allclose(found.mean, 5) and np.allclose(found.sd, 5)
    other = estimate_rt(np.zeros(20), serial_interval=HALVES, prior_shape=4, prior_scale=0.5)
    assert np.allclose(other.mean, 2) and np.allclose(other.sd, 1)


def test_windows_end_at_every_row_or_where_asked():
    counts = np.arange(1.0, 21)
    every = estimate_rt(counts, serial_interval=HALVES)
    assert every.t_end.tolist() == list(range(7, 20)) and every.t_start.tolist() == list(range(1, 14))
    some = estimate_rt(counts, serial_interval=HALVES, at=[9, 19])
    np.testing.assert_array_equal(some.mean, every.mean[[2, 12]])
    wide = estimate_rt(counts, serial_interval=HALVES, window=14, at=[19])
    assert (wide.t_start[0], wide.t_end[0]) == (6, 19) and wide.sd[0, 0] < every.sd[-1, 0]


def test_many_series_side_by_side_do_not_mix():
    rng = np.random.default_rng(8)
    total, came = renewal_epidemic(rng, r=[1.2] * 30, imports=0.5, n_series=6)
    together = estimate_rt(total, imported=came, si_mean=4, si_sd=2)
    for s in range(6):
        alone = estimate_rt(total[:, s], imported=came[:, s], si_mean=4, si_sd=2)
        np.testing.assert_array_equal(figures_of(together, s), figures_of(alone))


def test_a_missing_day_is_not_zero():
    counts = np.full(60, 10.0)
    counts[20] = np.nan
    found = estimate_rt(counts, serial_interval=HALVES)
    lost = found.t_end[np.isnan(found.mean[:, 0])]
    assert lost.tolist() == list(range(20, 29))  # windows that hold row 20, or a row it still infects
    zero = estimate_rt(np.nan_to_num(counts), serial_interval=HALVES)
    assert not np.isnan(zero.mean).any()
    after = found.t_end > 28
    np.testing.assert_array_equal(found.mean[after], zero.mean[after])


def test_a_missing_day_far_back_counts_as_nothing():
    counts = np.full(90, 10.0)
    counts[20] = np.nan
    found = estimate_rt(counts, si_mean=5, si_sd=2.5)
    lost = found.t_end[np.isnan(found.mean[:, 0])]
    lags = np.flatnonzero(discretise_serial_interval(5, 2.5, n_days=90) > 0.001)
    assert lost.max() == 20 + lags.max() + 6
    strict = estimate_rt(counts, si_mean=5, si_sd=2.5, max_missing=0.0)
    assert np.isnan(strict.mean).sum() > lost.size


def test_finds_the_truth():
    """Over many epidemics the interval of 95 % holds the true R about 95 times in 100."""
    rng = np.random.default_rng(12)
    total, came = renewal_epidemic(rng, r=[1.4] * 40, seeds=20, n_series=300)
    found = estimate_rt(total, imported=came, si_mean=4, si_sd=2, at=[20, 30])
    holds = (found.quantile(0.025) <= 1.4) & (found.quantile(0.975) >= 1.4)
    assert 0.92 <= holds.mean() <= 0.98
    assert found.mean.mean() == pytest.approx(1.4, abs=0.02)


def test_it_sees_a_turn():
    total, came = renewal_epidemic(np.random.default_rng(3), r=[1.8] * 20 + [0.5] * 20, seeds=30)
    found = estimate_rt(total, imported=came, si_mean=4, si_sd=2, at=[19, 39])
    assert found.quantile(0.025)[0, 0] > 1 > found.quantile(0.975)[1, 0]


# --- reports that are still to come ------------------------------------------------------------------


def test_late_reports_by_hand():
    # 10 cases a day, of the last day a half, 5, reported: local 10 + 5; the last day meets 10 and counts a half
    found = estimate_rt(
        [10, 10, 10, 5], serial_interval=(0, 1), t_start=[2], t_end=[3], seen=[1, 1, 1, 0.5],
        expected=[10, 10, 10, 10],
    )  # fmt: skip
    assert found.mean[0, 0] == pytest.approx((1 + 15) / (1 / 5 + 10 + 0.5 * 10), rel=1e-14)
    assert found.cases[0, 0] == 15


def test_all_reported_is_as_before():
    counts = np.random.default_rng(1).poisson(8, (30, 3)).astype(float)
    plain = estimate_rt(counts, si_mean=4, si_sd=2)
    same = estimate_rt(counts, si_mean=4, si_sd=2, seen=np.ones(30), expected=counts)
    np.testing.assert_array_equal(plain.quantiles, same.quantiles)


def test_an_unseen_day_says_nothing():
    counts = np.full(30, 10.0)
    counts[-1] = 0
    seen, expected = np.ones(30), np.full(30, 10.0)
    seen[-1] = 0
    found = estimate_rt(counts, si_mean=4, si_sd=2, seen=seen, expected=expected)
    six_days = estimate_rt(counts[:-1], si_mean=4, si_sd=2, window=6)
    assert found.mean[-1, 0] == pytest.approx(six_days.mean[-1, 0])


@pytest.mark.slow
@pytest.mark.parametrize(("r", "seeds", "n_days"), [(1.3, 20, 45), (1.0, 40, 45), (0.7, 400, 28)])
def test_corrected_intervals_hold_up_to_today(r, seeds, n_days):
    """Of 95 % intervals of the last days 88 to 100 % hold the truth; without correction hardly any."""
    rng, hit, plain_hit = np.random.default_rng(7), [], []
    for _ in range(60):
        total, _ = renewal_epidemic(rng, r=[r] * n_days, seeds=seeds)
        triangle, _ = late_reports(rng, total, delays=delays_like(16))
        late = nowcast(triangle)
        said = {"si_mean": 4, "si_sd": 2, "at": range(n_days - 7, n_days)}
        found = estimate_rt(late.reported, seen=late.seen, expected=late.expected, **said)
        plain = estimate_rt(late.reported, **said)
        for estimate, hits in ((found, hit), (plain, plain_hit)):
            hits.append((estimate.quantile(0.025)[:, 0] <= r) & (estimate.quantile(0.975)[:, 0] >= r))
    assert 0.88 <= np.mean(hit) <= 1.0
    assert np.mean(plain_hit) < 0.6


# --- the serial interval -----------------------------------------------------------------------------


@pytest.mark.parametrize(("mean", "sd"), [(2.6, 1.5), (8.4, 3.8), (1.3, 0.6), (15.3, 9.6)])
def test_discretised_serial_interval_is_the_integral_of_its_definition(mean, sd):
    found = discretise_serial_interval(mean, sd, n_days=15)
    np.testing.assert_allclose(found, naive_serial_interval(mean, sd, 15), atol=2e-9)
    assert found[0] == 0


def test_discretised_serial_interval_keeps_its_moments():
    weights, k = discretise_serial_interval(6.0, 2.5, n_days=200), np.arange(200)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert (k * weights).sum() == pytest.approx(6.0, abs=1e-9)
    variance = ((k - 6) ** 2 * weights).sum()
    assert variance == pytest.approx(2.5**2 + 1 / 6, rel=1e-4)  # two onsets known to the day only
    assert (weights[60:] == 0).all()  # no rounding error where nothing is


@pytest.mark.parametrize(("mean", "sd"), [(1.0, 1.0), (0.5, 1.0), (3.0, 0.0), (3.0, -1.0), (math.nan, 1.0)])
def test_discretised_serial_interval_refuses(mean, sd):
    with pytest.raises(ValueError, match="mean > 1 and sd > 0"):
        discretise_serial_interval(mean, sd, n_days=10)


SURE = UncertainInterval(4, 0, 4, 4, 2, 0, 2, 2, n1=30, n2=400)


def test_an_uncertain_interval_without_doubt_is_the_plain_one():
    total, _ = renewal_epidemic(np.random.default_rng(5), r=[1.3] * 20, seeds=12)
    plain = estimate_rt(total, si_mean=4, si_sd=2, at=[12, 19])
    pooled = estimate_rt(total, uncertain=SURE, rng=np.random.default_rng(1), at=[12, 19])
    np.testing.assert_allclose(figures_of(pooled), figures_of(plain), rtol=0.05)


def test_doubt_about_the_interval_widens_the_answer():
    total, _ = renewal_epidemic(np.random.default_rng(5), r=[1.5] * 25, seeds=40)
    wide = UncertainInterval(4, 1, 2, 6, 2, 0.5, 1, 3, n1=200, n2=50)
    sds = [
        estimate_rt(total, uncertain=u, rng=np.random.default_rng(1), at=[24]).sd[0, 0] for u in (SURE, wide)
    ]
    assert sds[1] > 1.2 * sds[0]


def test_the_same_seed_draws_the_same():
    total, _ = renewal_epidemic(np.random.default_rng(5), r=[1.3] * 20, seeds=12)
    two = [estimate_rt(total, uncertain=SURE, rng=np.random.default_rng(9)).quantiles for _ in range(2)]
    np.testing.assert_array_equal(*two)


def test_a_deviation_above_the_mean_is_drawn_again():
    wild = UncertainInterval(2, 0.5, 1.5, 2.5, 2.2, 1, 1, 4, n1=200, n2=2)
    found = estimate_rt(np.full(30, 9.0), uncertain=wild, rng=np.random.default_rng(1))
    assert np.isfinite(found.mean[-1, 0])
    never = UncertainInterval(2, 0.1, 1.5, 2.5, 4, 0.1, 3, 5)
    with pytest.raises(ValueError, match="below its mean"):
        estimate_rt(np.full(30, 9.0), uncertain=never, rng=np.random.default_rng(1))


# --- warnings ----------------------------------------------------------------------------------------


def test_few_cases_are_marked_and_said():
    found = estimate_rt([3, *([1] * 19)], serial_interval=HALVES)
    assert found.is_imprecise.all() and (found.cases == 7).all()
    (words,) = found.warnings
    assert "fewer than 11" in words.en and "11" in words.zh


def test_enough_cases_are_not():
    found = estimate_rt([3, *([2] * 19)], serial_interval=HALVES)
    assert (found.cases == 14).all() and not found.is_imprecise.any() and found.warnings == ()
    assert estimate_rt([3, *([2] * 19)], serial_interval=HALVES, cv_posterior=0.2).is_imprecise.all()


def test_windows_soon_after_the_first_case_are_marked_and_said():
    counts = np.concatenate([np.zeros(10), np.full(20, 30.0)])
    found = estimate_rt(counts, si_mean=9, si_sd=2)
    early = found.t_end[found.is_early[:, 0]]
    assert early.max() == 18  # first case in row 10, nine days on
    assert any("too early" in w.en for w in found.warnings)


def test_a_window_of_the_first_generation_is_not_computable():
    found = estimate_rt(np.full(40, 5.0), si_mean=9.5, si_sd=2, window=1)
    assert np.flatnonzero(np.isnan(found.mean[:, 0])).max() == 7  # row 8 is day 9; day 10 is past the mean


# --- what is refused ---------------------------------------------------------------------------------

GOOD = {"incidence": np.ones(20), "serial_interval": HALVES}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"incidence": np.ones((2, 2, 2))}, "incidence: expected shape"),
        ({"incidence": np.array([1.0, 2, -1, 3, 4, 5, 6, 7, 8])}, "row 2 holds a negative"),
        ({"imported": np.ones(19)}, "imported: expected the shape"),
        ({"imported": np.full(20, 2.0)}, "imported: row 0"),
        ({"imported": np.full(20, -1.0)}, "imported: row 0"),
        ({"serial_interval": None}, "expected one of"),
        ({"si_mean": 4, "si_sd": 2}, "expected one of"),
        ({"serial_interval": None, "si_mean": 4}, "expected both"),
        ({"serial_interval": None, "uncertain": SURE}, "rng"),
        ({"serial_interval": (0.5, 0.5)}, "0 at lag 0"),
        ({"serial_interval": (0, 1.5, -0.5)}, "no negative"),
        ({"serial_interval": (0, 0.5, 0.4)}, "sum of 1"),
        ({"serial_interval": (0,)}, "2 lags or more"),
        ({"window": 0}, "window"),
        ({"at": [6]}, "windows: expected 1"),
        ({"at": [20]}, "windows: expected 1"),
        ({"t_start": [1]}, "together"),
        ({"t_start": [1], "t_end": [3], "at": [9]}, "together"),
        ({"t_start": [1, 2], "t_end": [3]}, "one length"),
        ({"t_start": [0], "t_end": [3]}, "row 0"),
        ({"prior_shape": 0}, "prior_shape"),
        ({"prior_scale": -1}, "prior_scale"),
        ({"cv_posterior": 0}, "cv_posterior"),
        ({"seen": np.ones(20)}, "both or neither"),
        ({"seen": np.ones(19), "expected": np.ones(20)}, "expected shapes"),
        ({"seen": np.ones(20), "expected": np.ones(19)}, "expected shapes"),
        ({"seen": np.full(20, 1.1), "expected": np.ones(20)}, "shares of 0 to 1"),
        ({"seen": np.ones(20), "expected": np.zeros(20)}, "no fewer cases"),
    ],
)
def test_refuses_wrong_input(change, message):
    given = GOOD | change
    with pytest.raises(ValueError, match=message):
        estimate_rt(given.pop("incidence"), **given)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n1": 1}, "n1"),
        ({"n2": 0}, "n2"),
        ({"min_mean_si": 1.0}, "min_mean_si"),
        ({"min_std_si": 0.0}, "min_std_si"),
        ({"max_mean_si": 3.0}, "mean of the serial interval"),
        ({"std_std_si": -1.0}, "std of the serial interval"),
    ],
)
def test_refuses_an_uncertain_interval_that_is_none(change, message):
    good = {
        "mean_si": 4, "std_mean_si": 1, "min_mean_si": 2, "max_mean_si": 6, "std_si": 2, "std_std_si": 0.5,
        "min_std_si": 1, "max_std_si": 3,
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        estimate_rt(np.ones(20), uncertain=UncertainInterval(**(good | change)), rng=np.random.default_rng(1))
