"""Store of visits: a day of a million visits taken in, and a county's day answered from the start of a process.

The first answer is that of a new process that has its compiled kernels on disk. Seconds are of the wall, those
named cpu of the processors: on a machine that does other work only the latter compare. ``python benchmarks/visits.py [--persons N] [--days D]``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
QUESTION = """
import sys, time
start = time.perf_counter()
from fireline.store.boot import boot
home = boot()
booted = time.perf_counter()
import json, numpy as np
from datetime import date
from pathlib import Path
from fireline.contacts.search import contacts
from fireline.store.visits import VisitStore
asked = json.loads(Path(sys.argv[1]).read_text())
loaded = time.perf_counter()
seen = VisitStore(home).snapshot(date.fromisoformat(asked["first"]), date.fromisoformat(asked["last"]))
opened = time.perf_counter()
known = seen.persons.find(asked["people"])
cases = np.array(sorted(known.values()), np.int64)
found = contacts(seen.segments, cases, asked["from_s"], asked["to_s"], 900)
names = seen.persons.names(np.unique(found.person_i))
done = time.perf_counter()
print("answered", flush=True)
again = time.perf_counter()
contacts(seen.segments, cases, asked["from_s"], asked["to_s"], 900)
warm = time.perf_counter() - again
print(json.dumps({"boot": booted - start, "import": loaded - booted, "open": opened - loaded,
                  "first": done - opened, "warm": warm, "visits": sum(s.n_visits for s in seen.segments),
                  "cpu": time.process_time(), "cases": int(cases.size), "pairs": int(found.person_i.size), "people": len(names)}))
"""


def say(name: str, value: float, unit: str, goal: str = "") -> None:
    """One figure as the runner reads it."""
    print(f"{name}\t{value:.4f}\t{unit}\t{goal}", flush=True)


def take_in(home_path: Path, persons: int, days: int) -> list[str]:
    """Take the city in, one batch a UTC day; prints seconds and rows a second; returns the person keys."""
    os.environ["FIRELINE_HOME"] = str(home_path)
    os.environ.pop("DATABASE_URL", None)
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    from fireline.store.boot import boot, migrate

    home = boot()
    migrate()
    from datetime import UTC, datetime

    import polars as pl
    from django.db import transaction

    from benchmarks.city import build_city
    from fireline.privacy.pseudonym import pseudonymise
    from fireline.store.visits import VisitStore, rows

    made = rows._index
    spent = [0.0]

    def timed(stays: pl.DataFrame) -> object:
        start = time.thread_time()
        found = made(stays)
        spent[0] += time.thread_time() - start
        return found

    rows._index = timed
    city = build_city(persons, days=days, seed=1)
    keys = pseudonymise([str(i) for i in range(city.n_persons)], key=bytes(32), domain="person")
    people, places = pl.Series(keys), pl.Series([f"place-{i:06d}" for i in range(city.n_places)])
    seconds, spent_cpu, total = [], [], 0
    for day in range(days):
        a, b = city.day_starts[day : day + 2]
        instants = {
            name: pl.from_epoch(pl.Series(column[a:b]), "s")
            .cast(pl.Datetime("us"))
            .dt.replace_time_zone("UTC")
            for name, column in (("enter", city.enter_s), ("leave", city.leave_s))
        }
        who = {"person_key": people.gather(city.person_i[a:b]), "place_id": places.gather(city.place_i[a:b])}
        frame = pl.DataFrame({**who, **instants})
        start, cpu = time.perf_counter(), time.process_time()
        with transaction.atomic():
            VisitStore(home).ingest(frame, at=datetime.now(UTC))
        seconds.append(time.perf_counter() - start)
        spent_cpu.append(time.process_time() - cpu)
        total += frame.height
    seconds.sort()
    say("store.ingest.day", seconds[len(seconds) // 2], "s")
    say("store.ingest.rows", total / sum(seconds) / 1e6, "M/s")
    say("store.ingest.day_cpu", sorted(spent_cpu)[len(spent_cpu) // 2], "s")
    say("store.ingest.index_rows_per_cpu_s", total / spent[0] / 1e6, "M/s")
    size = sum(p.stat().st_size for p in home.segments.rglob("*.segment"))
    say("store.bytes_per_visit", size / total, "B")
    return keys


def ask(home_path: Path, people: list[str], *, days: int, last_day: int, name: str) -> None:
    """The first answer of a new process over some days."""
    start_s = 1_780_272_000  # benchmarks.city.START_S
    question = home_path / "question.json"
    from datetime import date, timedelta

    low = date(2026, 6, 1) + timedelta(days=last_day - days + 1)
    question.write_text(
        json.dumps(
            {
                "people": people,
                "first": low.isoformat(),
                "last": (low + timedelta(days=days - 1)).isoformat(),
                "from_s": start_s + (last_day - days + 1) * 86_400,
                "to_s": start_s + (last_day + 1) * 86_400,
            }
        )
    )
    environ = {**os.environ, "FIRELINE_HOME": str(home_path), "PYTHONPATH": str(ROOT / "src")}
    runs = []
    for _ in range(4):
        start = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-c", QUESTION, str(question)], env=environ, stdout=subprocess.PIPE, text=True
        ) as process:
            answered = process.stdout.readline()
            seconds = time.perf_counter() - start  # not what a process needs to end
            told = process.stdout.read()
        if process.returncode or answered != "answered\n":
            raise SystemExit(f"the question ended with {process.returncode}")
        runs.append({**json.loads(told), "process": seconds})
    best = sorted(runs[1:], key=lambda r: r["process"])[1]  # the first run fills the compiler's cache
    say(f"{name}.process_to_answer", best["process"], "s", "1" if days == 1 else "")
    for part in ("boot", "import", "open", "first", "warm"):
        say(f"{name}.{part}", best[part], "s")
    say(f"{name}.process_cpu", min(r["cpu"] for r in runs[1:]), "s")
    say(f"{name}.visits", best["visits"], "")
    say(f"{name}.pairs", best["pairs"], "")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=150_000)  # a million stays a day
    parser.add_argument("--days", type=int, default=14)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        keys = take_in(home, said.persons, said.days)
        step = max(1, len(keys) // 5_000)
        ask(home, keys[::step][:5_000], days=1, last_day=said.days // 2, name="county.day.5000_interviews")
        if said.days > 1:
            ask(home, keys[:1], days=said.days, last_day=said.days - 1, name=f"days_{said.days}.one_case")


if __name__ == "__main__":
    main()
