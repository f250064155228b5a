"""Takes the insert-only triggers away and puts them back, for tests that tamper or empty tables."""

from __future__ import annotations

import importlib
from pathlib import Path

from fireline.store import migrations

_MIGRATIONS = [
    importlib.import_module(f"{migrations.__name__}.{path.stem}")
    for path in sorted(Path(migrations.__path__[0]).glob("*_insert_only.py"))
]


def lift(connection):
    for migration in _MIGRATIONS:
        _run(connection, migration.SQLITE_DOWN, migration.POSTGRESQL_DOWN)


def put_back(connection):
    for migration in _MIGRATIONS:
        _run(connection, migration.SQLITE_UP, migration.POSTGRESQL_UP)


def _run(connection, sqlite, postgresql):
    for statement in sqlite if connection.vendor == "sqlite" else postgresql:
        with connection.cursor() as cursor:
            cursor.execute(statement)
