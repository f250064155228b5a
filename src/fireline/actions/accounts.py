"""Accounts, sign-in and one-time codes.

Actions: the limiter runs before any hash is computed; an unknown name costs as much time as a wrong password.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from fireline.actions import attempts
from fireline.actions.attempts import TooManyAttempts as TooManyAttempts
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.privacy.purposes import ROLE_WORDS, Role
from fireline.store import audit
from fireline.store.actor import SYSTEM_ROLE, Actor, actor_of
from fireline.store.models import OneTimeCode, ReportingUnit, User
from fireline.store.models.reporting_unit import FILE
from fireline.store.refusals import audits_refusals
from fireline.words import Words

CODE_VALID = timedelta(minutes=10)
DEMO_ACCOUNTS = (
    ("demo-epidemiologist", "演示流调员 Demo epidemiologist", Role.EPIDEMIOLOGIST, "cdc"),
    ("demo-commander", "演示指挥员 Demo commander", Role.COMMANDER, "headquarters"),
    ("demo-grid", "演示网格员 Demo grid worker", Role.GRID_WORKER, "grid"),
    ("demo-supervisor", "演示督查员 Demo supervisor", Role.SUPERVISOR, "inspection"),
)
_WRONG = Words(
    "登录：名称或密码错误，或账号已停用", "sign-in: name or password is wrong, or the account is disabled"
)


@audits_refusals
def create_user(
    *,
    by: Actor,
    at: datetime,
    username: str,
    role: Role | str,
    area_code: str = "",
    unit: str = "",
    display: str = "",
    password: str | None = None,
    language: str = "zh-hans",
    is_demo: bool = False,
    reporting_unit: str = "",
) -> int:
    """Create an account; without a password it can sign in by one-time code only.

    A reporter belongs to one ``reporting_unit`` (its name), from which area and unit are taken; no other role
    has one.

    Returns
    -------
    int   id of the account

    Raises
    ------
    ConflictError   the name is taken
    InputError      an unknown role, an empty name, a password that is too short or too common, or a reporter
        without a unit
    PurposeError    not the command line: accounts are kept on the machine itself
    """
    _require_machine(by, "account.create")
    _check_role(role)
    name = username.strip()
    if not name or not all(ch.isalnum() or ch in "-_.@" for ch in name):
        raise InputError(
            Words(
                "账号：名称只能含字母、数字和 - _ . @",
                "account: the name may hold letters, digits and - _ . @",
            )
        )
    with transaction.atomic():
        if User.objects.filter(username=name).exists():
            raise ConflictError(
                Words("账号：名称已被使用；请换一个", "account: the name is taken; choose another")
            )
        place = _reporting_unit(role, reporting_unit)
        if place is not None:
            area_code, unit = place.area_code, place.name
        user = User(
            username=name,
            role=str(role),
            area_code=area_code,
            unit=unit,
            reporting_unit=place,
            display=display,
            language=language,
            is_demo=is_demo,
            made_at=at,
        )
        if password is None:
            user.set_unusable_password()
        else:
            _check_password(password, user)
            user.set_password(password)
        user.save(force_insert=True)
        body = {"role": str(role), "area": area_code, "unit": unit}
        audit.append(actor=by, action="account.create", at=at, subject=f"account:{name}", body=body)
    return user.pk


@audits_refusals
def set_password(*, by: Actor, at: datetime, username: str, password: str) -> None:
    """Set one's own password (an administrator can start a reset by a one-time code, never set a password).

    Raises
    ------
    InputError     too short or too common
    PurposeError   another person's account
    """
    if by.username != username:
        raise PurposeError(
            Words(
                "账号：密码只能由本人设置；请改发一次性代码",
                "account: a password is set by its owner only; issue a one-time code instead",
            )
        )
    with transaction.atomic():
        user = User.objects.select_for_update().get(username=username)
        _check_password(password, user)
        user.set_password(password)
        user.save(update_fields=["password"])
        audit.append(actor=by, action="account.password", at=at, subject=f"account:{username}")


def has_password(username: str) -> bool:
    """Whether an account has a password; one without signs in by one-time code."""
    user = User.objects.filter(username=username).first()
    return user is not None and user.has_usable_password()


@audits_refusals
def disable_user(*, by: Actor, at: datetime, username: str) -> None:
    """Disable an account; its open sessions end with the next request.

    Raises
    ------
    InputError   no such account
    """
    _require_machine(by, "account.disable")
    with transaction.atomic():
        n = User.objects.filter(username=username, is_active=True).update(is_active=False, disabled_at=at)
        if not n:
            raise InputError(
                Words(
                    "账号：没有这个名称的有效账号；见 fireline user list",
                    "account: no active account of that name; see fireline user list",
                )
            )
        audit.append(actor=by, action="account.disable", at=at, subject=f"account:{username}")


def list_users() -> list[dict[str, Any]]:
    """All accounts by name, for the command line of this machine; without passwords."""
    fields = (
        "username",
        "display",
        "role",
        "area_code",
        "unit",
        "is_active",
        "is_demo",
        "made_at",
        "last_login",
    )
    return list(User.objects.order_by("username").values(*fields))


@audits_refusals
def ensure_demo_users(*, by: Actor, at: datetime, area_code: str = "") -> list[str]:
    """Make the four demonstration accounts of an exercise home where they are missing.

    Returns
    -------
    list of str   their names: epidemiologist, commander, grid worker, supervisor
    """
    _require_machine(by, "account.create")
    for name, display, role, unit in DEMO_ACCOUNTS:
        if not User.objects.filter(username=name).exists():
            create_user(
                by=by,
                at=at,
                username=name,
                role=role,
                area_code=area_code,
                unit=unit,
                display=display,
                is_demo=True,
            )
    return [name for name, *_ in DEMO_ACCOUNTS]


@audits_refusals
def issue_one_time_code(*, by: Actor, at: datetime, username: str, valid: timedelta = CODE_VALID) -> str:
    """Make a code that signs an account in once; only its hash is kept.

    Returns
    -------
    str   43 characters that fit a URL, 256 bits

    Raises
    ------
    InputError     no such active account
    PurposeError   not the command line
    """
    _require_machine(by, "account.code")
    code = secrets.token_urlsafe(32)
    with transaction.atomic():
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise InputError(
                Words(
                    "账号：没有这个名称的有效账号；见 fireline user list",
                    "account: no active account of that name; see fireline user list",
                )
            )
        OneTimeCode.objects.filter(ends_at__lt=at - timedelta(days=1)).delete()
        OneTimeCode.objects.create(user=user, digest=_code_digest(code), made_at=at, ends_at=at + valid)
        audit.append(actor=by, action="account.code", at=at, subject=f"account:{username}")
    return code


def redeem_one_time_code(*, at: datetime, code: str, address: str) -> Any:
    """Sign in by a one-time code.

    Returns
    -------
    User   for ``django.contrib.auth.login``

    Raises
    ------
    TooManyAttempts   50 failures in an hour from this address
    PurposeError      unknown, used or ended code
    """
    attempts.limit(at=at, account="", address=address)
    with transaction.atomic():
        found = (
            OneTimeCode.objects.select_for_update().filter(digest=_code_digest(code), used_at=None).first()
        )
        if found is not None and found.ends_at > at and found.user.is_active:
            OneTimeCode.objects.filter(pk=found.pk).update(used_at=at)
            return _entered(found.user, at=at, how="code")
    attempts.note_failure(at=at, account="", address=address)
    raise PurposeError(
        Words(
            "登录：代码错误、已使用或已过期；请申请新的代码",
            "sign-in: the code is wrong, used or ended; ask for a new one",
        )
    )


def sign_in(*, at: datetime, username: str, password: str, address: str) -> Any:
    """Sign in by name and password.

    ``address`` is the network address of the peer, as the server saw it (never a forwarded header).

    Returns
    -------
    User   for ``django.contrib.auth.login``

    Raises
    ------
    TooManyAttempts   5 failures in 15 minutes on this account, or 50 in an hour from this address; no hash
        was computed
    PurposeError      wrong name or password, or a disabled account: the same words and time for all
    """
    attempts.limit(at=at, account=username, address=address)
    user = User.objects.filter(username=username).first()
    is_known = user is not None and user.has_usable_password()
    is_right = check_password(password, user.password if is_known and user else _dummy_hash())
    if not (is_right and is_known and user is not None and user.is_active):
        attempts.note_failure(at=at, account=username, address=address)
        raise PurposeError(_WRONG)
    with transaction.atomic():
        attempts.forget(username)
        return _entered(user, at=at, how="password")


@audits_refusals
def sign_out(*, by: Actor, at: datetime) -> None:
    """Note that a person signed out (the console flushes the session), and sign the audit log."""
    with transaction.atomic():
        audit.append(actor=by, action="account.sign_out", at=at, subject=f"account:{by.username}")
        audit.checkpoint(at=at)


def _entered(user: User, *, at: datetime, how: str) -> User:
    User.objects.filter(pk=user.pk).update(last_login=at)
    user.last_login = at
    audit.append(
        actor=actor_of(user),
        action="account.sign_in",
        at=at,
        subject=f"account:{user.username}",
        body={"by": how},
    )
    return user


def _code_digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


@lru_cache(maxsize=1)
def _dummy_hash() -> str:
    """A hash nobody's password matches, with the parameters of real ones."""
    return make_password(secrets.token_hex(32))


def _check_role(role: Role | str) -> None:
    if str(role) not in set(Role):
        raise InputError(
            Words(
                f"账号：角色未知；允许：{'、'.join(w.zh for w in ROLE_WORDS.values())}",
                f"account: role is not known; allowed: {', '.join(sorted(Role))}",
            )
        )


def _reporting_unit(role: Role | str, name: str) -> ReportingUnit | None:
    """The unit of a reporter; None for every other role."""
    if (str(role) == Role.REPORTER) != bool(name):
        raise InputError(
            Words(
                "账号：报告员须属于一个报告单位，其他角色不能有；见 fireline unit list",
                "account: a reporter belongs to one reporting unit, and no other role does; "
                "see fireline unit list",
            )
        )
    found = ReportingUnit.objects.filter(name=name).exclude(kind=FILE).first() if name else None
    if name and found is None:
        raise InputError(
            Words(
                "账号：没有这个报告单位；见 fireline unit list",
                "account: no reporting unit of that name; see fireline unit list",
            )
        )
    return found


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InputError(
            Words(
                "账号：密码太短、太常见或与名称太像；请用 12 个以上字符",
                "account: the password is too short, too common or too like the name; use 12 or more",
            )
        ) from error


def _require_machine(by: Actor, action: str) -> None:
    if by.role != SYSTEM_ROLE:
        raise PurposeError(
            Words(
                "此操作只能在服务器本机进行：见 fireline user --help",
                f"action {action} is done on the machine itself: see fireline user --help",
            )
        )
