"""The pages of worklists: pseudonyms before, names once, nothing after."""

from __future__ import annotations

import pytest
from tests.integration.actions.test_actions_worklists import PERSON, errands

from fireline.store.models import Worklist

pytestmark = pytest.mark.django_db
__all__ = ["errands"]


def test_its_pages(errands, dora, clients, home):
    client = clients("dora")
    answer = client.post(f"/o/{errands}/worklists", {"kind": "prophylaxis", "to": "dora"})
    number = Worklist.objects.get().pk
    assert answer["Location"].endswith(f"/worklists/{number}")
    before = client.get(f"/o/{errands}/worklists/{number}").content.decode()
    assert PERSON in before and "王小明" not in before
    opened = client.post(f"/o/{errands}/worklists/{number}")
    assert "王小明" in opened.content.decode() and opened["Cache-Control"] == "no-store"
    assert "C0007" not in opened.content.decode()
    again = client.get(f"/o/{errands}/worklists/{number}").content.decode()
    assert "王小明" not in again
    assert client.post(f"/o/{errands}/worklists/{number}").status_code == 409
    assert str(number) in client.get(f"/o/{errands}/worklists").content.decode()
    assert clients("bob").get(f"/o/{errands}/worklists/{number}").status_code == 403
