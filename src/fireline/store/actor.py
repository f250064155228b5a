"""Who asks: the person behind a read or a change, with role, unit and area.

Store: every function of access and actions takes one.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

SYSTEM_ROLE = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """One person at work, as the account stood when the request began.

    Attributes
    ----------
    username : str
    role : str, one of privacy.purposes.Role, or "system" for the command line of this machine
    area_code : str, jurisdiction: this area and everything below it; "" = all
    unit : str, the unit the person belongs to (two-person rules ask for different units)
    user_id : int or None
    display : str, name for the header
    via : str, how the person works where it is not the console; said in every audit row
    reporting_unit : int or None, of a reporter: the one unit it reports for
    """

    username: str
    role: str
    area_code: str = ""
    unit: str = ""
    user_id: int | None = None
    display: str = ""
    via: str = ""
    reporting_unit: int | None = None


COMMAND_LINE = Actor(username="command-line", role=SYSTEM_ROLE, unit="command-line")
"""The operator of this machine: may create outbreaks, load results and keep accounts, reads no people."""

WORKER = Actor(username="worker", role=SYSTEM_ROLE, unit="worker")
"""The background worker of this home: computes again what waits, and nothing else."""


def plain_unit(unit: str) -> str:
    """A unit's name without what spelling adds: case, width, spaces and signs; "" where nothing is left.

    Two-person rules compare units by it, so that one unit written twice stays one unit.
    """
    return "".join(ch for ch in unicodedata.normalize("NFKC", unit).casefold() if ch.isalnum())


def actor_of(user: Any) -> Actor:
    """Actor of a signed-in account (``request.user``)."""
    return Actor(
        username=user.username,
        role=user.role,
        area_code=user.area_code,
        unit=user.unit,
        user_id=user.pk,
        display=user.display or user.username,
        reporting_unit=user.reporting_unit_id,
    )
