"""The only door for reads: actor and purpose in, rows of the actor's jurisdiction out.

Store: imported by web and actions; models are never reached from elsewhere. A purpose that does not fit is a
PurposeError, and so is a thing outside the actor's area, in the same words as a thing that does not exist.
"""

from __future__ import annotations

from fireline.store.access.board import areas, board, busiest, outbreak, outbreaks, result_names, results
from fireline.store.access.cases import FILTERS, LINE_LIST_COLUMNS, SORTABLE, case, chain, contacts, line_list
from fireline.store.access.chain_places import shared_places
from fireline.store.access.fever import fever_counts, fever_reports, own_fever, own_fever_one
from fireline.store.access.freshness import freshness
from fireline.store.access.lateness import clock_of, state_now
from fireline.store.access.records import (
    account_named,
    accounts,
    audit_entries,
    audit_verdict,
    definitions,
    findings,
    import_batch,
    imports,
    places,
    records_for_chapters,
    refused,
    reports,
)
from fireline.store.access.reporting import own, own_batch, own_day, own_lines, stream_calendar
from fireline.store.access.scope import PAGE_LIMIT, Page
from fireline.store.access.tracing import search_state
from fireline.store.access.triggers import (
    TRIGGER_STATES,
    assessment,
    clusters,
    commanders,
    stream_days,
    trigger,
    trigger_counts,
    triggers,
)
from fireline.store.access.work import may_take_tasks, series, signal, signals, task, tasks, zones
from fireline.store.access.worklists import worklist_rows, worklists
from fireline.store.access.zone_kinds import zone_kinds
from fireline.store.access.zone_orders import zone_at, zone_order
from fireline.store.access.zone_rounds import zone_rounds
from fireline.store.access.zoning import study_risk, study_under, unit_shapes, zone_study
from fireline.store.actor import COMMAND_LINE, Actor, actor_of

__all__ = [
    "COMMAND_LINE",
    "FILTERS",
    "LINE_LIST_COLUMNS",
    "PAGE_LIMIT",
    "SORTABLE",
    "TRIGGER_STATES",
    "Actor",
    "Page",
    "account_named",
    "accounts",
    "actor_of",
    "areas",
    "assessment",
    "audit_entries",
    "audit_verdict",
    "board",
    "busiest",
    "case",
    "chain",
    "clock_of",
    "clusters",
    "commanders",
    "contacts",
    "definitions",
    "fever_counts",
    "fever_reports",
    "findings",
    "freshness",
    "import_batch",
    "imports",
    "line_list",
    "may_take_tasks",
    "outbreak",
    "outbreaks",
    "own",
    "own_batch",
    "own_day",
    "own_fever",
    "own_fever_one",
    "own_lines",
    "places",
    "records_for_chapters",
    "refused",
    "reports",
    "result_names",
    "results",
    "search_state",
    "series",
    "shared_places",
    "signal",
    "signals",
    "state_now",
    "stream_calendar",
    "stream_days",
    "study_risk",
    "study_under",
    "task",
    "tasks",
    "trigger",
    "trigger_counts",
    "triggers",
    "unit_shapes",
    "worklist_rows",
    "worklists",
    "zone_at",
    "zone_kinds",
    "zone_order",
    "zone_rounds",
    "zone_study",
    "zones",
]
