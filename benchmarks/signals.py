"""Early warning measured: accuracy on the standard simulation, speed beside R, clusters, R and nowcast.

Every part is a module of its own that can be run alone; ``python benchmarks/signals.py --quick`` runs all of
them on fewer series, within ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = {
    "signals_accuracy": ("one stream: accuracy on the standard simulation", False),
    "signals_speed": ("one stream: speed beside R", False),
    "signals_scan": ("clusters in space and time beside NumPy", False),
    "signals_fusion": ("many streams: fusion against the best single stream", True),
    "signals_rt": ("R, trend and nowcast, beside R", False),
}
"""Module -> what it measures, and whether it has a quick form."""


def main() -> int:
    """Run the parts one after the other; the exit code counts those that failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer series")
    said = parser.parse_args()
    failed = 0
    start = time.perf_counter()
    for module, (title, has_quick) in PARTS.items():
        print(f"\n== {title} ({module}) at {time.perf_counter() - start:.0f} s", flush=True)
        more = ["--quick"] if said.quick and has_quick else []
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *more], cwd=ROOT, check=False)
        failed += done.returncode != 0
    print(f"\n{time.perf_counter() - start:.0f} s in all")
    return failed


if __name__ == "__main__":
    sys.exit(main())
