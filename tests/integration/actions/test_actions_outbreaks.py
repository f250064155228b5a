"""Whether an outbreak is an exercise: its home says so, and nobody else."""

from __future__ import annotations

import pytest
import tests.factories.people as people
from tests.conftest import NOW
from tests.factories import worlds

from fireline.actions import outbreaks
from fireline.errors import InputError
from fireline.store.evidence import opened
from fireline.store.models import Outbreak, Task, Zone

pytestmark = pytest.mark.django_db


def make(dora, **change):
    asked = {"title": "x", "disease": "norovirus", "area_code": people.COUNTY, "pack_kind": "living"}
    pk = outbreaks.create_outbreak(by=dora, at=NOW, **(asked | change))
    return Outbreak.objects.get(pk=pk)


@pytest.mark.parametrize("asked", [{}, {"is_exercise": False}, {"is_exercise": True}])
def test_in_an_exercise_home_every_outbreak_is_an_exercise(dora, home, asked):
    home.mark_exercise()
    made = make(dora, **asked)
    assert made.is_exercise and made.pack_kind == "exercise"
    assert opened(made) == (None, None)  # its people are invented


def test_in_a_real_home_no_outbreak_is_an_exercise(dora, home):
    made = make(dora)
    assert not made.is_exercise and made.pack_kind == "living"
    assert opened(made) == (frozenset(), frozenset())
    with pytest.raises(InputError, match="fireline start"):
        make(dora, is_exercise=True)
    assert Outbreak.objects.count() == 1


@pytest.mark.parametrize("is_drill", [True, False])
def test_living_rules_order_nobody_in_an_exercise(dora, home, is_drill, monkeypatch):
    if is_drill:
        home.mark_exercise()
    monkeypatch.setattr("fireline.store.results.orderable", lambda _answers: (True, "r1", "e1"))
    made = make(dora, disease="covid-19")
    found = worlds.results(worlds.records(4, "covid-19"), at=NOW)
    found.tasks.table = found.tasks.table.with_columns(may_order=True)
    outbreaks.load_results(by=dora, at=NOW, outbreak=made.pk, results=found, home=home)
    tasks = Task.objects.filter(outbreak_id=made.pk)
    assert tasks.count() > 0 and tasks.filter(may_order=True).exists() is not is_drill
    assert {t.label_zh for t in tasks} == ({"演练，不得作为指令"} if is_drill else {""})
    assert Zone.objects.get(outbreak_id=made.pk).can_order is not is_drill
