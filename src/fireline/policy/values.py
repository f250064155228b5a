"""Says a rule's value in words, in both languages, so that a person need not read its raw form.

Foundation: the command line, the clause reference and the faces show these words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fireline.policy.terms import term
from fireline.words import Words

_ANCHORS = {
    "last_exposure": ("末次暴露", "last exposure"), "first_exposure": ("首次暴露", "first exposure"),
    "admission": ("入住", "admission"), "arrival": ("抵达", "arrival"),
    "departure": ("离开当地", "departure"),
    "sampling": ("采样", "sampling"), "onset": ("发病", "onset"), "rash_onset": ("出疹", "onset of rash"),
    "onset_or_sampling": ("发病（无症状为采样）", "onset (sampling when without symptoms)"),
    "report": ("报告", "report"), "diagnosis": ("诊断", "diagnosis"),
    "identified": ("判定", "identification"),
    "transfer_of_last_contact": ("末例接触者转运", "transfer of the last contact"),
    "last_positive_removed": ("末例阳性转出", "removal of the last positive"),
    "symptom_end": ("症状消失", "end of symptoms"), "treatment_start": ("治疗开始", "start of treatment"),
    "last_case": ("末例病例", "the last case"), "discharge": ("出院", "discharge"),
}  # fmt: skip
_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "eq": "=", "ne": "≠", "in": "∈"}


def say_value(concept: str, value: Mapping[str, Any] | None) -> Words:
    """One line that says a value; ``None`` is "switched off"."""
    if value is None:
        return Words("停用", "switched off")
    if any(join in value for join in ("any", "all", "not")) or "fact" in value:
        return Words(_say_tree(value, "或", "且", "非"), _say_tree(value, " or ", " and ", "not "))
    if concept == "measure":
        return _say_measure(value)
    if concept == "contact.lookback":
        anchor = _anchor(value)
        return Words(f"{anchor.zh}前 {value['days']:g} 天", f"{value['days']:g} days before {anchor.en}")
    if concept in ("followup", "outbreak.end") or (concept == "exclusion" and "days" in value):
        anchor = _anchor(value)
        return Words(f"{anchor.zh}后 {value['days']:g} 天", f"{value['days']:g} days after {anchor.en}")
    if concept in ("prophylaxis", "exclusion"):
        anchor = _anchor(value)
        return Words(f"{anchor.zh}后 {value['hours']:g} 小时", f"{value['hours']:g} hours after {anchor.en}")
    if concept == "deadline":
        start, stop = term("rule_word", value["start"]), term("rule_word", value["stop"])
        return Words(
            f"{value['hours']:g} 小时内（{start.zh} → {stop.zh}）",
            f"within {value['hours']:g} hours ({start.en} to {stop.en})",
        )
    text = _say_plain(value)
    return Words(text, text)


def _anchor(value: Mapping[str, Any]) -> Words:
    zh, en = _ANCHORS.get(value.get("anchor", ""), ("", ""))
    return Words(zh or "起点", en or "the start")


def _say_measure(value: Mapping[str, Any]) -> Words:
    zh, en = [], []
    for phase in value["phases"]:
        place = term("phase_place", phase["place"])
        days = ", ".join(str(n) for n in phase.get("tests", ()))
        n = phase.get("n_tests")
        zh.append(
            f"{place.zh} {phase['days']:g} 天"
            + (f"（第 {days} 天检测）" if days else f"（检测 {n} 次）" if n else "")
        )
        tests_en = f" (tests on days {days})" if days else f" ({n} tests)" if n else ""
        en.append(f"{phase['days']:g} days {place.en}{tests_en}")
    anchor = _anchor(value)
    return Words(f"自{anchor.zh}起：{' + '.join(zh)}", f"from {anchor.en}: {' + '.join(en)}")


def _say_tree(tree: Mapping[str, Any], join_or: str, join_and: str, negate: str) -> str:
    if "fact" in tree:
        return " ".join(f"{tree['fact']} {sign} {_flat(tree[k])}" for k, sign in _SIGNS.items() if k in tree)
    if "not" in tree:
        below = tree["not"]
        inner = below[0] if isinstance(below, list) else below
        return f"{negate}({_say_tree(inner, join_or, join_and, negate)})"
    join = join_or if "any" in tree else join_and
    parts = []
    for node in tree.get("any") or tree.get("all") or ():
        said = _say_tree(node, join_or, join_and, negate)
        parts.append(said if "fact" in node else f"({said})")
    return join.join(parts)


def _say_plain(value: Mapping[str, Any]) -> str:
    return "; ".join(f"{key.replace('_', ' ')}: {_flat(found)}" for key, found in value.items())


def _flat(found: Any) -> str:
    if isinstance(found, Mapping):
        return "(" + _say_plain(found) + ")"
    if isinstance(found, list | tuple):
        return ", ".join(_flat(f) for f in found)
    if isinstance(found, bool):
        return "yes" if found else "no"
    return f"{found:g}" if isinstance(found, float) else str(found)
