"""Write or check the lockfiles: hashes of every dependency, no registry address in any of them.

``python scripts/lock.py`` resolves anew; ``--check`` fails when a lockfile no longer answers pyproject.toml.
The check works offline: it compares what pyproject.toml asks for with what the lockfiles pin.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "run.txt": (["--extra", "pg"], ["dependencies", "pg"]),
    "dev.txt": (
        [
            "--extra",
            "test",
            "--extra",
            "pg",
        ],
        ["dependencies", "test", "pg"],
    ),
    "spark.txt": (
        ["--extra", "test", "--extra", "pg", "--extra", "spark"],
        ["dependencies", "test", "pg", "spark"],
    ),
}
COMPILE = [
    "--system-certs",
    "pip",
    "compile",
    "--quiet",
    "--universal",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
]


def asked(groups: list[str]) -> list[Requirement]:
    """Requirements that pyproject.toml states for the named groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [
        line
        for g in groups
        for line in (project["dependencies"] if g == "dependencies" else project["optional-dependencies"][g])
    ]
    return [Requirement(line) for line in lines]


def pinned(name: str) -> dict[str, list[str]]:
    """Versions that one lockfile pins, by canonical name (several where markers differ)."""
    found: dict[str, list[str]] = {}
    for match in re.finditer(
        r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", (ROOT / "requirements" / name).read_text("utf-8"), re.M
    ):
        found.setdefault(canonicalize_name(match[1]), []).append(match[2])
    return found


def check() -> list[str]:
    """Everything that is wrong with the lockfiles, in words."""
    wrong = []
    for name, (_, groups) in LOCKS.items():
        versions = pinned(name)
        for need in asked(groups):
            have = versions.get(canonicalize_name(need.name), [])
            if not any(need.specifier.contains(v, prereleases=True) for v in have):
                wrong.append(f"requirements/{name}: {need} is not answered (pinned: {have or 'nothing'})")
    for name in ("tools", "node"):
        lines = (ROOT / "requirements" / f"{name}.in").read_text("utf-8").splitlines()
        for need in (Requirement(line.split("#")[0]) for line in lines if line.split("#")[0].strip()):
            if canonicalize_name(need.name) not in pinned(f"{name}.txt"):
                wrong.append(f"requirements/{name}.txt: {need} is not answered")
    for lock in [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "package-lock.json"]:
        if re.search(
            r"https?://(?!opencollective|github\.com|tidelift|www\.patreon|feross|dotenvx)[^\"\s]*registry",
            lock.read_text("utf-8"),
        ):
            wrong.append(f"{lock.name}: names a registry host")
    package, lock = (json.loads((ROOT / f).read_text("utf-8")) for f in ("package.json", "package-lock.json"))
    root = lock["packages"][""]
    for group in ("dependencies", "devDependencies"):
        if package.get(group, {}) != root.get(group, {}):
            wrong.append(f"package-lock.json: {group} differ from package.json")
    return wrong


def main() -> int:
    """Run as a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        wrong = check()
        print("\n".join(wrong) or "lockfiles current")
        return 1 if wrong else 0
    uv = str(Path(sys.executable).with_name("uv"))
    for name in ("tools", "node"):
        subprocess.run(
            [uv, *COMPILE, f"requirements/{name}.in", "-o", f"requirements/{name}.txt"], cwd=ROOT, check=True
        )
    for name, (extras, _) in LOCKS.items():
        subprocess.run(
            [uv, *COMPILE, *extras, "pyproject.toml", "-o", f"requirements/{name}"], cwd=ROOT, check=True
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
