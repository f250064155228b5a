"""Names of things the data call by codes: streams, tasks, lengths of time.

Web, console: shared by the pages.
"""

from __future__ import annotations

from fireline.policy.terms import stream_words
from fireline.tasks.tables import KINDS
from fireline.web.shared.strings import language_now, say


def stream_name(stream: str) -> str:
    """Name of a surveillance stream ("cases/measles", "fever_clinic") in the language of the page."""
    return stream_words(stream).get(language_now())


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
