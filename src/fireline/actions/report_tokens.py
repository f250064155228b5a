"""Keys with which a unit's program sends counts: only hashes are kept, they end, and are revoked at once.

Actions: made on the machine itself; whoever holds a key is a reporter of its one unit and nothing else.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from fireline.actions import attempts
from fireline.actions.guard import finish, require
from fireline.actions.reporting_units import require_at_work, unit_named
from fireline.clock import local_day
from fireline.errors import InputError, PurposeError
from fireline.privacy.purposes import Role
from fireline.store.actor import Actor
from fireline.store.models import ReportToken
from fireline.store.refusals import audits_refusals
from fireline.words import Words

TOKEN_DAYS = 180
"""Longest life of a key; a shorter one can be asked for."""
TOUCH = timedelta(minutes=1)
"""How often "last used" is written."""


class UnknownToken(PurposeError):  # noqa: N818 - read as what happened
    """A key that is not known, was revoked or has ended: the same words for all."""


@audits_refusals
def issue_token(*, by: Actor, at: datetime, name: str, days: int = TOKEN_DAYS) -> tuple[int, str]:
    """Make a key with which a unit's program sends counts; only its hash is kept.

    Returns
    -------
    (int, str)   the key's number, and the key: 43 characters that fit a header, 256 bits

    Raises
    ------
    InputError     no such unit, or a life that is not 1 to 180 days
    PurposeError   the unit or its contract has ended, or not the command line
    """
    require(by, frozenset(), "unit.token", is_machine_allowed=True)
    if not 1 <= days <= TOKEN_DAYS:
        raise InputError(
            Words(f"密钥：有效期 1 至 {TOKEN_DAYS} 天", f"token: its life is 1 to {TOKEN_DAYS} days")
        )
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        unit = unit_named(name)
        require_at_work(unit, on=local_day(at, ZoneInfo(settings.FIRELINE.time_zone)))
        made = ReportToken.objects.create(
            unit=unit,
            digest=_digest(token),
            made_at=at,
            made_by=by.username,
            ends_at=at + timedelta(days=days),
        )
        finish(by=by, at=at, action="unit.token", body={"unit": unit.name, "token": made.pk, "days": days})
    return made.pk, token


@audits_refusals
def revoke_token(*, by: Actor, at: datetime, token: int) -> None:
    """Let a key open nothing from now on; a second time changes nothing.

    Raises
    ------
    InputError     no such key
    PurposeError   not the command line
    """
    require(by, frozenset(), "unit.revoke", is_machine_allowed=True)
    with transaction.atomic():
        found = ReportToken.objects.select_for_update().select_related("unit").filter(pk=token).first()
        if found is None:
            raise InputError(
                Words(
                    "密钥：没有这个编号；见 fireline unit list",
                    "token: no such number; see fireline unit list",
                )
            )
        if found.revoked_at is None:
            found.revoked_at, found.revoked_by = at, by.username
            found.save(update_fields=["revoked_at", "revoked_by"])
            finish(by=by, at=at, action="unit.revoke", body={"unit": found.unit.name, "token": token})


def actor_of_token(*, at: datetime, token: str, address: str) -> Actor:
    """The reporter behind a key; the limiter runs before the hash.

    ``address`` is the network address of the peer, as the server saw it.

    Raises
    ------
    TooManyAttempts   50 refused keys in an hour from this address
    UnknownToken      not known, revoked or ended
    """
    attempts.limit(at=at, account="", address=address)
    found = ReportToken.objects.select_related("unit").filter(digest=_digest(token)).first()
    if found is None or found.revoked_at is not None or found.ends_at <= at:
        attempts.note_failure(at=at, account="", address=address, action="report.refused")
        raise UnknownToken(
            Words(
                "密钥：未知、已撤销或已到期；请向疾控中心申请新的密钥",
                "token: not known, revoked or ended; ask the CDC for a new one",
            )
        )
    if found.last_used_at is None or at - found.last_used_at >= TOUCH:
        ReportToken.objects.filter(pk=found.pk).update(last_used_at=at)
    unit = found.unit
    return Actor(
        username=f"unit:{unit.pk}",
        role=Role.REPORTER.value,
        area_code=unit.area_code,
        unit=unit.name,
        via="api",
        reporting_unit=unit.pk,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
