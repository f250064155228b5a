"""The chain in numbers: sizes, serial intervals, odd links, and how many others each case infected.

Chapter 7: reads nodes and stated links, is read by chain and the faces.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from fireline.contacts.intervals import allowed_days
from fireline.contacts.offspring import Offspring, fit_offspring
from fireline.policy import Profile

FIGURES: dict[str, pl.DataType] = {"name": pl.String(), "value": pl.String()}


def summarise(
    nodes: pl.DataFrame,
    edges: pl.DataFrame,
    *,
    infector: np.ndarray,
    profile: Profile | None,
    last_day: object,
) -> dict[str, Any]:
    """Numbers about the stated links; components and generations are those of the nodes.

    Parameters
    ----------
    nodes : DataFrame   columns contacts.tables.NODES
    edges : DataFrame   columns contacts.tables.EDGES, the stated links only
    infector : int64 array   row of the infector of every stated directed link between two cases
    profile : Profile or None   its serial interval says which cases are too recent to be counted for R and k
    last_day : date or None   last day of any case

    Returns
    -------
    dict   see model.Chain
    """
    sizes = nodes.group_by("component").len()["len"]
    serial = edges.filter(pl.col("flag").is_in(["", "negative", "missing_generation"]))[
        "serial_days"
    ].drop_nulls()
    in_chain = nodes.height - nodes["generation"].null_count()
    children = np.bincount(infector, minlength=nodes.height) if nodes.height else np.zeros(0, np.int64)
    recent = _recent(nodes, profile, last_day)
    return {
        "n_cases": nodes.height,
        "n_components": sizes.len(),
        "n_singletons": int((sizes == 1).sum()),
        "largest": int(sizes.max() or 0),  # type: ignore[arg-type]
        "n_links": edges.height,
        "n_directed": int(edges["directed"].sum()),
        "n_unresolved": int((edges["flag"] == "unresolved").sum()),
        "n_infectors": int((children > 0).sum()),
        "max_generation": nodes["generation"].max() if in_chain else None,
        "by_generation": {
            int(g): int(n)
            for g, n in nodes.drop_nulls("generation").group_by("generation").len().sort("generation").rows()
        },
        "n_serial": serial.len(),
        "mean_serial_days": serial.mean(),
        "sd_serial_days": serial.std(),
        "n_negative": int((serial < 0).sum()),
        "n_impossible": int((edges["flag"] == "negative").sum()),
        "n_missing_generation": int((edges["flag"] == "missing_generation").sum()),
        "n_missing_between": _between(edges, profile),
        "offspring": _tally(children),
        "n_recent": int(recent.sum()),
        "reproduction": fit_offspring(_tally(children[~recent])),
    }


def _tally(children: np.ndarray) -> dict[int, int]:
    counted, how_many = np.unique(children, return_counts=True)
    return {int(k): int(n) for k, n in zip(counted, how_many, strict=True)}


def _recent(nodes: pl.DataFrame, profile: Profile | None, last_day: object) -> np.ndarray:
    """Cases whose infected may not have fallen ill yet: closer to the last day than mean + 2 sd."""
    known = profile.serial_interval_days if profile is not None else None
    if known is None or not isinstance(last_day, date):
        return np.zeros(nodes.height, np.bool_)
    first = last_day - timedelta(days=known[0] + 2 * known[1])
    return np.array([d is not None and d > first for d in nodes["day"].to_list()], np.bool_)


def _between(edges: pl.DataFrame, profile: Profile | None) -> int:
    """Cases that are missing at least, if each odd interval is made of usual ones."""
    known = profile.serial_interval_days if profile is not None else None
    if known is None:
        return 0
    long = edges.filter(pl.col("flag") == "missing_generation")["serial_days"].drop_nulls().to_list()
    return sum(max(1, round(days / known[0]) - 1) for days in long)


def figures(summary: Mapping[str, Any], profile: Profile | None = None) -> pl.DataFrame:
    """The summary as a table of names and values for the output folder and the pages.

    Parameters
    ----------
    summary : mapping   as model.Chain holds it
    profile : Profile or None   adds the days between which an interval is not odd

    Returns
    -------
    DataFrame   columns FIGURES; values as text, "" = not computable, "inf" = without limit; lists by spaces
    """
    rows: list[tuple[str, str]] = []
    for name, value in summary.items():
        if isinstance(value, Offspring):
            rows += [(f"offspring_{f}", _text(getattr(value, f))) for f in Offspring.__slots__]
        elif isinstance(value, Mapping):
            rows.append((name, " ".join(f"{k}:{n}" for k, n in value.items())))
        else:
            rows.append((name, _text(value)))
    if profile is not None and summary:
        least, most = allowed_days(profile)
        rows += [("least_serial_days", _text(least)), ("most_serial_days", _text(most))]
    return pl.DataFrame(rows, schema=FIGURES, orient="row")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return " ".join(value) if isinstance(value, tuple) else str(value)
