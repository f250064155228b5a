"""The order text of a ring: what holds where, who keeps it, when it ends, by which rule; to print.

Pipeline, zoning: words only; whether it may be signed is decided by actions, and until then it is a draft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fireline.pipeline.zoning.model import Option, Question
from fireline.pipeline.zoning.needs import HOUSEHOLDS_PER_ROUND, keeping
from fireline.pipeline.zoning.words import MODELLED, faults_of, name_of
from fireline.words import Words
from fireline.zones.explain import LEVEL_WORDS
from fireline.zones.ground import LEVEL_CODES


@dataclass(frozen=True, slots=True)
class Block:
    """One heading with its lines."""

    heading: Words
    lines: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Annex:
    """Units of one level: unit id and residents, by id."""

    level: str
    name: Words
    units: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Order:
    """The text of one ring.

    Attributes
    ----------
    title : Words
    status : Words, draft or signed
    blocks : tuple of Block
    annexes : tuple of Annex, sealed before managed
    """

    title: Words
    status: Words
    blocks: tuple[Block, ...]
    annexes: tuple[Annex, ...]


DRAFT = Words(
    "草案：经另一单位的第二人批准前，不产生任何效力。",
    "DRAFT: nothing holds before a second person of another unit has signed it.",
)


def order_of(
    question: Question,
    option: Option,
    *,
    area: Words,
    disease: Words,
    as_of: Words,
    status: Words = DRAFT,
    measures: Mapping[str, str] | None = None,
    lifting: Sequence[Words] = (),
) -> Order:
    """Write the order of a ring.

    Parameters
    ----------
    area, disease, as_of : what it is about, in words
    status : DRAFT, or who signed it
    measures : level -> the rule's own words on what holds there; none are made up
    lifting : what is known of its end
    """
    levels = (("sealed", option.figures.sealed_rule), ("managed", option.figures.managed_rule))
    blocks = [_level(question, option, name, rule, (measures or {}).get(name, "")) for name, rule in levels]
    blocks = [b for b in blocks if b is not None]
    if not blocks:
        blocks = [Block(Words("范围", "Extent"), (Words("没有限制任何单元。", "No unit is restricted."),))]
    blocks += [_keeping(question, option), _end(lifting), _basis(question, option)]
    annexes = [_annex(question, option, name) for name, _ in levels]
    return Order(
        title=Words(
            f"{area.zh} · {disease.zh} · 风险区域划定（数据截至 {as_of.zh}）",
            f"Zones for {disease.en} in {area.en} (data as of {as_of.en})",
        ),
        status=status,
        blocks=tuple(b for b in blocks if b is not None),
        annexes=tuple(a for a in annexes if a.units),
    )


def _level(question: Question, option: Option, level: str, rule: str, measure: str) -> Block | None:
    inside = option.candidate.level == LEVEL_CODES[level]
    if not inside.any():
        return None
    n, people = int(inside.sum()), round(float(question.ground.population[inside].sum()))
    homes = round(float(question.ground.households[inside].sum()))
    name = LEVEL_WORDS[level]
    lines = [
        Words(
            f"{n:,} 个单元，居民 {people:,} 人，约 {homes:,} 户（清单见附件）。",
            f"{n:,} units, {people:,} residents, about {homes:,} households (listed in the annex).",
        ),
        Words(f"依据 {rule}。", f"By {rule}.")
        if rule
        else Words("没有现行规则可依据。", "No rule in force allows this."),
    ]
    if measure:
        lines.append(Words(f"规则要求的措施：{measure}。", f"What the rule asks for: {measure}."))
    return Block(name, tuple(lines))


def _keeping(question: Question, option: Option) -> Block:
    k = keeping(question, option)
    lines = [
        Words(
            f"卡口 {k.gates:,.0f} 处，人员约 {k.staff:,.0f} 人（估算：每处卡口三班各两人）。",
            f"{k.gates:,.0f} gates, about {k.staff:,.0f} staff (an estimate: three shifts of two a gate).",
        ),
        Words(
            f"上门保障 {k.sealed_households:,.0f} 户，每日约 {k.rounds:,} 轮次（估算：每轮 "
            f"{HOUSEHOLDS_PER_ROUND} 户，每日两次）。",
            f"{k.sealed_households:,.0f} households served at the door, about {k.rounds:,} rounds a day (an "
            f"estimate: {HOUSEHOLDS_PER_ROUND} doors a round, twice a day).",
        ),
    ]
    if k.gates_unknown:
        lines.append(
            Words(
                f"{k.gates_unknown:,} 处边界没有登记卡口数，各按一处计。",
                f"On {k.gates_unknown:,} borders no number of gates is stated: one each is counted.",
            )
        )
    if k.dialysis is None:
        lines.append(
            Words(
                "透析、孕产、独居等需特别保障人数：数据未标注，须由社区逐户核实。",
                "People on dialysis, pregnant or living alone: not marked in the data; ask at the doors.",
            )
        )
    else:
        share = k.listed_share or 0.0
        lines.append(
            Words(
                f"需特别保障：透析 {k.dialysis}，孕产 {k.pregnant}，独居 {k.alone}"
                f"（名单覆盖居民 {share:.0%}）。",
                f"In need of a service: dialysis {k.dialysis}, pregnant {k.pregnant}, living alone {k.alone} "
                f"(the list covers {share:.0%} of residents).",
            )
        )
    return Block(Words("值守与保障", "Keeping and supplying"), tuple(lines))


def _end(lifting: Sequence[Words]) -> Block:
    none = Words(
        "解除条件以现行规则为准；每日复核。", "It ends as the rules in force say; reviewed every day."
    )
    return Block(Words("解除", "When it ends"), tuple(lifting) or (none,))


def _basis(question: Question, option: Option) -> Block:
    f, name = option.figures, name_of(option.figures.name)
    lines = [Words(f"划法：{name.zh}。", f"Drawn by: {name.en}.")]
    if f.coverage is not None and option.low is not None and option.high is not None:
        lines.append(
            Words(
                f"模型覆盖率 {f.coverage:.0%}（{option.low:.0%}–{option.high:.0%}）。{MODELLED.zh}",
                f"Modelled coverage {f.coverage:.0%} ({option.low:.0%} to {option.high:.0%}). {MODELLED.en}",
            )
        )
    return Block(Words("依据", "What it rests on"), (*lines, *faults_of(option, question.ground.ids)))


def _annex(question: Question, option: Option, level: str) -> Annex:
    inside = (option.candidate.level == LEVEL_CODES[level]).nonzero()[0].tolist()
    units = sorted((question.ground.ids[i], round(float(question.ground.population[i]))) for i in inside)
    return Annex(level, LEVEL_WORDS[level], tuple(units))
