"""Read GeoJSON: one row per feature, its properties as columns, its outline checked and kept as text.

Chapter 1: runs inside the limited child process, after the pre-scan.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field

from fireline.errors import Fault, FaultCode, InputError
from fireline.feeds.limits import MAX_CORNERS
from fireline.feeds.model import RawTable
from fireline.feeds.readers.json import flat_record, record_table, refuse_constant
from fireline.feeds.readers.text import decode
from fireline.feeds.systems import GCJ02, WGS84, parse_crs
from fireline.words import Words

_LEVELS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
"""Geometry type -> how many lists stand around one position."""

_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?")
_A_GEOMETRY = Words(
    "RFC 7946 几何：点、线或面，经度 -180 至 180、纬度 -90 至 90，环不少于 4 点",
    "an RFC 7946 point, line or polygon: longitudes -180 to 180, latitudes -90 to 90, rings of 4 or more",
)
_NO_FEATURES = Words("（没有要素）", "(no features)")


class _BadGeometryError(Exception):
    """Why one geometry cannot be used; never leaves this module."""

    def __init__(self, said: Words) -> None:
        super().__init__(said.en)
        self.words = said


@dataclass
class _Tally:
    """What was met on the way through a file."""

    corners: int = 0
    closed: int = 0
    heights: int = 0
    metres: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


def read_geojson(data: bytes, *, name: str, encoding: str = "", crs: str = "") -> RawTable:
    """Read one FeatureCollection.

    Parameters
    ----------
    data : the whole file, already pre-scanned
    name : file name inside the folder
    encoding : declared by the mapping
    crs : stated by the mapping, wins over the file's own ``crs`` member; "" where nothing is stated

    Returns
    -------
    RawTable   one row per feature: each property a column (nested ones dotted), ``id`` of the feature where
        no property has that name, ``geometry`` as GeoJSON text, ``lon`` and ``lat`` of points

    Raises
    ------
    InputError   not a FeatureCollection, an unknown coordinate system, coordinates in metres, or too large

    Notes
    -----
    Coordinates keep the digits they were written with; heights are left out. A ring that does not end where
    it began is closed. Both are said in the notes. A geometry that cannot be used becomes unknown with a
    fault; its row stays.
    """
    text, used, notes = decode(data, name=name, encoding=encoding)
    features, member = _features(text, name)
    system = crs or _stated(member, name)
    tally = _Tally()
    items, faults = [], []
    for number, feature in enumerate(features, 1):
        item, why = _item(feature, name, tally)
        if tally.corners > MAX_CORNERS:
            raise InputError(
                Words(
                    f"{name}：界线顶点超过 {MAX_CORNERS:,} 个；请简化或拆开",
                    f"{name}: more than {MAX_CORNERS:,} corners of outlines; simplify or split the file",
                )
            )
        items.append(item)
        if why is not None:
            faults.append(Fault(name, number, "geometry", FaultCode.NOT_A_GEOMETRY, why, _A_GEOMETRY, "null"))
    if tally.metres * 2 > len(features):
        raise InputError(
            Words(
                f"{name}：{tally.metres:,} 个要素的坐标不是经纬度（像是以米为单位的投影坐标）；"
                "请另存为 EPSG:4326 或 EPSG:4490",
                f"{name}: coordinates of {tally.metres:,} features are no degrees (they look like projected "
                "metres); save the file as EPSG:4326 or EPSG:4490",
            )
        )
    said = (*notes, _system_note(crs, system), *_notes(tally))
    made = record_table(items, name, "", used, said)
    return RawTable(
        name, "", made.rows, made.n_rows, tuple(faults), encoding=used, notes=said, crs=system or WGS84
    )


def _features(text: str, name: str) -> tuple[list[object], object]:
    """Features of a FeatureCollection and its ``crs`` member."""
    try:
        # numbers stay the text they were: no digit of a coordinate is lost or made up
        top = json.loads(text, parse_float=str, parse_int=str, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(
            Words(
                f"{name}：不是有效的 JSON（{error}）；请重新生成文件",
                f"{name}: not valid JSON ({error}); write the file again",
            )
        ) from error
    features = top.get("features") if isinstance(top, dict) else None
    if not isinstance(top, dict) or top.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise InputError(
            Words(
                f"{name}：不是 GeoJSON 的 FeatureCollection；请导出为要素集合",
                f"{name}: not a GeoJSON FeatureCollection; export it as a collection of features",
            )
        )
    if not features:
        raise InputError(
            Words(f"{name}：{_NO_FEATURES.zh}", f"{name}: {_NO_FEATURES.en}; export it with its features")
        )
    return features, top.get("crs")


def _stated(member: object, name: str) -> str:
    """System of a ``crs`` member; "" where there is none."""
    if member is None:
        return ""
    properties = member.get("properties") if isinstance(member, dict) else None
    said = properties.get("name") if isinstance(properties, dict) else member
    if not isinstance(said, str):
        raise InputError(
            Words(
                f"{name}：crs 成员没有坐标系名称；请在 feeds.toml 中写明 crs",
                f"{name}: its crs member names no system; say crs in feeds.toml",
            )
        )
    try:
        return parse_crs(said)
    except InputError as error:
        raise InputError(Words(f"{name}：{error.words.zh}", f"{name}: {error.words.en}")) from error


def _system_note(said: str, system: str) -> Words:
    shown = {WGS84: "WGS-84", GCJ02: "GCJ-02"}.get(system, "CGCS2000")
    if not system:
        return Words(
            "文件没有说明坐标系，按 GeoJSON 标准视为 WGS-84；国内在线地图的界线多为 GCJ-02，若是请在 "
            "feeds.toml 中写 crs",
            "no coordinate system stated: read as WGS-84, as GeoJSON means it; outlines from Chinese online "
            "maps are mostly GCJ-02, if so say crs in feeds.toml",
        )
    by = Words("feeds.toml", "feeds.toml") if said else Words("文件的 crs 成员", "the file's crs member")
    moved = Words("，已转换为 WGS-84", "; converted to WGS-84") if system == GCJ02 else Words("。", ".")
    if system not in (GCJ02, WGS84):
        moved = Words("，与 WGS-84 相差厘米级，未作改动", "; within centimetres of WGS-84, kept as it is")
    return Words(
        f"坐标系 {shown}（{by.zh} 说明）{moved.zh}", f"coordinate system {shown}, stated by {by.en}{moved.en}"
    )


def _notes(tally: _Tally) -> tuple[Words, ...]:
    said = []
    if tally.closed:
        said.append(
            Words(
                f"{tally.closed:,} 个环首尾不相接，已闭合",
                f"{tally.closed:,} rings did not end where they began; closed",
            )
        )
    if tally.heights:
        said.append(
            Words(
                f"{tally.heights:,} 个坐标带高程，高程未读取",
                f"heights of {tally.heights:,} corners not read",
            )
        )
    return tuple(said)


def _item(feature: object, name: str, tally: _Tally) -> tuple[dict[str, str | None], Words | None]:
    """Columns of one feature, and why its geometry is out (None where it is not)."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise InputError(
            Words(f"{name}：features 中有一项不是 Feature", f"{name}: an entry of features is no Feature")
        )
    properties = feature.get("properties")
    item = flat_record(properties, name) if isinstance(properties, dict) else {}
    if isinstance(feature.get("id"), str):
        item.setdefault("id", feature["id"])
    geometry = feature.get("geometry")
    item["geometry"] = None
    if geometry is None:
        return item, None
    try:
        kind, text = _geometry(geometry, tally)
    except _BadGeometryError as error:
        return item, error.words
    tally.kinds[kind] += 1
    item["geometry"] = text
    if kind == "Point":
        lon, lat = text[text.index(":[") + 2 : -2].split(",")
        item.setdefault("lon", lon)
        item.setdefault("lat", lat)
    return item, None


def _geometry(geometry: object, tally: _Tally) -> tuple[str, str]:
    """Type and GeoJSON text of one geometry."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or not isinstance(kind, str) or kind not in _LEVELS:
        raise _BadGeometryError(Words("其他种类的几何", "another kind of geometry"))
    body = _nested(geometry.get("coordinates"), _LEVELS[kind], "Polygon" in kind, tally)
    return kind, f'{{"type":"{kind}","coordinates":{body}}}'


def _nested(value: object, levels: int, is_ring: bool, tally: _Tally) -> str:
    if not isinstance(value, list):
        raise _BadGeometryError(Words("不是坐标列表", "no list of coordinates"))
    if levels == 0:
        return _position(value, tally)
    if not value:
        raise _BadGeometryError(Words("空的坐标列表", "an empty list of coordinates"))
    parts = [_nested(part, levels - 1, is_ring, tally) for part in value]
    if levels == 1 and is_ring:
        if parts[0] != parts[-1]:
            parts.append(parts[0])
            tally.closed += 1
        if len(parts) < 4:
            raise _BadGeometryError(
                Words(f"一个环只有 {len(parts)} 个点", f"a ring of {len(parts)} positions")
            )
    return "[" + ",".join(parts) + "]"


def _position(value: list[object], tally: _Tally) -> str:
    tally.corners += 1
    if len(value) < 2 or not all(isinstance(v, str) and _NUMBER.fullmatch(v) for v in value[:2]):
        raise _BadGeometryError(Words("坐标不是两个数字", "a position that is not two numbers"))
    lon, lat = float(str(value[0])), float(str(value[1]))
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        tally.metres += 1
        raise _BadGeometryError(Words("坐标超出经纬度范围", "a position outside the degrees of the globe"))
    tally.heights += len(value) > 2
    return f"[{value[0]},{value[1]}]"
