"""A small town for the tests of sampling rounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from fireline.tasks.sampling.means import Deadline, Means
from fireline.tasks.sampling.schedule import Ways
from fireline.tasks.sampling.tables import READS
from fireline.words import Words


def ways(*links: tuple[int, int], n_units: int, n_sites: int, metres: float = 100.0) -> Ways:
    """Ways in the order given; the k-th site of a unit is k times as far."""
    order = sorted(range(len(links)), key=lambda k: (links[k][0], k))
    unit = np.array([links[k][0] for k in order], dtype=np.int64)
    site = np.array([links[k][1] for k in order], dtype=np.int64)
    rank = np.array([sum(unit[:k] == unit[k]) for k in range(len(unit))], dtype=float)
    return Ways(unit, site, metres * (rank + 1), n_units, n_sites)


def town(n: int = 6, people: int = 600) -> pl.DataFrame:
    """Units in a row, 500 m apart."""
    return pl.DataFrame(
        {
            "unit_id": [f"U{i}" for i in range(n)],
            "population": [people] * n,
            "lon": [114.0 + 0.00535 * i for i in range(n)],
            "lat": [33.0] * n,
        },
        schema=READS["units"],
    )


def sites(*at: int, lanes: int = 4) -> pl.DataFrame:
    """Sites beside some units."""
    return pl.DataFrame(
        {
            "site_id": [f"S{i}" for i in at],
            "lon": [114.0 + 0.00535 * i + 0.0005 for i in at],
            "lat": [33.0] * len(at),
            "most_teams": [lanes] * len(at),
        },
        schema=READS["sites"],
    )


def labs(*rows: tuple[str, float, float]) -> pl.DataFrame:
    return pl.DataFrame(list(rows or [("L", 1000.0, 4.0)]), schema=READS["labs"], orient="row")


def means(**changed: Any) -> Means:
    base: dict[str, Any] = {
        "teams": 6, "people_per_team_h": 100.0, "registrars": 20, "people_per_registrar_h": 50.0,
        "tubes": 10_000, "labs": labs(), "courier_h": 1.0, "recall_h": 2.0, "open_h": 24.0, "reach_m": 1_200.0,
    }  # fmt: skip
    return Means(**(base | changed))


def within(hours: float) -> Deadline:
    return Deadline(
        hours, "cn-x/deadline", "x", Words(f"规则要求 {hours:g} 小时", f"the rule asks for {hours:g} hours")
    )
