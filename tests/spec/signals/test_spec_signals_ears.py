"""EARS C1, C2 and C3 worked by hand, as a table; the arithmetic stands in its last column."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from tests.factories.text_tables import lines
from tests.unit.contacts.contact_worlds import TZ, at_rules, tracing_pack

from fireline.kernels.aberration import ears
from fireline.records.model import Records, schema
from fireline.signals import watch
from fireline.signals.aberrations import BASELINE_STEPS, MIN_REPORTED_STEPS, MIN_SD

TABLE = lines(__file__, "ears")
FIRST = date(2026, 6, 1)


def counts_of(text):
    return [float("nan") if c == "?" else float(c) for c in text.split()]


def number(text):
    return float("nan") if text == "-" else float(text)


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line[0]} {line[1]}")
def test_worked_example(line):
    method, counts, mean, sd, statistic, upper, alarm, _ = line
    found = ears(
        np.array(counts_of(counts)).reshape(-1, 1),
        method=method,
        baseline=BASELINE_STEPS,
        min_sd=MIN_SD,
        min_reported=MIN_REPORTED_STEPS,
    )
    for name, written in (("mean", mean), ("sd", sd), ("statistic", statistic), ("upper", upper)):
        # the table is written to four places
        np.testing.assert_allclose(getattr(found, name)[-1, 0], number(written), atol=6e-4, err_msg=name)
    assert bool(found.alarm[-1, 0]) == (alarm == "yes")


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line[0]} {line[1]}")
def test_the_chapter_says_the_same_of_the_same_counts(line):
    """The whole way: a stream of counts in, an alarm and a row of the series out."""
    method, counts, mean, _, _, upper, alarm, _ = line
    listed = counts_of(counts)
    days = [FIRST + timedelta(days=k) for k in range(len(listed))]
    rows = [
        {"stream": "fever", "area_code": "CN-411624", "date": d, "count": c}
        for d, c in zip(days, listed, strict=True)
        if c == c
    ]
    table = pl.DataFrame([{c: r.get(c) for c in schema("counts")} for r in rows], schema=schema("counts"))
    at = datetime(2026, 7, 1, tzinfo=UTC)
    rules = at_rules(tracing_pack())
    found = watch(Records({"counts": table}, TZ, "CN-411624"), rules, at=at)
    today = found.series.filter((pl.col("method") == method) & (pl.col("date") == days[-1]))
    if listed[-1] != listed[-1]:
        assert today.is_empty()  # a day nobody reported has no row
        return
    assert today["alarm"].to_list() == [alarm == "yes"]
    for name, written in (("expected", mean), ("upper", upper)):
        assert today[name].to_list() == [None if written == "-" else pytest.approx(float(written), abs=6e-4)]
    on_today = [a for a in found.alarms if a.day <= days[-1] <= (a.until or a.day)]
    assert bool(on_today) >= (alarm == "yes")
