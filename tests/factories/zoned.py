"""A county of square units with three cases: records, rules, the rule's ring and the study beside it."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.zones.zones_world import (
    AREA,
    AT,
    ZONE_RULES,
    case,
    contacts,
    records,
    rule,
    square,
    utc,
    written,
)

from fireline.pipeline.zoning.study import study
from fireline.zones.delimit import delimit

SIDE = 6
HOMES = ("U14", "U15", "U40")
LARGEST = rule("zone.unit", "sealed", {"unit": "compound", "largest": "village"})


def unit_id(row, column):
    return f"U{row}{column}"


def units(kinds=None, areas=None):
    """SIDE x SIDE squares of about 200 m, 100 to 450 people each."""
    made = []
    for r in range(SIDE):
        for c in range(SIDE):
            lon, lat = 114.0 + 0.002 * c, 33.4 + 0.002 * r
            name = unit_id(r, c)
            made.append(
                {
                    "unit_id": name,
                    "area_code": (areas or {}).get(name, f"{AREA}-{r // 3}"),
                    "kind": (kinds or {}).get(name, "compound"),
                    "population": 100 + 10 * (r * SIDE + c),
                    "lon": lon,
                    "lat": lat,
                    "geometry": square(lon, lat),
                }
            )
    return made


def adjacency():
    """Neighbours up, down and beside, one gate each; the first border states none."""
    found = []
    for r in range(SIDE):
        for c in range(SIDE):
            if c + 1 < SIDE:
                found.append((unit_id(r, c), unit_id(r, c + 1)))
            if r + 1 < SIDE:
                found.append((unit_id(r, c), unit_id(r + 1, c)))
    return [{"unit_a": a, "unit_b": b, "gates": 1 if k else None} for k, (a, b) in enumerate(found)]


def county(*, groups=("透析", "独居", None), kinds=None, **more):
    """Records: three cases, the market in U22 where two of them were, residents who go there."""
    cases = [
        case(f"C{i}", utc(14 + i), person_key=f"PC{i}", reported_at=utc(16 + i), isolated_at=utc(16 + i))
        for i in range(3)
    ]
    persons = [
        {"person_key": f"PC{i}", "home_place_id": home, "group": group, "household_id": f"H{i}"}
        for i, (home, group) in enumerate(zip(HOMES, groups, strict=True))
    ]
    persons += [{"person_key": f"PR{i}", "home_place_id": "U23"} for i in range(3)]
    places = [{"place_id": u["unit_id"], "lon": u["lon"], "lat": u["lat"]} for u in units()]
    places.append({"place_id": "market", "lon": 114.004, "lat": 33.404})
    visits = [
        {"person_key": who, "place_id": "market", "enter": utc(day, 9), "leave": utc(day, 11)}
        for who, day in (("PC0", 14), ("PC1", 15), ("PR0", 14), ("PR1", 15), ("PR2", 16))
    ]
    tables = {
        "cases": cases, "persons": persons, "places": places, "visits": visits, "units": units(kinds),
        "adjacency": adjacency(),
    }  # fmt: skip
    return records(**{**tables, **more})


def drawn(found=None, *rules, at=AT, **changes):
    """(zones, study) of a county by the written rules."""
    found = found or county()
    by = written(*(rules or (*ZONE_RULES, LARGEST)))
    zones = delimit(found, contacts(), by, at=at)
    made = study(found, contacts(), zones, by, at=at)
    if changes and made.question is not None:
        made = replace(made, question=replace(made.question, **changes))
    return zones, made


def loaded(*, by, at, home):
    """An outbreak of the console with this county, its ring and its study; returns its id."""
    from tests.factories import worlds

    from fireline.actions import outbreaks

    towns = {
        unit_id(r, c): worlds.TOWN_A if r < 3 else worlds.TOWN_B for r in range(SIDE) for c in range(SIDE)
    }
    found = county(area=worlds.COUNTY, units=units(areas=towns))
    zones, made = drawn(found)
    pk = outbreaks.create_outbreak(
        by=by, at=at, title="方格县", disease="covid-19", area_code=worlds.COUNTY, moment=AT
    )
    results = worlds.results(found, at=AT, can_order=True)
    results.zones, results.zoning = zones, made
    outbreaks.load_results(by=by, at=at, outbreak=pk, results=results, home=home)
    return pk
