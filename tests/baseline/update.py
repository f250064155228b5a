"""Writes the kept numbers anew, after a change of results that is meant: ``python -m tests.baseline.update``.

Say in CHANGELOG.md under RESULTS CHANGE which figures moved, and why.
"""

from __future__ import annotations

import json

from tests.baseline.figures import FILE_OF_FIGURES, figures, flat, written


def main() -> None:
    """Work the figures out, write them, and print what moved."""
    before = flat(json.loads(FILE_OF_FIGURES.read_text("utf-8"))) if FILE_OF_FIGURES.exists() else {}
    found = figures()
    FILE_OF_FIGURES.write_text(written(found), "utf-8")
    after = flat(found)
    moved = [name for name in sorted(before | after) if before.get(name) != after.get(name)]
    for name in moved:
        print(f"{name}: {before.get(name)} -> {after.get(name)}")
    print(f"{len(moved)} of {len(after)} figures moved; {FILE_OF_FIGURES.name} is written")


if __name__ == "__main__":
    main()
