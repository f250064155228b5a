"""The same event in two runs, and what is new of it: so that a decision stays, and a worse turn calls again.

Chapter 5: pure; the store calls it when the chapters ran again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fireline.signals.model import LEVELS, Trigger

QUIET_DAYS = 7
"""Two events beside each other in area are one unless more days than this lie between them; as in events."""


@dataclass(frozen=True, slots=True)
class Known:
    """What makes an event recognisable.

    Attributes
    ----------
    trigger_id, kind, level : str
    raised, until : date
    touched : frozenset of area codes
    rule_ids : frozenset of str
    """

    trigger_id: str
    kind: str
    level: str
    raised: date
    until: date
    touched: frozenset[str]
    rule_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class News:
    """What a newer run adds to an event.

    Attributes
    ----------
    what : "level", "rule" or "area"
    was, now : str, levels; "" for the other kinds
    added : tuple of rule ids or area codes, sorted
    """

    what: str
    was: str = ""
    now: str = ""
    added: tuple[str, ...] = ()

    @property
    def is_worse(self) -> bool:
        """Whether it undoes a verdict: a higher level or another rule met. A further area alone does not."""
        return self.what != "area"


def known(trigger: Trigger) -> Known:
    """What makes a trigger recognisable in a later run."""
    return Known(
        trigger.trigger_id,
        trigger.kind,
        trigger.level,
        trigger.raised,
        trigger.until,
        frozenset(trigger.touched or trigger.areas),
        frozenset(trigger.rule_ids),
    )


def same_events(before: Sequence[Known], now: Sequence[Known]) -> dict[str, str]:
    """Which events of a run are events of an earlier one.

    Parameters
    ----------
    before, now : sequences of Known

    Returns
    -------
    dict   id now -> id before, each at most once

    Notes
    -----
    The same id is the same event. Figures that come late move the first day or the areas of an event and so
    its id: then events of one kind are the same that share an area (for rules also a rule) and lie at most
    QUIET_DAYS apart; those that share most days first, then most areas, then by id.
    """
    found = {k.trigger_id: k.trigger_id for k in now if any(b.trigger_id == k.trigger_id for b in before)}
    left = [b for b in before if b.trigger_id not in found]
    pairs = [
        (-_shared_days(b, k), -len(b.touched & k.touched), b.trigger_id, k.trigger_id)
        for k in now
        if k.trigger_id not in found
        for b in left
        if _are_one(b, k)
    ]
    taken: set[str] = set()
    for _, _, old, new in sorted(pairs):
        if old not in taken and new not in found:
            taken.add(old)
            found[new] = old
    return found


def _are_one(a: Known, b: Known) -> bool:
    gap = timedelta(days=QUIET_DAYS)
    return (
        a.kind == b.kind
        and bool(a.touched & b.touched)
        and a.raised <= b.until + gap
        and b.raised <= a.until + gap
        and (a.kind != "rule" or bool(a.rule_ids & b.rule_ids))
    )


def _shared_days(a: Known, b: Known) -> int:
    return (min(a.until, b.until) - max(a.raised, b.raised)).days


def news_of(before: Known, now: Known) -> tuple[News, ...]:
    """What a newer run adds to the same event: a higher level, another rule met, another area.

    Parameters
    ----------
    before, now : Known   the same event
    """
    found = []
    if LEVELS.index(now.level) > LEVELS.index(before.level):
        found.append(News("level", was=before.level, now=now.level))
    for what, added in (
        ("rule", now.rule_ids - before.rule_ids),
        ("area", now.touched - before.touched),
    ):
        if added:
            found.append(News(what, added=tuple(sorted(added))))
    return tuple(found)
