"""Runs the parts of a benchmark one after the other, each a module that can also be run alone."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
Parts = Mapping[str, tuple[str, Sequence[str], Sequence[str]]]
"""Module, with a word where it comes twice -> what it measures, words it is given always, and with --quick."""


def run_parts(parts: Parts, *, description: str) -> int:
    """Run all parts; returns how many failed."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer series, outbreaks and days")
    parser.add_argument("--only", nargs="+", choices=sorted(parts), help="these parts; all otherwise")
    said = parser.parse_args()
    failed = 0
    start = time.perf_counter()
    for module, (title, always, quick) in parts.items():
        if said.only and module not in said.only:
            continue
        print(f"\n== {title} ({module}) at {time.perf_counter() - start:.0f} s", flush=True)
        words = [*always, *(quick if said.quick else ())]
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{module.split()[0]}", *words], cwd=ROOT, check=False
        )
        failed += done.returncode != 0
    print(f"\n{time.perf_counter() - start:.0f} s in all")
    return failed
