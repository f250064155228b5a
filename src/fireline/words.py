"""A sentence in both languages of the product, Chinese and English.

Foundation: chapters explain themselves in words; the faces pick the language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """One text in Chinese and English; neither may be empty.

    Attributes
    ----------
    zh : str
    en : str
    """

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh or not self.en:
            raise ValueError("a text needs both languages, zh and en")

    @classmethod
    def same(cls, text: str) -> Words:
        """What reads the same in both languages: a number, a code, a name."""
        return cls(text, text)

    def get(self, language: str) -> str:
        """Text in one language ("zh" or "en"; anything starting with zh counts as Chinese)."""
        return self.zh if language.lower().startswith("zh") else self.en


def join_words(parts: Iterable[Words], *, zh: str = "；", en: str = "; ") -> Words | None:
    """Several texts as one, None where there is none."""
    kept = tuple(parts)
    return Words(zh.join(p.zh for p in kept), en.join(p.en for p in kept)) if kept else None
