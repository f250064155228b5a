"""Fail when a kind of test did not run: reads the JUnit files that ``make test`` and ``test-long`` wrote.

Every folder under tests/ that holds a test file is a kind; each must have at least one passed test,
and no test may have been skipped except where its reason starts with "by design".
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = (
    ROOT.parent / "shared" / "data"
)  # not part of the project; its tests are excused where it is absent


def kinds() -> set[str]:
    """Names of the folders under tests/ that hold test files."""
    return {p.relative_to(ROOT / "tests").parts[0] for p in (ROOT / "tests").rglob("test_*.py")}


def main(*junits: str) -> int:
    """Count passed and skipped tests by kind and say what is missing."""
    passed: Counter[str] = Counter()
    skipped: list[str] = []
    for case in (case for junit in junits for case in ET.parse(junit).iter("testcase")):
        kind = (
            case.get("classname", "").split(".")[1] if case.get("classname", "").startswith("tests.") else "?"
        )
        skip = case.find("skipped")
        if skip is None:
            passed[kind] += 1
        elif not (skip.get("message") or "").startswith("by design"):
            skipped.append(f"{case.get('classname')}::{case.get('name')}: {skip.get('message')}")
    excused = set() if REAL_DATA.is_dir() else {"acceptance"}
    skipped = [line for line in skipped if not line.startswith(tuple(f"tests.{kind}." for kind in excused))]
    missing = sorted(k for k in kinds() - excused if not passed[k])
    for kind in sorted(kinds()):
        print(f"{kind:14} {passed[kind]:5} passed")
    for line in skipped:
        print("skipped:", line)
    if missing:
        print("no test passed in:", ", ".join(missing))
    return 1 if missing or skipped else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
