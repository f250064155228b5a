"""Small counties of surveillance streams: figures by day, area and stream, as arrays and as tables."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from fireline.records.model import Records, schema
from fireline.signals.baselines import expect_figures
from fireline.signals.calibration import calibrate_streams
from fireline.signals.streams import default_streams

FIRST = date(2026, 6, 1)  # a Monday, far from the long holidays
TZ = ZoneInfo("Asia/Shanghai")
STREAMS = ("antipyretic_sales", "fever_clinic", "school_absence")
COUNTY = "EX-0101"


def codes(n):
    """Area codes of n townships."""
    return [f"{COUNTY}{k + 1:02d}" for k in range(n)]


def figures(n_days=120, n_areas=6, n_streams=3, *, mean=20.0, seed=1, phi=1.5):
    """Quiet figures, shape (n_days, n_areas, n_streams)."""
    rng = np.random.default_rng(seed)
    shape = (n_days, n_areas, n_streams)
    return rng.negative_binomial(mean / (phi - 1), 1 / phi, shape).astype(float)


def raised(figure, *, area=1, begun=100, more=1.0, streams=(0, 1, 2)):
    """The same with an excess of so much of its mean in one area from some day on."""
    out = figure.copy()
    for s in streams:
        out[begun:, area, s] += np.round(more * figure.mean())
    return out


def known(figure, *, names=STREAMS, book=None, **more):
    """Expectations and calibration of figures."""
    book = book or default_streams()
    streams = [book.of(n) for n in names[: figure.shape[2]]]
    expected = expect_figures(figure, streams, codes(figure.shape[1]), first=FIRST, **more)
    return expected, calibrate_streams(expected)


def squares(areas, *, columns=3):
    """The table of areas: townships that are squares side by side, in one county."""
    rows = []
    for k, code in enumerate(areas):
        x, y = k % columns, k // columns
        ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]
        rows.append(
            {
                "area_code": code, "parent_code": COUNTY, "level": "township", "name": code,
                "geometry": f'{{"type": "Polygon", "coordinates": [{ring}]}}',
            }
        )  # fmt: skip
    rows.append({"area_code": COUNTY, "parent_code": "EX", "level": "county", "name": "county"})
    return pl.DataFrame([{c: r.get(c) for c in schema("areas")} for r in rows], schema=schema("areas"))


def counts_table(figure, *, names=STREAMS, first=FIRST, areas=None):
    """The table of counts of figures; NaN = no row."""
    areas = areas or codes(figure.shape[1])
    day, area, stream = np.nonzero(np.isfinite(figure))
    return pl.DataFrame(
        {
            "stream": [names[s] for s in stream],
            "area_code": [areas[a] for a in area],
            "date": [first + timedelta(days=int(d)) for d in day],
            "count": figure[day, area, stream],
            "denominator": pl.Series([None] * day.size, dtype=pl.Float64),
        }
    ).select(*schema("counts"))


def county(figure, *, names=STREAMS, columns=3, area=COUNTY, **tables):
    """Records of a county with such figures."""
    found = {
        "counts": counts_table(figure, names=names),
        "areas": squares(codes(figure.shape[1]), columns=columns),
    }
    return Records({**found, **tables}, TZ, area)
