"""The notice of a published zone as the public portal serves it: one document a notice, and where it stands.

Chapter 11: text in, text out; checks what it reads as it checks what it writes, and holds nobody's data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fireline.bulletins.lint import lint_public_text
from fireline.bulletins.zone_notice import PLACES
from fireline.errors import InputError, UserError
from fireline.words import Words
from fireline.zones.model import LEVELS

FOLDER = ("public", "notices")
"""Where the documents lie below the home folder."""

STATES = ("in_force", "eased", "lifted")
MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """One notice.

    Attributes
    ----------
    number : int, > 0
    state : one of STATES; eased = some units were lowered or freed, the rest stands
    place : Words, name of the area ("" where none is known)
    text : Words, the notice as it was published
    published_at, changed_at, starts_at : aware datetimes; when it was published, when it was last eased or
        lifted, and when it begins
    tz : str, time zone that hours are said in
    now : tuple of (unit id, level now; "" = freed), units that are not as published
    is_exercise : bool
    """

    number: int
    state: str
    place: Words
    text: Words
    published_at: datetime
    changed_at: datetime
    starts_at: datetime
    tz: str
    now: tuple[tuple[str, str], ...] = ()
    is_exercise: bool = False

    def standing(self, at: datetime) -> str:
        """The state at an hour: "to_begin" before it begins, unless it was lifted, else ``state``."""
        return "to_begin" if self.state != "lifted" and at < self.starts_at else self.state


def file_name(number: int) -> str:
    """Name of the document of a notice: digits only, so that no number names another file."""
    return f"{int(number)}.json"


def write_notice(notice: PublicNotice) -> str:
    """The document of a notice.

    Raises
    ------
    UserError   a text holds personal data
    """
    _check_text(notice)
    return json.dumps(
        {
            "number": notice.number,
            "state": notice.state,
            "place_zh": notice.place.zh,
            "place_en": notice.place.en,
            "text_zh": notice.text.zh,
            "text_en": notice.text.en,
            "published_at": notice.published_at.isoformat(),
            "changed_at": notice.changed_at.isoformat(),
            "starts_at": notice.starts_at.isoformat(),
            "tz": notice.tz,
            "now": [list(pair) for pair in notice.now],
            "is_exercise": notice.is_exercise,
        },
        ensure_ascii=False,
        indent=1,
    )


def read_notice(text: str) -> PublicNotice:
    """A notice from its document.

    Raises
    ------
    InputError   it is no such document, or one of its values is not allowed
    UserError    a text holds personal data
    """
    try:
        found = json.loads(text)
        notice = _of(found)
    except (ValueError, KeyError, TypeError, AttributeError, ZoneInfoNotFoundError) as error:
        raise InputError(
            Words(
                "公告文件：内容不是公告；请由控制台重新公布",
                "notice file: it holds no notice; publish it from the console again",
            )
        ) from error
    _check_text(notice)
    return notice


def _of(found: Mapping[str, Any]) -> PublicNotice:
    published, changed, starts = (
        datetime.fromisoformat(found[f"{name}_at"]) for name in ("published", "changed", "starts")
    )
    texts = [found[name] for name in ("place_zh", "place_en", "text_zh", "text_en")]
    now: Sequence[Sequence[str]] = found["now"]
    ZoneInfo(found["tz"])
    is_good = (
        type(found["number"]) is int
        and found["number"] > 0
        and found["state"] in STATES
        and all(isinstance(text, str) for text in texts)
        and None not in (published.tzinfo, changed.tzinfo, starts.tzinfo)
        and all(len(pair) == 2 and isinstance(pair[0], str) for pair in now)
        and all(pair[1] in (*LEVELS, "") for pair in now)
    )
    if not is_good:
        raise ValueError("a value is not allowed")
    return PublicNotice(
        found["number"],
        found["state"],
        Words(texts[0], texts[1]),
        Words(texts[2], texts[3]),
        published,
        changed,
        starts,
        found["tz"],
        tuple((unit, level) for unit, level in now),
        bool(found["is_exercise"]),
    )


def _check_text(notice: PublicNotice) -> None:
    texts = (notice.place.zh, notice.place.en, notice.text.zh, notice.text.en)
    said = [*texts, *(unit for unit, _ in notice.now)]
    wrong = sorted({f.kind for text in said for f in lint_public_text(text) if f.kind not in PLACES})
    if wrong:
        raise UserError(
            Words(
                f"公告：文字中有个人信息（{'、'.join(wrong)}）；请改名后再公布",
                f"notice: its text holds personal data ({', '.join(wrong)}); rename before it is published",
            )
        )
