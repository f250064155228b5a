"""Run every benchmark in its own process and print figure, goal and verdict.

Each script in this folder prints lines ``name<TAB>value<TAB>unit<TAB>goal``; a line whose goal is missed
is marked. ``python -m benchmarks NAME ...`` runs some of them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOGETHER = {"signals", "zones"}  # runs other scripts of this folder, which run here by themselves
HERE = Path(__file__).resolve().parent


def main(names: list[str]) -> int:
    """Run benchmarks by name (all when none is given); the exit code counts missed goals."""
    scripts = [
        p
        for p in sorted(HERE.glob("*.py"))
        if not p.stem.startswith("__") and (p.stem in names if names else p.stem not in TOGETHER)
    ]
    missed = 0
    for script in scripts:
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{script.stem}"],
            cwd=HERE.parent,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            print(f"{script.stem}: failed with exit code {done.returncode}")
            missed += 1
        for line in done.stdout.splitlines():
            parts = line.split("\t")
            if len(parts) != 4:
                print(line)
                continue
            name, value, unit, goal = parts
            ok = not goal or float(value) <= float(goal)
            missed += not ok
            print(
                f"{'ok    ' if ok else 'MISSED'} {name:48} {float(value):10.2f} {unit:4} goal {goal or '-'}"
            )
    return missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
