"""A verdict reaches the next computation: the event is not raised again beside it, a worse turn still calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.factories import worlds
from tests.factories.reporting import NOW
from tests.factories.triggers import RAISED, trigger

from fireline.actions import analysis, outbreaks, triggers
from fireline.signals.verdicts import Verdict
from fireline.store.models import Outbreak, Trigger
from fireline.store.outcomes import verdicts_for

pytestmark = pytest.mark.django_db
TODAY = date(2022, 6, 12)


@pytest.fixture
def event(dora, home):
    return worlds.loaded(by=dora, at=NOW, home=home, triggers=[trigger("T1")])


def loaded_again(pk, dora, home, *found):
    outbreaks.load_results(
        by=dora,
        at=NOW,
        outbreak=pk,
        home=home,
        results=worlds.results(worlds.records(), at=NOW, triggers=list(found)),
    )


def test_each_verdict_is_handed_to_the_chapters(event, dora, home, monkeypatch):
    seen, real = [], analysis.run_chapters
    monkeypatch.setattr(analysis, "run_chapters", lambda *a, **k: seen.append(k["verdicts"]) or real(*a, **k))
    where = Outbreak.objects.get(pk=event)
    assert verdicts_for(where) == ()
    for state, decide in (("verified", triggers.verify), ("escalated", triggers.escalate), ("discarded", triggers.discard)):  # fmt: skip
        decide(by=dora, at=NOW, outbreak=event, trigger_id="T1", reason="called the clinics")
        row = Trigger.objects.get(trigger_id="T1")
        expected = Verdict(state, frozenset(row.touched or row.areas), RAISED, row.until, TODAY)
        assert verdicts_for(where) == (expected,)
    analysis.refresh(by=dora, at=NOW, outbreak=event)
    assert seen == [(expected,)]


def test_watching_on_is_no_verdict(event, dora):
    triggers.observe(
        by=dora, at=NOW, outbreak=event, trigger_id="T1", reason="x", until=TODAY + timedelta(days=3)
    )
    assert verdicts_for(Outbreak.objects.get(pk=event)) == ()


@pytest.mark.parametrize(("decide", "days", "is_same"), [("verify", 27, True), ("verify", 37, False), ("discard", 13, True), ("discard", 23, False), (None, 13, False)])  # fmt: skip
def test_an_event_that_comes_back_in_the_window_is_the_decided_one(event, dora, home, decide, days, is_same):
    if decide:
        getattr(triggers, decide)(by=dora, at=NOW, outbreak=event, trigger_id="T1", reason="called")
    day = TODAY + timedelta(days=days)
    back = replace(trigger("T9"), raised=day, until=day, level_since=day, first_day=day)
    loaded_again(event, dora, home, back)
    rows = {r.trigger_id: r.state for r in Trigger.objects.filter(outbreak_id=event, is_current=True)}
    wanted = {"verify": "verified", "discard": "discarded"}.get(decide)
    assert rows == ({"T1": wanted} if is_same else {"T9": "new"})


def test_a_worse_turn_in_the_window_calls_again(dora, home):
    pk = worlds.loaded(by=dora, at=NOW, home=home, triggers=[trigger("T1", level="low")])
    triggers.discard(by=dora, at=NOW, outbreak=pk, trigger_id="T1", reason="a screening")
    day = TODAY + timedelta(days=10)
    worse = replace(trigger("T9", level="high"), raised=day, until=day, level_since=day, first_day=day)
    loaded_again(pk, dora, home, worse)
    row = Trigger.objects.get(outbreak_id=pk)
    assert (row.trigger_id, row.state, row.level) == ("T1", "new", "high")
