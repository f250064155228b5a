"""The numbers of the first screen, from the summary table: no page counts rows.

Store: aggregate reads; no rows about people, no audit row.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum

from fireline.clock import local_day
from fireline.errors import PurposeError
from fireline.privacy.purposes import Purpose
from fireline.store.access.lateness import due_today, overdue, surely_before, waiting
from fireline.store.access.scope import areas_below, check, covers, outbreak_for, record_read, touches
from fireline.store.actor import Actor
from fireline.store.models import Area, Outbreak, ResultTable, Signal, Tally, Task, Zone
from fireline.store.refusals import audits_refusals
from fireline.store.results import SITUATION
from fireline.store.tally import ALL_CLASSES
from fireline.words import Words


@audits_refusals
def outbreaks(actor: Actor) -> list[dict[str, Any]]:
    """Outbreaks that touch the actor's area, newest first: all columns of Outbreak but the summary."""
    fields = [f.attname for f in Outbreak._meta.concrete_fields if f.attname not in ("summary", "missing")]
    return [
        row for row in Outbreak.objects.order_by("-id").values(*fields) if touches(actor, row["area_code"])
    ]


@audits_refusals
def busiest(actor: Actor) -> int | None:
    """The outbreak of the actor's area with most open tasks, the newest of equals, or None."""
    found = [row["id"] for row in outbreaks(actor)]
    rows = Tally.objects.filter(outbreak_id__in=found, name="task_due")
    n_open = dict(rows.values_list("outbreak_id").annotate(sum=Sum("n")))
    return max(found, key=lambda pk: (n_open.get(pk, 0), pk), default=None)


@audits_refusals
def outbreak(actor: Actor, outbreak: int) -> dict[str, Any]:
    """One outbreak with all its columns.

    Raises
    ------
    PurposeError   not in the actor's area
    """
    found = outbreak_for(actor, outbreak)
    return {f.attname: getattr(found, f.attname) for f in Outbreak._meta.concrete_fields}


@audits_refusals
def board(actor: Actor, *, outbreak: int, at: datetime) -> dict[str, Any]:
    """What burns, what is late, who must act, in the actor's jurisdiction at a moment.

    Returns
    -------
    dict with
        outbreak : dict, see ``outbreak``
        cases : {classification: n}, n_cases : int
        cases_by_day : list of (ISO day, n), by report, else onset, else sampling; n_cases_24h : int, the
            local day of ``at`` and the day before
        contacts : {class: n} and n_contacts : int, pairs of a case and a contact
        contact_people : {class: n}, people, each once in a class however many cases met them;
            n_contact_people : int, each once in all
        signals : {state: n}; new_signals : the first 10 new ones
        tasks : {"open": n, "overdue": n, "due_today": n, "no_record": n, "done": n, "next_due": datetime or
            None}, as ``lateness`` defines them; overdue and due_today are part of open; past due where the
            data could not show it done is no_record, neither open nor overdue
        late : list of {kind, open, overdue, no_record}, most overdue first
        zones : {level: {"n_units": n, "population": n}}
        findings : {"too_little": n, "too_much": n}
        mine : tasks assigned to the actor that are open, the first 10 by due hour; n_mine : int
    """
    check(actor, Purpose.SITUATION, Purpose.SITUATION)
    where = outbreak_for(actor, outbreak)
    tally = _tally(actor, where)
    cases = _by_key(tally, "cases")
    days = sorted(_by_key(tally, "case_day").items())
    contacts, people = _by_key(tally, "contacts"), _by_key(tally, "contact_people")
    today = local_day(at, ZoneInfo(where.tz))
    recent = {today.isoformat(), (today - timedelta(days=1)).isoformat()}
    signals = _by_key(tally, "signals")
    return {
        "outbreak": _row(where),
        "cases": cases,
        "n_cases": sum(cases.values()),
        "cases_by_day": [(day, n) for day, n in days if day],
        "n_cases_24h": sum(n for day, n in days if day in recent),
        "contacts": contacts,
        "n_contacts": sum(contacts.values()),
        "contact_people": {c: n for c, n in people.items() if c != ALL_CLASSES},
        "n_contact_people": people.get(ALL_CLASSES, 0),
        "signals": signals,
        "new_signals": _new_signals(actor, where),
        **_work(actor, where, tally, at=at),
        "zones": _zone_totals(where),
        "findings": _by_key(tally, "findings"),
        **_mine(actor, where),
    }


def _row(found: Outbreak) -> dict[str, Any]:
    return {f.attname: getattr(found, f.attname) for f in Outbreak._meta.concrete_fields}


def _tally(actor: Actor, where: Outbreak) -> QuerySet[Tally]:
    rows = Tally.objects.filter(outbreak_id=where.pk)
    return rows if covers(actor, where.area_code) else rows.filter(area_code__in=areas_below(actor.area_code))


def _by_key(tally: QuerySet[Tally], name: str) -> dict[str, int]:
    rows = tally.filter(name=name).values_list("key").annotate(sum=Sum("n")).order_by("key")
    return {key: n for key, n in rows if n}


def _new_signals(actor: Actor, where: Outbreak) -> list[dict[str, Any]]:
    rows = Signal.objects.filter(outbreak_id=where.pk, state="new")
    if not covers(actor, where.area_code):
        rows = rows.filter(area_code__in=areas_below(actor.area_code))
    return list(rows.order_by("-day", "-id").values()[:10])


def _work(actor: Actor, where: Outbreak, tally: QuerySet[Tally], *, at: datetime) -> dict[str, Any]:
    """Open, done and overdue tasks: whole days from the summary table, the running days by count."""
    tz = ZoneInfo(where.tz)
    floor = surely_before(at, tz)
    day = floor.date().isoformat()
    n_open: dict[str, int] = defaultdict(int)
    n_late: dict[str, int] = defaultdict(int)
    for key, n in _by_key(tally, "task_due").items():
        due, _, kind = key.partition("|")
        n_open[kind] += n
        if due and due < day:
            n_late[kind] += n
    n_unknown = _by_key(tally, "task_no_record")
    running = Task.objects.filter(waiting(), outbreak_id=where.pk)
    if not covers(actor, where.area_code):
        running = running.filter(area_code__in=areas_below(actor.area_code))
    recent = running.filter(overdue(at, tz) | due_today(at, tz), due_at__gte=floor).order_by()
    late, today = Count("id", filter=overdue(at, tz)), Count("id", filter=due_today(at, tz))
    n_today = 0
    for kind, n, n_due in recent.values_list("kind").annotate(late=late, today=today):
        n_late[kind] += n
        n_today += n_due
    following = running.filter(due_at__gte=at).order_by("due_at").values_list("due_at", flat=True).first()
    return {
        "tasks": {
            "open": sum(n_open.values()),
            "overdue": sum(n_late.values()),
            "due_today": n_today,
            "no_record": sum(n_unknown.values()),
            "done": sum(_by_key(tally, "task_done").values()),
            "next_due": following,
        },
        "late": sorted(
            (
                {
                    "kind": kind,
                    "open": n_open.get(kind, 0),
                    "overdue": n_late.get(kind, 0),
                    "no_record": n_unknown.get(kind, 0),
                }
                for kind in {*n_open, *n_unknown}
            ),
            key=lambda row: (-row["overdue"], -row["open"], row["kind"]),
        ),
    }


def _zone_totals(where: Outbreak) -> dict[str, dict[str, int]]:
    newest = (
        Zone.objects.filter(outbreak_id=where.pk)
        .exclude(state__in=("lifted", "withdrawn"))
        .order_by("-id")
        .first()
    )
    if newest is None:
        return {}
    totals: dict[str, dict[str, int]] = {}
    for level, population in newest.units.values_list("level", "population"):
        row = totals.setdefault(level, {"n_units": 0, "population": 0})
        row["n_units"] += 1
        row["population"] += population
    return totals


def _mine(actor: Actor, where: Outbreak) -> dict[str, Any]:
    rows = Task.objects.filter(outbreak_id=where.pk, assigned_to=actor.username, is_open=True)
    return {"mine": list(rows.order_by("due_at", "id").values()[:10]), "n_mine": rows.count()}


PERSON_COLUMNS = frozenset(
    {"person_key", "case_id", "subject_id", "from_case", "to_case", "to_person", SITUATION}
)
"""A small table with one of these is about people: it needs a purpose and leaves an audit row."""


@audits_refusals
def results(
    actor: Actor,
    *,
    outbreak: int,
    name: str,
    purpose: Purpose | str = Purpose.SITUATION,
    at: datetime | None = None,
) -> dict[str, Any]:
    """One small table that a chapter made: curve, attack_rates, zone_totals, checks and the like.

    A table about people (PERSON_COLUMNS) needs investigation, tracing or oversight and leaves an audit row.

    Returns
    -------
    dict   name, columns (list of str), rows (list of lists), n_rows (in the chapter's table)

    Raises
    ------
    PurposeError   the outbreak, or the whole of it, is not in the actor's area, or the purpose does not fit
    """
    where = outbreak_for(actor, outbreak)
    found = ResultTable.objects.filter(outbreak_id=where.pk, name=name).first()
    if found is None:
        return {"name": name, "columns": [], "rows": [], "n_rows": 0}
    if PERSON_COLUMNS & set(found.columns):
        chosen = check(actor, purpose, Purpose.INVESTIGATION, Purpose.TRACING, Purpose.OVERSIGHT)
        if not covers(actor, where.area_code):
            raise PurposeError(
                Words(
                    "表：涉及整个疫情；请找疫情所在地的指挥部",
                    "table: it spans the whole outbreak; ask the command of the outbreak's area",
                )
            )
        record_read(actor, action="read.table", purpose=chosen, at=at, outbreak=where.pk, table=name)
    else:
        check(actor, Purpose.SITUATION, Purpose.SITUATION)
    return {"name": name, "columns": found.columns, "rows": found.rows, "n_rows": found.n_rows}


@audits_refusals
def result_names(actor: Actor, *, outbreak: int) -> list[str]:
    """Names of the small tables of an outbreak, sorted."""
    where = outbreak_for(actor, outbreak)
    return list(
        ResultTable.objects.filter(outbreak_id=where.pk).order_by("name").values_list("name", flat=True)
    )


@audits_refusals
def areas(actor: Actor, *, outbreak: int) -> list[dict[str, Any]]:
    """Areas of the actor's part of the outbreak by code: parent, level, name, population, GeoJSON."""
    where = outbreak_for(actor, outbreak)
    base = where.area_code if covers(actor, where.area_code) else actor.area_code
    rows = Area.objects.filter(path__contains=f"/{base}/") if base else Area.objects.all()
    return list(rows.order_by("area_code").values())
