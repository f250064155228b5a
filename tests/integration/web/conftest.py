"""A browserless client for each of the five people, signed in."""

from __future__ import annotations

import pytest
import tests.factories.people as people
from django.test import Client


def signed_in(name, make):
    make()
    from fireline.store.models import User

    client = Client(headers={"accept-language": "zh-CN"})
    client.force_login(User.objects.get(username=name))
    return client


@pytest.fixture
def clients(db):
    """Clients by name, made when asked for."""
    made = {}

    def get(name):
        if name not in made:
            made[name] = signed_in(name, getattr(people, name))
        return made[name]

    return get


@pytest.fixture
def clock(monkeypatch):
    """The server's clock stands at the tests' moment; ``clock.at = ...`` moves it."""
    from django.utils import timezone
    from tests.conftest import NOW

    class Clock:
        at = NOW

    monkeypatch.setattr(timezone, "now", lambda: Clock.at)
    return Clock


@pytest.fixture
def dora_client(clients, outbreak):
    return clients("dora")


@pytest.fixture(autouse=True)
def _static_folder(settings, tmp_path_factory):
    """The server warns where the folder for collected files is missing; nothing is collected here."""
    settings.STATIC_ROOT = str(tmp_path_factory.mktemp("static"))
