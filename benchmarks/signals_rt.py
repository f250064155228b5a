"""Reproduction number, trend and nowcast: time a call, beside R's EpiEstim in the same run where it is there.

    python benchmarks/signals_rt.py

Prints lines ``name<TAB>value<TAB>unit<TAB>goal``, then a table of both programs. The series are made here; each
call does the whole work from counts to quantiles, and the answers of both are compared before anything is timed.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

SIZES = (32, 100, 365)
SUPPLIED = (0, 0.05, 0.2, 0.25, 0.2, 0.12, 0.08, 0.05, 0.03, 0.02)
R_CODE = """
suppressMessages(library(EpiEstim)); said <- commandArgs(trailingOnly = TRUE);
cases <- read.csv(said[1])$cases; weights <- as.numeric(strsplit(said[2], ",")[[1]]); n <- as.integer(said[3]);
ways <- list(
  supplied = function() estimate_R(cases, method = "non_parametric_si", config = make_config(list(si_distr = weights))),
  gamma = function() estimate_R(cases, method = "parametric_si", config = make_config(list(mean_si = 4, std_si = 2))));
for (way in names(ways)) {
  run <- function() suppressWarnings(suppressMessages(ways[[way]]()));
  run(); times <- sapply(1:n, function(i) { start <- Sys.time(); run(); as.numeric(Sys.time() - start, units = "secs") });
  found <- run()$R; cat(way, median(times), format(found[nrow(found), "Mean(R)"], digits = 15), "\\n")
}
"""


def main() -> None:
    """Time everything and print."""
    rows = [row for size in SIZES for row in beside_r(size)]
    in_bulk()
    print("\n| days | serial interval | here, ms | EpiEstim, ms | times faster |\n|---|---|---|---|---|")
    for size, way, here, there in rows:
        said = ("-", "-") if there is None else (f"{1e3 * there:.1f}", f"{there / here:.0f}")
        print(f"| {size} | {way} | {1e3 * here:.3f} | {said[0]} | {said[1]} |")


def beside_r(n_days: int) -> list[tuple[int, str, float, float | None]]:
    """One series of n days, both ways of stating the serial interval."""
    from tests.factories.epidemics import renewal_epidemic

    from fireline.signals import estimate_rt

    cases, _ = renewal_epidemic(
        np.random.default_rng(n_days), r=1 + 0.4 * np.cos(np.arange(n_days) / 9), seeds=20
    )
    ways: dict[str, Callable[[], object]] = {
        "supplied": lambda: estimate_rt(cases, serial_interval=SUPPLIED),
        "gamma": lambda: estimate_rt(cases, si_mean=4, si_sd=2),
    }
    there = epiestim(cases)
    found = []
    for way, run in ways.items():
        here = timed(run, 60)
        line(f"R, {n_days} days, {way} interval", 1e3 * here, "ms")
        seconds = None
        if way in there:
            seconds, last = there[way]
            mean = run().mean[-1, 0]
            if abs(mean / last - 1) > 1e-6:
                raise SystemExit(f"R, {n_days} days, {way}: {mean} here, {last} there")
            line(f"R, {n_days} days, {way} interval, here / EpiEstim", here / seconds, "", "0.05")
        found.append((n_days, way, here, seconds))
    return found


def epiestim(cases: np.ndarray) -> dict[str, tuple[float, float]]:
    """Seconds a call and the last mean of each way; empty where R or EpiEstim is absent."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cases.csv"
        with file.open("w", newline="") as out:
            csv.writer(out).writerows([["cases"], *([int(n)] for n in cases)])
        weights = ",".join(map(str, SUPPLIED))
        code = R_CODE.replace("\n", " ")
        done = subprocess.run(
            ["Rscript", "-e", code, str(file), weights, "40"], capture_output=True, text=True, check=False
        )
    parts = [row.split() for row in done.stdout.splitlines()]
    return {p[0]: (float(p[1]), float(p[2])) for p in parts if len(p) == 3}


def in_bulk() -> None:
    """Many series at once: every window, and the last day only; trends and nowcasts of many series."""
    from tests.factories.epidemics import delays_like, late_reports

    from fireline.signals import classify_trend, estimate_rt, nowcast

    rng = np.random.default_rng(3)
    counts = rng.poisson(rng.uniform(0, 30, 10_000), (100, 10_000)).astype(float)
    seconds = timed(lambda: estimate_rt(counts, si_mean=4, si_sd=2), 3)
    line("R, 10,000 series of 100 days, every window", seconds, "s", "2")
    line("R, the same, one series", 1e6 * seconds / counts.shape[1], "us")
    many = rng.poisson(rng.uniform(0, 30, 100_000), (60, 100_000)).astype(float)
    seconds = timed(lambda: estimate_rt(many, si_mean=4, si_sd=2, at=[59]), 3)
    line("R, 100,000 series, the last day", seconds, "s", "2")
    some = many[:, :5_000]
    line("trend of one series", 1e6 * timed(lambda: classify_trend(some), 3) / some.shape[1], "us", "200")
    triangle, _ = late_reports(rng, rng.poisson(30, 90), delays=delays_like(28))
    line("nowcast, 90 days, 28 delays", 1e3 * timed(lambda: nowcast(triangle), 10), "ms", "10")


def timed(run: Callable[[], object], n: int) -> float:
    """Median seconds of n calls after one that compiles."""
    run()
    seconds = []
    for _ in range(n):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[n // 2]


def line(name: str, value: float, unit: str, goal: str = "") -> None:
    """One figure as the runner reads it."""
    print(f"{name}\t{value}\t{unit}\t{goal}")


if __name__ == "__main__":
    main()
