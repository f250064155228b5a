"""Starts Django for a command: home folder, settings, migrations.

Store: called by the commands, so that `fireline --help` never imports Django.
"""

from __future__ import annotations

import os
from pathlib import Path

from fireline.pipeline.home import Home


def boot(home: Path | None = None, *, create: bool = True) -> Home:
    """Set Django up on a home folder and return the home; made where it is missing, unless not to ``create``.

    Raises
    ------
    SettingsError   a setting has a value that is not allowed
    StorageError    the home folder cannot be used, or is missing and ``create`` is False
    """
    if not create:
        Home.open(home, create=False)  # before anything of Django opens a database in it
    if home is not None:
        os.environ["FIRELINE_HOME"] = str(home.expanduser().absolute())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fireline.web.settings")
    import django
    from django.conf import settings

    django.setup()
    return Home.open(settings.FIRELINE.home, create=create)


def migrate() -> int:
    """Bring the database to the newest schema; returns the migrations applied.

    Raises
    ------
    StorageError   the database cannot be reached or changed
    """
    from django.core.management import call_command
    from django.db import DatabaseError

    from fireline.errors import StorageError

    try:
        n = len(pending())
        if n:
            call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    except DatabaseError as error:
        raise StorageError(
            f"database: cannot be used ({type(error).__name__}); check DATABASE_URL or run fireline doctor"
        ) from error
    return n


def pending() -> list[str]:
    """Migrations that the database still lacks."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return [f"{m.app_label}.{m.name}" for m, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def require_current() -> None:
    """Refuse to read a database that is not there yet, or is of another version.

    Raises
    ------
    StorageError   the database lacks migrations, or cannot be reached
    """
    from django.db import DatabaseError

    from fireline.errors import StorageError

    try:
        n = len(pending())
    except DatabaseError as error:
        raise StorageError(
            f"database: cannot be used ({type(error).__name__}); check DATABASE_URL or run fireline doctor"
        ) from error
    if n:
        raise StorageError(
            f"database: {n} migrations are missing, so this home was not used yet or is of an older version; "
            "run fireline serve, which brings it up to date"
        )
