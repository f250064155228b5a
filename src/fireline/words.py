"""A sentence in both languages of the product, Chinese and English.

Foundation: chapters explain themselves in words; the faces pick the language.
"""

from __future__ import annotations

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

    def get(self, language: str) -> str:
        """Text in one language ("zh" or "en"; anything starting with zh counts as Chinese)."""
        return self.zh if language.lower().startswith("zh") else self.en
