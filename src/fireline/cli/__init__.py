"""The fireline command: one file per command, imported only when that command runs.

The outermost layer: parse, call, print; every command reads a lower layer's public functions.

How a command is added
----------------------
1. ``COMMANDS`` names it: command -> (module, attribute, one line of help). Nothing is imported for
   ``fireline --help``; the module is imported when its command runs or its own help is asked for.
2. The module ``fireline.cli.<name>`` holds ``app = new_app("help")`` from here. An app with one function
   becomes a plain command (``@app.command()`` on a function named ``command``); with several it becomes a
   group, such as ``fireline policy resolve``. Write the docstring with an example: it is the help.
3. Heavy libraries (django, polars, numba) are imported inside the function or by the called chapter only.
4. Raise ``fireline.errors.UserError`` for what a person can mend: ``main`` prints its message on standard
   error and exits with its code. Do not catch it in a command.
5. Every command takes ``--json``; use ``print_json`` so that all output has one form.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from fireline import __version__
from fireline.errors import UserError

COMMANDS: dict[str, tuple[str, str, str]] = {
    "run": ("fireline.cli.run", "app", "Read a folder of files and write tables and a report."),
    "start": ("fireline.cli.start", "app", "Start a feed folder or a home for an area."),
    "drill": ("fireline.cli.drill", "app", "Play an invented outbreak in an invented county and score it."),
    "trace": (
        "fireline.cli.trace",
        "app",
        "Find contacts, companions, common places and chains of named cases.",
    ),
    "watch": (
        "fireline.cli.watch",
        "app",
        "Watch a folder: triggers over all streams, clusters, streams that are late.",
    ),
    "zones": (
        "fireline.cli.zones",
        "app",
        "Draw the rule's ring, compare ways to draw it, see when it lifts, print the order.",
    ),
    "rounds": ("fireline.cli.rounds", "app", "Plan and follow the sampling rounds of a ring of zones."),
    "ingest": ("fireline.cli.ingest", "app", "Take bulk feeds in, once each, under a contract."),
    "purge": ("fireline.cli.purge", "app", "Delete what is no longer needed, by the day."),
    "policy": ("fireline.cli.policy", "app", "Show, resolve, compare and check guideline editions."),
    "serve": ("fireline.cli.serve", "app", "Serve the console, the field pages and the public portal."),
    "user": ("fireline.cli.user", "app", "Create and change accounts."),
    "unit": ("fireline.cli.unit", "app", "Register units that send daily counts, and their keys."),
    "sender": ("fireline.cli.sender", "app", "Register and revoke senders of signed files."),
    "audit": ("fireline.cli.audit", "app", "Verify the audit log."),
    "doctor": ("fireline.cli.doctor", "app", "Check that this machine and home are fit to run."),
}
"""Command name -> (module, attribute, one line of help)."""


class LazyCommands(TyperGroup):
    """A group that imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is typer's
        """Names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the signature is typer's
        """Load one command; None when the name is not in the table."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, line = COMMANDS[cmd_name]
        command = get_command(getattr(importlib.import_module(module), attribute))
        command.name = cmd_name
        command.short_help = line
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the signature is typer's
        """List the commands from the table, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


def new_app(help_text: str) -> typer.Typer:
    """An app for one command module, set up as all of them are: plain help, no traceback art."""
    return typer.Typer(
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


app = typer.Typer(
    name="fireline",
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich help would import every command to list them
    help="See an outbreak early, trace it fast, ring it tightly, put it out, and account for every step.",
    epilog="Example: fireline policy resolve --on 2021-12-13 --area CN-41 --disease covid-19 "
    "--concept measure --subject close",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fireline {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and leave.", callback=_print_version, is_eager=True
    ),
) -> None:
    pass


def print_json(found: Any) -> None:
    """Print one JSON document: UTF-8, two spaces, keys in the order given; dates as ISO 8601."""
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2, default=str) + "\n")


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point: run one command and leave with its exit code."""
    try:
        app(args=list(argv) if argv is not None else None, prog_name="fireline")
    except UserError as error:
        typer.echo(f"fireline: {error}", err=True)
        raise SystemExit(error.exit_code) from None
