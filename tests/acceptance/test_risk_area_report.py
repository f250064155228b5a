"""The published list of risk areas: the report shows the list and nothing that the list does not hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fireline.pipeline.home import Home
from fireline.pipeline.run import run_folder
from fireline.policy import load_library

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "china_risk_areas_2022"


@pytest.mark.realdata
def test_the_list_is_shown_by_hour_and_level(tmp_path):
    if not DATA.exists():
        pytest.skip("the risk-area snapshots are not on this machine")
    run = run_folder(
        DATA,
        out=tmp_path / "out",
        home=Home.open(tmp_path / "home"),
        library=load_library(),
        feeds=ROOT / "examples" / "feeds" / "china_risk_areas.toml",
    )
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    section = re.search(r'<section id="[^"]*risk[^"]*">.*?</section>', page, re.S)
    assert section is not None
    text = re.sub(r"<[^>]+>", " ", section[0])
    for number in ("2022-04-15 11:00", "2022-06-27 06:00", "2022-08-23 08:00", "188", "1,391", "1,146"):
        assert number in text
    assert run.results.disease == "covid-19"
    assert run.results.zones.levels.height == 0
