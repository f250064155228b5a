"""Names of candidates and levels, and what is said of a study wherever it is shown.

Pipeline, zoning: one wording for report, command line and console.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fireline.words import Words
from fireline.zones.ground import LEVEL_CODES

if TYPE_CHECKING:
    from fireline.pipeline.zoning.model import Option

LEVEL_NAMES = {code: name for name, code in LEVEL_CODES.items()}

NAMES = {
    "two_tier": Words("双层规则", "two-tier rule"),
    "two_tier_township": Words("双层规则（全乡镇管控）", "two-tier, whole township managed"),
    "threshold": Words("阈值法", "threshold rule"),
    "optimum": Words("优化", "optimum"),
    "worth": Words("按成效划定", "rule of worth"),
    "township": Words("整乡镇封控", "whole townships sealed"),
    "ring": Words("已提请的区域", "ring put forward"),
    "moved": Words("调整后", "as moved"),
}
"""Short names of candidates."""

MODELLED = Words(
    "“模型覆盖率”是模型估计的、分区可阻断的未追踪后续感染占比；不是实测，也不是保证。",
    "“Modelled coverage” is the share of untraced onward infections that the levels would prevent in the "
    "model; it is not measured and not a promise.",
)
"""Said beside every coverage."""

DEFAULT_WORDS = Words(
    "默认采用并提请的是双层规则；其他划法只供对照，由人选择。",
    "The two-tier rule is what is proposed; every other way stands beside it for people to weigh.",
)


def name_of(candidate: str) -> Words:
    """Short name of a candidate; circles are named by their radius."""
    if candidate.startswith("radius_"):
        metres = candidate.removeprefix("radius_").removesuffix("_m")
        return Words(f"{metres} 米圈", f"circle of {metres} m")
    return NAMES.get(candidate) or Words.same(candidate)


def faults_of(option: Option, ids: Sequence[str]) -> tuple[Words, ...]:
    """What a ring breaks, and which units need a signed reason; nothing where it keeps to the rules."""
    f, found = option.figures, []
    if f.sealed_units and not f.sealed_rule:
        found.append(Words("没有现行规则允许封控。", "No rule in force allows sealing."))
    if f.managed_units and not f.managed_rule:
        found.append(Words("没有现行规则允许管控。", "No rule in force allows a managed area."))
    if f.exception_units:
        named = _some(f.exception_units, ids)
        found.append(
            Words(
                f"包含不得整体限制的单位：{named.zh}；请移出。",
                f"Holds places that are never restricted as a whole: {named.en}; move them out.",
            )
        )
    if f.zones_without_case:
        found.append(
            Words(
                f"有 {f.zones_without_case} 块区域内没有病例居住或到过；请移出，或与有病例的区域连成一片。",
                f"{f.zones_without_case} parts hold no unit where a case lives or was: move them out, or "
                "join them to a part that does.",
            )
        )
    if f.larger_units:
        named = _some(f.larger_units, ids)
        found.append(
            Words(
                f"封控单元大于规则允许的单位：{named.zh}；须缩小或签字说明。",
                f"Sealed units larger than the rule allows: {named.en}; make them smaller or sign a reason.",
            )
        )
    if f.is_staffed is False:
        found.append(Words("超出现有人手。", "More staff than there is."))
    if f.is_supplied is False:
        found.append(Words("超出每日可上门保障的户数。", "More sealed households than can be served."))
    return tuple(found)


def _some(units: Sequence[int], ids: Sequence[str], most: int = 3) -> Words:
    shown = [ids[i] for i in units[:most]]
    more = len(units) - len(shown)
    zh = "、".join(shown) + (f" 等 {len(units)} 个" if more else "")
    return Words(zh, ", ".join(shown) + (f" and {more} more" if more else ""))
