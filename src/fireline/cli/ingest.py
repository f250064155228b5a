"""fireline ingest: take bulk feeds in under a contract.

The outermost layer: reads files through pipeline.intake, saves through actions.visits.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fireline.cli import new_app, print_json
from fireline.cli.progress import Bar
from fireline.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from fireline.pipeline.home import Home
    from fireline.pipeline.intake import Intake

app = new_app("Take bulk feeds in, once each, under a contract.")
_SHOWN = 10


@app.callback()
def _group() -> None:
    """Keep the name of the one command below."""


@app.command(
    epilog="Example: fireline ingest visits 2026-06-01.parquet --feeds feeds.toml --batch bus-2026-06-01"
)
def visits(
    files: list[Path] = typer.Argument(..., help="CSV, Parquet, Excel or JSON files of visits; one batch."),
    feeds: Path | None = typer.Option(None, "--feeds", help="Mapping file with the feed's [contract]."),
    batch: str = typer.Option("", "--batch", help="Name of the batch; else the digest of its rows."),
    replaces: str = typer.Option("", "--replaces", help="Batch that these rows take the place of."),
    outbreak: int | None = typer.Option(None, "--outbreak", help="Outbreak id; else the home's own store."),
    home: Path | None = typer.Option(None, "--home", help="Home folder; default FIRELINE_HOME."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON instead of words."),
) -> None:
    """Read FILES, replace persons by pseudonyms, and save their visits as one batch; a batch is saved once.

    The mapping needs a [contract] table: source, legal_basis, purpose and expires. Columns that identify
    devices are refused. A batch seen before changes nothing. Leaves an audit row.

    Exit code 11: a file, the mapping or a row cannot be used. 13: the contract has ended. 18: the batch to be
    replaced is not in force.
    """
    from fireline.store.boot import boot, migrate

    with Bar("ingest", is_quiet=as_json) as bar:
        bar.update(0.0, "database")
        place = boot(home)
        migrate()
        said = _read(files, feeds, outbreak=outbreak, home=place, progress=bar.update)
        bar.update(0.7, "index")
        done = _save(said, batch=batch, replaces=replaces, outbreak=outbreak, home=place)
        bar.update(1.0, "done")
    found = {**done, **said["sums"]}
    if as_json:
        print_json(found)
    else:
        _tell(found, said["faults"])


def _read(
    files: list[Path],
    feeds: Path | None,
    *,
    outbreak: int | None,
    home: Home,
    progress: Callable[[float, str], None],
) -> dict[str, Any]:
    """Visits of all files, the contract, and what became of every row."""
    from django.utils import timezone

    from fireline.actions.visits import zone_of
    from fireline.clock import local_day
    from fireline.feeds.contract import require_contract
    from fireline.feeds.mapping import read_mapping
    from fireline.store.actor import COMMAND_LINE

    text = _bytes(feeds).decode("utf-8", errors="replace") if feeds else None
    mapping = read_mapping(text, name=feeds.name) if feeds and text is not None else None
    tz = zone_of(COMMAND_LINE, outbreak)
    # said before an hour of reading; the action asks again when it saves
    contract = require_contract(mapping.contract if mapping else None, on=local_day(timezone.now(), tz))
    parts = []
    for i, path in enumerate(files):
        progress(0.6 * i / len(files), path.name)
        parts.append(
            _one(path, text if mapping and mapping.files else None, tz=tz, key=home.key("pseudonym"))
        )
    return {"frame": _together(parts), "contract": contract, **_sums(parts)}


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"file {path}: cannot be read ({error.strerror}); check the name") from error


def _one(path: Path, mapping_text: str | None, *, tz: ZoneInfo, key: bytes) -> Intake:
    from fireline.feeds.limits import MAX_BINARY_BYTES
    from fireline.pipeline.intake import read_one

    data = _bytes(path)
    if len(data) > MAX_BINARY_BYTES:
        raise InputError(f"{path.name}: {len(data):,} bytes; allowed: {MAX_BINARY_BYTES:,}; split it")
    table = None if mapping_text else "visits"
    return read_one(path.name, data, mapping_text=mapping_text, table=table, tz=tz, key=key)


def _together(parts: list[Intake]) -> Any:
    import polars as pl

    rows = pl.concat([part.records.table("visits") for part in parts])
    if rows.is_empty():
        raise InputError("visits: no row of these files could be used; look at the faults with fireline run")
    return rows


def _sums(parts: list[Intake]) -> dict[str, Any]:
    """Rows of all files by what became of them, faults, and what was read and is not saved."""
    sums = [s for part in parts for s in part.records.sums]
    others = {name for part in parts for name, frame in part.records.tables.items() if frame.height}
    others |= {"identities" for part in parts if part.identities.height}
    return {
        "faults": [fault for part in parts for fault in part.records.faults],
        "sums": {
            "files": len(sums),
            "n_read": sum(s.rows for s in sums),
            "n_kept": sum(s.kept for s in sums),
            "n_merged": sum(s.merged for s in sums),
            "n_rejected": sum(s.rejected for s in sums),
            "not_saved": sorted(others - {"visits"}),
        },
    }


def _save(
    said: dict[str, Any], *, batch: str, replaces: str, outbreak: int | None, home: Home
) -> dict[str, Any]:
    from django.utils import timezone

    from fireline.actions.visits import ingest_visits
    from fireline.store.actor import COMMAND_LINE

    done = ingest_visits(
        by=COMMAND_LINE,
        at=timezone.now(),
        frame=said["frame"],
        contract=said["contract"],
        outbreak=outbreak,
        batch_id=batch,
        replaces=replaces,
        home=home,
    )
    return done.said()


def _tell(found: dict[str, Any], faults: list[Any]) -> None:
    echo = typer.echo
    echo(
        f"读取 {found['n_read']:,} 行 = 保留 {found['n_kept']:,} + 合并 {found['n_merged']:,} "
        f"+ 拒收 {found['n_rejected']:,} / read = kept + merged + rejected"
    )
    for fault in faults[:_SHOWN]:
        where = f"{fault.file}, row {fault.row}" + (f", {fault.column}" if fault.column else "")
        echo(f"  {fault.effect}  {where}: {fault.found.zh}，应为 / expected {fault.allowed.en}")
    if len(faults) > _SHOWN:
        echo(f"  … {len(faults) - _SHOWN:,}")
    if found["not_saved"]:
        echo(f"未保存的表 / tables not saved: {', '.join(found['not_saved'])}")
    if found["is_repeat"]:
        echo(f"批次已存在，未作改动 / batch seen before, nothing changed: {found['batch_id']}")
        return
    days = " – ".join(dict.fromkeys(found["days"])) or "-"
    echo(f"批次 / batch  {found['batch_id']}")
    echo(f"新增 / new  {found['n_new']:,} of {found['n_rows']:,}  ·  {days}")
    if found["n_replaced"]:
        echo(f"替换 / replaced  {found['n_replaced']:,}")
    if found["n_too_old"]:
        echo(f"早于保存期 / older than the days that are kept  {found['n_too_old']:,}")
    if found["n_coarse"]:
        echo(f"仅到日，不入索引 / dates only, not in the index  {found['n_coarse']:,}")
