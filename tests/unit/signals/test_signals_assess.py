"""signals.renewal.assess: tables and sentences of every disease with enough cases."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from tests.factories.epidemics import delays_like, renewal_epidemic
from tests.unit.contacts.contact_worlds import TZ, records

from fireline.policy import At, load_library
from fireline.signals import watch
from fireline.signals.tables import NOWCAST, RT

START = date(2026, 3, 2)  # a Monday
AREA = "CN-411624"


def rows(counts, *, disease="covid-19", delay=lambda k: 2, area=AREA, imported=0, prefix="C", **dates):
    """One row a case; ``delay`` gives the days until the report from the number of the case."""
    found = []
    for day, n in enumerate(counts):
        for _ in range(int(n)):
            k = len(found)
            onset = START + timedelta(days=day)
            row = {
                "case_id": f"{prefix}{k:05d}", "person_key": f"P{prefix}{k:05d}", "disease": disease,
                "area_code": area, "onset": onset.isoformat(), "origin": "imported" if k < imported else "local",
            }  # fmt: skip
            wait = delay(k)
            if wait is not None:
                row["reported_at"] = f"{onset + timedelta(days=wait)} 09:00"
            found.append(row | dates)
    return found


def followed(cases, *, n_days=40, disease="covid-19", area=AREA):
    world = records(area=area, cases=cases)
    at = datetime.combine(START + timedelta(days=n_days - 1), datetime.min.time(), UTC) + timedelta(hours=10)
    return watch(world, At(load_library(), disease, AREA, at.date()), at=at)


def epidemic(r, seed=1, **more):
    return renewal_epidemic(np.random.default_rng(seed), r=r, mean=5.2, sd=2.8, **({"seeds": 12} | more))[0]


RISING = epidemic([1.5] * 40)


@pytest.fixture(scope="module")
def rising():
    return followed(rows(RISING))


def newest(signals, **keep):
    table = signals.renewal.rt
    for column, value in keep.items():
        table = table.filter(pl.col(column) == value)
    return table.sort("last_day").row(-1, named=True)


def test_it_works(rising):
    row = newest(rising)
    assert row["stream"] == "cases/covid-19" and row["area_code"] == AREA and row["basis"] == "onset"
    assert row["last_day"] == START + timedelta(days=37) and row["first_day"] == START + timedelta(days=31)
    known = newest(rising, is_complete=True)
    assert known["r_q025"] < 1.5 < known["r_q975"] and known["trend"] == "rising"
    assert known["r_q025"] < known["r_q05"] < known["r_q25"] < known["r_median"] < known["r_q975"]
    assert known["growing"] > 0.9 and known["growth_low"] < known["growth_per_day"] < known["growth_high"]
    assert 0 < known["doubling_days"] < 30


def test_the_numbers_are_those_of_the_estimates(rising):
    from fireline.signals import classify_trend, estimate_rt

    table = rising.renewal.rt.sort("last_day")
    row = table.filter(pl.col("last_day") == START + timedelta(days=30)).row(0, named=True)
    seen = RISING.copy()  # reported two days later: the cases of the last two days are not known yet
    seen[-2:] = 0
    found = estimate_rt(seen, imported=np.zeros(40), si_mean=5.2, si_sd=2.8, at=[30])
    assert row["r_mean"] == pytest.approx(found.mean[0, 0]) and row["r_q95"] == pytest.approx(
        found.quantile(0.95)[0, 0]
    )
    trend = classify_trend(seen, at=[30], first_weekday=0)
    assert row["growth_per_day"] == pytest.approx(trend.rate[0, 0], abs=1e-12)
    assert row["trend_probability"] == pytest.approx(trend.probability[0, 0])
    assert row["cases"] == seen[24:31].sum() and row["imported"] == 0


def test_what_is_still_to_be_reported_is_told(rising):
    """Reports come two days later here: of the last two days nothing is known, and nothing is claimed."""
    assert rising.renewal.rt["is_complete"].all()
    late = rising.renewal.nowcast
    assert late["day"].to_list() == [START + timedelta(days=38), START + timedelta(days=39)]
    assert (late["reported"] == 0).all() and (late["expected"] > 10).all()
    low, high = late["low"].to_numpy(), late["high"].to_numpy()
    assert (low <= RISING[-2:]).all() and (RISING[-2:] <= high).all()


def test_sentences_use_the_newest_complete_days(rising):
    r, trend, late = rising.renewal.said["covid-19"]
    assert r.en.startswith("R about") and "2026-04-08" in r.en and "epiparameterDB" in r.en
    assert "rising" in trend.en and "2026-04-08" in trend.en
    assert "not all reported: 0 so far" in late.en and "尚未报齐" in late.zh
    assert "corrected" not in r.en + trend.en


WAITS = np.random.default_rng(4).choice(14, size=50_000, p=delays_like(14))


@pytest.fixture(scope="module")
def late():
    """Reports trickle in over two weeks; only those of today and before are known."""
    return followed(rows(RISING, delay=lambda k: int(WAITS[k])))


def test_late_reports_do_not_pull_r_and_trend_down(late):
    """A rise stays a rise up to the newest day of which a tenth is reported, marked as corrected."""
    table = late.renewal.rt.filter(pl.col("is_complete").not_()).sort("last_day")
    assert table.height >= 7 and table["seen"].min() >= 0.1
    assert table["last_day"].max() >= START + timedelta(days=37)
    assert ((table["r_q025"] <= 1.5) & (table["r_q975"] >= 1.5)).all()
    assert (table["trend"] == "rising").all()
    assert (table["cases"].diff().drop_nulls() < 0).any()  # although fewer and fewer are reported


def test_sentences_say_that_they_are_corrected(late):
    r, trend, nowcast = late.renewal.said["covid-19"]
    assert "corrected for reports still to come" in r.en and "已按报告延迟校正" in r.zh
    assert "have just become faster or slower" in r.en and "the last days are not all reported" not in r.en
    assert "rising" in trend.en and "corrected for reports still to come" in trend.en
    assert "are not all reported" in nowcast.en
    newest_said = date.fromisoformat(r.en.split(" days to ")[1][:10])
    share = late.renewal.rt.filter(pl.col("last_day") == newest_said)["seen"][0]
    assert 0.3 <= share < 0.9


def test_areas_are_corrected_by_their_share():
    k = int(RISING.sum()) // 2
    cases = rows(RISING, delay=lambda k: int(WAITS[k]))
    for n, row in enumerate(cases):
        row["area_code"] = f"{AREA}10{n % 2}"
    table = followed(cases).renewal.rt.filter(pl.col("last_day") == START + timedelta(days=35))
    whole, one, two = table.sort("area_code").iter_rows(named=True)
    assert k > 100 and whole["cases"] == one["cases"] + two["cases"]
    for area in (one, two):
        assert area["r_q025"] < whole["r_median"] < area["r_q975"] and area["seen"] == whole["seen"]


def test_a_disease_without_a_sourced_interval_has_a_trend_and_a_note():
    signals = followed(rows(RISING, disease="measles"), disease="measles")
    row = newest(signals, is_complete=True)
    assert row["r_mean"] is None and row["trend"] == "rising" and row["stream"] == "cases/measles"
    (note,) = [n for n in signals.notes if "reproduction number" in n.en]
    assert note.en.startswith("Measles: it has no serial interval") and note.zh.startswith("麻疹：没有代间距")
    (trend, _) = signals.renewal.said["measles"]
    assert trend.en.startswith("Trend")


def test_a_disease_nobody_knows_is_named_by_its_id():
    signals = followed(rows(RISING, disease="zorblax"), disease="zorblax")
    assert any(n.en.startswith("zorblax: it has no serial interval") for n in signals.notes)


def test_few_cases_have_no_rows_and_no_notes():
    signals = followed(rows([1] * 10))
    assert signals.renewal.rt.height == signals.renewal.nowcast.height == 0
    assert signals.renewal.said == {} and not any("reproduction" in n.en for n in signals.notes)
    tables = signals.tables()
    assert dict(tables["rt"].schema) == RT and dict(tables["nowcast"].schema) == NOWCAST


def test_windows_without_enough_cases_have_no_r():
    signals = followed(rows([*([0] * 5), *([3] * 12), *([0] * 23)]))
    table = signals.renewal.rt
    assert table.filter(pl.col("r_mean").is_not_null())["cases"].min() >= 11
    assert table["last_day"].max() < START + timedelta(days=39)  # long after the last case nothing is claimed


def test_since_when_there_are_too_few_is_said():
    signals = followed(rows([*([4] * 15), *([0] * 25)]))
    last = signals.renewal.rt["last_day"].max()
    (said,) = [w for w in signals.renewal.said["covid-19"] if "fewer than 11 cases" in w.en]
    assert f"From {last + timedelta(days=1)} to 2026-04-08" in said.en and "少于 11 例" in said.zh
    assert not any("fewer than 11" in w.en for w in followed(rows(RISING)).renewal.said["covid-19"])


def test_soon_after_the_first_case_there_is_no_r():
    table = followed(rows([0, 0, 0, *([20] * 37)])).renewal.rt.filter(pl.col("r_mean").is_not_null())
    assert table["last_day"].min() == START + timedelta(days=10)  # the first whole week after the first case


def test_imported_cases_are_nobodys_offspring():
    plain, marked = followed(rows([4] * 40)), followed(rows([4] * 40, imported=160))
    assert newest(plain, is_complete=True)["r_mean"] is not None
    all_imported = marked.renewal.rt
    assert all_imported["r_mean"].null_count() == all_imported.height and all_imported["imported"].max() == 28
    some = followed([*rows([3] * 40), *rows([3] * 40, imported=120, prefix="M")])
    assert newest(some, is_complete=True)["r_median"] < 0.8 < newest(plain, is_complete=True)["r_median"]


def test_areas_with_enough_cases_have_rows_of_their_own():
    cases = [*rows(RISING, area=f"{AREA}101"), *rows([1] * 20, area=f"{AREA}102", prefix="D")]
    table = followed(cases).renewal.rt
    assert sorted(table["area_code"].unique()) == [AREA, f"{AREA}101"]
    both = table.filter(pl.col("last_day") == START + timedelta(days=15)).sort("area_code")
    assert both["cases"][0] == both["cases"][1] + 7


def test_areas_are_followed_for_the_newest_days_only():
    cases = [*rows([4] * 90, area=f"{AREA}101"), *rows([2] * 90, area=f"{AREA}102", prefix="D")]
    table = followed(cases, n_days=90).renewal.rt
    firsts = dict(table.group_by("area_code").agg(pl.col("last_day").min()).iter_rows())
    assert firsts[AREA] < START + timedelta(days=20)
    assert firsts[f"{AREA}101"] == firsts[f"{AREA}102"] == START + timedelta(days=30)
    newest_of = table.filter(pl.col("last_day") == START + timedelta(days=80)).sort("area_code")
    assert newest_of["cases"].to_list() == [42, 28, 14] and newest_of["trend"].null_count() == 0


def test_one_area_alone_is_not_said_twice(rising):
    assert rising.renewal.rt["area_code"].unique().to_list() == [AREA]


def test_without_onsets_the_day_of_report_counts():
    cases = [{k: v for k, v in row.items() if k != "onset"} for row in rows(RISING)]
    signals = followed(cases)
    row = newest(signals)
    assert row["basis"] == "reported" and row["seen"] is None and row["is_complete"] is None
    assert signals.renewal.nowcast.height == 0
    assert "by day of report" in signals.renewal.said["covid-19"][0].en


def test_without_reports_the_lateness_is_not_known():
    signals = followed(rows(RISING, delay=lambda _: None))
    assert newest(signals)["is_complete"] is None and signals.renewal.nowcast.height == 0
    assert any("fill up late" in w.en for w in signals.renewal.said["covid-19"])


def test_cases_without_the_day_are_counted_in_a_note():
    cases = rows(RISING)
    for row in cases[:9]:
        del row["onset"]
    signals = followed(cases)
    assert any("9 case(s) without a day of onset" in n.en for n in signals.notes)


def test_reports_before_the_onset_are_left_out_of_the_delays_and_said():
    signals = followed(rows(RISING, delay=lambda k: -1 if k < 4 else 2))
    assert any("4 case(s) were reported before their onset" in n.en for n in signals.notes)
    assert signals.renewal.nowcast.height == 2


def test_what_is_reported_after_the_present_is_not_known():
    rng = np.random.default_rng(4)
    waits = rng.choice(12, size=20_000, p=delays_like(12))
    whole = rows(RISING, delay=lambda k: int(waits[k]))
    last = START + timedelta(days=39)
    known = [r for r in whole if date.fromisoformat(r["reported_at"][:10]) <= last]
    assert followed(whole).renewal.rt.equals(followed(known).renewal.rt)


def test_two_diseases_do_not_mix():
    cases = [*rows(RISING), *rows(epidemic([0.7] * 40, seeds=60), disease="mpox", prefix="M")]
    table = followed(cases).renewal.rt
    assert table["stream"].unique().sort().to_list() == ["cases/covid-19", "cases/mpox"]
    alone = followed(rows(RISING)).renewal.rt
    assert table.filter(pl.col("stream") == "cases/covid-19").equals(alone)


def test_the_same_twice():
    one, two = followed(rows(RISING)).tables(), followed(rows(RISING)).tables()
    for name in ("rt", "nowcast"):
        assert one[name].equals(two[name])


def test_an_onset_of_the_last_century_does_not_stretch_the_series():
    cases = rows(RISING)
    cases[0]["onset"] = "1921-03-02"
    signals = followed(cases)
    assert signals.renewal.rt["last_day"].min() > date(2023, 1, 1)
    assert newest(signals, is_complete=True)["trend"] == "rising"


def test_days_are_local():
    at_night = rows([5] * 30)
    for row in at_night:
        row["onset"] = f"{row['onset']} 00:30"  # the day before in UTC
    assert (
        followed(at_night, n_days=30)
        .renewal.rt.select("last_day", "r_mean")
        .equals(followed(rows([5] * 30), n_days=30).renewal.rt.select("last_day", "r_mean"))
    )
    assert TZ.key == "Asia/Shanghai"
