"""fireline unit: register units that send daily counts, what they owe, their keys and their end.

The outermost layer: kept on the machine itself, never over the network.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import typer

from fireline.cli import new_app, print_json
from fireline.errors import InputError

app = new_app("Register units that send daily counts, such as clinics and pharmacies, and their keys.")

_HOME = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME.")
_JSON = typer.Option(False, "--json", help="Print JSON instead of words.")
_NAME = typer.Argument(..., help="Name of the unit.")
_SOURCE = typer.Option(..., "--source", help="Contract: who sends.")
_BASIS = typer.Option(..., "--legal-basis", help="Contract: the law or order and its article.")
_PURPOSE = typer.Option("situation", "--purpose", help="Contract: one of the purposes, such as situation.")
_EXPIRES = typer.Option(..., "--expires", help="Contract: last day, such as 2026-12-31.")
_OWES = typer.Option(
    ...,
    "--owes",
    help="What it owes, once for each stream: fever_clinic=daily@17:00, school_absence=weekdays@10:00, "
    "lab_positive=weekly@10:00+1,total (the day after; with denominator).",
)


def _ready(home: Path | None) -> None:
    from fireline.store.boot import boot, migrate

    boot(home)
    migrate()


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{name}: {text!r} is no date; write it as 2026-06-01") from error


def _contract(source: str, legal_basis: str, purpose: str, expires: str) -> Any:
    from fireline.feeds.contract import Contract
    from fireline.privacy.purposes import parse_purpose

    if not source.strip() or not legal_basis.strip():
        raise InputError("contract: --source and --legal-basis say who sends and why it may; write both")
    return Contract(source.strip(), legal_basis.strip(), parse_purpose(purpose), _day(expires, "--expires"))


@app.command(
    epilog="Example: fireline unit add east-clinic --kind clinic --area CN-411624101 "
    '--owes fever_clinic=daily@17:00 --source "East clinic" --legal-basis "order 12 of 2026, article 3" '
    "--expires 2026-12-31"
)
def add(
    name: str = _NAME,
    kind: str = typer.Option(..., "--kind", help="clinic, hospital, pharmacy, school, laboratory, port ..."),
    area: str = typer.Option(..., "--area", help="Area of the unit, such as CN-411624101."),
    owes: list[str] = _OWES,
    source: str = _SOURCE,
    legal_basis: str = _BASIS,
    purpose: str = _PURPOSE,
    expires: str = _EXPIRES,
    first: str = typer.Option("", "--from", help="First day reported on; default today."),
    last: str = typer.Option("", "--to", help="Last day reported on; default none."),
    home_area: str = typer.Option(
        "", "--home-area", help="With the first unit: area of the routine surveillance; default the county."
    ),
    home: Path | None = _HOME,
    as_json: bool = _JSON,
) -> None:
    """Register a unit; the first one begins the routine surveillance of this home."""
    contract = _contract(source, legal_basis, purpose, expires)
    _ready(home)
    from django.utils import timezone

    from fireline.actions import reporting_units
    from fireline.store.actor import COMMAND_LINE

    made = reporting_units.add_unit(
        by=COMMAND_LINE,
        at=timezone.now(),
        name=name,
        kind=kind,
        area_code=area,
        owes=owes,
        contract=contract,
        active_from=_day(first, "--from") if first else None,
        active_to=_day(last, "--to") if last else None,
        home_area=home_area,
    )
    if as_json:
        print_json({"id": made, "name": name, "owes": owes})
    else:
        typer.echo(f"已登记 / registered: {name}")
        typer.echo(f"  程序报送 / by program:  fireline unit token {name}")
        typer.echo(f"  手机填报 / by phone:    fireline user add NAME --role reporter --reports-for {name}")


@app.command(epilog="Example: fireline unit owe east-clinic --owes fever_clinic=daily@10:00+1")
def owe(
    name: str = _NAME,
    owes: list[str] = _OWES,
    since: str = typer.Option("", "--since", help="First day of the change; default today."),
    home: Path | None = _HOME,
    as_json: bool = _JSON,
) -> None:
    """Change what a unit owes from a day on; name everything it owes then."""
    _ready(home)
    from django.utils import timezone

    from fireline.actions import reporting_units
    from fireline.store.actor import COMMAND_LINE

    said = reporting_units.owe(
        by=COMMAND_LINE,
        at=timezone.now(),
        name=name,
        owes=owes,
        since=_day(since, "--since") if since else None,
    )
    print_json({"name": name, "owes": said}) if as_json else typer.echo(f"{name}: {', '.join(said)}")


@app.command(
    epilog='Example: fireline unit contract east-clinic --source "East clinic" '
    '--legal-basis "order 2 of 2027" --expires 2027-12-31'
)
def contract(
    name: str = _NAME,
    source: str = _SOURCE,
    legal_basis: str = _BASIS,
    purpose: str = _PURPOSE,
    expires: str = _EXPIRES,
    home: Path | None = _HOME,
    as_json: bool = _JSON,
) -> None:
    """Renew the contract of a unit."""
    new = _contract(source, legal_basis, purpose, expires)
    _ready(home)
    from django.utils import timezone

    from fireline.actions import reporting_units
    from fireline.store.actor import COMMAND_LINE

    reporting_units.renew_contract(by=COMMAND_LINE, at=timezone.now(), name=name, contract=new)
    print_json({"name": name, **new.said()}) if as_json else typer.echo(f"{name}: {expires}")


@app.command(epilog="Example: fireline unit token east-clinic --days 90")
def token(
    name: str = _NAME,
    days: int = typer.Option(180, "--days", help="Days until it ends, 1 to 180."),
    home: Path | None = _HOME,
    as_json: bool = _JSON,
) -> None:
    """Make a key with which a unit's program sends counts; it is shown this once."""
    _ready(home)
    from django.utils import timezone

    from fireline.actions import report_tokens
    from fireline.store.actor import COMMAND_LINE

    number, made = report_tokens.issue_token(by=COMMAND_LINE, at=timezone.now(), name=name, days=days)
    if as_json:
        print_json({"id": number, "name": name, "token": made})
    else:
        typer.echo(f"密钥编号 / token number: {number}", err=True)
        typer.echo(made)


@app.command(epilog="Example: fireline unit revoke 3")
def revoke(
    number: int = typer.Argument(..., help="Number of the key, as fireline unit list says it."),
    home: Path | None = _HOME,
    as_json: bool = _JSON,
) -> None:
    """Let a key open nothing from now on."""
    _ready(home)
    from django.utils import timezone

    from fireline.actions import report_tokens
    from fireline.store.actor import COMMAND_LINE

    report_tokens.revoke_token(by=COMMAND_LINE, at=timezone.now(), token=number)
    print_json({"revoked": number}) if as_json else typer.echo(f"已撤销 / revoked: {number}")


@app.command(epilog="Example: fireline unit end east-clinic --on 2026-12-31")
def end(
    name: str = _NAME,
    on: str = typer.Option(..., "--on", help="Last day it reports on."),
    home: Path | None = _HOME,
    as_json: bool = _JSON,
) -> None:
    """Let a unit report up to a day and no further."""
    _ready(home)
    from django.utils import timezone

    from fireline.actions import reporting_units
    from fireline.store.actor import COMMAND_LINE

    reporting_units.end_unit(by=COMMAND_LINE, at=timezone.now(), name=name, last_day=_day(on, "--on"))
    print_json({"name": name, "last_day": on}) if as_json else typer.echo(f"{name}: {on}")


@app.command(name="list", epilog="Example: fireline unit list --json")
def list_(home: Path | None = _HOME, as_json: bool = _JSON) -> None:
    """All units with what they owe, their contracts and keys."""
    _ready(home)
    from django.utils import timezone

    from fireline.actions import reporting_units

    rows = reporting_units.list_units(at=timezone.now())
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "" if row["is_at_work"] else "  停报 / not at work"
        typer.echo(f"{row['name']}  {row['kind']}  {row['area_code']}  {'  '.join(row['owes'])}{state}")
        typer.echo(f"  协议 / contract  {row['contract']['source']}  至 / until {row['contract']['expires']}")
        for key in row["tokens"]:
            ends = (
                f"撤销 / revoked {key['revoked_at']:%Y-%m-%d}"
                if key["revoked_at"]
                else f"{key['ends_at']:%Y-%m-%d}"
            )
            used = f"{key['last_used_at']:%Y-%m-%d %H:%M}" if key["last_used_at"] else "–"
            typer.echo(f"  密钥 / token {key['id']}  {ends}  最近使用 / last used {used}")
    if not rows:
        typer.echo("没有登记报告单位 / no unit is registered")
