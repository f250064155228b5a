"""Zones measured: policies on synthetic outbreaks, on real ones, gaps and times, units, and the real lists.

Every part is a module of its own that can be run alone; ``python benchmarks/zones.py --quick`` runs all of them
within ten minutes on two cores.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.parts import run_parts

POLICIES = (
    "--with",
    "benchmarks.zones_policies:CHOSEN",
    "--modelled",
    "benchmarks.zones_policies:modelled",
)
PARTS = {
    "zones_backtest": ("policies on synthetic outbreaks (decision 13)", POLICIES, ("--quick",)),
    "zones_real": ("zones on real outbreaks with places and dates", (), ("--every", "21")),
    "zones_lists": ("real lists of risk areas beside the conditions in force", (), ()),
    "zones_speed": ("threshold, optimum with its gap, and risk: 2,000 units", (), ()),
    "zones_speed 20000": ("the same, 20,000 units", ("20000",), ()),
}

if __name__ == "__main__":
    sys.exit(run_parts(PARTS, description=__doc__))
