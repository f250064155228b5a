"""What every search over movement of people nobody named passes: role, purpose, case in the area, evidence.

Actions: used by tracing and movement in their transactions; pipeline.trace.gates asks for the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from fireline.actions.guard import INVESTIGATORS, require
from fireline.clock import local_day
from fireline.errors import PurposeError
from fireline.pipeline.home import Home
from fireline.policy import At, Library, load_library
from fireline.privacy.purposes import Purpose, require_purpose
from fireline.store.access.scope import within
from fireline.store.actor import Actor
from fireline.store.evidence import Evidence, evidence_for
from fireline.store.models import Case, Outbreak
from fireline.words import Words


def tracing_purpose(by: Actor, purpose: Purpose | str, action: str) -> Purpose:
    """Refuse a role that does not search, and a purpose that is not tracing.

    Raises
    ------
    PurposeError   not an epidemiologist, or another purpose
    """
    require(by, INVESTIGATORS, action)
    return require_purpose(role=by.role, purpose=purpose, needed=frozenset({Purpose.TRACING}))


def rules_of(where: Outbreak, library: Library | None) -> At:
    """The rules of an outbreak's disease and area on its day."""
    day = local_day(where.at, ZoneInfo(where.tz))
    return At(library or load_library(), where.disease, where.area_code, day)


def evidence_of(by: Actor, where: Outbreak, case: Mapping[str, Any], *, home: Home) -> Evidence:
    """What this actor may search on.

    Raises
    ------
    PurposeError   there is nothing
    """
    evidence = evidence_for(where, case, by=by, home=home)
    if not evidence.kind:
        raise PurposeError(
            Words(
                "病例：没有证据，不能查询未被指认者的轨迹；需要签名实验室数据中的阳性结果，或与您不同单位的医生确认；"
                "访谈、来客名单、乘客名单中指认的接触者不需要证据",
                "case: found no evidence for a search over people nobody named; allowed: a positive "
                "result from a signed laboratory feed, or a confirmation by a clinician of another unit "
                "than yours; contacts named in an interview, on a guest list or a manifest need none",
            )
        )
    return evidence


def case_of(by: Actor, where: Outbreak, case_id: str) -> dict[str, Any]:
    """A case of the actor's area.

    Raises
    ------
    PurposeError   there is none, in the same words for one elsewhere
    """
    found = within(Case.objects.all(), by, where).filter(case_id=case_id).values().first()
    if found is None:
        raise PurposeError(
            Words(
                "病例：在您的辖区内未找到；请从病例列表中选择",
                "case: not found in your area; choose one from the line list",
            )
        )
    return dict(found)
