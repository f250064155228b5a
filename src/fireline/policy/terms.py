"""Codes of packs and tables in the words of the reader: moments, places, diseases, streams, subjects.

Foundation: chapters put these words into their sentences, and the console's catalogue holds them too, so
that a code has one name everywhere.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from fireline.words import LANGUAGES, Words, join_words


@cache
def labels(language: str) -> Mapping[str, str]:
    """All labels of one language ("zh" or "en") by ``code.<kind>.<value>``."""
    file = resources.files("fireline.policy") / "labels" / f"{language}.toml"
    kinds = tomllib.loads(file.read_text(encoding="utf-8"))["code"]
    return MappingProxyType(
        {f"code.{kind}.{value}": text for kind, found in kinds.items() for value, text in found.items()}
    )


@cache
def term(kind: str, value: str) -> Words:
    """A code in both languages; one that nobody named is shown with spaces for its underscores.

    Parameters
    ----------
    kind : "rule_word", "rule_subject", "place_kind", "disease", "stream" and the other tables of labels/;
        a place or a plain word of a rule is found under every kind
    value : the code; "" gives a dash
    """
    for found in (kind, "place_kind", "rule_word"):
        key = f"code.{found}.{value}"
        if key in labels("zh"):
            return Words(*(labels(language)[key] for language in LANGUAGES))
    return Words.same(value.replace("_", " ") or "–")


def terms(kind: str, values: Iterable[str]) -> Words:
    """Several codes as one list in both languages."""
    return join_words((term(kind, v) for v in values), zh="、", en=", ") or Words.same("–")


def stream_words(stream: str) -> Words:
    """Name of a surveillance stream: "fever_clinic", or "cases/measles" for case counts of a disease."""
    kind, _, disease = stream.partition("/")
    name = term("stream", kind)
    if not disease:
        return name
    ill = term("disease", disease)
    gap = " " if ill.zh[-1].isascii() else ""  # "病原体 X 病例", but "麻疹病例"
    return Words(f"{ill.zh}{gap}{name.zh}", f"{name.en} ({ill.en})")
