"""Doctor's view of the stores of visits: files missing, changed or orphaned; and the sweeping of orphans.

Store: read by health.
"""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from fireline.errors import IntegrityError
from fireline.pipeline.home import Home
from fireline.store.models import VisitFile, VisitLedger
from fireline.store.visits import files

ORPHAN_AGE_S = 3_600
"""A file of a store that is not known yet may be of a writer at work: it is swept when it is older."""


def orphans(home: Home) -> list[Path]:
    """Files under visits/ and segments/ that no committed manifest row names."""
    known = {files.path_of(home, file) for file in VisitFile.objects.only("kind", "file")}
    held = (path for folder in (home.visits, home.segments) for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in held if path not in known)


def missing(home: Home) -> list[str]:
    """Manifest rows whose file is not there."""
    rows = VisitFile.objects.only("kind", "file").order_by("file")
    return [files.spoken(file) for file in rows if not files.path_of(home, file).is_file()]


def damaged(home: Home, *, is_truth: bool) -> list[str]:
    """Files that are there and are not the ones that were saved; reads every byte.

    ``is_truth`` picks the rows by day, else what is made from them: segments and keys.
    """
    found = []
    rows = VisitFile.objects.order_by("file")
    for file in rows.filter(kind__in=files.TABLES) if is_truth else rows.exclude(kind__in=files.TABLES):
        if not files.path_of(home, file).is_file():
            continue
        try:
            files.read_checked(home, file)
        except IntegrityError:
            found.append(files.spoken(file))
    return found


def without_index() -> int:
    """Days of visits that have no index segment."""
    days = VisitFile.objects.filter(kind="visits").values_list("ledger_id", "day").distinct()
    indexed = VisitFile.objects.filter(kind="place").values_list("ledger_id", "day")
    return len(set(days) - set(indexed))


def sweep(home: Home, *, now_s: float) -> int:
    """Delete orphans; returns how many. Writers at work are waited for, and theirs are not touched.

    Parameters
    ----------
    now_s : seconds of the machine's clock, as file times count them
    """
    with transaction.atomic():
        scopes = set(VisitLedger.objects.select_for_update().values_list("scope", flat=True))
        gone = [path for path in orphans(home) if _is_nobodys(path, scopes, now_s)]
        files.remove(gone)
    return len(gone)


def _is_nobodys(path: Path, scopes: set[str], now_s: float) -> bool:
    """Whether no writer can be at work on a file: its store is locked by us, or it is old."""
    is_locked = any(f"-{scope}-" in path.name for scope in scopes)
    return is_locked or now_s - path.stat().st_mtime > ORPHAN_AGE_S
