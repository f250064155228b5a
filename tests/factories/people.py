"""The five people of the tests, as accounts and as actors."""

from __future__ import annotations

from datetime import UTC, datetime

COUNTY = "CN-411624"
TOWN_A = "CN-411624101"
TOWN_B = "CN-411624102"
OTHER_COUNTY = "CN-411625"
PASSWORD = "correct horse battery"
_MADE = datetime(2022, 1, 1, tzinfo=UTC)


def account(username, role, area_code, unit, password=None):
    """Make an account once and return it."""
    from fireline.store.models import User

    user = User.objects.filter(username=username).first()
    if user is None:
        user = User(
            username=username,
            role=role,
            area_code=area_code,
            unit=unit,
            display=username.title(),
            made_at=_MADE,
        )
        if password is None:
            user.set_unusable_password()
        else:
            user.set_password(password)
        user.save()
    return user


def actor(*args, **kwargs):
    from fireline.store.actor import actor_of

    return actor_of(account(*args, **kwargs))


def alice():
    return actor("alice", "commander", COUNTY, "headquarters")


def bob():
    return actor("bob", "grid_worker", TOWN_A, "town-a")


def charlie():
    return actor("charlie", "epidemiologist", OTHER_COUNTY, "other-cdc")


def dora():
    return actor("dora", "epidemiologist", COUNTY, "cdc")


def sam():
    return actor("sam", "supervisor", COUNTY, "inspection")


def user_of(person):
    """Account of an actor, for ``client.force_login``."""
    from fireline.store.models import User

    return User.objects.get(username=person.username)
