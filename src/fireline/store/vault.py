"""The identity vault: names, numbers, phones and addresses, sealed field by field under one key per person.

Store: the only place where a real identity appears. Keys live in a file of their own, never in the database.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from fireline.errors import IntegrityError
from fireline.pipeline.home import Home
from fireline.privacy import sealing
from fireline.store.models import Identity
from fireline.words import Words

TABLE = "identities"
COLUMNS = ("name", "id_no", "phone", "address")
FINDABLE = ("name", "id_no", "phone")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS bucket (bucket_id TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS person (
    person_key TEXT PRIMARY KEY, key_id TEXT NOT NULL, bucket_id TEXT NOT NULL, wrapped BLOB NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, repr=False)
class _PersonKey:
    key_id: str
    key: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Vault:
    """The vault of one home; holds no key in memory between calls and shows none in its repr.

    Attributes
    ----------
    home : Home
    """

    home: Home

    @property
    def key_file(self) -> Path:
        """SQLite file of the erasable keys."""
        return self.home.keys / "person_keys.sqlite3"

    def __repr__(self) -> str:
        return "Vault(...)"

    def put(self, rows: Sequence[tuple[str, str, str]], *, at: datetime) -> int:
        """Seal and store fields; an existing field of the same person and column is replaced.

        Parameters
        ----------
        rows : sequence of (person_key, column, value); empty values are left out
        at : when they were sealed; its month names the bucket

        Returns
        -------
        int   fields stored

        Raises
        ------
        ValueError   a column that is not an identity column
        """
        wanted = [
            (person, column, value.strip()) for person, column, value in rows if value and value.strip()
        ]
        unknown = {column for _, column, _ in wanted} - set(COLUMNS)
        if unknown:
            raise ValueError(f"not identity columns: {', '.join(sorted(unknown))}")
        keys = self._keys_for(sorted({person for person, _, _ in wanted}), bucket=f"identity:{at:%Y-%m}")
        index_key = self.home.key("blind-index")
        sealed = {}
        for person, column, value in wanted:
            mine = keys[person]
            place = sealing.associated(table=TABLE, column=column, person=person, key_id=mine.key_id)
            sealed[(person, column)] = Identity(
                table=TABLE,
                column=column,
                person_key=person,
                key_id=mine.key_id,
                sealed=sealing.seal(
                    value.encode(), key=mine.key, nonce=secrets.token_bytes(sealing.NONCE_BYTES), place=place
                ),
                blind_index=(
                    sealing.blind_index(value, column=column, key=index_key) if column in FINDABLE else ""
                ),
                sealed_at=at,
            )
        with transaction.atomic():
            Identity.objects.bulk_create(
                list(sealed.values()),
                batch_size=500,
                update_conflicts=True,
                unique_fields=["table", "column", "person_key"],
                update_fields=["key_id", "sealed", "blind_index", "sealed_at"],
            )
        return len(sealed)

    def read(self, person_key: str) -> dict[str, str]:
        """All fields of one person; empty for nobody and for an erased person.

        Raises
        ------
        IntegrityError   a field was changed or moved, or its key is not of this home
        """
        rows = list(Identity.objects.filter(table=TABLE, person_key=person_key).order_by("column"))
        if not rows:
            return {}
        mine = self._existing([person_key]).get(person_key)
        if mine is None:
            return {}
        found = {}
        for row in rows:
            if row.key_id != mine.key_id:
                raise IntegrityError(
                    Words(
                        "身份字段所指的密钥不属于此人；请运行 fireline doctor",
                        "an identity field names a key that is not this person's; run doctor",
                    )
                )
            place = sealing.associated(
                table=row.table, column=row.column, person=row.person_key, key_id=row.key_id
            )
            found[row.column] = sealing.unseal(bytes(row.sealed), key=mine.key, place=place).decode()
        return found

    def find(self, *, column: str, value: str) -> list[str]:
        """Person keys whose full name, number or phone equals a value."""
        if column not in FINDABLE:
            raise ValueError(f"column must be one of {', '.join(FINDABLE)}")
        mark = sealing.blind_index(value, column=column, key=self.home.key("blind-index"))
        if not mark:
            return []
        rows = Identity.objects.filter(column=column, blind_index=mark).order_by("person_key")
        return list(rows.values_list("person_key", flat=True))

    def known(self, person_keys: Sequence[str]) -> set[str]:
        """Those of some people who have a key, so that fields of theirs can be read."""
        return set(self._existing(person_keys))

    def erase(self, person_keys: Sequence[str]) -> int:
        """Destroy the keys of people, then their sealed rows; after the first step nothing can be read.

        Returns
        -------
        int   keys destroyed
        """
        with self._open() as keys:
            before = keys.total_changes
            keys.executemany("DELETE FROM person WHERE person_key = ?", [(p,) for p in person_keys])
            n = keys.total_changes - before
        self._truncate_log()
        for start in range(0, len(person_keys), 500):
            Identity.objects.filter(person_key__in=person_keys[start : start + 500]).delete()
        return n

    def erase_bucket(self, bucket_id: str) -> int:
        """Destroy one bucket key and every person key under it; returns the person keys destroyed."""
        with self._open() as keys:
            people = [
                row[0]
                for row in keys.execute("SELECT person_key FROM person WHERE bucket_id = ?", (bucket_id,))
            ]
            keys.execute("DELETE FROM bucket WHERE bucket_id = ?", (bucket_id,))
        return self.erase(people)

    def _keys_for(self, people: Sequence[str], *, bucket: str) -> dict[str, _PersonKey]:
        """Keys of people, made where missing."""
        found = self._existing(people)
        missing = [person for person in people if person not in found]
        if not missing:
            return found
        with self._open() as keys:
            over = self._bucket_key(keys, bucket)
            for person in missing:
                made = _PersonKey(secrets.token_hex(8), secrets.token_bytes(sealing.KEY_BYTES))
                keys.execute(
                    "INSERT INTO person VALUES (?, ?, ?, ?)",
                    (person, made.key_id, bucket, sealing.wrap(made.key, by=over)),
                )
                found[person] = made
        return found

    def _existing(self, people: Sequence[str]) -> dict[str, _PersonKey]:
        found: dict[str, _PersonKey] = {}
        buckets: dict[str, bytes] = {}
        with self._open() as keys:
            for person in people:
                row = keys.execute(
                    "SELECT key_id, bucket_id, wrapped FROM person WHERE person_key = ?", (person,)
                ).fetchone()
                if row is None:
                    continue
                if row[1] not in buckets:
                    buckets[row[1]] = self._bucket_key(keys, row[1])
                found[person] = _PersonKey(row[0], sealing.unwrap(row[2], by=buckets[row[1]]))
        return found

    def _bucket_key(self, keys: sqlite3.Connection, bucket: str) -> bytes:
        master = self.home.key("master")
        row = keys.execute("SELECT wrapped FROM bucket WHERE bucket_id = ?", (bucket,)).fetchone()
        if row is not None:
            return sealing.unwrap(row[0], by=master)
        made = secrets.token_bytes(sealing.KEY_BYTES)
        keys.execute("INSERT INTO bucket VALUES (?, ?)", (bucket, sealing.wrap(made, by=master)))
        return made

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction on the key file."""
        is_new = not self.key_file.exists()
        connection = sqlite3.connect(self.key_file, timeout=30, isolation_level=None)
        try:
            if is_new:
                self.key_file.chmod(0o600)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA synchronous=FULL")
            connection.executescript(_SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        finally:
            connection.close()

    def _truncate_log(self) -> None:
        """Empty the write-ahead log, which may still hold the bytes of erased keys."""
        connection = sqlite3.connect(self.key_file, timeout=30, isolation_level=None)
        try:
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()
