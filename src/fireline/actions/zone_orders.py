"""After the signature, and before it: withdraw a proposal, publish an order, lower it, lift it.

Actions: the rule in force is asked at every step; lifting alone needs none, since without a rule there is no
power to keep a zone. Nothing that was signed is ever deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from fireline.actions.guard import COMMAND, require
from fireline.actions.notices import refresh_notices
from fireline.actions.task_books import settle
from fireline.actions.zone_gates import close_tasks, staff_if_complete
from fireline.actions.zone_steps import (
    LEVELS,
    audits_no_rule,
    close_step,
    opened,
    require_rule,
    rule_in_force,
)
from fireline.bulletins.zone_notice import Notice, notice_of
from fireline.errors import InputError, PolicyError, PurposeError
from fireline.policy import Library, load_library
from fireline.privacy.purposes import Role
from fireline.store.access.zone_standing import judge_order, moment_of
from fireline.store.actor import Actor
from fireline.store.models import Outbreak, Task, Zone
from fireline.store.refusals import audits_refusals
from fireline.words import Words
from fireline.zones.lift import Lifting
from fireline.zones.lifting.steps import next_level

STANDING = ("signed", "published", "staffed")


@audits_refusals
def withdraw(*, by: Actor, at: datetime, zone: int, reason: str, version: int | None = None) -> None:
    """Take a proposal back. A signed ring is lifted instead.

    Raises
    ------
    ConflictError   it is not proposed any more, or was changed
    InputError      no reason
    PurposeError    not the proposer and not a commander
    """
    require(by, COMMAND, "zone.withdrawn")
    _need(reason)
    with transaction.atomic():
        where, found = opened(by, zone, states=("proposed",), version=version)
        if by.username != found.proposed_by and by.role != Role.COMMANDER:
            raise PurposeError(
                Words(
                    "风险管控区：只有提议人或指挥员可以撤回",
                    "zone: only the proposer or a commander can withdraw it",
                )
            )
        found.state, found.withdrawn_at, found.withdrawn_by = "withdrawn", at, by.username
        close_step(where, found, "withdrawn", by=by, at=at, reason=reason)


@audits_refusals
@audits_no_rule
def publish(
    *, by: Actor, at: datetime, zone: int, version: int | None = None, library: Library | None = None
) -> Notice:
    """Publish a signed order: the notice by unit is made and kept with the step.

    Raises
    ------
    PolicyError    no rule in force carries the order any more
    PurposeError   not a commander
    ConflictError  it is not signed, or was changed
    UserError      the notice would hold personal data
    """
    require(by, frozenset({Role.COMMANDER}), "zone.published")
    with transaction.atomic():
        where, found = opened(by, zone, states=("signed",), version=version)
        rule = require_rule(where, at, library)
        made = _notice(where, found, judge_order(where, found, library or load_library(), at=at), at=at)
        found.state, found.published_at, found.published_by = "published", at, by.username
        close_step(
            where,
            found,
            "published",
            by=by,
            at=at,
            rule=rule,
            detail={"notice_zh": made.text.zh, "notice_en": made.text.en},
        )
        for task in Task.objects.filter(
            outbreak_id=where.pk, kind="zone_publish", subject_id=str(found.pk), is_open=True
        ):
            settle(where, task, by=by, at=at, note="published")
            task.version += 1
            task.save()
        staff_if_complete(where, found, by=by, at=at, rule=rule)
        transaction.on_commit(refresh_notices)
    return made


@audits_refusals
@audits_no_rule
def lift(
    *,
    by: Actor,
    at: datetime,
    zone: int,
    level: str = "",
    reason: str = "",
    version: int | None = None,
    library: Library | None = None,
) -> None:
    """Lift an order, whole or one level; where the rule names a milder level, they go to that level.

    Parameters
    ----------
    level : sealed, managed, precaution, or "" for the whole order
    reason : signed reason, needed where a condition of the rule does not hold or is not known; with a reason
        the units are freed, also where the rule would only lower them

    Raises
    ------
    PolicyError    a condition of the lifting rule does not hold (the message names what is missing), and no
        reason is given
    InputError     the order has no such level
    PurposeError   not a commander
    ConflictError  it does not stand, or was changed

    Notes
    -----
    Where no rule in force carries a zone any more the order is lifted without conditions: no rule, no power.
    """
    require(by, frozenset({Role.COMMANDER}), "zone.lifted")
    with transaction.atomic():
        where, found = opened(by, zone, states=STANDING, version=version)
        can_order, rule_id, edition = rule_in_force(where, at, library)
        judged = judge_order(where, found, library or load_library(), at=at)
        chosen = [one for one in judged if not level or one.part.level == level]
        if not chosen or level not in ("", *LEVELS):
            raise InputError(
                Words("风险管控区：没有这一级别的单元", "zone: the order has no unit at this level")
            )
        open_ones = [one for one in chosen if one.verdict.is_due is not True]
        if can_order and open_ones and not reason.strip():
            raise PolicyError(_not_yet(open_ones))
        rule = (rule_id, edition) if can_order else (found.rule_id, found.edition)
        for one in chosen:
            to = next_level(one.answer) if can_order and one.verdict.is_due and not reason.strip() else ""
            _free(where, found, one, to, by=by, at=at, reason=reason, rule=rule, is_ruled=can_order)
        if not moment_of(found).levels:
            found.state, found.lifted_at, found.lifted_by = "lifted", at, by.username
            found.lift_reason = reason.strip()
            detail = {"units": [], "is_due": not open_ones, "has_rule": can_order}
            close_step(where, found, "lifted", by=by, at=at, reason=reason, rule=rule, detail=detail)
            close_tasks(where, found, by=by, at=at, note="order lifted")
        transaction.on_commit(refresh_notices)


def _free(
    where: Outbreak,
    zone: Zone,
    one: Lifting,
    to: str,
    *,
    by: Actor,
    at: datetime,
    reason: str,
    rule: tuple[str, str],
    is_ruled: bool,
) -> None:
    """The step of one part of an order: lowered to a level, or freed ("")."""
    said = one.answer.rule
    close_step(
        where,
        zone,
        "lowered",
        by=by,
        at=at,
        reason=reason,
        rule=(said.id, said.edition) if said is not None else rule,
        detail={
            "units": list(one.part.unit_ids),
            "from": one.part.level,
            "to": to,
            "is_due": one.verdict.is_due,
            "has_rule": is_ruled,
        },
    )


def _not_yet(found: Iterable[Lifting]) -> Words:
    parts = list(found)
    zh = "；".join(p.verdict.missing.zh for p in parts)
    en = "; ".join(p.verdict.missing.en for p in parts)
    return Words(
        f"风险管控区：解除条件尚未满足：{zh}。请等待，或写明签字理由",
        f"zone: the lifting conditions do not hold yet: {en}. Wait, or sign a reason",
    )


def _notice(where: Outbreak, zone: Zone, judged: Iterable[Lifting], *, at: datetime) -> Notice:
    hours = {one.part.level: one.verdict.earliest_at for one in judged}
    return notice_of(
        number=zone.pk,
        levels=dict(zone.units.values_list("unit_id", "level")),
        starts_at=zone.starts_at or at,
        earliest=hours,
        exceptions=[
            (e.kind, e.name, e.unit_id, e.measures) for e in zone.exceptions.order_by("unit_id", "name")
        ],
        rule_id=zone.rule_id,
        edition=zone.edition,
        tz=ZoneInfo(where.tz),
    )


def _need(reason: str) -> None:
    if not reason.strip():
        raise InputError(Words("风险管控区：需要理由；请写明原因", "zone: a reason is needed; write why"))
