"""Bulk visits: taken in under a contract, deleted by day, their index made again; each with its audit row.

Actions: called by the commands; the console's uploads go through imports, which uses the same store.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl
from django.conf import settings
from django.db import transaction

from fireline.actions.guard import INVESTIGATORS, finish, home_of, locked, require
from fireline.clock import local_day
from fireline.errors import InputError
from fireline.feeds.contract import Contract, require_contract
from fireline.pipeline.home import Home
from fireline.privacy.purposes import Purpose
from fireline.store.access.scope import outbreak_for
from fireline.store.actor import Actor
from fireline.store.models import Outbreak, VisitLedger
from fireline.store.refusals import audits_refusals
from fireline.store.visits import Ingested, Rebuilt, Retained, VisitStore
from fireline.words import Words


@audits_refusals
def ingest_visits(
    *,
    by: Actor,
    at: datetime,
    frame: pl.DataFrame,
    contract: Contract | None,
    outbreak: int | None = None,
    batch_id: str = "",
    replaces: str = "",
    home: Home | None = None,
) -> Ingested:
    """Take visits of a bulk feed in, once, into the store of the home or of one outbreak.

    ``frame`` has the canonical columns of visits with pseudonymous person keys; ``batch_id`` and
    ``replaces`` are those of VisitStore.ingest.

    Raises
    ------
    InputError   there is no contract, or rows cannot be believed
    PurposeError   the contract has ended, or neither an epidemiologist nor the command line
    ConflictError   the batch to be replaced is not in force
    """
    require(by, INVESTIGATORS, "visits.ingest", is_machine_allowed=True)
    place = home_of(home)
    with transaction.atomic():
        where = locked(by, outbreak) if outbreak is not None else None
        tz = ZoneInfo(where.tz if where else settings.FIRELINE.time_zone)
        held = require_contract(contract, on=local_day(at, tz))
        done = VisitStore(place, outbreak).ingest(
            frame,
            at=at,
            by=by.username,
            batch_id=batch_id,
            replaces=replaces,
            contract=held.said(),
        )
        finish(
            by=by,
            at=at,
            action="visits.ingest",
            outbreak=where if not done.is_repeat else None,
            purpose=Purpose.INTAKE.value,
            body={**done.said(), "contract": held.said(), "replaces": replaces},
        )
    return done


@audits_refusals
def purge_visits(
    *,
    by: Actor,
    at: datetime,
    until: date,
    outbreak: int | None = None,
    is_dry_run: bool = False,
    home: Home | None = None,
) -> Retained:
    """Delete every day of movement before ``until`` from the store of the home or of one outbreak.

    Returns
    -------
    Retained   the figures of the deletion certificate, which stand in the audit row; of a dry run what would
        go, and no audit row, because nothing was changed and nobody's rows were shown

    Raises
    ------
    InputError   ``until`` lies after today: days that are still to come cannot be cut off
    PurposeError   neither an epidemiologist nor the command line, or outside the area
    IntegrityError   a day file is missing or was changed
    """
    require(by, INVESTIGATORS, "visits.purge", is_machine_allowed=True)
    place = home_of(home)
    with transaction.atomic():
        where = locked(by, outbreak) if outbreak is not None else None
        _require_past(until, at, where)
        if is_dry_run:
            return VisitStore(place, outbreak).plan(until)
        done = VisitStore(place, outbreak).retain(until)
        finish(
            by=by,
            at=at,
            action="visits.purge",
            outbreak=where,
            purpose=Purpose.INTAKE.value,
            body=done.said(),
        )
    return done


def _require_past(until: date, at: datetime, where: Outbreak | None) -> None:
    today = local_day(at, ZoneInfo(where.tz if where else settings.FIRELINE.time_zone))
    if until > today:
        raise InputError(
            Words(
                f"截止日 {until.isoformat()} 在今天之后；允许：{today.isoformat()} 或更早",
                f"until: {until.isoformat()} lies ahead; allowed: {today.isoformat()} or earlier",
            )
        )


def rebuild_visit_index(*, by: Actor, at: datetime, home: Home | None = None) -> list[Rebuilt]:
    """Make the index segments of every store again from its day files, with one audit row each.

    Raises
    ------
    PurposeError   neither an epidemiologist nor the command line
    IntegrityError   a day file is missing or was changed
    """
    require(by, INVESTIGATORS, "visits.rebuild", is_machine_allowed=True)
    place = home_of(home)
    done = []
    for scope, outbreak in VisitLedger.objects.order_by("id").values_list("scope", "outbreak_id"):
        with transaction.atomic():
            one = VisitStore(place, outbreak).rebuild()
            finish(by=by, at=at, action="visits.rebuild", body={"store": scope, **one.said()})
        done.append(one)
    return done


def zone_of(by: Actor, outbreak: int | None) -> ZoneInfo:
    """Zone in which times without an offset are read: the outbreak's, else that of the settings.

    Raises
    ------
    PurposeError   no such outbreak in the actor's area
    """
    where = outbreak_for(by, outbreak) if outbreak is not None else None
    return ZoneInfo(where.tz if where else settings.FIRELINE.time_zone)


def stores_with_visits() -> list[int | None]:
    """Stores that hold or held movement: outbreak ids, None for that of the home."""
    return list(VisitLedger.objects.order_by("id").values_list("outbreak_id", flat=True))
