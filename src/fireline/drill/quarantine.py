"""Samples of people who arrived and are watched: taken on the days the exercise pack asks for, some missed.

Drill: the writer puts them below the samples of cases and contacts.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from fireline.arrivals.owed import owed
from fireline.clock import local_midnight
from fireline.drill.county import CODE
from fireline.drill.observe import AT, AT_MIN, DISEASE, FIRST_DAY, TZ, instants
from fireline.policy import At, load_library
from fireline.records.model import Records, schema

_TAKEN_SHARE = 0.95


def quarantine_samples(tables: dict[str, pl.DataFrame], *, rng: np.random.Generator) -> pl.DataFrame:
    """Negative samples of accepted arrivals that are no cases, on the test days of the pack.

    Parameters
    ----------
    tables : dict   arrivals, risk_areas and cases of the exercise
    rng : numpy Generator   decides which are missed and at what hour one is taken

    Returns
    -------
    DataFrame   columns of the table tests, sorted by the moment of sampling, then person
    """
    duties = owed(_records(tables), At(load_library(), DISEASE, CODE, AT.astimezone(TZ).date()), at=AT).owed
    ill = tables["cases"]["person_key"].implode()
    accepted = tables["arrivals"].filter(pl.col("accepted_at").is_not_null())["arrival_id"].implode()
    days = (
        duties.filter(
            (pl.col("duty") == "test")
            & pl.col("subject_id").is_in(accepted)
            & ~pl.col("person_key").is_in(ill)
        )
        .select("person_key", day=pl.col("due_by") - timedelta(days=1))
        .unique()
        .sort("day", "person_key")
    )
    first = local_midnight(FIRST_DAY, TZ)
    offset = ((days["day"] - first).dt.total_minutes()).to_numpy()
    taken = offset + rng.integers(8 * 60, 18 * 60, len(offset))
    known = taken + rng.integers(300, 1_100, len(offset))
    keep = (rng.random(len(offset)) < _TAKEN_SHARE) & (taken <= AT_MIN)
    order = np.flatnonzero(keep)[np.argsort(taken[keep], kind="stable")]
    return pl.DataFrame(
        {
            "sample_id": [f"EX-S{k + 1:05d}" for k in range(len(order))],
            "subject_kind": pl.Series(["person"] * len(order), dtype=pl.String),
            "subject_id": days["person_key"].gather(order),
            "kind": pl.Series(["nucleic_acid"] * len(order), dtype=pl.String),
            "taken_at": instants(taken[order]),
            "result_at": instants(known[order]),
            "result": np.where(known[order] <= AT_MIN, "negative", "pending").tolist(),
        },
        schema_overrides={"result": pl.String},
    )


def _records(tables: dict[str, pl.DataFrame]) -> Records:
    """Arrivals and risk areas as cleaned tables: every column is there, instants are known to the minute."""
    found = {}
    for name in ("arrivals", "risk_areas"):
        shape = schema(name)
        table = tables[name]
        found[name] = table.select(
            table[column].cast(dtype)
            if column in table.columns
            else pl.lit("minute" if column.endswith("_precision") else None, dtype).alias(column)
            for column, dtype in shape.items()
        )
    return Records(found, TZ, CODE)
