"""The reproduction number beside EpiEstim: its published table, and the program itself where it is installed."""

from __future__ import annotations

import csv
import io
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from fireline.signals import discretise_serial_interval, estimate_rt

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "epiestim"
FIGURES = (
    "Mean(R)", "Std(R)", "Quantile.0.025(R)", "Quantile.0.05(R)", "Quantile.0.25(R)", "Median(R)",
    "Quantile.0.75(R)", "Quantile.0.95(R)", "Quantile.0.975(R)",
)  # fmt: skip


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def column(rows, name):
    return np.array([float(r[name]) if r[name] not in ("", "NA") else math.nan for r in rows])


def assert_same(found, rows):
    assert (found.t_start + 1).tolist() == column(rows, "t_start").tolist()
    assert (found.t_end + 1).tolist() == column(rows, "t_end").tolist()
    got = np.column_stack([found.mean[:, 0], found.sd[:, 0], *found.quantiles[:, :, 0]])
    wanted = np.column_stack([column(rows, f) for f in FIGURES])
    np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=0, equal_nan=True)


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="by design: ../shared/data is not here")
class TestPublishedTable:
    incidence = staticmethod(lambda: column(table((DATA / "Flu2009__incidence.csv").read_text()), "I"))

    def test_supplied_interval(self):
        weights = column(table((DATA / "Flu2009__si_distr.csv").read_text()), "value")
        expected = table((DATA / "expected_R_example1.csv").read_text())
        assert_same(estimate_rt(self.incidence(), serial_interval=weights), expected)

    def test_gamma_interval(self):
        found = estimate_rt(self.incidence(), si_mean=2.6, si_sd=1.5)
        first = (found.mean[0, 0], found.quantile(0.025)[0, 0], found.quantile(0.975)[0, 0])
        assert first == pytest.approx((1.735798, 1.028744, 2.624781), abs=1e-6)


def epiestim(code: str) -> str:
    """What a piece of R prints; skips where R or EpiEstim is absent."""
    if shutil.which("Rscript") is None:
        pytest.skip("by design: R is an oracle that is not part of the project, and is not installed here")
    script = f"suppressMessages(library(EpiEstim)); {code}"
    done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode and "there is no package" in done.stderr:
        pytest.skip(
            "by design: EpiEstim is an oracle that is not part of the project, and is not installed here"
        )
    assert done.returncode == 0, done.stderr
    return done.stdout


SETS = ("Flu1918", "Measles1861", "SARS2003", "Smallpox1972", "Flu2009")
RUN = """
set <- get(data("{name}"));
cases <- if (is.data.frame(set$incidence)) set$incidence$I else set$incidence;
cat("cases", cases, "\\n"); cat("interval", format(set$si_distr, digits = 17), "\\n");
found <- suppressWarnings(suppressMessages(
  estimate_R(cases, method = "non_parametric_si", config = make_config(list(si_distr = set$si_distr)))))$R;
write.csv(format(found, digits = 15), stdout(), row.names = FALSE, quote = FALSE)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_data_sets_that_come_with_epiestim(name):
    """They are read from the installed program and never copied."""
    lines = epiestim(RUN.format(name=name).replace("\n", " ")).splitlines()
    cases, weights = (np.array(line.split()[1:], float) for line in lines[:2])
    expected = [{k: v.strip() for k, v in row.items()} for row in table("\n".join(lines[2:]))]
    found = estimate_rt(cases, serial_interval=weights)
    assert_same(found, expected)
    if name == "SARS2003":
        assert np.isnan(found.mean[0, 0])
    if name == "Flu1918":
        first = (found.mean[0, 0], found.quantile(0.025)[0, 0], found.quantile(0.975)[0, 0])
        assert [round(float(v), 4) for v in first] == [1.4145, 1.0237, 1.8676]


@pytest.mark.slow
def test_discretised_intervals():
    pairs = [(2.6, 1.5), (1.05, 0.4), (8.4, 3.8), (15.3, 9.6), (3.0, 0.05), (30.0, 40.0)]
    code = "; ".join(f'cat(format(discr_si(0:60, {m}, {s}), digits = 17), "\\n")' for m, s in pairs)
    for (mean, sd), line in zip(pairs, epiestim(code).splitlines(), strict=True):
        expected = np.array(line.split(), float)
        np.testing.assert_allclose(
            discretise_serial_interval(mean, sd, n_days=61), expected, rtol=1e-7, atol=1e-12
        )
