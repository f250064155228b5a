"""The detectors say what R's surveillance says: expected counts, dispersion, bounds, alarms.

The tables were made by scripts/oracles/surveillance.py with R 4.2.2 and surveillance 1.20.3 from series of
this project. Where R is installed they are made once more and have to come out the same.
"""

from __future__ import annotations

import csv
import runpy
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from fireline.signals import ears, farrington_flexible, glr_cusum
from fireline.signals.detectors.farrington import _years_before

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "tests" / "reference" / "tables"
RTOL = 1e-8  # what is asked of every number; bounds of "nb_plugin" and "mu_an" and alarms are exact
NEXT_TO_NOTHING = 1e-9  # means of silent seasons end where the steps end
NOUFAILY = {
    "b": 5, "w": 3, "n_periods": 10, "weeks_excluded": 26, "threshold_method": "nb_plugin",
    "weights_threshold": 2.58, "trend_p": 1.0, "limit54": (5, 4),
}  # fmt: skip
CONFIGS = {
    "default": {},
    "default_all": {"limit54": (0, 4)},
    "noufaily": {**NOUFAILY, "alpha": 0.01},
    "noufaily_05": {**NOUFAILY, "alpha": 0.05},
    "noufaily_default_trend": {**NOUFAILY, "trend_p": 0.05, "alpha": 0.005},
    "muan": {"threshold_method": "mu_an", "n_periods": 4, "b": 4, "limit54": (0, 4)},
    "plain": {
        "power": "1/2", "weights_threshold": None, "b": 3, "w": 2, "alpha": 0.001, "n_periods": 3, "weeks_excluded": 0,
    },
    "strict": {"power": "none", "with_trend": False, "weights_threshold": 1.0, "n_periods": 10, "limit54": (0, 4)},
    "two_years": {"b": 2, "limit54": (3, 6)},
    "population": {"limit54": (0, 4)},
    "population_noufaily": {**NOUFAILY, "alpha": 0.01},
    "dates": {"limit54": (0, 4)},
    "dates_noufaily": {**NOUFAILY, "alpha": 0.01},
}  # fmt: skip
EXACT = {"noufaily", "noufaily_05", "noufaily_default_trend", "muan", "population_noufaily", "dates_noufaily"}
NO_R = "by design: R with its package surveillance is not installed; the committed tables stand for it"


def read(folder, name):
    with (folder / name).open(encoding="ascii") as file:
        return list(csv.DictReader(file))


def counts_of(folder, name):
    with (folder / name).open(encoding="ascii") as file:
        names, *rows = csv.reader(file)
    return names, np.array([[np.nan if cell == "NA" else float(cell) for cell in row] for row in rows])


def column(rows, name):
    return np.array([float(row[name]) if row[name] else np.nan for row in rows])


@pytest.fixture(scope="module")
def series():
    return counts_of(TABLES, "series.csv")


@pytest.fixture(scope="module")
def judged():
    by_config = {}
    for row in read(TABLES, "farrington.csv"):
        by_config.setdefault(row["config"], []).append(row)
    return by_config


def assert_close(found, expected, label, atol=0.0):
    """Equal where R gives a number."""
    given = ~np.isnan(expected)
    np.testing.assert_allclose(found[given], expected[given], rtol=RTOL, atol=atol, err_msg=label)


def detect(config, names, counts, people):
    options = dict(CONFIGS[config])
    if config.startswith("population"):
        options["population"] = np.repeat(people, len(names), axis=1)
    if config.startswith("dates"):
        options["dates"] = np.datetime64("2003-01-06") + 7 * np.arange(counts.shape[0])
    rows = np.arange(counts.shape[0] - 49, counts.shape[0], 8)
    return rows, farrington_flexible(counts, rows, **options)


def first_row_is_reported(counts, rows):
    """By series and row. Else R, asked by date, counts the weeks to the judged one from the first reported
    row but those of the baseline from its first: its trend is then followed to a week long past.
    """
    dates = np.datetime64("2003-01-06") + 7 * np.arange(counts.shape[0])
    before = _years_before(rows, b=5, freq=52, dates=dates, n_time=counts.shape[0])
    return ~np.isnan(counts[before.min(axis=1) - 3]).T.ravel()


@pytest.mark.parametrize("config", CONFIGS)
def test_farrington(series, judged, config):
    names, counts = series
    _, people = counts_of(TABLES, "population.csv")
    rows, found = detect(config, names, counts, people)
    said = judged[config]
    assert [(r["series"], int(r["row"])) for r in said] == [(n, t) for n in names for t in rows]
    here = {
        k: getattr(found, k).T.ravel() for k in ("mu0", "phi", "upper", "p_value", "alarm", "trend", "enough")
    }
    is_answered = ~np.isnan(column(said, "phi"))
    assert is_answered.mean() > 0.9
    if config.startswith("dates"):
        is_known = first_row_is_reported(counts, rows)
        said = [r for r, known in zip(said, is_known, strict=True) if known]
        here, is_answered = {k: v[is_known] for k, v in here.items()}, is_answered[is_known]
    assert_close(here["mu0"], column(said, "mu0"), "mu0", atol=NEXT_TO_NOTHING)
    assert_close(here["phi"], column(said, "phi"), "phi")
    assert_close(here["p_value"], column(said, "p_value"), "p value", atol=1e-12)
    upper = column(said, "upper")
    if config in EXACT:
        np.testing.assert_array_equal(here["upper"][is_answered], upper[is_answered])
    else:
        np.testing.assert_array_equal(np.isnan(here["upper"])[is_answered], np.isnan(upper)[is_answered])
        assert_close(here["upper"], upper, "upper")
    np.testing.assert_array_equal(here["alarm"][is_answered], column(said, "alarm")[is_answered] == 1)
    np.testing.assert_array_equal(here["trend"][is_answered], column(said, "trend")[is_answered] == 1)


def test_tables_hold_what_they_are_for(series, judged):
    names, counts = series
    assert {"zeros", "rare", "holes", "gap", "late", "many", "steep"} <= set(names)
    assert np.isnan(counts).any() and counts[:, names.index("zeros")].sum() == 0
    for config in ("default", "noufaily"):
        said = judged[config]
        assert 0 < (column(said, "alarm") == 1).sum() < len(said) / 2
        assert np.isnan(column(said, "upper")).any()
        assert {"0", "1"} <= {r["trend"] for r in said}
    assert judged["dates"] != judged["default_all"]
    assert len(judged) == len(CONFIGS)


def test_where_r_gives_up_silence_still_alarms(series, judged):
    names, counts = series
    gave_up = [r for r in judged["noufaily"] if not r["phi"]]
    assert {r["series"] for r in gave_up} >= {"zeros"}
    shocked = counts.copy()
    shocked[-1, names.index("zeros")] = 5
    found = farrington_flexible(shocked, [623], **CONFIGS["noufaily"])
    assert found.alarm[0, names.index("zeros")]


def test_ears(series):
    names, counts = series
    groups = {}
    for row in read(TABLES, "ears.csv"):
        key = (row["method"], row["baseline"], row["min_sd"], row["alpha"])
        groups.setdefault(key, []).append(row)
    assert {key[0] for key in groups} == {"C1", "C2", "C3"} and len(groups) == 6
    n_alarms = 0
    for (method, baseline, min_sd, alpha), said in groups.items():
        rows = np.array(sorted({int(r["row"]) for r in said}))
        found = ears(
            counts, rows, method=method, baseline=int(baseline), min_sd=float(min_sd), alpha=float(alpha)
        )
        assert_close(found.upper.T.ravel(), column(said, "upper"), method, atol=1e-9)
        given = ~np.isnan(column(said, "alarm"))
        np.testing.assert_array_equal(found.alarm.T.ravel()[given], column(said, "alarm")[given] == 1)
        assert not found.alarm.T.ravel()[~given].any()
        n_alarms += int(found.alarm.sum())
    assert n_alarms > 100


def test_cusum(series):
    names, counts = series
    groups = {}
    for row in read(TABLES, "cusum.csv"):
        groups.setdefault((row["alpha"], row["theta"]), []).append(row)
    assert len(groups) == 6
    n, n_series, n_alarms = counts.shape[0], 12, 0
    week = np.arange(n)[:, None] + 1
    mu0 = counts[:, :n_series].mean(axis=0) * np.exp(0.3 * np.sin(2 * np.pi * week / 52))
    rows = np.arange(n - 100, n)
    for (alpha, theta), said in groups.items():
        found = glr_cusum(
            np.ascontiguousarray(counts[:, :n_series]), rows, mu0=mu0, alpha=float(alpha), threshold=4.0,
            factor=np.exp(float(theta)) if theta else None, with_upper=False,
        )  # fmt: skip
        assert_close(found.mu0[::7].T.ravel(), column(said, "mu0"), "mu0")
        assert_close(found.statistic[::7].T.ravel(), column(said, "statistic"), "statistic", atol=1e-9)
        np.testing.assert_array_equal(found.alarm[::7].T.ravel(), column(said, "alarm") == 1)
        n_alarms += int(found.alarm.sum())
    assert n_alarms > 50


@pytest.mark.long
def test_r_says_the_same_once_more(tmp_path):
    if not has_surveillance():
        pytest.skip(NO_R)
    runpy.run_path(str(ROOT / "scripts" / "oracles" / "surveillance.py"))["main"](tmp_path)
    for name in ("series.csv", "population.csv"):
        assert (tmp_path / name).read_text() == (TABLES / name).read_text()
    for name in ("farrington.csv", "ears.csv", "cusum.csv"):
        new, kept = read(tmp_path, name), read(TABLES, name)
        assert [list(r) for r in new] == [list(r) for r in kept]
        for a, b in zip(new, kept, strict=True):
            for key in a:
                assert a[key] == b[key] or float(a[key]) == pytest.approx(float(b[key]), rel=1e-9, abs=1e-11)


def has_surveillance():
    if shutil.which("Rscript") is None:
        return False
    done = subprocess.run(["Rscript", "-e", "library(surveillance)"], capture_output=True, check=False)
    return done.returncode == 0
