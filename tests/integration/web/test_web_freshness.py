"""Pages of alarms say as of when they were computed, and what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.factories import reporting
from tests.factories.reporting import NOW, row, send

from fireline.actions import upkeep
from fireline.store import freshness
from fireline.store.models import Freshness
from fireline.store.reporting import routine_dossier

pytestmark = pytest.mark.django_db


@pytest.fixture
def routine(home):
    reporting.unit()
    return routine_dossier().pk


def said(client, routine, path="signals"):
    text = client.get(f"/o/{routine}/{path}").content.decode()
    return text.split('role="status">', 1)[1].split("</p>")[0]


@pytest.mark.parametrize("path", ["signals", "signals?view=alarms", "streams"])
def test_it_says_when_it_was_computed_and_what_waits(clients, clock, routine, path):
    client = clients("dora")
    upkeep.bring_up_to_date(at=NOW, outbreak=routine)
    fresh = said(client, routine, path)
    assert "2022-06-12 14:00" in fresh and "尚未计入" not in fresh
    rita = reporting.reporter()
    send(rita, row(3), at=NOW + timedelta(minutes=3))
    send(rita, row(4), at=NOW + timedelta(minutes=4))
    waiting = said(client, routine, path)
    assert "2 次报数或病例变动尚未计入" in waiting and "14:03" in waiting and "将自动重算" in waiting


def test_it_says_that_it_was_never_computed_is_computed_or_failed(clients, clock, routine):
    client = clients("dora")
    Freshness.objects.all().delete()
    assert "尚未由本系统重算" in said(client, routine)
    mine = freshness.claim(routine, at=NOW)
    assert "正在重算" in said(client, routine)
    freshness.release(routine, mine)
    freshness.failed(routine, at=NOW, fault="ValueError")
    failed = said(client, routine)
    assert "连续 1 次失败" in failed and "14:02" in failed and "ValueError" not in failed


def test_a_second_press_of_the_button_is_told_that_it_runs(clients, clock, routine):
    client = clients("dora")
    freshness.claim(routine, at=NOW)
    answer = client.post(f"/o/{routine}/streams/refresh", follow=True)
    assert answer.status_code == 200 and "正在重算，完成后" in answer.content.decode()
    freshness.forget_claims()
    answer = client.post(f"/o/{routine}/streams/refresh", follow=True)
    assert "正在重算" not in answer.content.decode()
    assert Freshness.objects.get(pk=routine).computed_at == NOW


def test_the_words_stand_in_english_too(clients, clock, routine):
    client = clients("dora")
    upkeep.bring_up_to_date(at=NOW, outbreak=routine)
    send(reporting.reporter(), row(3))
    text = client.get(f"/o/{routine}/signals", headers={"accept-language": "en"}).content.decode()
    assert "1 newer reports or case changes are not in them yet" in text
