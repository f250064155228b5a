"""Published county outlines of Zhoukou: which of two sources is GCJ-02, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from tests.acceptance.test_intake_real import DATA

from fireline.feeds.crs import shapes_to_wgs84
from fireline.feeds.readers import read
from fireline.feeds.systems import GCJ02
from fireline.zones.outlines.borders import find_borders
from fireline.zones.outlines.mend import mend
from fireline.zones.outlines.shift import Verdict, shift_of_outlines

FOLDER = DATA / "china_admin_geo"
ONLINE, OLDER = "citys_411600.geojson", "zhoukou_counties_2015_longwosion.geojson"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(
        not FOLDER.is_dir(), reason="the published outlines are not on this machine (../shared/data)"
    ),
]


def outlines(name: str, key: str) -> dict[str, shapely.Geometry]:
    (raw,) = read(name, (FOLDER / name).read_bytes())
    shapes = shapely.make_valid(shapely.from_geojson(raw.rows["geometry"].to_list()))
    return dict(zip(raw.rows[key].to_list(), shapes, strict=True))


def both() -> tuple[np.ndarray, np.ndarray]:
    one, other = outlines(ONLINE, "adcode"), outlines(OLDER, "id")
    codes = sorted(set(one) & set(other))
    assert len(codes) == 10
    return tuple(np.array([source[c] for c in codes], dtype=object) for source in (one, other))


def test_the_online_outlines_are_gcj02_against_the_older_file():
    shift = shift_of_outlines(*both())
    assert shift.verdict is Verdict.GCJ02 and shift.confidence > 0.999
    # measured +551 m E, -152 m N; the formula gives +516, -169: within two standard errors of 32 m
    assert shift.east_m == pytest.approx(shift.predicted_east_m, abs=70)
    assert shift.north_m == pytest.approx(shift.predicted_north_m, abs=70)


def test_converted_outlines_are_not_shifted_any_more():
    online, older = both()
    assert shift_of_outlines(shapes_to_wgs84(online, crs=GCJ02), older).verdict is Verdict.NONE


def test_ten_counties_border_each_other_as_on_the_map():
    found = outlines(ONLINE, "adcode")
    names = sorted(found)
    mended = mend(np.array([found[n] for n in names], dtype=object), names)
    borders = find_borders(mended.shapes, names)
    linked = {frozenset(p) for p in borders.select("unit_a", "unit_b").iter_rows()}
    assert frozenset(("411624", "411625")) in linked  # Shenqiu and Dancheng
    assert frozenset(("411624", "411681")) in linked  # Shenqiu and Xiangcheng
    assert frozenset(("411624", "411628")) not in linked  # Shenqiu and Luyi lie apart
    assert {*borders["unit_a"], *borders["unit_b"]} == set(names)


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.geojson")) or [FOLDER], ids=lambda p: p.name)
def test_every_published_file_is_read_whole(path: Path):
    (raw,) = read(path.name, path.read_bytes())
    n = len(json.loads(path.read_text("utf-8-sig"))["features"])
    assert (raw.n_rows, raw.faults) == (n, ())
