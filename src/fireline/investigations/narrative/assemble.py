"""Join mentions to stays and legs: which date, which time, from where, by what, to where.

Chapter 6: used by read. A date goes on until the next. A time belongs to the next leg or stay; where a leg
took it, the stay at its end has the same time as "about", and what follows has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from fireline.investigations.narrative.model import (
    DWELLING,
    HOME,
    HOME_ZH,
    PLACE,
    Days,
    Mention,
    Part,
    Times,
    Vehicle,
)
from fireline.investigations.narrative.place_words import RELATIONS

_LISTED = re.compile(r"\s{0,3}(?:[、,，及和与]|以及)\s{0,3}")
_LISTED_TIME = re.compile(r"\s{0,3}(?:许|左右)?(?:[、及和]|以及)\s{0,3}")
_THROUGH = re.compile(r"\s{0,3}(?:许|左右)?\s{0,3}(?:[-—–~～－]{1,2}|至|到)\s{0,3}")
_STOP = re.compile(r"[）)”]?\s?(?:上车|下车|换乘|转乘|转车|出站|上下车)|\s?(?:乘|坐|换)")
_ONLY_STOP = re.compile(r"[）)”]?\s?(?:下车|换乘|转乘|转车)")
_DWELLING = re.compile(RELATIONS + r"(?:的)?(?:家|家中|家里|住所|住处|老家)(?:[（(].{0,40}[）)])?$|居民家")


@dataclass(slots=True)
class _Walk:
    """State while the mentions are walked through.

    Attributes
    ----------
    time_is : "free" until a leg ("leg") or a stay ("used") took it
    open : index of a leg still without an end
    """

    text: str
    parts: list[Part]
    days: tuple[Days, ...] = ()
    times: tuple[Times, ...] = ()
    time_is: str = "free"
    origin: str = ""
    open: int | None = None
    last: Mention | None = None
    sentence: tuple[int, int] = (0, 0)

    def between(self, mention: Mention) -> str:
        return "" if self.last is None else self.text[self.last.end : mention.start]

    def put(self, part: Part) -> None:
        start, end = self.sentence
        self.parts.append(replace(part, days=self.days, start=start, end=end))


def assemble(text: str, mentions: tuple[Mention, ...], sentences: list[tuple[int, int]]) -> tuple[Part, ...]:
    """Stays and legs in the order of the text.

    Parameters
    ----------
    text : str
    mentions : by place, none crossing another
    sentences : (start, end) of every sentence, by place

    Returns
    -------
    tuple of Part
    """
    walk = _Walk(text, [])
    n = 0
    for mention in mentions:
        while n + 1 < len(sentences) and sentences[n + 1][0] <= mention.start:
            n += 1
        if sentences and sentences[n] != walk.sentence:
            _new_sentence(walk, sentences[n])
        _STEPS[mention.kind](walk, mention)
        walk.last = mention
    return tuple(walk.parts)


def _new_sentence(walk: _Walk, sentence: tuple[int, int]) -> None:
    walk.sentence = sentence
    walk.times, walk.origin, walk.open, walk.time_is = (), "", None, "free"


def _on_day(walk: _Walk, mention: Mention) -> None:
    assert isinstance(mention.item, Days)
    between = walk.between(mention)
    is_day = walk.last is not None and walk.last.kind in ("date", "next_day")
    if is_day and _LISTED.fullmatch(between):
        walk.days = (*walk.days, mention.item)
    elif walk.last is not None and walk.last.kind == "time" and walk.days and _THROUGH.fullmatch(between):
        # "1月25日14时-28日": the range goes on behind the clock time
        walk.days = (*walk.days[:-1], Days(walk.days[-1].first, mention.item.last))
    else:
        walk.days, walk.times, walk.origin, walk.open = (mention.item,), (), "", None
        walk.time_is = "free"


def _on_time(walk: _Walk, mention: Mention) -> None:
    assert isinstance(mention.item, Times)
    is_time = walk.last is not None and walk.last.kind == "time"
    leg = None if walk.open is None else walk.parts[walk.open]
    if is_time and _LISTED_TIME.fullmatch(walk.between(mention)):
        walk.times = (*walk.times, mention.item)
    elif leg is not None and leg.times and leg.times[-1].end is None and mention.item.end is None:
        arrived = replace(leg.times[-1], end=mention.item.start)
        walk.parts[walk.open or 0] = replace(leg, times=(*leg.times[:-1], arrived))
        walk.times = (mention.item,)
    else:
        walk.times = (mention.item,)
    walk.time_is = "free"


def _on_vehicle(walk: _Walk, mention: Mention) -> None:
    assert isinstance(mention.item, Vehicle)
    if not walk.origin:
        walk.origin = _boarded_at(walk, mention)
    times = walk.times if walk.time_is == "free" else ()
    walk.time_is = "leg" if times else "used"
    walk.put(Part("leg", times=times, vehicle=mention.item, origin=walk.origin))
    walk.open, walk.origin = len(walk.parts) - 1, ""


def _boarded_at(walk: _Walk, vehicle: Mention) -> str:
    """Where the person was when the vehicle was taken: "在达户屯乘坐通勤车"; "" where the text says none."""
    last = walk.last
    if last is None or last.kind != "place" or last.role != "in" or last.start < walk.sentence[0]:
        return ""
    boards = _STOP.match(walk.text, last.end) or last.end == vehicle.start
    return last.value if boards else ""


def _on_place(walk: _Walk, mention: Mention) -> None:
    is_home = mention.kind == "home"
    words = HOME_ZH if is_home else mention.value
    leg = None if walk.open is None else walk.parts[walk.open]
    if mention.role in ("board", "alight"):
        _on_route(walk, words, is_origin=mention.role == "board")
        return
    if mention.role == "from":
        if leg is not None and not leg.origin:
            walk.parts[walk.open or 0] = replace(leg, origin=words)
        else:
            walk.origin = words
            walk.open = None
            if not _leads_to_leg(walk, mention):
                _stay(walk, mention, words, is_home)
        return
    if leg is not None and mention.role == "to":
        _end_leg(walk, words)
        if _ONLY_STOP.match(walk.text, mention.end):
            walk.time_is = "used"
            return
    elif leg is not None and _ONLY_STOP.match(walk.text, mention.end):
        # "乘坐208路公交车，在A站下车"
        _end_leg(walk, words)
        walk.time_is = "used"
        return
    _stay(walk, mention, words, is_home)


def _on_route(walk: _Walk, words: str, *, is_origin: bool) -> None:
    """Stops in brackets behind a vehicle: where it was boarded, where it was left."""
    if walk.open is None:
        return
    if is_origin:
        walk.parts[walk.open] = replace(walk.parts[walk.open], origin=words)
        return
    _end_leg(walk, words)
    walk.time_is = "used"


def _end_leg(walk: _Walk, destination: str) -> None:
    index = walk.open or 0
    walk.parts[index] = replace(walk.parts[index], destination=destination)
    walk.open = None


def _leads_to_leg(walk: _Walk, mention: Mention) -> bool:
    """A vehicle, or a way on foot, follows: the place is only where it began."""
    behind = walk.text[mention.end : mention.end + 6]
    return bool(re.match(r"[）)”]?(?:出发|站?上车|乘|坐|步行|骑|打|自驾|驾|到|至|飞|返|前往|开)", behind))


def _stay(walk: _Walk, mention: Mention, words: str, is_home: bool) -> None:
    kind = HOME if is_home else DWELLING if is_dwelling(words) else PLACE
    listed = (
        walk.last is not None
        and walk.last.kind == "place"
        and walk.between(mention) in ("、", "和", "及", "与", "以及")
    )
    if listed and walk.parts and walk.time_is == "used":
        times = walk.parts[-1].times
    else:
        times = walk.times if walk.time_is == "free" else _about(walk.times) if walk.time_is == "leg" else ()
    walk.time_is = "used"
    walk.put(Part("stay", times=times, place=words, place_kind=kind))


def is_dwelling(words: str) -> bool:
    """Whether a place is the home of somebody else: "父母家", "亲属家（某小区）", "某居民家"."""
    return bool(_DWELLING.search(words))


def _about(times: tuple[Times, ...]) -> tuple[Times, ...]:
    """Times of a leg as times of the stay at its end: no more than about right."""
    return tuple(
        t
        if t.start.hour is None
        else Times(replace(t.start, is_about=True), t.end and replace(t.end, is_about=True))
        for t in times
    )


_STEPS = {
    "date": _on_day,
    "next_day": _on_day,
    "time": _on_time,
    "vehicle": _on_vehicle,
    "place": _on_place,
    "home": _on_place,
}
