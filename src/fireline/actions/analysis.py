"""Running the chapters again over what the database holds.

Actions: results are replaced in one transaction; what people decided stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from fireline.actions.guard import COMMAND, finish, home_of, locked, require
from fireline.clock import local_day
from fireline.contacts.windows import RuleBook
from fireline.investigations.model import Definition
from fireline.investigations.saved import definition_of
from fireline.pipeline.chapters import run_chapters
from fireline.pipeline.home import Home
from fireline.policy import At, Library, load_library
from fireline.signals.streams import default_streams
from fireline.signals.trust import update_trust
from fireline.store import results as shelves
from fireline.store import tally
from fireline.store.access import records_for_chapters
from fireline.store.access.zone_standing import orders_table
from fireline.store.actor import Actor
from fireline.store.evidence import opened
from fireline.store.models import CaseDefinition, Outbreak
from fireline.store.outcomes import outcomes_for
from fireline.store.refusals import audits_refusals
from fireline.store.reporting import ROUTINE


@audits_refusals
def refresh(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    moment: datetime | None = None,
    library: Library | None = None,
    home: Home | None = None,
) -> dict[str, int]:
    """Run the chapters over the stored records and replace their results.

    The movement of people nobody named is searched for cases whose search was opened (actions.tracing).
    Cases are classified by the newest saved version of the outbreak's case definition, where there is one.
    Streams are trusted as the verdicts on their triggers teach.

    ``moment`` is the time data and rules are read at (default: the outbreak's own; that of routine
    surveillance is now); ``library`` defaults to the built-in packs.

    Returns
    -------
    dict   name -> rows written

    Raises
    ------
    PurposeError   not an epidemiologist or commander, or outside the area
    """
    require(by, COMMAND, "analysis.refresh", is_machine_allowed=True)
    place = home_of(home)
    with transaction.atomic():
        where = locked(by, outbreak)
        moment = moment or (at if where.kind == ROUTINE else where.at)
        records = records_for_chapters(where.pk, home=place)
        rules_library = library or load_library()
        searched, followed = opened(where, home=place)
        if searched and not _may_search(where, rules_library, at=moment):
            searched = followed = frozenset()
        results: Any = run_chapters(
            records,
            rules_library,
            disease=where.disease,
            area=where.area_code,
            at=moment,
            definition=_definition(where),
            searched=searched,
            followed=followed,
            orders=orders_table(where, at=moment),
            streams=update_trust(default_streams(), outcomes_for(where)),
        )
        done = shelves.save_results(results, where, at=at)
        done["cases"] = shelves.update_cases(results, where.pk)
        where.at = results.at
        where.save(update_fields=["at", "summary"])
        tally.rebuild(where)
        finish(by=by, at=at, action="analysis.refresh", outbreak=where, body={"rows": done})
    return done


def _may_search(where: Outbreak, library: Library, *, at: datetime) -> bool:
    """Whether a search is allowed at all on the day of the run: one that has ended opens nothing."""
    day = local_day(at, ZoneInfo(where.tz))
    return RuleBook(At(library, where.disease, where.area_code, day)).is_search_allowed(day)


def _definition(where: Outbreak) -> Definition | None:
    """The newest saved version; None where there is none, or it names no class."""
    newest = CaseDefinition.objects.filter(outbreak_id=where.pk).order_by("-version").values().first()
    return definition_of(newest, disease=where.disease, tz=ZoneInfo(where.tz)) if newest else None
