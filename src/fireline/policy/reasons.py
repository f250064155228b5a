"""The closed list of reasons an order may give, and the evidence each of them needs.

Foundation: actions accept no free-text reason; an order without evidence of that very person is refused.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fireline.errors import PolicyError
from fireline.words import Words

EVIDENCE = (
    "laboratory_result", "clinician_confirmation", "contact_record", "interview", "manifest", "co_presence",
    "arrival_record", "risk_area_listing", "zone_unit", "lot_handler",
)  # fmt: skip
"""Kinds of evidence row an order may point to."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for an order.

    Attributes
    ----------
    code : str
    words : Words, as the person concerned reads it
    concept, subject : str, the rule that must be in force
    evidence : tuple of tuple of str; each inner tuple is one set that suffices
    """

    code: str
    words: Words
    concept: str
    subject: str
    evidence: tuple[tuple[str, ...], ...]


_CASE = (("laboratory_result",), ("clinician_confirmation",))
_CONTACT = (("contact_record",), ("interview",), ("manifest",), ("co_presence",))
_ARRIVAL = (("arrival_record", "risk_area_listing"),)

REASONS: dict[str, Reason] = {
    r.code: r
    for r in (
        Reason("case", Words("确诊或阳性", "confirmed case"), "measure", "case", _CASE),
        Reason("case_exclusion", Words("患病期间离岗离校", "ill: stay away"), "exclusion", "case", _CASE),
        Reason("close", Words("密切接触者", "close contact"), "measure", "close", _CONTACT),
        Reason(
            "secondary", Words("密接的密接", "contact of a close contact"), "measure", "secondary", _CONTACT
        ),
        Reason(
            "companion",
            Words("时空伴随", "spatio-temporal companion"),
            "measure",
            "companion",
            (("co_presence",),),
        ),
        Reason(
            "arrival_inbound",
            Words("入境人员", "arrival from abroad"),
            "measure",
            "arrival_inbound",
            (("arrival_record",),),
        ),
        Reason(
            "arrival_high",
            Words("高风险区来人", "arrival from a high-risk area"),
            "measure",
            "arrival_high",
            _ARRIVAL,
        ),
        Reason(
            "arrival_medium",
            Words("中风险区来人", "arrival from a medium-risk area"),
            "measure",
            "arrival_medium",
            _ARRIVAL,
        ),
        Reason(
            "arrival_low",
            Words("低风险区来人", "arrival from a low-risk area"),
            "measure",
            "arrival_low",
            _ARRIVAL,
        ),
        Reason(
            "zone_sealed",
            Words("封控区内", "inside a sealed zone"),
            "zone.define",
            "sealed",
            (("zone_unit",),),
        ),
        Reason(
            "zone_managed",
            Words("管控区内", "inside a managed zone"),
            "zone.define",
            "managed",
            (("zone_unit",),),
        ),
        Reason(
            "zone_precaution",
            Words("防范区内", "inside a precaution zone"),
            "zone.define",
            "precaution",
            (("zone_unit",),),
        ),
    )
}
"""Every reason by code."""


def require_reason(code: str, evidence: Collection[str]) -> Reason:
    """The reason of an order, once its evidence suffices.

    Parameters
    ----------
    code : str, one of REASONS
    evidence : kinds of the evidence rows of that very person

    Raises
    ------
    PolicyError   the code is not in the closed list, or the evidence does not suffice
    """
    reason = REASONS.get(code)
    if reason is None:
        raise PolicyError(
            Words(
                f"理由：文本不是理由代码；允许：{'、'.join(REASONS)}；请从中选择",
                f"reason: found a text that is no code; allowed: {', '.join(REASONS)}; choose one of them",
            )
        )
    if not any(set(needed) <= set(evidence) for needed in reason.evidence):
        wanted = " or ".join(" with ".join(needed) for needed in reason.evidence)
        raise PolicyError(
            Words(
                f"理由 {code}：现有证据 {'、'.join(sorted(evidence)) or '无'}；需要：{wanted}；"
                "请补充此人的证据或撤回指令",
                f"reason {code}: found evidence {', '.join(sorted(evidence)) or 'none'}; allowed: {wanted}; "
                "add evidence of this person or withdraw the order",
            )
        )
    return reason
