"""Fusion of streams against the best single stream, at one budget of false alarms; calibration; speed.

Benchmarks: ``python -m benchmarks.signals_fusion [--quick] [--seed N] [--only NAME]``. Outbreaks are put into generated
and real backgrounds with their incubation, their way to the counter and the delay of the report. The best single
stream, with the best of two methods, is chosen on other worlds than it is judged on. Both are judged with the
lowest thresholds that give one false alarm a month on the same background without outbreaks.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from benchmarks import fusion_real
from benchmarks.fusion_county import county
from benchmarks.fusion_worlds import Method, Result, World, at_budget, fused, judge, singles
from fireline.drill.streams import RESPIRATORY, background
from fireline.records.model import Records, schema
from fireline.signals.baselines import expect, expect_figures
from fireline.signals.calibration import calibrate_streams, distance_to_uniform
from fireline.signals.events import LEVEL_RATES, MONTH_DAYS, find_events
from fireline.signals.fusion.areas import AreaSets, area_sets, prior_of
from fireline.signals.fusion.combined import combined
from fireline.signals.fusion.scan import scan
from fireline.signals.streams import EventType, default_streams

BUDGET = 1.0
"""False alarms a month and county."""
BOOTSTRAP = 1_000


@dataclass(frozen=True)
class Case:
    """One comparison: worlds to choose the single stream on, worlds to judge on."""

    name: str
    develop: tuple[list[World], list[World]]  # with outbreaks, without
    test: tuple[list[World], list[World]]
    events: tuple[EventType, ...]
    horizon: int


def generated(kind: str, disease: str, *, n: int, seed: int, quiet: dict[str, list[World]]) -> Case:
    """A county of 24 townships and six streams over three years; quiet counties serve all diseases."""
    for part, code in (("develop", 0), ("test", 1)):
        if part not in quiet:
            quiet[part] = [
                county(kind=None, disease=disease, rng=np.random.default_rng([seed, code, i]))
                for i in range(n)
            ]
    made = [
        [
            county(kind=kind, disease=disease, rng=np.random.default_rng([seed, 2 + code, i]))
            for i in range(n + 1)
        ]
        for code in (0, 1)
    ]
    name = {"person": "from person to person", "source": "one meal, 60-200 people"}[kind]
    return Case(
        f"generated county, {disease} {name}", (made[0], quiet["develop"]), (made[1], quiet["test"]),
        default_streams().events, 42,
    )  # fmt: skip


def real(
    name: str, reals: Sequence[fusion_real.Real], *, n: int, seed: int, split: str, horizon: int
) -> Case:
    """A real background: judged on other years, or on other regions, than the single stream is chosen on."""
    first, second = (reals[::2], reals[1::2]) if split == "region" else (reals, reals)
    parts = []
    for code, chosen in ((0, first), (1, second)):
        rows = [r.develop if code == 0 else r.test for r in chosen]
        injected = [
            r.injected(row, disease="covid-19", rng=np.random.default_rng([seed, code, i, j]))
            for i, (r, row) in enumerate(zip(chosen, rows, strict=True))
            for j in range(n)
        ]
        parts.append((injected, [r.quiet(row) for r, row in zip(chosen, rows, strict=True)]))
    return Case(name, parts[0], parts[1], fusion_real.book().events, horizon)


def result(method: Method, worlds: tuple[list[World], list[World]], horizon: int) -> Result:
    """A method at the budget, on worlds with outbreaks and without."""
    injected, quiet = worlds
    threshold = at_budget([(w, method.of(w)) for w in quiet], BUDGET)
    return judge(method, injected, quiet, threshold=threshold, horizon=horizon)


def between(a: Result, b: Result, of: Callable[[np.ndarray], float], rng: np.random.Generator) -> str:
    """Difference of two figures with the ninety hundredths of it over resampled outbreaks."""
    n = len(a.delays)
    rows = rng.integers(0, n, (BOOTSTRAP, n))
    found = [of(b.delays[r]) - of(a.delays[r]) for r in rows]
    found = [f for f in found if np.isfinite(f)]
    if not found:
        return "-"
    low, high = np.quantile(found, [0.05, 0.95])
    return f"{low:+.1f} to {high:+.1f}"


def compare(case: Case) -> None:
    """Print one comparison."""
    start = time.process_time()
    streams = case.test[1][0].streams
    n = len([o for w in case.test[0] for o in w.outbreaks])
    months = sum(w.months for w in case.test[1])
    print(
        f"\n### {case.name}\n\n{n} outbreaks, {months:.0f} quiet county-months, {len(streams)} streams, ",
        end="",
    )
    print(f"looked for over {case.horizon} days\n")
    ranked = [(result(m, case.develop, case.horizon), m) for m in singles(streams)]
    best = min(ranked, key=lambda r: r[0].mean(case.horizon))[1]
    rows = [
        ("fusion", result(fused(case.events), case.test, case.horizon)),
        (best.name, result(best, case.test, case.horizon)),
    ]
    print(
        "| method | false alarms a month | POD % | median delay, days | found by chance % |\n|---|---|---|---|---|"
    )
    for name, r in rows:
        print(f"| {name} | {r.per_month:.2f} | {100 * r.pod:.1f} | {r.median:.1f} | {100 * r.chance:.0f} |")
    fusion, single = rows[0][1], rows[1][1]
    rng = np.random.default_rng(0)
    gained = single.median - fusion.median
    wider = 100 * (fusion.pod - single.pod)
    days = between(fusion, single, lambda d: float(np.median(d)), rng)
    points = between(single, fusion, lambda d: 100 * float(np.mean(np.isfinite(d))), rng)
    verdict = "reached" if gained >= 3 or wider >= 15 else "not reached"
    print(
        f"\nmedian {gained:+.1f} days earlier ({days}), POD {wider:+.1f} points ({points}): target {verdict}",
        end="",
    )
    print(f"  [{time.process_time() - start:.0f} s CPU]")


def rates(worlds: Sequence[tuple[str, list[World], tuple[EventType, ...]]]) -> None:
    """Triggers on quiet backgrounds day by day, each judged by the past as it was, against what they state."""
    print("\n### false alarms as stated, and as they came (a month, day by day, nothing put in)\n")
    print("| background | months | " + " | ".join(f"{k} (<= {v:.2f})" for k, v in LEVEL_RATES.items()) + " |")
    print("|---|---|" + "---|" * len(LEVEL_RATES))
    for name, quiet, events in worlds:
        reached: Counter[str] = Counter()
        months = 0.0
        for w in quiet:
            learn = min(60, (w.scored[1] - w.scored[0]) // 3)
            found, _ = find_events(fused(events).of(w)[: w.scored[1]], w.sets, first_row=w.scored[0])
            months += (w.scored[1] - w.scored[0] - learn) / MONTH_DAYS
            for e in found:
                reached.update(k for k, row in e.reached.items() if row >= w.scored[0] + learn)
        print(
            f"| {name} | {months:.0f} | "
            + " | ".join(f"{reached[k] / months:.2f}" for k in LEVEL_RATES)
            + " |"
        )


def calibration(quiet: Sequence[World], *, has_real: bool) -> None:
    """How far randomised probabilities of quiet figures are from uniform."""
    print("\n### calibration: randomised probabilities of quiet figures\n")
    print("| background | figures | distance | share below 0.001 | 0.01 | 0.05 |\n|---|---|---|---|---|---|")
    found = [("generated counties", np.concatenate([w.known()[1].p_random[200:].ravel() for w in quiet]))]
    if has_real:
        figure, streams, first = fusion_real.drug_sales()
        p = calibrate_streams(expect_figures(figure, streams, ("shop",), first=first)).p_random[200:]
        found.append(("drug sales 2014-2017, eight groups", p.ravel()))
        r = fusion_real.respiratory()
        p = calibrate_streams(expect_figures(r.figure, r.streams, r.areas, first=r.first)).p_random[5 * 365 :]
        found.append(("survey, practice, admissions to 2020, weekly", p.ravel()))
    for name, p in found:
        p = p[np.isfinite(p)]
        shares = " | ".join(f"{np.mean(p < at):.4f}" for at in (0.001, 0.01, 0.05))
        print(f"| {name} | {p.size:,} | {distance_to_uniform(p):.4f} | {shares} |")


def speed() -> None:
    """A county's day with all its past, and one day of a hundred thousand series; the second of two runs."""
    print("\n### speed (one core)\n\n| what | wall s | CPU s | goal |\n|---|---|---|---|")
    for _ in range(2):
        row = _county_day()
    print(
        f"| 2,000 series (333 areas, 6 streams), 730 days: baselines, calibration, scan of 200 days | {row} | 5 s |"
    )
    for _ in range(2):
        row = _one_day()
    print(f"| 100,000 series, 180 days of past, one day: baselines, calibration, scan | {row} | 10 s |")


def _timed(work: Callable[[], object]) -> str:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return f"{time.perf_counter() - wall:.1f} | {time.process_time() - cpu:.1f}"


def _county_day() -> str:
    columns, n, n_days, first = 37, 333, 730, date(2024, 1, 1)
    models = sorted(RESPIRATORY, key=lambda m: m.stream)
    rng = np.random.default_rng(1)
    made = background(models, population=rng.integers(3_000, 40_000, n), n_days=n_days, rng=rng)
    codes = [f"T{k:05d}" for k in range(n)]
    rows = []
    for k, code in enumerate(codes):
        x, y = k % columns, k // columns
        ring = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]
        rows.append({"area_code": code, "geometry": f'{{"type":"Polygon","coordinates":[{ring}]}}'})
    day, area, stream = np.nonzero(np.isfinite(made.counts))
    counts = pl.DataFrame(
        {
            "stream": pl.Series([m.stream for m in models]).gather(stream),
            "area_code": pl.Series(codes).gather(area),
            "date": pl.Series(day + first.toordinal() - date(1970, 1, 1).toordinal())
            .cast(pl.Int32)
            .cast(pl.Date),
            "count": made.counts[day, area, stream],
            "denominator": pl.Series([None] * day.size, dtype=pl.Float64),
        }
    ).select(*schema("counts"))
    areas = pl.DataFrame([{c: r.get(c) for c in schema("areas")} for r in rows], schema=schema("areas"))
    records = Records({"areas": areas, "counts": counts}, ZoneInfo("Asia/Shanghai"), "CN-411624")
    book, last = default_streams(), date.fromordinal(first.toordinal() + n_days - 1)

    def work() -> None:
        expected = expect(records, book, last=last, keep_days=400)
        known = calibrate_streams(expected)
        sets = area_sets(records, expected.areas)
        begin = expected.n_days - 200
        found = scan(expected, known, sets, book.events, first_row=begin)
        combined(expected, known, first_row=begin, rng=np.random.default_rng(0))
        find_events(found.scores, sets, first_row=begin)

    return _timed(work)


def _one_day() -> str:
    n, n_days = 16_667, 180
    rng = np.random.default_rng(1)
    figure = rng.poisson(rng.lognormal(1, 1, (1, n, 6)), (n_days, n, 6)).astype(np.float64)
    book = default_streams()
    streams = [book.of(m.stream) for m in sorted(RESPIRATORY, key=lambda m: m.stream)]
    kind = np.zeros(n, np.int64)
    areas = tuple(f"T{k:05d}" for k in range(n))
    sets = AreaSets(areas, np.arange(n + 1), np.arange(n), kind, prior_of(kind), ((),) * n)

    def work() -> None:
        expected = expect_figures(figure, streams, areas, first=date(2026, 1, 5), keep_days=30)
        known = calibrate_streams(expected)
        scan(expected, known, sets, book.events, first_row=expected.n_days - 1)

    return _timed(work)


def main() -> None:
    """Read the arguments and print every table."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--quick", action="store_true", help="fewer worlds")
    reader.add_argument("--seed", type=int, default=20)
    reader.add_argument("--only", choices=("generated", "real", "rates", "speed"), help="one part")
    given = reader.parse_args()
    n = 3 if given.quick else 8
    has_real = fusion_real.DATA.is_dir()
    quiet: dict[str, list[World]] = {}
    parts = {given.only} if given.only else {"generated", "real", "rates", "speed"}
    print(f"# Fusion of streams, seed {given.seed}" + (", quick" if given.quick else ""))
    diseases = [
        ("person", "covid-19"),
        ("source", "norovirus"),
        *([] if given.quick else [("person", "influenza")]),
    ]
    for kind, disease in diseases if "generated" in parts else []:
        compare(generated(kind, disease, n=n, seed=given.seed, quiet=quiet))
    shops, regions, weeks = [], [], []
    if has_real and parts & {"real", "rates"}:
        shops, regions, weeks = fusion_real.pharmacy(), fusion_real.calls(), [fusion_real.respiratory()]
    if shops and "real" in parts:
        compare(
            real(
                "drug sales of one shop as eight, five groups",
                shops,
                n=2 * n,
                seed=given.seed,
                split="region",
                horizon=42,
            )
        )
        compare(
            real(
                "survey, practice, admissions, weekly",
                weeks,
                n=2 * n,
                seed=given.seed,
                split="time",
                horizon=60,
            )
        )
        compare(
            real(
                "calls for help, England 2020, regions as counties",
                regions,
                n=n,
                seed=given.seed,
                split="region",
                horizon=24,
            )
        )
    if not has_real:
        print("\nreal backgrounds: left out, they are not part of this project")
    if "rates" in parts:
        if not quiet:
            generated("person", "covid-19", n=n, seed=given.seed, quiet=quiet)
        calibration(quiet["test"], has_real=has_real)
        listed = [("generated counties", quiet["test"], default_streams().events)]
        known = fusion_real.book().events
        for name, reals, low in (
            ("drug sales", shops, 100),
            ("survey, practice, admissions", weeks, 5 * 365),
            ("calls", regions, 60),
        ):
            if reals:
                listed.append((name, [r.quiet((low, len(r.figure))) for r in reals], known))
        rates(listed)
    if "speed" in parts:
        speed()


if __name__ == "__main__":
    main()
