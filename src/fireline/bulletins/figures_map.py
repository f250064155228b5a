"""A map without a map server: areas, units by zone and cases as accessible SVG text.

Chapter 11: reads geometry of records, levels of zones and points of cases; needs no network.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import cos, isfinite, radians
from typing import Any

import polars as pl

from fireline.bulletins.drawing import (
    EDGE,
    INK,
    MUTED,
    frame,
    label,
    mark,
    mark_legend,
    nothing,
    number,
    say,
    text,
    text_width,
)

__all__ = ["map_figure"]

_LEVELS = ("sealed", "managed", "precaution")
_LEVEL_NAMES = {
    "sealed": ("封控区", "sealed"),
    "managed": ("管控区", "managed"),
    "precaution": ("防范区", "precaution"),
}
_COLOURS = {"sealed": "#741C31", "managed": "#E45F08", "precaution": "#1C61AC"}
_EDGES = {"sealed": ("3", ""), "managed": ("2", ""), "precaution": ("2", ' stroke-dasharray="5 3"')}
_TOP, _MARGIN, _FOOT = 34.0, 10.0, 24.0
_RING_GROWTH = 12.0

_Ring = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class _Projection:
    """Equirectangular: longitude shrunk by the cosine of the middle latitude, fitted to the picture."""

    west: float
    north: float
    scale: float
    squeeze: float
    left: float
    top: float

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        """Picture coordinates of a point."""
        return (
            self.left + (lon - self.west) * self.squeeze * self.scale,
            self.top + (self.north - lat) * self.scale,
        )


def map_figure(
    *,
    areas: pl.DataFrame | None = None,
    units: pl.DataFrame | None = None,
    levels: pl.DataFrame | None = None,
    cases: pl.DataFrame | None = None,
    places: pl.DataFrame | None = None,
    lang: str = "zh",
    width: int = 720,
    height: int = 520,
    figure_id: str = "map",
) -> str:
    """Areas as outlines, units filled by their zone, cases as marks.

    Parameters
    ----------
    areas : cleaned ``areas`` with geometry, drawn as outlines with their names; None or empty draws none
    units : cleaned ``units`` with geometry or lon and lat; units without either are counted in the words
    levels : zones' levels (unit_id, level); units without a level are drawn plain
    cases : DataFrame with lon, lat and optional case_id, classification, origin
    places : DataFrame with lon, lat and n_cases (how many cases were there), drawn as rings whose area grows
        with the cases; public places only, never homes
    lang, width, height, figure_id : as in ``figures.epidemic_curve``

    Returns
    -------
    str   SVG text. Sealed units are cross-hatched, managed ones striped, precaution ones dotted: the zone
        never hangs on colour alone. Geometry that cannot be read is left out and counted.
    """
    title = say(lang, "地图", "Map")
    outlines = _shapes(areas, "area_code", "name")
    plots = _shapes(units, "unit_id", "unit_id")
    points = _points(cases)
    spots = _spots(places)
    where = _projection(_extent(outlines, plots, [*points, *spots]), width=width, height=height)
    if where is None:
        return nothing(title, lang=lang, width=width, figure_id=figure_id)
    level_of = dict(levels.select("unit_id", "level").iter_rows()) if levels is not None else {}
    parts = [_patterns(figure_id)]
    parts += [_outline(s, where) for s in outlines if s.rings]
    parts += _units(plots, level_of, where, figure_id=figure_id, lang=lang)
    parts += [_area_name(s, where) for s in outlines if s.rings and len(outlines) <= 60]
    parts += _rings_of_places(spots, where, lang=lang, x=width - _MARGIN, y=height - 8)
    kinds, has_imported = _draw_points(points, where, parts)
    shown_levels = [v for v in _LEVELS if v in set(level_of.values())]
    parts.append(_legend(shown_levels, lang=lang, figure_id=figure_id))
    parts.append(mark_legend(sorted(kinds), x=_MARGIN, y=height - 8, lang=lang, imported=has_imported))
    n_lost = sum(1 for s in (*outlines, *plots) if not s.rings and s.point is None)
    n_levels = {v: sum(1 for s in plots if level_of.get(s.key) == v) for v in shown_levels}
    words_zh = "、".join(f"{_LEVEL_NAMES[v][0]}{n}个单元" for v, n in n_levels.items())
    words_en = ", ".join(f"{n} {_LEVEL_NAMES[v][1]} units" for v, n in n_levels.items())
    description = say(
        lang,
        f"{len(outlines)}个区域、{len(plots)}个单元、{len(points)}例有坐标。{words_zh}"
        + (f"{len(spots)}处病例去过的场所" if spots else "")
        + (f"。{n_lost}个没有可用的图形" if n_lost else ""),
        f"{len(outlines)} areas, {len(plots)} units, {len(points)} cases with coordinates. {words_en}"
        + (f" {len(spots)} places cases were at." if spots else "")
        + (f" {n_lost} without usable geometry." if n_lost else ""),
    )
    return frame(
        parts,
        width=width,
        height=height,
        title=title,
        description=description,
        figure_id=figure_id,
        lang=lang,
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    key: str
    name: str
    rings: tuple[_Ring, ...]
    point: tuple[float, float] | None


def _shapes(table: pl.DataFrame | None, key: str, name: str) -> list[_Shape]:
    """Shapes of a table, in order of their key."""
    if table is None or table.is_empty():
        return []
    columns = set(table.columns)
    empty = pl.lit(None)
    picked = table.select(
        pl.col(key).alias("k"),
        pl.col(name).alias("n"),
        (pl.col("geometry") if "geometry" in columns else empty).alias("g"),
        (pl.col("lon") if "lon" in columns else empty).cast(pl.Float64).alias("x"),
        (pl.col("lat") if "lat" in columns else empty).cast(pl.Float64).alias("y"),
    ).sort("k")
    found = []
    for k, n, geometry, x, y in picked.iter_rows():
        point = (x, y) if x is not None and y is not None and isfinite(x) and isfinite(y) else None
        found.append(_Shape(str(k), str(n or k), _rings(geometry), point))
    return found


def _rings(geometry: str | None) -> tuple[_Ring, ...]:
    """Rings of a GeoJSON polygon or multipolygon; nothing where the text is not one."""
    if not geometry:
        return ()
    try:
        read = json.loads(geometry)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(read, Mapping):
        return ()
    kind, inside = read.get("type"), read.get("coordinates")
    groups: Any = [inside] if kind == "Polygon" else inside if kind == "MultiPolygon" else None
    try:
        rings = [[(float(p[0]), float(p[1])) for p in ring] for polygon in groups or () for ring in polygon]
    except (TypeError, ValueError, IndexError):
        return ()
    return tuple(r for r in rings if len(r) >= 3 and all(isfinite(v) for p in r for v in p))


def _points(cases: pl.DataFrame | None) -> list[tuple[float, float, str, str, str | None]]:
    if cases is None or not {"lon", "lat"} <= set(cases.columns):
        return []
    names = ("case_id", "classification", "origin")
    picked = cases.select(
        "lon",
        "lat",
        *[pl.col(c) if c in cases.columns else pl.lit(None, dtype=pl.String).alias(c) for c in names],
    )
    return [
        (x, y, case_id or "", kind or "unclassified", origin)
        for x, y, case_id, kind, origin in picked.filter(
            pl.col("lon").is_not_null() & pl.col("lat").is_not_null()
        ).sort("case_id", "lon", "lat").iter_rows()
    ]  # fmt: skip


def _spots(places: pl.DataFrame | None) -> list[tuple[float, float, int]]:
    """Visited places with coordinates, the busiest first, so that small rings lie on top of large ones."""
    if places is None or places.is_empty():
        return []
    placed = places.filter(pl.col("lon").is_finite() & pl.col("lat").is_finite())
    rows = placed.select("lon", "lat", "n_cases").sort(
        ["n_cases", "lon", "lat"], descending=[True, False, False]
    )
    return [(float(x), float(y), int(n)) for x, y, n in rows.iter_rows()]


def _rings_of_places(
    spots: Sequence[tuple[float, float, int]], where: _Projection, *, lang: str, x: float, y: float
) -> list[str]:
    """One ring for each place and, below, what a ring is."""
    if not spots:
        return []
    most = spots[0][2]
    rings = []
    for lon, lat, n in spots:
        across, down = where.xy(lon, lat)
        size = 1.8 + _RING_GROWTH * (n / most) ** 0.5
        rings.append(f'<circle cx="{number(across)}" cy="{number(down)}" r="{number(size)}"/>')
    said = say(lang, f"○ 病例去过的场所（1 至 {most} 例）", f"○ places cases were at (1 to {most} cases)")
    return [
        f'<g class="fl-line" fill="none" stroke="{INK}" stroke-width="0.8">' + "".join(rings) + "</g>",
        label(x, y, said, anchor="end", size=11, css="fl-muted"),
    ]


def _extent(
    outlines: Sequence[_Shape], plots: Sequence[_Shape], points: Iterable[Sequence[Any]]
) -> tuple[float, float, float, float] | None:
    xs: list[float] = []
    ys: list[float] = []
    for shape in (*outlines, *plots):
        if shape.rings:
            xs.extend(p[0] for p in chain.from_iterable(shape.rings))
            ys.extend(p[1] for p in chain.from_iterable(shape.rings))
        elif shape.point:
            xs.append(shape.point[0])
            ys.append(shape.point[1])
    for point in points:
        xs.append(point[0])
        ys.append(point[1])
    return (min(xs), min(ys), max(xs), max(ys)) if xs else None


def _projection(
    extent: tuple[float, float, float, float] | None, *, width: float, height: float
) -> _Projection | None:
    if extent is None:
        return None
    west, south, east, north = extent
    squeeze = max(0.01, cos(radians((south + north) / 2)))
    wide, high = max((east - west) * squeeze, 1e-3), max(north - south, 1e-3)
    inner_w, inner_h = width - 2 * _MARGIN, height - _TOP - _FOOT - _MARGIN
    scale = min(inner_w / wide, inner_h / high)
    left = _MARGIN + (inner_w - (east - west) * squeeze * scale) / 2
    top = _TOP + (inner_h - (north - south) * scale) / 2
    return _Projection(west, north, scale, squeeze, left, top)


def _path(rings: Iterable[_Ring], where: _Projection) -> str:
    """Rings as a path; points closer than half a unit to the one before are dropped (invisible anyway)."""
    parts = []
    for ring in rings:
        kept: list[tuple[float, float]] = []
        for p in ring:
            x, y = where.xy(p[0], p[1])
            if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= 0.5:
                kept.append((round(x, 1), round(y, 1)))
        if len(kept) >= 3:
            parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in kept) + "Z")
    return "".join(parts)


def _outline(shape: _Shape, where: _Projection) -> str:
    return (
        f'<path d="{_path(shape.rings, where)}" fill="none" stroke="{EDGE}" stroke-width="1" class="fl-grid">'
        f"<title>{text(shape.name)}</title></path>"
    )


def _area_name(shape: _Shape, where: _Projection) -> str:
    ring = max(shape.rings, key=len)
    x, y = where.xy(sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring))
    return label(x, y, shape.name, anchor="middle", size=11, css="fl-muted")


def _units(
    plots: Sequence[_Shape], level_of: Mapping[str, str], where: _Projection, *, figure_id: str, lang: str
) -> list[str]:
    """Plain units first, then precaution, managed, sealed, so that the strictest edge lies on top."""
    order = {v: len(_LEVELS) - i for i, v in enumerate(_LEVELS)}
    parts = []
    for shape in sorted(plots, key=lambda s: (order.get(level_of.get(s.key, ""), 0), s.key)):
        level = level_of.get(shape.key, "")
        name = say(lang, *_LEVEL_NAMES[level]) if level in _LEVEL_NAMES else ""
        tip = f"<title>{text(f'{shape.name} {name}'.strip())}</title>"
        if shape.rings:
            style = _style(level, figure_id, small=_is_small(shape.rings, where))
            parts.append(f'<path d="{_path(shape.rings, where)}" {style}>{tip}</path>')
        elif shape.point:
            x, y = where.xy(*shape.point)
            parts.append(
                f'<rect x="{number(x - 4)}" y="{number(y - 4)}" width="8" height="8" '
                f"{_style(level, figure_id, small=True)}>{tip}</rect>"
            )
    return parts


def _is_small(rings: Sequence[_Ring], where: _Projection) -> bool:
    """Whether a full edge would cover the pattern of a shape."""
    xs = [p[0] for p in rings[0]]
    ys = [p[1] for p in rings[0]]
    wide = (max(xs) - min(xs)) * where.squeeze * where.scale
    return min(wide, (max(ys) - min(ys)) * where.scale) < 24


def _style(level: str, figure_id: str, *, small: bool = False) -> str:
    if level not in _COLOURS:
        return f'fill="none" stroke="{EDGE}" stroke-width="0.5" class="fl-grid"'
    edge, dash = ("0.8", "") if small else _EDGES[level]
    return (
        f'fill="url(#{text(figure_id)}-{level})" stroke="{_COLOURS[level]}" stroke-width="{edge}"{dash} '
        f'class="fl-{level}"'
    )


def _patterns(figure_id: str) -> str:
    """Zone patterns: cross-hatch 6, diagonal 8, dots 8, on a 35 % ground of the zone's colour."""
    start = text(figure_id)

    def pattern(level: str, size: int, inside: str) -> str:
        return (
            f'<pattern id="{start}-{level}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">'
            f'<rect width="{size}" height="{size}" fill="{_COLOURS[level]}" fill-opacity="0.35"/>'
            f"{inside}</pattern>"
        )

    def lines(level: str, path: str) -> str:
        return f'<path d="{path}" stroke="{_COLOURS[level]}" stroke-width="1" class="fl-{level}"/>'

    dot = f'<circle cx="4" cy="4" r="1.3" fill="{_COLOURS["precaution"]}" class="fl-dot"/>'
    return (
        "<defs>"
        + pattern("sealed", 6, lines("sealed", "M0 0L6 6M0 6L6 0"))
        + pattern("managed", 8, lines("managed", "M0 8L8 0"))
        + pattern("precaution", 8, dot)
        + "</defs>"
    )


def _draw_points(
    points: Sequence[tuple[float, float, str, str, str | None]], where: _Projection, parts: list[str]
) -> tuple[set[str], bool]:
    kinds: set[str] = set()
    has_imported = False
    for lon, lat, case_id, kind, origin in points:
        kinds.add(kind)
        has_imported = has_imported or origin == "imported"
        x, y = where.xy(lon, lat)
        body = mark(kind, x, y, size=3.5, is_imported=origin == "imported")
        parts.append(f"<g><title>{text(case_id)}</title>{body}</g>" if case_id else body)
    return kinds, has_imported


def _legend(levels: Sequence[str], *, lang: str, figure_id: str) -> str:
    parts, x = [], _MARGIN
    for level in levels:
        name = say(lang, *_LEVEL_NAMES[level])
        parts.append(
            f'<rect x="{number(x)}" y="8" width="20" height="14" {_style(level, figure_id, small=True)}/>'
        )
        parts.append(label(x + 26, 20, name))
        x += 42 + text_width(name)
    if levels:
        parts.append(label(x, 20, say(lang, "其余单元未列级", "other units: no level"), css="fl-muted"))
    return f'<g fill="{MUTED}">' + "".join(parts) + "</g>"
