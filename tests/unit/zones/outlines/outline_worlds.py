"""Small grounds for the tests of outlines: squares on a plane in metres, and as tables in degrees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import shapely

from fireline.records.model import empty, schema
from fireline.zones.outlines.plane import Plane, Shapes

PLANE = Plane(114.0, 33.0)


def shapes(*found: Any) -> Shapes:
    out = np.empty(len(found), dtype=object)
    out[:] = found
    return out


def row_of_boxes(n: int, *, size: float = 100.0, gap: float = 0.0) -> Shapes:
    return shapes(*(shapely.box(i * (size + gap), 0, i * (size + gap) + size, size) for i in range(n)))


def degrees(*flat: Any) -> Shapes:
    return PLANE.round(shapes(*flat))


def text(flat: Any) -> str | None:
    return None if flat is None else str(shapely.to_geojson(degrees(flat)[0]))


def table(name: str, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(schema(name)) | r for r in rows], schema=schema(name))


def unit(unit_id: str, flat: Any = None, **more: Any) -> dict[str, Any]:
    base = {
        "unit_id": unit_id,
        "area_code": "T1",
        "kind": "village",
        "population": 10,
        "geometry": text(flat),
    }
    return base | more


def pairs(borders: pl.DataFrame) -> list[tuple[str, str]]:
    return list(borders.select("unit_a", "unit_b").iter_rows())


def nothing(name: str) -> pl.DataFrame:
    return empty(name)
