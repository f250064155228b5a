"""signals.trust: outcomes of triage move the trust of streams, and nothing else."""

import pytest

from fireline.signals.streams import default_streams
from fireline.signals.trust import Outcome, outcomes_of, update_trust

BOOK = default_streams()


def test_by_hand():
    """A stated 0.7 is worth ten outcomes, seven of them true; three false ones make it 7 / 13."""
    book = update_trust(BOOK, [Outcome("fever_clinic", False)] * 3)
    assert book.of("fever_clinic").trust == pytest.approx(7 / 13)
    book = update_trust(BOOK, [Outcome("fever_clinic", True)] * 3)
    assert book.of("fever_clinic").trust == pytest.approx(10 / 13)


def test_nothing_else_changes():
    book = update_trust(BOOK, [Outcome("fever_clinic", True)])
    assert book.events == BOOK.events and book.holidays == BOOK.holidays
    assert {n: s for n, s in book.streams.items() if n != "fever_clinic"} == {
        n: s for n, s in BOOK.streams.items() if n != "fever_clinic"
    }
    assert BOOK.of("fever_clinic").trust == 0.7
    assert update_trust(BOOK, []).streams == BOOK.streams


def test_a_share_counts_as_a_part_of_an_outcome():
    book = update_trust(BOOK, [Outcome("calls", False, 0.5), Outcome("calls", True, 0.25)])
    assert book.of("calls").trust == pytest.approx((5 + 0.25) / 10.75)


def test_order_does_not_matter():
    outcomes = [Outcome("calls", True, 0.3), Outcome("gp", False), Outcome("calls", False)]
    assert update_trust(BOOK, outcomes).streams == update_trust(BOOK, outcomes[::-1]).streams


@pytest.mark.parametrize(("is_true", "end"), [(True, 0.95), (False, 0.05)])
def test_no_run_of_luck_makes_a_stream_certain_or_mute(is_true, end):
    book = update_trust(BOOK, [Outcome("fever_clinic", is_true)] * 10_000)
    assert book.of("fever_clinic").trust == end


def test_a_stream_without_an_entry_gets_one():
    book = update_trust(BOOK, [Outcome("ambulance_rides", True)])
    assert "ambulance_rides" in book.streams
    assert book.of("ambulance_rides").trust > BOOK.of("ambulance_rides").trust


def test_a_lighter_prior_learns_faster():
    fast = update_trust(BOOK, [Outcome("calls", True)], prior_weight=1.0)
    slow = update_trust(BOOK, [Outcome("calls", True)], prior_weight=100.0)
    assert fast.of("calls").trust > slow.of("calls").trust > BOOK.of("calls").trust


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5])
def test_a_share_must_be_a_part(share):
    with pytest.raises(ValueError, match="share of calls"):
        update_trust(BOOK, [Outcome("calls", True, share)])


def test_the_prior_must_weigh_something():
    with pytest.raises(ValueError, match="prior_weight"):
        update_trust(BOOK, [], prior_weight=0.0)


class _Evidence:
    def __init__(self, stream, weight):
        self.stream, self.weight = stream, weight


class _Trigger:
    def __init__(self, *evidence):
        self.evidence = tuple(_Evidence(*e) for e in evidence)


def test_outcomes_go_to_the_streams_that_spoke_by_what_they_said():
    trigger = _Trigger(("fever_clinic", 6.0), ("calls", 2.0), ("gp", -0.5))
    assert outcomes_of(trigger, is_true=False) == (
        Outcome("fever_clinic", False, 0.75),
        Outcome("calls", False, 0.25),
    )
    assert outcomes_of(_Trigger(), is_true=True) == ()
