"""GeoJSON for the maps: stays of a case, areas as the ground, zones on their units.

Web, console: the page's own data are the base map; nothing is fetched from outside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fireline.web.shared.icons import ALARM_GLYPHS, ALARM_NUMERALS
from fireline.web.shared.strings import code, say

Feature = dict[str, Any]


def _point(lon: float, lat: float, **properties: Any) -> Feature:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": properties,
    }


def collection(features: Sequence[Feature]) -> dict[str, Any]:
    """A FeatureCollection."""
    return {"type": "FeatureCollection", "features": list(features)}


def trajectory(stays: Sequence[Mapping[str, Any]], ground: Sequence[Feature] = ()) -> dict[str, Any]:
    """Numbered places of one case and the line between its stays in order of time, on the areas' outlines."""
    placed = [s for s in stays if s["lon"] is not None and s["lat"] is not None]
    path = [[s["lon"], s["lat"]] for s in placed]
    features: list[Feature] = [*ground]
    if len({tuple(p) for p in path}) > 1:
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": path},
                "properties": {"kind": "path"},
            }
        )
    seen = set()
    for stay in placed:
        if stay["place_id"] in seen:
            continue
        seen.add(stay["place_id"])
        name = stay["place_name"] or stay["place_id"]
        met = say("tracing.met", n=stay["n_met"]) if stay.get("n_met") else ""
        features.append(
            _point(
                stay["lon"],
                stay["lat"],
                kind="stay",
                id=stay["place_id"],
                no=stay["no"],
                name=f"{name} · {met}" if met else name,
                note=f"{name} · {met}" if met else name,
            )
        )
    return collection(features)


def areas(rows: Sequence[Mapping[str, Any]]) -> list[Feature]:
    """Outlines of areas, where the data hold them; rows come from access.areas."""
    found = []
    for row in rows:
        if row["geometry"]:
            properties = {"kind": "area", "id": row["area_code"]}
            found.append(
                {"type": "Feature", "geometry": json.loads(row["geometry"]), "properties": properties}
            )
    return found


def zones(collected: Mapping[str, Any], ground: Sequence[Feature]) -> dict[str, Any]:
    """Areas as the ground, units with their level above; levels are drawn from weak to strong."""
    found = list(ground)
    for feature in collected["features"]:
        p = feature["properties"]
        note = f"{p['unit_id']} · {code('zone', p['level'])} · {say('unit.people', n=p['population'])}"
        found.append(
            {**feature, "properties": {"kind": "unit", "id": p["unit_id"], "level": p["level"], "note": note}}
        )
    return collection(found)


def ring(
    shapes: Sequence[Mapping[str, Any]], levels: Sequence[str], ground: Sequence[Feature]
) -> dict[str, Any] | None:
    """All units with their level in a ring, "" outside it, so that any can be moved; None without a shape.

    Parameters
    ----------
    shapes : rows of access.unit_shapes, in the order of ``levels``
    """
    found = list(ground)
    for i, (row, level) in enumerate(zip(shapes, levels, strict=True)):
        if row["geometry"]:
            geometry = json.loads(row["geometry"])
        elif row["lon"] is not None and row["lat"] is not None:
            geometry = {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
        else:
            continue
        note = f"{row['unit_id']} · {say('unit.people', n=row['population'])}"
        properties = {"kind": "unit", "id": row["unit_id"], "i": i, "level": level, "note": note}
        found.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return collection(found) if len(found) > len(ground) else None


def alarms(
    levels: Mapping[str, str], rows: Sequence[Mapping[str, Any]], *, touched: Sequence[str] = ()
) -> dict[str, Any] | None:
    """Areas with their alarm level on the outlines of all, the weakest first; None where none has a shape.

    Parameters
    ----------
    levels : mapping from area code to an alarm level
    rows : of access.areas
    touched : further areas, of which the outline is drawn
    """
    order = list(ALARM_GLYPHS)  # worst first
    found = []
    for row in rows:
        level = levels.get(row["area_code"], "")
        is_alarm = level in ALARM_GLYPHS
        if row["geometry"] and (is_alarm or row["area_code"] in touched):
            properties = {
                "kind": "alarm",
                "id": row["area_code"],
                "level": level if is_alarm else "touched",
                "no": order.index(level) if is_alarm else len(order),
                "glyph": ALARM_GLYPHS[level] + ALARM_NUMERALS[level] if is_alarm else "",
                "name": row["name"],
                "note": f"{row['name']} · {code('level', level)}" if is_alarm else row["name"],
            }
            geometry = json.loads(row["geometry"])
            found.append({"type": "Feature", "geometry": geometry, "properties": properties})
    if not found:
        return None
    found.sort(key=lambda feature: (-feature["properties"]["no"], feature["properties"]["id"]))
    return collection([*areas(rows), *found])


def map_words() -> str:
    """Texts of the map's own controls, for the attribute data-words."""
    return json.dumps(
        {
            "NavigationControl.ZoomIn": say("map.zoom_in"),
            "NavigationControl.ZoomOut": say("map.zoom_out"),
            "Map.Title": say("map.title"),
        },
        ensure_ascii=False,
    )
