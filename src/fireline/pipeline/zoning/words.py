"""Names of candidates and levels, and what is said of a study wherever it is shown.

Pipeline, zoning: one wording for report, command line and console.
"""

from __future__ import annotations

from fireline.words import Words
from fireline.zones.ground import LEVEL_CODES

LEVEL_NAMES = {code: name for name, code in LEVEL_CODES.items()}

NAMES = {
    "two_tier": Words("双层规则", "two-tier rule"),
    "two_tier_township": Words("双层规则（全乡镇管控）", "two-tier, whole township managed"),
    "threshold": Words("阈值法", "threshold rule"),
    "optimum": Words("优化", "optimum"),
    "robust": Words("稳健优化", "robust optimum"),
    "township": Words("整乡镇封控", "whole townships sealed"),
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
