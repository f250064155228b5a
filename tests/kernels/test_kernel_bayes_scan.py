"""kernels.bayes_scan equals its twin that writes every hypothesis out, and finds what was put in."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference.naive_bayes_scan import evidence, naive_score

from fireline.kernels.bayes_scan import Cells, Streams, scan_details, scan_scores

RTOL = 1e-9
RISK = np.array([1.0, 1.2, 1.5, 2.5, 0.6])


def world(seed, *, n_time=9, n_areas=3, n_streams=2, is_poisson=False, n_starts=4):
    rng = np.random.default_rng(seed)
    mean = rng.uniform(0.5, 30, (n_time, n_areas, n_streams))
    phi = np.full_like(mean, 1.0) if is_poisson else rng.uniform(1.0, 4, mean.shape)
    count = rng.poisson(mean).astype(float)
    count[rng.random(mean.shape) < 0.1] = np.nan
    effect = rng.integers(0, len(RISK), (2, 2, n_streams, n_starts))
    known = Streams(
        rng.integers(0, 3, n_streams),
        np.round(rng.uniform(0, 0.95, n_streams), 2),
        rng.random(n_streams) < 0.3,
    )
    return Cells(count, mean, phi), known, effect


def as_lists(cells, known, effect):
    arrays = [a.tolist() for a in cells]
    return arrays, {
        "delay": known.delay.tolist(), "trust": known.trust.tolist(), "is_rate": known.is_rate.tolist(),
        "risk": RISK.tolist(), "effect": effect.tolist(),
    }  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_equals_twin(seed, is_poisson):
    cells, known, effect = world(seed, is_poisson=is_poisson)
    begin, member = np.array([0, 1, 3, 6]), np.array([1, 0, 2, 0, 1, 2])
    temper = np.random.default_rng(seed).uniform(0.2, 1, (9, 3))
    found = scan_scores(cells, known, risk=RISK, effect=effect, begin=begin, member=member, temper=temper)
    arrays, options = as_lists(cells, known, effect)
    for t in range(9):
        for z in range(3):
            members = member[begin[z] : begin[z + 1]].tolist()
            assert found[t, z] == pytest.approx(
                naive_score(*arrays, t, members, temper=temper[t, z], **options), rel=RTOL, abs=1e-9
            )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_details_equal_twin(seed):
    cells, known, effect = world(seed)
    found = scan_details(cells, known, risk=RISK, effect=effect, area=np.array([2, 0]), at=7)
    arrays, options = as_lists(cells, known, effect)
    options.pop("trust")
    for i, a in enumerate((2, 0)):
        for k in range(4):
            for y in range(2):
                for q in range(2):
                    for s in range(2):
                        expected = evidence(*arrays, 7, a, s, y=y, q=q, k=k, **options)
                        assert found[i, k, y, q, s] == pytest.approx(expected, rel=RTOL, abs=1e-9)


def test_rows_can_be_left_out():
    cells, known, effect = world(5, n_time=40)
    sets = {"begin": np.array([0, 2]), "member": np.array([0, 2]), "temper": np.array([0.6])}
    whole = scan_scores(cells, known, risk=RISK, effect=effect, **sets)
    late = scan_scores(cells, known, risk=RISK, effect=effect, first_row=35, **sets)
    np.testing.assert_allclose(late, whole[35:], rtol=1e-12)


def rising(lift, *, n_time=30, begun=20, n_areas=4, mean=20.0, area=1):
    """Flat figures; from a day on those of one area rise in each stream by its factor."""
    count = np.full((n_time, n_areas, len(lift)), mean)
    for s, more in enumerate(lift):
        count[begun:, area, s] *= more
    return Cells(count, np.full_like(count, mean), np.full_like(count, 1.5))


# two kinds of event: the first raises stream 0, the second stream 1; two severities; seven beginnings
EFFECT = np.zeros((2, 2, 2, 7), np.int64)
EFFECT[0, :, 0] = [[1] * 7, [2] * 7]
EFFECT[1, :, 1] = [[1] * 7, [2] * 7]
SINGLES = {"begin": np.arange(5), "member": np.arange(4)}
TWO = Streams(np.zeros(2, np.int64), np.full(2, 0.9), np.zeros(2, bool))


def test_the_area_and_the_kind_are_found():
    cells = rising((1.6, 1.0))
    score = scan_scores(cells, TWO, risk=RISK, effect=EFFECT, **SINGLES)
    assert score[24].argmax() == 1 and score[24, 1] > 5
    assert (score[:20] < 1).all()
    details = scan_details(cells, TWO, risk=RISK, effect=EFFECT, area=np.array([1]), at=24)[0]
    by_type = details.sum(axis=-1).max(axis=(0, 2))  # best beginning and severity
    assert by_type[0] > by_type[1] + 5
    assert details[:, 0, 1, 0].argmax() == 4  # it began four days before


def test_a_factor_has_mean_one_without_an_event():
    """Under no event the expectation of a Bayes factor is one; with many draws its mean comes near."""
    rng = np.random.default_rng(8)
    mean, phi = 15.0, 2.0
    count = rng.negative_binomial(mean / (phi - 1), 1 / phi, (4, 20_000, 1)).astype(float)
    cells = Cells(count, np.full(count.shape, mean), np.full(count.shape, phi))
    known = Streams(np.zeros(1, np.int64), np.array([1 - 1e-12]), np.zeros(1, bool))
    effect = np.full((1, 1, 1, 2), 1, np.int64)
    score = scan_scores(
        cells, known, risk=RISK, effect=effect, begin=np.arange(20_001), member=np.arange(20_000), first_row=3
    )
    assert np.mean(np.exp(score)) == pytest.approx(1.0, abs=0.05)


def test_trust_bounds_what_silence_says():
    cells = rising((1.6, 1.0))
    effect = EFFECT.copy()
    effect[0, :, 1] = effect[0, :, 0]  # the event should show in both streams
    scores = {
        trust: scan_scores(
            cells, TWO._replace(trust=np.array([0.9, trust])), risk=RISK, effect=effect, **SINGLES
        )[25, 1]
        for trust in (0.0, 0.5, 0.99)
    }
    assert scores[0.0] > scores[0.5] > scores[0.99]
    assert scores[0.0] - scores[0.5] < -math.log(0.5) + 1e-9


def test_delay_hides_the_newest_days():
    cells = rising((1.6, 1.6))
    late = TWO._replace(delay=np.array([3, 3]))
    now = scan_scores(cells, TWO, risk=RISK, effect=EFFECT, **SINGLES)
    then = scan_scores(cells, late, risk=RISK, effect=EFFECT, **SINGLES)
    assert now[21, 1] > 1 and then[21:23, 1].max() < 0.01 and then[26, 1] > 1


def test_falls_are_found_by_risks_below_one():
    effect = np.full((1, 1, 2, 7), 4, np.int64)
    score = scan_scores(rising((0.5, 0.5)), TWO, risk=RISK, effect=effect, **SINGLES)
    assert score[25].argmax() == 1 and score[25, 1] > 5


def test_sets_of_areas_share_their_evidence():
    count = np.full((30, 4, 1), 20.0)
    count[20:, :2] *= 1.3
    cells = Cells(count, np.full_like(count, 20.0), np.full_like(count, 1.5))
    one = Streams(np.zeros(1, np.int64), np.array([0.9]), np.zeros(1, bool))
    effect = np.full((1, 1, 1, 7), 1, np.int64)
    score = scan_scores(
        cells,
        one,
        risk=RISK,
        effect=effect,
        begin=np.array([0, 1, 3, 7]),
        member=np.array([0, 0, 1, 0, 1, 2, 3]),
    )
    assert score[27].argmax() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cells": Cells(np.zeros((3, 2)), np.zeros((3, 2)), np.zeros((3, 2)))}, "count: expected shape"),
        (
            {"cells": Cells(np.zeros((3, 4, 2)), np.zeros((3, 4, 1)), np.zeros((3, 4, 2)))},
            "mean: expected shape",
        ),
        ({"known": TWO._replace(delay=np.zeros(3, np.int64))}, "delay: expected shape"),
        ({"known": TWO._replace(trust=np.array([0.5, 1.0]))}, "trust"),
        ({"known": TWO._replace(delay=np.array([0, -1]))}, "delay"),
        ({"effect": np.zeros((1, 1, 3, 2), np.int64)}, "effect: expected shape"),
        ({"effect": np.zeros((1, 0, 2, 2), np.int64)}, "effect: expected shape"),
        ({"effect": np.full((1, 1, 2, 2), 5)}, "effect: row 0"),
        ({"risk": np.array([1.1, 2.0])}, "risk"),
        ({"risk": np.array([1.0, -2.0])}, "risk"),
        ({"member": np.array([0, 1, 2, 4])}, "member: row 3"),
        ({"begin": np.array([0, 3])}, "begin"),
        ({"temper": np.ones(3)}, "temper"),
        ({"temper": np.ones((2, 4))}, "temper"),
        ({"temper": np.array([1, 1, 1, 1.1])}, "temper"),
        ({"begin": np.array([0, 3, 1, 4])}, "begin"),
    ],
)
def test_refuses_wrong_input(change, message):
    options = {"cells": rising((1.0, 1.0)), "known": TWO, "risk": RISK, "effect": EFFECT, **SINGLES, **change}
    with pytest.raises(ValueError, match=message):
        scan_scores(options.pop("cells"), options.pop("known"), **options)


@pytest.mark.parametrize(("area", "at"), [(4, 3), (0, 30)])
def test_details_refuse_what_is_not_there(area, at):
    with pytest.raises(ValueError, match=r"area: row 0|at: row 0"):
        scan_details(rising((1.0, 1.0)), TWO, risk=RISK, effect=EFFECT, area=np.array([area]), at=at)


def test_no_figures_no_evidence():
    nothing = Cells(*(np.full((5, 1, 2), np.nan),) * 3)
    score = scan_scores(nothing, TWO, risk=RISK, effect=EFFECT, begin=np.array([0, 1]), member=np.array([0]))
    np.testing.assert_array_equal(score, 0.0)
    assert scan_scores(
        Cells(*(np.zeros((0, 1, 2)),) * 3),
        TWO,
        risk=RISK,
        effect=EFFECT,
        begin=np.array([0]),
        member=np.array([], int),
    ).shape == (0, 0)
