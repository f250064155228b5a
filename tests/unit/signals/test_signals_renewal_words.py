"""signals.renewal.explain and interval: what is said, in both languages, and where a serial interval stands."""

import math
from datetime import date

import pytest

from fireline.policy import load_library
from fireline.policy.model import Profile
from fireline.signals import SerialInterval
from fireline.signals.renewal import explain
from fireline.signals.renewal.interval import serial_interval_of
from fireline.words import Words

DAY = date(2026, 6, 12)
KNOWN = SerialInterval(5.2, 2.8, "A review", True)


def rt(**more):
    given = {
        "first_day": date(2026, 6, 6), "last_day": DAY, "median": 1.42, "low": 1.08, "high": 1.81, "n_cases": 45,
        "basis": "onset", "interval": KNOWN,
    }  # fmt: skip
    return explain.words_of_rt(**(given | more))


def test_r_says_value_interval_days_basis_and_assumption():
    said = rt()
    assert said.en.startswith(
        "R about 1.4 (90 %: 1.1-1.8) over the 7 days to 2026-06-12, by day of onset, 45 cases"
    )
    assert (
        "serial interval of 5.2 days (sd 2.8; source: A review)" in said.en and "Not reliable when" in said.en
    )
    for part in ("R 约 1.4", "1.1～1.8", "7 天", "按发病日", "45 例", "5.2 天", "A review", "不可靠"):
        assert part in said.zh


@pytest.mark.parametrize(
    ("basis", "zh", "en"),
    [("reported", "按报告日", "by day of report"), ("sampled", "按采样日", "by day of sampling")],
)
def test_r_names_the_day_it_counts_by(basis, zh, en):
    assert zh in rt(basis=basis).zh and en in rt(basis=basis).en


def test_a_deviation_without_source_is_said():
    said = rt(interval=SerialInterval(5.2, 2.8, "A review", False))
    assert "the sd is not verified" in said.en and "标准差未核实" in said.zh
    assert "not verified" not in rt().en


def test_a_correction_is_said_and_its_weakness():
    said = rt(is_corrected=True)
    assert "45 cases, corrected for reports still to come; assumes" in said.en
    assert "or reports have just become faster or slower." in said.en and "not all reported" not in said.en
    assert "1.8），已按报告延迟校正；代间距" in said.zh and "报告快慢刚有变化" in said.zh
    assert "or the last days are not all reported." in rt().en
    assert trend(is_corrected=True).en.endswith(", corrected for reports still to come.")
    assert trend(is_corrected=True).zh.endswith("，已按报告延迟校正。")


def trend(**more):
    given = {
        "label": "rising", "probability": 0.93, "rate": 0.08, "low": 0.03, "high": 0.13, "n_days": 14, "last_day": DAY,
        "band": math.log(2) / 28,
    }  # fmt: skip
    return explain.words_of_trend(**(given | more))


def test_a_rise_says_probability_rate_and_doubling():
    said = trend()
    assert "rising (probability 93%)" in said.en and "+8% a day (90 %: +3% to +14%)" in said.en
    assert "doubling in about 9 days (5 to 23)" in said.en
    assert "上升（概率 93%）" in said.zh and "约 9 天倍增（5～23 天）" in said.zh


def test_a_fall_says_halving():
    said = trend(label="falling", rate=-0.08, low=-0.13, high=-0.03)
    assert "halving in about 9 days (5 to 23)" in said.en and "减半" in said.zh


def test_where_the_interval_holds_zero_only_the_soonest_is_said():
    said = trend(low=-0.01)
    assert "at the soonest in 5" in said.en and "最快 5 天" in said.zh
    down = trend(label="falling", rate=-0.08, low=-0.13, high=0.01)
    assert "at the soonest in 5" in down.en


def test_stable_says_its_band_and_unclear_says_so():
    assert (
        "28 days or more to double or to halve" in trend(label="stable", rate=0.001, low=-0.01, high=0.01).en
    )
    unclear = trend(label="unclear", probability=0.45, rate=0.01, low=-0.1, high=0.1)
    assert "no class is likelier" in unclear.en and "尚不明确（概率 45%）" in unclear.zh


def test_nowcast_says_so_far_and_in_the_end():
    given = {
        "from_day": date(2026, 6, 9), "last_day": DAY, "reported": 18.0, "expected": 30.2,
        "newest": (2.0, 9.4, 4.0, 17.0), "max_delay": 11, "n_beyond": 0,
    }  # fmt: skip
    said = explain.words_of_nowcast(**given)
    assert "from 2026-06-09 to 2026-06-12 are not all reported: 18 so far, about 60%" in said.en
    assert "2 so far, about 9 in the end (90 %: 4-17)" in said.en and "up to 11 days" in said.en
    assert "已报 18 例，约占最终的 60%" in said.zh and "90% 区间 4～17" in said.zh
    assert "longer" not in said.en
    assert "3 case(s) took longer" in explain.words_of_nowcast(**(given | {"n_beyond": 3})).en
    assert "about 100%" in explain.words_of_nowcast(**(given | {"expected": 0.0, "reported": 0.0})).en


@pytest.mark.parametrize(
    "words",
    [
        rt(), trend(), explain.words_of_imprecise(11, 0.3), explain.words_of_early(5.2),
        explain.words_of_early_report(2, 7), explain.words_of_silence(from_day=DAY, last_day=DAY, n_least=11), explain.words_of_interval(KNOWN), *explain.BASES.values(),
        *explain.TREND_WORDS.values(),
    ],
)  # fmt: skip
def test_both_languages_are_whole(words):
    assert any("\u4e00" <= c <= "\u9fff" for c in words.zh)
    assert not any("\u4e00" <= c <= "\u9fff" for c in words.en)


# --- serial intervals --------------------------------------------------------------------------------


def profile(days=(5.2, 2.8), spread="person", **facts):
    return Profile("x", "某病", "X", None, None, "onset", days, spread, facts)


FACT = {"value": 5.2, "confidence": "V2", "source": "A review"}


def test_a_sourced_interval():
    assert serial_interval_of(profile(serial_interval=FACT)) == KNOWN
    doubtful = profile(serial_interval=FACT, serial_interval_sd={"value": 2.8, "confidence": "K"})
    assert serial_interval_of(doubtful) == SerialInterval(5.2, 2.8, "A review", False)


@pytest.mark.parametrize(
    ("found", "en"),
    [
        (None, "no serial interval"),
        (profile(days=None, serial_interval=FACT), "no serial interval"),
        (profile(spread="vector", serial_interval=FACT), "person to person"),
        (profile(days=(1.0, 0.5), serial_interval=FACT), "a day or less"),
        (profile(days=(5.0, 0.0), serial_interval=FACT), "a day or less"),
        (profile(), "no source"),
        (profile(serial_interval=FACT | {"confidence": "K"}), "no source"),
        (profile(serial_interval=FACT | {"source": " "}), "no source"),
    ],
)
def test_without_one_the_reason_is_said(found, en):
    said = serial_interval_of(found)
    assert isinstance(said, Words) and en in said.en


def test_the_profiles_that_come_with_it():
    """Which diseases have a sourced serial interval; a change here changes what runs compute."""
    library = load_library()
    found = {d: serial_interval_of(p) for d, p in library.profiles.items()}
    sourced = {d: (i.mean_days, i.sd_days) for d, i in found.items() if isinstance(i, SerialInterval)}
    assert sourced == {
        "covid-19": (5.2, 2.8), "mpox": (8.5, 5.0), "ebola": (15.3, 9.6), "mers": (12.6, 2.8),
        "influenza": (2.5, 1.6), "sars": (8.4, 3.8), "exercise-x": (4.5, 2.5),
    }  # fmt: skip
    assert not found["covid-19"].is_sd_verified
