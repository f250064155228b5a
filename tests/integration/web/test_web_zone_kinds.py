"""The page of the day's zones: what is allowed, measures where nothing is, vector areas and sources."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.conftest import NOW

from fireline.privacy.purposes import Purpose
from fireline.store import access, models
from fireline.store.models import Case, Count, Exposure, Lot, Outbreak, Place, Stay, Unit

pytestmark = pytest.mark.django_db

TODAY = datetime(2026, 6, 12, 6, 0, tzinfo=UTC)


def page(client, outbreak, language="zh-CN"):
    return client.get(f"/o/{outbreak}/zones/kinds", headers={"accept-language": language})


@pytest.fixture
def dengue(outbreak, clock):
    clock.at = TODAY
    Outbreak.objects.update(disease="dengue", label_zh="", label_en="", at=TODAY)
    shift = TODAY - NOW
    for case in Case.objects.all():
        case.onset, case.reported_at = case.onset + shift, case.reported_at + shift
        case.disease = "dengue"
        case.save()
    stay = Stay.objects.order_by("enter").first()
    for row in Stay.objects.all():
        row.enter, row.leave = row.enter + shift, row.leave + shift if row.leave else None
        row.save()
    Unit.objects.filter(unit_id="U1").update(lon=115.05, lat=33.05)
    Place.objects.filter(place_id=stay.place_id).update(lon=115.05, lat=33.05)
    return outbreak


def test_on_a_day_with_rules_the_levels_are_allowed(clients, outbreak, clock):
    text = page(clients("alice"), outbreak).content.decode()
    assert "封控区：允许，依据 cn-covid-v8-zones" in text and "没有规定，不允许" not in text


def test_today_nothing_is_allowed_and_the_measures_stand_there(clients, outbreak, clock):
    clock.at = TODAY
    Outbreak.objects.update(disease="measles", label_zh="", label_en="")
    zh = page(clients("alice"), outbreak).content.decode()
    assert "<strong>不允许</strong>" in zh and "<strong>允许</strong>" not in zh
    assert "cn-measles" in zh and "现行规定允许的措施" in zh
    assert 'class="notice notice-"' not in zh, "sentences of the page are no messages of the frame"
    en = page(clients("alice"), outbreak, "en").content.decode()
    assert "not allowed" in en and "Measures the rules in force allow" in en and "zone_kinds." not in en


def test_vector_areas_with_their_surveys(clients, dengue):
    Count.objects.create(
        outbreak_id=dengue,
        stream="breteau_index",
        area_code="U1",
        date=date(2026, 6, 12),
        count=8,
        denominator=50,
    )
    text = page(clients("alice"), dengue).content.decode()
    assert "核心区" in text and "16.0" in text and "仅供参考" in text and "V1" in text
    found = access.zone_kinds(
        access.actor_of(_user("alice")), purpose=Purpose.SITUATION, outbreak=dengue, at=TODAY
    )
    assert [r["unit_id"] for r in found["vector_areas"]] == ["U1"]
    assert not any("C0" in str(row) for row in found["vector_areas"] + found["vector_lifting"])


def _user(name):
    from fireline.store.models import User

    return User.objects.get(username=name)


def test_sources_with_samples_and_trace(clients, outbreak, clock):
    clock.at = TODAY
    Outbreak.objects.update(disease="food-borne", label_zh="", label_en="")
    people = Case.objects.order_by("case_id").values_list("person_key", flat=True)[:3]
    for person in people:
        Exposure.objects.create(outbreak_id=outbreak, person_key=person, item="lot", value="L1", at=NOW)
    for lot in ("L1", "L2"):
        Lot.objects.create(
            outbreak_id=outbreak,
            lot_id=lot,
            product="牡蛎",
            origin="海湾",
            arrives_at=NOW,
            store_id=f"库{lot}",
        )
    models.Test.objects.create(
        outbreak_id=outbreak,
        sample_id="S1",
        subject_kind="lot",
        subject_id="L1",
        kind="culture",
        taken_at=NOW + timedelta(days=1),
        taken_at_precision="minute",
        result="negative",
    )
    text = page(clients("alice"), outbreak).content.decode()
    assert "封存并召回" in text and "连续阴性样本：已有 1，须 2" in text and "库L2" in text
    assert '<td class="num">3</td><td class="num">1 (0)</td>' in text


def test_others_see_the_rules_and_strangers_nothing(clients, dengue):
    assert page(clients("sam"), dengue).status_code == 200
    bob = page(clients("bob"), dengue)
    assert bob.status_code == 200 and "vector-h" not in bob.content.decode()
    assert page(clients("charlie"), dengue).status_code == 403


def test_the_page_reads_the_same_as_a_run_of_the_same_tables(alice, dengue):
    from fireline.pipeline.chapters import run_chapters
    from fireline.policy import load_library
    from fireline.store.access.zone_kinds import _records

    Count.objects.create(
        outbreak_id=dengue,
        stream="breteau_index",
        area_code="U1",
        date=date(2026, 6, 12),
        count=8,
        denominator=50,
    )
    where = Outbreak.objects.get(pk=dengue)
    results = run_chapters(_records(where), load_library(), area=where.area_code, at=TODAY, disease="dengue")
    found = access.zone_kinds(alice, purpose=Purpose.SITUATION, outbreak=dengue, at=TODAY)
    tables = results.other_zones.tables()
    assert found["vector_areas"] == tables["vector_areas"].to_dicts() != []
    assert found["vector_lifting"] == tables["vector_lifting"].to_dicts()
    assert set(found["other_notes"]) <= set(results.notes)


def test_these_tables_are_not_kept_where_a_smaller_area_could_read_them(dora, outbreak, home):
    from types import SimpleNamespace

    from fireline.store.models import ResultTable
    from fireline.store.results import _small_tables
    from fireline.zones.tables import empty

    names = ("vector_areas", "vector_lifting", "vector_surveys", "sources", "source_trace", "zone_totals")
    _small_tables(SimpleNamespace(tables=lambda: {name: empty(name) for name in names}), outbreak)
    assert set(ResultTable.objects.values_list("name", flat=True)) == {"zone_totals"}
