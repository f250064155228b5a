"""The numbers that are kept: one small exercise county through the chapters, each figure by name.

A change of any of them is a change of results and belongs in the changelog.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fireline.clock import local_day, zone
from fireline.contacts import find
from fireline.drill.observe import AT
from fireline.drill.write import CODE, generate
from fireline.feeds.model import FILE, ORIGIN, ROW, Feed, FileRows, TableRows
from fireline.feeds.tables import TABLES
from fireline.investigations.describe import describe
from fireline.policy import At, load_library
from fireline.records.clean import clean
from fireline.signals import watch

SEED, PEOPLE = 5, 5_000
KEY = bytes(range(32))
FILE_OF_FIGURES = Path(__file__).with_name("exercise.json")


def figures() -> dict[str, Any]:
    """Work out every figure anew.

    Returns
    -------
    dict   by chapter; only counts, days and rounded means, so that no platform differs
    """
    records = _records()
    rules = At(load_library(), "exercise-x", CODE, local_day(AT, records.tz))
    signals, met = watch(records, rules, at=AT), find(records, rules, at=AT)
    contacts, chain = met.found, met.chain.summary
    summary = describe(records, rules, at=AT).summary
    alarms = pl.DataFrame([{"kind": a.kind, "level": a.level} for a in signals.alarms])
    return {
        "county": {"seed": SEED, "people": PEOPLE},
        "records": {name: records.table(name).height for name in sorted(TABLES) if records.has(name)},
        "signals": {
            "alarms": _count(alarms, "kind", "level"),
            "days_in_series": signals.series.height,
        },
        "investigation": {
            "cases": summary["n_by_class"],
            "first_onset": str(local_day(summary["first_onset"], records.tz)),
            "last_onset": str(local_day(summary["last_onset"], records.tz)),
            "curve_step": summary["curve_step"],
            "peak_count": summary["peak_count"],
            "stays": summary["n_stays"],
            "onset_to_report_median_days": _rounded(summary["onset_to_report_median_days"]),
        },
        "contacts": {
            "by_class": _count(contacts, "class"),
            "by_basis": _count(contacts, "basis"),
            "people": contacts["person_key"].n_unique(),
            "hours_together": int(contacts["overlap_s"].sum() // 3600),
        },
        "chain": {
            name: _rounded(chain[name])
            for name in (
                "n_components",
                "n_singletons",
                "largest",
                "n_directed",
                "n_unresolved",
                "n_infectors",
                "max_generation",
                "n_serial",
                "mean_serial_days",
                "sd_serial_days",
            )
        },
    }


def _records() -> Any:
    """The county's tables cleaned, as if each had been a file of text."""
    tables = generate(n_people=PEOPLE, rng=np.random.default_rng(SEED))
    parts, files = [], []
    for name, table in tables.items():
        if name not in TABLES:
            continue
        text = table.select(_as_text(column, dtype) for column, dtype in table.schema.items())
        lead = (
            pl.lit(f"{name}.csv").alias(FILE),
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW),
            pl.lit(0, pl.Int64).alias(ORIGIN),
        )
        parts.append(TableRows(name, text.select(*lead, *text.columns), {c: c for c in text.columns}))
        files.append(FileRows(f"{name}.csv", table.height))
    return clean(Feed(tuple(parts), tuple(files)), tz=zone("Asia/Shanghai"), area=CODE, key=KEY)


def _as_text(column: str, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        return pl.col(column).dt.convert_time_zone("UTC").dt.to_string("%Y-%m-%dT%H:%M:%SZ")
    return pl.col(column).cast(pl.String)


def _count(table: pl.DataFrame, *by: str) -> dict[str, int]:
    counted = table.group_by(by).len().sort(by)
    return {" ".join(str(v) for v in row[:-1]): int(row[-1]) for row in counted.iter_rows()}


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def written(found: dict[str, Any]) -> str:
    """The figures as they are kept."""
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def flat(found: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Figures by their whole name, such as ``contacts.by_class.close``."""
    out: dict[str, Any] = {}
    for name, value in found.items():
        whole = f"{path}.{name}" if path else name
        out.update(flat(value, whole) if isinstance(value, dict) else {whole: value})
    return out
