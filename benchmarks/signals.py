"""Early warning measured: accuracy on the standard simulation, speed beside R, clusters, R and nowcast.

Every part is a module of its own that can be run alone; ``python benchmarks/signals.py --quick`` runs all of
them within ten minutes on two cores.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.parts import run_parts

PARTS = {
    "signals_accuracy": ("one stream: accuracy on the standard simulation", (), ()),
    "signals_speed": ("one stream: speed beside R", (), ()),
    "signals_scan": ("clusters in space and time beside NumPy", (), ()),
    "signals_fusion": ("many streams: fusion against the best single stream", (), ("--quick",)),
    "signals_rt": ("R, trend and nowcast, beside R", (), ()),
}

if __name__ == "__main__":
    sys.exit(run_parts(PARTS, description=__doc__))
