"""Hidden links of three real and simulated outbreaks: how often the true source is found, beside baselines.

Floors lie a little under what was measured on 2026-11-25. They were not fitted case by case, but the round
shares of evidence.py were set by people who knew the overall shares of these data.
"""

from pathlib import Path

import pytest

from fireline.contacts import find
from fireline.contacts.backtest import METHODS, backtest
from fireline.pipeline.intake import read_folder
from fireline.policy import At, load_library

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.long,
    pytest.mark.skipif(
        not DATA.is_dir(), reason="../shared/data is not here: outbreaks are not in the project"
    ),
]

SETS = {
    "ebola_sim": ("outbreaks", "ebola", "SL"),
    "china_pairs": ("china_transmission_pairs_1407", "covid-19", "CN"),
    "ds4c_korea": ("ds4c_korea", "covid-19", "KR"),
}


def opened(name):
    folder, disease, area = SETS[name]
    intake = read_folder(
        DATA / folder, mapping=ROOT / "examples" / "feeds" / f"{name}.toml", area=None, key=bytes(range(32))
    )
    return intake.records, At(load_library(), disease, area, intake.newest.date()), intake.newest


@pytest.fixture(scope="module")
def tests_of():
    kept = {}

    def get(name):
        if name not in kept:
            records, rules, at = opened(name)
            found = backtest(records, rules, at=at)
            kept[name] = found, {h.method: h for h in found.hits}
        return kept[name]

    return get


@pytest.mark.parametrize("name", SETS)
def test_every_method_is_asked_about_the_same_cases(tests_of, name):
    found, by = tests_of(name)
    assert tuple(by) == METHODS
    assert {h.n for h in found.hits} == {{"ebola_sim": 2_116, "china_pairs": 797, "ds4c_korea": 879}[name]}
    assert by["random"].top_1 == pytest.approx(1 / (found.n_cases - 1), rel=0.1), (
        "a second source helps a little"
    )


@pytest.mark.parametrize(
    ("name", "top_1", "top_5"),
    [("ebola_sim", 0.006, 0.025), ("china_pairs", 0.17, 0.46), ("ds4c_korea", 0.15, 0.34)],
)
def test_floors_and_no_baseline_is_better(tests_of, name, top_1, top_5):
    _, by = tests_of(name)
    assert by["engine"].top_1 >= top_1 and by["engine"].top_5 >= top_5
    for method in METHODS[:-1]:
        assert by["engine"].top_1 >= by[method].top_1 and by["engine"].top_5 >= by[method].top_5, method


@pytest.mark.parametrize("name", SETS)
def test_the_probability_of_the_first_source_can_be_trusted(tests_of, name):
    found, by = tests_of(name)
    assert found.mean_share_of_first == pytest.approx(by["engine"].top_1, abs=0.07)


def test_random_homes_are_put_aside_and_areas_are_used(tests_of):
    assert tests_of("ebola_sim")[0].evidence_put_aside == ("distance",)
    assert "area" in tests_of("china_pairs")[0].evidence_used
    assert "area" in tests_of("ds4c_korea")[0].evidence_used


def test_how_little_of_the_look_back_is_covered(tests_of):
    assert tests_of("ebola_sim")[0].covered_days == tests_of("china_pairs")[0].covered_days == 0
    korea = tests_of("ds4c_korea")[0]
    assert 0.03 < korea.covered_days / korea.look_back_days < 0.1
    assert korea.covered_h == 0.0, "these data hold dates only"


def test_offspring_of_the_china_pairs():
    records, rules, at = opened("china_pairs")
    fit = find(records, rules, at=at).chain.summary["reproduction"]
    assert 0.6 < fit.r_low < fit.r < fit.r_high < 0.85
    assert 0.5 < fit.k_low < fit.k < fit.k_high < 1.0
