"""Running the chapters again over what the database holds.

Actions: computed without a lock, saved in one transaction; what people decided stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from fireline.actions.guard import COMMAND, finish, home_of, locked, require
from fireline.clock import local_day
from fireline.contacts.windows import RuleBook
from fireline.errors import ConflictError
from fireline.investigations.model import Definition
from fireline.investigations.saved import definition_of
from fireline.pipeline.chapters import run_chapters
from fireline.pipeline.home import Home
from fireline.policy import At, Library, load_library
from fireline.signals.streams import default_streams
from fireline.signals.trust import update_trust
from fireline.store import freshness, tally
from fireline.store import results as shelves
from fireline.store.access import records_for_chapters
from fireline.store.access.scope import outbreak_for
from fireline.store.access.zone_standing import orders_table
from fireline.store.actor import Actor
from fireline.store.evidence import opened
from fireline.store.models import CaseDefinition, Outbreak
from fireline.store.outcomes import outcomes_for, verdicts_for
from fireline.store.refusals import audits_refusals
from fireline.words import Words

FREE_TRIES = 3
"""Times that a computation runs without the lock before it runs with it."""


class Busy(ConflictError):  # noqa: N818 - read as what happened
    """Somebody else computes the outbreak now."""


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

    ``moment`` is the time data and rules are read at (default: store.freshness.moment_of);
    ``library`` defaults to the built-in packs.

    Returns
    -------
    dict   name -> rows written

    Raises
    ------
    Busy           it is being computed already
    PurposeError   not an epidemiologist or commander, or outside the area

    Notes
    -----
    It reads and computes without a lock, so that reports come in meanwhile, and saves in one transaction.
    Reports that came meanwhile wait for the next time. Where something happened that the results would
    overwrite (a case was corrected, a search opened), it computes anew, the last time with the lock held.
    """
    require(by, COMMAND, "analysis.refresh", is_machine_allowed=True)
    place = home_of(home)
    outbreak_for(by, outbreak)
    mine = freshness.claim(outbreak, at=at)
    if not mine:
        raise Busy(
            Words(
                "重算：正在进行；完成后页面会显示新的时刻",
                "computing: it is under way already; the page says its moment when it is done",
            )
        )
    try:
        asked = (by, at, outbreak, moment, library or load_library(), place)
        for _ in range(FREE_TRIES):
            reading = freshness.read(outbreak, at=at)
            found = _compute(*asked)
            with transaction.atomic():
                where = locked(by, outbreak)
                if freshness.is_fit(outbreak, reading):
                    return _save(by, at, where, found, reading)
        with transaction.atomic():
            where = locked(by, outbreak)
            reading = freshness.read(outbreak, at=at)
            return _save(by, at, where, _compute(*asked), reading)
    finally:
        freshness.release(outbreak, mine)


def _compute(
    by: Actor, at: datetime, outbreak: int, moment: datetime | None, library: Library, place: Home
) -> Any:
    """The chapters' results over what is stored now; writes nothing."""
    where = outbreak_for(by, outbreak)
    moment = moment or freshness.moment_of(where, at)
    records = records_for_chapters(where.pk, home=place)
    searched, followed = opened(where, home=place)
    if searched and not _may_search(where, library, at=moment):
        searched = followed = frozenset()
    return run_chapters(
        records,
        library,
        disease=where.disease,
        area=where.area_code,
        at=moment,
        definition=_definition(where),
        searched=searched,
        followed=followed,
        orders=orders_table(where, at=moment),
        streams=update_trust(default_streams(), outcomes_for(where)),
        verdicts=verdicts_for(where),
    )


def _save(
    by: Actor, at: datetime, where: Outbreak, results: Any, reading: freshness.Reading
) -> dict[str, int]:
    """Put results in place of the former ones; inside the transaction that holds the outbreak's lock."""
    done = shelves.save_results(results, where, at=at)
    done["cases"] = shelves.update_cases(results, where.pk)
    where.at = results.at
    where.save(update_fields=["at", "summary"])
    tally.rebuild(where)
    freshness.computed(where.pk, reading)
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
