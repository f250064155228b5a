"""Replays the history of one ring of zones from its steps: where it stood at any hour.

Store: the steps alone decide; the columns of the ring are only their newest state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

STATE_OF = {
    "proposed": "proposed",
    "withdrawn": "withdrawn",
    "signed": "signed",
    "published": "published",
    "staffed": "staffed",
    "unstaffed": "published",
    "lifted": "lifted",
}
"""State after a step; the other steps (gate_assigned, gate_accepted, lowered and so on) change none."""

IN_FORCE = frozenset({"signed", "published", "staffed"})
"""States in which a ring is an order that stands."""


@dataclass(slots=True)
class Moment:
    """A ring at one hour.

    Attributes
    ----------
    state : str, "" before it was proposed
    levels : unit id -> level; what was proposed or what stands, empty once it is lifted or withdrawn
    lowered : unit id -> (level it came from, when it was lowered)
    lifted : unit id -> when it was lifted
    gates : id of the gate -> {"to", "unit", "accepted_at"}
    steps : steps up to the hour, oldest first
    """

    state: str = ""
    levels: dict[str, str] = field(default_factory=dict)
    lowered: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    lifted: dict[str, datetime] = field(default_factory=dict)
    gates: dict[str, dict[str, Any]] = field(default_factory=dict)
    steps: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def is_in_force(self) -> bool:
        """Whether it was an order that stood."""
        return self.state in IN_FORCE


def replay(
    steps: Iterable[Mapping[str, Any]], levels: Mapping[str, str], *, at: datetime | None = None
) -> Moment:
    """Where a ring stood at an hour.

    Parameters
    ----------
    steps : rows of ZoneStep (at, what, detail and so on), in the order they were written
    levels : unit id -> level, as proposed
    at : None = after the last step; a step at this very instant has happened
    """
    now = Moment()
    for step in steps:
        if at is not None and step["at"] > at:
            continue
        now.steps.append(step)
        what, detail = step["what"], step["detail"] or {}
        now.state = STATE_OF.get(what, now.state)
        if what == "proposed":
            now.levels = dict(levels)
        elif what == "withdrawn":
            now.levels = {}
        elif what in ("lowered", "lifted"):
            _change(now, detail, step["at"])
        elif what.startswith("gate_"):
            _gate(now, what, detail, step["at"])
    return now


def _change(now: Moment, detail: Mapping[str, Any], at: datetime) -> None:
    to = str(detail.get("to", ""))
    for unit_id in list(detail.get("units", now.levels)):
        before = now.levels.pop(unit_id, "")
        if to:
            now.levels[unit_id] = to
            now.lowered[unit_id] = (before, at)
        else:
            now.lifted[unit_id] = at


def _gate(now: Moment, what: str, detail: Mapping[str, Any], at: datetime) -> None:
    gate = str(detail.get("gate", ""))
    if what == "gate_assigned":
        now.gates[gate] = {"to": detail.get("to", ""), "unit": detail.get("unit", ""), "accepted_at": None}
    elif what == "gate_accepted":
        now.gates[gate] = {**now.gates.get(gate, {}), "accepted_at": at}
    else:
        now.gates.pop(gate, None)
