"""1,407 transmission pairs of mainland China, 2020: number of pairs and serial interval as published."""

from pathlib import Path

import pytest

from fireline.contacts import find
from fireline.pipeline.intake import read_folder
from fireline.policy import At, load_library

ROOT = Path(__file__).parents[2]
FOLDER = ROOT.parent / "shared" / "data" / "china_transmission_pairs_1407"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the transmission pairs are not part of this project"),
]


@pytest.fixture(scope="module")
def contacts():
    intake = read_folder(
        FOLDER, mapping=ROOT / "examples" / "feeds" / "china_pairs.toml", area=None, key=bytes(range(32))
    )
    rules = At(load_library(), "covid-19", "CN", intake.newest.date())
    return find(intake.records, rules, at=intake.newest)


def test_pairs_and_infectors(contacts):
    summary = contacts.chain.summary
    assert (summary["n_links"], summary["n_directed"], summary["n_infectors"]) == (1407, 1407, 807)
    assert sum(n * k for k, n in summary["offspring"].items()) == 1407


def test_serial_interval(contacts):
    summary = contacts.chain.summary
    assert summary["n_serial"] == 679
    assert summary["mean_serial_days"] == pytest.approx(5.09, abs=0.005)  # published with two digits
    assert summary["sd_serial_days"] == pytest.approx(5.26, abs=0.006)


def test_every_case_is_in_one_component_and_nothing_is_invented(contacts):
    nodes, edges = contacts.chain.nodes, contacts.chain.edges
    assert nodes.height == 2050 and nodes["component"].null_count() == 0
    assert edges["serial_days"].null_count() == 1407 - 679
    assert (edges["flag"] == "no_onset").sum() == 728
    assert nodes["row"].null_count() == (nodes["day"].is_null()).sum()
