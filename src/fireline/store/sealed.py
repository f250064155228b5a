"""What a signed risk assessment says, as the one statement that its seal is made of.

Store: used when it is signed, countersigned and shown; a changed column changes the seal.
"""

from __future__ import annotations

from typing import Any

from fireline.signals.assessment import digest_of
from fireline.store import audit
from fireline.store.models import RiskAssessment, Trigger

_SAID = (
    "version",
    "likelihood",
    "impact",
    "confidence",
    "matrix",
    "computed",
    "level",
    "override_reason",
    "grounds",
    "advice",
    "facts",
    "signed_by",
    "signed_name",
    "signed_unit",
)


def seal_of(row: RiskAssessment) -> str:
    """Seal of one version as its columns stand now."""
    said = {name: getattr(row, name) for name in _SAID}
    where = {"outbreak": row.trigger.outbreak_id, "trigger": row.trigger.trigger_id}
    return digest_of({**said, **where, "signed_at": audit.stamp(row.signed_at)})


def facts_of(row: Trigger) -> dict[str, Any]:
    """What is known of a trigger now, kept with the assessment: later runs replace the trigger's own."""
    return {
        "level": row.level,
        "raised": row.raised.isoformat(),
        "until": row.until.isoformat(),
        "first_day": row.first_day.isoformat(),
        "areas": list(row.areas),
        "touched": list(row.touched),
        "p": row.p,
        "false_alarms_per_month": row.false_alarms_per_month,
        "why_zh": row.why_zh,
        "why_en": row.why_en,
        "rule_ids": list(row.rule_ids),
        "evidence": [
            {
                "stream": e.stream,
                "name_zh": e.name_zh,
                "name_en": e.name_en,
                "observed": e.observed,
                "expected": e.expected,
                "p": e.p,
                "state": e.state,
            }
            for e in row.evidence.order_by("rank")
        ],
    }
