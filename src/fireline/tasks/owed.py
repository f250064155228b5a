"""Everything the rules in force require, for each case, contact, arrival, lot, signal and zone.

Chapter 9: reads zones and signals, is read by oversight and the phone page.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from fireline.arrivals.owed import owed as arrivals_owed
from fireline.policy.model import PackKind
from fireline.records.model import Records
from fireline.tasks.arrivals import arrival_drafts, lot_drafts
from fireline.tasks.cases import Missing, case_drafts
from fireline.tasks.commands import signal_drafts, zone_drafts
from fireline.tasks.explain import LABELS, unlinked_deadlines
from fireline.tasks.model import Tasks
from fireline.tasks.people import contact_drafts
from fireline.tasks.registers import kept
from fireline.tasks.rulings import Rulings
from fireline.tasks.sampling.match import match_samples
from fireline.tasks.tables import KINDS, SCHEMA, empty

if TYPE_CHECKING:
    from fireline.arrivals.model import Arrivals
    from fireline.contacts.model import Contacts
    from fireline.policy import At
    from fireline.signals.model import Signals
    from fireline.zones.model import Zones


def owed(
    records: Records,
    contacts: Contacts,
    zones: Zones,
    signals: Signals,
    rules: At,
    *,
    at: datetime,
    arrivals: Arrivals | None = None,
) -> Tasks:
    """All tasks that rules in force create, with owner, due time and state as known at ``at``.

    Parameters
    ----------
    records : cleaned tables
    contacts, zones, signals : results of their chapters for the same records
    rules : At; each task takes the rule in force on the day its clock started
    at : aware UTC instant; later events are not known
    arrivals : result of arrivals.owed for the same records, rules and at; None computes it

    Returns
    -------
    Tasks   every row has owner_role, owner_unit, due_at, rule_id and edition

    Notes
    -----
    State: done when the data hold the closing event (or it is visible without a time), overdue when it is
    late whatever the doubt of its start and the source records such events, no_record when it is past due
    and no table or no entry of the source could show it done, else open. Tasks that restrict a person and
    rest on an exercise or look-back edition have may_order = false and carry the edition's label.
    """
    area = records.area or rules.area
    library = rules.library
    arrivals = arrivals or arrivals_owed(records, rules, at=at)
    rulings = Rulings.of(rules)
    missing = Missing({})
    drafts = [
        *case_drafts(records, rulings, area=area, at=at, missing=missing),
        *contact_drafts(records, contacts, rulings, area=area, at=at, missing=missing),
        *arrival_drafts(records, arrivals, library, area=area, at=at),
        *lot_drafts(records, arrivals, library, area=area, at=at),
        *signal_drafts(signals, records, rulings, area=area, at=at),
        *zone_drafts(records, contacts, zones, rulings, area=area, at=at, missing=missing),
    ]
    notes = (*missing.notes(), *arrivals.notes, *unlinked_deadlines(rules))
    drafts = [part for part in drafts if part.height]
    if not drafts:
        return Tasks(empty(), notes, arrivals)
    matched = match_samples(pl.concat(drafts), records, at=at)
    return Tasks(_finish(matched, kept(records, at=at), at=at), notes, arrivals)


def _finish(drafts: pl.DataFrame, registers: frozenset[str], *, at: datetime) -> pl.DataFrame:
    """Add owner, state, lateness, label and id; sort."""
    can_order = pl.col("pack_kind").is_in([PackKind.LIVING.value, PackKind.ARCHIVE.value])
    is_order = pl.col("kind").is_in([name for name, kind in KINDS.items() if kind.is_order])
    role = {name: kind.owner_role for name, kind in KINDS.items()}
    known_done = pl.col("done_at") <= at
    is_done = known_done.fill_null(False) | pl.col("is_done").fill_null(False)
    is_day = pl.col("precision") == "day"
    is_past = pl.when(is_day).then(pl.col("latest_at") <= at).otherwise(pl.col("latest_at") < at)
    label = {
        "label_zh": {kind: words.zh for kind, words in LABELS.items()},
        "label_en": {kind: words.en for kind, words in LABELS.items()},
    }
    parts = [
        pl.col("kind"),
        pl.col("subject_id"),
        pl.col("case_id").fill_null(""),
        pl.col("part").fill_null(""),
    ]
    return (
        drafts.with_columns(
            task_id=pl.concat_str(parts, separator=":"),
            owner_role=pl.col("kind").replace_strict(role, return_dtype=pl.String),
            owner_unit=pl.col("area_code"),
            done_at=pl.when(known_done).then(pl.col("done_at")),
            state=pl.when(is_done)
            .then(pl.lit("done"))
            .when(is_past & pl.col("register").is_in(sorted(registers)))
            .then(pl.lit("overdue"))
            .when(is_past)
            .then(pl.lit("no_record"))
            .otherwise(pl.lit("open")),
            is_late=_lateness(),
            is_new=pl.col("is_new").fill_null(False),
            may_order=can_order & is_order,
            **{
                name: pl.col("pack_kind").replace_strict(words, default="", return_dtype=pl.String)
                for name, words in label.items()
            },
        )
        .unique("task_id", keep="first", maintain_order=True)
        .select([pl.col(n).cast(t) for n, t in SCHEMA.items()])
        .sort("due_at", "task_id")
    )


def _lateness() -> pl.Expr:
    """True when surely late, false when surely in time, null when dates alone cannot tell.

    A closing event known to the day happened between its midnight and the next.
    """
    done, is_day = pl.col("done_at"), pl.col("precision") == "day"
    done_latest = pl.when(pl.col("done_precision") == "day").then(done.dt.offset_by("24h")).otherwise(done)
    is_surely_late = pl.when(is_day).then(done >= pl.col("latest_at")).otherwise(done > pl.col("latest_at"))
    return (
        pl.when(done.is_null())
        .then(None)
        .when(is_surely_late)
        .then(pl.lit(True))
        .when(is_day | (done_latest <= pl.col("due_at")))
        .then(pl.lit(False))
    )
