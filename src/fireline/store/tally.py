"""Keeps the summary table that the board reads: rebuilt after a load, adjusted after a change.

Store: called by actions inside their transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, F, QuerySet, TextField
from django.db.models.functions import Cast, Coalesce, Substr, TruncDate

from fireline.store.models import Case, Contact, Finding, Outbreak, Signal, Tally, Task

NO_RECORD = "no_record"
"""State of a task past due whose data could not show it done: neither open nor overdue."""


ALL_CLASSES = "*"
"""Key of the people who are contacts, each once whatever the classes."""


def rebuild(outbreak: Outbreak) -> int:
    """Count everything of an outbreak anew; returns the rows of the summary table."""
    mine = {"outbreak_id": outbreak.pk}
    Tally.objects.filter(**mine).delete()
    rows: list[Tally] = []

    def add(name: str, counted: Iterable[tuple[str, object, int]]) -> None:
        rows.extend(Tally(**mine, name=name, area_code=area, key=_key(key), n=n) for area, key, n in counted)

    cases = Case.objects.filter(**mine)
    add("cases", _grouped(cases, "classification"))
    add("case_day", _case_days(cases, ZoneInfo(outbreak.tz)))
    contacts = Contact.objects.filter(**mine)
    add("contacts", _grouped(contacts, "contact_class"))
    people = contacts.order_by().values_list("area_code", "contact_class")
    add("contact_people", people.annotate(n=Count("person_key", distinct=True)))
    each = contacts.order_by().values_list("area_code").annotate(n=Count("person_key", distinct=True))
    add("contact_people", ((area, ALL_CLASSES, n) for area, n in each))
    add("signals", _grouped(Signal.objects.filter(**mine), "state"))
    tasks = Task.objects.filter(**mine)
    add("task_done", _grouped(tasks.filter(is_open=False), "kind"))
    add("task_no_record", _grouped(tasks.filter(is_open=True, state=NO_RECORD), "kind"))
    due = tasks.filter(is_open=True).exclude(state=NO_RECORD).annotate(day=_utc_day("due_at"))
    counted = due.order_by().values_list("area_code", "day", "kind").annotate(n=Count("id"))
    add("task_due", ((area, due_key(day, kind), n) for area, day, kind, n in counted))
    findings = Finding.objects.filter(**mine).order_by().values_list("side").annotate(n=Count("id"))
    add("findings", ((outbreak.area_code, side, n) for side, n in findings))
    Tally.objects.bulk_create(rows, batch_size=1_000)
    return len(rows)


def due_key(day: object, kind: str) -> str:
    """Key of the open tasks of one kind that fall due on one UTC day."""
    return f"{_key(day)}|{kind}"[:60]


def adjust(*, outbreak_id: int, name: str, area_code: str, key: str, by: int) -> None:
    """Add to one number of the summary table."""
    Tally.objects.get_or_create(
        outbreak_id=outbreak_id, name=name, area_code=area_code, key=key, defaults={"n": 0}
    )
    Tally.objects.filter(outbreak_id=outbreak_id, name=name, area_code=area_code, key=key).update(
        n=F("n") + by
    )


def _case_days(cases: QuerySet[Case], tz: ZoneInfo) -> list[tuple[str, object, int]]:
    """Cases by area and local day of report, else onset, else sampling.

    SQLite would call back into Python for each row to find its local day; it groups by the text of the hour
    (of the minute in zones that are not whole hours from UTC) instead, and each hour is turned once.
    """
    moment = Coalesce("reported_at", "onset", "sampled_at")
    if connection.vendor != "sqlite":
        return _grouped(cases.annotate(key=TruncDate(moment, tzinfo=tz)), "key")
    offsets = [tz.utcoffset(datetime(2026, month, 1)) for month in (1, 7)]  # noqa: DTZ001 (wall clock)
    n = 13 if all(o is not None and o.total_seconds() % 3600 == 0 for o in offsets) else 16

    @cache
    def local(text: str) -> date:
        form = "%Y-%m-%d %H" if n == 13 else "%Y-%m-%d %H:%M"
        return datetime.strptime(text, form).replace(tzinfo=UTC).astimezone(tz).date()

    found: dict[tuple[str, object], int] = {}
    for area, text, count in _grouped(cases.annotate(key=Substr(Cast(moment, TextField()), 1, n)), "key"):
        key = (area, local(text) if text else None)
        found[key] = found.get(key, 0) + count
    return [(area, day, count) for (area, day), count in found.items()]


def _utc_day(column: str) -> Substr | TruncDate:
    """The UTC day of a moment as text (SQLite keeps moments as UTC text) or as a date."""
    if connection.vendor == "sqlite":
        return Substr(Cast(column, TextField()), 1, 10)
    return TruncDate(column, tzinfo=UTC)


def _grouped(
    rows: QuerySet[Case] | QuerySet[Contact] | QuerySet[Signal] | QuerySet[Task], column: str
) -> list:
    return list(rows.order_by().values_list("area_code", column).annotate(n=Count("id")))


def _key(value: object) -> str:
    return "" if value is None else str(value)
