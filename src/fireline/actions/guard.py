"""What every action begins and ends with: the role, the outbreak's lock, the version and the audit row.

Actions: load, decide, save and audit happen in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F

from fireline.errors import ConflictError, PurposeError
from fireline.pipeline.home import Home
from fireline.privacy.purposes import Role, require_role
from fireline.store import audit, freshness
from fireline.store.access.scope import covers, outbreak_for
from fireline.store.actor import SYSTEM_ROLE, Actor
from fireline.store.models import Outbreak
from fireline.words import Words

INVESTIGATORS = frozenset({Role.EPIDEMIOLOGIST})
COMMAND = frozenset({Role.EPIDEMIOLOGIST, Role.COMMANDER})
NOUNS = {
    "assessment": "风险评估",
    "case": "病例",
    "contact": "接触者",
    "outbreak": "疫情",
    "fever report": "发热病人报告",
    "signal": "预警信号",
    "task": "任务",
    "trigger": "触发预警",
    "upload": "上传",
    "zone": "风险管控区",
}
"""What is acted on, in Chinese."""

REPORTERS = frozenset({Role.REPORTER})
WORKERS = frozenset({Role.EPIDEMIOLOGIST, Role.COMMANDER, Role.GRID_WORKER})


def require(by: Actor, allowed: frozenset[Role], action: str, *, is_machine_allowed: bool = False) -> None:
    """Refuse an actor whose role may not do an action.

    Raises
    ------
    PurposeError   the role is not allowed
    """
    if by.role == SYSTEM_ROLE:
        if not is_machine_allowed:
            raise PurposeError(
                Words(
                    "此操作需要本人登录；请登录控制台",
                    f"action {action} needs a signed-in person; sign in to the console",
                )
            )
        return
    require_role(role=by.role, allowed=allowed, action=action)


def locked(by: Actor, outbreak: int) -> Outbreak:
    """The outbreak, locked until the transaction ends; changes of one outbreak happen one after another.

    Raises
    ------
    PurposeError   not in the actor's area
    """
    outbreak_for(by, outbreak)
    return Outbreak.objects.select_for_update().get(pk=outbreak)


def require_area(by: Actor, outbreak: Outbreak, area_code: str, what: str) -> None:
    """Refuse a change outside the actor's jurisdiction.

    Raises
    ------
    PurposeError   the same words as for a thing that does not exist
    """
    if not covers(by, outbreak.area_code) and not covers(by, area_code):
        raise PurposeError(
            Words(
                f"{NOUNS[what]}：在您的辖区内找不到；请从列表中选择",
                f"{what}: not found in your area; choose one from the list",
            )
        )


def require_version(found: int, expected: int | None, what: str) -> None:
    """Refuse a change of something that somebody else changed meanwhile.

    Raises
    ------
    ConflictError   the version differs
    """
    if expected is not None and found != expected:
        raise ConflictError(
            Words(
                f"{NOUNS[what]}：您打开之后已被他人修改；请刷新后再决定",
                f"{what}: somebody changed it since you opened it; reload and decide again",
            )
        )


def finish(
    *,
    by: Actor,
    at: datetime,
    action: str,
    outbreak: Outbreak | None = None,
    subject: str = "",
    purpose: str = "",
    rule: str = "",
    edition: str = "",
    body: Mapping[str, Any] | None = None,
) -> int:
    """Write the audit row of a change and let the outbreak's version grow; returns the row's number."""
    if outbreak is not None:
        Outbreak.objects.filter(pk=outbreak.pk).update(version=F("version") + 1)
        freshness.note(outbreak.pk, action, at=at, body=body)
    said = {**(body or {}), **({"outbreak": outbreak.pk} if outbreak is not None else {})}
    return audit.append(
        actor=by,
        action=action,
        at=at,
        purpose=purpose,
        rule=rule,
        edition=edition,
        subject=subject,
        body=said,
    )


def home_of(home: Home | None) -> Home:
    """The given home, or that of the settings."""
    return home if home is not None else Home(settings.FIRELINE.home)
