"""What an account may see: its area and everything below it, for a purpose that fits.

Store: every function of access begins here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, OrderBy, Q, QuerySet
from django.utils import timezone

from fireline.errors import PolicyError, PurposeError
from fireline.policy.areas import area_chain
from fireline.privacy.purposes import Purpose, Role, require_purpose
from fireline.store import audit
from fireline.store.actor import SYSTEM_ROLE, Actor
from fireline.store.models import Area, Outbreak
from fireline.words import Words

PAGE_LIMIT = 200
_COUNTS_KEPT = 2_000
_COUNTS: dict[tuple[Any, ...], int] = {}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows.

    Attributes
    ----------
    rows : tuple of dict, plain values
    total : int, rows that match, on all pages
    offset, limit : int, as used
    """

    rows: tuple[dict[str, Any], ...]
    total: int
    offset: int
    limit: int

    @property
    def last(self) -> int:
        """Number of the last row on this page, counted from 1 (0 on an empty page)."""
        return self.offset + len(self.rows)


def check(actor: Actor, purpose: Purpose | str, *needed: Purpose) -> Purpose:
    """Refuse a purpose that is not the role's or does not fit.

    Raises
    ------
    PurposeError   see privacy.purposes.require_purpose; the command line reads no rows about people
    """
    if actor.role == SYSTEM_ROLE and Purpose.SITUATION not in needed:
        raise PurposeError(
            Words(
                "命令行不读取个人记录；请登录控制台",
                "the command line reads no rows about people; sign in to the console",
            )
        )
    if actor.role == SYSTEM_ROLE:
        return Purpose.SITUATION
    return require_purpose(role=actor.role, purpose=purpose, needed=frozenset(needed))


def chain_of(area_code: str) -> tuple[str, ...]:
    """An area and all areas above it, by the tree where it is known, else by the code's form."""
    path = Area.objects.filter(code_q(area_code)).values_list("path", flat=True).first()
    if path:
        return tuple(reversed([part for part in path.split("/") if part]))
    try:
        return area_chain(area_code)
    except PolicyError:
        return (area_code,) if area_code else ()


def code_q(area_code: str) -> Q:
    """Condition on Area for one code."""
    return Q(area_code=area_code)


def covers(actor: Actor, area_code: str) -> bool:
    """Whether an area lies inside the actor's jurisdiction; a reporter has none, whatever the account."""
    if actor.role == Role.REPORTER:
        return False
    return actor.area_code == "" or (bool(area_code) and actor.area_code in chain_of(area_code))


def outbreak_for(actor: Actor, outbreak: int) -> Outbreak:
    """One outbreak that touches the actor's jurisdiction.

    Raises
    ------
    PurposeError   it does not exist, or lies outside the jurisdiction (the same words for both)
    """
    found = Outbreak.objects.filter(pk=outbreak).first()
    if found is None or not touches(actor, found.area_code):
        raise PurposeError(
            Words(
                "疫情：在您的辖区内找不到；请从列表中选择",
                "outbreak: not found in your area; choose one from the list",
            )
        )
    return found


def touches(actor: Actor, area_code: str) -> bool:
    """Whether an area is inside the actor's jurisdiction, or the jurisdiction inside the area."""
    if actor.role == Role.REPORTER:
        return False
    return covers(actor, area_code) or (bool(area_code) and area_code in chain_of(actor.area_code))


def within(rows: QuerySet[Any], actor: Actor, outbreak: Outbreak) -> QuerySet[Any]:
    """Rows of the outbreak that lie in the actor's jurisdiction.

    Who covers the outbreak's whole area sees all its rows, also those without an area or of visitors
    from elsewhere; everybody else sees the rows of the areas below their own.
    """
    mine = rows.filter(outbreak_id=outbreak.pk)
    if covers(actor, outbreak.area_code):
        return mine
    return mine.filter(area_code__in=areas_below(actor.area_code))


def areas_below(area_code: str) -> list[str]:
    """Codes of an area and of everything below it."""
    found = Area.objects.filter(path__contains=f"/{area_code}/").values_list("area_code", flat=True)
    return sorted({area_code, *found})


def order(*columns: str) -> list[OrderBy]:
    """Sort keys with unknown values first when ascending and last when descending, on both databases."""
    keys = []
    for column in columns:
        name = column.removeprefix("-")
        options: dict[str, Any] = {}
        if connection.vendor != "sqlite":  # SQLite does this by itself, and uses its indexes only then
            options = {"nulls_last": True} if column.startswith("-") else {"nulls_first": True}
        keys.append(OrderBy(F(name), descending=column.startswith("-"), **options))
    return keys


def starts_with(field: str, text: str) -> Q:
    """Condition "begins with", as a range on SQLite so that the index serves it."""
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": text, f"{field}__lt": text + "\U0010ffff"})
    return Q(**{f"{field}__startswith": text})


def page(
    rows: QuerySet[Any], *, sort: Sequence[str], fields: Sequence[str], offset: int, limit: int, total: int
) -> Page:
    """One page in two steps: the ids along the index, then the rows of those ids."""
    offset, limit = max(0, offset), max(1, min(limit, PAGE_LIMIT))
    if offset > total // 2:  # nearer to the end: walk the index from there
        n = max(0, min(limit, total - offset))
        start = max(0, total - offset - limit)
        back = rows.order_by(*order(*(_turned(column) for column in sort)))
        ids = list(back.values_list("pk", flat=True)[start : start + n])[::-1]
    else:
        ids = list(rows.order_by(*order(*sort)).values_list("pk", flat=True)[offset : offset + limit])
    found = {row["id"]: row for row in rows.model._default_manager.filter(pk__in=ids).values("id", *fields)}
    return Page(rows=tuple(found[pk] for pk in ids if pk in found), total=total, offset=offset, limit=limit)


def _turned(column: str) -> str:
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"


def count(
    rows: QuerySet[Any], *, actor: Actor, outbreak: Outbreak, name: str, filters: Mapping[str, str]
) -> int:
    """Number of rows, remembered until the outbreak's version grows (every change lets it grow)."""
    asked = tuple(sorted((k, v) for k, v in filters.items() if v))
    where = str(connection.settings_dict["NAME"])
    key = (where, outbreak.pk, outbreak.version, name, actor.area_code, asked)
    found = _COUNTS.get(key)
    if found is None:
        if len(_COUNTS) >= _COUNTS_KEPT:
            _COUNTS.clear()
        found = _COUNTS[key] = rows.count()
    return found


def record_read(actor: Actor, *, action: str, purpose: Purpose, at: datetime | None, **body: Any) -> None:
    """One audit row for one view of rows about people."""
    audit.append(
        actor=actor,
        action=action,
        at=at or timezone.now(),
        purpose=purpose.value,
        body=body,
        subject=body.pop("subject", ""),
    )
