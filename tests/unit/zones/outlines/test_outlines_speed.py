"""Twenty thousand units are divided, linked and checked in seconds."""

from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest
import shapely
from tests.unit.zones.outlines.outline_worlds import PLANE, nothing

from fireline.records.model import schema
from fireline.zones.outlines.complete import complete
from fireline.zones.outlines.partition import voronoi_cells

pytestmark = pytest.mark.long
N = 20_000
MOST_S = 30.0  # measured 4 s on two free cores, three times that where others work


def test_twenty_thousand_units_take_seconds() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-20_000, 20_000, (2, N))
    begin = time.perf_counter()
    cells = voronoi_cells(x, y, shapely.box(-20_000, -20_000, 20_000, 20_000))
    units = pl.DataFrame(
        {
            "unit_id": [f"U{i:05d}" for i in range(N)],
            "area_code": ["T"] * N,
            "kind": ["village"] * N,
            "population": [50] * N,
            "lon": [None] * N,
            "lat": [None] * N,
            "geometry": shapely.to_geojson(PLANE.round(cells.shapes)),
        },
        schema=schema("units"),
    )
    found = complete(units, areas=nothing("areas"), cases=nothing("cases"))
    assert time.perf_counter() - begin < MOST_S
    # a planar map: fewer than three borders for each unit
    assert 2.8 * N < found.adjacency.height < 3 * N
    assert set(found.findings["finding"]) <= {"sliver"}
