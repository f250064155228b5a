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
    home = tmp_path / "home"
    command = [sys.executable, "-m", "fireline.cli"]
    add = [*command, "user", "add", "li", "--role", "epidemiologist", "--home", str(home)]
    subprocess.run(add, env=environ, check=True, capture_output=True, timeout=120)
    child = subprocess.Popen(
        [*command, "serve", "--port", str(port), "--sign-in", "li", "--json"],
        env={**environ, "FIRELINE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        status, headers = _wait_for(f"http://127.0.0.1:{port}/sign-in", child)
        assert status == 200
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"
    finally:
        asked = time.monotonic()
        os.killpg(child.pid, signal.SIGINT)  # as Ctrl+C in a terminal: the server's children get it too
        out, err = child.communicate(timeout=30)
        took_s = time.monotonic() - asked
    assert took_s < 5, took_s  # about 2 s on an idle machine
    assert json.loads(out)["address"] == f"http://127.0.0.1:{port}/", err
    assert json.loads(out)["sign_in"].startswith(f"http://127.0.0.1:{port}/sign-in#code=")
    _everything_is_signed(home, environ)


def test_a_port_in_use_is_refused_before_anything_is_done(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        environ = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        for words in (["serve", "--home", str(tmp_path / "a")], ["start", "--home", str(tmp_path / "b")]):
            done = subprocess.run(
                [sys.executable, "-m", "fireline.cli", *words, "--port", port],
                env=environ,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode == 15, done.stdout
            assert f"127.0.0.1:{port} cannot be listened on" in done.stderr and "--port" in done.stderr
        assert not (tmp_path / "b").exists()


def _everything_is_signed(home, environ):
    """Stopping signed the rows written since the first checkpoint."""
    done = subprocess.run(
        [sys.executable, "-m", "fireline.cli", "audit", "verify", "--json"],
        env={**environ, "FIRELINE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    verdict = json.loads(done.stdout)
    assert verdict["is_whole"] and verdict["n_signed"] == verdict["n_rows"] == 2, done.stdout


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
