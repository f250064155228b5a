"""What was read of an upload waits sealed in the home folder between its preview and its commit.

Actions: used by imports only; kept as it was read, so that what is saved is what was shown, and at once.
"""

from __future__ import annotations

import io
import json
import secrets
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from fireline.errors import ConflictError, InputError
from fireline.pipeline.home import Home
from fireline.pipeline.intake import Intake
from fireline.privacy import sealing
from fireline.records.model import Records
from fireline.words import Words

_IDENTITIES = "identities"


def keep(home: Home, batch: int, intake: Intake) -> None:
    """Seal the cleaned tables and identities of an upload into ``uploads/<batch>.sealed``."""
    path = file_of(home, batch)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    sealed = sealing.seal(
        _packed(intake),
        key=home.key("uploads"),
        nonce=secrets.token_bytes(sealing.NONCE_BYTES),
        place=_place(batch),
    )
    path.touch(mode=0o600)
    path.write_bytes(sealed)


def kept(home: Home, batch: int) -> Intake:
    """What was kept of an upload: records and identities; faults and sums stand in the database.

    Raises
    ------
    ConflictError    the upload is no longer kept
    InputError       its file is damaged
    IntegrityError   its file was changed, or is another upload's
    """
    path = file_of(home, batch)
    if not path.is_file():
        raise ConflictError(
            Words("上传：文件已不再保留；请重新上传", "upload: its file is no longer kept; upload it again")
        )
    if path.stat().st_size < sealing.NONCE_BYTES:
        raise InputError(
            Words("上传：文件已损坏；请重新上传", "upload: its file is damaged; upload it again")
        )
    return _unpacked(sealing.unseal(path.read_bytes(), key=home.key("uploads"), place=_place(batch)))


def file_of(home: Home, batch: int) -> Path:
    """File of one upload."""
    return home.path / "uploads" / f"{batch}.sealed"


def _packed(intake: Intake) -> bytes:
    """One line of JSON with the lengths of the tables, then each table as Arrow IPC."""
    frames = {**dict(sorted(intake.records.tables.items())), _IDENTITIES: intake.identities}
    parts = {name: frame.write_ipc(None, compression="lz4").getvalue() for name, frame in frames.items()}
    head = {
        "tz": str(intake.records.tz),
        "area": intake.records.area,
        "missing": intake.records.missing,
        "tables": [[name, len(part)] for name, part in parts.items()],
    }
    return b"".join([json.dumps(head).encode(), b"\n", *parts.values()])


def _unpacked(data: bytes) -> Intake:
    line, _, rest = data.partition(b"\n")
    head = json.loads(line)
    tables: dict[str, pl.DataFrame] = {}
    for name, size in head["tables"]:
        tables[name], rest = pl.read_ipc(io.BytesIO(rest[:size])), rest[size:]
    identities = tables.pop(_IDENTITIES)
    missing = tuple((zh, en) for zh, en in head["missing"])
    records = Records(tables=tables, tz=ZoneInfo(head["tz"]), area=head["area"], missing=missing)
    return Intake(records=records, identities=identities)


def _place(batch: int) -> bytes:
    return sealing.associated(table="uploads", column="data", person="", key_id=str(batch))
