"""fireline audit: verify the audit log.

The outermost layer: reads store.audit, prints words or JSON.
"""

from __future__ import annotations

from pathlib import Path

import typer

from fireline.cli import new_app, print_json
from fireline.errors import IntegrityError

app = new_app("Verify the audit log.")


@app.callback()
def _group() -> None:
    """Keep the name of the one command below."""


@app.command(epilog="Example: fireline audit verify --home ~/fireline")
def verify(
    home: Path | None = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON instead of words."),
) -> None:
    """Read the whole audit log; leave with 16 when a row was edited, added, removed, moved or cut off.

    A home that does not exist is not made: 15.
    """
    from fireline.store.boot import boot, require_current

    boot(home, create=False)
    require_current()
    from django.utils import timezone

    from fireline.store import audit

    verdict = audit.verify()
    now = timezone.now()
    age_s = max(0, round((now - verdict.signed_at).total_seconds())) if verdict.signed_at else None
    if as_json:
        print_json(
            {
                "is_whole": verdict.is_whole,
                "n_rows": verdict.n_rows,
                "n_checkpoints": verdict.n_checkpoints,
                "n_signed": verdict.n_signed,
                "signed_at": verdict.signed_at.isoformat() if verdict.signed_at else None,
                "checkpoint_age_s": age_s,
                "faults": list(verdict.faults),
            }
        )
    elif verdict.is_whole:
        typer.echo(
            f"审计日志完整 / audit log is whole: {verdict.n_rows} rows, {verdict.n_checkpoints} checkpoints"
        )
        if age_s is None:
            typer.echo("还没有签名检查点 / no checkpoint yet: run fireline audit checkpoint")
        else:
            typer.echo(
                f"最近检查点 / last checkpoint: {verdict.n_signed} rows, {age_s // 60} min ago; "
                f"{verdict.n_rows - verdict.n_signed} rows not signed yet"
            )
    if not verdict.is_whole:
        raise IntegrityError("audit log was tampered with:\n  " + "\n  ".join(verdict.faults))


@app.command(epilog="Example: fireline audit checkpoint")
def checkpoint(
    home: Path | None = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON instead of words."),
) -> None:
    """Sign the log as it stands now; copy anchors/ to a place outside this machine."""
    from fireline.store.boot import boot, require_current

    place = boot(home, create=False)
    require_current()
    from django.utils import timezone

    from fireline.store import audit

    n = audit.checkpoint(at=timezone.now())
    if as_json:
        print_json({"n_rows": n, "anchors": str(place.path / "anchors")})
    else:
        typer.echo(f"已签名 / signed: {n} rows; {place.path / 'anchors'}")
