"""What every step of a zone's order begins and ends with: lock, rule in force, and the step's row.

Actions: used by zones, zone_orders and zone_gates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from fireline.actions.guard import finish, locked, require_version
from fireline.errors import ConflictError, PolicyError, PurposeError
from fireline.policy import Library, load_library
from fireline.privacy.purposes import Purpose
from fireline.store.access.scope import covers
from fireline.store.access.zone_standing import rules_of
from fireline.store.actor import Actor
from fireline.store.models import Outbreak, Zone, ZoneStep
from fireline.store.refusals import record_refusal
from fireline.store.results import orderable
from fireline.words import Words
from fireline.zones.delimit import find_level_rule
from fireline.zones.explain import LEVEL_WORDS

LEVELS = ("sealed", "managed", "precaution")

STATE_WORDS = {
    "computed": Words("已计算", "computed"),
    "proposed": Words("已提议", "proposed"),
    "withdrawn": Words("已撤回", "withdrawn"),
    "signed": Words("已签发", "signed"),
    "published": Words("已公布", "published"),
    "staffed": Words("已到岗", "staffed"),
    "lifted": Words("已解除", "lifted"),
}
"""States of a ring in words."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


def audits_no_rule(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let a refusal for want of a rule leave one audit row too, after the transaction was rolled back."""

    @wraps(function)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return function(*args, **kwargs)
        except PolicyError:
            actor, at = kwargs.get("by"), kwargs.get("at")
            if isinstance(actor, Actor) and isinstance(at, datetime):
                record_refusal(
                    actor,
                    at=at,
                    what=f"zones.{function.__name__}: refused by rule",
                    purpose=Purpose.CONTAINMENT.value,
                )
            raise

    return guarded


def covered(by: Actor, outbreak: int) -> Outbreak:
    """The outbreak under lock, for somebody whose area holds all of it."""
    where = locked(by, outbreak)
    if not covers(by, where.area_code):
        raise PurposeError(
            Words(
                "风险管控区：涉及整个疫情；请找疫情所在地的指挥部",
                "zone: it spans the whole outbreak; ask the command of the outbreak's area",
            )
        )
    return where


def opened(
    by: Actor, zone: int, *, states: tuple[str, ...], version: int | None = None
) -> tuple[Outbreak, Zone]:
    """A ring under the lock of its outbreak, in one of the states from which the step may be taken.

    Raises
    ------
    PurposeError   not in the actor's area, in the words of a ring that does not exist
    ConflictError  somebody changed it, or it stands elsewhere
    """
    found = Zone.objects.filter(pk=zone).first()
    if found is None:
        raise PurposeError(
            Words(
                "风险管控区：在您的辖区内找不到；请从列表中选择",
                "zone: not found in your area; choose one from the list",
            )
        )
    where = covered(by, found.outbreak_id)
    found.refresh_from_db()
    require_version(found.version, version, "zone")
    if found.state not in states:
        now, wanted = STATE_WORDS[found.state], [STATE_WORDS[s] for s in states]
        raise ConflictError(
            Words(
                f"风险管控区：现为“{now.zh}”；此操作只适用于：{'、'.join(w.zh for w in wanted)}",
                f"zone: it is {now.en}; this step is for a ring that is {' or '.join(w.en for w in wanted)}",
            )
        )
    return where, found


def rule_in_force(where: Outbreak, at: datetime, library: Library | None) -> tuple[bool, str, str]:
    """Whether the rules in force on the local day may carry an order, with rule id and edition."""
    rules = rules_of(where, library or load_library(), at=at)
    can_order, rule_id, edition = orderable(find_level_rule(rules, "zone.define", level) for level in LEVELS)
    return can_order and not where.is_exercise and rules.pack_label is None, rule_id, edition


def require_rule(where: Outbreak, at: datetime, library: Library | None) -> tuple[str, str]:
    """Rule id and edition of the rule in force that carries the order.

    Raises
    ------
    PolicyError   none does: no rule, no power
    """
    can_order, rule_id, edition = rule_in_force(where, at, library)
    if not can_order:
        raise PolicyError(
            Words(
                "风险管控区：今日没有现行规则可支持此指令；保持原状（现行规则见“规则”页）",
                "zone: no rule in force today may carry this order; it stays as it is "
                "(see the policy page for what is in force)",
            )
        )
    return rule_id, edition


def require_levels(where: Outbreak, levels: Iterable[str], at: datetime, library: Library | None) -> None:
    """Refuse an order with a level that no rule in force defines (one that an edition abolished, say).

    Raises
    ------
    PolicyError   names the levels
    """
    rules = rules_of(where, library or load_library(), at=at)
    without = [
        level
        for level in LEVELS
        if level in set(levels) and not find_level_rule(rules, "zone.define", level).in_force
    ]
    if without:
        names = [LEVEL_WORDS[level] for level in without]
        raise PolicyError(
            Words(
                f"风险管控区：现行规则没有{'、'.join(n.zh for n in names)}；请撤回后重新提议",
                f"zone: no rule in force defines a {' or '.join(n.en for n in names)}; withdraw it and "
                "propose again",
            )
        )


def write_step(
    zone: Zone,
    what: str,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    rule: tuple[str, str] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add the row of a step; the ring's own columns are the caller's."""
    rule_id, edition = rule or (zone.rule_id, zone.edition)
    ZoneStep.objects.create(
        zone=zone,
        at=at,
        by=by.username,
        unit=by.unit,
        what=what,
        reason=reason.strip(),
        rule_id=rule_id,
        edition=edition,
        detail=dict(detail or {}),
    )


def close_step(
    where: Outbreak,
    zone: Zone,
    what: str,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    rule: tuple[str, str] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Save the ring, add the step's row and the audit row; the ring's version grows."""
    zone.version += 1
    zone.save()
    write_step(zone, what, by=by, at=at, reason=reason, rule=rule, detail=detail)
    rule_id, edition = rule or (zone.rule_id, zone.edition)
    finish(
        by=by,
        at=at,
        action=f"zone.{what}",
        outbreak=where,
        purpose=Purpose.CONTAINMENT.value,
        rule=rule_id,
        edition=edition,
        subject=f"zone:{zone.pk}",
        body={"state": zone.state, "version": zone.version, "has_reason": bool(reason.strip())},
    )
