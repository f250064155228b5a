"""Triggers by hand: two streams of one township, as the engine shapes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from tests.factories.worlds import TOWN_A

from fireline.signals.model import Evidence, Point, Trigger
from fireline.words import Words

RAISED = date(2022, 6, 10)


def points(day=RAISED, *, n=28, high=14.0, missing=()):
    """Days up to one: five a day about five expected, the last three high; days before it by number missing."""
    found = []
    for back in range(n - 1, -1, -1):
        value = None if back in missing else high if back < 3 else 5.0
        found.append(Point(day - timedelta(days=back), value, 5.2, 11.0))
    return tuple(found)


def evidence(stream="fever_clinic", *, weight=4.0, areas=(TOWN_A,), **more):
    """What one stream says."""
    asked = {
        "stream": stream,
        "words": Words("发热门诊就诊", "Fever clinic") if stream == "fever_clinic" else Words("退热药销售", "Antipyretic sales"),
        "subject": "person" if stream == "fever_clinic" else "thing",
        "areas": areas,
        "first_day": RAISED - timedelta(days=2),
        "last_day": RAISED,
        "observed": 42.0,
        "expected": 15.6,
        "p": 0.0004,
        "weight": weight,
        "rate_without": 0.9,
        "n_areas": len(areas),
        "n_areas_high": len(areas),
        "state": "ok",
        "note": None,
        "points": points(),
    }  # fmt: skip
    return Evidence(**(asked | more))


def trigger(trigger_id="T1", **more):
    """An event in one township, seen in two streams, to be verified within two hours."""
    asked = {
        "trigger_id": trigger_id,
        "kind": "fusion",
        "level": "high",
        "raised": RAISED,
        "level_since": RAISED,
        "until": RAISED + timedelta(days=1),
        "first_day": RAISED - timedelta(days=2),
        "began": RAISED - timedelta(days=6),
        "began_from": RAISED - timedelta(days=9),
        "began_to": RAISED - timedelta(days=4),
        "areas": (TOWN_A,),
        "touched": (TOWN_A,),
        "event_types": (("respiratory", Words("呼吸道疾病", "Respiratory disease"), 0.92),),
        "score": 9.1,
        "probability": 0.97,
        "p": 0.00002,
        "false_alarms_per_month": 0.05,
        "evidence": (evidence(), evidence("antipyretic_sales", weight=2.5)),
        "alarm_ids": ("S1",),
        "rule_ids": (),
        "verify_by": RAISED + timedelta(days=1),
        "verify_within_h": 2.0,
        "verify_rule": "r/signal_verify",
        "who": Words("县（区）流行病学调查人员核实", "the county's epidemiologist verifies"),
        "why": Words(f"{TOWN_A} 多数据源升高。", f"Several streams rose in {TOWN_A}."),
        "false_if": (Words("如有补报", "if figures came late"), Words("如有促销", "if there was a sale")),
    }
    return Trigger(**(asked | more))


def ruled(trigger_id="T2", **more):
    """An event that only a threshold saw."""
    return trigger(
        trigger_id,
        **{
            "kind": "rule", "level": "medium", "event_types": (), "evidence": (), "score": None, "probability": None,
            "p": None, "false_alarms_per_month": None, "began": None, "began_from": None, "began_to": None,
            "rule_ids": ("r/threshold",), "alarm_ids": ("S2",),
        }
        | more,
    )  # fmt: skip


def moved(one, days, **more):
    """The same event, some days later."""
    by = timedelta(days=days)
    return replace(one, raised=one.raised + by, until=one.until + by, first_day=one.first_day + by, **more)
