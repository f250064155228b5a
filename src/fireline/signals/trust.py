"""What triage teaches: a stream whose signals were verified is trusted more, one that cried wolf less.

Chapter 5: pure; the console calls it with the outcomes it recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fireline.signals.model import Trigger
from fireline.signals.streams import StreamBook

PRIOR_WEIGHT = 10.0
"""Outcomes that the stated trust is worth."""
_LEAST, _MOST = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class Outcome:
    """What triage found of one trigger, for one stream.

    Attributes
    ----------
    stream : str
    is_true : bool, verified; False = discarded
    share : float in (0, 1], part of the trigger's evidence that the stream gave
    """

    stream: str
    is_true: bool
    share: float = 1.0


def outcomes_of(trigger: Trigger, *, is_true: bool) -> tuple[Outcome, ...]:
    """Outcomes of a trigger for the streams that spoke for it, by their share of the evidence.

    Parameters
    ----------
    trigger : Trigger
    is_true : bool   verified; False = discarded. A trigger that was only watched or escalated has none
    """
    total = sum(e.weight for e in trigger.evidence if e.weight > 0)
    return tuple(
        Outcome(e.stream, is_true, e.weight / total) for e in trigger.evidence if total > 0 and e.weight > 0
    )


def update_trust(
    book: StreamBook, outcomes: Iterable[Outcome], *, prior_weight: float = PRIOR_WEIGHT
) -> StreamBook:
    """The same book with the trust of streams moved by outcomes.

    Parameters
    ----------
    book : StreamBook   as written: its trust is the prior, so pass all outcomes each time, not only new ones
    outcomes : iterable of Outcome
    prior_weight : float, > 0

    Returns
    -------
    StreamBook

    Raises
    ------
    ValueError   a share is outside (0, 1], or the weight is not above 0

    Notes
    -----
    The trust of a stream is the mean of a beta distribution: the stated trust counts as ``prior_weight``
    outcomes; a verified trigger adds its share to the true, a discarded one to the false. Between 0.05 and
    0.95, so that no run of luck silences a stream or makes it certain. A stream without an entry of its own
    gets one.
    """
    if not prior_weight > 0:
        raise ValueError(f"prior_weight: expected more than 0, got {prior_weight}")
    true: dict[str, float] = {}
    total: dict[str, float] = {}
    for o in outcomes:
        if not 0 < o.share <= 1:
            raise ValueError(f"share of {o.stream}: expected 0 < share <= 1, got {o.share}")
        true[o.stream] = true.get(o.stream, 0.0) + o.share * o.is_true
        total[o.stream] = total.get(o.stream, 0.0) + o.share
    streams = dict(book.streams)
    for name in sorted(total):
        stream = book.of(name)
        trust = (stream.trust * prior_weight + true[name]) / (prior_weight + total[name])
        streams[name] = replace(stream, trust=min(max(trust, _LEAST), _MOST))
    return replace(book, streams=streams)
