"""Generated counties of six streams, quiet and with outbreaks of two shapes, as worlds of fusion_worlds.

Benchmarks: read by signals_fusion.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.fusion_worlds import Outbreak, World
from fireline.drill.streams import (
    RESPIRATORY,
    StreamModel,
    background,
    from_one_source,
    reports,
    spread_by_person,
)
from fireline.policy import Profile, load_library
from fireline.records.model import Records, schema
from fireline.signals.fusion.areas import AreaSets, area_sets
from fireline.signals.streams import StreamBook, default_streams

FIRST = date(2023, 1, 2)  # a Monday
COLUMNS, ROWS = 6, 4
SPACING = 80
"""Days between outbreaks of one county: each is over, and a baseline found again, before the next."""


def land(n_columns: int = COLUMNS, n_rows: int = ROWS) -> AreaSets:
    """Sets of areas of a county whose townships are squares."""
    squares = []
    for k in range(n_columns * n_rows):
        x, y = k % n_columns, k // n_columns
        ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]
        squares.append({"area_code": f"T{k:02d}", "geometry": f'{{"type":"Polygon","coordinates":[{ring}]}}'})
    rows = [{c: s.get(c) for c in schema("areas")} for s in squares]
    records = Records({"areas": pl.DataFrame(rows, schema=schema("areas"))}, ZoneInfo("UTC"))
    return area_sets(records, [s["area_code"] for s in squares])


def spill(
    infected: NDArray[np.int64], home: int, sets: AreaSets, *, share: float, rng: np.random.Generator
) -> dict[int, NDArray[np.int64]]:
    """Part of the infections fall in the areas beside."""
    beside = sets.neighbours[home]
    away = rng.binomial(infected, share) if beside else np.zeros_like(infected)
    found = {home: infected - away}
    for t in np.flatnonzero(away).tolist():
        for area in rng.choice(beside, away[t]).tolist():
            found.setdefault(area, np.zeros_like(infected))[t] += 1
    return found


def shape_of(kind: str, profile: Profile, *, n_days: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """New infections by day: a person-to-person outbreak that takes off, or people at one table."""
    if kind == "source":
        size = int(rng.integers(60, 200))
        return from_one_source(size=size, n_exposed_days=1, n_days=n_days, rng=rng)
    while True:
        infected = spread_by_person(
            profile, r=float(rng.uniform(1.6, 2.6)), n_days=n_days, seeds=3, most=1_500, rng=rng
        )
        if infected.sum() >= 60:  # those that die out by themselves need no alarm
            return infected


def county(
    *,
    kind: str | None,
    disease: str,
    rng: np.random.Generator,
    n_days: int = 1_095,
    learn: int = 400,
    models: Sequence[StreamModel] = RESPIRATORY,
    book: StreamBook | None = None,
) -> World:
    """One county; ``kind`` "person" or "source" puts outbreaks in, None leaves it quiet."""
    sets = land()
    population = rng.integers(8_000, 60_000, len(sets.areas))
    ordered = sorted(models, key=lambda m: m.stream)
    made = background(ordered, population=population, n_days=n_days, first_weekday=FIRST.weekday(), rng=rng)
    streams = tuple((book or default_streams()).of(m.stream) for m in ordered)
    figure, outbreaks = made.counts, []
    if kind is not None:
        profile = load_library().profile(disease)
        assert profile is not None
        for start in range(learn + int(rng.integers(0, 20)), n_days - 60, SPACING):
            home = int(rng.integers(len(sets.areas)))
            infected = shape_of(kind, profile, n_days=n_days - start, rng=rng)
            parts = spill(infected, home, sets, share=0.15 if kind == "person" else 0.0, rng=rng)
            for area, mine in parts.items():
                for s, model in enumerate(ordered):
                    weekday = (FIRST.weekday() + start) % 7
                    figure[start:, area, s] += reports(mine, model, profile, first_weekday=weekday, rng=rng)
            outbreaks.append(Outbreak(start, tuple(parts), int(infected.sum())))
    return World(figure, streams, sets, FIRST, (learn, n_days), tuple(outbreaks))
