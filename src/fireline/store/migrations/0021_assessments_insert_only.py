"""What was signed can be added to and never changed: triggers on SQLite and PostgreSQL."""

from __future__ import annotations

from django.db import migrations

TABLES = ("store_riskassessment", "store_assessmentsignature", "store_assessmentdissent")
_SAID = "signed assessments are insert-only: a newer version takes the place of an older one"

SQLITE_UP = [
    f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
    for table in TABLES
    for verb in ("update", "delete")
]
SQLITE_DOWN = [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for table in TABLES for verb in ("update", "delete")]

POSTGRESQL_UP = [
    "CREATE OR REPLACE FUNCTION fireline_assessments_insert_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_SAID}'; END $$",
    *[
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION fireline_assessments_insert_only()"
        for table in TABLES
    ],
    *[
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION fireline_assessments_insert_only()"
        for table in TABLES
    ],
]
POSTGRESQL_DOWN = [
    f"DROP TRIGGER IF EXISTS {table}_no_{what} ON {table}" for table in TABLES for what in ("change", "truncate")
]


def up(apps, schema_editor):
    """Add the triggers of this database."""
    vendor = schema_editor.connection.vendor
    for statement in SQLITE_UP if vendor == "sqlite" else POSTGRESQL_UP:
        schema_editor.execute(statement, params=None)


def down(apps, schema_editor):
    """Remove the triggers."""
    vendor = schema_editor.connection.vendor
    for statement in SQLITE_DOWN if vendor == "sqlite" else POSTGRESQL_DOWN:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """Insert-only assessments."""

    dependencies = [("store", "0020_triggers")]
    operations = [migrations.RunPython(up, down, elidable=False)]
