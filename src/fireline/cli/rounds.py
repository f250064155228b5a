"""fireline rounds: plan and follow the sampling rounds of a ring; the same numbers as the console's page.

The outermost layer: a folder of files, or the home's database; tasks.sampling.rounds decides.
"""

from __future__ import annotations

from pathlib import Path

import typer

from fireline.cli import new_app, print_json

app = new_app("Plan and follow sampling rounds: sites, teams, tubes, laboratory, deadline, progress.")


@app.command(
    no_args_is_help=True,
    epilog="Example: fireline rounds my-folder --set teams=40 --set lab_tubes_h=500 --start 2022-06-12T08:00",
)
def command(
    folder: Path | None = typer.Argument(None, help="Folder of files; without it the home is asked."),
    feeds: Path | None = typer.Option(None, "--feeds", help="Mapping file; else feeds.toml in the folder."),
    home: Path | None = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME."),
    outbreak: int | None = typer.Option(None, "--outbreak", help="Outbreak id in the home; else the newest."),
    by: str = typer.Option("", "--by", help="Account whose area counts; without it this machine's."),
    at: str | None = typer.Option(None, "--at", help="Moment; else the newest time read, in a home now."),
    area: str | None = typer.Option(None, "--area", help="Such as CN-411624; else the mapping's."),
    disease: str | None = typer.Option(None, "--disease", help="Disease of the folder; else the commonest."),
    start: str | None = typer.Option(
        None, "--start", help="When the round begins; else the moment, in a home the hour of the order."
    ),
    stated: list[str] | None = typer.Option(
        None, "--set", help="A number of the round as name=value, such as teams=40; several times."
    ),
    csv: Path | None = typer.Option(None, "--csv", help="Write the schedule by site to this file."),
    lang: str = typer.Option("en", "--lang", help="Language of sentences: zh or en."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON with everything instead of tables."),
) -> None:
    """Plan one round for each level of a ring beside the rule's deadline, and count how far it has come.

    Of a FOLDER the ring is computed; of a home it is the newest signed one, else proposed, else computed.
    Counts and places only, no person. A plan orders nothing; without a rule in force there is no deadline.

    Numbers for --set: teams, people_per_team_h, registrars, people_per_registrar_h, tubes, lab_tubes_h,
    turnaround_h, courier_h, open_h, people_per_site, lanes, reach_m, prevalence (in 10,000 people),
    pool (1, 10 or 20).

    Exit code 0: done. 11: the folder, an option or a number cannot be used. 13: the account may not ask this.
    """
    from fireline.cli.rounds_told import of_folder, of_home, tell, wanted, write_schedule

    asked = wanted(stated or [], lang)
    if folder is not None:
        told = of_folder(
            folder, asked=asked, feeds=feeds, home=home, at=at, area=area, disease=disease, start=start
        )
    else:
        told = of_home(home, asked=asked, outbreak=outbreak, by=by, at=at, start=start)
    if csv is not None:
        write_schedule(told, csv)
    if as_json:
        print_json(told.as_plain())
    else:
        tell(told, lang=lang)
