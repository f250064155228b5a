"""fireline serve answers on the loopback address and ends with its worker."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

pytestmark = pytest.mark.slow


def test_it_serves_and_ends(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    child = subprocess.Popen(
        [sys.executable, "-m", "fireline.cli", "serve", "--port", str(port), "--json"],
        env={**environ, "FIRELINE_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        status, headers = _wait_for(f"http://127.0.0.1:{port}/sign-in", child)
        assert status == 200
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"
    finally:
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    assert json.loads(out)["address"] == f"http://127.0.0.1:{port}/", err


def _wait_for(address, child, limit_s=150):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if child.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return answer.status, answer.headers
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"the server did not answer; {child.poll()}")
