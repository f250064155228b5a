"""Scans by stream: pace, baseline and zones are chosen by what the data hold, and what is not scanned is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.factories import watched
from tests.factories.watched import COUNTY, ILL, LAST, TOWNS

from fireline.signals.baselines import expect
from fireline.signals.clusters import ScanBaseline, ScanModel
from fireline.signals.clusters.streams import LEAST_AREAS, PACES, pace_of, scan_streams
from fireline.signals.streams import default_streams, parse_streams


@pytest.fixture(scope="module")
def book():
    return default_streams()


def scan(book, *, expected=None, n_replicates=99, last=LAST, **world):
    return scan_streams(
        watched.records(**world),
        book,
        last=last,
        rng=np.random.default_rng(1),
        expected=expected,
        n_replicates=n_replicates,
    )


def plain(rate=5.0, *, steps=60, step=1, people=None, stream="calls", lift=0.0, names=TOWNS, sick=6):
    """One stream: the last steps of one township lifted."""
    rng = np.random.default_rng(3)
    rows = []
    for t in range(steps):
        day = LAST - timedelta(days=step * (steps - 1 - t))
        for i, name in enumerate(names):
            mean = rate + (lift if i == ILL and t >= steps - sick else 0.0)
            rows.append(
                {
                    "stream": stream,
                    "area_code": name,
                    "date": day,
                    "count": float(rng.poisson(mean)),
                    "denominator": people,
                }
            )
    return rows


# ---- how often figures come


@pytest.mark.parametrize(
    ("days", "name"),
    [
        ([date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 5)], "day"),
        ([date(2026, 6, 1), date(2026, 6, 8), date(2026, 6, 29)], "week"),
        ([date(y, 1, 1) for y in (2019, 2020, 2022)], "year"),
        ([date(y, 2, 28) for y in (2019, 2020, 2022)], "year"),
        ([date(2026, 6, 1), date(2026, 6, 8)], None),
        ([], None),
    ],
)
def test_pace(days, name):
    found = pace_of(days)
    assert (found.name if found else None) == name


# ---- what the expectation comes from


def test_a_history_is_used_where_it_knows_the_window(book):
    world = watched.records()
    expected = expect(world, book, last=LAST, keep_days=90)
    (drugs, fever), notes = scan_streams(
        world, book, last=LAST, rng=np.random.default_rng(1), expected=expected, n_replicates=199
    )
    assert (drugs.stream, fever.stream, notes) == ("antipyretic_sales", "fever_clinic", ())
    for found in (drugs, fever):
        assert (found.baseline, found.model, found.pace.name) == (
            ScanBaseline.SUPPLIED,
            ScanModel.POISSON,
            "day",
        )
        best = found.clusters[0]
        assert best.areas == (TOWNS[ILL],) and best.p == pytest.approx(1 / 200)
        assert (
            LAST - timedelta(days=6) <= best.first_day <= LAST - timedelta(days=4) and best.last_day == LAST
        )
        assert best.observed > 1.5 * best.expected
        assert TOWNS[ILL] in best.why.en and "supplied from earlier data" in best.why.en


def test_one_rate_where_the_people_are_known(book):
    (found,), _ = scan(book, count_rows=plain(people=1_000, lift=12.0))
    assert (found.baseline, found.model) == (ScanBaseline.UNIFORM_RATE, ScanModel.POISSON)
    assert found.clusters[0].areas == (TOWNS[ILL],) and found.clusters[0].p == 0.01
    assert (found.study_first, found.n_areas) == (LAST - timedelta(days=55), 6)


def test_the_margins_where_nothing_is_known(book):
    (found,), _ = scan(book, count_rows=plain(lift=12.0))
    assert (found.baseline, found.model) == (ScanBaseline.MARGINS, ScanModel.PERMUTATION)
    assert found.clusters[0].areas == (TOWNS[ILL],)


def test_people_known_in_part_are_not_known(book):
    rows = plain(people=1_000)
    rows[-1]["denominator"] = None
    assert scan(book, count_rows=rows)[0][0].baseline is ScanBaseline.MARGINS


def test_a_history_that_knows_too_little_is_not_used(book):
    world = watched.records(count_rows=plain(steps=20))
    expected = expect(world, book, last=LAST)
    (found,), _ = scan_streams(
        world, book, last=LAST, rng=np.random.default_rng(1), expected=expected, n_replicates=19
    )
    assert found.baseline is ScanBaseline.MARGINS


# ---- paces


def test_weeks_end_six_days_after_their_day_and_years_with_december(book):
    (weekly,), _ = scan(book, count_rows=plain(step=7, steps=30, lift=15.0, sick=3))
    assert weekly.pace is PACES["week"] and weekly.last_day == LAST + timedelta(days=6)
    assert weekly.clusters[0].last_day == weekly.last_day
    rows = [
        {"stream": "tumours", "area_code": town, "date": date(year, 1, 1), "count": 4.0 + 9 * (i == ILL and year > 2022), "denominator": 900}
        for year in range(2015, 2026)
        for i, town in enumerate(TOWNS)
    ]  # fmt: skip
    (yearly,), _ = scan(book, count_rows=rows, last=date(2025, 12, 31))
    assert yearly.pace is PACES["year"] and yearly.last_day == date(2025, 12, 31)
    assert (yearly.study_first, yearly.clusters[0].first_day) == (date(2022, 1, 1), date(2023, 1, 1))
    assert yearly.clusters[0].recurrence_d == pytest.approx(365.25 / yearly.clusters[0].p)


def test_cases_are_scanned_by_disease(book):
    from datetime import UTC, datetime

    cases = [
        {"case_id": f"C{i}", "person_key": f"P{i}", "disease": "measles", "area_code": TOWNS[i % 6 if i < 30 else ILL],
         "onset": datetime(2026, 6, 1 + (i % 28 if i < 30 else 26 + i % 4), 4, tzinfo=UTC)}
        for i in range(44)
    ]  # fmt: skip
    (found,), _ = scan(book, count_rows=[], cases=cases)
    assert (found.stream, found.model) == ("cases/measles", ScanModel.PERMUTATION)
    assert found.clusters[0].areas == (TOWNS[ILL],)


# ---- zones


def test_borders_stand_in_where_there_are_no_positions(book):
    units = [{"unit_id": f"U{i}", "area_code": town} for i, town in enumerate(TOWNS)]
    beside = [{"unit_a": f"U{i}", "unit_b": f"U{i + 1}", "gates": 1} for i in range(5)]
    world = {"count_rows": plain(lift=12.0), "area_rows": watched.areas(placed=False)}
    (found,), _ = scan(book, **world, units=units, adjacency=beside)
    assert found.clusters[0].areas == (TOWNS[ILL],)
    # six in a row: 6 alone, 5 pairs, 4 triples, all that hang together
    assert found.n_zones == 15


def test_areas_above_others_are_left_out(book):
    rows = plain(people=100)
    total = [{**r, "area_code": COUNTY, "count": 60.0} for r in rows if r["area_code"] == TOWNS[0]]
    (found,), _ = scan(book, count_rows=[*rows, *total])
    assert found.n_areas == 6


# ---- what is not scanned, and why


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (plain(names=TOWNS[: LEAST_AREAS - 1]), "fewer than 4 areas"),
        (plain(steps=2), "too short a history"),
        ([{**r, "count": r["count"] + 0.5} for r in plain()], "negative figures or fractions"),
        ([{**r, "count": -1.0} for r in plain()], "negative figures or fractions"),
        ([{**r, "date": r["date"] - timedelta(days=40)} for r in plain()], "no recent figures"),
    ],
)
def test_what_cannot_be_scanned_is_said(book, rows, why):
    scans, (note,) = scan(book, count_rows=rows)
    assert scans == () and why in note.en and "calls" in note.en.lower()
    assert "未作时空扫描" in note.zh


def test_without_positions_or_borders_there_is_no_scan(book):
    scans, (note,) = scan(book, count_rows=plain(), area_rows=watched.areas(placed=False))
    assert scans == () and "neither positions nor borders" in note.en


def test_rates_are_no_counts():
    rates = parse_streams('[stream.calls]\nkind = "rate"\n', base=default_streams())
    scans, (note,) = scan(rates, count_rows=plain())
    assert scans == () and "rates, not counts" in note.en


def test_nothing_counted_and_no_data_are_no_news(book):
    assert scan(book, count_rows=[{**r, "count": 0.0} for r in plain()]) == ((), ())
    assert scan(book, count_rows=[]) == ((), ())


def test_later_figures_are_not_looked_at(book):
    early = LAST - timedelta(days=10)
    (found,), _ = scan(book, count_rows=plain(lift=12.0), last=early)
    assert found.last_day == early and found.clusters[0].p > 0.05


def test_a_shape_that_cannot_be_read_is_no_position(book):
    areas = watched.areas()
    areas[-1] = {**areas[-1], "geometry": '{"type": "Point"'}
    scans, notes = scan(book, count_rows=plain(), area_rows=areas)
    assert scans == () and "positions" in notes[0].en


def test_the_same_seed_gives_the_same_answer_and_ids_hang_on_place_and_day(book):
    one, two = (scan(book, count_rows=plain(lift=12.0))[0][0] for _ in range(2))
    assert one == two
    later = scan(book, count_rows=plain(lift=12.0), last=LAST - timedelta(days=1))[0][0]
    assert later.clusters[0].cluster_id != one.clusters[0].cluster_id
    assert replace(one.clusters[0]).cluster_id == one.clusters[0].cluster_id
