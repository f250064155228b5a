"""A generated dengue neighbourhood through file runs: areas, surveys, lifting, report; a lot held as a source."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from fireline.pipeline.home import Home
from fireline.pipeline.run import run_folder
from fireline.policy import load_library
from fireline.signals.surveys import SURVEYS
from fireline.zones.vector import STREAM

AREA = "CN-500112"
FIRST = date(2026, 6, 10)
SIDE, STEP_M = 11, 81.0  # a grid of units 81 m apart; cases live in the middle one
MIDDLE = SIDE * SIDE // 2


def write(folder, name, rows):
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def place(i):
    """East and north of the middle in metres."""
    return ((i % SIDE) - SIDE // 2) * STEP_M, ((i // SIDE) - SIDE // 2) * STEP_M


def neighbourhood(folder, *, surveys=(), seed=7):
    """Three cases of one household in the middle; ``surveys``: (day after FIRST, unit, containers of 50)."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    lat0, lon0 = 29.55, 106.55
    metre = 1 / 111_195
    units = []
    for i in range(SIDE * SIDE):
        east, north = place(i)
        units.append(
            {
                "unit_id": f"U{i:03d}", "area_code": f"{AREA}001", "kind": "building",
                "population": int(rng.integers(40, 400)),
                "lon": lon0 + east * metre / np.cos(np.radians(lat0)), "lat": lat0 + north * metre,
            }
        )  # fmt: skip
    write(folder, "units", units)
    write(folder, "persons", [{"person_key": f"p{k}", "home_place_id": f"U{MIDDLE:03d}"} for k in range(3)])
    write(
        folder,
        "cases",
        [
            {
                "case_id": f"D{k}", "person_key": f"p{k}", "disease": "dengue", "classification": "confirmed",
                "onset": FIRST + timedelta(days=int(rng.integers(0, 3))), "reported_at": FIRST + timedelta(days=3),
                "area_code": f"{AREA}001",
            }
            for k in range(3)
        ],
    )  # fmt: skip
    if surveys:
        write(
            folder,
            "counts",
            [
                {"stream": STREAM, "area_code": unit, "date": FIRST + timedelta(days=day),
                 "count": count, "denominator": 50}
                for day, unit, count in surveys
            ],
        )  # fmt: skip
    return folder


def run(folder, tmp_path, day, disease="dengue"):
    from datetime import UTC, datetime

    at = datetime(2026, 6, 10, 4, tzinfo=UTC) + timedelta(days=day)
    done = run_folder(
        folder, out=tmp_path / f"out{day}", home=Home.open(tmp_path / "home"), library=load_library(),
        at=at, area=AREA, disease=disease,
    )  # fmt: skip
    return done, lambda name: pl.read_parquet(done.out / "tables" / f"{name}.parquet")


def within(low, high):
    return sorted(f"U{i:03d}" for i in range(SIDE * SIDE) if low < np.hypot(*place(i)) <= high)


CORE = within(-1, 200)


def test_the_core_is_200_m_the_warning_area_another_200_and_both_are_surveyed_now(tmp_path):
    _, table = run(neighbourhood(tmp_path / "in"), tmp_path, 4)
    areas = table("vector_areas")
    by = {name: sorted(areas.filter(pl.col("area") == name)["unit_id"]) for name in ("core", "warning")}
    assert by == {"core": CORE, "warning": within(200, 400)}
    assert areas["zone_id"].unique().to_list() == ["V1"] and areas["is_advice"].all()
    assert areas["next_survey"].unique().to_list() == [FIRST + timedelta(days=4)]
    assert table("vector_lifting")["is_due"].to_list() == [None]
    assert table("vector_surveys").is_empty()


def test_surveys_fall_due_by_the_rule_and_the_zone_is_lifted_below_five(tmp_path):
    high = [(5, unit, 6) for unit in CORE]  # 12 in 100 houses
    low = [(8, unit, 2) for unit in CORE]  # 4 in 100 houses
    folder = neighbourhood(tmp_path / "in", surveys=[*high, *low, (5, within(200, 400)[0], 1)])
    _, table = run(folder, tmp_path, 6)
    core = table("vector_areas").filter(pl.col("area") == "core")
    assert core["index"].unique().to_list() == [12.0] and core["level"].unique().to_list() == ["medium"]
    assert core["next_survey"].unique().to_list() == [FIRST + timedelta(days=8)]  # every 3 days
    warning = table("vector_areas").filter(pl.col("unit_id") == within(200, 400)[0])
    assert warning["next_survey"].to_list() == [FIRST + timedelta(days=12)]  # every 7 days
    assert table("vector_lifting")["is_due"].to_list() == [False]
    assert table("vector_surveys").height == len(CORE) + 1
    _, table = run(folder, tmp_path, 9)
    lifting = table("vector_lifting").row(0, named=True)
    assert lifting["is_due"] is True and lifting["worst_index"] == 4.0
    assert lifting["rule_id"] == "cn-dengue/zone.lift/vector_core/CN"


def test_five_is_not_below_five(tmp_path):
    folder = neighbourhood(tmp_path / "in", surveys=[(8, unit, 2.5) for unit in CORE])
    _, table = run(folder, tmp_path, 9)
    assert table("vector_lifting")["is_due"].to_list() == [False]


def test_the_report_says_it_in_both_languages_and_names_no_case(tmp_path):
    folder = neighbourhood(tmp_path / "in", surveys=[(5, unit, 6) for unit in CORE])
    done, _ = run(folder, tmp_path, 6)
    html = (done.out / "report.html").read_text("utf-8")
    for code, words in (
        ("zh", ("核心区", "媒介区的解除", "12.0")),
        ("en", ("core (advice)", "Next survey", "12.0")),
    ):
        section = re.search(rf'<section id="{code}-other-zones">.*?</section>', html, re.S)[0]
        assert all(word in section for word in words)
        assert "V1" in section and "D0" not in section and "V-D" not in section


def test_a_survey_is_no_figure_of_early_warning_and_it_says_so(tmp_path):
    assert STREAM in SURVEYS
    surveys = [(day, CORE[0], 2 + 10 * (day == 40)) for day in range(0, 41)]
    done, _ = run(neighbourhood(tmp_path / "in", surveys=surveys), tmp_path, 41)
    signals = done.results.signals
    assert STREAM not in signals.series["stream"].to_list()
    assert not any(a.stream == STREAM for a in signals.alarms)
    assert signals.stream_days.is_empty() or STREAM not in signals.stream_days["stream"].to_list()
    said = [n.en for n in done.results.notes if "Breteau" in n.en]
    assert len(said) == 1 and "left out of early warning" in said[0]


@pytest.fixture
def food(tmp_path):
    """Three cases of one lot, another lot of the same product, one clean sample."""
    folder = tmp_path / "food"
    folder.mkdir()
    write(folder, "cases", [
        {"case_id": f"F{k}", "person_key": f"p{k}", "disease": "food-borne", "classification": "confirmed",
         "onset": FIRST, "reported_at": FIRST, "area_code": AREA} for k in range(3)
    ])  # fmt: skip
    write(folder, "exposures", [
        {"person_key": f"p{k}", "item": "lot", "value": "L1", "at": FIRST} for k in range(3)
    ])  # fmt: skip
    write(folder, "lots", [
        {"lot_id": lot, "product": "oysters", "origin": "bay", "arrives_at": FIRST, "store_id": f"S{lot}"}
        for lot in ("L1", "L2")
    ])  # fmt: skip
    write(folder, "tests", [
        {"sample_id": "T1", "subject_kind": "lot", "subject_id": "L1", "kind": "culture",
         "taken_at": "2026-06-12T09:00", "result": "negative"}
    ])  # fmt: skip
    return folder


def test_a_source_is_a_table_and_a_section(food, tmp_path):
    done, table = run(food, tmp_path, 4, disease="food-borne")
    row = table("sources").row(0, named=True)
    assert (row["source_id"], row["n_cases"], row["n_samples"], row["n_clean"]) == ("L1", 3, 1, 1)
    assert "case_ids" not in row and set(table("source_trace")["other_lot"]) >= {"L2"}
    html = (done.out / "report.html").read_text("utf-8")
    assert 'id="zh-other-zones"' in html and "可能源头" in html
    assert not (done.out / "tables" / "vector_areas.parquet").exists()


def test_a_disease_without_either_has_no_such_table_and_no_section(tmp_path):
    done, _ = run(neighbourhood(tmp_path / "in"), tmp_path, 4, disease="covid-19")
    assert done.results.other_zones.tables() == {}
    assert "other-zones" not in (done.out / "report.html").read_text("utf-8")
