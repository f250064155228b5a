"""Read an official activity-trajectory text (流调轨迹) into stays and legs, each with its sentence.

Chapter 6: reads text alone; case pages offer the parts to be accepted or corrected. No clock, no file, and
no word of the text in any error.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace

from fireline.errors import InputError
from fireline.investigations.narrative.assemble import assemble
from fireline.investigations.narrative.clocks import find_times
from fireline.investigations.narrative.days import find_days
from fireline.investigations.narrative.explain import notes_on
from fireline.investigations.narrative.model import Mention, Part, Reading, Unread
from fireline.investigations.narrative.places import find_places
from fireline.investigations.narrative.vehicles import find_vehicles

LONGEST_TEXT = 20_000
"""Characters; the longest official text known has two thousand."""
_SENTENCE_END = re.compile(r"[。！!？?；;\n]+")
_CLAUSE_END = re.compile(r"[，,]+|[：:](?!\d)")
_QUOTED = re.compile(r"“[^“”\n]{1,80}”")
_WORD = re.compile(r"\w")


def read_narrative(text: str, *, year: int | None = None) -> Reading:
    """Read dates, times, places and vehicles, and say which clauses were not understood.

    Parameters
    ----------
    text : Chinese, any length up to LONGEST_TEXT
    year : year of the first date, where the text does not state it. Without it a date keeps month and day

    Returns
    -------
    Reading   parts and unread clauses in the order of the text

    Raises
    ------
    InputError   the text is too long, or the year has not four digits

    Notes
    -----
    A year once stated goes on; a date more than half a year away belongs to the year beside it, which the
    day's ``basis`` says ("turned"). Nothing else is concluded: a stay without a date has none.
    """
    if len(text) > LONGEST_TEXT:
        raise InputError(
            f"narrative: {len(text)} characters, not over {LONGEST_TEXT}; give one person's text at a time"
        )
    if year is not None and not 1000 <= year <= 9999:
        raise InputError(f"narrative: year {year} has not four digits")
    mentions, faults = find_mentions(text, year=year)
    masked = _masked(text)
    sentences = _spans(masked, _SENTENCE_END, 0, len(text))
    parts = assemble(masked, mentions, sentences)
    unread = _unread(masked, sentences, mentions, parts, faults)
    return Reading(text, parts, unread, mentions, notes_on(parts))


def find_mentions(text: str, *, year: int | None = None) -> tuple[tuple[Mention, ...], list[Unread]]:
    """Every date, time, vehicle, place and own home of a text, none crossing another.

    Parameters
    ----------
    text, year : as in ``read_narrative``

    Returns
    -------
    (mentions, faults)   by place; faults are days and times that do not exist
    """
    masked = _masked(text)
    days, no_days = find_days(masked, year=year)
    times, no_times = find_times(masked)
    fixed: list[Mention] = []
    for found in sorted([*days, *times, *find_vehicles(masked)], key=lambda m: (m.start, -m.end)):
        if not fixed or found.start >= fixed[-1].end:
            fixed.append(found)
    places = [_unquoted(text, m) for m in find_places(masked, fixed)]
    every = sorted([*fixed, *places], key=lambda m: m.start)
    return tuple(every), [*no_days, *no_times]


def _unquoted(text: str, place: Mention) -> Mention:
    """A place with its own words in place of the masked ones; a name that is all quoted loses the quotes."""
    if place.kind != "place":
        return place
    words = text[place.start : place.end]
    return replace(place, value=words[1:-1] if _QUOTED.fullmatch(words) else words)


def _spans(text: str, end: re.Pattern[str], start: int, stop: int) -> list[tuple[int, int]]:
    """Runs between two ends, without the spaces around them; empty runs are left out."""
    spans, at = [], start
    for cut in [*((m.start(), m.end()) for m in end.finditer(text, start, stop)), (stop, stop)]:
        a, b = at, cut[0]
        while a < b and text[a].isspace():
            a += 1
        while b > a and text[b - 1].isspace():
            b -= 1
        if b > a:
            spans.append((a, b))
        at = cut[1]
    return spans


def _unread(
    text: str,
    sentences: list[tuple[int, int]],
    mentions: tuple[Mention, ...],
    parts: tuple[Part, ...],
    faults: list[Unread],
) -> tuple[Unread, ...]:
    starts = [m.start for m in mentions]
    found = list(faults)
    for start, end in sentences:
        silent: list[Unread] = []
        gap = False
        for a, b in _spans(text, _CLAUSE_END, start, end):
            inside = {m.kind for m in mentions[bisect_left(starts, a) : bisect_left(starts, b)]}
            if inside & {"place", "home", "vehicle"} or not _WORD.search(text, a, b) or (inside and b < end):
                # a date alone before a comma says when the next clause happened
                gap = True
                continue
            reason = "no_place" if inside else "nothing"
            if silent and silent[-1].reason == reason and not gap:
                silent[-1] = Unread(silent[-1].start, b, reason)
            else:
                silent.append(Unread(a, b, reason))
            gap = False
        found += silent
    found += _without_day(parts)
    return tuple(sorted(found, key=lambda u: (u.start, u.end, u.reason)))


def _without_day(parts: tuple[Part, ...]) -> list[Unread]:
    """Sentences whose parts have no date."""
    return [Unread(*key, "no_date") for key in {(p.start, p.end) for p in parts if not p.days}]


def _masked(text: str) -> str:
    """The text with the words in “ ” replaced, so that nothing is found inside a quoted name."""
    return _QUOTED.sub(lambda m: "“" + "〇" * (len(m.group()) - 2) + "”", text)
