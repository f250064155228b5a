"""Zones on real outbreaks with places and dates: how many infections of the next days lay inside, on how much area.

Benchmarks: ``python -m benchmarks.zones_real [--every DAYS]``. Hexagons stand for units, all as large as each
other and as many people in each, so a weighted share of area is the cost. On each day of planning the zone is
drawn from the cases known then; *capture* is the share of the infections of the next 14 days that lay in a
sealed or managed hexagon, *prevented* weighs it by what the levels are held to prevent, *modelled* is what the
planner believed. Optimum and threshold get the two-tier rule's cost, so what is prevented decides; and the
two-tier rule's modelled coverage, so area decides.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import h3
import numpy as np
import polars as pl
from numpy.typing import NDArray

from fireline.policy import load_library
from fireline.zones.candidates.count import figures
from fireline.zones.candidates.model import Candidate, Effect, Limits
from fireline.zones.candidates.optimum import optimum
from fireline.zones.candidates.terms import terms
from fireline.zones.candidates.threshold import threshold
from fireline.zones.candidates.two_tier import two_tier
from fireline.zones.course import Spread, course_of
from fireline.zones.graph import Neighbours
from fireline.zones.ground import Ground, Situation
from fireline.zones.risk import Risk, surface
from fireline.zones.travel import travel_rows

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
AHEAD, MEMORY = 14, 14
"""Days whose infections are looked for; a case seen longer ago draws no zone."""
FEWEST = 5
"""Cases known on a day of planning, and infections of the days after, below which the day is not judged."""
PEOPLE = 500.0


@dataclass(frozen=True)
class Outbreak:
    """A real outbreak in hexagons.

    Attributes
    ----------
    name : str; disease : str, whose profile gives the course; resolution : int, of h3
    home : tuple of str, cell of each case
    onset, infected, known : float64 (n_cases,), ordinal days; infected is onset less the median incubation
        where it is not recorded
    visits : tuple of (case, cell, day)
    note : str, what the data are
    """

    name: str
    disease: str
    resolution: int
    home: tuple[str, ...]
    onset: NDArray[np.float64]
    infected: NDArray[np.float64]
    known: NDArray[np.float64]
    visits: tuple[tuple[int, str, float], ...]
    note: str


def _day(text: str | None, form: str = "iso") -> float:
    try:
        if form == "dmy":
            day, month, year = (int(part) for part in (text or "").split("/"))
            return float(date(year, month, day).toordinal())
        return float(date.fromisoformat((text or "")[:10]).toordinal())
    except ValueError:
        return float("nan")


def ebola() -> Outbreak:
    """The simulated Ebola line list of an R package: homes as points in one city."""
    rows = pl.read_csv(DATA / "outbreaks" / "ebola_sim_clean__linelist.csv")
    onset = np.array([_day(t) for t in rows["date_of_onset"]])
    infected = np.array([_day(t) for t in rows["date_of_infection"]])
    cells = tuple(h3.latlng_to_cell(lat, lon, 9) for lon, lat in rows.select("lon", "lat").iter_rows())
    known = np.array([_day(t) for t in rows["date_of_hospitalisation"]])
    return Outbreak(
        "ebola, one city", "ebola", 9, cells, onset, np.where(np.isnan(infected), onset - 9.0, infected),
        known, (), "simulated line list; places of cases are drawn without regard to who infected whom",
    )  # fmt: skip


def korea() -> Outbreak:
    """Routes of cases in Seoul and around; the place a case was at most often stands for the home."""
    info = pl.read_csv(DATA / "ds4c_korea" / "PatientInfo.csv", infer_schema_length=0)
    days = {
        r["patient_id"]: (_day(r["symptom_onset_date"]), _day(r["confirmed_date"]))
        for r in info.iter_rows(named=True)
    }
    routes = pl.read_csv(DATA / "ds4c_korea" / "PatientRoute.csv", infer_schema_length=0).filter(
        pl.col("province").is_in(["Seoul", "Gyeonggi-do", "Incheon"])
        & ~pl.col("type").is_in(["hospital", "airport"])
    )
    stays: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for r in routes.iter_rows(named=True):
        cell = h3.latlng_to_cell(float(r["latitude"]), float(r["longitude"]), 8)
        stays[r["patient_id"]].append((cell, _day(r["date"])))
    ids = [p for p in stays if p in days and np.isfinite(days[p][1])]
    home, visits = [], []
    for i, p in enumerate(ids):
        cells = [c for c, _ in stays[p]]
        home.append(max(sorted(set(cells)), key=cells.count))
        visits += [(i, c, d) for c, d in stays[p] if c != home[-1]]
    confirmed = np.array([days[p][1] for p in ids])
    onset = np.array([days[p][0] for p in ids])
    onset = np.where(np.isnan(onset), confirmed - 4.0, onset)
    return Outbreak(
        "covid-19, Seoul and around", "covid-19", 8, tuple(home), onset, onset - 5.0, confirmed,
        tuple(visits), "published routes, dates only, of the cases whose routes were published",
    )  # fmt: skip


def hong_kong() -> Outbreak:
    """Buildings in which cases lived, second and third wave 2020; the cases' days from the line list."""
    folder = DATA / "hongkong_gov_linelist"
    with (folder / "enhanced_sur_covid_19_eng.csv").open(encoding="utf-8-sig") as f:
        line = {
            r["Case no."]: (_day(r["Date of onset"], "dmy"), _day(r["Report date"], "dmy"))
            for r in csv.DictReader(f)
        }
    with (folder / "building_list_eng_20200912.csv").open(encoding="utf-8-sig") as f:
        listed = list(csv.DictReader(f))
    with (folder / "building_list_eng_20200912_geo.csv").open(encoding="utf-8-sig") as f:
        places = {(r["District"], r["Building name"]): r for r in csv.DictReader(f)}
    first: dict[str, list[str]] = defaultdict(list)
    for r in listed:
        at = places.get((r["District"], r["Building name"]))
        if at is None or not at["lat"] or not at["long"]:
            continue
        cell = h3.latlng_to_cell(float(at["lat"]), float(at["long"]), 9)
        for case in (c.strip() for c in r["Related probable/confirmed cases"].split(",")):
            if case in line and np.isfinite(line[case][1]):
                first[case].append(cell)
    ids = sorted(first, key=int)
    reported = np.array([line[c][1] for c in ids])
    onset = np.array([line[c][0] for c in ids])
    onset = np.where(np.isnan(onset), reported - 4.0, onset)
    visits = [(i, cell, float(onset[i])) for i, c in enumerate(ids) for cell in first[c][1:]]
    return Outbreak(
        "covid-19, buildings of Hong Kong", "covid-19", 9, tuple(first[c][0] for c in ids), onset,
        onset - 5.0, reported, tuple(visits), "buildings on the list of one day, those of the last two weeks",
    )  # fmt: skip


def ground_of(outbreak: Outbreak) -> Ground:
    """Every hexagon that a case ever touched, and three rings around."""
    touched = {*outbreak.home, *(cell for _, cell, _ in outbreak.visits)}
    cells = sorted({n for cell in touched for n in h3.grid_disk(cell, 3)})
    index = {cell: i for i, cell in enumerate(cells)}
    pairs = sorted(
        {
            (min(i, index[n]), max(i, index[n]))
            for cell, i in index.items()
            for n in h3.grid_disk(cell, 1)
            if n != cell and n in index
        }
    )
    a, b = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    lat, lon = (np.array(side) for side in zip(*(h3.cell_to_latlng(c) for c in cells), strict=True))
    parent = np.unique([h3.cell_to_parent(c, outbreak.resolution - 2) for c in cells], return_inverse=True)[1]
    n = len(cells)
    return Ground(
        tuple(cells), np.full(n, PEOPLE), np.full(n, PEOPLE / 2.6), lon, lat, parent.astype(np.int64),
        np.full(n, 5, np.int8), Neighbours(n, a, b, [1] * len(pairs)), np.zeros(n, bool),
    )  # fmt: skip


def seen(outbreak: Outbreak, ground: Ground, day: float, travel: Situation | None) -> Situation:
    """What was known on a day: cases seen within MEMORY days, their visits until then."""
    index = {cell: i for i, cell in enumerate(ground.ids)}
    rows = np.flatnonzero((outbreak.known <= day) & (outbreak.onset > day - MEMORY - 7))
    place = {int(r): k for k, r in enumerate(rows)}
    visits = [(place[c], index[cell], d) for c, cell, d in outbreak.visits if c in place and d <= day]
    if travel is None:
        none = np.zeros(0, np.int64)
        made = travel_rows(ground, home=none, unit=none, hours=np.zeros(0))
        row, unit, share = made.row, made.unit, made.share
    else:
        row, unit, share = travel.travel_row, travel.travel_unit, travel.travel_share
    return Situation(
        day,
        np.array([index[outbreak.home[r]] for r in rows], dtype=np.int64),
        outbreak.onset[rows],
        np.maximum(outbreak.known[rows], outbreak.onset[rows]),
        np.zeros(len(rows), bool),
        np.array([v[0] for v in visits], dtype=np.int64),
        np.array([v[1] for v in visits], dtype=np.int64),
        np.array([v[2] for v in visits], dtype=np.float64),
        np.full(len(visits), 2.0),
        np.full(len(rows), 0.5),
        row,
        unit,
        share,
    )


def drawn(ground: Ground, risk: Risk, effect: Effect, limits: Limits) -> list[tuple[str, Candidate]]:
    """The two-tier rule, and the others at its cost and at its modelled coverage."""
    rule = two_tier(ground, risk, limits)
    t = terms(ground, risk, effect, limits)
    mine = figures(ground, risk, rule, effect, limits)
    budget = t.cost(rule.level)
    coverage = mine.coverage or 0.0
    return [
        ("two-tier rule", rule),
        ("threshold, same cost", threshold(ground, risk, effect, limits, budget=budget)),
        ("optimum, same cost", optimum(ground, risk, effect, limits, budget=budget, seconds=2.0)),
        ("threshold, same coverage", threshold(ground, risk, effect, limits, coverage=coverage)),
        ("optimum, same coverage", optimum(ground, risk, effect, limits, coverage=coverage, seconds=2.0)),
    ]


def judged(outbreak: Outbreak, *, every: int) -> None:
    """Print one outbreak's table."""
    start = time.perf_counter()
    ground, effect, limits = ground_of(outbreak), Effect(), Limits()
    index = {cell: i for i, cell in enumerate(ground.ids)}
    home = np.array([index[c] for c in outbreak.home])
    profile = load_library().profile(outbreak.disease)
    spread = Spread(course=course_of(profile))
    rows: dict[str, list[tuple[float, float, float, float, float]]] = defaultdict(list)
    situation = None
    days = np.arange(np.nanmin(outbreak.known) + 7, np.nanmax(outbreak.infected), every)
    n_days = 0
    for day in days:
        inside = (outbreak.infected > day) & (outbreak.infected <= day + AHEAD)
        situation = seen(outbreak, ground, float(day), situation)
        if inside.sum() < FEWEST or situation.n_cases < FEWEST:
            continue
        n_days += 1
        risk = surface(ground, situation, spread, rng=np.random.default_rng(int(day)))
        for name, candidate in drawn(ground, risk, effect, limits):
            mine = figures(ground, risk, candidate, effect, limits)
            level = candidate.level[home[inside]]
            rows[name].append(
                (
                    float((level >= 2).mean()),
                    float((level == 3).mean()),
                    float((effect.sealed * (level == 3) + effect.managed * (level == 2)).mean()),
                    mine.coverage or 0.0,
                    mine.weighted_person_days / (PEOPLE * effect.days * ground.n),
                )
            )
    print(f"\n### {outbreak.name}\n\n{outbreak.note}; {len(outbreak.home):,} cases, {ground.n:,} hexagons, ")
    print(f"{n_days} days of planning\n")
    print("| zone | capture % | sealed % | prevented % | modelled % | area % | prevented, against the rule |")
    print("|---|---|---|---|---|---|---|")
    rule = np.array(rows["two-tier rule"])
    for name, found in rows.items():
        mine = np.array(found)
        gain = 100 * (mine[:, 2] - rule[:, 2])
        low, high = _interval(gain)
        capture, sealed, prevented, modelled, area = 100 * mine.mean(axis=0)
        print(
            f"| {name} | {capture:.1f} | {sealed:.1f} | {prevented:.1f} | {modelled:.1f} | {area:.2f} | "
            f"{gain.mean():+.1f} ({low:+.1f} to {high:+.1f}) |"
        )
    print(f"\n[{time.perf_counter() - start:.0f} s]", flush=True)


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Ninety-five hundredths of the mean, days of planning resampled."""
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (2_000, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    """Print every outbreak that is at hand."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=7, help="days between two days of planning")
    said = parser.parse_args()
    made: list[Callable[[], Outbreak]] = [ebola, korea, hong_kong]
    for of in made:
        try:
            outbreak = of()
        except FileNotFoundError as missing:
            print(f"\n### {of.__name__}: not at hand ({missing.filename})")
            continue
        judged(outbreak, every=said.every)


if __name__ == "__main__":
    main()
