"""Names of things the data call by codes: streams, tasks, lengths of time; and codes inside sentences.

Web, console: shared by the pages.
"""

from __future__ import annotations

import re
from functools import cache

from fireline.tasks.tables import KINDS
from fireline.web.shared.strings import catalogue, code, language_now, say

_STREAM = "code.stream."


def stream_name(stream: str) -> str:
    """Name of a surveillance stream ("cases/measles", "fever_clinic"), else as the source wrote it."""
    kind, _, disease = stream.partition("/")
    name = catalogue(language_now()).get(f"{_STREAM}{kind}", kind)
    return f"{name} {code('disease', disease)}" if disease else name


@cache
def _streams() -> re.Pattern[str]:
    kinds = [key.removeprefix(_STREAM) for key in catalogue("zh") if key.startswith(_STREAM)]
    return re.compile(
        rf"(?<![\w/])(?:{'|'.join(sorted(kinds, key=len, reverse=True))})(?:/[a-z0-9-]+)?(?![\w/])"
    )


def in_words(text: str) -> str:
    """A sentence of the chapters with the streams it names by code said in words.

    The stream "cases" is also an English word, so it is replaced only with its disease behind it.
    """
    return _streams().sub(lambda m: m[0] if m[0] == "cases" else stream_name(m[0]), text)


def task_name(kind: str) -> str:
    """Name of a kind of task, else as the rule wrote it."""
    return KINDS[kind].name.get(language_now()) if kind in KINDS else kind.replace("_", " ")


def together(seconds: int | None) -> str:
    """A length of co-presence in words."""
    if seconds is None:
        return "–"
    minutes = round(seconds / 60)
    return (
        say("unit.minutes", n=minutes) if minutes < 60 else say("unit.hours", n=minutes // 60, m=minutes % 60)
    )
