"""Zones: the smallest ring that holds; map and list say the same, and no order without a rule and two people.

Web, console: units only, nobody's rows.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from fireline.actions import zones as zone_actions
from fireline.errors import InputError
from fireline.privacy.purposes import Purpose, Role
from fireline.store import access
from fireline.store.actor import plain_unit
from fireline.web.console import geo
from fireline.web.console.frame import Desk, desk_page, page_number, pager
from fireline.web.console.zone_draft import printed
from fireline.web.console.zone_ways import (
    OUT,
    RING,
    TARGETS,
    Look,
    Shown,
    curve,
    rows,
    shown,
    sliders,
    stated,
    title_of,
)
from fireline.web.shared.strings import say
from fireline.words import Words

LEVELS = ("sealed", "managed", "precaution")
SIZE = 200
STUDY_SIZE = 100
SIGNERS = (Role.COMMANDER,)
PROPOSERS = (Role.EPIDEMIOLOGIST, Role.COMMANDER)


@desk_page(Purpose.SITUATION)
def zones(desk: Desk) -> HttpResponse:
    """The newest ring with its units, and every way to draw it side by side where the whole is in view."""
    found = _found(desk)
    ring, units = found["zone"], found["units"]
    ground = geo.areas(desk.areas())
    common = {
        "zone": ring,
        "level": desk.request.GET.get("level", ""),
        "map_words": geo.map_words(),
        "others": found["others"],
        **_rights(desk, ring),
    }
    look = Look.of(desk.request.GET)
    seen = shown(desk, look, ring, units)
    if seen is not None:
        return desk.page("zone_study.html", **common, **_study(desk, seen, units, ground))
    units = sorted(units, key=lambda u: (LEVELS.index(u["level"]), u["unit_id"]))
    level = common["level"]
    chosen = [u for u in units if not level or u["level"] == level]
    paged = pager(len(chosen), page_number(desk.request), SIZE)
    start = (paged["page"] - 1) * SIZE
    return desk.page(
        "zones.html",
        **common,
        notes_of_zones=[],
        totals=_totals(units),
        levels=("", *LEVELS),
        units=desk.named(chosen[start : start + SIZE]),
        **paged,
        geo=geo.zones(found["geojson"], ground) if found["geojson"]["features"] else None,
        candidates=_candidates(desk),
    )


@desk_page(Purpose.SITUATION)
def ways(desk: Desk) -> HttpResponse:
    """What of the page follows a move, a candidate or an assumption: tabs, figures, curve, comparison."""
    found = _found(desk)
    seen = shown(desk, Look.of(desk.request.GET), found["zone"], found["units"])
    if seen is None:
        raise InputError(
            Words(
                "区域：没有可对照的划法；请先划定区域或重新计算",
                "zones: there is nothing to compare; draw zones or run the analysis again",
            )
        )
    values = {"zone": found["zone"], **_rights(desk, found["zone"]), **_answered(seen)}
    return desk.page("zone_ways.html", **values)


@desk_page(Purpose.SITUATION)
def draft(desk: Desk) -> HttpResponse:
    """The ring as a text to print: a draft until two people have signed it."""
    found = _found(desk)
    look = Look.of(desk.request.GET)
    seen = shown(desk, look, found["zone"], found["units"])
    if seen is None:
        raise InputError(
            Words(
                "区域：没有可打印的方案；请先划定区域或重新计算",
                "zones: there is nothing to print; draw zones or run the analysis again",
            )
        )
    return desk.page("zone_draft.html", zone=found["zone"], **printed(desk, seen, found["zone"]))


def _found(desk: Desk) -> dict[str, Any]:
    asked = desk.request.GET.get("zone", "")
    return access.zones(
        desk.actor,
        purpose=desk.purpose,
        outbreak=desk.pk,
        zone=int(asked) if asked.isdecimal() and len(asked) < 10 else None,
    )


def _study(desk: Desk, seen: Shown, units: list[dict[str, Any]], ground: list[geo.Feature]) -> dict[str, Any]:
    """Values of the page around what follows a move: map and list of units."""
    from fireline.pipeline.zoning.model import DEFAULT
    from fireline.zones.candidates.reasons import reasons

    question = seen.study.question
    assert question is not None
    levels = seen.full_levels()
    said = reasons(question.ground, seen.risk, seen.ring.candidate, question.limits)
    shapes = access.unit_shapes(desk.actor, purpose=desk.purpose, outbreak=desk.pk)
    why = {u["unit_id"]: u for u in units}
    asked = desk.request.GET.get("level", "")
    has_rule = seen.look.candidate in (DEFAULT, RING)
    listed = []
    for i, (shape, level) in enumerate(zip(shapes, levels, strict=True)):
        if asked and (level or "none") != asked:
            continue
        rule = why.get(shape["unit_id"])
        is_same = has_rule and rule is not None and rule["level"] == level and level in ("sealed", "managed")
        listed.append(
            {
                **shape,
                "i": i,
                "level": level,
                "rule": rule if is_same else None,
                "risk": float(seen.risk.mean[i]),
            }
        )
    order_of = {name: k for k, name in enumerate((*LEVELS, ""))}
    listed.sort(key=lambda u: (order_of[u["level"]], -u["risk"], u["unit_id"]))
    paged = pager(len(listed), page_number(desk.request), STUDY_SIZE)
    start = (paged["page"] - 1) * STUDY_SIZE
    page = desk.named(listed[start : start + STUDY_SIZE])
    for unit in page:
        unit["why"] = said[unit["i"]]
        unit["targets"] = [(to, _with_move(seen.look, unit["unit_id"], to)) for to in TARGETS]
        unit["at"] = unit["level"] if unit["level"] in TARGETS else OUT
    return {
        **_answered(seen),
        **paged,
        "units": page,
        "levels": ("", *LEVELS),
        "geo": geo.ring(shapes, levels, ground),
        "sliders": sliders(seen.look, seen.study),
        "stated": stated(seen.look),
        "notes_of_zones": seen.study.notes,
        "targets": TARGETS,
    }


def _with_move(look: Look, unit_id: str, to: str) -> str:
    return look.query(moves=(*look.moves, (unit_id, to)))


def _answered(seen: Shown) -> dict[str, Any]:
    """Values of what follows a move."""
    from fireline.pipeline.zoning.needs import keeping
    from fireline.pipeline.zoning.words import DEFAULT_WORDS, MODELLED, faults_of
    from fireline.zones.ground import LEVEL_CODES

    question = seen.study.question
    assert question is not None
    look = seen.look
    return {
        "look": look,
        "ways": rows(seen),
        "shown": seen.ring,
        "before": seen.base if look.moves else None,
        "keeping": keeping(question, seen.ring),
        "faults": faults_of(seen.ring, question.ground.ids),
        "curve": curve(seen),
        "moves": [{"unit_id": unit, "to": to} for unit, to in look.moves],
        "undo_query": look.query(moves=look.moves[:-1]),
        "reset_query": look.query(moves=()),
        "look_query": look.query(),
        "plain_query": look.query(moves=(), turned=()),
        "levels_text": "".join(str(LEVEL_CODES[name]) for name in seen.full_levels()),
        "modelled": MODELLED,
        "default_words": DEFAULT_WORDS,
    }


def _totals(units: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for level in LEVELS:
        mine = [u for u in units if u["level"] == level]
        if mine:
            found.append(
                {"level": level, "n_units": len(mine), "population": sum(u["population"] for u in mine)}
            )
    return found


def _candidates(desk: Desk) -> list[dict[str, Any]]:
    """The rule's zone beside cruder ones: what each restricts, for whoever sees the whole outbreak."""
    if not desk.sees_all():
        return []
    table = access.results(desk.actor, outbreak=desk.pk, name="zone_candidates")
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def _rights(desk: Desk, ring: dict[str, Any] | None) -> dict[str, Any]:
    """What this person may do with the ring, and why nobody may put one forward where that is so."""
    bar = "exercise" if desk.outbreak["is_exercise"] else "look_back" if desk.outbreak["label_zh"] else ""
    if ring is None:
        return {"may_propose": False, "may_sign": False, "bar": bar}
    is_other = desk.actor.username != ring["proposed_by"] and plain_unit(desk.actor.unit) != plain_unit(
        ring["proposed_unit"]
    )
    return {
        "bar": bar,
        "may_propose": not bar and ring["state"] == "computed" and desk.actor.role in PROPOSERS,
        "may_sign": ring["state"] == "proposed"
        and ring["can_order"]
        and desk.actor.role in SIGNERS
        and is_other,
    }


@desk_page(Purpose.CONTAINMENT, methods=("POST",))
def propose(desk: Desk, zone: int) -> HttpResponse:
    """Put the computed ring forward."""
    made = zone_actions.propose(by=desk.actor, at=desk.at, outbreak=desk.pk, zone=zone)
    messages.success(desk.request, say("zone.proposed_ok"), extra_tags="good")
    return HttpResponseRedirect(f"{desk.base}/zones?zone={made}")


@desk_page(Purpose.CONTAINMENT, methods=("POST",))
def propose_look(desk: Desk) -> HttpResponse:
    """Put forward the ring that is shown: a candidate, with the units that were moved."""
    found = access.zones(desk.actor, purpose=Purpose.CONTAINMENT, outbreak=desk.pk)
    look = Look.of(desk.request.POST)
    desk.purpose = Purpose.CONTAINMENT
    seen = shown(desk, look, found["zone"], found["units"])
    if seen is None or found["zone"] is None:
        raise InputError(
            Words(
                "区域：没有可提请的方案；请先划定区域或重新计算",
                "zones: there is nothing to put forward; draw zones or run the analysis again",
            )
        )
    before = {u["unit_id"]: u["level"] for u in found["units"]}
    question = seen.study.question
    assert question is not None
    wanted = zip(question.ground.ids, seen.full_levels(), strict=True)
    made = zone_actions.propose(
        by=desk.actor,
        at=desk.at,
        outbreak=desk.pk,
        zone=found["zone"]["id"],
        levels={unit: level for unit, level in wanted if before.get(unit, "") != level},
        title=title_of(seen),
    )
    messages.success(desk.request, say("zone.proposed_ok"), extra_tags="good")
    return HttpResponseRedirect(f"{desk.base}/zones?zone={made}")


@desk_page(Purpose.CONTAINMENT, methods=("POST",))
def sign(desk: Desk, zone: int) -> HttpResponse:
    """Approve a ring that somebody of another unit put forward."""
    version = desk.request.POST.get("version", "")
    zone_actions.sign(
        by=desk.actor, at=desk.at, zone=zone, version=int(version) if version.isdecimal() else None
    )
    messages.success(desk.request, say("zone.signed_ok"), extra_tags="good")
    return HttpResponseRedirect(f"{desk.base}/zones?zone={zone}")
