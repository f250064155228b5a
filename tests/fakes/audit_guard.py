"""Takes the insert-only triggers away and puts them back, for tests that tamper or empty tables."""

from __future__ import annotations

import importlib

_MIGRATION = importlib.import_module("fireline.store.migrations.0002_audit_insert_only")


def lift(connection):
    for statement in _MIGRATION.SQLITE_DOWN if connection.vendor == "sqlite" else _MIGRATION.POSTGRESQL_DOWN:
        with connection.cursor() as cursor:
            cursor.execute(statement)


def put_back(connection):
    for statement in _MIGRATION.SQLITE_UP if connection.vendor == "sqlite" else _MIGRATION.POSTGRESQL_UP:
        with connection.cursor() as cursor:
            cursor.execute(statement)
