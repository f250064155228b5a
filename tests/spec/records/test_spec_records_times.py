"""How columns of dates and times are read, as a table; every line through the whole cleaning of cells."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest
from tests.factories.text_tables import lines

from fireline.feeds.tables import TABLES
from fireline.records.cells import read_cells

ONSET = TABLES["cases"].by_name["onset"]
SHANGHAI = ZoneInfo("Asia/Shanghai")
LETTER = {"day": "d", "hour": "h", "minute": "m"}
TABLE = lines(__file__, "times")


def parts(text):
    return [p.strip() for p in text.split(";")]


def said_of(cells):
    """The column as the table writes it."""
    out = []
    for moment, precision, is_bad in zip(cells.values, cells.precision, cells.is_bad, strict=True):
        if is_bad:
            out.append("!")
        elif moment is None:
            out.append("~")
        else:
            out.append(f"{moment:%Y-%m-%d %H:%M} {LETTER[precision]}")
    return out


@pytest.mark.parametrize("line", TABLE, ids=" ".join)
def test_column_of_times(line):
    order, written, expected = line
    text = pl.Series("onset", [None if c == "~" else c for c in parts(written)], dtype=pl.String)
    assert said_of(read_cells(text, ONSET, tz=SHANGHAI, order=order)) == parts(expected)


@pytest.mark.parametrize("line", TABLE, ids=" ".join)
def test_a_long_column_is_read_the_same(line):
    """From 500 distinct values on a faster way is taken for the commonest formats: it may change nothing.

    Only columns that hold a time of day already can be lengthened by times of day.
    """
    order, written, expected = line
    if " m" not in expected:
        return
    more = [f"2025-{1 + k % 12:02d}-{1 + k % 28:02d} {k % 24:02d}:{k % 60:02d}" for k in range(1, 1200)]
    text = pl.Series("onset", [None if c == "~" else c for c in parts(written)] + more, dtype=pl.String)
    cells = read_cells(text, ONSET, tz=SHANGHAI, order=order)
    assert said_of(cells)[: len(parts(written))] == parts(expected)
    assert not cells.is_bad[len(parts(written)) :].any()
