"""Published surveillance series: the detectors and R's surveillance, side by side on the same files."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from fireline.signals import ears, farrington_flexible

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "surveillance_r"
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.long,
    pytest.mark.skipif(not DATA.is_dir(), reason="the surveillance series are not part of this project"),
]
NO_R = "by design: R with its package surveillance is not installed; the committed tables stand for it"
SCRIPT = """
suppressPackageStartupMessages(library(surveillance))
a <- commandArgs(TRUE)
y <- as.matrix(read.csv(a[1], header = FALSE)); days <- scan(a[2], quiet = TRUE); rows <- scan(a[3], quiet = TRUE)
noufaily <- list(b = B, w = 3, noPeriods = 10, pastWeeksNotIncluded = 26, thresholdMethod = "nbPlugin", pThresholdTrend = 1, alpha = 0.01)
for (j in seq_len(ncol(y))) {
  s <- if (length(days) > 1) sts(observed = matrix(y[, j], ncol = 1), frequency = 52, epoch = days, epochAsDate = TRUE, start = c(1994, 1))
       else sts(observed = matrix(y[, j], ncol = 1), frequency = 52)
  e <- earsC(s, list(range = rows + 1, method = "C2", alpha = 0.01))
  for (config in list(list(b = B), noufaily)) for (i in seq_along(rows)) {
    r <- tryCatch(suppressWarnings(farringtonFlexible(s, c(list(range = rows[i] + 1), config))), error = function(x) NULL)
    n <- if (is.null(r)) rep(NA, 5) else c(r@control$expected, r@control$phiVector, r@upperbound[1], r@alarm[1], r@control$trend)
    cat(paste(format(c(n, e@upperbound[i]), digits = 15, trim = TRUE), collapse = ","), "\\n")
  }
}
"""
FILES = {  # file, first column of counts, years back, how many series and rows are looked at
    "salmonella.agona.csv": (["observed"], 5, 20),
    "k1.csv": (["observed"], 3, 12),
    "momo_observed.csv": (["[0,1)", "[15,45)", "[85,Inf)"], 5, 8),
    "measlesDE_observed.csv": (["Bavaria", "Berlin", "Saxony"], 2, 6),
    "fluBYBW_observed.csv": (["8336", "8115", "9162", "9776"], 5, 6),
}


def series_of(name):
    columns, years, n_rows = FILES[name]
    with (DATA / name).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    counts = np.array([[float(row[c]) for c in columns] for row in rows])
    by_date = "-" in rows[0].get("epoch", "")
    days = np.array([row["epoch"] for row in rows], "datetime64[D]") if by_date else None
    at = np.linspace(years * 52 + 10, len(rows) - 1, n_rows).astype(np.int64)
    return counts, days, at, years


def asked_of_r(folder, counts, days, at, years):
    np.savetxt(folder / "y.csv", counts, delimiter=",", fmt="%g")
    np.savetxt(folder / "days", [0] if days is None else days.astype(np.int64), fmt="%d")
    np.savetxt(folder / "rows", at, fmt="%d")
    (folder / "run.R").write_text(SCRIPT.replace("B,", f"{years},").replace("b = B)", f"b = {years})"))
    done = subprocess.run(
        ["Rscript", "run.R", "y.csv", "days", "rows"], cwd=folder, capture_output=True, text=True, check=True
    )
    said = [
        [np.nan if v in ("NA", "NaN") else float(v) for v in line.split(",")]
        for line in done.stdout.splitlines()
    ]
    return np.array(said).reshape(counts.shape[1], 2, at.size, 6).transpose(1, 3, 2, 0)


@pytest.mark.parametrize("name", FILES)
def test_same_numbers(tmp_path, name):
    if shutil.which("Rscript") is None:
        pytest.skip(NO_R)
    counts, days, at, years = series_of(name)
    both = asked_of_r(tmp_path, counts, days, at, years)
    noufaily = {
        "n_periods": 10, "weeks_excluded": 26, "threshold_method": "nb_plugin", "trend_p": 1.0, "alpha": 0.01,
    }  # fmt: skip
    for (mu0, phi, upper, alarm, trend, bound_c2), options in zip(both, ({}, noufaily), strict=True):
        found = farrington_flexible(counts, at, b=years, dates=days, **options)
        known = ~np.isnan(phi)
        assert known.any()
        for mine, theirs in ((found.mu0, mu0), (found.phi, phi), (found.upper, upper)):
            given = known & ~np.isnan(theirs)
            np.testing.assert_allclose(mine[given], theirs[given], rtol=1e-8, atol=1e-9)
        np.testing.assert_array_equal(found.alarm[known], alarm[known] == 1)
        np.testing.assert_array_equal(found.trend[known], trend[known] == 1)
        np.testing.assert_allclose(ears(counts, at, method="C2", alpha=0.01).upper, bound_c2, rtol=1e-8)
