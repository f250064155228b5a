"""Opening the search over movement of people nobody named: a rule in force and evidence first.

Actions: named contacts need none of this. One search is one case, one purpose, one audit row; who is found
stays a pseudonym until a worklist is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.db import transaction

from fireline.actions.guard import INVESTIGATORS, finish, home_of, locked, require
from fireline.actions.tracing_gate import case_of, evidence_of, rules_of, tracing_purpose
from fireline.contacts.find import People, find_people
from fireline.contacts.windows import RuleBook, case_windows, cases_of
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.pipeline.chapters import only_disease
from fireline.pipeline.home import Home
from fireline.pipeline.trace import gates
from fireline.pipeline.trace.model import Traced
from fireline.pipeline.trace.model import rules_of as rules_used
from fireline.pipeline.trace.people import Kind, as_people
from fireline.policy import At, Library
from fireline.policy.guard import require_rule
from fireline.policy.model import Rule
from fireline.privacy.purposes import Purpose
from fireline.records.model import INSTANT, Records
from fireline.store import audit, tally
from fireline.store import results as shelves
from fireline.store.access import records_for_chapters
from fireline.store.actor import Actor, plain_unit
from fireline.store.evidence import Evidence, stands
from fireline.store.models import Case, Confirmation, Outbreak, Search
from fireline.store.refusals import audits_refusals
from fireline.store.visits import VisitStore
from fireline.store.visits.around import visits_around
from fireline.words import Words

_TABLES = ("arrivals", "cases", "contacts", "links", "persons", "places", "units")
"""What the search for contacts reads beside movement."""


@audits_refusals
def confirm_case(*, by: Actor, at: datetime, outbreak: int, case_id: str, reason: str) -> None:
    """Confirm a clinical case that has no laboratory result; a colleague of another unit may then search.

    Raises
    ------
    InputError      no reason
    ConflictError   the same person confirmed it already
    PurposeError    not an epidemiologist, no unit, or no such case in the area
    """
    require(by, INVESTIGATORS, "case.confirm")
    if not plain_unit(by.unit):
        raise PurposeError(
            Words(
                "病例：您的账号没有单位；请管理员设置",
                "case: your account names no unit; ask an administrator to set it",
            )
        )
    if not reason.strip():
        raise InputError(
            Words("病例：需要理由；请写明所见情况", "case: a reason is needed; write what you saw")
        )
    with transaction.atomic():
        where = locked(by, outbreak)
        case = case_of(by, where, case_id)
        said, is_new = Confirmation.objects.get_or_create(
            outbreak_id=where.pk,
            case_id=case_id,
            confirmed_by=by.username,
            defaults={
                "person_key": case["person_key"],
                "reason": reason.strip()[:400],
                "confirmed_at": at,
                "unit": by.unit,
            },
        )
        if not is_new and said.person_key != case["person_key"]:
            # another person stands under the number: the old word was not about them
            said.person_key, said.reason = case["person_key"], reason.strip()[:400]
            said.confirmed_at, said.unit = at, by.unit
            said.save(update_fields=["person_key", "reason", "confirmed_at", "unit"])
        elif not is_new:
            raise ConflictError(
                Words(
                    "病例：您已确认过；由另一单位的同事查询",
                    "case: you confirmed it already; a colleague of another unit searches",
                )
            )
        finish(
            by=by,
            at=at,
            action="case.confirm",
            outbreak=where,
            purpose=Purpose.INVESTIGATION.value,
            subject=audit.subject_of("case", where.pk, case_id),
            body={"unit": by.unit},
        )


@audits_refusals
def open_search(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    case_id: str,
    purpose: Purpose | str = Purpose.TRACING,
    with_secondary: bool = False,
    library: Library | None = None,
    home: Home | None = None,
) -> int:
    """Search the movement data for the contacts of one case and put them into the list of contacts.

    ``with_secondary`` follows the close contacts to their own contacts too, where a rule asks for it. A
    search once opened may be repeated; each time is a row of the audit log.

    Returns
    -------
    int   contacts of the case, named ones included

    Raises
    ------
    PolicyError    no rule in force allows the search on the day of the case
    PurposeError   no evidence, another purpose, not an epidemiologist, or no such case in the area
    """
    people, _, _ = _opened(
        by=by,
        at=at,
        outbreak=outbreak,
        case_id=case_id,
        purpose=purpose,
        with_secondary=with_secondary,
        library=library,
        home=home_of(home),
    )
    return people.found.height


@audits_refusals
def trace(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    case_id: str,
    kind: Kind = "contacts",
    purpose: Purpose | str = Purpose.TRACING,
    library: Library | None = None,
    home: Home | None = None,
) -> Traced:
    """What ``open_search`` does, with the people found as a table; they stay pseudonyms.

    ``kind`` "secondary" follows the close contacts of the case, and needs a rule that asks for it.

    Returns
    -------
    Traced   columns pipeline.trace.model.PEOPLE

    Raises
    ------
    PolicyError    no rule in force allows the search on the day of the case
    PurposeError   no evidence, another purpose, not an epidemiologist, or no such case in the area
    """
    people, records, rule = _opened(
        by=by,
        at=at,
        outbreak=outbreak,
        case_id=case_id,
        purpose=purpose,
        with_secondary=kind == "secondary",
        needs_secondary=kind == "secondary",
        library=library,
        home=home_of(home),
    )
    table = as_people(people.found, records, kind=kind)
    rules = rules_used([*table.select("rule_id", "edition").rows(), (rule.id, rule.edition)])
    return Traced(kind, table, notes=people.notes, rules=rules)


def _opened(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    case_id: str,
    purpose: Purpose | str,
    with_secondary: bool,
    library: Library | None,
    home: Home,
    needs_secondary: bool = False,
) -> tuple[People, Records, Rule]:
    """Gate, search, contacts saved and audit row of one case, in one transaction."""
    chosen = tracing_purpose(by, purpose, "contacts.search")
    with transaction.atomic():
        where = locked(by, outbreak)
        case = case_of(by, where, case_id)
        rules = rules_of(where, library)
        rule = allowing_rule(case, rules, tz=ZoneInfo(where.tz))
        if needs_secondary:
            require_rule(gates.secondary_answer(case, rules, tz=ZoneInfo(where.tz)))
        evidence = evidence_of(by, where, case, home=home)
        search = _standing_search(where, case, rule, evidence, by=by, at=at, home=home)
        if with_secondary and not search.has_secondary:
            search.has_secondary = True
            search.save(update_fields=["has_secondary"])
        people, records = _search(where, search, rules, home=home)
        finish(
            by=by,
            at=at,
            action="contacts.search",
            outbreak=where,
            purpose=chosen.value,
            rule=rule.id,
            edition=rule.edition,
            subject=audit.subject_of("case", where.pk, case_id),
            body={
                "evidence": evidence.kind,
                "ref": evidence.ref,
                "secondary": with_secondary,
                "found": people.found.height,
            },
        )
    return people, records, rule


def _standing_search(
    where: Outbreak,
    case: Mapping[str, Any],
    rule: Rule,
    evidence: Evidence,
    *,
    by: Actor,
    at: datetime,
    home: Home,
) -> Search:
    """The search of a case; one whose cause was withdrawn is opened anew, on what there is now."""
    found = Search.objects.filter(outbreak_id=where.pk, case_id=case["case_id"]).first()
    is_standing = found is not None and stands(found, case, where, home=home)
    if found is not None and is_standing and found.evidence == evidence.kind:
        return found
    search, _ = Search.objects.update_or_create(
        outbreak_id=where.pk,
        case_id=case["case_id"],
        defaults={
            "person_key": case["person_key"],
            "purpose": Purpose.TRACING.value,
            "rule_id": rule.id,
            "edition": rule.edition,
            "evidence": evidence.kind,
            "evidence_ref": evidence.ref,
            "confirmed_by": evidence.confirmed_by,
            "confirmed_unit": evidence.confirmed_unit,
            "opened_at": at,
            "opened_by": by.username,
            "opened_unit": by.unit,
            "has_secondary": found is not None and is_standing and found.has_secondary,
        },
    )
    return search


def allowing_rule(case: Mapping[str, Any], rules: At, *, tz: ZoneInfo) -> Rule:
    """The look-back rule in force on the day the case became known, beside a class rule in force.

    Both are asked for on the day of the search too (the day of ``rules``): a power that has ended does not
    come back for a case of the time when it was in force, nor for one that is dated back.

    Raises
    ------
    PolicyError   one is missing; the message says which
    """
    return gates.contacts_rule(case, rules, tz=tz)


def secondary_rule(case: Mapping[str, Any], rules: At, *, tz: ZoneInfo) -> Rule | None:
    """The rule in force that asks for the contacts of contacts on the day of the case, or None."""
    answer = gates.secondary_answer(case, rules, tz=tz)
    return answer.rule if answer.in_force else None


def _search(where: Outbreak, search: Search, rules: At, *, home: Home) -> tuple[People, Records]:
    """Find the contacts of this case and save them."""
    case_id = search.case_id
    records = records_for_chapters(where.pk, home=home, only=_TABLES, movement={})
    ours, _ = only_disease(records, where.disease)
    people, seen = find_around(
        ours,
        rules,
        VisitStore(home, where.pk),
        at=where.at,
        case_id=case_id,
        is_followed=search.has_secondary,
    )
    shelves.replace_contacts(people.found, seen, where.pk, case_id=case_id)
    Case.objects.filter(outbreak_id=where.pk, case_id=case_id).update(n_contacts=people.found.height)
    tally.rebuild(where)
    return people, seen


def find_around(
    records: Records, rules: At, store: VisitStore, *, at: datetime, case_id: str, is_followed: bool
) -> tuple[People, Records]:
    """Contacts of one case from the few rows of a store that matter; the same as from all its rows.

    Parameters
    ----------
    records : Records   without movement
    rules : At
    store : VisitStore
    at : datetime, aware   nothing later is looked at
    case_id : str
    is_followed : bool   follow the close contacts to their own

    Returns
    -------
    (People, Records)   and the records with the rows that were read
    """
    cases = cases_of(records, rules)
    windows = case_windows(cases, RuleBook(rules), tz=records.tz, at=at, searched={case_id})
    around = windows.filter("is_open").select("person_key", "from", "to")
    this = frozenset({case_id})
    seen = _with_visits(records, visits_around(store, around))
    people = find_people(seen, rules, at=at, searched=this, followed=(), only=this)
    if not is_followed:
        return people, seen
    close = people.found.filter(pl.col("class") == "close").drop_nulls("first_exposure")
    beyond = close.select(
        "person_key", pl.col("first_exposure").alias("from"), pl.lit(at).cast(INSTANT).alias("to")
    )
    seen = _with_visits(records, visits_around(store, pl.concat([around, beyond])))
    return find_people(seen, rules, at=at, searched=this, followed=this, only=this), seen


def _with_visits(records: Records, visits: pl.DataFrame) -> Records:
    return replace(records, tables={**records.tables, "visits": visits})
