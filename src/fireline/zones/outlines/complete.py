"""Units as they came in, made ready for zones: outlines mended or drawn, borders found, people shared out.

Chapter 8: called by the pipeline where a county has units but no adjacency; every step is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import shapely

from fireline.words import Words
from fireline.zones.outlines.borders import ROAD_M, TOUCH_M, find_borders
from fireline.zones.outlines.checks import cases_outside, check_outlines
from fireline.zones.outlines.mend import Mended, mend, resolve
from fireline.zones.outlines.partition import voronoi_cells
from fireline.zones.outlines.people import share_population
from fireline.zones.outlines.plane import GRID_DEG, Plane, Shapes, polygons_of, read_shapes, union
from fireline.zones.outlines.shift import Shift, Verdict, shift_of_members
from fireline.zones.outlines.tables import FINDINGS, as_findings, finding, findings

_MANY_ISLANDS = 0.2


@dataclass(frozen=True, slots=True)
class Completed:
    """Units ready for zones.

    Attributes
    ----------
    units : the same rows; ``geometry`` mended or drawn, ``lon`` and ``lat`` filled, ``population`` filled
    adjacency : unit_a, unit_b, gates (null); empty where nothing touches
    findings : ``SCHEMAS["ground_findings"]``, sorted
    notes : one sentence for each kind of finding, for the head of the report
    """

    units: pl.DataFrame
    adjacency: pl.DataFrame
    findings: pl.DataFrame
    notes: tuple[Words, ...]


def complete(
    units: pl.DataFrame,
    *,
    areas: pl.DataFrame,
    cases: pl.DataFrame,
    adjacency: pl.DataFrame | None = None,
    area: str = "",
) -> Completed:
    """Complete the units of a county.

    Parameters
    ----------
    units : cleaned table, sorted by unit_id
    areas : cleaned table: outlines of townships and of the county, and the tree of population
    cases : cleaned table: lon, lat, area_code (nullable)
    adjacency : stated borders, kept as they are; None or empty to find them from outlines
    area : jurisdiction code, for the county's outline

    Notes
    -----
    Points are turned into outlines only where their township's outline is known and no unit of it has one.

    Raises
    ------
    TangledError   outlines lie on each other everywhere
    """
    ids = units["unit_id"].to_list()
    given = read_shapes(units["geometry"].to_list())
    outlines = _outlines_of(areas)
    drawn, told = _draw(units, given, outlines)
    mended = mend(drawn, ids)
    told += [mended.findings, _without_outline(units, mended.shapes)]
    units = _placed(units, mended, given, drawn)
    is_stated = adjacency is not None and adjacency.height > 0
    if is_stated:
        assert adjacency is not None
        borders = adjacency
    else:
        borders, wide = _borders(mended, ids)
        told.append(wide)
    county = outlines.get(area)
    told.append(check_outlines(mended, ids, borders, county=county))
    lon, lat = (cases[c].cast(pl.Float64).to_numpy() for c in ("lon", "lat"))
    told.append(cases_outside(mended.shapes, lon, lat, plane=mended.plane))
    told.append(_shift(mended, units, cases))
    units, shared = share_population(units, areas)
    whole = findings(*told, shared)
    return Completed(units, borders.select("unit_a", "unit_b", "gates"), whole, _notes(whole))


def _outlines_of(areas: pl.DataFrame) -> dict[str, shapely.Geometry]:
    """Valid outline of each area that has one, degrees."""
    known = areas.filter(pl.col("geometry").is_not_null())
    shapes, _ = resolve(read_shapes(known["geometry"].to_list()))
    found: dict[str, shapely.Geometry] = {}
    for code, shape in zip(known["area_code"].to_list(), shapes, strict=True):
        area = polygons_of(shape)
        if area is not None:
            found[code] = area
    return found


def _draw(
    units: pl.DataFrame, shapes: Shapes, outlines: dict[str, shapely.Geometry]
) -> tuple[Shapes, list[pl.DataFrame]]:
    """Voronoi cells for the points of townships that have an outline themselves but whose units have none."""
    made = shapes.copy()
    rows: list[dict[str, object]] = []
    table = units.select("unit_id", "area_code", "lon", "lat").with_row_index("i")
    for (code,), part in table.group_by("area_code", maintain_order=True):
        members = part["i"].to_numpy()
        ground = outlines.get(str(code))
        lon, lat = (part[c].cast(pl.Float64).to_numpy() for c in ("lon", "lat"))
        has_area = [shapes[i] is not None and shapes[i].geom_type not in ("Point",) for i in members]
        placed = np.isfinite(lon) & np.isfinite(lat)
        if ground is None or any(has_area) or not placed.any():
            continue
        plane = Plane.around(np.array([ground], dtype=object))
        points = plane.flat(shapely.points(lon[placed], lat[placed]))
        cells = voronoi_cells(
            shapely.get_x(points), shapely.get_y(points), plane.flat(np.array([ground], dtype=object))[0]
        )
        back = plane.round(cells.shapes)
        who = members[placed]
        made[who] = back
        rows.append(_drawn(str(code), len(who)))
        names = [str(units["unit_id"][int(i)]) for i in who]
        for k in range(len(who)):
            at = float(lon[placed][k]), float(lat[placed][k])
            if cells.same_as[k] != k:
                rows.append(_same_point(names[k], names[int(cells.same_as[k])], at))
            elif cells.outside[k]:
                rows.append(_point_outside(names[k], str(code), at))
    return made, [as_findings(rows)]


def _drawn(code: str, n: int) -> dict[str, object]:
    return finding(
        "drawn",
        other_id=code,
        size=float(n),
        size_unit="units",
        what=Words(f"{code} 的 {n:,} 个单元只有点", f"{n:,} units of {code} are points only"),
        assumed=Words(
            "每处地面算给最近的点（Voronoi），止于乡镇界线",
            "each place belongs to the nearest point (Voronoi), up to the township's outline",
        ),
        todo=Words("有实际界线时请提供", "give their outlines where they exist"),
    )


def _same_point(unit_id: str, other: str, at: tuple[float, float]) -> dict[str, object]:
    return finding(
        "same_point",
        unit_id=unit_id,
        other_id=other,
        at=at,
        what=Words(f"单元 {unit_id} 与 {other} 在同一点", f"units {unit_id} and {other} are at one point"),
        assumed=Words(f"地面算给 {other}，{unit_id} 没有界线", f"{other} has the ground, {unit_id} has none"),
        todo=Words("请改正其中一个的坐标", "correct the coordinates of one of them"),
    )


def _point_outside(unit_id: str, code: str, at: tuple[float, float]) -> dict[str, object]:
    return finding(
        "point_outside",
        unit_id=unit_id,
        other_id=code,
        at=at,
        what=Words(
            f"单元 {unit_id} 的点在 {code} 界线之外", f"unit {unit_id} lies outside the outline of {code}"
        ),
        assumed=Words("按其 area_code 参与划分", "takes part in dividing the township it states"),
        todo=Words("请核对坐标和 area_code", "check coordinates and area_code"),
    )


def _without_outline(units: pl.DataFrame, shapes: Shapes) -> pl.DataFrame:
    lon = units["lon"].is_not_null().to_list()
    without = [i for i in range(len(shapes)) if shapes[i] is None]
    rows = []
    for has_point, what, assumed in (
        (
            True,
            Words("只有点、没有界线", "have a point but no outline"),
            Words("地点算给 1 公里内最近的点；没有相邻单元", "places go to the nearest point; no neighbours"),
        ),
        (
            False,
            Words("既无界线也无坐标", "have neither outline nor coordinates"),
            Words("只能按编号对应", "found by id only"),
        ),
    ):
        members = [i for i in without if lon[i] is has_point]
        if members:
            first = units["unit_id"][members[0]]
            n = len(members)
            rows.append(
                finding(
                    "no_outline",
                    unit_id=first if n == 1 else None,
                    size=float(n),
                    size_unit="units",
                    what=Words(
                        f"{n:,} 个单元{what.zh}（如 {first}）", f"{n:,} units {what.en} (such as {first})"
                    ),
                    assumed=assumed,
                    todo=Words(
                        "请提供界线，或提供乡镇界线（areas.geojson）以便划分",
                        "give outlines, or the townships' outlines (areas.geojson) to divide them by",
                    ),
                )
            )
    return as_findings(rows)


def _placed(units: pl.DataFrame, mended: Mended, given: Shapes, drawn: Shapes) -> pl.DataFrame:
    """Mended and drawn outlines as text; a point inside each where the table has no centre."""
    back = mended.degrees()
    old = units["geometry"].to_list()
    texts = shapely.to_geojson(back)
    lon, lat = units["lon"].to_list(), units["lat"].to_list()
    out: list[str | None] = []
    for i, shape in enumerate(back):
        is_new = mended.changed[i] or (drawn[i] is not given[i])
        out.append((str(texts[i]) if shape is not None else None) if is_new else old[i])
        if shape is not None and (lon[i] is None or lat[i] is None):
            inside = shape.representative_point()
            lon[i], lat[i] = round(inside.x, 7), round(inside.y, 7)
    return units.with_columns(
        pl.Series("lon", lon, dtype=pl.Float64),
        pl.Series("lat", lat, dtype=pl.Float64),
        pl.Series("geometry", out, dtype=pl.String),
    )


def _borders(mended: Mended, ids: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Borders of touching outlines; across streets where otherwise too many units stand alone."""
    borders = find_borders(mended.shapes, ids, gap_m=TOUCH_M)
    n = sum(s is not None for s in mended.shapes)
    linked = len({*borders["unit_a"].to_list(), *borders["unit_b"].to_list()})
    if n < 2 or n - linked <= _MANY_ISLANDS * n:
        return borders, as_findings([])
    wide = find_borders(mended.shapes, ids, gap_m=ROAD_M)
    if wide.height <= borders.height:
        return borders, as_findings([])
    said = finding(
        "wide_borders",
        size=float(n - linked),
        size_unit="units",
        share=round((n - linked) / n, 4),
        what=Words(
            f"{n:,} 个单元中 {n - linked:,} 个与其他单元的界线不相接",
            f"outlines of {n - linked:,} of {n:,} units touch no other",
        ),
        assumed=Words(
            f"界线相距不超过 {ROAD_M:.0f} 米即为隔路相邻",
            f"outlines up to {ROAD_M:.0f} m apart face each other across a street: neighbours",
        ),
        todo=Words("若不合适，请提供 adjacency 表", "where that is wrong, give a table adjacency"),
    )
    return wide, as_findings([said])


def _shift(mended: Mended, units: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """A finding where cases fit their stated areas better after a GCJ-02 shift."""
    back = mended.degrees()
    by_area: dict[str, list[shapely.Geometry]] = {}
    for code, shape in zip(units["area_code"].to_list(), back, strict=True):
        if shape is not None:
            by_area.setdefault(code, []).append(shape)
    stated = cases.filter(
        pl.col("lon").is_not_null() & pl.col("lat").is_not_null() & pl.col("area_code").is_in(list(by_area))
    )
    if stated.height < 6:
        return as_findings([])
    whole = {code: union(by_area[code], grid=GRID_DEG) for code in stated["area_code"].unique().to_list()}
    homes = np.array([whole[code] for code in stated["area_code"].to_list()], dtype=object)
    shift = shift_of_members(stated["lon"].to_numpy(), stated["lat"].to_numpy(), homes)
    return shift_finding(shift) if shift.verdict in (Verdict.GCJ02, Verdict.REVERSE) else as_findings([])


def shift_finding(shift: Shift) -> pl.DataFrame:
    """A shift as one finding."""
    size = float(np.hypot(shift.predicted_east_m, shift.predicted_north_m))
    return as_findings(
        [
            finding(
                "shifted",
                size=round(size, 1),
                size_unit="m",
                share=round(shift.confidence, 4),
                what=shift.words(),
                assumed=Words("坐标按文件所述使用，未作转换", "coordinates are used as the files state them"),
                todo=Words(
                    '请向提供者核实，并在 feeds.toml 中写 crs = "GCJ-02"',
                    'ask the sender, then say crs = "GCJ-02" in feeds.toml',
                ),
            )
        ]
    )


def _notes(whole: pl.DataFrame) -> tuple[Words, ...]:
    """One sentence for each kind of finding: how many, and the first one in full."""
    said = []
    for name, words in FINDINGS.items():
        part = whole.filter(pl.col("finding") == name)
        if not part.height:
            continue
        first = part.row(0, named=True)
        zh = f"{words.zh}：{first['what_zh']}；{first['assumed_zh']}。"
        en = f"{words.en[0].upper()}{words.en[1:]}: {first['what_en']}; {first['assumed_en']}."
        if part.height > 1:
            zh += f"另有 {part.height - 1:,} 处，见 ground_findings。"
            en += f" {part.height - 1:,} more in ground_findings."
        said.append(Words(zh, en))
    return tuple(said)
