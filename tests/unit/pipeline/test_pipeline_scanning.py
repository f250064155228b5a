"""Clusters of a run: the same as those of the command that watches, as a table of the output."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.factories import watched

from fireline.pipeline.chapters import run_chapters
from fireline.pipeline.scanning import clusters_table, scan_records
from fireline.pipeline.watching.watch import watch_records
from fireline.policy import load_library
from fireline.signals.streams import default_streams
from fireline.signals.tables import CLUSTERS

AT = datetime(2026, 6, 30, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def county():
    return watched.records()


@pytest.fixture(scope="module")
def ran(county):
    return run_chapters(county, load_library(), area=watched.COUNTY, at=AT)


def test_a_run_finds_the_township_that_fell_ill(ran):
    table = ran.tables()["clusters"]
    assert dict(table.schema) == CLUSTERS
    first = table.row(0, named=True)
    assert watched.TOWNS[watched.ILL] in first["areas"] and first["is_unusual"]
    assert first["p"] <= 0.01 and first["recurrence_d"] >= 100
    assert first["observed"] > first["expected"] > 0
    assert table["p"].is_sorted()


def test_it_is_what_the_command_that_watches_finds(ran, county):
    seen = watch_records(county, load_library(), area=watched.COUNTY, at=AT, book=default_streams())
    assert clusters_table(seen.scans).equals(ran.signals.clusters)


def test_quiet_streams_have_a_most_likely_cluster_that_is_not_unusual():
    quiet = watched.records(count_rows=watched.counts(lift=(0.0, 0.0)))
    scans, notes = scan_records(quiet, default_streams(), last=watched.LAST, state="any", n_replicates=99)
    table = clusters_table(scans)
    assert table.height >= 1 and not table["is_unusual"].any() and notes == ()


def test_without_positions_nothing_is_scanned_and_a_note_says_so():
    bare = watched.records(area_rows=watched.areas(placed=False))
    scans, notes = scan_records(bare, default_streams(), last=watched.LAST, state="any", n_replicates=99)
    assert scans == () and clusters_table(scans).is_empty()
    assert any("neither positions nor borders" in n.en for n in notes)
    without = run_chapters(bare, load_library(), area=watched.COUNTY, at=AT)
    assert any("neither positions nor borders" in n.en for n in without.notes)
