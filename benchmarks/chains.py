"""Chains: hidden links found again, R and k, and how long 2,000 cases take to lay out and draw.

    python benchmarks/chains.py [--data DIR] [--nodes 2000] [--table]

Prints lines ``name<TAB>value<TAB>unit<TAB>goal``; ``--table`` prints the whole comparison beside random and
nearest-onset baselines. The three data sets are read where they are; without them only the drawing is timed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

SETS = {
    "ebola_sim": ("outbreaks", "ebola", "SL"),
    "china_pairs": ("china_transmission_pairs_1407", "covid-19", "CN"),
    "ds4c_korea": ("ds4c_korea", "covid-19", "KR"),
}


def main() -> None:
    """Run the parts that can be run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--nodes", type=int, default=2_000)
    parser.add_argument("--table", action="store_true", help="print every method and what the data cover")
    said = parser.parse_args()
    draw(said.nodes)
    for name, (folder, disease, area) in SETS.items():
        if (said.data / folder).is_dir():
            hidden_links(name, said.data / folder, disease, area, is_whole=said.table)


def draw(n: int) -> None:
    """Lay out and draw a forest of n cases as the page does: whole, folded, filtered, with other sources."""
    from fireline.store.boot import boot

    boot(Path(tempfile.mkdtemp(prefix="fireline-bench-")))
    from tests.unit.web.test_web_pictures import edge, faults, two_thousand

    from fireline.web.console import pictures

    nodes, edges = two_thousand(n=n)
    names = [row["case_id"] for row in nodes]
    others = [edge(names[i], names[i + 7]) for i in range(0, n - 7, 3)]
    ways = {
        "whole": {},
        "folded": {"unfold": "?fold=0"},
        "filtered to a tenth": {"keep": set(names[::10])},
        "with other sources": {"has_others": True},
    }
    pictures.chain(nodes[:50], edges[:50], base="")  # imports and compiles
    for way, more in ways.items():
        seconds, worked = [], []
        for _ in range(5):
            start, cpu = time.perf_counter(), time.process_time()
            svg = pictures.chain(nodes, edges + others, base="/o/1", **more)
            seconds.append(time.perf_counter() - start)
            worked.append(time.process_time() - cpu)
        line(f"draw {n} cases, {way}", sorted(seconds)[2], "s", "0.5")
        line(f"draw {n} cases, {way}: processor time", sorted(worked)[2], "s")
        _, n_touching, n_through = faults(svg)
        line(f"draw {n} cases, {way}: overlaps and runs through", n_touching + n_through, "", "0")
        line(f"draw {n} cases, {way}: size", len(svg) / 1e3, "kB")


def hidden_links(name: str, folder: Path, disease: str, area: str, *, is_whole: bool) -> None:
    """Backtest one data set and fit R and k to its stated links."""
    from fireline.contacts import find
    from fireline.contacts.backtest import backtest
    from fireline.pipeline.intake import read_folder
    from fireline.policy import At, load_library

    mapping = ROOT / "examples" / "feeds" / f"{name}.toml"
    intake = read_folder(folder, mapping=mapping, area=None, key=bytes(range(32)))
    rules = At(load_library(), disease, area, intake.newest.date())
    start = time.perf_counter()
    chain = find(intake.records, rules, at=intake.newest).chain
    line(f"{name}: contacts, sources and chain", time.perf_counter() - start, "s")
    found = backtest(intake.records, rules, at=intake.newest)
    for hits in found.hits:
        if is_whole or hits.method == "engine":
            line(f"{name}: top 1, {hits.method}", 100 * hits.top_1, "%")
            line(f"{name}: top 5, {hits.method}", 100 * hits.top_5, "%")
    if not is_whole:
        return
    n = found.hits[0].n
    line(f"{name}: cases asked about", n, "")
    line(f"{name}: infected cases without a day", found.n_undated, "")
    line(f"{name}: asked, but no true source has a day", found.n_without_day, "")
    line(f"{name}: mean share given to the first", 100 * found.mean_share_of_first, "%")
    line(f"{name}: mean share of the unknown source", 100 * found.mean_unknown, "%")
    line(f"{name}: likeliest source is unknown", 100 * found.n_unknown_likeliest / max(1, n), "%")
    line(f"{name}: look-back days covered", 100 * found.covered_days / max(1, found.look_back_days), "%")
    line(f"{name}: hours in exact stays", found.covered_h, "h")
    print(f"{name}: evidence used {', '.join(found.evidence_used) or 'none'}; put aside "
          f"{', '.join(found.evidence_put_aside) or 'none'}")  # fmt: skip
    fit, summary = chain.summary["reproduction"], chain.summary
    print(
        f"{name}: R {fit.r:.3f} ({fit.r_low:.3f}-{fit.r_high:.3f}), k {fit.k:.3f} ({fit.k_low:.3f}-"
        f"{fit.k_high:.3f}) from {fit.n} cases, {summary['n_recent']} too recent; serial interval "
        f"{summary['mean_serial_days']:.2f} (sd {summary['sd_serial_days']:.2f}, n {summary['n_serial']}); "
        f"odd links: {summary['n_impossible']} too early, {summary['n_missing_generation']} too late"
    )


def line(name: str, value: float, unit: str, goal: str = "") -> None:
    """One figure as the runner reads it."""
    print(f"{name}\t{value}\t{unit}\t{goal}")


if __name__ == "__main__":
    main()
