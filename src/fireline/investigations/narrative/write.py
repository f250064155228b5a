"""Write the public text of a trajectory: dates, times, places, vehicles, none of the five identifiers.

Chapter 6: from parts, a reading or a trajectory table to words; what is written is read back at once, and a
sentence that would be read otherwise is not published.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import polars as pl

from fireline.errors import InputError
from fireline.investigations.narrative.assemble import is_dwelling
from fireline.investigations.narrative.explain import leg_words, place_words, when_words
from fireline.investigations.narrative.model import (
    DWELLING,
    DWELLING_ZH,
    HOME,
    HOME_ZH,
    PLACE,
    SOME_PLACE_ZH,
    Day,
    Days,
    Part,
    Reading,
    Times,
    Vehicle,
)
from fireline.investigations.narrative.read import read_narrative
from fireline.investigations.narrative.table import parts_of
from fireline.privacy.identifiers import lint_public_text
from fireline.words import Words

_BRACKET = re.compile(r"[（(][^（）()]{0,80}[)）]")
_NOT_IN_NAME = re.compile(r"[“”\s。！!？?；;]+")
_LONGEST_NAME = 60
_WHY = {
    "no_date": Words(zh="没有日期，未写出。", en="It has no date and was not written."),
    "name": Words(
        zh="地点名称可能识别个人，写作“某处”。",
        en="The name of the place may identify a person; it was left out.",
    ),
    "sentence": Words(
        zh="整句可能识别个人或读回不一致，未写出。",
        en="The sentence may identify a person or reads back otherwise; it was not written.",
    ),
}


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something of a trajectory that the public text does not say.

    Attributes
    ----------
    index : int, number of the part as given, from 0
    reason : "no_date", "name" or "sentence"
    """

    index: int
    reason: str

    @property
    def words(self) -> Words:
        """The reason in words."""
        return _WHY[self.reason]


@dataclass(frozen=True, slots=True)
class PublicNarrative:
    """The text and what it says.

    Attributes
    ----------
    text : Words, one sentence a part, one line a day
    parts : tuple of Part as published; reading ``text.zh`` gives the same days, times, places and vehicles
    withheld : tuple of Withheld
    """

    text: Words
    parts: tuple[Part, ...]
    withheld: tuple[Withheld, ...]


def write_narrative(
    trajectory: Reading | Iterable[Part] | pl.DataFrame,
    *,
    names: Collection[str] = (),
    time_zone: str = "Asia/Shanghai",
) -> PublicNarrative:
    """Write what the public may read of one person's trajectory.

    Parameters
    ----------
    trajectory : what ``read_narrative`` gave, parts, or rows of one case of ``trajectories``
    names : names that must not occur (the caller may know them; a name alone has no pattern)
    time_zone : IANA name for the hours of a table

    Returns
    -------
    PublicNarrative   homes are "住处" and "亲友家", seats are left out, refused parts are not written

    Raises
    ------
    InputError   some dates have a year and others none, or a table holds more than one case
    """
    if isinstance(trajectory, pl.DataFrame):
        parts = parts_of(trajectory, time_zone=time_zone)
    else:
        parts = trajectory.parts if isinstance(trajectory, Reading) else tuple(trajectory)
    _same_years(parts)
    lines: list[tuple[str, Words]] = []
    published: list[Part] = []
    withheld: list[Withheld] = []
    for index, part in enumerate(parts):
        if part.state == "refused":
            continue
        if not part.days:
            withheld.append(Withheld(index, "no_date"))
            continue
        written = _written(_public(part, names=names), names=names)
        if written is None:
            withheld.append(Withheld(index, "sentence"))
            continue
        shown, sentence = written
        if SOME_PLACE_ZH in (shown.place, shown.origin, shown.destination):
            withheld.append(Withheld(index, "name"))
        lines.append((part.days[0].text, sentence))
        published.append(shown)
    return PublicNarrative(_text(lines), tuple(published), tuple(withheld))


def _same_years(parts: tuple[Part, ...]) -> None:
    days = [d for p in parts if p.state != "refused" for r in p.days for d in (r.first, r.last)]
    if len({d.year is not None for d in days}) > 1:
        raise InputError(
            "narrative: some dates have a year and others none; give the year when reading, or correct them"
        )


def _public(part: Part, *, names: Collection[str]) -> Part:
    """The part with public names, plain times and no seat."""
    days = tuple(Days(_plain(r.first), _plain(r.last)) for r in part.days)
    times = tuple(_both_about(t) for t in part.times)
    if part.kind == "stay":
        place = {HOME: HOME_ZH, DWELLING: DWELLING_ZH}.get(part.place_kind) or _name(part.place, names=names)
        kind = part.place_kind if part.place_kind in (HOME, DWELLING) else PLACE
        if place in (HOME_ZH, DWELLING_ZH):
            kind = HOME if place == HOME_ZH else DWELLING
        return Part("stay", days, times, place, kind)
    vehicle = part.vehicle or Vehicle("car")
    number = vehicle.number if vehicle.kind in ("flight", "train", "metro", "bus") else ""
    shown = Vehicle(vehicle.kind, number, vehicle.carriage if vehicle.kind == "train" else "")
    origin, destination = (_name(n, names=names) if n else "" for n in (part.origin, part.destination))
    return Part("leg", days, times, vehicle=shown, origin=origin, destination=destination)


def _plain(day: Day) -> Day:
    return replace(day, basis="unknown" if day.year is None else "stated")


def _both_about(times: Times) -> Times:
    """A range is about right when one of its ends is."""
    if times.end is None or times.start.is_about == times.end.is_about:
        return times
    return Times(replace(times.start, is_about=True), replace(times.end, is_about=True))


def _name(words: str, *, names: Collection[str]) -> str:
    """A place name fit for the public: whole, without its bracket, or "某处"."""
    plain = _NOT_IN_NAME.sub(" ", words).strip()[:_LONGEST_NAME]
    if plain == HOME_ZH:
        return plain
    if is_dwelling(plain):
        return DWELLING_ZH
    for name in (plain, _BRACKET.sub("", plain).strip()):
        if name and not lint_public_text(f"在{name}。", names=names):
            return name
    return SOME_PLACE_ZH


def _written(part: Part, *, names: Collection[str]) -> tuple[Part, Words] | None:
    """The part's sentence that reads back as the part: with names as they are, else in “ ”."""
    en = _sentence(part).en
    for zh in (_sentence(part).zh, _sentence(_quoted(part)).zh):
        if lint_public_text(f"{zh}\n{en}", names=names):
            return None
        if _read_back(zh) == part:
            return part, Words(zh=zh, en=en)
    return None


def _quoted(part: Part) -> Part:
    place, origin, destination = (
        f"“{n}”" if n and n != HOME_ZH else n for n in (part.place, part.origin, part.destination)
    )
    return replace(part, place=place, origin=origin, destination=destination)


def _sentence(part: Part) -> Words:
    when = when_words(part)
    what = place_words(part) if part.kind == "stay" else leg_words(part)
    return Words(zh=f"{when.zh}{what.zh}。", en=f"{when.en}{what.en}.")


def _read_back(sentence: str) -> Part | None:
    parts = read_narrative(sentence).parts
    if len(parts) != 1:
        return None
    days = tuple(Days(_plain(r.first), _plain(r.last)) for r in parts[0].days)
    return replace(parts[0], days=days, start=0, end=0)


def _text(lines: list[tuple[str, Words]]) -> Words:
    zh, en, day = "", "", ""
    for key, sentence in lines:
        zh += ("" if not zh else "\n" if key != day else "") + sentence.zh
        en += ("" if not en else "\n" if key != day else " ") + sentence.en
        day = key
    return Words(zh=zh or "没有可公布的行程。", en=en or "There is nothing to publish.")
