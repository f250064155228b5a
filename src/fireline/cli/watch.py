"""fireline watch: is something beginning, seen in all streams together, and how sure is it.

The outermost layer: a folder of files goes through pipeline.watching; cli.watched prints the answer.
"""

from __future__ import annotations

from pathlib import Path

import typer

from fireline.cli import new_app, print_json
from fireline.cli.progress import Bar

app = new_app("Watch a folder of counts and cases: triggers, clusters, streams that have not reported.")


@app.command(
    no_args_is_help=True,
    epilog="Example: fireline watch my-data --at 2026-04-12 --explain SFAF4C44094CC",
)
def command(
    folder: Path = typer.Argument(
        ..., help="Folder with counts.csv, cases.csv and others, or with a mapping."
    ),
    feeds: Path | None = typer.Option(None, "--feeds", help="Mapping file; else feeds.toml in the folder."),
    at: str | None = typer.Option(None, "--at", help="Day to watch; else the newest in the files."),
    area: str | None = typer.Option(None, "--area", help="Such as CN-411624; else the mapping's."),
    streams: Path | None = typer.Option(
        None,
        "--streams",
        help="What is known of the streams; else streams.toml in the folder, else packaged.",
    ),
    explain: str | None = typer.Option(
        None, "--explain", help="Id of a trigger or cluster: its evidence, and what would make it false."
    ),
    lang: str = typer.Option("en", "--lang", help="Language of sentences: zh or en."),
    limit: int = typer.Option(20, "--limit", min=0, help="Rows printed of each list; 0 = all."),
    home: Path | None = typer.Option(None, "--home", help="Home folder with the keys; else FIRELINE_HOME."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON with everything instead of tables."),
) -> None:
    """Judge all streams of FOLDER together, day by day, and print one line for each event, gravest first.

    Diseases are watched all at once. Streams are daily or weekly counts; clusters in space are looked for
    where areas have positions or borders, and of yearly counts too. Nothing is written.

    Exit code 0: done, also with nothing to report. 11: the folder, the mapping, an option or the id cannot
    be used. 12: a rule pack is at fault.
    """
    from fireline.cli.watched import as_plain, explain_one, tell
    from fireline.cli.watching import look

    with Bar("watch", is_quiet=as_json) as bar:
        seen = look(folder, feeds=feeds, at=at, area=area, streams=streams, lang=lang, home=home, bar=bar)
        bar.update(1.0, "done")
    if as_json:
        print_json(as_plain(seen, only=explain))
    elif explain is not None:
        explain_one(seen, explain, lang=lang)
    else:
        tell(seen, source=str(folder), lang=lang, limit=limit)
