"""Names of coordinate systems as files write them.

Chapter 1: read by the readers, which load nothing heavier, and by the mapping.
"""

from __future__ import annotations

from fireline.errors import InputError
from fireline.words import Words

WGS84, CGCS2000, GCJ02 = "wgs84", "cgcs2000", "gcj02"
SYSTEMS = (WGS84, CGCS2000, GCJ02)
"""Systems a file may state. CGCS2000 and WGS-84 differ by centimetres and are read as the same."""

_NAMES = {
    "wgs84": WGS84, "epsg4326": WGS84, "4326": WGS84, "crs84": WGS84, "epsg4979": WGS84,
    "cgcs2000": CGCS2000, "epsg4490": CGCS2000, "4490": CGCS2000,
    "gcj02": GCJ02, "gcj": GCJ02, "mars": GCJ02, "火星坐标": GCJ02, "火星坐标系": GCJ02,
    "国测局坐标": GCJ02, "amap": GCJ02, "高德": GCJ02,
}  # fmt: skip


def parse_crs(text: str) -> str:
    """Name of a coordinate system as files write it.

    Parameters
    ----------
    text : "GCJ-02", "EPSG:4490", "urn:ogc:def:crs:OGC:1.3:CRS84", ...; case, spaces, hyphens do not count

    Returns
    -------
    str   one of ``SYSTEMS``

    Raises
    ------
    InputError   unknown, or a projected system (metres)
    """
    last = text.strip().rstrip(":").rsplit(":", 1)[-1] if text.lower().startswith("urn:") else text
    name = "".join(c for c in last.lower() if c.isalnum())
    found = _NAMES.get(name)
    if found is None:
        raise InputError(
            Words(
                f"坐标系“{text[:40]}”不认识；允许：WGS-84、CGCS2000（EPSG:4490）、GCJ-02；"
                "投影坐标（米）请先转换为经纬度",
                f"coordinate system {text[:40]!r} is not known; allowed: WGS-84, CGCS2000 (EPSG:4490), "
                "GCJ-02; turn projected coordinates (metres) into longitude and latitude first",
            )
        )
    return found
