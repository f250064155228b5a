"""Real lists of risk areas beside the conditions that were in force: how large they were, and how long they stayed.

Benchmarks: ``python -m benchmarks.zones_lists``. The lists of one province, April to August 2022, folded into
episodes. When the last case of an area was found is not on a list, so the earliest day that a rule allows is
counted from the listing: an area that left the list earlier was lifted early, or its last case was older than
its listing; one that stayed longer had further cases, or was lifted late. Both bounds are stated, neither proves.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from fireline.policy import At, load_library
from fireline.zones.delimit import find_level_rule

LISTS = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "china_risk_areas_2022"
STEP_DOWN_DAYS = 3
"""Ninth edition: an area that was high and became middle is low after three more days without a case."""
LEVELS = {"high": "sealed", "middle": "managed", "low": "precaution"}
SIZES = (
    ("rest of the county or district", r"其他|以外|其余|除.*(区域|地区)"),
    ("building or part of one", r"(号楼|单元|栋|幢)"),
    (
        "compound or institution",
        r"(小区|家属院|社区|花园|公寓|苑|府|庭|城$|酒店|宾馆|医院|学校|学院|公司|厂|市场|广场|院)",
    ),
    ("village", r"(村|庄|营|组)$|村"),
    ("street block", r"(合围|以东|以西|以南|以北|路段|街$|路$)"),
    ("township or street", r"(乡|镇|街道)(全域|全部)?$"),
)
"""Words in the name of an area -> how large it is; the first that fits."""


def size_of(area: str) -> str:
    """How large an area is by its name."""
    return next((name for name, words in SIZES if re.search(words, area)), "not told by the name")


def clean_days(day: date, level: str) -> tuple[int | None, str]:
    """Days without a case that the rule in force on a day asks for before a level is lifted."""
    answer = find_level_rule(At(load_library(), "covid-19", "CN-41", day), "zone.lift", level)
    if not answer.in_force or answer.value is None:
        return None, ""
    days = [
        int(c.get("ge", c.get("gt", -1) + 1))
        for c in answer.value.get("all", ())
        if c.get("fact") in ("days_no_new_infection", "days_since_last_case")
    ]
    return (max(days) if days else None), answer.rule_id


def main() -> None:
    """Print both tables."""
    if not (LISTS / "henan_risk_area_episodes.csv").is_file():
        print("the lists are not at hand")
        return
    rows = pl.read_csv(LISTS / "henan_risk_area_episodes.csv", infer_schema_length=0)
    sizes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    stays: dict[tuple[str, str, int | None], list[float]] = defaultdict(list)
    begun = min(rows["first_seen"].drop_nulls())
    high = {(r["county"], r["area"]) for r in rows.iter_rows(named=True) if r["level"] == "high"}
    n_open = 0
    for r in rows.iter_rows(named=True):
        sizes[r["level"]][size_of(r["area"])] += 1
        if not r["removed_seen"] or r["first_seen"] == begun:
            n_open += 1  # on the first list, or on the last: how long it stayed is not known
            continue
        first, gone = (datetime.fromisoformat(r[c]) for c in ("first_seen", "removed_seen"))
        asked, rule = clean_days(gone.date(), LEVELS[r["level"]])
        name = r["level"]
        if name == "middle" and (r["county"], r["area"]) in high:
            name, asked = "middle, was high", STEP_DOWN_DAYS
        stays[(name, rule, asked)].append((gone - first).total_seconds() / 86_400)
    print(
        "### how large the listed areas were, by their names\n\n| level | areas | "
        + " | ".join(n for n, _ in SIZES)
        + " | not told |\n|---|---|"
        + "---|" * (len(SIZES) + 1)
    )
    for level in LEVELS:
        found = sizes[level]
        cells = [found[n] for n, _ in SIZES] + [found["not told by the name"]]
        print(f"| {level} | {sum(found.values())} | " + " | ".join(str(c) for c in cells) + " |")
    print("\n### how long they stayed, beside the rule in force on the day they left the list\n")
    print(f"{n_open} episodes without a known beginning or end are left out\n")
    print(
        "| level | areas | days: median | tenth | ninetieth | rule asks | left earlier | stayed 3 days or more longer | rule |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for (level, rule, asked), days in sorted(
        stays.items(), key=lambda kv: (list(LEVELS).index(kv[0][0].split(",")[0]), kv[0][1])
    ):
        d = np.array(days)
        low, middle, high = np.quantile(d, [0.1, 0.5, 0.9])
        early = "-" if asked is None else f"{(d < asked - 0.5).sum()}"
        late = "-" if asked is None else f"{(d >= asked + 3).sum()}"
        print(
            f"| {level} | {d.size} | {middle:.1f} | {low:.1f} | {high:.1f} | {asked or '-'} | {early} | {late} | {rule or 'no rule in force'} |"
        )


if __name__ == "__main__":
    main()
