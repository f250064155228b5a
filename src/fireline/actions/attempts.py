"""Counts failed sign-ins and refused keys, and lets the next try wait before any hash is computed.

Actions: used by accounts and reporting_units; account and address are kept as keyed hashes.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from django.db import transaction

from fireline.actions.guard import home_of
from fireline.errors import PurposeError
from fireline.store import audit
from fireline.store.actor import Actor
from fireline.store.models import LoginAttempt
from fireline.words import Words

ACCOUNT_LIMIT, ACCOUNT_WINDOW = 5, timedelta(minutes=15)
ADDRESS_LIMIT, ADDRESS_WINDOW = 50, timedelta(hours=1)


class TooManyAttempts(PurposeError):  # noqa: N818 - read as what happened
    """Too many failed tries; ``wait_s`` says how long to wait (the faces answer 429)."""

    def __init__(self, wait_s: int) -> None:
        minutes = max(1, wait_s // 60)
        super().__init__(
            Words(
                f"登录：失败次数过多；请等 {minutes} 分钟，或申请一次性代码",
                f"sign-in: too many failed attempts; wait {minutes} minutes or ask for a one-time code",
            )
        )
        self.wait_s = wait_s


def limit(*, at: datetime, account: str, address: str) -> None:
    """Refuse a try before any hash is computed.

    Raises
    ------
    TooManyAttempts   5 failures in 15 minutes on the account ("" = none), or 50 in an hour from the address
    """
    checks = [("address", address, ADDRESS_LIMIT, ADDRESS_WINDOW)]
    if account:
        checks.append(("account", account, ACCOUNT_LIMIT, ACCOUNT_WINDOW))
    for column, value, most, window in checks:
        failures = LoginAttempt.objects.filter(**{column: keyed(column, value)}, at__gt=at - window)
        oldest_first = list(failures.order_by("-at").values_list("at", flat=True)[:most])
        if len(oldest_first) >= most:
            raise TooManyAttempts(int((oldest_first[-1] + window - at).total_seconds()) + 1)


def note_failure(*, at: datetime, account: str, address: str, action: str = "account.refused") -> None:
    """Count one failure, with one audit row."""
    with transaction.atomic():
        LoginAttempt.objects.filter(at__lt=at - timedelta(days=1)).delete()
        LoginAttempt.objects.create(
            account=keyed("account", account), address=keyed("address", address), at=at
        )
        audit.append(
            actor=Actor(username="nobody", role=""),
            action=action,
            at=at,
            subject=audit.subject_of("sign-in", account.lower()),
        )


def forget(account: str) -> None:
    """Drop the failures of an account that has signed in."""
    LoginAttempt.objects.filter(account=keyed("account", account)).delete()


def keyed(kind: str, value: str) -> str:
    """Keyed hash of a name or address, so that the table of failures names nobody."""
    return hmac.new(
        home_of(None).key("login-limiter"), f"{kind}\x00{value.lower()}".encode(), hashlib.sha256
    ).hexdigest()
