"""A clinic that does not report is no fall, a clinic that begins is no rise: from reports to alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from tests.factories import reporting
from tests.factories.reporting import NOW, TODAY, TOWN_A

from fireline.signals.aberrations import detect
from fireline.signals.baselines import expect
from fireline.signals.series import count_blocks
from fireline.signals.streams import default_streams
from fireline.store.access import records_for_chapters
from fireline.store.models import Count, CountReport, ReportingUnit
from fireline.store.reporting import materialise, routine_dossier

N = 60
LAST = TODAY
KEY = "fever_clinic"


def fill(figure):
    """Reports of each unit as rows of the database; NaN = it did not report. Columns are the units by id."""
    units = list(ReportingUnit.objects.order_by("id").values_list("id", flat=True))
    rows, keys = [], set()
    for (t, u), count in np.ndenumerate(figure):
        if np.isfinite(count):
            day = LAST - timedelta(days=figure.shape[0] - 1 - t)
            rows.append(
                CountReport(
                    unit_id=units[u], stream=KEY, area_code=TOWN_A, date=day, revision=1, count=float(count),
                    via="form", received_at=NOW, received_by="rita",
                )
            )  # fmt: skip
            keys.add((KEY, TOWN_A, day))
    CountReport.objects.bulk_create(rows)
    materialise(routine_dossier(), keys)
    return records_for_chapters(routine_dossier().pk)


@pytest.fixture
def clinics(home):
    return [reporting.unit(name) for name in ("large", "middle", "small")]


def figures(seed=3, rates=(40.0, 10.0, 5.0)):
    return np.random.default_rng(seed).poisson(np.array(rates), (N, 3)).astype(float)


def upper_of(found, day):
    said = expect(found, default_streams(), last=LAST)
    return float(said.upper[(day - said.first).days, 0, 0])


def alarms(found):
    """Alarms of the last days; Poisson figures have one now and then before."""
    every = [a for block in count_blocks(found, last=LAST) for a in detect(block)[0]]
    return [a for a in every if a.until >= LAST - timedelta(days=3)]


def having(found, counts):
    return replace(found, tables={**found.tables, "counts": counts})


@pytest.mark.django_db
def test_beside_the_sum_stands_how_many_units_it_is_of(clinics):
    figure = figures()
    figure[N - 1, 1] = np.nan
    fill(figure)
    today, yesterday = Count.objects.get(date=LAST), Count.objects.get(date=LAST - timedelta(days=1))
    assert (today.n_units, today.n_due, yesterday.n_units) == (2, 3, 3)
    assert today.count == np.nansum(figure[N - 1])


@pytest.mark.django_db
def test_a_missing_unit_is_no_fall_and_its_return_no_rise(clinics):
    figure = figures()
    figure[N - 9 : N - 1, 1] = np.nan  # the middle clinic is away for eight days
    found = fill(figure)
    assert found.table("counts").height == N  # the days stand
    said = expect(found, default_streams(), last=LAST)
    away = said.mean[-8:-1, 0, 0]
    assert away == pytest.approx(np.full(7, 45.0), rel=0.15)  # of 55
    assert said.mean[-1, 0, 0] == pytest.approx(55.0, rel=0.12)
    assert upper_of(found, LAST) > 0.02
    assert alarms(found) == []


@pytest.mark.django_db
def test_without_the_coverage_the_return_would_be_a_rise(clinics):
    figure = figures(rates=(30.0, 24.0, 5.0))
    figure[N - 16 : N - 1, 1] = np.nan
    found = fill(figure)
    bare = having(found, found.table("counts").drop("coverage"))
    assert upper_of(bare, LAST) < 0.02 < 0.1 < upper_of(found, LAST)
    assert alarms(bare) and not alarms(found)


@pytest.mark.django_db
def test_a_new_unit_is_no_rise_and_a_true_rise_still_is(clinics):
    figure = figures(rates=(40.0, 30.0, 5.0))
    figure[: N - 3, 1] = np.nan  # begins three days ago
    ReportingUnit.objects.get(name="middle").owed.update(since=LAST - timedelta(days=2))
    found = fill(figure)
    assert upper_of(found, LAST) > 0.02 and alarms(found) == []


@pytest.mark.django_db
def test_a_true_rise_is_seen_through_a_missing_unit(clinics):
    figure = figures()
    figure[N - 2 :, 1] = np.nan
    figure[N - 2 :, 0] += 45
    found = fill(figure)
    assert upper_of(found, LAST) < 1e-4
    (alarm,) = alarms(found)
    assert alarm.observed == np.nansum(figure[N - 2]) or alarm.observed == np.nansum(figure[N - 1])
    assert alarm.expected < 55  # of those that reported


@pytest.mark.django_db
def test_a_day_of_less_than_half_is_a_gap(clinics):
    figure = figures()
    figure[N - 1, 0] = np.nan
    found = fill(figure)
    assert LAST not in found.table("counts")["date"].to_list()
    assert Count.objects.get(date=LAST).count == np.nansum(figure[N - 1])  # the page shows what came


@pytest.mark.django_db
def test_numbers_of_files_and_denominators_stay_what_they_are(clinics):
    found = fill(figures())
    counts = found.table("counts")
    assert counts["coverage"].to_list() == [1.0] * N
    assert found.tz == ZoneInfo("Asia/Shanghai")
    with_base = counts.with_columns(pl.lit(500.0).alias("denominator"), pl.lit(0.5).alias("coverage"))
    without = counts.with_columns(pl.lit(500.0).alias("denominator")).drop("coverage")
    one, other = (
        expect(having(found, counts), default_streams(), last=LAST) for counts in (with_base, without)
    )
    assert np.array_equal(one.mean, other.mean, equal_nan=True)
