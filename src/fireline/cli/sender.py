"""fireline sender: register, list and revoke senders whose signed files count as evidence.

The outermost layer: keys are kept on the machine itself, never over the network.
"""

from __future__ import annotations

from pathlib import Path

import typer

from fireline.cli import new_app, print_json

app = new_app("Register and revoke senders of signed files, such as laboratories.")

_HOME = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME.")
_JSON = typer.Option(False, "--json", help="Print JSON instead of words.")


def _ready(home: Path | None) -> None:
    from fireline.store.boot import boot, migrate

    boot(home)
    migrate()


@app.command(epilog="Example: fireline sender add county-lab --unit county-hospital --key 3b6a27bc...")
def add(
    name: str = typer.Argument(..., help="Name of the sender, as it signs."),
    unit: str = typer.Option(..., "--unit", help="Unit the sender belongs to."),
    key: str = typer.Option(..., "--key", help="Its Ed25519 public key, 64 hexadecimal digits."),
    home: Path | None = _HOME,
    as_json: bool = _JSON,
) -> None:
    """Trust the signature of a sender from now on."""
    _ready(home)
    from django.utils import timezone

    from fireline.actions import senders
    from fireline.store.actor import COMMAND_LINE

    made = senders.add_sender(by=COMMAND_LINE, at=timezone.now(), name=name, unit=unit, public_key=key)
    print_json({"id": made, "name": name}) if as_json else typer.echo(f"sender {name} is registered")


@app.command(epilog="Example: fireline sender revoke county-lab")
def revoke(
    name: str = typer.Argument(..., help="Name of the sender."),
    home: Path | None = _HOME,
    as_json: bool = _JSON,
) -> None:
    """Stop trusting a sender at once; results it signed open no search any more."""
    _ready(home)
    from django.utils import timezone

    from fireline.actions import senders
    from fireline.store.actor import COMMAND_LINE

    senders.revoke_sender(by=COMMAND_LINE, at=timezone.now(), name=name)
    print_json({"revoked": name}) if as_json else typer.echo(f"sender {name} is revoked")


@app.command(name="list", epilog="Example: fireline sender list --json")
def list_(home: Path | None = _HOME, as_json: bool = _JSON) -> None:
    """All senders, the revoked too."""
    _ready(home)
    from fireline.actions import senders

    rows = senders.list_senders()
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "revoked" if row["revoked_at"] else "trusted"
        typer.echo(f"{row['name']}  {row['unit']}  {state}  {row['public_key'][:16]}...")
    if not rows:
        typer.echo("no sender is registered")
