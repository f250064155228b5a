"""How long small writes wait on SQLite: eight threads of one process, and two processes of four threads.

Each write is one audit row in a transaction of its own. Prints the 99th percentile of the whole write.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

WRITES = 50  # of each thread
SETUPS = (("8 writers, 1 process", 1, 8), ("8 writers, 2 processes", 2, 4))


def work(n_threads: int) -> None:
    """One process: write, print the seconds of each write."""
    import django

    django.setup()
    from django.db import connection, transaction

    from fireline.store import audit
    from fireline.store.actor import Actor

    waits: list[float] = []

    def one(name: str) -> None:
        who = Actor(username=name, role="x")
        for _ in range(WRITES):
            start = time.perf_counter()
            with transaction.atomic():
                audit.append(actor=who, action="benchmark", at=datetime(2022, 1, 1, tzinfo=UTC))
            waits.append(time.perf_counter() - start)
        connection.close()

    threads = [threading.Thread(target=one, args=(f"w{i}",)) for i in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(" ".join(str(wait) for wait in waits))


def main() -> None:
    """Print the waits of both setups."""
    for name, n_processes, n_threads in SETUPS:
        home = Path(tempfile.mkdtemp(prefix="fireline-bench-"))
        environ = {
            **os.environ,
            "FIRELINE_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "fireline.web.settings",
        }
        environ.pop("DATABASE_URL", None)
        ready = "from fireline.store.boot import boot, migrate; boot(); migrate()"
        subprocess.run([sys.executable, "-c", ready], env=environ, check=True)
        children = [
            subprocess.Popen(
                [sys.executable, __file__, "work", str(n_threads)],
                env=environ,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(n_processes)
        ]
        waits = sorted(float(wait) for child in children for wait in child.communicate()[0].split())
        if len(waits) != n_processes * n_threads * WRITES:
            raise SystemExit("a write failed")
        print(f"small write, p99, {name}\t{waits[int(0.99 * len(waits))] * 1_000:.1f}\tms\t250")
        print(f"small write, worst, {name}\t{waits[-1] * 1_000:.1f}\tms\t")
        shutil.rmtree(home)


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(int(sys.argv[2]))
    else:
        main()
