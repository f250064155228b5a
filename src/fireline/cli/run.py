"""fireline run: read a folder, run all chapters, write tables and a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fireline.cli import new_app, print_json
from fireline.cli.progress import Bar
from fireline.errors import InputError

if TYPE_CHECKING:
    from fireline.pipeline.run import Run

app = new_app("Read a folder of files, run every chapter and write tables and a report.")


@app.command(
    no_args_is_help=True,
    epilog="Example: fireline run my-data --feeds feeds.toml --out result --area CN-411624",
)
def command(
    folder: Path = typer.Argument(..., help="Folder with the files to read."),
    feeds: Path | None = typer.Option(None, "--feeds", help="Mapping file; else feeds.toml in the folder."),
    out: Path | None = typer.Option(None, "--out", help="Results; else FOLDER-fireline here."),
    at: str | None = typer.Option(None, "--at", help="Moment; else the newest time read."),
    area: str | None = typer.Option(None, "--area", help="Such as CN-411624; else the mapping's."),
    disease: str | None = typer.Option(
        None, "--disease", help="Disease id, of cases without one too; else the commonest."
    ),
    home: Path | None = typer.Option(None, "--home", help="Home folder with the keys; else FIRELINE_HOME."),
    as_json: bool = typer.Option(False, "--json", help="Print run.json instead of a summary."),
) -> None:
    """Run everything over FOLDER and write tables/, report.html, run.json and the lists of faults.

    Exit code 0: done, also where no rule applies (the report says NO_RULE). 11: the input cannot be used.
    12: a rule pack is at fault. 15: the results cannot be written.
    """
    from fireline.clock import parse_instant, zone
    from fireline.pipeline.home import Home
    from fireline.pipeline.run import run_folder
    from fireline.policy import area_chain, load_library

    look_at(folder, feeds)
    if area:
        area_chain(area)  # a code that cannot be read is said before an hour of work
    moment = parse_instant(at, zone("Asia/Shanghai")) if at else None
    target = out or Path(f"{folder.absolute().name}-fireline")
    with Bar("run", is_quiet=as_json) as bar:
        run = run_folder(
            folder,
            feeds=feeds,
            out=target,
            at=moment,
            area=area,
            disease=disease,
            home=Home.open(home),
            library=load_library(),
            progress=bar.update,
        )
    if as_json:
        print_json(run.summary)
    else:
        print_summary(run)


def look_at(folder: Path, feeds: Path | None) -> None:
    """Say at once what a mistyped path is, before anything is opened.

    Raises
    ------
    InputError   the folder is a file, or the mapping does not exist
    """
    if folder.is_file():
        raise InputError(
            f"folder {folder} is a file; name the folder it lies in ({folder.absolute().parent}), "
            "or put it into a folder of its own"
        )
    if feeds is not None and not feeds.is_file():
        raise InputError(f"mapping {feeds} does not exist; name a feeds.toml, or leave --feeds out")


def print_summary(run: Run) -> None:
    """Closing summary: rows, cases, what was found, what is missing, where the results are."""
    import polars as pl

    s: dict[str, Any] = dict(run.summary)
    rows = s["rows"]
    results = run.results
    echo = typer.echo
    local = f"{results.at.astimezone(results.records.tz):%Y-%m-%d %H:%M} ({s['time_zone']})"
    echo(f"{s['title']['en'] or s['input']}  ·  {s['disease']}  ·  area {s['area']}  ·  as of {local}")
    if s["label"]["en"]:
        echo(f"  label      {s['label']['en']} / {s['label']['zh']}")
    echo(
        f"  rows       {rows['rows']:,} read = {rows['kept']:,} kept + {rows['merged']:,} merged "
        f"+ {rows['rejected']:,} rejected"
    )
    levels = dict(results.zones.totals.select("level", "population").iter_rows())
    zones = ", ".join(f"{name} {people:,}" for name, people in levels.items())
    late = results.tasks.table["state"].to_list().count("overdue")
    lines = results.investigation.line_list
    discarded = lines.filter(pl.col("classification") == "discarded").height
    echo(f"  cases      {lines.height:,}" + (f", {discarded:,} of them discarded" if discarded else ""))
    came = results.arrivals.importation["n_arrivals"].sum()
    if came:
        echo(
            f"  arrivals   {came:,}, {results.arrivals.owed.filter(pl.col('duty') != 'none').height:,} duties"
        )
    if results.places.busiest.height:
        over = results.places.exceeded["place_id"].n_unique()
        echo(f"  places     {results.places.busiest.height:,} visited by cases, {over:,} over a limit")
    echo(f"  signals    {len(results.signals.alarms):,}")
    echo(f"  contacts   {results.contacts.found['person_key'].n_unique():,} people")
    echo(f"  zones      {zones or 'none'}")
    echo(f"  tasks      {results.tasks.table.height:,}, {late:,} overdue")
    echo(f"  gaps       {results.gaps.findings.height:,} findings in {results.gaps.checks.height} checks")
    if s["statuses"].get("NO_RULE"):
        echo(f"  NO_RULE    {s['statuses']['NO_RULE']} questions have no rule in force; not done")
    for note in s["missing"][:8]:
        echo(f"  missing    {note['en']}")
    if s["questions"]:
        echo(f"  questions  {s['questions']} need a person: questions.csv")
    echo(f"  results    {run.out}  (open report.html; {s['seconds']['total']:.1f} s)")
