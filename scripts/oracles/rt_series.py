"""Write the series and the runs that scripts/oracles/rt.R puts to EpiEstim: ``python scripts/oracles/rt_series.py``.

Everything is made up here from fixed seeds; the tables are committed, so that the tests need neither R nor this.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
FOLDER = ROOT / "tests" / "reference" / "tables"
COLUMNS = (
    "case", "series", "method", "mean_si", "std_si", "std_mean_si", "min_mean_si", "max_mean_si", "std_std_si",
    "min_std_si", "max_std_si", "n1", "n2", "si_distr", "mean_prior", "std_prior", "t_start", "t_end",
)  # fmt: skip
SUPPLIED = (0, 0.05, 0.2, 0.25, 0.2, 0.12, 0.08, 0.05, 0.03, 0.02)


def series() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """All cases and imported cases by day, by name of the series."""
    from tests.factories.epidemics import renewal_epidemic

    def of(seed: int, r: list[float], **more: float) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.Generator(np.random.PCG64(seed))
        return renewal_epidemic(rng, r=np.array(r), **more)

    quiet = np.concatenate([np.zeros(12), of(3, [1.3] * 30, seeds=1, mean=8.4, sd=3.8)[0]])
    return {
        "wave": of(1, [1.6] * 25 + [0.7] * 30, seeds=6),
        "imports": of(2, [0.8] * 45, seeds=2, imports=1.5),
        "late_start": (quiet, np.zeros(42)),
        "short": of(4, [1.8] * 22, seeds=8, mean=15.3, sd=9.6),
        "large": of(5, [1.15] * 40, seeds=900, mean=2.6, sd=1.5),
        "dying": of(6, [1.2] * 10 + [0.3] * 30, seeds=4),
    }


def cases() -> list[dict[str, str]]:
    """What to run on which series."""

    def row(case: str, of: str, method: str, **said: object) -> dict[str, str]:
        return (
            dict.fromkeys(COLUMNS, "")
            | {"case": case, "series": of, "method": method}
            | {
                name: " ".join(map(str, v)) if isinstance(v, tuple | range) else str(v)
                for name, v in said.items()
            }
        )

    gamma = {
        "wave": (4, 2),
        "imports": (4, 2),
        "late_start": (8.4, 3.8),
        "short": (15.3, 9.6),
        "large": (2.6, 1.5),
        "dying": (5.2, 2.8),
    }
    rows = [
        row(f"{name} gamma", name, "parametric_si", mean_si=m, std_si=s) for name, (m, s) in gamma.items()
    ]
    rows += [row(f"{name} supplied", name, "non_parametric_si", si_distr=SUPPLIED) for name in gamma]
    rows += [
        row("wave days", "wave", "parametric_si", mean_si=4, std_si=2, t_start=range(2, 56), t_end=range(2, 56)),
        row("late_start days", "late_start", "parametric_si", mean_si=8.4, std_si=3.8, t_start=range(2, 43), t_end=range(2, 43)),
        row("short days", "short", "parametric_si", mean_si=15.3, std_si=9.6, t_start=range(2, 23), t_end=range(2, 23)),
        row("wave fortnights", "wave", "parametric_si", mean_si=4, std_si=2, t_start=(2, 10, 20, 30, 41), t_end=(15, 23, 33, 43, 54)),
        row("wave prior", "wave", "parametric_si", mean_si=4, std_si=2, mean_prior=2, std_prior=1),
        row("wave narrow", "wave", "parametric_si", mean_si=1.2, std_si=0.4),
        row("dying prior", "dying", "non_parametric_si", si_distr=SUPPLIED, mean_prior=1.2, std_prior=3),
        row("wave uncertain", "wave", "uncertain_si", mean_si=4, std_mean_si=1, min_mean_si=2, max_mean_si=6, std_si=2, std_std_si=0.5, min_std_si=0.8, max_std_si=3.2, n1=400, n2=60),
        row("imports uncertain", "imports", "uncertain_si", mean_si=6, std_mean_si=2, min_mean_si=2.5, max_mean_si=9.5, std_si=2.5, std_std_si=1, min_std_si=0.5, max_std_si=4.5, n1=400, n2=60),
    ]  # fmt: skip
    return rows


def main() -> None:
    """Write both tables."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "rt_series.csv").open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["series", "day", "local", "imported"])
        for name, (total, came) in series().items():
            for day, (n, m) in enumerate(zip(total, came, strict=True)):
                writer.writerow([name, day + 1, int(n - m), int(m)])
    with (FOLDER / "rt_cases.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(cases())


if __name__ == "__main__":
    main()
