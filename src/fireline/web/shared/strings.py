"""Every sentence of the console in Chinese and English, looked up by key.

Web, shared: templates ask with {% t "key" %}, views with say(); a key missing in one language is an error.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from django.utils.translation import get_language

from fireline.errors import FirelineError
from fireline.policy.terms import labels
from fireline.words import LANGUAGES, Words

_FOLDER = files("fireline.web.shared") / "catalogue"


def _flatten(tree: dict[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = str(value)
    return flat


@cache
def catalogue(language: str) -> MappingProxyType[str, str]:
    """All texts of one language ("zh" or "en") by dotted key, with the chapters' labels of codes."""
    flat = dict(labels(language))
    for entry in sorted((_FOLDER / language).iterdir(), key=lambda path: path.name):
        if entry.name.endswith(".toml"):
            flat |= _flatten(tomllib.loads(entry.read_text(encoding="utf-8")))
    return MappingProxyType(flat)


def language_now() -> str:
    """The language of this request: "zh" or "en"."""
    return "zh" if (get_language() or "zh").lower().startswith("zh") else "en"


def say(key: str, language: str | None = None, **values: object) -> str:
    """One text with its {placeholders} filled.

    Raises
    ------
    KeyError   the key is not in the catalogue of the language
    """
    text = catalogue(language or language_now())[key]
    return text.format(**values) if values else text


def words(key: str, **values: object) -> Words:
    """One text in both languages."""
    return Words(*(say(key, language, **values) for language in LANGUAGES))


def explained(error: FirelineError) -> str:
    """What an error says, in the language of this request."""
    return error.words.get(language_now())


def code(kind: str, value: object, language: str | None = None) -> str:
    """The label of a code such as ("class", "close"); a code without a label is shown as it is."""
    if value is None or value == "":
        return "–"
    found = catalogue(language or language_now()).get(f"code.{kind}.{value}")
    return str(value) if found is None else found
