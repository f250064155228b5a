"""Read streams.toml: the packaged one, and what a feed folder adds to it; every fault is said at once.

Chapter 5: text in, a StreamBook out; the pipeline reads the file, this module opens only its own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

from fireline.errors import InputError
from fireline.policy.terms import stream_words
from fireline.signals.streams import model
from fireline.signals.streams.model import EventType, Holiday, Stream, StreamBook
from fireline.words import Words

_TOP = ("default", "stream", "event", "lunar", "holiday")
_EVENT = ("name", "words", "lift")
_HOLIDAY = ("name", "words", "areas", "days", "yearly", "lunar")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")

Faults = list[tuple[str, Any, str]]
"""Where, what was found, what is allowed."""
Check = tuple[Callable[[Any], bool], str]
"""Whether a value is allowed, and what is."""


def _number(
    low: float, high: float, *, whole: bool = False, below: bool = False
) -> tuple[Callable[[Any], bool], str]:
    kinds = (int,) if whole else (int, float)

    def fits(value: Any) -> bool:
        is_number = isinstance(value, kinds) and not isinstance(value, bool)
        return is_number and low <= value and (value < high if below else value <= high)

    what = "a whole number" if whole else "a number"
    return fits, f"{what} from {low:g} up to{', not including,' if below else ''} {high:g}"


def _one_of(*names: Any) -> Check:
    return lambda v: not isinstance(v, bool) and v in names, "one of " + ", ".join(str(n) for n in names)


_TEXT = (lambda v: isinstance(v, str) and bool(v.strip()), "text")
_FLAG = (lambda v: isinstance(v, bool), "true or false")

_FIELDS: dict[str, Check] = {
    "subject": _one_of(*model.SUBJECTS),
    "level": _one_of(*model.LEVELS),
    "unit": _TEXT,
    "kind": _one_of(*model.KINDS),
    "cadence_d": _one_of(*model.CADENCES),
    "delay_d": _number(0, 60, whole=True),
    "lag_d": _number(-30, 120),
    "lag_sd_d": _number(0.1, 60),
    "trust": _number(0, 1, below=True),
    "state": _one_of(*model.STATES),
    "weekday": _FLAG,
    "holiday": _FLAG,
    "direction": _one_of(*model.DIRECTIONS),
    "counts": _one_of(*model.COUNTS),
    "dated": _one_of(*model.DATED),
    "source": _TEXT,
}
_OPTIONAL: dict[str, Any] = {"counts": "new", "dated": "last"}


def parse_streams(text: str, *, name: str = "streams.toml", base: StreamBook | None = None) -> StreamBook:
    """A StreamBook from the text of a streams.toml.

    Parameters
    ----------
    text : str
    name : str, of the file, for messages
    base : StreamBook that the file adds to and overrides; None takes the text alone, which must be whole

    Returns
    -------
    StreamBook

    Raises
    ------
    InputError   the text is no TOML or says what is not allowed; every fault with its place, what was found
        and what is allowed
    """
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            Words(f"{name}：不是有效的 TOML：{error}", f"{name}: this is not valid TOML: {error}")
        ) from error
    faults: Faults = [(key, "an unknown key", ", ".join(_TOP)) for key in said if key not in _TOP]
    default = _default(said.get("default", {}), base, faults)
    streams = dict(base.streams) if base else {}
    streams |= _streams(said.get("stream", {}), default, streams, faults)
    events = {e.name: e for e in (base.events if base else ())}
    events |= {e.name: e for e in _events(said.get("event", []), set(streams), faults)}
    holidays = _holidays(said.get("holiday", []), said.get("lunar", {}), faults)
    if not events:
        faults.append(("event", "no event", "one or more [[event]]"))
    if faults:
        raise InputError(_message(name, faults))
    assert default is not None
    return StreamBook(default, streams, tuple(events.values()), (*holidays, *(base.holidays if base else ())))


@cache
def default_streams() -> StreamBook:
    """The packaged book."""
    file = resources.files("fireline.signals.streams") / "streams.toml"
    return parse_streams(file.read_text(encoding="utf-8"))


def _message(name: str, faults: Faults) -> Words:
    lines = [f"{where}: found {_shown(found)}; allowed: {allowed}" for where, found, allowed in faults]
    lines_zh = [f"{where}：现为 {_shown(found)}；允许：{allowed}" for where, found, allowed in faults]
    return Words(
        f"{name} 有 {len(faults)} 处需要改正：" + "；".join(lines_zh),
        f"{name}: {len(faults)} thing(s) to mend: " + "; ".join(lines),
    )


def _shown(found: Any) -> str:
    return found if isinstance(found, str) and " " in found else repr(found)


def _default(given: Any, base: StreamBook | None, faults: Faults) -> Stream | None:
    """The stream that others are measured by; needs every field where there is no base."""
    if not isinstance(given, Mapping):
        faults.append(("default", given, "a table"))
        return base.default if base else None
    return _stream("default", given, base.default if base else None, faults)


def _stream(where: str, given: Mapping[str, Any], like: Stream | None, faults: Faults) -> Stream | None:
    before = len(faults)
    values = {**_OPTIONAL, **({f: getattr(like, f) for f in _FIELDS} if like else {})}
    for key, value in given.items():
        if key in ("name", "like"):
            continue
        if key not in _FIELDS:
            faults.append((f"{where}.{key}", "an unknown key", ", ".join(("name", "like", *_FIELDS))))
        elif not _FIELDS[key][0](value):
            faults.append((f"{where}.{key}", value, _FIELDS[key][1]))
        else:
            values[key] = value
    faults += [(f"{where}.{f}", "no value", _FIELDS[f][1]) for f in _FIELDS if f not in values]
    stem = where.rpartition(".")[2]
    words = _words(f"{where}.name", given["name"], faults) if "name" in given else None
    if len(faults) > before:
        return None
    return Stream(name=stem, words=words or stream_words(stem), **values)


def _streams(
    given: Any, default: Stream | None, known: Mapping[str, Stream], faults: Faults
) -> dict[str, Stream]:
    found: dict[str, Stream] = {}
    if not isinstance(given, Mapping):
        faults.append(("stream", given, "tables such as [stream.fever_clinic]"))
        return found
    for name, fields in given.items():
        where = f"stream.{name}"
        if not isinstance(fields, Mapping):
            faults.append((where, fields, "a table"))
            continue
        like: Stream | None = known.get(name, default)
        if "like" in fields:
            like = found.get(fields["like"]) or known.get(fields["like"])
            if like is None:
                allowed = ", ".join(sorted({*known, *found})) or "a stream written above"
                faults.append((f"{where}.like", fields["like"], allowed))
                continue
        stream = _stream(where, fields, like, faults)
        if stream is not None:
            found[name] = stream
    return found


def _words(where: str, given: Any, faults: Faults) -> Words | None:
    if isinstance(given, str) and given.strip():
        return Words.same(given.strip())
    if isinstance(given, Mapping) and set(given) == {"zh", "en"} and all(_TEXT[0](v) for v in given.values()):
        return Words(given["zh"].strip(), given["en"].strip())
    faults.append((where, given, 'text, or { zh = "...", en = "..." }'))
    return None


def _tables(
    where: str, given: Any, keys: tuple[str, ...], faults: Faults
) -> list[tuple[str, Mapping[str, Any]]]:
    """The entries of an array of tables that have a name and no unknown key."""
    if not isinstance(given, list) or not all(isinstance(g, Mapping) for g in given):
        faults.append((where, given, f"tables such as [[{where}]]"))
        return []
    kept = []
    for k, one in enumerate(given, 1):
        here = f"{where} {k}"
        faults += [(f"{here}.{key}", "an unknown key", ", ".join(keys)) for key in one if key not in keys]
        if not _TEXT[0](one.get("name")):
            faults.append((f"{here}.name", one.get("name"), "text"))
        else:
            kept.append((here, one))
    return kept


def _events(given: Any, streams: set[str], faults: Faults) -> list[EventType]:
    found = []
    for here, one in _tables("event", given, _EVENT, faults):
        words = _words(f"{here}.words", one.get("words", one["name"]), faults)
        lift = one.get("lift")
        fits, allowed = _number(0, 20)
        if not isinstance(lift, Mapping) or not lift:
            faults.append((f"{here}.lift", lift, "a table of stream = factor"))
            continue
        faults += [(f"{here}.lift.{s}", v, allowed) for s, v in lift.items() if not fits(v)]
        faults += [
            (f"{here}.lift.{s}", "no such stream", ", ".join(sorted({*streams, model.OTHER})))
            for s in lift
            if s.partition("/")[0] not in streams and s != model.OTHER
        ]
        if words is not None:
            found.append(EventType(one["name"], words, {s: float(v) for s, v in lift.items() if fits(v)}))
    return found


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _days(where: str, given: Any, faults: Faults) -> tuple[date, ...]:
    if isinstance(given, list) and all(_is_day(d) for d in given):
        return tuple(given)
    faults.append((where, given, "a list of dates without quotes, such as [2026-02-17]"))
    return ()


def _yearly(where: str, given: Any, faults: Faults) -> tuple[tuple[int, int], tuple[int, int]] | None:
    if given is None:
        return None
    ends = [given.get(k) for k in ("first", "last")] if isinstance(given, Mapping) else [None]
    texts = [e for e in ends if isinstance(e, str) and _MONTH_DAY.fullmatch(e)]
    if len(texts) == 2:
        first, last = ((int(e[:2]), int(e[3:])) for e in texts)
        return first, last
    faults.append((where, given, '{ first = "10-01", last = "10-07" }'))
    return None


def _lunar_days(where: str, given: Any, anchors: Mapping[str, tuple[date, ...]], faults: Faults) -> set[date]:
    if given is None:
        return set()
    fits = _number(-40, 40, whole=True)[0]
    if (
        isinstance(given, Mapping)
        and given.get("day") in anchors
        and fits(given.get("first"))
        and fits(given.get("last"))
    ):
        span = range(given["first"], given["last"] + 1)
        return {day + timedelta(days=k) for day in anchors[given["day"]] for k in span}
    names = ", ".join(sorted(anchors)) or "of [lunar]"
    faults.append((where, given, f"{{ day = one of {names}, first = -1, last = 6 }}"))
    return set()


def _holidays(given: Any, lunar: Any, faults: Faults) -> list[Holiday]:
    if not isinstance(lunar, Mapping):
        faults.append(("lunar", lunar, "a table of lists of dates"))
        lunar = {}
    anchors = {name: _days(f"lunar.{name}", days, faults) for name, days in lunar.items()}
    found = []
    for here, one in _tables("holiday", given, _HOLIDAY, faults):
        words = _words(f"{here}.words", one.get("words", one["name"]), faults)
        areas = one.get("areas", [])
        if not isinstance(areas, list) or not all(_TEXT[0](a) for a in areas):
            faults.append((f"{here}.areas", areas, 'a list of codes such as ["CN"]'))
            areas = []
        days = set(_days(f"{here}.days", one.get("days", []), faults))
        days |= _lunar_days(f"{here}.lunar", one.get("lunar"), anchors, faults)
        yearly = _yearly(f"{here}.yearly", one.get("yearly"), faults)
        if words is not None:
            found.append(Holiday(one["name"], words, tuple(areas), frozenset(days), yearly))
    return found
