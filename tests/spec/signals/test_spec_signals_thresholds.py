"""The fixed thresholds of the packs in force: one case fewer is no event, by onset, by report and by absence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.factories.text_tables import lines
from tests.unit.contacts.contact_worlds import records

from fireline.policy import At
from fireline.signals import watch
from fireline.signals.streams import default_streams, parse_streams

TABLE = lines(__file__, "thresholds")
AREA, FIRST = "CN-411624", date(2026, 3, 2)
AT = datetime(2026, 4, 1, tzinfo=UTC)
SCHOOL = {"place_id": "S1", "name": "school", "kind": "school", "area_code": f"{AREA}101"}
NEW = parse_streams('[stream.absence]\ncounts = "new"', base=default_streams())


def alarms(world, library, disease, rule_id, **more):
    found = watch(world, At(library, disease, AREA, date(2026, 4, 1)), at=AT, **more)
    return [a for a in found.alarms if a.rule_id.startswith(rule_id)]


def world(disease, by, n, days, *, clock="onset"):
    """n cases of one school, or of the county, spread evenly over so many days by one of their dates."""
    cases = []
    for k in range(n):
        day = FIRST + timedelta(days=k * days // max(n, 1))
        dates = {"onset": day.isoformat() if clock == "onset" else None, "reported_at": None}
        if clock == "report":
            dates["reported_at"] = day.isoformat()
        cases.append(
            {
                "case_id": f"C{k}",
                "person_key": f"P{k}",
                "disease": disease,
                "area_code": f"{AREA}101",
                **dates,
            }
        )
    persons = [{"person_key": f"P{k}", "group": "S1" if by == "school" else None} for k in range(n)]
    return records(AREA, cases=cases, persons=persons, places=[SCHOOL])


@pytest.mark.parametrize("clock", ["onset", "report"])
@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line[0]} {line[2]}")
def test_the_number_is_an_event_and_one_fewer_is_not(line, clock, library):
    disease, by, met, days, level, rule_id = line
    n, days = int(met), int(days)
    met_by = alarms(world(disease, by, n, days, clock=clock), library, disease, rule_id)
    found = [a for a in met_by if a.upper == n]
    assert found and found[0].level == level and found[0].observed == n
    fewer = alarms(world(disease, by, n - 1, days, clock=clock), library, disease, rule_id)
    assert not [a for a in fewer if a.upper == n and a.observed >= n]
    if n > 1 and rule_id != "cn-general/threshold/dengue":  # the first dengue case of a year is one too
        assert fewer == []


@pytest.mark.parametrize(
    "line",
    [line for line in TABLE if int(line[2]) > 1 and line[1] == "school"],
    ids=lambda line: f"{line[0]} {line[2]}",
)
def test_so_is_the_number_spread_over_a_week_and_a_day_not(line, library):
    disease, by, met, days, _, rule_id = line
    wide = world(disease, by, int(met), int(days) + int(met))  # a day more between each two of them
    assert [a for a in alarms(wide, library, disease, rule_id) if a.observed >= int(met)] == []


@pytest.mark.parametrize(
    "line", [line for line in TABLE if line[1] == "school"], ids=lambda line: f"{line[0]} {line[2]}"
)
def test_pupils_absent_with_the_illness_count_alike(line, library):
    disease, _, met, _, level, rule_id = line
    for n, is_event in ((int(met), True), (int(met) - 1, False)):
        rows = [
            {"stream": f"absence/{disease}", "area_code": "S1", "date": (FIRST + timedelta(days=k)).isoformat(),
             "count": float(n - n // 2 if k else n // 2)}
            for k in range(2)
        ]  # fmt: skip
        found = alarms(records(AREA, counts=rows, places=[SCHOOL]), library, disease, rule_id, streams=NEW)
        assert bool([a for a in found if a.upper == int(met)]) is is_event
        if is_event:
            assert found[0].stream == f"absence/{disease}" and found[0].level == level


def test_the_first_dengue_case_of_a_year(library):
    found = alarms(world("dengue", "county", 1, 7), library, "dengue", "cn-general/threshold/dengue")
    assert [a.level for a in found] == ["medium"]


def test_every_threshold_of_the_general_pack_stands_in_the_table(library):
    general = {
        r.id.rpartition("/")[0] for r in library.by_concept["threshold"] if r.id.startswith("cn-general/")
    }
    listed = {line[5] for line in TABLE} | {
        "cn-general/threshold/new_disease"
    }  # the same cases as unexplained
    assert general == listed
