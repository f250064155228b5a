"""Correcting one cell of one case, taking it back, and pasting a list of people.

Actions: a correction names the value it replaces; when that is no longer there, nothing is changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from fireline.actions.guard import INVESTIGATORS, finish, home_of, locked, require, require_area
from fireline.actions.outbreaks import seal_identities
from fireline.clock import local_day, parse_instant
from fireline.errors import ConflictError, Fault, InputError, PurposeError
from fireline.feeds.tables import TABLES, Kind
from fireline.investigations.paste import read_list
from fireline.pipeline.home import Home
from fireline.privacy.purposes import Purpose
from fireline.records.clean import clean_all
from fireline.store import audit, merge, tally
from fireline.store.actor import Actor
from fireline.store.areas import ensure_areas
from fireline.store.models import Case, CaseChange, Outbreak
from fireline.store.refusals import audits_refusals
from fireline.words import Words

EDITABLE = (
    "classification",
    "onset",
    "sampled_at",
    "reported_at",
    "isolated_at",
    "area_code",
    "origin",
    "found_as",
    "outcome",
    "outcome_at",
    "cluster",
)
"""Columns of a case that can be corrected by hand."""


@dataclass(frozen=True, slots=True)
class PastedList:
    """What became of a pasted list.

    Attributes
    ----------
    n_rows, n_ill, n_well, n_unknown : int, people in the list
    n_new : int, table rows saved
    columns : tuple of (head as written, what it was taken for)
    faults : tuple of Fault, cells that could not be read
    notes : tuple of Words, what was assumed
    """

    n_rows: int
    n_ill: int
    n_well: int
    n_unknown: int
    n_new: int
    columns: tuple[tuple[str, str], ...]
    faults: tuple[Fault, ...]
    notes: tuple[Words, ...]


@audits_refusals
def edit_case(
    *, by: Actor, at: datetime, outbreak: int, case_id: str, column: str, old: str | None, new: str | None
) -> int:
    """Change one cell of one case.

    ``old`` is the text the person saw, ``new`` the text to store ("" or None for unknown): a code, a free
    text, or an ISO 8601 date or time; a date alone is stored with day precision.

    Returns
    -------
    int   id of the change, for ``undo_change``

    Raises
    ------
    ConflictError   the cell does not hold ``old`` any more
    InputError      the column cannot be edited, or the value is not allowed
    PurposeError    not an epidemiologist, or no such case in the actor's area
    """
    require(by, INVESTIGATORS, "case.edit")
    if column not in EDITABLE:
        raise InputError(
            Words(
                f"此列不能在这里修改；允许：{'、'.join(EDITABLE)}",
                f"column cannot be edited here; allowed: {', '.join(EDITABLE)}",
            )
        )
    with transaction.atomic():
        where = locked(by, outbreak)
        case = _case(by, where, case_id)
        seen = _text(case, column)
        if not _is_same(seen, old or "", column, ZoneInfo(where.tz)):
            raise ConflictError(
                Words(
                    "单元格：您查看之后已被他人修改；请刷新后再决定",
                    "cell: somebody changed it since you saw it; reload and decide again",
                )
            )
        change = _apply(by, at, where, case, column=column, new=new or "")
        finish(
            by=by,
            at=at,
            action="case.edit",
            outbreak=where,
            purpose=Purpose.INTAKE.value,
            subject=audit.subject_of("case", where.pk, case_id),
            body={"column": column, "change": change.pk},
        )
    return change.pk


@audits_refusals
def undo_change(*, by: Actor, at: datetime, change: int) -> None:
    """Take one correction back, if the cell still holds what it set.

    Raises
    ------
    ConflictError   it was taken back already, or the cell was changed again
    PurposeError    not an epidemiologist, or no such change in the actor's area
    """
    require(by, INVESTIGATORS, "case.undo")
    with transaction.atomic():
        found = CaseChange.objects.filter(pk=change).first()
        if found is None:
            raise PurposeError(
                Words(
                    "修改：在您的辖区内找不到；请在病例页选择",
                    "change: not found in your area; choose one from the case page",
                )
            )
        where = locked(by, found.outbreak_id)
        found.refresh_from_db()
        case = _case(by, where, found.case_id)
        if found.undone_at is not None or _text(case, found.column) != (found.new or ""):
            raise ConflictError(
                Words(
                    "修改：已被撤回或再次修改；请刷新后再决定",
                    "change: it was taken back or changed again; reload and decide again",
                )
            )
        _apply(by, at, where, case, column=found.column, new=found.old or "")
        CaseChange.objects.filter(pk=change).update(undone_at=at, undone_by=by.username)
        finish(
            by=by,
            at=at,
            action="case.undo",
            outbreak=where,
            purpose=Purpose.INTAKE.value,
            subject=audit.subject_of("case", where.pk, found.case_id),
            body={"column": found.column, "change": change},
        )


def _case(by: Actor, where: Outbreak, case_id: str) -> Case:
    case = Case.objects.filter(outbreak_id=where.pk, case_id=case_id).first()
    if case is None:
        raise PurposeError(
            Words(
                "病例：在您的辖区内找不到；请从病例列表中选择",
                "case: not found in your area; choose one from the line list",
            )
        )
    require_area(by, where, case.area_code, "case")
    return case


def _apply(by: Actor, at: datetime, where: Outbreak, case: Case, *, column: str, new: str) -> CaseChange:
    """Save the cell, the change row and the numbers of the board."""
    before, before_day = (case.area_code, case.classification), _day(case, where)
    change = CaseChange(
        outbreak_id=where.pk,
        case_id=case.case_id,
        column=column,
        old=_text(case, column),
        changed_at=at,
        changed_by=by.username,
    )
    _set(case, column, new, ZoneInfo(where.tz))
    case.version += 1
    case.save()
    change.new = _text(case, column)
    change.save()
    for name, old_key, new_key in (
        ("cases", before[1], case.classification),
        ("case_day", before_day, _day(case, where)),
    ):
        if (before[0], old_key) != (case.area_code, new_key):
            tally.adjust(outbreak_id=where.pk, name=name, area_code=before[0], key=old_key, by=-1)
            tally.adjust(outbreak_id=where.pk, name=name, area_code=case.area_code, key=new_key, by=1)
    return change


def _set(case: Case, column: str, text: str, tz: ZoneInfo) -> None:
    declared = TABLES["cases"].by_name[column]
    value: Any = text.strip()
    if declared.kind is Kind.CODE and value and value not in declared.codes:
        raise InputError(
            Words(
                f"{column} 列：不允许此值；允许：{'、'.join(declared.codes)}",
                f"column {column}: value is not allowed; allowed: {', '.join(declared.codes)}",
            )
        )
    if declared.kind is Kind.INSTANT:
        is_day = len(value) == 10
        setattr(case, f"{column}_precision", ("day" if is_day else "minute") if value else "")
        value = parse_instant(value, tz) if value else None
    field = Case._meta.get_field(column)
    longest = getattr(field, "max_length", None)
    if isinstance(value, str) and longest and len(value) > longest:
        raise InputError(
            Words(f"{column} 列：最多 {longest} 个字符", f"column {column}: at most {longest} characters")
        )
    setattr(case, column, value)


def _text(case: Case, column: str) -> str:
    """The cell as the page shows it: ISO 8601 in UTC for moments, the local day for day-precise ones."""
    value = getattr(case, column)
    return "" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)


def _is_same(seen: str, said: str, column: str, tz: ZoneInfo) -> bool:
    if seen == said:
        return True
    if TABLES["cases"].by_name[column].kind is not Kind.INSTANT or not seen or not said:
        return False
    try:
        return parse_instant(said, tz) == parse_instant(seen, tz)
    except InputError:
        return False


def _day(case: Case, where: Outbreak) -> str:
    moment = case.reported_at or case.onset or case.sampled_at
    return "" if moment is None else local_day(moment, ZoneInfo(where.tz)).isoformat()


@audits_refusals
def paste_list(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    text: str,
    is_blank_well: bool = False,
    home: Home | None = None,
) -> PastedList:
    """Read a pasted list of people, ill and well, and save it; names and phones go to the vault.

    ``is_blank_well`` says that a row without onset, symptoms and ill mark is a person who is well. Run
    ``analysis.refresh`` afterwards to see attack rates and the curve.

    Raises
    ------
    InputError     no head or no rows can be found in the text
    PurposeError   not an epidemiologist, or outside the area
    """
    require(by, INVESTIGATORS, "case.paste")
    place = home_of(home)
    with transaction.atomic():
        where = locked(by, outbreak)
        tz = ZoneInfo(where.tz)
        read = read_list(text, tz=tz, disease=where.disease, at=at, blank_is_well=is_blank_well)
        cleaned = clean_all(read.feed, tz=tz, area=where.area_code, key=place.key("pseudonym"))
        ensure_areas(cleaned.records, root=where.area_code)
        merged = merge.merge_records(cleaned.records, where.pk)
        seal_identities(cleaned.identities, place, at=at)
        tally.rebuild(where)
        body = {"rows": read.n_rows, "ill": read.n_ill, "new": merged.n_new, "changed": merged.n_changed}
        finish(by=by, at=at, action="case.paste", outbreak=where, purpose=Purpose.INTAKE.value, body=body)
    return PastedList(
        n_rows=read.n_rows,
        n_ill=read.n_ill,
        n_well=read.n_well,
        n_unknown=read.n_unknown,
        n_new=merged.n_new,
        columns=read.columns,
        faults=(*read.faults, *cleaned.records.faults),
        notes=read.notes,
    )
