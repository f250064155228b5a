"""The gap check: thirty checks, two-sided, each with its state and its findings.

Chapter 10: reads every chapter before it, is read by bulletins and the supervisor's page.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from fireline.oversight import completeness, following, overreach, precision, timeliness
from fireline.oversight.context import Context
from fireline.oversight.explain import NOT_CHECKED
from fireline.oversight.model import Gaps, Outcome, not_judged
from fireline.oversight.tables import CHECKS, FINDINGS, TITLES, empty_orders
from fireline.records.model import Records
from fireline.tasks.rulings import Rulings

if TYPE_CHECKING:
    from fireline.contacts.model import Contacts
    from fireline.policy import At
    from fireline.signals.model import Signals
    from fireline.tasks.model import Tasks
    from fireline.zones.model import Zones


def check(
    records: Records,
    contacts: Contacts,
    zones: Zones,
    tasks: Tasks,
    signals: Signals,
    rules: At,
    *,
    at: datetime,
    orders: pl.DataFrame | None = None,
) -> Gaps:
    """Run all checks on one outbreak.

    Parameters
    ----------
    records : cleaned tables
    contacts, zones, tasks, signals : results of their chapters for the same records and rules
    rules : At
    at : aware UTC instant; later events are not known
    orders : zones that people ordered (``oversight.tables.ORDERS``); None = none

    Returns
    -------
    Gaps   thirty rows of checks; a check that needs what the tables do not hold says so and finds nothing
    """
    given = empty_orders() if orders is None else orders
    context = Context(records, contacts, zones, tasks, signals, rules, at, Rulings.of(rules), given)
    intervals = timeliness.intervals(context)
    outcomes = [
        timeliness.case_reports(context),
        timeliness.investigations(context),
        timeliness.placements(context),
        timeliness.first_rounds(context),
        timeliness.seven_one_seven(intervals),
        completeness.lookback_cover(context),
        completeness.cases_with_contacts(context),
        completeness.contact_fields(context),
        completeness.due_tests(context),
        completeness.hand_overs(context),
        completeness.risk_arrivals(context),
        completeness.goods(context),
        completeness.key_occupations(context),
        precision.measure_lengths(context),
        precision.release_conditions(context),
        following.monitoring(context),
        following.upgrades(context),
        precision.zone_shape(context),
        precision.zone_lifting(context),
        overreach.companions(context),
        overreach.venue_caps(context),
        overreach.data_kept(context),
        overreach.cited_rules(context),
        *(not_judged(no, "not_checked", words) for no, words in NOT_CHECKED.items()),
    ]
    return Gaps(_checks(outcomes), _findings(outcomes), intervals)


def _checks(outcomes: Iterable[Outcome]) -> pl.DataFrame:
    by_no = {outcome.no: outcome for outcome in outcomes}
    rows = [
        {
            "no": no,
            "kind": title.kind,
            "title_zh": title.words.zh,
            "title_en": title.words.en,
            "status": by_no[no].status,
            "n_checked": by_no[no].n_checked,
            "n_found": by_no[no].findings.height,
            "note_zh": by_no[no].note.zh,
            "note_en": by_no[no].note.en,
        }
        for no, title in TITLES.items()
    ]
    return pl.DataFrame(rows, schema=CHECKS).sort("no")


def _findings(outcomes: Iterable[Outcome]) -> pl.DataFrame:
    return pl.concat([outcome.findings for outcome in outcomes]).sort(list(FINDINGS))
