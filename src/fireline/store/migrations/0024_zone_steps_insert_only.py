"""The history of a zone can be added to and never changed: triggers on SQLite and PostgreSQL.

Rings proposed or signed before there were steps get theirs from what the ring itself says.
"""

from __future__ import annotations

from django.db import migrations

TABLES = ("store_zonestep",)
_SAID = "the history of a zone is insert-only: write a further step"
_SIGNED = "a signed zone is never deleted: lift it"

SQLITE_UP = [
    *[
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        for table in TABLES
        for verb in ("update", "delete")
    ],
    "CREATE TRIGGER store_zone_signed_no_delete BEFORE DELETE ON store_zone WHEN OLD.signed_at IS NOT NULL "
    f"BEGIN SELECT RAISE(ABORT, '{_SIGNED}'); END",
]
SQLITE_DOWN = [
    *[f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for table in TABLES for verb in ("update", "delete")],
    "DROP TRIGGER IF EXISTS store_zone_signed_no_delete",
]

POSTGRESQL_UP = [
    "CREATE OR REPLACE FUNCTION fireline_zone_steps_insert_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_SAID}'; END $$",
    "CREATE OR REPLACE FUNCTION fireline_zone_signed_no_delete() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN IF OLD.signed_at IS NOT NULL THEN RAISE EXCEPTION '{_SIGNED}'; END IF; RETURN OLD; END $$",
    *[
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION fireline_zone_steps_insert_only()"
        for table in TABLES
    ],
    *[
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION fireline_zone_steps_insert_only()"
        for table in TABLES
    ],
    "CREATE TRIGGER store_zone_signed_no_delete BEFORE DELETE ON store_zone "
    "FOR EACH ROW EXECUTE FUNCTION fireline_zone_signed_no_delete()",
]
POSTGRESQL_DOWN = [
    *[f"DROP TRIGGER IF EXISTS {table}_no_{what} ON {table}" for table in TABLES for what in ("change", "truncate")],
    "DROP TRIGGER IF EXISTS store_zone_signed_no_delete ON store_zone",
]


def fill(apps, schema_editor):
    """Steps of rings that are older than the table."""
    zone_model, step_model = apps.get_model("store", "Zone"), apps.get_model("store", "ZoneStep")
    for zone in zone_model.objects.exclude(state="computed").order_by("id"):
        rule = {"rule_id": zone.rule_id, "edition": zone.edition}
        if zone.proposed_at is not None:
            step_model.objects.create(
                zone=zone, at=zone.proposed_at, by=zone.proposed_by, unit=zone.proposed_unit, what="proposed", **rule
            )
        if zone.signed_at is not None:
            step_model.objects.create(
                zone=zone, at=zone.signed_at, by=zone.signed_by, unit=zone.signed_unit, what="signed", **rule
            )


def up(apps, schema_editor):
    """Fill, then add the triggers of this database."""
    fill(apps, schema_editor)
    vendor = schema_editor.connection.vendor
    for statement in SQLITE_UP if vendor == "sqlite" else POSTGRESQL_UP:
        schema_editor.execute(statement, params=None)


def down(apps, schema_editor):
    """Remove the triggers."""
    vendor = schema_editor.connection.vendor
    for statement in SQLITE_DOWN if vendor == "sqlite" else POSTGRESQL_DOWN:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """Insert-only history of zones."""

    dependencies = [("store", "0023_zone_orders")]
    operations = [migrations.RunPython(up, down, elidable=False)]
