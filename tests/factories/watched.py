"""A small county in counts: six townships in a row, two streams over half a year, one township that falls ill."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta

import numpy as np
import polars as pl

from fireline.records.model import Records, schema

COUNTY = "CN-411624"
TOWNS = tuple(f"{COUNTY}{n}" for n in range(101, 107))
NAMES = ("东镇", "南镇", "西镇", "北镇", "上镇", "下镇")
DAYS = 180
LAST = date(2026, 6, 30)
ILL = 2
"""Column of the township that falls ill."""


def figures(stream_rate, *, lift=0.0, seed=1, n_days=DAYS, sick_days=6):
    """Counts (n_days, n_towns): Poisson around a rate, the last days of one township lifted."""
    rng = np.random.default_rng(seed)
    mean = np.full((n_days, len(TOWNS)), stream_rate)
    mean[n_days - sick_days :, ILL] += lift
    return rng.poisson(mean).astype(float)


def counts(*, lift=(12.0, 22.0), late=None, denominator=None):
    """Rows of the table counts of two streams; ``late`` = (stream, town, days missing at the end)."""
    rows = []
    for k, (stream, rate) in enumerate((("fever_clinic", 12.0), ("antipyretic_sales", 30.0))):
        values = figures(rate, lift=lift[k], seed=1006 + k)
        for i, town in enumerate(TOWNS):
            missing = late[2] if late and late[:2] == (stream, i) else 0
            for t in range(DAYS - missing):
                day = LAST - timedelta(days=DAYS - 1 - t)
                rows.append(
                    {
                        "stream": stream,
                        "area_code": town,
                        "date": day,
                        "count": values[t, i],
                        "denominator": denominator,
                    }
                )
    return rows


def areas(*, placed=True):
    """Rows of the table areas: the county and its townships, a point each where ``placed``."""

    def point(i):
        return json.dumps({"type": "Point", "coordinates": [115.0 + 0.1 * i, 33.0]}) if placed else None

    rows = [{"area_code": COUNTY, "level": "county", "name": "沈丘县", "geometry": None, "parent_code": None}]
    for i, (code, name) in enumerate(zip(TOWNS, NAMES, strict=True)):
        rows.append(
            {
                "area_code": code,
                "parent_code": COUNTY,
                "level": "township",
                "name": name,
                "geometry": point(i),
            }
        )
    return rows


def frame(table, rows):
    """Rows as a cleaned table."""
    wanted = schema(table)
    return pl.DataFrame([{c: row.get(c) for c in wanted} for row in rows], schema=wanted)


def records(*, count_rows=None, area_rows=None, **tables):
    """Records of the county."""
    from zoneinfo import ZoneInfo

    made = {
        "counts": frame("counts", counts() if count_rows is None else count_rows),
        "areas": frame("areas", areas() if area_rows is None else area_rows),
        **{name: frame(name, rows) for name, rows in tables.items()},
    }
    return Records(tables=made, tz=ZoneInfo("Asia/Shanghai"), area=COUNTY)


def write(folder, *, count_rows=None, area_rows=None):
    """The county as a feed folder of canonical files."""
    for name, rows in (("counts", count_rows or counts()), ("areas", area_rows or areas())):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder
