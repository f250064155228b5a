"""Import of 100,000 rows: read, clean and save into the database, as an upload in the console does."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path


def line_list(n_rows: int) -> bytes:
    """A generated line list of n_rows cases as CSV."""
    rng = random.Random(7)
    lines = ["case_id,person_key,disease,classification,onset,reported_at,area_code"]
    for i in range(n_rows):
        day = date(2026, 1, 1) + timedelta(days=rng.randrange(300))
        kind = rng.choice(["confirmed", "probable", "suspected"])
        lines.append(
            f"C{i:06},N{i:06},influenza,{kind},{day},{day + timedelta(days=2)}T10:{i % 60:02},CN-411624{i % 22 + 100}"
        )
    return ("\n".join(lines) + "\n").encode()


def main() -> None:
    """Print the time to the preview and to the saved import."""
    home = Path(tempfile.mkdtemp(prefix="fireline-bench-"))
    os.environ["FIRELINE_HOME"] = str(home)
    from fireline.store.boot import boot, migrate

    boot(home)
    migrate()
    from fireline.actions import accounts, imports, outbreaks
    from fireline.store.actor import COMMAND_LINE, Actor

    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    user = accounts.create_user(by=COMMAND_LINE, at=at, username="dora", role="epidemiologist", unit="cdc")
    by = Actor(username="dora", role="epidemiologist", unit="cdc", user_id=user)
    outbreak = outbreaks.create_outbreak(
        by=COMMAND_LINE, at=at, title="benchmark", disease="influenza", area_code="CN-411624"
    )
    data = line_list(100_000)
    start = time.perf_counter()
    batch = imports.preview_import(by=by, at=at, outbreak=outbreak, name="cases.csv", data=data)
    middle = time.perf_counter()
    saved = imports.commit_import(by=by, at=at, batch=batch)
    end = time.perf_counter()
    if saved.n_new < 100_000:
        raise SystemExit(f"only {saved.n_new} rows were saved")
    print(f"preview of 100,000 rows\t{middle - start}\ts\t")
    print(f"import of 100,000 rows\t{end - start}\ts\t10")
    shutil.rmtree(home)


if __name__ == "__main__":
    main()
