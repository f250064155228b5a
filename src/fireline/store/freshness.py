"""What came in since an outbreak was computed, who computes it now, and which outbreaks are due.

Store: told by actions.guard inside the transaction of each change, asked by actions.upkeep and by access.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Coalesce

from fireline.clock import local_day
from fireline.store.models import Count, Freshness, Outbreak
from fireline.store.reporting import ROUTINE

QUIET = timedelta(seconds=60)
"""Reports come in a row: a computation begins when none came for so long ..."""
LONGEST_WAIT = timedelta(minutes=10)
"""... or when the first has waited for so long."""
CLAIM_LASTS = timedelta(minutes=30)
"""A claim, or a job in the queue, that is older belongs to a program that ended."""
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=2), timedelta(hours=1)
ALIVE_D = timedelta(days=28)
"""A dossier whose moment lies further back is history: no day that passes moves it."""

_REPORTS = frozenset(
    {
        "report.take_in", "report.take_back", "fever.report", "fever.withdraw",
        "unit.add", "unit.owe", "unit.end",
    }
)  # fmt: skip
_CHAPTERS_READ = frozenset(
    {"import.commit", "import.undo", "case.edit", "case.undo", "case.paste", "case.confirm",
     "definition.save", "narrative.accept", "visits.ingest"}
)  # fmt: skip
_SHALLOW = (
    "analysis.", "assessment.", "export.", "fever.", "identity.reveal", "report.", "signal.", "task.",
    "trigger.", "unit.", "worklist.",
)  # fmt: skip
"""Actions, by the beginning of their name, that a computation may be saved over: it replaces no row of
theirs. All others are deep: results that have not seen them are computed anew."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the counters stood when a computation began to read."""

    news: int
    deep: int
    at: datetime


def note(outbreak: int, action: str, *, at: datetime, body: Mapping[str, Any] | None = None) -> None:
    """Count one change of an outbreak, in the transaction of the change."""
    is_news, is_deep = _is_news(action, body or {}), not action.startswith(_SHALLOW)
    if not is_news and not is_deep:
        return
    changes: dict[str, Any] = {"deep": F("deep") + int(is_deep)}  # PostgreSQL adds no boolean
    if is_news:
        since = Coalesce(F("news_since"), Value(at), output_field=DateTimeField())
        changes |= {"news": F("news") + 1, "news_since": since, "news_last": at}
    if not Freshness.objects.filter(outbreak_id=outbreak).update(**changes):
        Freshness.objects.get_or_create(outbreak_id=outbreak)
        Freshness.objects.filter(outbreak_id=outbreak).update(**changes)


def _is_news(action: str, body: Mapping[str, Any]) -> bool:
    if action == "report.take_in":  # one that said nothing new is no news
        return bool(body.get("new") or body.get("corrected"))
    return action in _REPORTS or action in _CHAPTERS_READ


def read(outbreak: int, *, at: datetime) -> Reading:
    """Where the counters stand; to be called before anything else is read."""
    row, _ = Freshness.objects.get_or_create(outbreak_id=outbreak)
    return Reading(row.news, row.deep, at)


def is_fit(outbreak: int, reading: Reading) -> bool:
    """Whether results of a reading may be saved: nothing deep happened, and nobody saved a newer reading."""
    row = Freshness.objects.get(outbreak_id=outbreak)
    return row.deep == reading.deep and row.seen <= reading.news


def computed(outbreak: int, reading: Reading) -> None:
    """Results of a reading were saved; what came after it waits on."""
    row, _ = Freshness.objects.get_or_create(outbreak_id=outbreak)
    row.seen, row.computed_at = reading.news, reading.at
    row.news_since = reading.at if row.news > reading.news else None
    row.failed_at, row.n_failed, row.fault = None, 0, ""
    row.save(update_fields=["seen", "computed_at", "news_since", "failed_at", "n_failed", "fault"])


def claim(outbreak: int, *, at: datetime) -> str:
    """Say that one computes an outbreak; returns the claim, "" where somebody else does."""
    Freshness.objects.get_or_create(outbreak_id=outbreak)
    mine = token_hex(8)
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=at - CLAIM_LASTS)
    took = Freshness.objects.filter(free, outbreak_id=outbreak).update(
        claim=mine, claimed_at=at, asked_at=None
    )
    return mine if took else ""


def release(outbreak: int, mine: str) -> None:
    """Give a claim back; one that somebody took over stays theirs."""
    Freshness.objects.filter(outbreak_id=outbreak, claim=mine).update(claim="", claimed_at=None)


def failed(outbreak: int, *, at: datetime, fault: str) -> None:
    """A computation ended in an error; the next try waits longer each time."""
    Freshness.objects.filter(outbreak_id=outbreak).update(
        failed_at=at, n_failed=F("n_failed") + 1, fault=fault[:80]
    )


def forget_claims() -> None:
    """Free what a program that ended had claimed or put into the queue; for the start of the only worker."""
    Freshness.objects.update(claim="", claimed_at=None, asked_at=None)


def moment_of(outbreak: Outbreak, at: datetime) -> datetime:
    """The moment that an outbreak is computed at: now, but of history that of its data.

    History is an exercise, a look-back, and a dossier whose own moment lies more than ALIVE_D back.
    """
    if outbreak.kind == ROUTINE:
        return at
    is_past = outbreak.is_exercise or outbreak.label_zh or at - outbreak.at > ALIVE_D
    return outbreak.at if is_past else max(at, outbreak.at)


def due(*, at: datetime) -> list[int]:
    """Outbreaks that are to be computed now, those that wait longest first."""
    rows = {row.outbreak_id: row for row in Freshness.objects.all()}
    found = []
    for where in Outbreak.objects.all():
        row = rows.get(where.pk) or Freshness(outbreak=where)
        if _is_due(row, where, at):
            found.append((row.news_since or at, where.pk))
    return [pk for _, pk in sorted(found)]


def _is_due(row: Freshness, where: Outbreak, at: datetime) -> bool:
    if any(t is not None and t > at - CLAIM_LASTS for t in (row.asked_at, row.claimed_at)):
        return False
    if row.failed_at is not None and at < row.failed_at + retry_after(row.n_failed):
        return False
    if row.news > row.seen:
        is_quiet = row.news_last is None or at >= row.news_last + QUIET
        return is_quiet or (row.news_since is not None and at >= row.news_since + LONGEST_WAIT)
    tz = ZoneInfo(where.tz)
    if local_day(moment_of(where, at), tz) <= local_day(where.at, tz) and row.computed_at is not None:
        return False
    if row.computed_at is None:  # a home from before: its routine figures were never computed by themselves
        return where.kind == ROUTINE and Count.objects.filter(outbreak_id=where.pk).exists()
    return True


def retry_after(n_failed: int) -> timedelta:
    """How long the next try waits after so many errors in a row."""
    return min(FIRST_RETRY * 2 ** min(max(n_failed - 1, 0), 10), LONGEST_RETRY)


def ask(outbreak: int, *, at: datetime) -> bool:
    """Note that a job goes into the queue; False where one stands there already."""
    Freshness.objects.get_or_create(outbreak_id=outbreak)
    free = Q(asked_at__isnull=True) | Q(asked_at__lt=at - CLAIM_LASTS)
    return bool(Freshness.objects.filter(free, outbreak_id=outbreak).update(asked_at=at))
