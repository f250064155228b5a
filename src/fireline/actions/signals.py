"""What a person makes of an alarm: verified, discarded or escalated, always with a reason.

Actions: every signal ends in a recorded outcome.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from fireline.actions.guard import COMMAND, finish, locked, require, require_area, require_version
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.store import tally
from fireline.store.actor import Actor
from fireline.store.models import Signal
from fireline.store.refusals import audits_refusals
from fireline.words import Words

_FROM = {
    "verified": ("new", "escalated"),
    "discarded": ("new", "verified", "escalated"),
    "escalated": ("new", "verified"),
}
"""State -> the states it can follow."""

STATE_WORDS = {
    "new": Words("待核实", "new"),
    "verified": Words("已核实", "verified"),
    "discarded": Words("已排除", "discarded"),
    "escalated": Words("已升级", "escalated"),
}
"""States of a signal in words."""


@audits_refusals
def verify(
    *, by: Actor, at: datetime, outbreak: int, alarm_id: str, reason: str, version: int | None = None
) -> int:
    """Say that an alarm is real; returns its new version. Errors as in ``discard``."""
    return _decide(
        "verified", by=by, at=at, outbreak=outbreak, alarm_id=alarm_id, reason=reason, version=version
    )


@audits_refusals
def discard(
    *, by: Actor, at: datetime, outbreak: int, alarm_id: str, reason: str, version: int | None = None
) -> int:
    """Say that an alarm is not real.

    ``version`` is the one the person saw; None skips the check.

    Returns
    -------
    int   the signal's new version

    Raises
    ------
    ConflictError   somebody decided meanwhile, or the state cannot follow
    InputError      no reason
    PurposeError    not an epidemiologist or commander, or not in the area
    """
    return _decide(
        "discarded", by=by, at=at, outbreak=outbreak, alarm_id=alarm_id, reason=reason, version=version
    )


@audits_refusals
def escalate(
    *, by: Actor, at: datetime, outbreak: int, alarm_id: str, reason: str, version: int | None = None
) -> int:
    """Hand an alarm to the level above; returns its new version. Errors as in ``discard``."""
    return _decide(
        "escalated", by=by, at=at, outbreak=outbreak, alarm_id=alarm_id, reason=reason, version=version
    )


def _decide(
    state: str, *, by: Actor, at: datetime, outbreak: int, alarm_id: str, reason: str, version: int | None
) -> int:
    require(by, COMMAND, f"signal.{state}")
    if not reason.strip():
        raise InputError(
            Words("预警信号：需要理由；请写明依据", "signal: a reason is needed; write what it rests on")
        )
    with transaction.atomic():
        where = locked(by, outbreak)
        found = Signal.objects.filter(outbreak_id=where.pk, alarm_id=alarm_id).first()
        if found is None:
            raise PurposeError(
                Words(
                    "预警信号：在您的辖区内找不到；请从列表中选择",
                    "signal: not found in your area; choose one from the list",
                )
            )
        require_area(by, where, found.area_code, "signal")
        require_version(found.version, version, "signal")
        if found.state not in _FROM[state]:
            raise ConflictError(
                Words(
                    f"预警信号：现为“{STATE_WORDS[found.state].zh}”，不能改为“{STATE_WORDS[state].zh}”；请刷新后再决定",
                    f"signal: it is {STATE_WORDS[found.state].en}, {STATE_WORDS[state].en} cannot "
                    "follow; reload and decide again",
                )
            )
        for key, n in ((found.state, -1), (state, 1)):
            tally.adjust(outbreak_id=where.pk, name="signals", area_code=found.area_code, key=key, by=n)
        found.state, found.decided_at, found.decided_by = state, at, by.username
        found.reason, found.version = reason.strip(), found.version + 1
        found.save()
        finish(
            by=by,
            at=at,
            action=f"signal.{state}",
            outbreak=where,
            rule=found.rule_id,
            subject=f"signal:{alarm_id}"[:200],
            body={"version": found.version},
        )
    return found.version
