"""Opening the search over movement of people nobody named: a rule in force and evidence first.

Actions: named contacts need none of this. One search is one case, one purpose, one audit row; who is found
stays a pseudonym until a worklist is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from fireline.actions.guard import INVESTIGATORS, finish, home_of, locked, require
from fireline.clock import local_day
from fireline.contacts.find import find
from fireline.contacts.windows import RuleBook
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.pipeline.chapters import only_disease
from fireline.pipeline.home import Home
from fireline.policy import At, Library, load_library
from fireline.policy.guard import require_rule
from fireline.policy.model import Rule
from fireline.privacy.purposes import Purpose, require_purpose
from fireline.store import audit, tally
from fireline.store import results as shelves
from fireline.store.access import records_for_chapters
from fireline.store.access.scope import within
from fireline.store.actor import Actor, plain_unit
from fireline.store.evidence import Evidence, evidence_for, stands
from fireline.store.models import Case, Confirmation, Outbreak, Search
from fireline.store.refusals import audits_refusals
from fireline.words import Words


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
        case = _case(by, where, case_id)
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
    require(by, INVESTIGATORS, "contacts.search")
    chosen = require_purpose(role=by.role, purpose=purpose, needed=frozenset({Purpose.TRACING}))
    with transaction.atomic():
        where = locked(by, outbreak)
        case = _case(by, where, case_id)
        rules = At(
            library or load_library(),
            where.disease,
            where.area_code,
            local_day(where.at, ZoneInfo(where.tz)),
        )
        rule = allowing_rule(case, rules, tz=ZoneInfo(where.tz))
        place = home_of(home)
        evidence = evidence_for(where, case, by=by, home=place)
        if not evidence.kind:
            raise PurposeError(
                Words(
                    "病例：没有证据，不能查询未被指认者的轨迹；需要签名实验室数据中的阳性结果，或与您不同单位的医生确认；"
                    "访谈、来客名单、乘客名单中指认的接触者不需要证据",
                    "case: found no evidence for a search over people nobody named; allowed: a positive "
                    "result from a signed laboratory feed, or a confirmation by a clinician of another unit "
                    "than yours; contacts named in an interview, on a guest list or a manifest need none",
                )
            )
        search = _opened(where, case, rule, evidence, by=by, at=at, home=place)
        if with_secondary and not search.has_secondary:
            search.has_secondary = True
            search.save(update_fields=["has_secondary"])
        n = _search(where, search, rules, home=place)
        finish(
            by=by,
            at=at,
            action="contacts.search",
            outbreak=where,
            purpose=chosen.value,
            rule=rule.id,
            edition=rule.edition,
            subject=audit.subject_of("case", where.pk, case_id),
            body={"evidence": evidence.kind, "ref": evidence.ref, "secondary": with_secondary, "found": n},
        )
    return n


def _opened(
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
    book = RuleBook(rules)
    _in_force(book, rules.on)
    return _in_force(book, _day_of(case, rules, tz=tz))


def _in_force(book: RuleBook, day: date) -> Rule:
    rule = require_rule(book.find("contact.lookback", "close", day))
    if not any(answer.in_force for answer in book.classes(day)):
        require_rule(book.find("contact.class", "close", day))
    return rule


def _day_of(case: Mapping[str, Any], rules: At, *, tz: ZoneInfo) -> date:
    moment = case["reported_at"] or case["sampled_at"] or case["onset"]
    return local_day(moment, tz) if moment else rules.on


def secondary_rule(case: Mapping[str, Any], rules: At, *, tz: ZoneInfo) -> Rule | None:
    """The rule in force that asks for the contacts of contacts on the day of the case, or None."""
    answer = RuleBook(rules).find("contact.class", "secondary", _day_of(case, rules, tz=tz))
    return answer.rule if answer.in_force else None


def _case(by: Actor, where: Outbreak, case_id: str) -> dict[str, Any]:
    found = within(Case.objects.all(), by, where).filter(case_id=case_id).values().first()
    if found is None:
        raise PurposeError(
            Words(
                "病例：在您的辖区内未找到；请从病例列表中选择",
                "case: not found in your area; choose one from the line list",
            )
        )
    return dict(found)


def _search(where: Outbreak, search: Search, rules: At, *, home: Home) -> int:
    """Find the contacts of this case and save them."""
    case_id = search.case_id
    this = frozenset({case_id})
    records = records_for_chapters(where.pk, home=home)
    ours, _ = only_disease(records, where.disease)
    followed = this if search.has_secondary else frozenset[str]()
    found = find(ours, rules, at=where.at, searched=this, followed=followed)
    n = shelves.replace_contacts(found.found, ours, where.pk, case_id=case_id)
    Case.objects.filter(outbreak_id=where.pk, case_id=case_id).update(n_contacts=n)
    tally.rebuild(where)
    return n
