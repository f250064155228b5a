"""fireline user: create, list and disable accounts, and issue one-time sign-in codes.

The outermost layer: accounts are kept on the machine itself, never over the network.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from fireline.cli import new_app, print_json
from fireline.errors import InputError

app = new_app("Create and change accounts.")

_HOME = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME.")
_JSON = typer.Option(False, "--json", help="Print JSON instead of words.")


def _ready(home: Path | None) -> None:
    from fireline.store.boot import boot, migrate

    boot(home)
    migrate()


@app.command(
    epilog="Example: fireline user add li --role epidemiologist --area CN-411624 --password-stdin < file"
)
def add(
    name: str = typer.Argument(..., help="Name to sign in with."),
    role: str = typer.Option(
        ..., "--role", help="epidemiologist, commander, grid_worker, supervisor or reporter."
    ),
    area: str = typer.Option("", "--area", help="Sees this area and all below; empty = all."),
    unit: str = typer.Option(
        "", "--unit", help="Unit the person belongs to; two-person rules ask for two units."
    ),
    display: str = typer.Option("", "--display", help="Name shown to colleagues."),
    reports_for: str = typer.Option(
        "", "--reports-for", help="Of a reporter: the reporting unit, as fireline unit list names it."
    ),
    password_stdin: bool = typer.Option(
        False, "--password-stdin", help="Read the password from standard input."
    ),
    home: Path | None = _HOME,
    as_json: bool = _JSON,
) -> None:
    """Create an account; without --password-stdin it signs in by one-time code."""
    _ready(home)
    from django.utils import timezone

    from fireline.actions import accounts
    from fireline.store.actor import COMMAND_LINE

    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    if password_stdin and not password:
        raise InputError("account: no password on standard input; write one line")
    made = accounts.create_user(
        by=COMMAND_LINE,
        at=timezone.now(),
        username=name,
        role=role,
        area_code=area,
        unit=unit,
        display=display,
        password=password,
        reporting_unit=reports_for,
    )
    if as_json:
        print_json({"id": made, "username": name, "role": role})
    else:
        typer.echo(f"已建立 / created: {name} ({role})")


@app.command("list", epilog="Example: fireline user list --json")
def list_(home: Path | None = _HOME, as_json: bool = _JSON) -> None:
    """List all accounts."""
    _ready(home)
    from fireline.actions import accounts

    rows = accounts.list_users()
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "" if row["is_active"] else "  停用 / disabled"
        typer.echo(f"{row['username']}  {row['role']}  {row['area_code'] or '*'}  {row['unit']}{state}")


@app.command(epilog="Example: fireline user disable li")
def disable(
    name: str = typer.Argument(..., help="Name of the account."),
    home: Path | None = _HOME,
    as_json: bool = _JSON,
) -> None:
    """Disable an account; its open sessions end with the next request."""
    _ready(home)
    from django.utils import timezone

    from fireline.actions import accounts
    from fireline.store.actor import COMMAND_LINE

    accounts.disable_user(by=COMMAND_LINE, at=timezone.now(), username=name)
    if as_json:
        print_json({"username": name, "is_active": False})
    else:
        typer.echo(f"已停用 / disabled: {name}")


@app.command(epilog="Example: fireline user code li")
def code(
    name: str = typer.Argument(..., help="Name of the account."),
    home: Path | None = _HOME,
    as_json: bool = _JSON,
) -> None:
    """Issue a code that signs the account in once, within ten minutes."""
    _ready(home)
    from django.utils import timezone

    from fireline.actions import accounts
    from fireline.store.actor import COMMAND_LINE

    made = accounts.issue_one_time_code(by=COMMAND_LINE, at=timezone.now(), username=name)
    if as_json:
        print_json({"username": name, "code": made})
    else:
        typer.echo(made)
