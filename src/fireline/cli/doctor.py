"""fireline doctor: check that this machine and home are fit to run, and say what to do.

The outermost layer: reads store.health, prints words or JSON.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fireline.cli import new_app, print_json
from fireline.errors import StorageError

if TYPE_CHECKING:
    from fireline.pipeline.home import Home

app = new_app("Check that this machine and home are fit to run.")


@app.command(epilog="Example: fireline doctor --home ~/fireline --json")
def command(
    home: Path | None = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME."),
    host: str = typer.Option("127.0.0.1", "--host", help="Address the program is to listen on."),
    sweep: bool = typer.Option(False, "--sweep", help="Delete day files that no saved row names."),
    rebuild: bool = typer.Option(
        False, "--rebuild", help="Make the index of visits again from the day files."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON instead of words."),
) -> None:
    """Look at keys, permissions, disk, database, day files, index, packs and reach; 15 when one fails.

    A home that does not exist is not made: 15 as well.
    """
    from fireline.store.boot import boot

    place = boot(home, create=False)
    from fireline.store.health import examine

    if rebuild:
        _rebuild(place)
    checks = examine(place, sweep=sweep, host=host)
    failed = [check for check in checks if not check.is_ok]
    if as_json:
        print_json(
            {
                "home": str(place.path),
                "is_fit": not failed,
                "checks": [
                    {
                        "name": c.name,
                        "is_ok": c.is_ok,
                        "what_zh": c.what.zh,
                        "what_en": c.what.en,
                        "todo_zh": c.todo.zh if c.todo else "",
                        "todo_en": c.todo.en if c.todo else "",
                    }
                    for c in checks
                ],
            }
        )
    else:
        for c in checks:
            typer.echo(f"{'ok  ' if c.is_ok else 'FAIL'} {c.name}: {c.what.zh} / {c.what.en}")
            if c.todo:
                typer.echo(f"       {c.todo.zh} / {c.todo.en}")
    if failed:
        raise StorageError(
            f"doctor: {len(failed)} of {len(checks)} checks failed: {', '.join(c.name for c in failed)}"
        )


def _rebuild(home: Home) -> None:
    """Make the index segments of every store again."""
    from django.utils import timezone

    from fireline.actions.visits import rebuild_visit_index
    from fireline.store.actor import COMMAND_LINE
    from fireline.store.boot import require_current

    require_current()
    rebuild_visit_index(by=COMMAND_LINE, at=timezone.now(), home=home)
