"""fireline watch on three published sets of counts, by the shipped mappings: sensible answers, nothing invented."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data"
FEEDS = Path(__file__).parents[2] / "examples" / "feeds"
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real counts are not on this machine (../shared/data)"),
]


def look(home, folder, feeds, *words):
    from fireline.cli import main

    out, err = io.StringIO(), io.StringIO()
    asked = (
        "watch",
        str(DATA / folder),
        "--feeds",
        str(FEEDS / f"{feeds}.toml"),
        "--home",
        str(home),
        *words,
    )
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as left:
        main(asked)
    assert not left.value.code, err.getvalue()
    return out.getvalue()


def test_brain_cancer_in_new_mexico_names_los_alamos_and_santa_fe_and_its_baseline(tmp_path):
    text = look(tmp_path, "scan_nm_brain_cancer", "nm_brain_cancer", "--at", "1989-12-31")
    line = next(row for row in text.splitlines() if "losalamos, santafe" in row)
    assert "1986-01-01" in line and " 43 " in line and " 23.8 " in line and "one rate for all people" in line
    found = json.loads(
        look(tmp_path, "scan_nm_brain_cancer", "nm_brain_cancer", "--at", "1989-12-31", "--json")
    )
    best = found["clusters"][0]
    assert best["areas"] == ["US-NM-losalamos", "US-NM-santafe"]
    assert best["score"] == pytest.approx(6.227302355, abs=1e-8)
    assert (best["baseline"], best["cadence"]) == ("uniform_rate", "year")
    assert 0.01 < best["p"] < 0.08
    assert found["stream_days"] == [], "nothing is late that is counted once a year"


def test_two_years_later_nothing_is_unusual(tmp_path):
    text = look(tmp_path, "scan_nm_brain_cancer", "nm_brain_cancer", "--lang", "zh")
    assert "时空聚集  0" in text and "不算异常" in text


def test_streams_of_one_country_by_week_are_joined_to_a_handful_of_events(tmp_path):
    found = json.loads(look(tmp_path, "rki_multistream", "rki_multistream", "--json"))
    assert len({row["stream"] for row in found["stream_days"]}) == 34
    assert {row["state"] for row in found["stream_days"]} <= {"ok", "shifted", "new", "new_holiday"}
    assert len(found["triggers"]) <= 12 and found["alarms"] > 300, "many alarms, few events"
    assert all(t["areas"] for t in found["triggers"])
    assert found["clusters"] == [] and any("rates, not counts" in n["en"] for n in found["notes"])
    checked = [c["observed"] for c in found["calibration"] if c["nominal"] == 0.05 and c["n"] > 300]
    assert 0.02 < min(checked) and max(checked) < 0.1


@pytest.mark.long
def test_series_that_ended_long_ago_are_named_and_not_watched(tmp_path):
    found = json.loads(look(tmp_path, "surveillance_r", "surveillance_r", "--json"))
    streams = {row["stream"] for row in found["stream_days"]}
    assert "influenza" in streams and "hepatitis_a" not in streams
    assert any("not watched" in n["en"] and "hepatitis" in n["en"].lower() for n in found["notes"])
    influenza = [c for c in found["calibration"] if c["stream"] == "influenza" and c["nominal"] == 0.05]
    assert influenza[0]["n"] > 30_000 and 0.03 < influenza[0]["observed"] < 0.09
    earlier = json.loads(look(tmp_path, "surveillance_r", "surveillance_r", "--json", "--at", "2006-07-17"))
    assert "hepatitis_a" in {row["stream"] for row in earlier["stream_days"]}
