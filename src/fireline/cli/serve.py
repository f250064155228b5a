"""fireline serve: migrate, start the background worker, and serve the pages.

The outermost layer: starts granian on fireline.web.wsgi.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from fireline.cli import new_app, print_json
from fireline.errors import SettingsError, StorageError

STOP_S = 1
"""Seconds a server process has to end. Ctrl+C in a terminal reaches it and its parent at once, and it would
then wait for a word that its parent has already said. A request that is cut off leaves nothing half written:
each change is one transaction."""

app = new_app("Serve the console, the field pages and the public portal.")


@app.command(epilog="Example: fireline serve --home ~/fireline --port 8000")
def command(
    host: str = typer.Option(
        "127.0.0.1", "--host", help="Address to listen on; others need FIRELINE_TLS=True."
    ),
    port: int = typer.Option(8000, "--port", min=1, max=65535, help="Port to listen on."),
    home: Path | None = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME."),
    workers: int = typer.Option(1, "--workers", min=1, max=16, help="Server processes."),
    demo: bool = typer.Option(False, "--demo", help="Make demonstration accounts; exercise homes only."),
    sign_in: str = typer.Option("", "--sign-in", help="Print a one-time sign-in link for this account."),
    with_worker: bool = typer.Option(True, "--worker/--no-worker", help="Run the background worker."),
    as_json: bool = typer.Option(False, "--json", help="Print the address as JSON."),
) -> None:
    """Migrate the database, start the worker, print the address and serve until interrupted."""
    from fireline.store.boot import boot, migrate

    place = boot(home)
    from django.conf import settings

    from fireline.store.config import LOOPBACK

    if host not in LOOPBACK and not settings.FIRELINE.has_tls:
        raise SettingsError(
            "serve: without TLS only 127.0.0.1 is served; put a TLS proxy in front, set "
            "FIRELINE_TLS=True and FIRELINE_ALLOWED_HOSTS to the name people use"
        )
    if demo and not place.is_exercise:
        raise StorageError(
            "serve: demonstration accounts are for exercise homes only; add accounts by fireline user"
        )
    claim(host, port)
    migrate()
    from fireline.actions.notices import refresh_notices

    refresh_notices(place)  # also what was published before these files were written, or after they were lost
    address = f"http{'s' if settings.FIRELINE.has_tls else ''}://{host}:{port}/"
    link = _sign_in_link(address, demo=demo, username=sign_in)
    if as_json:
        print_json({"address": address, "sign_in": link})
    else:
        typer.echo(f"Fireline: {address}")
        if link:
            typer.echo(f"一次性登录 / one-time sign-in (10 min): {link}")
    sys.stdout.flush()
    from granian import Granian
    from granian.constants import Interfaces

    # a forked worker would inherit the thread pools of what ran here before, without their threads, and wait
    # for them for ever; a spawned one starts clean
    multiprocessing.set_start_method("spawn", force=True)
    with _signed_at_the_end(), _worker(with_worker):
        Granian(
            "fireline.web.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=4,
            log_enabled=False,
            websockets=False,
            workers_kill_timeout=STOP_S,
        ).serve()


def claim(host: str, port: int) -> None:
    """See that nothing listens there: the server shares a port, and half of the visits would go elsewhere.

    Raises
    ------
    StorageError   the port is taken, or the address is none of this machine
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left is free
        try:
            door.bind((host, port))
        except OSError as error:
            raise StorageError(
                f"serve: {host}:{port} cannot be listened on ({error.strerror}); is Fireline running there "
                "already? end it, or name another with --port (make run PORT=8001)"
            ) from error


@contextmanager
def _signed_at_the_end() -> Iterator[None]:
    """Sign the audit log when serving ends, so that nothing is left after the last checkpoint."""
    try:
        yield
    finally:
        from django.utils import timezone

        from fireline.store import audit

        audit.checkpoint(at=timezone.now())


def _sign_in_link(address: str, *, demo: bool, username: str) -> str:
    """One-time link for an account; the code stands behind #, so that no log line holds it."""
    from django.utils import timezone

    from fireline.actions import accounts
    from fireline.store.actor import COMMAND_LINE

    now = timezone.now()
    if demo:
        names = accounts.ensure_demo_users(by=COMMAND_LINE, at=now)
        username = username or names[0]
    if not username:
        return ""
    code = accounts.issue_one_time_code(by=COMMAND_LINE, at=now, username=username)
    return f"{address}sign-in#code={code}"


@contextmanager
def _worker(is_wanted: bool) -> Iterator[None]:
    """The background worker as a child that ends with the server."""
    if not is_wanted:
        yield
        return
    child = subprocess.Popen(
        [sys.executable, "-m", "fireline.cli.worker"],
        env={**os.environ},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
