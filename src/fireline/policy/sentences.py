"""Says an answer in one sentence, in both languages, and labels look-back and exercise packs.

Foundation: the resolver puts it on every Answer; faces print it.
"""

from __future__ import annotations

from fireline.policy.concepts import CONCEPTS
from fireline.policy.model import Pack, PackKind, Question, Rule, Status
from fireline.policy.terms import term
from fireline.words import Words

_LABELS = {
    PackKind.RETROSPECTIVE: ("回顾", "RETROSPECTIVE"),
    PackKind.EXERCISE: ("演练", "EXERCISE"),
}


def label_of(pack: Pack) -> tuple[str, str] | None:
    """The label (zh, en) of a pack that can issue no order; None for living and archive packs."""
    if pack.kind not in _LABELS:
        return None
    zh, en = _LABELS[pack.kind]
    return f"{zh}：{pack.title_zh}；不能据此下令", f"{en}: {pack.title_en}; no order can rest on it"


def note_for(status: Status, rule: Rule | None, candidates: tuple[Rule, ...], asked: Question) -> Words:
    """One sentence that says what the resolver found and why."""
    title = CONCEPTS[asked.concept].title
    subject, ill = term("rule_subject", asked.subject), term("disease", asked.disease)
    zh_what = title.zh if asked.subject == "*" else f"{title.zh}（{subject.zh}）"
    en_what = title.en if asked.subject == "*" else f"{title.en} ({subject.en})"
    day, area = asked.on.isoformat(), asked.area
    if status is Status.NO_RULE:
        return Words(
            f"{day} {area} 的{ill.zh}没有关于“{zh_what}”的现行规则，此功能不可用。",
            f"No rule on {en_what} for {ill.en} is in force in {area} on {day}; the function is unavailable.",
        )
    if status is Status.ASK:
        names = ", ".join(r.id for r in candidates)
        return Words(
            f"{day} 关于“{zh_what}”的依据相互冲突，须由人决定：{names}。",
            f"Sources on {en_what} conflict on {day}; a person must decide: {names}.",
        )
    assert rule is not None
    if status is Status.OFF:
        zh_doubt = "（该条未经核实）" if rule.confidence.value == "K" else ""
        en_doubt = " (not verified)" if rule.confidence.value == "K" else ""
        return Words(
            f"自 {rule.valid_from} 起，“{zh_what}”由 {rule.id} 停用{zh_doubt}：{rule.source.title}。",
            f"{en_what[0].upper()}{en_what[1:]} is switched off since {rule.valid_from} by "
            f"{rule.id}{en_doubt}: {rule.source.title}.",
        )
    if status is Status.ADVICE:
        return Words(
            f"{rule.id} 仅供参考（可信度 {rule.confidence}），不能自动据此行动：{rule.source.title}。",
            f"{rule.id} only advises (confidence {rule.confidence}); nothing acts on it by itself: "
            f"{rule.source.title}.",
        )
    limit_zh = "" if rule.can_order else "；不能据此下令"
    limit_en = "" if rule.can_order else "; no order can rest on it"
    return Words(
        f"{rule.id} 现行有效（可信度 {rule.confidence}）{limit_zh}：{rule.source.title}。",
        f"{rule.id} is in force (confidence {rule.confidence}){limit_en}: {rule.source.title}.",
    )
