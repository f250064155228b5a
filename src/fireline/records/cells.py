"""Read the cells of one column: text in, typed values out, unreadable ones marked.

Chapter 2: used by ``records.clean``; knows nothing of rows or files.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from fireline.errors import FaultCode, unshown
from fireline.feeds.synonyms import CODES, TRUTH, plain
from fireline.feeds.tables import Column, Kind
from fireline.records.instants import ALLOWED, FIRST_YEAR, LAST_YEAR, Moment, read_moments, read_week
from fireline.records.model import INSTANT
from fireline.words import Words

_FAST_FROM = 500
_WITH_SECONDS = re.compile(r"^.{16}:\d\d")
_LOCAL = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
_OFFSET = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:Z|[+-](?:0\d|1[0-3]):\d\d)$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$")
_MAX_KEY, _MAX_TEXT, _MAX_GEOMETRY = 200, 10_000, 1_000_000
_TRUE_OR_FALSE = (FaultCode.NOT_TRUE_OR_FALSE, Words("是或否（true、false）", "true or false"))
_AN_IDENTIFIER = (
    FaultCode.NOT_AN_IDENTIFIER,
    Words(
        f"编号：最多 {_MAX_KEY} 个可见字符，不能是公式",
        f"an identifier of at most {_MAX_KEY} visible characters, no formula",
    ),
)
_A_GEOMETRY = (FaultCode.NOT_A_GEOMETRY, Words("GeoJSON 几何对象", "a GeoJSON geometry"))
_A_TEXT = (
    FaultCode.NOT_A_TEXT,
    Words(f"最多 {_MAX_TEXT} 个字符的文本", f"text of at most {_MAX_TEXT} characters"),
)
_AN_OPEN_TEXT = (
    FaultCode.NOT_A_TEXT,
    Words(
        f"最多 {_MAX_TEXT} 个字符的文本，不能是证件号或电话",
        f"text of at most {_MAX_TEXT} characters that is no identity or phone number",
    ),
)
_NOTHING = Words("空", "nothing")
_CODE_WORD = re.compile(r"[a-z][a-z_-]{0,15}|[A-Z]{1,3}|\d{1,3}")
_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_WRITTEN = re.compile(rf"(?i)(?:[\d\s.,:/+<>~%年月日时分点上下午岁-]|{_MONTHS}|am|pm|utc|gmt|[tz])+")
_IDENTITY_NUMBER = re.compile(r"\d{17}[\dXx]|\d{15}|(?:\+?86[ -]?)?1[3-9]\d{9}")
_LONG_DIGITS = re.compile(r"\d{7,}")
_DATE_DIGITS = re.compile(r"^(?:19|20)\d{6}(?:\d{4}|\d{6})?$")
_GEOMETRIES = {
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
}


@dataclass(frozen=True, slots=True)
class Cells:
    """One column after reading.

    Attributes
    ----------
    values : Series of the cleaned type, null where nothing or nothing readable was written
    precision : Series of String or None, for instants
    is_bad : Series of Boolean, something was written that cannot be read
    code : FaultCode, what an unreadable cell is called
    allowed : Words, what would have been accepted
    is_partial : Series of Boolean or None, a day was read but not the time of day beside it
    """

    values: pl.Series
    precision: pl.Series | None
    is_bad: pl.Series
    code: FaultCode
    allowed: Words
    is_partial: pl.Series | None = None


def read_cells(
    text: pl.Series, column: Column, *, tz: ZoneInfo, order: str = "", serials: bool = False
) -> Cells:
    """Read one column.

    Parameters
    ----------
    text : Series of String; null or blank = nothing written
    column : what is promised
    tz : zone of times without an offset
    order, serials : see ``instants.read_moment``
    """
    trimmed = text.str.strip_chars("\u3000\u00a0\ufeff \t\r\n")
    written = trimmed.set(trimmed == "", None)
    distinct = written.drop_nulls().unique(maintain_order=True).to_list()
    if column.kind is Kind.INSTANT:
        return _instants(written, distinct, tz, order, serials)
    if column.kind is Kind.DATE:
        moments = read_moments(distinct, order=order, serials=serials)
        read_days = {v: read_week(v) if m is None else m.day(tz) for v, m in moments.items()}
        days = {v: day for v, day in read_days.items() if day is not None}
        return _cells(written, days, pl.Date(), (FaultCode.NOT_A_TIME, ALLOWED))
    read, dtype, asked = _reader(column)
    found = {v: value for v in distinct if (value := read(v)) is not None}
    return _cells(written, found, dtype, asked)


_Asked = tuple[FaultCode, Words]
"""What an unreadable cell is called, and what would have been accepted."""


def _cells(written: pl.Series, found: Mapping[str, object], dtype: pl.DataType, asked: _Asked) -> Cells:
    values = _look_up(written, found, dtype)
    return Cells(values, None, written.is_not_null() & values.is_null(), *asked)


def _look_up(written: pl.Series, found: Mapping[str, object], dtype: pl.DataType) -> pl.Series:
    if not found:
        return pl.Series(written.name, [None] * len(written), dtype=dtype)
    new = pl.Series(list(found.values()), dtype=dtype)
    return written.replace_strict(list(found), new, default=None, return_dtype=dtype)


def _instants(written: pl.Series, distinct: list[str], tz: ZoneInfo, order: str, serials: bool) -> Cells:
    fast = fast_instants(written, tz) if len(distinct) > _FAST_FROM else None
    if fast is not None:
        distinct = written.filter(fast.is_null()).drop_nulls().unique(maintain_order=True).to_list()
    read = read_moments(distinct, order=order, serials=serials, is_timed=fast is not None)
    moments = {v: m for v, m in read.items() if m is not None}
    micros = {v: _micros(m, tz) for v, m in moments.items()}
    values = _look_up(written, dict(micros), pl.Int64()).cast(INSTANT)
    precision = _look_up(written, {v: m.precision for v, m in moments.items()}, pl.String())
    if fast is not None:
        precision = precision.set(fast.is_not_null(), "minute")
        values = fast.zip_with(fast.is_not_null(), values).alias(written.name)
    partial = written.is_in([v for v, m in moments.items() if not m.is_whole]).fill_null(value=False)
    is_bad = written.is_not_null() & values.is_null()
    return Cells(values, precision, is_bad, FaultCode.NOT_A_TIME, ALLOWED, partial)


def fast_instants(written: pl.Series, tz: ZoneInfo) -> pl.Series | None:
    """Instants of a whole column at once, for the two commonest ways of writing them.

    Parameters
    ----------
    written : Series of String
    tz : zone of times without an offset

    Returns
    -------
    Series of instants, null where the slow reader has to look; None where no time of day is seen (a
    column of midnights is a column of days, which the slow reader decides)
    """
    text = written.str.replace("T", " ", literal=True)
    text = text.zip_with(text.str.contains(_WITH_SECONDS.pattern), text.str.replace(r"^(.{16})", "$1:00"))
    local = text.set(~text.str.contains(_LOCAL.pattern), None)
    local = local.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    with_offset = text.set(~text.str.contains(_OFFSET.pattern), None).str.replace("Z", "+00:00", literal=True)
    # a clock time above 23:59 or a missing hour of the clock change is left to the slow reader
    fixed = with_offset.str.to_datetime("%Y-%m-%d %H:%M:%S%:z", strict=False, time_zone="UTC")
    if not fixed.is_not_null().any() and not (local.dt.time() != time(0)).any():
        return None
    there = local.dt.replace_time_zone(tz.key, ambiguous="earliest", non_existent="null")
    there = there.dt.convert_time_zone("UTC")
    both = there.zip_with(there.is_not_null(), fixed).cast(INSTANT)
    year = both.dt.year()
    return both.set(((year <= FIRST_YEAR) | (year >= LAST_YEAR)).fill_null(value=False), None)


def _micros(moment: Moment, tz: ZoneInfo) -> int:
    return (moment.instant(tz) - _EPOCH) // timedelta(microseconds=1)


_Reader = tuple[Callable[[str], object], pl.DataType, _Asked]


def _reader(column: Column) -> _Reader:
    """(function of one value, type, what is allowed) for every kind but times."""
    if column.kind is Kind.CODE:
        others = CODES.get(column.name, {})
        codes = {plain(c): c for c in column.codes} | {w: c for w, c in others.items() if c in column.codes}
        allowed = Words("下列之一：" + "、".join(column.codes), "one of " + ", ".join(column.codes))
        return lambda v: codes.get(plain(v)), pl.String(), (FaultCode.NOT_A_CODE, allowed)
    if column.kind is Kind.BOOLEAN:
        return lambda v: TRUTH.get(plain(v)), pl.Boolean(), _TRUE_OR_FALSE
    if column.kind in (Kind.NUMBER, Kind.INTEGER):
        return _number_reader(column)
    if column.kind is Kind.KEY:
        return read_key, pl.String(), _AN_IDENTIFIER
    if column.kind is Kind.GEOMETRY:
        return _geometry, pl.String(), _A_GEOMETRY
    if not column.identity:
        return read_open_text, pl.String(), _AN_OPEN_TEXT
    return read_text, pl.String(), _A_TEXT


def _number_reader(column: Column) -> _Reader:
    low, high = column.minimum, column.maximum
    is_whole = column.kind is Kind.INTEGER

    def read(text: str) -> object:
        value = read_number(text)
        if value is None or (low is not None and value < low) or (high is not None and value > high):
            return None
        if is_whole:
            return int(value) if value.is_integer() and abs(value) < 1e15 else None
        return value

    kind = Words("整数", "a whole number") if is_whole else Words("数字", "a number")
    allowed = _spanned(kind, low, high)
    return read, pl.Int64() if is_whole else pl.Float64(), (FaultCode.NOT_A_NUMBER, allowed)


def _spanned(kind: Words, low: float | None, high: float | None) -> Words:
    if low is not None and high is not None:
        return Words(f"{kind.zh}，{low:g} 至 {high:g}", f"{kind.en} from {low:g} to {high:g}")
    if low is not None:
        return Words(f"{kind.zh}，不小于 {low:g}", f"{kind.en} of at least {low:g}")
    return kind if high is None else Words(f"{kind.zh}，不大于 {high:g}", f"{kind.en} of at most {high:g}")


def read_number(text: str) -> float | None:
    """A finite number, full-width digits and thousands commas understood; None where it is none."""
    found = unicodedata.normalize("NFKC", text).strip()
    if len(found) > 40 or not _NUMBER.match(found) or not any(c.isdigit() for c in found):
        return None
    try:
        value = float(found.replace(",", ""))
    except ValueError:  # "E0": the characters of a number, but none
        return None
    return value if value - value == 0 else None


def _is_hidden(character: str) -> bool:
    """Control, bidirectional and zero-width characters: not seen, but they make keys differ."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def read_key(text: str) -> str | None:
    """An identifier in composed form; None with hidden characters, a formula, or too long."""
    key = unicodedata.normalize("NFC", text)
    if len(key) > _MAX_KEY or key[0] in "=@＝＠":
        return None
    if key.isascii():
        return key if key.isprintable() else None
    return None if any(_is_hidden(c) for c in key) else key


def read_text(text: str) -> str | None:
    """Text in composed form without hidden characters; None where nothing is left or it is too long."""
    if len(text) > _MAX_TEXT:
        return None
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) or None
    kept = "".join(" " if c in "\t\r\n" else c for c in text if c in "\t\r\n" or not _is_hidden(c))
    return " ".join(unicodedata.normalize("NFC", kept).split()) or None


def read_open_text(text: str) -> str | None:
    """Text of a column that everybody may read; None also where it is an identity or phone number."""
    found = read_text(text)
    return None if found is None or _IDENTITY_NUMBER.fullmatch(found) else found


def _geometry(text: str) -> str | None:
    if len(text) > _MAX_GEOMETRY:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("type") not in _GEOMETRIES:
        return None
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def shown(value: str | None, column: Column) -> Words:
    """What may be said of a cell in a fault: dates, codes and numbers as written, else type and length.

    What slipped into the wrong column is never shown: a long run of digits (a phone or identity number), in
    a column of codes anything but a short plain word (a name), in one of dates or numbers any other word.
    """
    if value is None:
        return _NOTHING
    open_kinds = (Kind.CODE, Kind.INSTANT, Kind.DATE, Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN)
    text = value.strip()
    is_open = column.kind in open_kinds and not column.person and not column.identity
    if is_open and len(text) <= 24 and (not _LONG_DIGITS.search(text) or _DATE_DIGITS.match(text)):
        is_word = column.kind in (Kind.CODE, Kind.BOOLEAN)
        if (_CODE_WORD if is_word else _WRITTEN).fullmatch(text) and (is_word or re.search(r"\d", text)):
            return Words.same(text)
    return unshown(value)
