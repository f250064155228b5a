"""Board and line list with 300,000 cases: how long the server takes, and how fast rows come in.

    python benchmarks/console_300k.py [--cases 300000] [--home DIR] [--keep] [--json]

Prints lines ``name<TAB>value<TAB>unit<TAB>goal``: rows a second of the load, the 95th percentile in
milliseconds of each read (in process) and of each page through Django's test client. Goals on SQLite and 2
cores: page query at most 50 ms, page at most 150 ms (p95). ``--json`` prints medians too.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "src")]

NOW = datetime(2022, 6, 12, 6, 0, tzinfo=UTC)
COUNTY = "CN-411624"
N_TOWNS = 22
REPEAT = 40


def main() -> None:
    """Fill a database, time the reads, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=300_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--keep", action="store_true", help="leave the home folder for a second run")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    said = parser.parse_args()
    home = said.home or Path(tempfile.mkdtemp(prefix="fireline-bench-"))
    os.environ["FIRELINE_HOME"] = str(home)
    from fireline.store.boot import boot, migrate

    boot(home)
    migrate()
    answer: dict[str, Any] = {"cases": said.cases}
    try:
        outbreak, answer["load"] = fill(said.cases)
        answer["reads_ms"] = time_reads(outbreak)
        answer["pages_ms"] = time_pages(outbreak)
    finally:
        if not said.keep and said.home is None:
            shutil.rmtree(home, ignore_errors=True)
    print(json.dumps(answer, indent=2) if said.json else lines_of(answer))


def lines_of(answer: dict[str, Any]) -> str:
    """The figures one a line, with their goals."""
    found = [("load with 300,000 cases", answer["load"].get("seconds"), "s", "")] if answer["load"] else []
    found += [(f"read: {name}", ms["p95"], "ms", "50") for name, ms in answer["reads_ms"].items()]
    found += [(f"page: {name}", ms["p95"], "ms", "150") for name, ms in answer["pages_ms"].items()]
    return "\n".join("\t".join(str(part) for part in line) for line in found)


def fill(n_cases: int) -> tuple[int, dict[str, float]]:
    """Load n cases, two contacts each hundredth, one task each case; returns the outbreak and the speed."""
    import numpy as np
    import polars as pl
    from tests.factories import worlds

    from fireline.actions import accounts, outbreaks
    from fireline.records.model import Records, schema
    from fireline.store.actor import COMMAND_LINE
    from fireline.store.models import Outbreak

    found = Outbreak.objects.first()
    if found is not None:
        return found.pk, {}
    rng = np.random.default_rng(7)
    towns = [f"{COUNTY}{101 + i}" for i in range(N_TOWNS)]
    start = datetime(2022, 3, 1, tzinfo=UTC)
    onset = pl.Series(
        [start + timedelta(hours=int(h)) for h in rng.integers(0, 2400, n_cases)],
        dtype=schema("cases")["onset"],
    )
    cases = pl.DataFrame(
        {
            "case_id": [f"C{i:06d}" for i in range(n_cases)],
            "person_key": [f"P{i:016d}" for i in range(n_cases)],
            "disease": ["covid-19"] * n_cases,
            "classification": rng.choice(
                ["confirmed", "probable", "suspected", "asymptomatic"], n_cases, p=[0.6, 0.1, 0.1, 0.2]
            ),
            "onset": onset,
            "onset_precision": ["hour"] * n_cases,
            "reported_at": onset + timedelta(days=1),
            "reported_at_precision": ["minute"] * n_cases,
            "area_code": rng.choice(towns, n_cases),
            "origin": rng.choice(["local", "imported"], n_cases, p=[0.97, 0.03]),
            "cluster": [f"K{k}" for k in rng.integers(0, 3000, n_cases)],
        }
    )
    cases = cases.with_columns(
        pl.lit(None, dtype=k).alias(c) for c, k in schema("cases").items() if c not in cases.columns
    )
    people = pl.DataFrame(
        {
            "person_key": cases["person_key"],
            "area_code": cases["area_code"],
            "age": rng.integers(0, 95, n_cases).astype(float),
            "sex": rng.choice(["male", "female"], n_cases),
        }
    )
    people = people.with_columns(
        pl.lit(None, dtype=k).alias(c) for c, k in schema("persons").items() if c not in people.columns
    )
    areas = worlds.frame(
        "areas",
        [
            {"area_code": COUNTY, "level": "county", "name": "county"},
            *({"area_code": t, "parent_code": COUNTY, "level": "township", "name": t} for t in towns),
        ],
    )
    records = Records(
        tables={
            "cases": cases.select(list(schema("cases"))),
            "persons": people.select(list(schema("persons"))),
            "areas": areas,
        },
        tz=worlds.TZ,
        area=COUNTY,
    )
    results = worlds.results(records, at=NOW)
    begin = time.perf_counter()
    pk = outbreaks.create_outbreak(
        by=COMMAND_LINE, at=NOW, title="300k", disease="covid-19", area_code=COUNTY
    )
    done = outbreaks.load_results(by=COMMAND_LINE, at=NOW, outbreak=pk, results=results)
    seconds = time.perf_counter() - begin
    accounts.create_user(
        by=COMMAND_LINE, at=NOW, username="bench", role="epidemiologist", area_code=COUNTY, unit="cdc"
    )
    accounts.create_user(
        by=COMMAND_LINE, at=NOW, username="town", role="epidemiologist", area_code=towns[3], unit="t"
    )
    n_rows = sum(done.values())
    return pk, {"rows": n_rows, "seconds": round(seconds, 1), "rows_per_s": round(n_rows / seconds)}


def time_reads(outbreak: int) -> dict[str, dict[str, float]]:
    """p50 and p95 of the reads behind the board and the line list, each with its audit row."""
    from fireline.store import access
    from fireline.store.models import User

    bench, town = (access.actor_of(User.objects.get(username=name)) for name in ("bench", "town"))

    def lines(who: access.Actor = bench, **options: object) -> Callable[[], object]:
        return lambda: access.line_list(who, purpose="investigation", outbreak=outbreak, at=NOW, **options)

    reads: dict[str, Callable[[], object]] = {
        "board": lambda: access.board(bench, outbreak=outbreak, at=NOW),
        "board, one township": lambda: access.board(town, outbreak=outbreak, at=NOW),
        "first page": lines(),
        "last page": lines(offset=299_900),
        "filtered by class": lines(filters={"classification": "suspected"}),
        "filtered by class and dates": lines(
            filters={"classification": "confirmed", "onset_from": "2022-04-01", "onset_to": "2022-04-30"}
        ),
        "filtered by class and town": lines(
            filters={"classification": "confirmed", "area_code": f"{COUNTY}105"}
        ),
        "filtered by sex": lines(filters={"sex": "male"}),
        "search": lines(filters={"q": "C0123"}, sort="case_id"),
        "one township": lines(town),
        **{f"sorted by {column}": lines(sort=column) for column in access.SORTABLE},
    }
    return {name: timed(read) for name, read in reads.items()}


def time_pages(outbreak: int) -> dict[str, dict[str, float]]:
    """p50 and p95 of the console's pages."""
    from django.test import Client

    from fireline.store.models import User

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username="bench"))
    pages = {
        "board": "board",
        "line list, first page": "cases",
        "line list, deep page": "cases?sort=onset&page=1501",
        "line list, filtered": "cases?classification=suspected",
        "line list, filtered and sorted by age": "cases?classification=suspected&sort=age",
        "signals": "signals",
        "tasks": "tasks",
    }
    answer = {}
    for name, page in pages.items():
        path = f"/o/{outbreak}/{page}"
        if client.get(path).status_code != 200:
            raise SystemExit(f"{path} is not a page")
        answer[name] = timed(lambda p=path: client.get(p))  # type: ignore[misc]
    return answer


def timed(read: Callable[[], object]) -> dict[str, float]:
    """Milliseconds: median and 95th percentile of 40 runs after one to warm up."""
    read()
    times = []
    for _ in range(REPEAT):
        begin = time.perf_counter()
        read()
        times.append((time.perf_counter() - begin) * 1_000)
    times.sort()
    return {"p50": round(times[len(times) // 2], 1), "p95": round(times[int(0.95 * len(times))], 1)}


if __name__ == "__main__":
    main()
