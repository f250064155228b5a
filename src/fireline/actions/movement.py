"""Companions and common places of cases in the database: gate of every case, one search, one audit row each.

Actions: the same gate as for contacts (a rule in force and evidence); what is found is advice, never saved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from fireline.actions.guard import finish, home_of, locked
from fireline.actions.tracing_gate import case_of, evidence_of, rules_of, tracing_purpose
from fireline.clock import local_day
from fireline.pipeline.chapters import only_disease
from fireline.pipeline.home import Home
from fireline.pipeline.trace import gates
from fireline.pipeline.trace.backward import trace_backward
from fireline.pipeline.trace.companions import questions, trace_companions
from fireline.pipeline.trace.model import Traced
from fireline.policy import At, Library
from fireline.policy.model import Rule
from fireline.privacy.purposes import Purpose
from fireline.records.model import Records
from fireline.store import audit
from fireline.store.access import records_for_chapters
from fireline.store.actor import Actor
from fireline.store.refusals import audits_refusals
from fireline.store.visits import VisitStore
from fireline.store.visits.around import stays_of


@audits_refusals
def companions(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    case_ids: Sequence[str],
    purpose: Purpose | str = Purpose.TRACING,
    library: Library | None = None,
    home: Home | None = None,
) -> Traced:
    """Find the spatio-temporal companions of cases: advice, never an order; nothing is saved but audit rows.

    Returns
    -------
    Traced   see pipeline.trace.companions; people are pseudonyms

    Raises
    ------
    PolicyError    no companion rule or no look-back is in force for one of the cases
    PurposeError   no evidence for one of the cases, another purpose, not an epidemiologist, or no such case
        in the area
    """

    def ask(records: Records, rules: At, store: VisitStore, moment: datetime) -> Traced:
        asked = questions(records, rules, at=moment, case_ids=case_ids)
        since = [q.since for q in asked if q.since]
        until = [q.end for q in asked if q.end]
        if not since or not until:
            return trace_companions(records, rules, at=moment, case_ids=case_ids)
        first, last = local_day(min(since), records.tz), local_day(max(until), records.tz)
        day = timedelta(days=1)
        stays = stays_of(store, first=first - day, last=last + day)
        samples = store.read("positions", first=first - day, last=last + day)
        with_samples = replace(records, tables={**records.tables, "positions": samples})
        return trace_companions(with_samples, rules, at=moment, case_ids=case_ids, stays=stays)

    return _allowed_search(
        ask, "contacts.companions", gates.companion_rule,
        by=by, at=at, outbreak=outbreak, case_ids=case_ids, purpose=purpose, library=library, home=home,
    )  # fmt: skip


@audits_refusals
def backward(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    case_ids: Sequence[str],
    purpose: Purpose | str = Purpose.TRACING,
    library: Library | None = None,
    home: Home | None = None,
) -> Traced:
    """Rank the places that cases share before onset: leads, no findings; nothing is saved but audit rows.

    Returns
    -------
    Traced   see pipeline.trace.backward

    Raises
    ------
    PolicyError    no look-back is in force for one of the cases
    PurposeError   no evidence for one of the cases, another purpose, not an epidemiologist, or no such case
        in the area
    """

    def ask(records: Records, rules: At, store: VisitStore, moment: datetime) -> Traced:
        # how busy a place is counts against all people of the store, whatever the windows
        return trace_backward(records, rules, at=moment, case_ids=case_ids, stays=stays_of(store))

    return _allowed_search(
        ask, "places.backward", gates.source_rule,
        by=by, at=at, outbreak=outbreak, case_ids=case_ids, purpose=purpose, library=library, home=home,
    )  # fmt: skip


def _allowed_search(
    ask: Callable[[Records, At, VisitStore, datetime], Traced],
    action: str,
    rule_of: Callable[..., Rule],
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    case_ids: Sequence[str],
    purpose: Purpose | str,
    library: Library | None,
    home: Home | None,
) -> Traced:
    """Gate of every case first, then one search over all of them, then one audit row for each."""
    chosen = tracing_purpose(by, purpose, action)
    wanted = list(dict.fromkeys(case_ids))
    with transaction.atomic():
        where = locked(by, outbreak)
        rules = rules_of(where, library)
        place, held = home_of(home), []
        for case_id in wanted:
            case = case_of(by, where, case_id)
            rule = rule_of(case, rules, tz=ZoneInfo(where.tz))
            held.append((case_id, rule, evidence_of(by, where, case, home=place)))
        records = records_for_chapters(where.pk, home=place, only=("cases", "places"), movement={})
        ours, _ = only_disease(records, where.disease)
        traced = ask(ours, rules, VisitStore(place, where.pk), where.at)
        for case_id, rule, evidence in held:
            finish(
                by=by,
                at=at,
                action=action,
                outbreak=where,
                purpose=chosen.value,
                rule=rule.id,
                edition=rule.edition,
                subject=audit.subject_of("case", where.pk, case_id),
                body={
                    "evidence": evidence.kind,
                    "ref": evidence.ref,
                    "cases": len(wanted),
                    "found": traced.table.height,
                },
            )
    return traced
