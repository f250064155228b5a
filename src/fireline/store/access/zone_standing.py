"""Judges ordered zones by the stored data: where cases are, what may be lifted and when, what check 26 reads.

Store: used by actions and access inside their own checks; reads cases, homes and samples, gives units.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from fireline.clock import local_day
from fireline.contacts.tables import FOUND
from fireline.oversight.tables import ORDERS, empty_orders
from fireline.pipeline.home import Home
from fireline.policy import At, Library
from fireline.records.model import Records
from fireline.store.access.records import records_for_chapters
from fireline.store.models import Contact, Outbreak, Unit, Zone, ZoneStep
from fireline.store.zone_history import Moment, replay
from fireline.zones.cases import case_points, counted_cases
from fireline.zones.delimit import find_level_rule
from fireline.zones.lift import Lifting, judge_parts
from fireline.zones.lifting.facts import Part
from fireline.zones.locate import UnitMap, locate
from fireline.zones.model import LEVELS, allowed_rank, unit_rank
from fireline.zones.tables import empty

_TABLES = frozenset({"cases", "persons", "places", "units", "contacts", "tests"})
_STEP = ("id", "at", "by", "unit", "what", "reason", "rule_id", "edition", "detail")


def moment_of(zone: Zone, *, at: datetime | None = None) -> Moment:
    """Where a ring stood at an hour (None = now)."""
    steps = ZoneStep.objects.filter(zone_id=zone.pk).order_by("id").values(*_STEP)
    return replay(steps, dict(zone.units.values_list("unit_id", "level")), at=at)


def rules_of(where: Outbreak, library: Library, *, at: datetime) -> At:
    """Rules of the outbreak's disease and area on the local day of an instant."""
    return At(library, where.disease, where.area_code, local_day(at, ZoneInfo(where.tz)))


def records_of(where: Outbreak, *, home: Home | None = None) -> Records:
    """The tables that zones need; movement and identities are not read."""
    return records_for_chapters(where.pk, home=home, only=_TABLES, movement={})


def placements(records: Records, *, at: datetime) -> pl.DataFrame:
    """Unit of each case known at ``at``: ``SCHEMAS["zone_placements"]`` without its sentences."""
    units = records.table("units").sort("unit_id")
    if units.is_empty():
        return empty("zone_placements")
    cases = counted_cases(records, at=at)
    return locate(UnitMap.of(units), case_points(records, cases), subject_kind="case")


def has_case(records: Records, levels: Mapping[str, str], *, at: datetime) -> bool:
    """Whether a case lives in the ring, or may: its home falls in no unit but its area is one of the ring's.

    Only sealed units are looked at where the ring has any.
    """
    strict = {u for u, level in levels.items() if level == "sealed"} or set(levels)
    placed = placements(records, at=at)
    if placed.filter(pl.col("unit_id").is_in(sorted(strict))).height:
        return True
    lost = placed.filter(pl.col("unit_id").is_null())["subject_id"].to_list()
    areas = records.table("units").filter(pl.col("unit_id").is_in(sorted(strict)))["area_code"].to_list()
    cases = counted_cases(records, at=at).filter(pl.col("case_id").is_in(lost))
    return bool(cases["area_code"].is_in(areas).any())


def larger_units(where: Outbreak, levels: Mapping[str, str], rules: At) -> list[str]:
    """Sealed units of a kind larger than zone.unit allows; none where no rule limits it."""
    answer = find_level_rule(rules, "zone.unit", "sealed")
    if not answer.in_force or answer.value is None:
        return []
    largest = allowed_rank(str(answer.value.get("largest", answer.value["unit"])))
    strict = [u for u, level in levels.items() if level == "sealed"]
    kinds = Unit.objects.filter(outbreak_id=where.pk, unit_id__in=strict).values_list("unit_id", "kind")
    return sorted(u for u, kind in kinds if (rank := unit_rank(kind)) is not None and rank > largest)


def parts_of_order(zone: Zone, moment: Moment) -> list[Part]:
    """A ring's units by level and by what they were lowered from, strict to mild."""
    people = dict(zone.units.values_list("unit_id", "population"))
    groups: dict[tuple[str, str, datetime | None], list[str]] = {}
    for unit_id, level in sorted(moment.levels.items()):
        before, when = moment.lowered.get(unit_id, ("", None))
        groups.setdefault((level, before, when), []).append(unit_id)
    ring = tuple(sorted(u for u, level in moment.levels.items() if level != "precaution"))
    return [
        Part(
            zone_id=str(zone.pk),
            level=level,
            unit_ids=tuple(units),
            ring=ring or tuple(units),
            population=sum(people[u] for u in units),
            came_from=before,
            lowered_at=when,
        )
        for (level, before, when), units in sorted(
            groups.items(), key=lambda item: (LEVELS.index(item[0][0]), item[0][1], str(item[0][2]))
        )
    ]


def judge_order(
    where: Outbreak,
    zone: Zone,
    library: Library,
    *,
    at: datetime,
    records: Records | None = None,
    home: Home | None = None,
) -> tuple[Lifting, ...]:
    """What the lifting rules in force say of an order as it stands at ``at``, strict to mild."""
    parts = parts_of_order(zone, moment_of(zone, at=at))
    if not parts:
        return ()
    known = records or records_of(where, home=home)
    return judge_parts(
        known, found_contacts(where), placements(known, at=at), parts, rules_of(where, library, at=at), at=at
    )


def found_contacts(where: Outbreak) -> pl.DataFrame:
    """Contacts found, as the contacts chapter writes them."""
    fields = ["contact_class" if name == "class" else name for name in FOUND]
    rows = Contact.objects.filter(outbreak_id=where.pk).order_by("id").values_list(*fields)
    return pl.DataFrame(list(rows), schema=dict(FOUND), orient="row", infer_schema_length=None)


def orders_table(where: Outbreak, *, at: datetime) -> pl.DataFrame:
    """Zones that people signed, one row per ring and level: ``oversight.tables.ORDERS``."""
    rows = []
    for zone in Zone.objects.filter(outbreak_id=where.pk, signed_at__lte=at).order_by("id"):
        moment = moment_of(zone, at=at)
        levels = dict(zone.units.values_list("unit_id", "level"))
        people = dict(zone.units.values_list("unit_id", "population"))
        ring = sorted(u for u, level in levels.items() if level != "precaution") or sorted(levels)
        for level in LEVELS:
            units = sorted(u for u, mine in levels.items() if mine == level)
            if not units:
                continue
            ends = [moment.lifted.get(u) or moment.lowered.get(u, ("", None))[1] for u in units]
            rows.append(
                {
                    "zone_id": f"{zone.pk}/{level}",
                    "level": level,
                    "unit_ids": units,
                    "ring": ring,
                    "population": sum(people[u] for u in units),
                    "signed_at": zone.signed_at,
                    "lifted_at": None if None in ends else max(e for e in ends if e is not None),
                    "reason": next(
                        (
                            str(s["reason"])
                            for s in moment.steps
                            if s["what"] in ("lifted", "lowered")
                            and s["reason"]
                            and set(s["detail"].get("units", units)) & set(units)
                        ),
                        "",
                    ),
                }
            )
    return pl.DataFrame(rows, schema=ORDERS) if rows else empty_orders()
