"""Zone policies on synthetic outbreaks: containment, weighted person-days and capture beside each other.

    python benchmarks/zones_backtest.py --quick
    python benchmarks/zones_backtest.py --development --policies two_tier township_sealed
    python benchmarks/zones_backtest.py --with fireline.some.module:POLICIES

Prints one line of progress per block of outbreaks, then a table. Without options the backtest is the one of
docs/adr/0013: counties 11 to 15, 100 outbreaks each. ``--with`` adds the policies of a mapping by its name.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

TWO_TIER = ("two_tier", "unit_and_township")


def asked() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two counties of development, 30 outbreaks each")
    parser.add_argument("--development", action="store_true", help="counties 1 to 5, to choose settings on")
    parser.add_argument("--counties", type=int, nargs="+")
    parser.add_argument("--outbreaks", type=int)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--every-days", type=int, default=3, help="days between plans; 0 = plan once")
    parser.add_argument("--policies", nargs="+", help="names to run; all that are known otherwise")
    parser.add_argument("--with", dest="more", nargs="+", default=[], metavar="MODULE:MAPPING")
    parser.add_argument(
        "--modelled", metavar="MODULE:FUNCTION", help="coverage a model claims for the first plan"
    )
    parser.add_argument("--reference", help="policy to compare with; the best two-tier rule otherwise")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, help="write every run as a CSV file")
    parser.add_argument("--figure", type=Path, help="write the figure as an SVG file")
    return parser.parse_args()


def main() -> None:
    """Run and print."""
    from fireline.drill.world.backtest import Design, run
    from fireline.drill.world.figure import figure
    from fireline.drill.world.policies import PLAIN
    from fireline.drill.world.verdict import best_of, summarise

    options = asked()
    known = dict(PLAIN)
    for name in options.more:
        known.update(_named(name))
    chosen = options.policies or list(known)
    counties = (1, 2) if options.quick else (1, 2, 3, 4, 5) if options.development else (11, 12, 13, 14, 15)
    design = Design(
        counties=tuple(options.counties or counties),
        outbreaks=options.outbreaks or (30 if options.quick else 100),
        n_people=options.people,
        every_days=options.every_days,
    )
    started = time.perf_counter()
    table = run(
        {name: known[name] for name in chosen},
        design,
        chance=np.random.default_rng,
        processes=options.processes,
        modelled=_named(options.modelled) if options.modelled else None,
        say=lambda line: print(f"  {time.perf_counter() - started:6.1f} s  {line}", flush=True),
    )
    took = time.perf_counter() - started
    if options.out:
        table.write_csv(options.out)
    reference = options.reference or best_of(table, [n for n in TWO_TIER if n in chosen] or chosen)
    rows = summarise(table, reference=reference, rng=np.random.default_rng(0))
    if options.figure:
        options.figure.write_text(figure(rows, lang="en"), encoding="utf-8")
    print(
        f"\ncounties {design.counties}, {design.outbreaks} outbreaks each, {design.n_people:,} people; compared with {reference}"
    )
    print(
        "| policy | contained (SE) | weighted person-days, M | ratio | difference (95 %) | modelled / unrestrained / own capture | infections 28 d | better | planning ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for row in rows.iter_rows(named=True):
        print(
            f"| {row['policy']} | {row['contained']:.3f} ({row['contained_se']:.3f}) | {row['weighted_person_days'] / 1e6:.2f} "
            f"| {row['cost_ratio']:.2f} | {row['difference']:+.3f} ({row['difference_low']:+.3f} to {row['difference_high']:+.3f}) "
            f"| {_share(row['modelled_coverage'])} / {_share(row['unrestrained_capture'])} / {_share(row['realised_capture'])} | {row['infections_28']:.0f} "
            f"| {'yes' if row['is_better'] else 'not worse' if row['is_not_worse'] else 'no'} | {1e3 * row['planning_s']:.1f} |"
        )
    print(
        f"\nruns\t{len(table)}\nseconds\t{took:.1f}\nruns_per_s\t{len(table) / took:.1f}\tgoal 10 (500 outbreaks x 12 policies in 10 minutes)"
    )
    print(f"seconds_a_run\t{table['seconds'].mean():.4f}\tgoal <= 0.2")


def _named(text: str) -> Any:
    """What stands under "module:name"."""
    module, name = text.split(":")
    return getattr(importlib.import_module(module), name)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    main()
