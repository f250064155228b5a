"""fireline purge: delete what is no longer needed, by the day.

The outermost layer: shows what would go; deletes through actions.visits and actions.fever when told so.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fireline.cli import new_app, print_json
from fireline.cli.progress import Bar
from fireline.errors import InputError

if TYPE_CHECKING:
    from fireline.pipeline.home import Home

app = new_app("Delete what is no longer needed, by the day.")


@app.command(epilog="Example: fireline purge visits --until 2026-06-01 --all --confirm")
def visits(
    until: str = typer.Option(..., "--until", help="First day that is kept, such as 2026-06-01."),
    outbreak: int | None = typer.Option(None, "--outbreak", help="Outbreak id; else the home's own store."),
    everything: bool = typer.Option(False, "--all", help="The home's own store and those of all outbreaks."),
    confirm: bool = typer.Option(False, "--confirm", help="Delete; without it nothing is changed."),
    home: Path | None = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON instead of words."),
) -> None:
    """Delete all movement before a day: day files, index segments, and keys of persons without a stay left.

    Stays that reach into the kept days are kept from the first kept day on. Shows what would go and changes
    nothing until --confirm is given; then each store leaves an audit row with the figures. What was deleted
    stays out: rows of those days are not taken in again.

    Exit code 11: the date cannot be used. 16: a day file is missing or was changed; nothing was deleted.
    """
    from fireline.store.boot import boot, require_current

    if everything and outbreak is not None:
        raise InputError("purge: --all and --outbreak exclude each other; give one")
    day = _day(until)
    place = boot(home)
    require_current()
    from fireline.actions.visits import stores_with_visits

    stores = stores_with_visits() if everything else [outbreak]
    done = []
    with Bar("purge", is_quiet=as_json) as bar:
        for i, store in enumerate(stores):
            bar.update(i / len(stores), _name(store))
            done.append({"store": _name(store), **_one(store, day, is_confirmed=confirm, home=place)})
    if as_json:
        print_json({"until": day.isoformat(), "is_done": confirm, "stores": done})
        return
    for found in done:
        _tell(found)
    if not confirm:
        typer.echo("未作改动；加 --confirm 才删除 / nothing was changed; give --confirm to delete")


@app.command(epilog="Example: fireline purge fever --confirm")
def fever(
    until: str = typer.Option(
        "", "--until", help="Rows to be kept until a day before this one go; default today."
    ),
    confirm: bool = typer.Option(False, "--confirm", help="Delete; without it nothing is changed."),
    home: Path | None = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON instead of words."),
) -> None:
    """Delete reports of fever patients whose day has passed (30 days after the visit); the counts stay.

    Shows how many would go and changes nothing until --confirm is given; then one audit row says how many
    went.

    Exit code 11: the date cannot be used.
    """
    from fireline.store.boot import boot, require_current

    day = _day(until) if until else None
    boot(home)
    require_current()
    from django.utils import timezone

    from fireline.actions.fever import purge_fever
    from fireline.store.actor import COMMAND_LINE

    now = timezone.now()
    last = day or timezone.localdate(now)
    n = purge_fever(by=COMMAND_LINE, at=now, until=last, is_dry_run=not confirm)
    if as_json:
        print_json({"until": last.isoformat(), "is_done": confirm, "n_rows": n})
        return
    typer.echo(f"{'已删除 / deleted' if confirm else '将删除 / would go'} {n:,} rows")
    if not confirm:
        typer.echo("未作改动；加 --confirm 才删除 / nothing was changed; give --confirm to delete")


def _day(text: str) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"until: {text!r} is no date; write it as 2026-06-01") from error


def _name(outbreak: int | None) -> str:
    return "home" if outbreak is None else f"outbreak {outbreak}"


def _one(outbreak: int | None, until: Any, *, is_confirmed: bool, home: Home) -> dict[str, Any]:
    from django.utils import timezone

    from fireline.actions.visits import purge_visits
    from fireline.store.actor import COMMAND_LINE

    done = purge_visits(
        by=COMMAND_LINE,
        at=timezone.now(),
        until=until,
        outbreak=outbreak,
        home=home,
        is_dry_run=not is_confirmed,
    )
    return done.said()


def _tell(found: dict[str, Any]) -> None:
    what = "已删除 / deleted" if found["is_done"] else "将删除 / would go"
    typer.echo(f"{found['store']}: {what} {found['n_rows']:,} rows, {found['n_files']:,} files")
    typer.echo(f"  延续的停留 / stays carried over  {found['n_carried']:,}")
    typer.echo(f"  保留 / kept  {found['n_left']:,} rows")
    if found["is_done"]:
        typer.echo(f"  代号销毁 / keys erased  {found['n_persons']:,} persons, {found['n_places']:,} places")
        if found["digest"]:
            typer.echo(f"  摘要 / digest  {found['digest']}")
