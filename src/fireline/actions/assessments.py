"""The risk assessment an event ends in: signed by one, countersigned by another, dissent noted.

Actions: what was signed is never changed, by the database's own rule; a newer version takes its place, and
the audit row holds the seal of the statement.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from fireline.actions.guard import COMMAND, require
from fireline.actions.triggers import opened
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.privacy.purposes import Role
from fireline.signals.assessment import MATRIX_ID, judge
from fireline.store.actor import Actor, plain_unit
from fireline.store.models import (
    AssessmentDissent,
    AssessmentSignature,
    RiskAssessment,
    Trigger,
)
from fireline.store.refusals import audits_refusals
from fireline.store.sealed import facts_of, seal_of
from fireline.words import Words, join_words

LONGEST = 4_000
"""Characters of one text."""


@audits_refusals
def sign_assessment(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    trigger_id: str,
    likelihood: str,
    impact: str,
    confidence: str,
    grounds: str,
    advice: str = "",
    level: str = "",
    override_reason: str = "",
    after: int | None = None,
) -> int:
    """Sign the next version of the assessment of a trigger.

    Parameters
    ----------
    likelihood, impact, confidence : str   keys of signals.assessment
    grounds : str   what the judgement rests on
    advice : str   what is proposed
    level : str   "" takes that of the matrix; another one needs ``override_reason``
    after : int or None   version that the person saw, 0 for none; None skips the check

    Returns
    -------
    int   the version that was signed, counted from 1

    Raises
    ------
    ConflictError   somebody signed a version meanwhile, or the trigger was discarded
    InputError      something is not in its list, a text is missing or too long; every fault at once
    PurposeError    not an epidemiologist, or an area of the trigger is not the actor's
    """
    require(by, frozenset({Role.EPIDEMIOLOGIST}), "assessment.sign")
    faults: list[Words] = []
    said = _text(grounds, Words("依据", "grounds"), faults, is_needed=True)
    proposed = _text(advice, Words("建议", "advice"), faults)
    try:
        judged = judge(
            likelihood=likelihood, impact=impact, confidence=confidence, level=level, reason=override_reason
        )
    except InputError as error:
        faults.insert(0, error.words)
    refused = join_words(faults)
    if refused is not None:
        raise InputError(refused)
    with transaction.atomic():
        case = opened(by, at, outbreak, trigger_id, None)
        if case.row.state == "discarded":
            raise ConflictError(
                Words(
                    "风险评估：该触发预警已排除；请先改变结论",
                    "assessment: the trigger was discarded; change the verdict first",
                )
            )
        newest = _newest(case.row)
        if after is not None and after != newest:
            raise ConflictError(
                Words(
                    "风险评估：您打开之后已有新版本签署；请刷新后再写",
                    "assessment: a newer version was signed since you opened it; reload and write again",
                )
            )
        row = RiskAssessment(
            trigger=case.row,
            version=newest + 1,
            likelihood=judged.likelihood,
            impact=judged.impact,
            confidence=judged.confidence,
            matrix=MATRIX_ID,
            computed=judged.computed,
            level=judged.level,
            override_reason=judged.reason,
            grounds=said,
            advice=proposed,
            facts=facts_of(case.row),
            signed_at=at,
            signed_by=by.username,
            signed_name=by.display,
            signed_unit=by.unit,
        )
        row.digest = seal_of(row)
        row.save(force_insert=True)
        case.row.assessed, case.row.assessed_level = "signed", row.level
        case.step("assessed", version=row.version, level=row.level)
        case.save("assessment.sign", assessment=row.version, risk=row.level, seal=row.digest)
    return row.version


def _text(value: str, name: Words, faults: list[Words], *, is_needed: bool = False) -> str:
    """A text without the space around it; what is wrong with it is added to the faults."""
    found = value.strip()
    if is_needed and not found:
        faults.append(Words(f"{name.zh}：不能为空；请写明", f"{name.en}: must not be empty; write it down"))
    if len(found) > LONGEST:
        faults.append(
            Words(
                f"{name.zh}：{len(found)} 个字符；最多 {LONGEST}",
                f"{name.en}: {len(found)} characters; at most {LONGEST}",
            )
        )
    return found


def _newest(row: Trigger) -> int:
    return row.assessments.order_by("-version").values_list("version", flat=True).first() or 0


@audits_refusals
def countersign(*, by: Actor, at: datetime, outbreak: int, trigger_id: str, version: int) -> None:
    """Put the commander's signature under the newest version.

    Raises
    ------
    ConflictError   the version was superseded or is countersigned already, or was changed in the database
    PurposeError    not a commander, the author, or of the author's unit
    """
    require(by, frozenset({Role.COMMANDER}), "assessment.countersign")
    with transaction.atomic():
        case = opened(by, at, outbreak, trigger_id, None)
        row = _version(case.row, version)
        if version != _newest(case.row):
            raise ConflictError(
                Words(
                    "风险评估：此版本已被新版本取代；请会签最新版本",
                    "assessment: a newer version has taken the place of this one; sign the newest",
                )
            )
        if AssessmentSignature.objects.filter(assessment=row).exists():
            raise ConflictError(
                Words("风险评估：已会签；请刷新", "assessment: it is countersigned already; reload")
            )
        if by.username == row.signed_by or plain_unit(by.unit) == plain_unit(row.signed_unit):
            raise PurposeError(
                Words(
                    "风险评估：须由另一单位的指挥员会签",
                    "assessment: a commander of another unit has to countersign",
                )
            )
        if seal_of(row) != row.digest:
            raise ConflictError(
                Words(
                    "风险评估：内容与签署时的校验值不符，不能会签；请重新签署新版本",
                    "assessment: its content does not match the seal of its signing; sign a new version",
                )
            )
        AssessmentSignature.objects.create(
            assessment=row,
            digest=row.digest,
            at=at,
            by=by.username,
            name=by.display,
            unit=by.unit,
            author=row.signed_by,
            author_unit=row.signed_unit,
        )
        case.row.assessed = "countersigned"
        case.step("countersigned", version=version, level=row.level)
        case.save("assessment.countersign", assessment=version, risk=row.level, seal=row.digest)


@audits_refusals
def dissent(*, by: Actor, at: datetime, outbreak: int, trigger_id: str, version: int, text: str) -> int:
    """Note another opinion on a version; it can be added to and never taken away; returns its number.

    Raises
    ------
    InputError     no text, or too long
    PurposeError   not an epidemiologist or commander, the author, or not in the area
    """
    require(by, COMMAND, "assessment.dissent")
    faults: list[Words] = []
    said = _text(text, Words("不同意见", "dissent"), faults, is_needed=True)
    if faults:
        raise InputError(faults[0])
    with transaction.atomic():
        case = opened(by, at, outbreak, trigger_id, None)
        row = _version(case.row, version)
        if by.username == row.signed_by:
            raise PurposeError(
                Words(
                    "风险评估：本人签署的，请签署新版本而不是记录不同意见",
                    "assessment: the author signs a new version instead of dissenting",
                )
            )
        made = AssessmentDissent.objects.create(
            assessment=row, text=said, at=at, by=by.username, name=by.display, unit=by.unit
        )
        case.step("dissent", said, version=version)
        body: dict[str, Any] = {"assessment": version, "risk": row.level}
        case.save("assessment.dissent", **body)
    return made.pk


def _version(row: Trigger, version: int) -> RiskAssessment:
    found = row.assessments.filter(version=version).first()
    if found is None:
        raise PurposeError(
            Words(
                "风险评估：在您的辖区内找不到；请从列表中选择",
                "assessment: not found in your area; choose one from the list",
            )
        )
    return found
