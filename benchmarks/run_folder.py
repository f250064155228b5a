"""`fireline run` as a whole process on the Korean line list, second run (after the first compile)."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data" / "ds4c_korea"


def main() -> None:
    """Print the median of three runs."""
    if not DATA.exists():
        print("run on ds4c_korea: skipped, the folder is not on this machine")
        return
    fireline = Path(sys.executable).with_name("fireline")
    times = []
    for attempt in range(4):
        out = Path(tempfile.mkdtemp(prefix="fireline-bench-"))
        start = time.perf_counter()
        command = [
            fireline,
            "run",
            DATA,
            "--feeds",
            ROOT / "examples/feeds/ds4c_korea.toml",
            "--out",
            out / "out",
            "--home",
            out / "home",
        ]
        subprocess.run(
            [str(c) for c in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if attempt:
            times.append(time.perf_counter() - start)
        shutil.rmtree(out)
    print(f"fireline run on ds4c_korea\t{statistics.median(times)}\ts\t15")


if __name__ == "__main__":
    main()
