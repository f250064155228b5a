"""Detectors beside R's ``surveillance`` in one run, and 100,000 series for one day; one thread, seconds of CPU.

R runs on a stated sample of series and weeks where it is installed (Debian: r-cran-surveillance); elsewhere its
column says so. ``python -m benchmarks.signals_speed``.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.signals_accuracy import NOUFAILY
from fireline.drill.series import simulate
from fireline.signals import ears, farrington_flexible

N_SAMPLE = 100
N_WEEKS = 5
R_SCRIPT = """
suppressPackageStartupMessages(library(surveillance))
series <- as.matrix(read.csv(commandArgs(TRUE)[1])); n <- nrow(series)
rows <- seq(n - %d + 1, n)
spent <- function(code) { t <- system.time(code); t[["user.self"]] + t[["sys.self"]] }
flexible <- spent(for (k in seq_len(ncol(series))) suppressWarnings(farringtonFlexible(
  sts(observed = matrix(series[, k], ncol = 1), frequency = 52), list(range = rows, b = 5, w = 3, noPeriods = 10,
  pastWeeksNotIncluded = 26, thresholdMethod = "nbPlugin", weightsThreshold = 2.58, pThresholdTrend = 1,
  limit54 = c(5, 4), alpha = 0.01))))
ears <- spent(for (k in seq_len(ncol(series))) earsC(
  sts(observed = matrix(series[, k], ncol = 1), frequency = 52), list(method = "C1", range = 60:n)))
cat(flexible, ears, n - 60 + 1)
"""


def cpu(run: Callable[[], object], *, times: int = 5) -> float:
    """Smallest seconds of CPU of some runs, after one that compiles."""
    run()
    spent = []
    for _ in range(times):
        start = time.process_time()
        run()
        spent.append(time.process_time() - start)
    return min(spent)


def beside_r(counts: np.ndarray) -> tuple[float, float, int] | None:
    """Seconds of R for flexible and EARS on the same series, and rows of EARS; None where R is absent."""
    if not shutil.which("Rscript"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "series.csv"
        names = ",".join(f"s{k}" for k in range(counts.shape[1]))
        np.savetxt(path, counts, fmt="%d", delimiter=",", header=names, comments="")
        done = subprocess.run(
            ["Rscript", "-e", R_SCRIPT % N_WEEKS, str(path)], capture_output=True, text=True, check=False
        )
    if done.returncode:
        print("R:", done.stderr.strip().splitlines()[-1:])
        return None
    flexible, early, n = done.stdout.split()[-3:]
    return float(flexible), float(early), int(n)


def main() -> None:
    """Print the figures."""
    world = simulate(rng=np.random.default_rng(3))
    n_time, n_all = world.counts.shape
    chosen = np.linspace(0, n_all - 1, N_SAMPLE).astype(int)
    sample = np.ascontiguousarray(world.counts[:, chosen])
    rows = np.arange(n_time - N_WEEKS, n_time)
    early = np.arange(59, n_time)
    flexible_s = cpu(lambda: farrington_flexible(sample, rows, **NOUFAILY, alpha=0.01))
    ears_s = cpu(lambda: ears(sample, early))
    there = beside_r(sample)
    per = 1e6 * flexible_s / (N_SAMPLE * N_WEEKS)
    print(f"Farrington-flexible, {N_SAMPLE} series x {N_WEEKS} weeks: {per:.1f} us a series-week")
    print(
        f"EARS C1, {N_SAMPLE} series x {early.size} weeks: {1e6 * ears_s / (N_SAMPLE * early.size):.3f} us a series-week"
    )
    if there is None:
        print("R's surveillance is not installed: no ratio")
    else:
        flexible_r, ears_r, n = there
        assert n == early.size
        print(
            f"R: {1e3 * flexible_r / (N_SAMPLE * N_WEEKS):.2f} ms and {1e3 * ears_r / (N_SAMPLE * n):.4f} ms a series-week"
        )
        print(f"flexible: {flexible_r / flexible_s:.0f} times R, EARS: {ears_r / ears_s:.0f} times R")
        print(
            f"flexible, R's time over ours, short of 200\t{max(200 - flexible_r / flexible_s, 0.0):.1f}\tx\t0"
        )
        print(f"EARS, R's time over ours, short of 20\t{max(20 - ears_r / ears_s, 0.0):.1f}\tx\t0")
    many = np.ascontiguousarray(np.tile(world.counts, (1, 48))[:, :100_000])
    last = np.array([n_time - 1])
    print(
        f"100,000 series, one day, flexible\t{cpu(lambda: farrington_flexible(many, last, **NOUFAILY, alpha=0.01), times=1):.2f}\ts\t10"
    )


if __name__ == "__main__":
    main()
