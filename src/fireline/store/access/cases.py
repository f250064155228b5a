"""Line list, one case with its trajectory, contacts, and the transmission chain.

Store: person-level reads; each list view and each opened case is one audit row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from fireline.clock import local_midnight
from fireline.errors import InputError, PurposeError
from fireline.privacy.purposes import Purpose
from fireline.store import audit
from fireline.store.access.scope import (
    Page,
    check,
    count,
    covers,
    outbreak_for,
    page,
    record_read,
    starts_with,
    within,
)
from fireline.store.actor import Actor
from fireline.store.models import (
    Case,
    CaseChange,
    ChainEdge,
    Contact,
    Outbreak,
    Person,
    Stay,
    Tally,
    Task,
    Test,
)
from fireline.store.refusals import audits_refusals
from fireline.words import Words

LINE_LIST_COLUMNS = (
    "case_id",
    "person_key",
    "disease",
    "classification",
    "onset",
    "onset_precision",
    "sampled_at",
    "reported_at",
    "reported_at_precision",
    "isolated_at",
    "isolated_at_precision",
    "area_code",
    "origin",
    "outcome",
    "cluster",
    "age",
    "sex",
    "group",
    "occupation",
    "generation",
    "n_contacts",
    "defined_as",
    "version",
)
"""Columns of a line-list row, beside ``id``."""

SORTABLE = (
    "case_id",
    "onset",
    "reported_at",
    "sampled_at",
    "isolated_at",
    "classification",
    "area_code",
    "age",
    "cluster",
    "generation",
    "n_contacts",
)
"""Columns a line list can be sorted by; "-onset" is newest first."""

FILTERS = (
    "q",
    "classification",
    "area_code",
    "origin",
    "outcome",
    "sex",
    "cluster",
    "onset_from",
    "onset_to",
)
"""Filters of a line list: equality; local days, inclusive; ``q`` how a case id or person key begins."""

CHAIN_LIMIT = 5_000
_EXACT = ("classification", "area_code", "origin", "outcome", "sex", "cluster")
_READERS = (Purpose.INVESTIGATION, Purpose.TRACING, Purpose.INTAKE)


@audits_refusals
def line_list(
    actor: Actor,
    *,
    purpose: Purpose | str,
    outbreak: int,
    filters: Mapping[str, str] | None = None,
    sort: str = "-onset",
    offset: int = 0,
    limit: int = 100,
    at: datetime | None = None,
) -> Page:
    """One page of the line list, limited to the actor's jurisdiction; one audit row.

    ``filters`` maps names of FILTERS to text (empty text filters nothing); ``sort`` is one of SORTABLE,
    with "-" in front for descending; ``limit`` is cut to 200.

    Returns
    -------
    Page   rows with ``id`` and LINE_LIST_COLUMNS; total over all pages

    Raises
    ------
    PurposeError   the purpose is not investigation, tracing or intake, or not this role's
    InputError     an unknown filter or sort column, or a date that is not ISO 8601
    """
    chosen = check(actor, purpose, *_READERS)
    where = outbreak_for(actor, outbreak)
    if sort.removeprefix("-") not in SORTABLE:
        raise InputError(
            Words(
                f"排序：此列不能排序；允许：{'、'.join(SORTABLE)}",
                f"sort: column is not sortable; allowed: {', '.join(SORTABLE)}",
            )
        )
    rows = select_cases(actor, where, filters or {})
    is_plain = not any((filters or {}).values()) and covers(actor, where.area_code)
    total = (
        _all_cases(where)
        if is_plain
        else count(rows, actor=actor, outbreak=where, name="cases", filters=filters or {})
    )
    sign = "-" if sort.startswith("-") else ""
    column = sort.removeprefix("-")
    then = [f"{sign}onset"] if column in ("classification", "area_code") else []  # as their indexes run
    found = page(
        rows,
        sort=(sort, *then, f"{sign}id"),
        fields=LINE_LIST_COLUMNS,
        offset=offset,
        limit=limit,
        total=total,
    )
    record_read(
        actor,
        action="read.line_list",
        purpose=chosen,
        at=at,
        outbreak=where.pk,
        n=len(found.rows),
        filters=sorted(name for name, value in (filters or {}).items() if value),
    )
    return found


def select_cases(actor: Actor, outbreak: Outbreak, filters: Mapping[str, str]) -> QuerySet[Case]:
    """Cases of the actor's jurisdiction that match the filters (see FILTERS)."""
    unknown = sorted(set(filters) - set(FILTERS))
    if unknown:
        raise InputError(
            Words(
                f"筛选：有 {len(unknown)} 项未知；允许：{'、'.join(FILTERS)}",
                f"filter: {len(unknown)} unknown; allowed: {', '.join(FILTERS)}",
            )
        )
    rows = within(Case.objects.all(), actor, outbreak)
    for name in _EXACT:
        if filters.get(name):
            rows = rows.filter(**{name: filters[name]})
    tz = ZoneInfo(outbreak.tz)
    if filters.get("onset_from"):
        rows = rows.filter(onset__gte=local_midnight(_day(filters["onset_from"]), tz))
    if filters.get("onset_to"):
        rows = rows.filter(onset__lt=local_midnight(_day(filters["onset_to"]) + timedelta(days=1), tz))
    if text := filters.get("q", "").strip():
        rows = rows.filter(starts_with("case_id", text) | starts_with("person_key", text))
    return rows


@audits_refusals
def case(
    actor: Actor,
    *,
    purpose: Purpose | str,
    outbreak: int,
    case_id: str,
    contact_class: str = "",
    place_id: str = "",
    at: datetime | None = None,
) -> dict[str, Any]:
    """One case with person, trajectory, contacts (first 200), tests, tasks, links and changes; one audit row.

    ``contact_class`` and ``place_id`` narrow the contacts.

    Returns
    -------
    dict   case (all columns), person (or None), stays, contacts (Page), tests, tasks (with contact_class, ""
        where the task is not about a contact of this case), infectors, infectees, changes

    Raises
    ------
    PurposeError   the purpose does not fit, or there is no such case in the actor's area
    """
    chosen = check(actor, purpose, *_READERS)
    where = outbreak_for(actor, outbreak)
    found = within(Case.objects.all(), actor, where).filter(case_id=case_id).values().first()
    if found is None:
        raise PurposeError(
            Words(
                "病例：在您的辖区内找不到；请从病例列表中选择",
                "case: not found in your area; choose one from the line list",
            )
        )
    mine = {"outbreak_id": where.pk, "case_id": case_id}
    people = Person.objects.filter(outbreak_id=where.pk, person_key=found["person_key"])
    edges = ChainEdge.objects.filter(outbreak_id=where.pk)
    contacts = Contact.objects.filter(**mine)
    if contact_class:
        contacts = contacts.filter(contact_class=contact_class)
    if place_id:
        contacts = contacts.filter(place_id=place_id)
    answer = {
        "case": found,
        "person": people.values().first(),
        "stays": list(Stay.objects.filter(**mine).order_by("enter", "id").values()),
        "contacts": _contacts(contacts, sort="contact_class", offset=0, limit=200),
        "tests": list(
            Test.objects.filter(outbreak_id=where.pk, subject_id=found["person_key"])
            .order_by("taken_at")
            .values()
        ),
        "tasks": _tasks_with_class(mine),
        "infectors": _links(actor, where, edges.filter(to_case=case_id).order_by("from_case", "kind")),
        "infectees": _links(actor, where, edges.filter(from_case=case_id).order_by("to_case", "kind")),
        "changes": list(CaseChange.objects.filter(**mine).order_by("-id").values()[:50]),
    }
    record_read(
        actor,
        action="read.case",
        purpose=chosen,
        at=at,
        subject=audit.subject_of("case", where.pk, case_id),
        outbreak=where.pk,
    )
    return answer


def _tasks_with_class(mine: dict[str, Any]) -> list[dict[str, Any]]:
    """The first 200 tasks of a case; those about a contact say of which class the contact is."""
    rows = list(Task.objects.filter(**mine).order_by("due_at", "task_id").values()[:200])
    people = {row["subject_id"] for row in rows if row["subject_kind"] == "person"}
    found = Contact.objects.filter(**mine, person_key__in=people).values_list("person_key", "contact_class")
    classes = dict(found) if people else {}
    return [{**row, "contact_class": classes.get(row["subject_id"], "")} for row in rows]


@audits_refusals
def contacts(
    actor: Actor,
    *,
    purpose: Purpose | str,
    outbreak: int,
    case_id: str = "",
    contact_class: str = "",
    sort: str = "case_id",
    offset: int = 0,
    limit: int = 100,
    at: datetime | None = None,
) -> Page:
    """One page of contacts, of one case or of all, in the actor's jurisdiction; one audit row.

    ``sort`` is case_id, person_key, contact_class, area_code or last_exposure, "-" in front for descending.

    Raises
    ------
    PurposeError   the purpose is not investigation or tracing, or not this role's
    InputError     an unknown sort column
    """
    chosen = check(actor, purpose, Purpose.INVESTIGATION, Purpose.TRACING)
    where = outbreak_for(actor, outbreak)
    allowed = ("case_id", "person_key", "contact_class", "area_code", "last_exposure")
    if sort.removeprefix("-") not in allowed:
        raise InputError(
            Words(
                f"排序：此列不能排序；允许：{'、'.join(allowed)}",
                f"sort: column is not sortable; allowed: {', '.join(allowed)}",
            )
        )
    rows = select_contacts(actor, where, case_id=case_id)
    if contact_class:
        rows = rows.filter(contact_class=contact_class)
    found = _contacts(rows, sort=sort, offset=offset, limit=limit)
    record_read(actor, action="read.contacts", purpose=chosen, at=at, outbreak=where.pk, n=len(found.rows))
    return found


@audits_refusals
def chain(
    actor: Actor,
    *,
    purpose: Purpose | str,
    outbreak: int,
    component: int | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """Nodes and edges of the transmission chain, all of it or one component; one audit row.

    Returns
    -------
    dict   nodes (case_id, component, generation, chain_row, chain_day, chain_basis, chain_parent, onset,
        classification), edges (from_case, to_case, kind, directed, serial_days, flag, share),
        n_cases (in scope), is_cut (more than 5,000 nodes: the first 5,000 of the largest components)
    """
    chosen = check(actor, purpose, Purpose.INVESTIGATION, Purpose.TRACING)
    where = outbreak_for(actor, outbreak)
    rows = within(Case.objects.all(), actor, where)
    if component is not None:
        rows = rows.filter(component=component)
    fields = ("case_id", "component", "generation", "chain_row", "chain_day", "chain_basis", "chain_parent")
    nodes = list(
        rows.order_by("component", "chain_row", "case_id").values(*fields, "onset", "classification")[
            : CHAIN_LIMIT + 1
        ]
    )
    is_cut = len(nodes) > CHAIN_LIMIT
    nodes = nodes[:CHAIN_LIMIT]
    shown = {node["case_id"] for node in nodes}
    all_edges = ChainEdge.objects.filter(outbreak_id=where.pk).order_by("from_case", "to_case", "kind")
    if is_cut or component is not None or not covers(actor, where.area_code):
        edges = _edges_among(all_edges, sorted(shown))
    else:
        edges = list(all_edges.values())
    record_read(actor, action="read.chain", purpose=chosen, at=at, outbreak=where.pk, n=len(nodes))
    return {
        "nodes": nodes,
        "edges": [e for e in edges if e["from_case"] in shown and e["to_case"] in shown],
        "n_cases": rows.count() if is_cut else len(nodes),
        "is_cut": is_cut,
    }


def select_contacts(actor: Actor, outbreak: Outbreak, *, case_id: str = "") -> QuerySet[Contact]:
    """Contacts of the actor's jurisdiction, of one case or of all."""
    rows = within(Contact.objects.all(), actor, outbreak)
    return rows.filter(case_id=case_id) if case_id else rows


def _links(actor: Actor, where: Outbreak, edges: QuerySet[ChainEdge]) -> list[dict[str, Any]]:
    """Links of one case; one that is only possible is told where the other case is in the actor's area."""
    found: list[dict[str, Any]] = [dict(row) for row in edges.values()]
    if covers(actor, where.area_code):
        return found
    ends = {e[side] for e in found if e["kind"] == "possible" for side in ("from_case", "to_case")}
    near = within(Case.objects.all(), actor, where).filter(case_id__in=ends)
    mine = set(near.values_list("case_id", flat=True))
    return [e for e in found if e["kind"] != "possible" or {e["from_case"], e["to_case"]} <= mine]


def _edges_among(edges: QuerySet[ChainEdge], cases: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(cases), 500):
        found.extend(edges.filter(Q(from_case__in=cases[start : start + 500])).values())
    return found


def _contacts(rows: QuerySet[Contact], *, sort: str, offset: int, limit: int) -> Page:
    fields = [f.attname for f in Contact._meta.concrete_fields if f.attname not in ("id", "outbreak_id")]
    return page(rows, sort=(sort, "id"), fields=fields, offset=offset, limit=limit, total=rows.count())


def _all_cases(outbreak: Outbreak) -> int:
    """Number of cases of an outbreak, from the summary table."""
    return sum(Tally.objects.filter(outbreak_id=outbreak.pk, name="cases").values_list("n", flat=True))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            Words("筛选：日期请写成 2026-06-12", "filter: a date must be written like 2026-06-12")
        ) from error
