"""fireline trace: contacts, companions, common places and the chain of named cases, each with its reason.

The outermost layer: a folder of files goes through pipeline.trace, a home's database through actions.tracing
and store.access; both give the same tables, which cli.traced prints.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from fireline.cli import new_app
from fireline.cli.question import Question
from fireline.cli.traced import answer

app = new_app("Trace named cases: contacts, contacts of contacts, companions, common places, the chain.")

_CASE = typer.Option(..., "--case", help="Case id; give --case several times for several cases.")
_CASES = typer.Option(None, "--case", help="Case id, several times if needed; without it the whole chain.")
_DATA = typer.Option(None, "--data", help="Folder of files; without it the home's database is asked.")
_FEEDS = typer.Option(None, "--feeds", help="Mapping file of --data; else feeds.toml in the folder.")
_AT = typer.Option(None, "--at", help="Moment for --data; else the newest time read.")
_AREA = typer.Option(None, "--area", help="Jurisdiction of --data, such as CN-411624; else the mapping's.")
_DISEASE = typer.Option(None, "--disease", help="Disease of --data; else the one with most cases.")
_OUTBREAK = typer.Option(None, "--outbreak", help="Outbreak id in the database; else the newest.")
_BY = typer.Option("", "--by", help="Your account; its role and area count as in the console.")
_HOME = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME.")
_EXPLAIN = typer.Option(
    False, "--explain", help="Say for every row why, by which rule, and what would change it."
)
_LANG = typer.Option("en", "--lang", help="Language of sentences: zh or en.")
_LIMIT = typer.Option(40, "--limit", min=0, help="Rows printed; 0 = all. --json always has all.")
_JSON = typer.Option(False, "--json", help="Print JSON with all columns instead of a table.")


@app.command(epilog="Example: fireline trace contacts --data my-folder --case C0012 --explain")
def contacts(
    case: list[str] = _CASE,
    data: Path | None = _DATA,
    feeds: Path | None = _FEEDS,
    at: str | None = _AT,
    area: str | None = _AREA,
    disease: str | None = _DISEASE,
    outbreak: int | None = _OUTBREAK,
    by: str = _BY,
    home: Path | None = _HOME,
    explain: bool = _EXPLAIN,
    lang: str = _LANG,
    limit: int = _LIMIT,
    as_json: bool = _JSON,
) -> None:
    """Find the contacts of cases: named ones, and those who shared a place with them, nearest class first.

    A search over movement of people nobody named needs a look-back and a class rule in force on the day of
    the case; in the database also evidence (a signed positive result, or a clinician of another unit).

    Exit code 11: a folder or case cannot be used. 12: no rule in force allows it. 13: the account, its area
    or the evidence does not allow it.
    """
    _run("contacts", **locals())


@app.command(epilog="Example: fireline trace secondary --data my-folder --case C0012")
def secondary(
    case: list[str] = _CASE,
    data: Path | None = _DATA,
    feeds: Path | None = _FEEDS,
    at: str | None = _AT,
    area: str | None = _AREA,
    disease: str | None = _DISEASE,
    outbreak: int | None = _OUTBREAK,
    by: str = _BY,
    home: Path | None = _HOME,
    explain: bool = _EXPLAIN,
    lang: str = _LANG,
    limit: int = _LIMIT,
    as_json: bool = _JSON,
) -> None:
    """Find the contacts of the close contacts of cases, and through whom.

    Needs a rule contact.class/secondary in force beside what contacts needs.

    Exit code 11: a folder or case cannot be used. 12: no rule in force allows it. 13: the account, its area
    or the evidence does not allow it.
    """
    _run("secondary", **locals())


@app.command(epilog="Example: fireline trace companions --data my-folder --case C0012 --json")
def companions(
    case: list[str] = _CASE,
    data: Path | None = _DATA,
    feeds: Path | None = _FEEDS,
    at: str | None = _AT,
    area: str | None = _AREA,
    disease: str | None = _DISEASE,
    outbreak: int | None = _OUTBREAK,
    by: str = _BY,
    home: Path | None = _HOME,
    explain: bool = _EXPLAIN,
    lang: str = _LANG,
    limit: int = _LIMIT,
    as_json: bool = _JSON,
) -> None:
    """Find who shared a grid cell with cases for long enough: advice for a person to check, never an order.

    Needs a rule contact.companion in force and a look-back; in the database also evidence for each case.

    Exit code 11: a folder or case cannot be used. 12: no rule in force allows it. 13: the account, its area
    or the evidence does not allow it.
    """
    _run("companions", **locals())


@app.command(
    epilog="Example: fireline trace backward --data my-folder --case C0012 --case C0015 --case C0019"
)
def backward(
    case: list[str] = _CASE,
    data: Path | None = _DATA,
    feeds: Path | None = _FEEDS,
    at: str | None = _AT,
    area: str | None = _AREA,
    disease: str | None = _DISEASE,
    outbreak: int | None = _OUTBREAK,
    by: str = _BY,
    home: Path | None = _HOME,
    explain: bool = _EXPLAIN,
    lang: str = _LANG,
    limit: int = _LIMIT,
    as_json: bool = _JSON,
) -> None:
    """Rank the places that cases shared before onset, the least likely to be chance first: leads only.

    Needs a look-back in force (that of the source, else of close contacts); in the database also evidence.

    Exit code 11: a folder or case cannot be used. 12: no rule in force allows it. 13: the account, its area
    or the evidence does not allow it.
    """
    _run("backward", **locals())


@app.command(epilog="Example: fireline trace chain --data my-folder --case C0012")
def chain(
    case: list[str] | None = _CASES,
    data: Path | None = _DATA,
    feeds: Path | None = _FEEDS,
    at: str | None = _AT,
    area: str | None = _AREA,
    disease: str | None = _DISEASE,
    outbreak: int | None = _OUTBREAK,
    by: str = _BY,
    home: Path | None = _HOME,
    explain: bool = _EXPLAIN,
    lang: str = _LANG,
    limit: int = _LIMIT,
    as_json: bool = _JSON,
) -> None:
    """Show the chain around cases: links stated and computed, possible sources, R and k, odd links.

    Stated links need no rule; meetings are used where a rule in force allows their search.

    Exit code 11: a folder or case cannot be used. 12: no rule in force allows it. 13: the account, its area
    or the evidence does not allow it.
    """
    _run("chain", **locals())


def _run(kind: str, *, case: list[str] | None, **asked: Any) -> None:
    """Answer one command."""
    answer(Question(kind=kind, cases=tuple(case or ()), **asked))
