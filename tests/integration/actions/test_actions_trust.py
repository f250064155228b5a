"""Triggers of the real engine in the store: verdicts teach the streams, and the next run is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import people, watched

from fireline.actions import analysis, outbreaks, triggers
from fireline.pipeline.chapters import run_chapters
from fireline.signals.streams import default_streams
from fireline.signals.trust import PRIOR_WEIGHT
from fireline.store import access
from fireline.store.models import Outbreak, SignalOutcome, Trigger
from fireline.store.outcomes import outcomes_for

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
AT = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture
def county(dora, home, library):
    """A county whose two streams rose in one township, by the real chapters."""
    records = watched.records()
    results = run_chapters(records, library, disease="influenza", area=people.COUNTY, at=AT)
    pk = outbreaks.create_outbreak(
        by=dora, at=AT, title="x", disease="influenza", area_code=people.COUNTY, moment=AT
    )
    outbreaks.load_results(by=dora, at=AT, outbreak=pk, results=results, home=home)
    return pk


@pytest.fixture
def books(monkeypatch):
    """The books that the chapters were run with."""
    seen = []

    def spy(*args, **kwargs):
        seen.append(kwargs["streams"])
        return run_chapters(*args, **kwargs)

    monkeypatch.setattr(analysis, "run_chapters", spy)
    return seen


def grave(pk):
    return Trigger.objects.filter(outbreak_id=pk).order_by("-level_no", "-raised").first()


def refreshed(pk, dora, home, library):
    analysis.refresh(by=dora, at=AT + timedelta(hours=1), outbreak=pk, library=library, home=home)


def test_an_event_of_the_engine_is_kept_with_its_evidence(county, dora):
    found = access.trigger(
        dora, purpose="situation", outbreak=county, trigger_id=grave(county).trigger_id, at=AT
    )
    assert watched.TOWNS[watched.ILL] in found["areas"]
    assert {e["stream"] for e in found["evidence"]} == {"fever_clinic", "antipyretic_sales"}
    assert all(len(e["points"]) == 28 for e in found["evidence"])
    assert {c["stream"] for c in found["calibration"]} == {"fever_clinic", "antipyretic_sales"}
    assert all(c["nominal"] == 0.05 for c in found["calibration"])
    days = access.stream_days(dora, outbreak=county)
    assert len(days) == 12 and {row["state"] for row in days} <= {"ok", "new_holiday", "shifted"}


def test_a_refresh_over_the_same_records_finds_the_same_events(county, dora, home, library):
    before = list(
        Trigger.objects.order_by("trigger_id").values("trigger_id", "engine_id", "level", "found_at")
    )
    triggers.verify(by=dora, at=AT, outbreak=county, trigger_id=grave(county).trigger_id)
    refreshed(county, dora, home, library)
    after = list(
        Trigger.objects.order_by("trigger_id").values("trigger_id", "engine_id", "level", "found_at")
    )
    assert [row["trigger_id"] for row in after] == [row["trigger_id"] for row in before]
    assert [row["found_at"] for row in after] == [row["found_at"] for row in before], "clocks run on"
    assert grave(county).state == "verified" and grave(county).is_current


def test_a_discarded_event_lowers_the_trust_of_its_streams_in_the_next_run(
    county, dora, home, library, books
):
    one = grave(county)
    triggers.discard(
        by=dora, at=AT, outbreak=county, trigger_id=one.trigger_id, reason="a sale and a screening"
    )
    shares = dict(SignalOutcome.objects.values_list("stream", "share"))
    assert sum(shares.values()) == pytest.approx(1)
    refreshed(county, dora, home, library)
    for stream, share in shares.items():
        stated = default_streams().of(stream).trust
        told = books[-1].of(stream).trust
        assert told == pytest.approx(stated * PRIOR_WEIGHT / (PRIOR_WEIGHT + share))
        assert told < stated
    untouched = "laboratory"
    assert books[-1].of(untouched).trust == default_streams().of(untouched).trust


def test_a_verified_event_raises_it_and_all_outcomes_are_told_each_time(county, dora, home, library, books):
    one = grave(county)
    triggers.verify(by=dora, at=AT, outbreak=county, trigger_id=one.trigger_id)
    refreshed(county, dora, home, library)
    refreshed(county, dora, home, library)
    first, second = books
    for stream in ("fever_clinic", "antipyretic_sales"):
        assert first.of(stream).trust > default_streams().of(stream).trust
        assert second.of(stream).trust == first.of(stream).trust, "told again, not counted twice"


def test_dossiers_of_one_area_teach_each_other_and_exercises_stay_apart(county, dora, home, library):
    triggers.verify(by=dora, at=AT, outbreak=county, trigger_id=grave(county).trigger_id)
    n = SignalOutcome.objects.count()
    other = outbreaks.create_outbreak(by=dora, at=AT, title="y", disease="measles", area_code=people.COUNTY)
    assert len(outcomes_for(Outbreak.objects.get(pk=other))) == n > 0
    elsewhere = outbreaks.create_outbreak(
        by=dora, at=AT, title="z", disease="measles", area_code=people.TOWN_A
    )
    assert outcomes_for(Outbreak.objects.get(pk=elsewhere)) == ()
    Outbreak.objects.filter(pk=county).update(is_exercise=True)
    assert outcomes_for(Outbreak.objects.get(pk=other)) == ()


def test_a_first_run_that_finds_nothing_makes_the_next_finding_new(dora, home, library):
    """Routine surveillance runs quiet for weeks; what late figures then show is owed from the run that found it."""
    quiet = watched.records(count_rows=watched.counts(lift=(0.0, 0.0)))
    pk = outbreaks.create_outbreak(
        by=dora, at=AT, title="x", disease="influenza", area_code=people.COUNTY, moment=AT
    )
    for at, records in ((AT, quiet), (AT + timedelta(hours=3), watched.records())):
        results = run_chapters(records, library, disease="influenza", area=people.COUNTY, at=at)
        outbreaks.load_results(by=dora, at=at, outbreak=pk, results=results, home=home)
    one = Trigger.objects.get(outbreak_id=pk, engine_id=grave(pk).engine_id)
    assert one.found_at == AT + timedelta(hours=3)
    if one.verify_within_h is not None:
        assert one.verify_due_at == one.found_at + timedelta(hours=one.verify_within_h)
