"""Revealing one person's identity, and erasing people.

Actions: one reveal is one purpose, one audit row, and counts towards the quota of 60 an hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from fireline.actions.guard import finish, home_of, locked, require
from fireline.errors import PurposeError
from fireline.pipeline.home import Home
from fireline.privacy.purposes import Purpose, Role, require_purpose
from fireline.store import audit
from fireline.store.access.scope import within
from fireline.store.actor import Actor
from fireline.store.models import AuditEvent, Case, Contact, Outbreak, Person, Task
from fireline.store.refusals import audits_refusals
from fireline.store.vault import Vault
from fireline.words import Words

QUOTA_PER_HOUR = 60
_NEEDED = frozenset({Purpose.INVESTIGATION, Purpose.TRACING, Purpose.FOLLOW_UP})


class QuotaError(PurposeError):
    """The hourly quota of reveals is used up; the console answers 429."""


@audits_refusals
def reveal(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    person_key: str,
    purpose: Purpose | str,
    home: Home | None = None,
) -> dict[str, str]:
    """Open the identity of one person.

    Returns
    -------
    dict   name, id_no, phone, address as far as known; empty for an erased or unknown person

    Raises
    ------
    QuotaError       60 reveals in the last hour
    PurposeError     the purpose does not fit the role, the person is not in the actor's area, or, for a grid
        worker, not the subject of a task in the own hand
    IntegrityError   a sealed field was changed or moved
    """
    require(by, frozenset(Role) - {Role.SUPERVISOR}, "identity.reveal")
    chosen = require_purpose(role=by.role, purpose=purpose, needed=_NEEDED)
    with transaction.atomic():
        where = locked(by, outbreak)
        since = audit.stamp(at - timedelta(hours=1))
        used = AuditEvent.objects.filter(actor=by.username, action="identity.reveal", at__gt=since).count()
        refused: PurposeError | None = None
        if used >= QUOTA_PER_HOUR:
            refused = QuotaError(
                Words(
                    f"身份信息：每小时最多查看 {QUOTA_PER_HOUR} 次；请申请工作清单，或稍后再试",
                    f"identity: {QUOTA_PER_HOUR} reveals an hour are allowed; ask for a worklist, or wait",
                )
            )
        elif not _is_in_hand(by, where, person_key):
            refused = PurposeError(
                Words(
                    "人员：在您的辖区或任务中找不到；请从病例或任务打开",
                    "person: not found in your area or tasks; open them from a case or a task",
                )
            )
        finish(
            by=by,
            at=at,
            action="identity.refused" if refused else "identity.reveal",
            outbreak=None,
            purpose=chosen.value,
            subject=audit.subject_of("person", person_key),
            body={"outbreak": where.pk},
        )
    if refused:  # after the transaction: a refusal is on record too
        raise refused
    return Vault(home_of(home)).read(person_key)


@audits_refusals
def erase(*, by: Actor, at: datetime, person_keys: Sequence[str], home: Home | None = None) -> int:
    """Destroy the keys of people; nothing of their identity can be read afterwards, from any copy.

    Returns
    -------
    int   keys destroyed

    Raises
    ------
    PurposeError   not an epidemiologist (or the command line, for retention)
    """
    require(by, frozenset({Role.EPIDEMIOLOGIST}), "identity.erase", is_machine_allowed=True)
    with transaction.atomic():
        n = Vault(home_of(home)).erase(person_keys)
        finish(by=by, at=at, action="identity.erase", body={"asked": len(person_keys), "destroyed": n})
    return n


def _is_in_hand(by: Actor, where: Outbreak, person_key: str) -> bool:
    """Whether a person is somebody in the actor's part of the outbreak, or in a grid worker's own tasks."""
    mine = {"outbreak_id": where.pk}
    if by.role == Role.GRID_WORKER:
        cases = Case.objects.filter(**mine, person_key=person_key).values_list("case_id", flat=True)
        held = Task.objects.filter(**mine, is_open=True, assigned_to=by.username)
        return held.filter(subject_id__in=[person_key, *cases]).exists()
    return any(
        within(model._default_manager.all(), by, where).filter(person_key=person_key).exists()
        for model in (Case, Contact, Person)
    )
