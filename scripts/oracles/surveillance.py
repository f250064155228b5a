"""Make the series that detectors and R's surveillance are compared on, and have R judge them.

    python scripts/oracles/surveillance.py [FOLDER]

FOLDER is tests/reference/tables unless named. Needs ``Rscript`` with the package surveillance 1.20.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src")]

from fireline.drill.series import SCENARIOS, simulate  # noqa: E402

TABLES = ROOT / "tests" / "reference" / "tables"
N_WEEKS = 624


def make_series() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, counts (n_weeks, n_series; NaN = not reported) and people at risk (n_weeks, 1)."""
    rng = np.random.default_rng(20_240_501)
    drawn = simulate(rng=rng, scenarios=SCENARIOS[::2], past_sizes=(5,), current_sizes=(6,))
    names = [f"scenario_{k}" for k in range(0, 42, 2)]
    counts = drawn.counts[:, : len(names)]
    week = np.arange(N_WEEKS)
    rare = rng.poisson(0.03, N_WEEKS)
    burst = rng.poisson(0.02, N_WEEKS) + (week >= 618) * 3
    many = np.round(5_000 * np.exp(0.3 * np.sin(week * 2 * np.pi / 52)) * rng.lognormal(0, 0.05, N_WEEKS))
    steep = rng.poisson(np.exp(0.2 + 0.03 * (week - 480)))
    fading = rng.poisson(np.exp(4.0 - 0.008 * (week - 330)))
    holes, gap, late = (rng.negative_binomial(6, 0.4, N_WEEKS).astype(float) for _ in range(3))
    holes[rng.random(N_WEEKS) < 0.1] = np.nan
    gap[400:460] = np.nan
    late[:420] = np.nan
    more = {
        "zeros": np.zeros(N_WEEKS), "rare": rare, "burst": burst, "many": many, "steep": steep,
        "fading": fading, "holes": holes, "gap": gap, "late": late,
    }  # fmt: skip
    counts = np.column_stack([counts, *more.values()])
    people = np.round(5e4 * np.exp(np.cumsum(rng.normal(0, 0.02, (N_WEEKS, 1)), axis=0)))
    return [*names, *more], counts, people


def write(path: Path, names: list[str], values: np.ndarray) -> None:
    """One column a series; an unreported week is NA."""
    rows = [",".join("NA" if np.isnan(v) else f"{v:.0f}" for v in row) for row in values]
    path.write_text("\n".join([",".join(names), *rows]) + "\n", "ascii")


def main(folder: Path) -> None:
    """Write the series and let R write what it says."""
    names, counts, people = make_series()
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "series.csv", names, counts)
    write(folder / "population.csv", ["all"], people)
    subprocess.run(["Rscript", str(Path(__file__).with_suffix(".R")), str(folder)], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TABLES)
