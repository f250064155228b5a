"""The closed list of purposes and roles, and which role may act for which purpose.

Foundation: every read of person-level rows names one of these; there is no purpose outside public health.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from fireline.errors import PurposeError
from fireline.words import Words


class Role(StrEnum):
    """What a member of staff is, and who reports from outside."""

    EPIDEMIOLOGIST = "epidemiologist"
    COMMANDER = "commander"
    GRID_WORKER = "grid_worker"
    SUPERVISOR = "supervisor"
    REPORTER = "reporter"  # of one clinic, pharmacy or school: sends its own reports, reads nothing else


class Purpose(StrEnum):
    """Why rows about people are read; closed, public health only."""

    SITUATION = "situation"  # numbers for the command; no person-level rows
    INVESTIGATION = "investigation"  # line list, case, trajectory, source
    TRACING = "tracing"  # finding and informing contacts
    CONTAINMENT = "containment"  # zones and measures
    FOLLOW_UP = "follow_up"  # the tasks of one worker and the people they concern
    INTAKE = "intake"  # importing and correcting data
    OVERSIGHT = "oversight"  # gap check, audit log, responsibility
    REPORTING = "reporting"  # what one unit itself reports; no row of anybody else


_EVERYONE = frozenset({Purpose.SITUATION, Purpose.FOLLOW_UP})

ALLOWED: Mapping[Role, frozenset[Purpose]] = {
    Role.EPIDEMIOLOGIST: _EVERYONE
    | {Purpose.INVESTIGATION, Purpose.TRACING, Purpose.CONTAINMENT, Purpose.INTAKE},
    Role.COMMANDER: _EVERYONE | {Purpose.INVESTIGATION, Purpose.CONTAINMENT},
    Role.GRID_WORKER: _EVERYONE,
    Role.SUPERVISOR: _EVERYONE | {Purpose.OVERSIGHT},
    Role.REPORTER: frozenset({Purpose.REPORTING}),
}
"""Purposes each role may name; anything else is refused."""

PURPOSE_WORDS: Mapping[Purpose, Words] = {
    Purpose.SITUATION: Words("态势", "situation"),
    Purpose.INVESTIGATION: Words("流行病学调查", "epidemiological investigation"),
    Purpose.TRACING: Words("密接追踪", "contact tracing"),
    Purpose.CONTAINMENT: Words("区域管控", "containment"),
    Purpose.FOLLOW_UP: Words("健康随访与任务", "follow-up and tasks"),
    Purpose.INTAKE: Words("数据接入与更正", "data intake and correction"),
    Purpose.OVERSIGHT: Words("监督", "oversight"),
    Purpose.REPORTING: Words("本单位报数", "a unit's own reports"),
}

ROLE_WORDS: Mapping[Role, Words] = {
    Role.EPIDEMIOLOGIST: Words("流调员", "epidemiologist"),
    Role.COMMANDER: Words("指挥员", "commander"),
    Role.GRID_WORKER: Words("网格员", "grid worker"),
    Role.SUPERVISOR: Words("督查员", "supervisor"),
    Role.REPORTER: Words("报告员", "reporter"),
}


def _named(purposes: Iterable[Purpose]) -> str:
    return "、".join(PURPOSE_WORDS[p].zh for p in sorted(purposes))


def parse_purpose(text: str) -> Purpose:
    """Read a purpose by its name.

    Raises
    ------
    PurposeError   the name is not in the closed list
    """
    try:
        return Purpose(text)
    except ValueError as error:
        allowed = ", ".join(sorted(Purpose))
        raise PurposeError(
            Words(
                f"用途不在允许的清单中；允许：{_named(Purpose)}",
                f"purpose is not in the closed list; allowed: {allowed}",
            )
        ) from error


def require_purpose(*, role: str, purpose: Purpose | str, needed: frozenset[Purpose]) -> Purpose:
    """Check that a role may name a purpose and that the purpose fits the rows asked for.

    ``role`` is one of Role, ``purpose`` a Purpose or its name, ``needed`` the purposes for which these
    rows may be read.

    Returns
    -------
    Purpose

    Raises
    ------
    PurposeError   the purpose is unknown, not this role's, or does not fit the rows
    """
    chosen = purpose if isinstance(purpose, Purpose) else parse_purpose(purpose)
    try:
        mine = ALLOWED[Role(role)]
    except ValueError as error:
        raise PurposeError(
            Words(
                "账号没有已知角色；请管理员设置",
                "the account has no known role; ask an administrator to set one",
            )
        ) from error
    if chosen not in mine:
        allowed = ", ".join(sorted(mine))
        raise PurposeError(
            Words(
                f"{ROLE_WORDS[Role(role)].zh}不能以“{PURPOSE_WORDS[chosen].zh}”为用途；允许的用途：{_named(mine)}",
                f"role {role} may not act for purpose {chosen.value}; its purposes: {allowed}",
            )
        )
    if chosen not in needed:
        allowed = ", ".join(sorted(needed))
        raise PurposeError(
            Words(
                f"这些记录不能以“{PURPOSE_WORDS[chosen].zh}”为用途读取；允许：{_named(needed)}",
                f"these rows are not readable for purpose {chosen.value}; allowed: {allowed}",
            )
        )
    return chosen


def require_role(*, role: str, allowed: frozenset[Role], action: str) -> None:
    """Check that a role may do an action.

    Raises
    ------
    PurposeError   the role is not among those allowed
    """
    if role not in allowed:
        names = ", ".join(sorted(allowed))
        raise PurposeError(
            Words(
                f"此操作只限{'、'.join(ROLE_WORDS[r].zh for r in sorted(allowed))}；请由他们办理",
                f"action {action} is for {names}; ask one of them to do it",
            )
        )
