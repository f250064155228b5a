"""fireline zones: the rule's ring, the other ways to draw it, when it may be lifted, and the order text.

The outermost layer: a folder of files goes through the chapters up to zones, a home's database through
store.access; cli.zoned prints both the same way.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from fireline.cli import new_app
from fireline.cli.zone_question import Asked
from fireline.cli.zoned import answer

app = new_app("Zones: propose the rule's ring, compare ways to draw it, see when it lifts, print the order.")

_FOLDER = typer.Argument(None, help="Folder of files; without it the home's database is asked.")
_FEEDS = typer.Option(None, "--feeds", help="Mapping file of FOLDER; else feeds.toml in it.")
_AT = typer.Option(None, "--at", help="Moment for FOLDER; else the newest time read.")
_AREA = typer.Option(None, "--area", help="Jurisdiction of FOLDER, such as CN-411624; else the mapping's.")
_DISEASE = typer.Option(None, "--disease", help="Disease of FOLDER; else the one with most cases.")
_OUTBREAK = typer.Option(None, "--outbreak", help="Outbreak id in the database; else the newest.")
_BY = typer.Option("", "--by", help="Your account; its role and area count as in the console.")
_HOME = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME.")
_CANDIDATE = typer.Option("two_tier", "--candidate", help="Way to draw it; see `fireline zones compare`.")
_RECALL = typer.Option(None, "--recall", help="What if: share of stays that cases recall, 0.1 to 1.")
_DELAY = typer.Option(None, "--delay", help="What if: days from onset until an unseen case is found.")
_COMPLIANCE = typer.Option(None, "--compliance", help="What if: share of people that keep to the level.")
_STAFF = typer.Option(None, "--staff", help="What if: people there are for gates and households, all shifts.")
_SUPPLY = typer.Option(None, "--supply", help="What if: sealed households that can be served a day.")
_LANG = typer.Option("en", "--lang", help="Language of sentences: zh or en.")
_LIMIT = typer.Option(40, "--limit", min=0, help="Rows printed; 0 = all. --json always has all.")
_JSON = typer.Option(False, "--json", help="Print JSON with everything instead of a table.")


@app.command(epilog="Example: fireline zones propose my-folder --at 2026-04-12T20:00 --lang zh")
def propose(
    folder: Path | None = _FOLDER,
    feeds: Path | None = _FEEDS,
    at: str | None = _AT,
    area: str | None = _AREA,
    disease: str | None = _DISEASE,
    outbreak: int | None = _OUTBREAK,
    by: str = _BY,
    home: Path | None = _HOME,
    candidate: str = _CANDIDATE,
    lang: str = _LANG,
    limit: int = _LIMIT,
    as_json: bool = _JSON,
) -> None:
    """List the units of the ring that the rules in force draw, level by level, each with its sentence.

    Nothing is ordered and nothing is written. Without a rule in force no ring is drawn: the measures that
    are allowed are named instead.

    Exit code 0: done, also where no rule applies. 11: a folder or option cannot be used. 12: a rule pack is
    at fault. 13: the account or its area does not allow it.
    """
    _run("propose", **locals())


@app.command(epilog="Example: fireline zones compare my-folder --recall 0.5")
def compare(
    folder: Path | None = _FOLDER,
    feeds: Path | None = _FEEDS,
    at: str | None = _AT,
    area: str | None = _AREA,
    disease: str | None = _DISEASE,
    outbreak: int | None = _OUTBREAK,
    by: str = _BY,
    home: Path | None = _HOME,
    recall: float | None = _RECALL,
    delay: float | None = _DELAY,
    compliance: float | None = _COMPLIANCE,
    staff: float | None = _STAFF,
    supply: float | None = _SUPPLY,
    lang: str = _LANG,
    limit: int = _LIMIT,
    as_json: bool = _JSON,
) -> None:
    """Set the ways to draw the ring side by side: people, gates, person-days, modelled coverage, proven gap.

    The two-tier rule comes first and is what is proposed. Coverage is modelled, not measured. With --recall,
    --delay or --compliance the candidates are made anew and what they were before stands beside them; with
    --staff or --supply each says whether it can be kept.

    Exit code 0: done, also where no rule applies. 11: a folder or option cannot be used. 12: a rule pack is
    at fault. 13: the account or its area does not allow it.
    """
    _run("compare", **locals())


@app.command(epilog="Example: fireline zones lift my-folder --at 2026-04-20T08:00")
def lift(
    folder: Path | None = _FOLDER,
    feeds: Path | None = _FEEDS,
    at: str | None = _AT,
    area: str | None = _AREA,
    disease: str | None = _DISEASE,
    outbreak: int | None = _OUTBREAK,
    by: str = _BY,
    home: Path | None = _HOME,
    lang: str = _LANG,
    limit: int = _LIMIT,
    as_json: bool = _JSON,
) -> None:
    """Say for each zone and level when the rule in force lets it be lifted, and what is still missing.

    Exit code 0: done, also where no rule applies. 11: a folder or option cannot be used. 12: a rule pack is
    at fault. 13: the account or its area does not allow it.
    """
    _run("lift", **locals())


@app.command(epilog="Example: fireline zones order my-folder --lang zh > order.txt")
def order(
    folder: Path | None = _FOLDER,
    feeds: Path | None = _FEEDS,
    at: str | None = _AT,
    area: str | None = _AREA,
    disease: str | None = _DISEASE,
    outbreak: int | None = _OUTBREAK,
    by: str = _BY,
    home: Path | None = _HOME,
    candidate: str = _CANDIDATE,
    lang: str = _LANG,
    as_json: bool = _JSON,
) -> None:
    """Print the order text of a ring as a draft: extent, the rule's measures, gates, staff, needs, end.

    It becomes an order only in the console, where one person puts it forward and another of a different unit
    signs it.

    Exit code 0: done, also where no rule applies. 11: a folder or option cannot be used. 12: a rule pack is
    at fault. 13: the account or its area does not allow it.
    """
    _run("order", limit=0, **locals())


def _run(kind: str, **given: Any) -> None:
    """Answer one command."""
    answer(Asked(kind=kind, **given))
