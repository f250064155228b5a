"""Real backgrounds as worlds of fusion_worlds: drug sales, calls for help, and three weekly respiratory streams.

Benchmarks: read by signals_fusion. The figures are read where they lie; outbreaks put in are made up, with their
incubation, the way to the counter, telephone or doctor, and the delay of the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.fusion_worlds import Outbreak, World
from fireline.drill.streams import StreamModel, reports, spread_by_person
from fireline.policy import load_library
from fireline.signals.fusion.areas import SHARES, AreaSets, prior_of
from fireline.signals.streams import Stream, StreamBook, default_streams, parse_streams

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
WEEK = 7

DRUGS = {
    "N02BE": ("antipyretic_sales", 0.5),  # paracetamol
    "N02BA": ("drug_fever_aspirin", 0.1),
    "M01AE": ("drug_fever_ibuprofen", 0.12),
    "R03": ("drug_airways", 0.1),
    "R06": ("drug_allergy", 0.1),  # antihistamines
}
"""ATC group -> stream, packs that one infection near the shop sells."""
BOOK = """
[stream.drug_fever_aspirin]
like = "antipyretic_sales"
[stream.drug_fever_ibuprofen]
like = "antipyretic_sales"
[stream.drug_airways]
like = "cough_sales"
trust = 0.4
[stream.drug_allergy]
like = "cough_sales"
trust = 0.4
[stream.calls_111]
like = "health_calls"
[stream.calls_online]
like = "health_calls"
[stream.calls_999]
like = "health_calls"
lag_d = 8.0
lag_sd_d = 3.0
[[event]]
name = "respiratory"
lift = { antipyretic_sales = 0.8, drug_fever_aspirin = 1.0, drug_fever_ibuprofen = 1.0, drug_airways = 0.8, drug_allergy = 1.0, calls_111 = 1.0, calls_online = 1.0, calls_999 = 0.8, gp = 1.0, sari = 1.0, survey = 0.8 }
"""


def book() -> StreamBook:
    """The packaged streams and those of the real files; one kind of event."""
    read = parse_streams(BOOK, base=default_streams())
    return StreamBook(read.default, read.streams, tuple(e for e in read.events if e.name == "respiratory"))


def singles(areas: Sequence[str]) -> AreaSets:
    """Each area alone, and all of them: nothing is known of who is beside whom."""
    n = len(areas)
    lone = [(i,) for i in range(n)]
    sets = [*lone, tuple(range(n))] if n > 1 else lone
    kind = np.array([list(SHARES).index("alone")] * n + [list(SHARES).index("whole")] * (n > 1))
    begin = np.concatenate([[0], np.cumsum([len(z) for z in sets])])
    member = np.array([i for z in sets for i in z])
    return AreaSets(tuple(areas), begin, member, kind, prior_of(kind), tuple(() for _ in areas))


@dataclass(frozen=True)
class Real:
    """A real background.

    Attributes
    ----------
    figure : shape (n_days, n_areas, n_streams)
    streams : known to the detector; models : how an outbreak shows in truth, in the same order
    develop, test : (first, end) rows
    seeds, most, r : size and growth of outbreaks; spacing : days between two of them
    per : infections are divided by it before they are added (rates per 100,000 of more people)
    """

    name: str
    figure: NDArray[np.float64]
    first: date
    areas: tuple[str, ...]
    streams: tuple[Stream, ...]
    models: tuple[StreamModel, ...]
    develop: tuple[int, int]
    test: tuple[int, int]
    seeds: int
    most: int
    r: tuple[float, float]
    spacing: int
    per: float = 1.0

    def quiet(self, rows: tuple[int, int]) -> World:
        return World(self.figure, self.streams, singles(self.areas), self.first, rows)

    def injected(self, rows: tuple[int, int], *, disease: str, rng: np.random.Generator) -> World:
        """The same with an outbreak in some area every ``spacing`` days."""
        profile = load_library().profile(disease)
        assert profile is not None
        figure, made = self.figure.copy(), []
        for start in range(
            rows[0] + int(rng.integers(0, self.spacing)), rows[1] - self.spacing // 2, self.spacing
        ):
            area = int(rng.integers(len(self.areas)))
            n = figure.shape[0] - start
            while True:
                infected = spread_by_person(
                    profile,
                    r=float(rng.uniform(*self.r)),
                    n_days=n,
                    seeds=self.seeds,
                    most=self.most,
                    rng=rng,
                )
                if infected.sum() >= 4 * self.seeds:
                    break
            weekday = (self.first.weekday() + start) % WEEK
            for s, model in enumerate(self.models):
                more = reports(infected, model, profile, first_weekday=weekday, rng=rng) / self.per
                figure[start:, area, s] += (
                    more if model.step_days == 1 else _to_weeks(more, figure[start:, area, s])
                )
            made.append(Outbreak(start, (area,), int(infected.sum())))
        return World(figure, self.streams, singles(self.areas), self.first, rows, tuple(made))


def _to_weeks(daily: NDArray[np.float64], figure: NDArray[np.float64]) -> NDArray[np.float64]:
    """Reports of the seven days up to each day that has a figure."""
    total = np.concatenate([np.zeros(WEEK), np.cumsum(daily)])
    return np.where(np.isfinite(figure), total[WEEK:] - total[:-WEEK], 0.0)


ALL_DRUGS = ("M01AB", "M01AE", "N02BA", "N02BE", "N05B", "N05C", "R03", "R06")


def drug_sales() -> tuple[NDArray[np.float64], tuple[Stream, ...], date]:
    """All eight groups of drugs of one shop, daily from 2014 to 2017: figures, streams, first day."""
    table = pl.read_csv(DATA / "pharmacy_sales_2014_2019" / "salesdaily.csv", infer_schema_length=10_000)
    month, day, year = (
        table["datum"].str.replace_all("-", "/").str.split("/").list.get(k).cast(pl.Int32).to_list()
        for k in range(3)
    )
    days = [date(y, m, d) for y, m, d in zip(year, month, day, strict=True)]
    assert days == [days[0] + timedelta(days=k) for k in range(len(days))]
    known = book()
    streams = tuple(known.of(DRUGS[c][0] if c in DRUGS else f"drug_{c.lower()}") for c in ALL_DRUGS)
    return table.select(ALL_DRUGS).to_numpy().astype(np.float64)[:, None, :], streams, days[0]


def pharmacy() -> list[Real]:
    """Five groups of drugs, daily: a county of eight shops from each half of one shop's years 2014 to 2017."""
    sold, _, first = drug_sales()
    order = sorted(DRUGS, key=lambda c: DRUGS[c][0])
    known = book()
    models = tuple(
        StreamModel(DRUGS[c][0], per_10k=0.0, per_infection=DRUGS[c][1], onset_to=(1.0, 1.2), delay_d=1)
        for c in order
    )
    figure = sold[:, 0, [ALL_DRUGS.index(c) for c in order]]
    half = (len(figure) // 2) // WEEK * WEEK
    names = tuple(known.of(DRUGS[c][0]) for c in order)
    shops = tuple(f"shop {k}" for k in range(SHOPS))
    rows = (half // 2, half)
    found = []
    for years, low in (("2014-2015", 0), ("2016-2017", half)):
        sales, day = _shops(figure[low : low + half]), first + timedelta(days=low)
        found.append(
            Real(f"drug sales, {years}", sales, day, shops, names, models, rows, rows, 3, 500, (1.8, 2.6), 60)
        )
    return found


SHOPS = 8


def _shops(figure: NDArray[np.float64]) -> NDArray[np.float64]:
    """One shop's two years as those of several: each begins some whole weeks later and goes round."""
    step = len(figure) // SHOPS // WEEK * WEEK
    return np.stack([np.roll(figure, -k * step, axis=0) for k in range(SHOPS)], axis=1)


def calls() -> list[Real]:
    """Three kinds of calls about COVID-19 in the regions of England, each region a county, May to August 2020."""
    table = pl.read_parquet(DATA / "outbreaks" / "covid19_england_nhscalls_2020.parquet").drop_nulls(
        "nhs_region"
    )
    table = table.with_columns(
        pl.col("date").cast(pl.String).str.to_date(), pl.col("site_type").replace({"111_online": "online"})
    )
    first, last = table["date"].min(), date(2020, 8, 25)
    table = table.filter(pl.col("date") <= last)
    kinds = ("111", "999", "online")
    known = book()
    yields = {"111": (0.08, (2.0, 1.5)), "999": (0.01, (5.0, 3.0)), "online": (0.25, (1.0, 1.0))}
    found = []
    for (region,), part in table.group_by("nhs_region", maintain_order=True):
        sizes = part.group_by("ccg_name").agg(pl.col("count").sum()).sort("count", descending=True)
        areas = tuple(sorted(sizes["ccg_name"].head(24).to_list()))
        figure = np.zeros(((last - first).days + 1, len(areas), 3))
        summed = part.group_by("ccg_name", "date", "site_type").agg(pl.col("count").sum())
        for area, day, kind, n in summed.iter_rows():
            if area in areas and kind in kinds:
                figure[(day - first).days, areas.index(area), kinds.index(kind)] += n
        models = tuple(
            StreamModel(
                f"calls_{k}", per_10k=0.0, per_infection=yields[k][0], onset_to=yields[k][1], delay_d=0
            )
            for k in kinds
        )
        names = tuple(known.of(f"calls_{k}") for k in kinds)
        rows = (95, len(figure))
        found.append(
            Real(
                f"calls, {region}", figure, first, areas, names, models, rows, rows, 40, 3_000, (1.8, 2.6), 25
            )
        )
    return found


AGES = ("0-4", "5-14", "15-34", "35-59", "60+")


def respiratory() -> Real:
    """Survey, general practice and admissions in Germany, weekly rates of five age groups, to February 2020."""
    folder = DATA / "rki_multistream"
    frames = {
        "gp": (
            pl.read_csv(folder / "ARE-Konsultationsinzidenz.tsv", separator="\t").filter(
                pl.col("Bundesland_ID") == 0
            ),
            "ARE_Konsultationsinzidenz",
        ),
        "sari": (
            pl.read_csv(folder / "SARI-Hospitalisierungsinzidenz.tsv", separator="\t")
            .filter(pl.col("SARI") == "Gesamt")
            .with_columns(pl.col("Altersgruppe").replace({"60-79": "60+"})),
            "Hospitalisierungsinzidenz",
        ),
        "survey": (
            pl.read_csv(folder / "GrippeWeb_Daten_des_Wochenberichts.tsv", separator="\t").filter(
                (pl.col("Erkrankung") == "ARE") & (pl.col("Region") == "Bundesweit")
            ),
            "Inzidenz",
        ),
    }
    rows = [
        (name, AGES.index(age), _sunday(week), float(value))
        for name, (frame, column) in frames.items()
        for age, week, value in frame.select("Altersgruppe", "Kalenderwoche", column).iter_rows()
        if age in AGES and value is not None
    ]
    last = date(2020, 3, 1)
    first = min(day for _, _, day, _ in rows)
    names = sorted(frames)
    figure = np.full(((last - first).days + 1, len(AGES), 3), np.nan)
    for name, age, day, value in rows:
        if day <= last:
            figure[(day - first).days, age, names.index(name)] = value
    known = book()
    shown = {"gp": (0.25, (3.0, 2.0)), "sari": (0.004, (7.0, 3.0)), "survey": (0.8, (1.0, 1.0))}
    models = tuple(
        StreamModel(
            n, per_10k=0.0, per_infection=shown[n][0], onset_to=shown[n][1], delay_d=3, step_days=WEEK
        )
        for n in names
    )
    start = (date(2016, 7, 4) - first).days
    middle = (date(2018, 7, 2) - first).days
    return Real(
        "survey, practice, admissions", figure, first, AGES, tuple(known.of(n) for n in names), models,
        (start, middle), (middle, len(figure)), 400, 60_000, (1.8, 2.6), 90, per=10.0,
    )  # fmt: skip


def _sunday(week: str) -> date:
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), int(number), 7)
