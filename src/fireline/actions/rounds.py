"""The schedule of a sampling round as a file: sites, units and hours, no person; one audit row.

Actions: what is exported is counted in the audit like every other export.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from fireline.actions.exports import Export
from fireline.actions.guard import COMMAND, finish, require
from fireline.privacy.purposes import Purpose
from fireline.store.access.scope import outbreak_for
from fireline.store.access.zone_rounds import zone_rounds
from fireline.store.actor import Actor
from fireline.store.refusals import audits_refusals
from fireline.tasks.sampling.asked import Asked
from fireline.tasks.sampling.rounds import schedule_rows
from fireline.tasks.sampling.schedule_file import schedule_csv


@audits_refusals
def export_schedule(
    *,
    by: Actor,
    at: datetime,
    clock: datetime,
    purpose: Purpose | str,
    outbreak: int,
    asked: Asked,
    start: datetime | None = None,
) -> Export:
    """Export the schedule by site as CSV (UTF-8 with BOM); one audit row.

    Parameters
    ----------
    at : now, for the audit
    clock : the moment the outbreak's data are read at

    Raises
    ------
    PurposeError   the purpose does not fit, the role may not export, or the outbreak is not in its area
    """
    require(by, COMMAND, "export.round")
    with transaction.atomic():
        where = outbreak_for(by, outbreak)
        ring, found = zone_rounds(by, purpose=purpose, outbreak=outbreak, at=clock, asked=asked, start=start)
        rows = schedule_rows(found) if found is not None else []
        seq = finish(
            by=by,
            at=at,
            action="export.round",
            purpose=Purpose(purpose).value,
            body={"outbreak": where.pk, "rows": len(rows), "zone": ring["id"] if ring else None},
        )
    return Export(
        f"sampling-round-{where.pk}-{seq}.csv",
        "text/csv; charset=utf-8",
        schedule_csv(rows, tz=ZoneInfo(where.tz)),
        len(rows),
    )
