"""What stands around the people of the exercise: areas, units, places, counts, arrivals, cold chain.

Drill: canonical tables that hold no contact of a case but that signals, arrivals and zones read.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import shapely

from fireline.drill.county import CODE, N_TOWNSHIPS, NAME, OCCUPATION_I, County, township_code, unit_id
from fireline.drill.observe import (
    AT_MIN,
    FIRST_DAY,
    N_DAYS,
    NEVER,
    Observed,
    home_id,
    home_points,
    instants,
    person_key,
)
from fireline.drill.outbreak import TRAIN_MIN, Outbreak
from fireline.drill.schedule import DAY_MIN

HISTORY_DAYS = 49
INDEX_TRAIN = "EXG217"
_RISK = (
    ("丰泽市东港区（演练） Donggang District (exercise)", "EX-0203", "high", 0, 12),
    ("丰泽市西渡区（演练） Xidu District (exercise)", "EX-0205", "medium", 2, None),
    ("海门州（演练） Haimen Prefecture (exercise)", "EX-0310", "high", 5, None),
    ("临谷县（演练） Lingu County (exercise)", "EX-0102", "medium", 14, None),
    ("丰泽市东港区（演练） Donggang District (exercise)", "EX-0203", "medium", 12, None),
    ("南浦县（演练） Nanpu County (exercise)", "EX-0107", "low", 1, None),
)


def surround(
    county: County, outbreak: Outbreak, observed: Observed, *, rng: np.random.Generator
) -> dict[str, pl.DataFrame]:
    """Tables by name, from areas to risk_areas.

    ``tests`` holds the samples of goods and sites only; the writer puts them below those of people.
    """
    lots, handlers, samples = _cold_chain(county, rng)
    return {
        "areas": _areas(county),
        "units": _units(county),
        "adjacency": _adjacency(county),
        "places": _places(county, observed),
        "counts": _counts(county, outbreak, rng),
        "arrivals": _arrivals(county, outbreak, rng),
        "lots": lots,
        "lot_handlers": handlers,
        "risk_areas": _risk_areas(),
        "tests": samples,
    }


def _areas(county: County) -> pl.DataFrame:
    town = np.bincount(county.people.township, minlength=N_TOWNSHIPS)
    shapes = [shapely.to_geojson(s) for s in county.land.township_shapes]
    return pl.DataFrame(
        {
            "area_code": [CODE, *(township_code(t) for t in range(N_TOWNSHIPS))],
            "parent_code": ["EX", *[CODE] * N_TOWNSHIPS],
            "level": ["county", *["township"] * N_TOWNSHIPS],
            "name": [NAME, *county.township_name],
            "population": [int(town.sum()), *town.tolist()],
            "geometry": [shapely.to_geojson(county.land.county_shape.simplify(1e-4)), *shapes],
        }
    )


def _units(county: County) -> pl.DataFrame:
    land = county.land
    n = len(land.unit_lon)
    return pl.DataFrame(
        {
            "unit_id": [unit_id(u) for u in range(n)],
            "area_code": [township_code(t) for t in land.unit_township.tolist()],
            "kind": np.where(land.is_urban, "compound", "village").tolist(),
            "population": np.bincount(county.people.unit, minlength=n),
            "lon": land.unit_lon,
            "lat": land.unit_lat,
            "geometry": [shapely.to_geojson(s) for s in land.unit_shapes],
        }
    )


def _adjacency(county: County) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "unit_a": [unit_id(u) for u in county.land.pairs[:, 0].tolist()],
            "unit_b": [unit_id(u) for u in county.land.pairs[:, 1].tolist()],
            "gates": county.land.gates,
        }
    )


def _places(county: County, observed: Observed) -> pl.DataFrame:
    """Public places and the homes of everybody in the tables."""
    p = county.places
    homes = np.unique(county.people.household[observed.in_scope])
    lon, lat, town = home_points(county, homes)
    first = np.searchsorted(county.people.household, homes)
    home_unit = county.people.unit[first].tolist()
    return pl.DataFrame(
        {
            "place_id": [*p.place_id, *(home_id(h) for h in homes.tolist())],
            "name": [*p.name, *(county.unit_name[u] for u in home_unit)],
            "kind": [*p.kind, *["home"] * len(homes)],
            "lon": np.concatenate([p.lon, lon]),
            "lat": np.concatenate([p.lat, lat]),
            "area_code": [township_code(t) for t in np.concatenate([p.township, town]).tolist()],
            "capacity": pl.Series(
                [*(c or None for c in p.capacity.tolist()), *[None] * len(homes)], dtype=pl.Int64
            ),
        }
    )


def _counts(county: County, outbreak: Outbreak, rng: np.random.Generator) -> pl.DataFrame:
    """Three daily streams per township with a weekly pattern, raised where people fell ill."""
    n_days = HISTORY_DAYS + N_DAYS
    days = [FIRST_DAY + timedelta(days=d - HISTORY_DAYS) for d in range(n_days)]
    ill = np.zeros((n_days, N_TOWNSHIPS))
    for i in outbreak.infections.values():
        if not i.is_asymptomatic and i.onset_min < N_DAYS * DAY_MIN:
            day = HISTORY_DAYS + i.onset_min // DAY_MIN
            for lag, weight in ((0, 1.0), (1, 0.8), (2, 0.4)):
                if day + lag < n_days:
                    ill[day + lag, county.people.township[i.person]] += weight
    people = np.bincount(county.people.township, minlength=N_TOWNSHIPS)
    pupils = np.bincount(
        county.people.township[county.people.occupation == OCCUPATION_I["pupil"]], minlength=N_TOWNSHIPS
    )
    parts = []
    for stream, rate, base, lift, week, schooldays in (
        ("fever_clinic", 0.0016, people, 2.2, (1.15, 1.0, 0.95, 0.95, 1.0, 0.95, 1.0), False),
        ("antipyretic_sales", 0.0040, people, 4.0, (1.0, 0.95, 0.95, 1.0, 1.05, 1.15, 1.1), False),
        ("school_absence", 0.018, pupils, 1.6, (1.15, 1.0, 0.95, 0.95, 1.05, 0.0, 0.0), True),
    ):
        season = np.array([week[d.weekday()] for d in days])[:, None]
        drawn = rng.poisson(rate * base[None, :] * season + lift * ill * (season > 0))
        for t in range(N_TOWNSHIPS):
            keep = [k for k, d in enumerate(days) if not schooldays or d.weekday() < 5]
            parts.append(
                pl.DataFrame(
                    {
                        "stream": stream,
                        "area_code": township_code(t),
                        "date": [days[k] for k in keep],
                        "count": drawn[keep, t],
                        "denominator": int(base[t]),
                    }
                )
            )
    return pl.concat(parts)


def _arrivals(county: County, outbreak: Outbreak, rng: np.random.Generator) -> pl.DataFrame:
    """Three pockets; the index case and twelve others on one train; some accepted late or never."""
    used = {*outbreak.infections, *outbreak.travellers}
    pool = [p for p in rng.permutation(county.people.n)[:900].tolist() if p not in used][:310]
    rows: list[tuple[int, str, str, str | None, str | None, int, int]] = []
    for k, person in enumerate(outbreak.travellers):
        seat = f"05-{7 + k // 5:02d}{'FDCBA'[k % 5]}"
        rows.append((person, "cross_region", "EX-0203", INDEX_TRAIN, seat, TRAIN_MIN - 700, TRAIN_MIN))
    origins = ("EX-0203", "EX-0205", "EX-0310", "EX-0102", "EX-0107", "EX-0111")
    for person in pool:
        pocket = str(rng.choice(["cross_region", "flight", "land_port"], p=[0.8, 0.13, 0.07]))
        arrives = int(rng.integers(0, N_DAYS - 1)) * DAY_MIN + int(rng.integers(7 * 60, 22 * 60))
        conveyance = {
            "flight": f"EX{rng.integers(100, 130)}",
            "cross_region": f"EXG{rng.integers(200, 240)}",
        }.get(pocket)
        origin = {"flight": "EX-0901", "land_port": "EX-0905"}.get(pocket) or str(rng.choice(origins))
        declared = arrives - int(rng.integers(200, 2000)) if rng.random() < 0.85 else NEVER
        rows.append((person, pocket, origin, conveyance, None, declared, arrives))
    rows.sort(key=lambda row: (row[6], row[0]))
    return _arrival_table(rows, county, rng)


def _arrival_table(rows: list, county: County, rng: np.random.Generator) -> pl.DataFrame:
    draw = rng.random(len(rows))
    wait = np.where(
        draw < 0.05, rng.integers(8 * 60, 40 * 60, len(rows)), rng.lognormal(np.log(55), 0.4, len(rows))
    )
    accepted = [NEVER if d > 0.965 else row[6] + int(w) for d, w, row in zip(draw, wait, rows, strict=True)]
    return pl.DataFrame(
        {
            "arrival_id": [f"EX-A{k + 1:04d}" for k in range(len(rows))],
            "person_key": [person_key(row[0]) for row in rows],
            "pocket": [row[1] for row in rows],
            "origin_area": [row[2] for row in rows],
            "conveyance": pl.Series([row[3] for row in rows], dtype=pl.String),
            "seat": pl.Series([row[4] for row in rows], dtype=pl.String),
            "declared_at": instants([row[5] for row in rows]),
            "arrives_at": instants([row[6] for row in rows]),
            "destination_area": [township_code(int(county.people.township[row[0]])) for row in rows],
            "accepted_at": instants(accepted),
        }
    )


def _cold_chain(county: County, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Forty lots of frozen goods at the cold store, who handled them, and their samples (one positive)."""
    store = county.places.place_id[int(county.places.of_kind("cold_store")[0])]
    staff = np.flatnonzero(county.people.occupation == OCCUPATION_I["cold_chain_worker"])
    n = 40
    arrives = np.sort(rng.integers(0, N_DAYS * DAY_MIN - 1_500, n))
    early = np.where(rng.random(n) < 0.9, rng.integers(2_900, 7_000, n), rng.integers(300, 2_800, n))
    declared = np.where(rng.random(n) < 0.08, NEVER, arrives - early)
    lots = pl.DataFrame(
        {
            "lot_id": [f"EX-L{k + 1:03d}" for k in range(n)],
            "product": rng.choice(["frozen_fish", "frozen_beef", "frozen_prawns", "ice_cream"], n).tolist(),
            "origin": rng.choice(["EX-0901", "EX-0905", "EX-0310", "EX-0111"], n).tolist(),
            "arrives_at": instants(arrives),
            "store_id": store,
            "units": rng.integers(40, 900, n),
            "declared_at": instants(declared),
        }
    )
    touched: list[tuple[str, int, int, int]] = []
    for k in range(n if len(staff) else 0):
        for person in rng.choice(staff, size=min(3, len(staff)), replace=False).tolist():
            start = int(arrives[k]) + int(rng.integers(10, 120))
            touched.append((f"EX-L{k + 1:03d}", person, start, start + int(rng.integers(40, 160))))
    touched = [row for row in touched if row[2] <= AT_MIN]
    handlers = pl.DataFrame(
        {
            "lot_id": pl.Series([row[0] for row in touched], dtype=pl.String),
            "person_key": pl.Series([person_key(row[1]) for row in touched], dtype=pl.String),
            "from": instants([row[2] for row in touched]),
            "to": instants([min(row[3], AT_MIN) for row in touched]),
        }
    )
    return lots, handlers, _samples_of_goods(arrives, store, rng)


def _samples_of_goods(arrives: np.ndarray, store: str, rng: np.random.Generator) -> pl.DataFrame:
    rows = [
        # sampled before midnight of the day it came, but for every ninth
        ("lot", f"EX-L{k + 1:03d}", int(m) + int(rng.integers(15, max(30, DAY_MIN - int(m) % DAY_MIN))))
        for k, m in enumerate(arrives)
        if k % 9
    ]
    rows += [("site", store, day * DAY_MIN + 600) for day in range(1, N_DAYS, 7)]
    rows = [row for row in rows if row[2] <= AT_MIN]
    positive = int(rng.integers(len(rows) // 3, 2 * len(rows) // 3))
    return pl.DataFrame(
        {
            "sample_id": [f"EX-G{k + 1:04d}" for k in range(len(rows))],
            "subject_kind": [row[0] for row in rows],
            "subject_id": [row[1] for row in rows],
            "kind": "nucleic_acid",
            "taken_at": instants([row[2] for row in rows]),
            "result_at": instants([row[2] + 600 for row in rows]),
            "result": [
                "pending" if row[2] + 600 > AT_MIN else "positive" if k == positive else "negative"
                for k, row in enumerate(rows)
            ],
        }
    )


def _risk_areas() -> pl.DataFrame:
    def day(n: int | None) -> date | None:
        return None if n is None else FIRST_DAY + timedelta(days=n)

    return pl.DataFrame(
        {
            "area": [row[0] for row in _RISK],
            "area_code": [row[1] for row in _RISK],
            "level": [row[2] for row in _RISK],
            "valid_from": [day(row[3]) for row in _RISK],
            "valid_to": pl.Series([day(row[4]) for row in _RISK], dtype=pl.Date),
            "listed_at": instants([row[3] * DAY_MIN + 8 * 60 for row in _RISK]),
        }
    )
