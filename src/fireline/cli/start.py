"""fireline start: from nothing to a console with an outbreak on it, in one command."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fireline.cli import new_app, print_json
from fireline.cli.progress import Bar

if TYPE_CHECKING:
    from fireline.pipeline.home import Home
    from fireline.pipeline.run import Run

app = new_app("Run everything on the exercise or on your own folder, and serve it in the console.")

_MARK = "start.json"
FIRST_ACCOUNT = "epidemiologist"


@dataclass(frozen=True, slots=True)
class Source:
    """What is loaded: a folder, its mapping and the home it goes to."""

    folder: Path
    feeds: Path | None
    home: Home
    is_exercise: bool


@app.command(epilog="Example: fireline start  ·  fireline start --data my-folder --feeds feeds.toml")
def command(
    data: Path | None = typer.Option(None, "--data", help="Your folder; without it the exercise is made."),
    feeds: Path | None = typer.Option(None, "--feeds", help="Mapping file; else feeds.toml in the folder."),
    home: Path | None = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME."),
    area: str | None = typer.Option(None, "--area", help="Jurisdiction of your data, such as CN-411624."),
    port: int = typer.Option(8000, "--port", min=1, max=65535, help="Port on 127.0.0.1."),
    seed: int = typer.Option(8, "--seed", min=0, help="Seed of the exercise."),
    people: int = typer.Option(100_000, "--people", min=2_000, max=500_000, help="People of the exercise."),
    no_serve: bool = typer.Option(False, "--no-serve", help="Load only; do not serve."),
    as_json: bool = typer.Option(False, "--json", help="Print what was loaded as JSON."),
) -> None:
    """Make the exercise (or take --data), run all chapters, load the console and serve it.

    The exercise lives in a home of its own (HOME/exercise) with its own database; nothing of it mixes with
    real data. A second start with unchanged input skips the run.
    """
    from fireline.cli import serve
    from fireline.cli.run import look_at
    from fireline.policy import load_library

    if not no_serve:
        serve.claim("127.0.0.1", port)  # said now, not after the run
    if data is not None:
        look_at(data, feeds)
    with Bar("start", is_quiet=as_json) as bar:
        source = _source(data, feeds, home, seed=seed, people=people, bar=bar)
        loaded = _load(source, library=load_library(), area=area, bar=bar)
    if as_json:
        print_json(loaded)
    else:
        _tell(loaded)
    if not no_serve:
        _serve(source, port=port, as_json=as_json)


def _source(
    data: Path | None, feeds: Path | None, home: Path | None, *, seed: int, people: int, bar: Bar
) -> Source:
    """The user's folder and home, or the exercise in its own home, made where it is missing."""
    from fireline.errors import InputError
    from fireline.pipeline.home import Home, default_home

    base = (home or default_home()).expanduser().absolute()
    if data is not None:
        place = Home.open(base)
        if place.is_exercise:
            raise InputError(
                f"home {base}: it is marked as an exercise; name another with --home for your data"
            )
        return Source(data, feeds, place, is_exercise=False)
    place = Home.open(base / "exercise")
    place.mark_exercise()
    os.environ.pop("DATABASE_URL", None)  # a drill never enters the database of real data
    return Source(_exercise(place, seed=seed, people=people, bar=bar), None, place, is_exercise=True)


def _exercise(home: Home, *, seed: int, people: int, bar: Bar) -> Path:
    """The exercise's feed folder; generated once for a seed, size and version."""
    from fireline import __version__

    folder, mark = home.path / "exercise-data", home.path / "exercise.json"
    wanted = {"version": __version__, "seed": seed, "people": people}
    if mark.is_file() and folder.is_dir() and json.loads(mark.read_text("utf-8")) == wanted:
        return folder
    import numpy as np

    from fireline.drill.write import generate, write_folder

    bar.update(0.02, "county and outbreak")
    tables = generate(n_people=people, rng=np.random.default_rng(seed))
    write_folder(tables, folder, seed=seed, n_people=people)
    mark.write_text(json.dumps(wanted), encoding="utf-8")
    return folder


def _load(source: Source, *, library: Any, area: str | None, bar: Bar) -> dict[str, Any]:
    """Run and load, unless the same input is loaded already."""
    from fireline.pipeline.digest import run_digest
    from fireline.store.boot import boot, migrate

    digest = run_digest(source.folder, library=library, feeds=source.feeds, extra=(area or "",))
    boot(source.home.path)
    bar.update(0.08, "database")
    migrate()
    known = _known(source.home)
    if known.get("digest") == digest and _is_there(known.get("outbreak")):
        return {**known, "is_new": False}
    from fireline.pipeline.run import run_folder  # brings numba; a skipped run does not need it

    run = run_folder(
        source.folder,
        feeds=source.feeds,
        out=source.home.exports / "start",
        area=area,
        home=source.home,
        library=library,
        searched=None if source.is_exercise else frozenset(),
        progress=lambda share, what: bar.update(0.1 + 0.6 * share, what),
    )
    bar.update(0.72, "loading the console")
    earlier = known.get("outbreak") if known.get("input") == run.summary["input"] else None
    outbreak = _into_console(run, source, outbreak=earlier if _is_there(earlier) else None)
    bar.update(1.0, "ready")
    loaded = {
        "digest": digest,
        "outbreak": outbreak,
        "input": run.summary["input"],
        "title": _title(run),
        "area": run.results.area,
        "cases": run.results.investigation.line_list.height,
        "report": str(run.out / "report.html"),
        "home": str(source.home.path),
        "is_exercise": source.is_exercise,
    }
    (source.home.path / _MARK).write_text(json.dumps(loaded, ensure_ascii=False), encoding="utf-8")
    return {**loaded, "is_new": True}


def _known(home: Home) -> dict[str, Any]:
    """What the last start loaded, {} where nothing or where the mark cannot be read."""
    try:
        return dict(json.loads((home.path / _MARK).read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def _is_there(outbreak: Any) -> bool:
    """Whether the console still holds the outbreak."""
    from fireline.store.access.board import outbreaks
    from fireline.store.actor import COMMAND_LINE

    return isinstance(outbreak, int) and any(row["id"] == outbreak for row in outbreaks(COMMAND_LINE))


def _title(run: Run) -> str:
    """Title in both languages one after the other, as names of areas stand; the console has one for both."""
    said = run.summary["title"]
    return " ".join(dict.fromkeys(t for t in (said["zh"], said["en"]) if t)) or str(run.summary["input"])


def _into_console(run: Run, source: Source, *, outbreak: int | None) -> int:
    """Create the outbreak where it is new, load records and results, make the accounts."""
    from django.utils import timezone

    from fireline.actions import accounts, outbreaks
    from fireline.store.actor import COMMAND_LINE

    now, results = timezone.now(), run.results
    if outbreak is None:
        outbreak = outbreaks.create_outbreak(
            by=COMMAND_LINE,
            at=now,
            title=_title(run),
            disease=results.disease,
            area_code=results.area,
            moment=results.at,
            tz=results.records.tz.key,
            is_exercise=source.is_exercise,
            label=results.rules.pack_label,
            pack_kind=_pack_kind(run),
        )
    outbreaks.load_results(
        by=COMMAND_LINE,
        at=now,
        outbreak=outbreak,
        results=results,
        identities=run.intake.identities,
        home=source.home,
    )
    if source.is_exercise:
        accounts.ensure_demo_users(by=COMMAND_LINE, at=now)
    elif FIRST_ACCOUNT not in {user["username"] for user in accounts.list_users()}:
        accounts.create_user(
            by=COMMAND_LINE,
            at=now,
            username=FIRST_ACCOUNT,
            role="epidemiologist",
            unit="cdc",
            display="流调员 Epidemiologist",
        )
    return outbreak


def _pack_kind(run: Run) -> str:
    """Kind of the packs the run rests on: the least binding one that was used, "" without any rule."""
    used = {rule["kind"] for rule in run.summary["rules"]}
    return next((kind for kind in ("exercise", "retrospective", "archive", "living") if kind in used), "")


def _tell(loaded: dict[str, Any]) -> None:
    state = "loaded" if loaded["is_new"] else "unchanged since the last start"
    typer.echo(f"{loaded['title']} · {loaded['cases']:,} cases · area {loaded['area']} · {state}")
    typer.echo(f"  report  {loaded['report']}")
    typer.echo(f"  home    {loaded['home']}")


def _serve(source: Source, *, port: int, as_json: bool) -> None:
    from fireline.cli import serve

    serve.command(
        host="127.0.0.1",
        port=port,
        home=source.home.path,
        workers=1,
        demo=source.is_exercise,
        sign_in="" if source.is_exercise else FIRST_ACCOUNT,
        with_worker=True,
        as_json=as_json,
    )
