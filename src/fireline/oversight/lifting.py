"""Were ordered zones lifted neither before the rule's conditions held nor long after: check 26, both sides.

Chapter 10: reads the orders people signed, beside the zones the chapters draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from fireline.clock import local_day
from fireline.oversight.context import Context, findings, said
from fireline.oversight.tables import empty_findings
from fireline.zones.lift import Lifting, judge_parts
from fireline.zones.lifting.clock import DAY
from fireline.zones.lifting.facts import Part
from fireline.zones.model import LEVELS

LATE_AFTER = DAY
"""A zone may stand this long after the hour its conditions were met. No edition states a figure: ours."""


@dataclass(frozen=True, slots=True)
class OrdersJudged:
    """What check 26 found among ordered zones.

    Attributes
    ----------
    findings : tuple of DataFrame, ``oversight.tables.FINDINGS``
    n_checked : orders that could be judged
    n_unknown : orders for which a fact that decides is not in the data
    n_reasoned : orders lifted before their conditions were met, with a signed reason
    """

    findings: tuple[pl.DataFrame, ...]
    n_checked: int
    n_unknown: int
    n_reasoned: int


def ordered_zones(context: Context) -> OrdersJudged:
    """Judge each ordered zone and level on the day it was lifted, or now where it still stands.

    Early: lifted although a condition did not hold at that hour as known then. Late: every condition held
    already ``LATE_AFTER`` before it was lifted (or before now). A signed reason excuses early, never late.
    """
    rows: list[dict[str, Any]] = []
    n_checked = n_unknown = n_reasoned = 0
    for order in context.orders.iter_rows(named=True):
        lifted = order["lifted_at"]
        if lifted is not None and lifted > context.at:
            lifted = None
        if lifted is not None and _is_due(context, order, lifted) is False:
            n_checked += 1
            n_reasoned += bool(order["reason"])
            if not order["reason"]:
                rows.append(_row(context, order, lifted, "too_little"))
            continue
        past = (lifted or context.at) - LATE_AFTER - timedelta(microseconds=1)
        is_late = past > order["signed_at"] and _is_due(context, order, past)
        if is_late is None or (lifted is not None and _is_due(context, order, lifted) is None):
            n_unknown += 1
            continue
        n_checked += 1
        if is_late:
            rows.append(_row(context, order, lifted or context.at, "too_much"))
    return OrdersJudged(tuple(_findings(rows)), n_checked, n_unknown, n_reasoned)


def _judged(context: Context, order: dict[str, Any], at: datetime) -> Lifting:
    """The verdict on an order at an hour, beside the stricter parts of it that still stood then."""
    stood = [
        other
        for other in context.orders.iter_rows(named=True)
        if other["ring"] == order["ring"]
        and LEVELS.index(other["level"]) < LEVELS.index(order["level"])
        and (other["lifted_at"] is None or other["lifted_at"] > at)
    ]
    rules = context.rules.on_date(local_day(at, context.records.tz))
    parts = [_part(one) for one in (*stood, order)]
    judged = judge_parts(
        context.records, context.contacts.found, context.zones.placements, parts, rules, at=at
    )
    return judged[-1]


def _part(order: dict[str, Any]) -> Part:
    units, ring = tuple(order["unit_ids"]), tuple(order["ring"])
    return Part(order["zone_id"], order["level"], units, ring, order["population"])


def _is_due(context: Context, order: dict[str, Any], at: datetime) -> bool | None:
    return _judged(context, order, at).verdict.is_due


def _row(context: Context, order: dict[str, Any], at: datetime, side: str) -> dict[str, Any]:
    one = _judged(context, order, at)
    earliest = one.verdict.earliest_at
    return {
        "zone_id": order["zone_id"],
        "level": order["level"],
        "side": side,
        "rule_id": one.answer.rule_id,
        "when": f"{at.astimezone(context.records.tz):%Y-%m-%d %H:%M}",
        "earliest": "–" if earliest is None else f"{earliest.astimezone(context.records.tz):%Y-%m-%d %H:%M}",
        "missing_zh": one.verdict.missing.zh,
        "missing_en": one.verdict.missing.en,
    }


def _findings(rows: list[dict[str, Any]]) -> Iterator[pl.DataFrame]:
    if not rows:
        yield empty_findings()
        return
    table = pl.DataFrame(rows)
    for side, zh, en in (
        (
            "too_little",
            "{}于 {} 解除，条件未满足：{}",
            "{}: lifted at {}, before the conditions were met: {}",
        ),
        (
            "too_much",
            "{}：至 {} 仍未解除，条件最早自 {} 起满足",
            "{}: not lifted by {}, although the conditions were met from {} on",
        ),
    ):
        zh_tail, en_tail = ("missing_zh", "missing_en") if side == "too_little" else ("earliest", "earliest")
        yield findings(
            table.filter(pl.col("side") == side),
            26,
            side,
            subject_kind="zone",
            subject_id="zone_id",
            rule_id=pl.col("rule_id"),
            zh=pl.format(zh, said("rule_subject", "level", "zh"), "when", zh_tail),
            en=pl.format(en, said("rule_subject", "level", "en"), "when", en_tail),
        )
