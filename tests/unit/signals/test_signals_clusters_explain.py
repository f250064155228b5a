"""What is said of a cluster: everything its figures rest on, in both languages."""

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from fireline.signals import ScanBaseline, ScanModel, listed_zones, space_time_scan, words_of_cluster
from fireline.signals.clusters.explain import BASELINES, MODELS, span_words
from fireline.words import Words

DAYS = [date(2026, 3, 2) + timedelta(days=7 * t) for t in range(6)]
NAMES = ["Dongcheng", "Xicheng", "Nanguan", "Beiguan"]
SAID = {"names": NAMES, "days": DAYS, "last_day": date(2026, 4, 12)}


def scanned(*, inside=14, n_replicates=99, cadence_d=7.0, **more):
    counts = np.full((6, 4), 4.0)
    counts[-2:, 1:3] = inside
    counts[0, 0] = np.nan
    return space_time_scan(
        counts, zones=listed_zones([[1, 2], [0], [3]], n_areas=4), max_duration=3, rng=np.random.default_rng(5),
        n_replicates=n_replicates, cadence_d=cadence_d, **more,
    )  # fmt: skip


def said(found, **more):
    return words_of_cluster(found.clusters[0], found, **{**SAID, **more})


def test_all_figures_are_said():
    found = scanned(expected=np.full((6, 4), 4.0))
    words = said(found)
    best = found.clusters[0]
    for text in (words.zh, words.en):
        for part in (
            "Xicheng", "Nanguan", "2026-03-30", "2026-04-12", "56", "16", "3.50", f"{best.score:.2f}", "99", "0.01",
            "p<1e-6",
        ):  # fmt: skip
            assert part in text, part
        assert "Dongcheng" not in text
    assert "700 天" not in words.zh  # 7 days / 0.01: said in years from one year on
    assert "1.9 年" in words.zh and "at least 1.9 years" in words.en
    assert BASELINES[ScanBaseline.SUPPLIED].en in words.en and BASELINES[ScanBaseline.SUPPLIED].zh in words.zh
    assert "It would be false if the expectation misses a season" in words.en and "则此信号不成立" in words.zh
    assert "1 cells were not reported" in words.en and "未报告" in words.zh
    assert "3 scan zones and up to 3 step(s)" in words.en


@pytest.mark.parametrize("model", list(ScanModel))
@pytest.mark.parametrize("baseline", list(ScanBaseline))
def test_every_model_and_baseline_has_its_words(model, baseline):
    found = replace(scanned(), model=model, baseline=baseline)
    words = said(found)
    assert BASELINES[baseline].en in words.en and MODELS[model].en in words.en
    assert BASELINES[baseline].zh in words.zh and MODELS[model].zh in words.zh
    assert "It would be false if" in words.en


def test_a_p_that_the_rank_can_tell_is_said_without_its_tail():
    found = scanned(inside=5)
    best = found.clusters[0]
    assert best.p_monte_carlo > 0.05
    words = said(found)
    assert "fitted tail" not in words.en and "at least" not in words.en and "至少" not in words.zh
    assert f"p={best.p_monte_carlo:.3g}" in words.en


def test_a_tail_that_says_something_is_said_with_its_figure():
    found = scanned(inside=8)
    best = found.clusters[0]
    assert best.p_gumbel > 1e-6
    rare = replace(
        found, clusters=(replace(best, p_monte_carlo=0.01, p_gumbel=0.002, recurrence_gumbel_d=3_500.0),)
    )
    words = said(rare)
    assert "p=0.002, once in 9.6 years" in words.en and "p=0.002， 9.6 年一次".replace(
        " ", ""
    ) in words.zh.replace(" ", "")


def test_a_tail_that_is_not_known_is_not_said():
    found = scanned(n_replicates=1)
    assert math.isnan(found.clusters[0].p_gumbel)
    assert "fitted tail" not in said(found).en and "nan" not in said(found).en


def test_spread_stream_and_cadence_are_said():
    found = scanned(expected=np.full((6, 4), 4.0), dispersion=2.0, cadence_d=1.0)
    words = said(found, stream=Words("发热门诊人次", "visits to fever clinics"))
    assert "56 visits to fever clinics" in words.en and "发热门诊人次计 56" in words.zh
    assert "times the variance of a Poisson count" in words.en and "方差为均值的" in words.zh
    assert "every day" in words.en and "每天" in words.zh
    assert "every 7 days" in said(scanned()).en and "每 7 天" in said(scanned()).zh


def test_long_lists_of_areas_are_cut_and_counted():
    counts = np.full((2, 14), 2.0)
    counts[-1, :11] = 30
    found = space_time_scan(
        counts,
        zones=listed_zones([range(11)], n_areas=14),
        max_duration=1,
        rng=np.random.default_rng(1),
        n_replicates=9,
    )
    words = words_of_cluster(
        found.clusters[0], found, names=[f"town {k}" for k in range(14)], days=DAYS[:2], last_day=DAYS[1]
    )
    assert "town 7 and 3 more areas" in words.en and "town 7等 11 个地区" in words.zh
    assert "town 8" not in words.en


def test_a_cluster_without_outside_has_no_finite_risk():
    counts = np.array([[0.0, 0.0], [6.0, 0.0]])
    found = space_time_scan(
        counts, zones=listed_zones([[0]], n_areas=2), max_duration=1, rng=np.random.default_rng(1), model="conditional",
        n_replicates=9,
    )  # fmt: skip
    words = words_of_cluster(found.clusters[0], found, names=["A", "B"], days=DAYS[:2], last_day=DAYS[1])
    assert "∞" in words.en and "∞" in words.zh


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [
        (25.0, "25 天", "25 days"), (7.5, "7.5 天", "7.5 days"), (730.5, "2.0 年", "2.0 years"),
        (365_250.0, "1,000 年", "1,000 years"), (1e12, "超过 1 万年", "more than 10,000 years"), (math.inf, "超过 1 万年", "more than 10,000 years"),
    ],
)  # fmt: skip
def test_lengths_of_time(days, zh, en):
    found = span_words(days)
    assert zh in found.zh and en in found.en
