"""The risk assessment that an event ends in: three closed lists, the level two of them give, and its seal.

Chapter 5: pure; signed, countersigned and kept by actions.assessments.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fireline.errors import InputError
from fireline.signals.model import LEVELS
from fireline.words import Words, join_words

LIKELIHOODS: Mapping[str, Words] = {
    "very_unlikely": Words("极不可能", "very unlikely"),
    "unlikely": Words("不大可能", "unlikely"),
    "likely": Words("可能", "likely"),
    "highly_likely": Words("很可能", "highly likely"),
    "almost_certain": Words("几乎肯定", "almost certain"),
}
"""That the event spreads further in the area within two incubation periods under the measures of today."""

IMPACTS: Mapping[str, Words] = {
    "minimal": Words("极小：日常工作即可应对", "minimal: everyday work copes"),
    "minor": Words("轻微：少数人受影响", "minor: few people are affected"),
    "moderate": Words("中等：需要额外人手和措施", "moderate: needs extra hands and measures"),
    "major": Words("较大：多个乡镇或医疗受影响", "major: several townships or medical care are affected"),
    "severe": Words("严重：死亡多或医疗难以承受", "severe: many deaths, or more than medical care can bear"),
}
"""What it would do if it did."""

CONFIDENCES: Mapping[str, Words] = {
    "low": Words("低：证据少或互相矛盾", "low: little evidence, or it conflicts"),
    "medium": Words("中：部分证据已核实", "medium: part of the evidence is verified"),
    "high": Words("高：实验室或现场已证实", "high: laboratory or field work confirms it"),
}
"""How far the evidence carries the judgement. It never moves the level: a weak basis is said, not hidden."""

LEVEL_WORDS: Mapping[str, Words] = {
    "very_low": Words("很低", "very low"),
    "low": Words("低", "low"),
    "medium": Words("中", "medium"),
    "high": Words("高", "high"),
}
"""Levels of risk, as the warning rules of 2025 name them."""

MATRIX_ID = "5x5-1"
"""Name of the matrix, kept with every assessment that used it."""

MATRIX: Mapping[str, tuple[str, ...]] = {
    "very_unlikely": ("very_low", "very_low", "low", "low", "medium"),
    "unlikely": ("very_low", "low", "low", "medium", "medium"),
    "likely": ("low", "low", "medium", "medium", "high"),
    "highly_likely": ("low", "medium", "medium", "high", "high"),
    "almost_certain": ("low", "medium", "high", "high", "high"),
}
"""Likelihood -> level for each impact, minimal first. The five steps of both are those of WHO [1]_; the four
levels and the cells are this project's own, since the national rules leave the grading open. No cell falls
when likelihood or impact grows.

References
----------
.. [1] WHO (2012), Rapid risk assessment of acute public health events, WHO/HSE/GAR/ARO/2012.1: the steps of
   likelihood and of consequences, confidence beside them.
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was judged.

    Attributes
    ----------
    likelihood, impact, confidence : str, keys of the three lists
    computed : str, the level of MATRIX
    level : str, the level that counts
    reason : str, why it is not the computed one; "" where it is
    """

    likelihood: str
    impact: str
    confidence: str
    computed: str
    level: str
    reason: str = ""

    @property
    def is_overridden(self) -> bool:
        """Whether a person set another level than the matrix gives."""
        return self.level != self.computed


def level_of(likelihood: str, impact: str) -> str:
    """Level of risk that the matrix gives.

    Raises
    ------
    KeyError   not in the lists
    """
    return dict(zip(IMPACTS, MATRIX[likelihood], strict=True))[impact]


def judge(*, likelihood: str, impact: str, confidence: str, level: str = "", reason: str = "") -> Judgement:
    """A judgement from what was chosen.

    Parameters
    ----------
    likelihood, impact, confidence : str   keys of the three lists
    level : str   "" takes the level of the matrix; another one needs a reason
    reason : str

    Returns
    -------
    Judgement

    Raises
    ------
    InputError   something is not in its list, or the level differs without a reason; every fault at once
    """
    faults = [
        Words(
            f"{name.zh}：请从清单中选择（{'、'.join(w.zh for w in allowed.values())}）",
            f"{name.en}: choose one of the list ({'; '.join(w.en for w in allowed.values())})",
        )
        for name, allowed, chosen in (
            (Words("可能性", "likelihood"), LIKELIHOODS, likelihood),
            (Words("影响", "impact"), IMPACTS, impact),
            (Words("把握", "confidence"), CONFIDENCES, confidence),
        )
        if chosen not in allowed
    ]
    if level and level not in LEVELS:
        faults.append(
            Words(
                f"等级：请从清单中选择（{'、'.join(w.zh for w in LEVEL_WORDS.values())}）",
                f"level: choose one of {', '.join(w.en for w in LEVEL_WORDS.values())}",
            )
        )
    if not faults:
        computed = level_of(likelihood, impact)
        if level in ("", computed):
            return Judgement(likelihood, impact, confidence, computed, computed)
        if reason.strip():
            return Judgement(likelihood, impact, confidence, computed, level, reason.strip())
        faults.append(
            Words(
                f"等级：矩阵得出“{LEVEL_WORDS[computed].zh}”，改为“{LEVEL_WORDS[level].zh}”须写明理由",
                f"level: the matrix gives {LEVEL_WORDS[computed].en}; to say {LEVEL_WORDS[level].en} "
                "a reason is needed",
            )
        )
    said = join_words(faults)
    assert said is not None
    raise InputError(said)


def digest_of(statement: Mapping[str, Any]) -> str:
    """Seal of a statement: SHA-256 of its canonical JSON (keys sorted, no spaces, UTF-8), as 64 hex digits.

    Parameters
    ----------
    statement : mapping of plain JSON values   the same values in any order give the same seal
    """
    text = json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
