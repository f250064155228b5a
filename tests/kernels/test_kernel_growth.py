"""kernels.growth equals its twin with full matrices, and behaves as a posterior must."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from tests.reference.naive_growth import naive_growth

from fireline.kernels.growth import growth

GRIDS = {
    "dispersions": np.array([0.0, 0.1, 0.8]),
    "weekday_sds": np.array([0.0, 0.3]),
    "rate_sds": np.array([0.03, 0.15]),
}
BAND = math.log(2) / 28


def grown(counts, *, n_days=None, min_reported=3, at=None, **changed):
    counts = np.array(counts, float)
    counts = counts[:, None] if counts.ndim == 1 else counts
    return growth(
        counts,
        weekday=np.arange(counts.shape[0]) % 7,
        at=np.array([counts.shape[0] - 1] if at is None else at),
        n_days=n_days or counts.shape[0],
        min_reported=min_reported,
        band=BAND,
        **(GRIDS | changed),
    )


def assert_same(found, expected, column=0, row=0):
    got = [found.mean, found.sd, found.above, found.below, found.rising]
    for array, value in zip(got, expected, strict=True):
        assert array[row, column] == pytest.approx(value, abs=2e-6)


COUNT = st.one_of(st.integers(0, 8), st.integers(0, 200), st.just(math.nan)).map(float)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(COUNT, min_size=4, max_size=18).filter(lambda c: sum(not math.isnan(n) for n in c) >= 3),
    st.sampled_from([0.05, 0.7]),
    st.sampled_from([0.03, 0.15]),
    st.booleans(),
)
def test_equals_twin(series, phi, rate_sd, is_late):
    weekday = [t % 7 for t in range(len(series))]
    grid = {
        "dispersions": np.array([0.0, phi]), "weekday_sds": np.array([0.0, 0.3]), "rate_sds": np.array([rate_sd]),
    }  # fmt: skip
    seen = np.linspace(1, 0.2, len(series)) if is_late else None
    expected = naive_growth(series, weekday, n_days=len(series), band=BAND, **grid, seen=seen)
    assert_same(grown(series, **grid, seen=seen), expected)


@pytest.mark.parametrize("tau", [0.0, 0.4])
@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_equals_twin_with_one_model_at_a_time(phi, tau):
    rng = np.random.default_rng(2)
    series = rng.poisson(np.exp(0.08 * np.arange(21))).astype(float)
    one = {"dispersions": np.array([phi]), "weekday_sds": np.array([tau]), "rate_sds": np.array([0.1])}
    expected = naive_growth(series.tolist(), [t % 7 for t in range(21)], n_days=14, band=BAND, **one)
    found = grown(series, n_days=14, **one)
    assert_same(found, expected)
    # one model: the posterior is normal, so quantiles follow from mean and deviation
    mean, sd = expected[:2]
    for array, share in ((found.low, 0.05), (found.median, 0.5), (found.high, 0.95)):
        assert array[0, 0] == pytest.approx(norm.ppf(share, mean, sd), abs=1e-6)


def test_many_series_and_rows_side_by_side_do_not_mix():
    rng = np.random.default_rng(7)
    counts = rng.poisson(9, (30, 4)).astype(float)
    counts[25, 2] = np.nan
    found = grown(counts, n_days=10, at=[12, 29])
    for k, t in enumerate((12, 29)):
        for s in range(4):
            alone = grown(counts[: t + 1, [s]], n_days=10)
            for name in ("mean", "sd", "low", "high", "above", "below", "rising", "n_cases"):
                assert getattr(found, name)[k, s] == pytest.approx(getattr(alone, name)[0, 0], abs=1e-9)


def test_a_mirrored_series_has_the_opposite_rate():
    series = np.array([1, 2, 2, 5, 4, 9, 8, 12, 15, 14, 22, 30, 26, 41.0])
    no_week = {"weekday_sds": np.array([0.0])}
    there, back = grown(series, **no_week), grown(series[::-1], **no_week)
    assert there.mean[0, 0] == pytest.approx(-back.mean[0, 0], abs=1e-9)
    assert there.low[0, 0] == pytest.approx(-back.high[0, 0], abs=1e-6)
    assert there.above[0, 0] == pytest.approx(back.below[0, 0], abs=1e-9)


def test_days_that_are_half_reported_stand_for_twice_as_many():
    whole = np.round(40 * np.exp(0.05 * np.arange(14)))
    seen = np.array([*([1.0] * 9), 0.9, 0.8, 0.6, 0.4, 0.2])
    told = np.round(whole * seen)
    plain, corrected, truth = grown(told), grown(told, seen=seen), grown(whole)
    assert plain.high[0, 0] < truth.low[0, 0]
    assert corrected.mean[0, 0] == pytest.approx(truth.mean[0, 0], abs=0.004)
    assert corrected.sd[0, 0] > truth.sd[0, 0]  # fewer cases are known


def test_more_cases_are_surer():
    rng = np.random.default_rng(3)
    shape = np.exp(0.05 * np.arange(14))
    sds = [grown(rng.poisson(level * shape)).sd[0, 0] for level in (0.5, 5, 50)]
    assert sds[0] > sds[1] > sds[2]


def test_a_weekday_pattern_is_no_trend():
    weeks = np.tile([30, 30, 30, 30, 30, 6, 5.0], 3)
    with_week, without = grown(weeks), grown(weeks, weekday_sds=np.array([0.0]))
    assert with_week.sd[0, 0] < 0.6 * without.sd[0, 0]
    assert abs(with_week.mean[0, 0]) < 0.02


def test_quantiles_bound_the_share_they_say():
    found = grown([3, 1, 4, 8, 5, 9, 14, 11, 20, 17, 30, 24.0])
    assert found.low[0, 0] < found.median[0, 0] < found.high[0, 0]
    narrow = grown([3, 1, 4, 8, 5, 9, 14, 11, 20, 17, 30, 24.0], tail=0.25)
    assert found.low[0, 0] < narrow.low[0, 0] < narrow.high[0, 0] < found.high[0, 0]
    # the bound of 90 % used as the band leaves 5 % above it
    again = growth(
        np.array([3, 1, 4, 8, 5, 9, 14, 11, 20, 17, 30, 24.0])[:, None], weekday=np.arange(12) % 7,
        at=np.array([11]), n_days=12, min_reported=3, band=float(found.high[0, 0]), **GRIDS,
    )  # fmt: skip
    assert again.above[0, 0] == pytest.approx(0.05, abs=1e-5)


EDGES = [
    ("too few days", np.ones((5, 1)), 14, [4]),
    ("all missing", np.full((14, 1), np.nan), 14, [13]),
    ("no series", np.zeros((14, 0)), 14, [13]),
    ("no row asked for", np.zeros((14, 1)), 14, []),
]


@pytest.mark.parametrize(("counts", "n_days", "at"), [e[1:] for e in EDGES], ids=[e[0] for e in EDGES])
def test_edges(counts, n_days, at):
    found = grown(counts, n_days=n_days, at=at)
    assert found.mean.shape == (len(at), counts.shape[1])
    assert np.isnan(found.mean).all()


@pytest.mark.parametrize("series", [[0.0] * 14, [0.0] * 13 + [1e6], [1e6] * 14, [1e6] + [0.0] * 13])
def test_extreme_counts_stay_finite(series):
    found = grown(series)
    assert np.isfinite([found.mean[0, 0], found.sd[0, 0], found.low[0, 0], found.high[0, 0]]).all()
    assert 0 <= found.below[0, 0] <= 1 and 0 <= found.above[0, 0] <= 1


def test_no_cases_say_little():
    found = grown([0.0] * 14)
    assert found.mean[0, 0] == pytest.approx(0, abs=0.02)
    assert found.rising[0, 0] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counts": np.zeros(14)}, "counts, weekday"),
        ({"weekday": np.zeros(3, int)}, "counts, weekday"),
        ({"weekday": np.full(14, 7)}, "weekday"),
        ({"at": np.array([14])}, "at: rows"),
        ({"n_days": 2, "min_reported": 2}, "n_days"),
        ({"min_reported": 15}, "min_reported"),
        ({"band": -1.0}, "band"),
        ({"tail": 0.5}, "tail"),
        ({"dispersions": np.array([])}, "dispersions"),
        ({"weekday_sds": np.array([-1.0])}, "weekday_sds"),
        ({"rate_sds": np.array([0.0])}, "rate_sd"),
        ({"seen": np.ones(13)}, "seen"),
        ({"seen": np.zeros(14)}, "seen"),
    ],
)
def test_refuses_wrong_input(change, message):
    given_ = {
        "counts": np.zeros((14, 1)), "weekday": np.arange(14) % 7, "at": np.array([13]), "n_days": 14,
        "min_reported": 3, "band": BAND, **GRIDS,
    } | change  # fmt: skip
    with pytest.raises(ValueError, match=message):
        growth(given_.pop("counts"), **given_)
