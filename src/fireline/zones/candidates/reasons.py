"""Why a candidate restricts a unit or leaves it free: one sentence per unit, from the parts of its risk.

Chapter 8: read by the page; figures in it are modelled and are called so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fireline.words import Words, join_words
from fireline.zones.candidates.model import Candidate, Limits
from fireline.zones.candidates.terms import SEALED, is_anchored
from fireline.zones.explain import LEVEL_WORDS
from fireline.zones.ground import LEVEL_CODES, Ground
from fireline.zones.model import UNIT_KINDS
from fireline.zones.risk import Risk

PART_WORDS = {
    "home": Words("病例住处的家人邻里", "people around cases' homes"),
    "visited": Words("病例到过本单元，居民可能被感染", "residents where cases were"),
    "clientele": Words("居民常去病例到过的地方", "residents who go where cases were"),
    "unknown": Words("来源不明病例的感染者可能在此", "the unknown source of a case may live here"),
    "next": Words("下一代感染可能到此", "the next generation of infections"),
}
"""Parts of the risk in words."""

_NAMES = {code: name for name, code in LEVEL_CODES.items()}
_LARGE_SHARE = 0.25
"""A part is named where it is at least this share of the unit's risk."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What the sentences of all units share."""

    ground: Ground
    risk: Risk
    candidate: Candidate
    limits: Limits
    rank: np.ndarray
    is_near: np.ndarray


def reasons(ground: Ground, risk: Risk, candidate: Candidate, limits: Limits) -> tuple[Words, ...]:
    """A sentence for every unit.

    Returns
    -------
    tuple of Words, n_units long

    Notes
    -----
    In: whose home, who was there, the largest parts of the modelled risk, and where it stands among all
    units; a unit of little risk of its own says that it links or rounds off the zone. Out: exception, no
    case reachable, or too little modelled risk for the people it has.
    """
    order = np.argsort(-risk.mean, kind="stable")
    rank = np.empty(ground.n, dtype=np.int64)
    rank[order] = np.arange(1, ground.n + 1)
    open_units = ~ground.is_exception
    near = is_anchored(ground, open_units, risk.is_anchor) if limits.needs_case else open_units
    place = _Place(ground, risk, candidate, limits, rank, near)
    return tuple(
        _inside(place, i) if candidate.level[i] >= 2 else _outside(place, i) for i in range(ground.n)
    )


def largest_parts(risk: Risk, i: int) -> tuple[str, ...]:
    """Names of the parts that make up at least a quarter of a unit's risk, the largest first."""
    parts = {name: float(getattr(risk, name)[i]) for name in PART_WORDS}
    total = sum(parts.values())
    if total <= 0:
        return ()
    return tuple(
        name
        for name in sorted(parts, key=parts.__getitem__, reverse=True)
        if parts[name] >= _LARGE_SHARE * total
    )


def _few(value: float) -> str:
    """A number in one or two figures, never with a power of ten."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}" if value >= 0.001 else "<0.001"


def _risk_words(p: _Place, i: int) -> Words:
    mean, rank = float(p.risk.mean[i]), int(p.rank[i])
    low, high = (_few(float(a[i])) for a in (p.risk.low, p.risk.high))
    return Words(
        f"模型估计会传出 {_few(mean)} 例（{low}–{high}），在 {p.ground.n} 个单元中排第 {rank}",
        f"modelled to cause {_few(mean)} onward infections ({low} to {high}), "
        f"rank {rank} of {p.ground.n} units",
    )


def _inside(p: _Place, i: int) -> Words:
    level = int(p.candidate.level[i])
    said: list[Words] = []
    if p.risk.case_units[i]:
        said.append(Words("有病例住在本单元", "a case lives here"))
    elif p.risk.visited_units[i]:
        said.append(Words("病例在传染期内到过本单元", "a case was here while infectious"))
    share = p.risk.mean[i] / p.risk.total if p.risk.total > 0 else 0.0
    if share < 0.1 / p.ground.n and not said:
        said.append(
            Words(
                "自身风险很小，用于连片或减少卡口", "little risk of its own: it links the zone or saves gates"
            )
        )
    else:
        said += [PART_WORDS[name] for name in largest_parts(p.risk, i)]
        said.append(_risk_words(p, i))
    largest = p.limits.largest_rank
    if level == SEALED and largest is not None and p.ground.kind_rank[i] > largest:
        kind = UNIT_KINDS[largest]
        said.append(
            Words(
                f"大于规则允许的{kind}，须签字说明理由",
                f"larger than the {kind} the rule allows: a signed reason is needed",
            )
        )
    text = join_words(said)
    name = LEVEL_WORDS[_NAMES[level]]
    assert text is not None
    return Words(f"划入{name.zh}：{text.zh}。", f"In the {name.en}: {text.en}.")


def _outside(p: _Place, i: int) -> Words:
    if p.ground.is_exception[i]:
        return Words(
            "不划入：已声明的例外单元，不整体限制。", "Not in a zone: a declared exception, never restricted."
        )
    if p.risk.mean[i] <= 0:
        return Words("不划入：模型没有估计到风险。", "Not in a zone: no risk is modelled here.")
    text = _risk_words(p, i)
    if not p.is_near[i]:
        return Words(
            f"不划入：{text.zh}，但没有可连到病例的路径，规则不允许单独成区。",
            f"Not in a zone: {text.en}, but nothing links it to a case and a zone needs one.",
        )
    if p.ground.population[i] <= 0:
        return Words(f"不划入：没有常住人口；{text.zh}。", f"Not in a zone: no residents; {text.en}.")
    each = p.risk.mean[i] / p.ground.population[i] * 1000
    return Words(
        f"不划入：{text.zh}；每千居民 {each:.2g} 例，不足以限制其全部居民。",
        f"Not in a zone: {text.en}; {each:.2g} per 1,000 residents, too little to restrict them all.",
    )
