"""Names of things the data call by codes: streams, columns, lengths of time.

Web, console: shared by the pages.
"""

from __future__ import annotations

from fireline.tasks.tables import KINDS
from fireline.web.shared.strings import catalogue, code, language_now, say


def stream_name(stream: str) -> str:
    """Name of a surveillance stream ("cases/measles", "fever_clinic"), else as the source wrote it."""
    kind, _, disease = stream.partition("/")
    name = catalogue(language_now()).get(f"code.stream.{kind}", kind)
    return f"{name} {code('disease', disease)}" if disease else name


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
