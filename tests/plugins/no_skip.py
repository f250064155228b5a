"""With FIRELINE_NO_SKIP=1 a skipped test is a failure, unless its reason starts with "by design".

Tests on real outbreaks are excused only where that folder, which is not part of the project, is absent.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REAL_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if os.environ.get("FIRELINE_NO_SKIP") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        is_excused = item.get_closest_marker("realdata") is not None and not REAL_DATA.is_dir()
        if "by design" not in reason and not is_excused:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped where nothing may be: {reason}"
    return report
