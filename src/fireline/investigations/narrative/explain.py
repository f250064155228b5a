"""Say in words what a part states, why a clause was not read, and what is uncertain, in both languages.

Chapter 6: used by read, write and the pages.
"""

from __future__ import annotations

from fireline.investigations.narrative.model import (
    DWELLING,
    DWELLING_ZH,
    HOME,
    HOME_ZH,
    PARTS_OF_DAY,
    SOME_PLACE_ZH,
    VEHICLES,
    Clock,
    Day,
    Days,
    Part,
    Times,
    Unread,
    Vehicle,
)
from fireline.words import Words

_REASONS = {
    "nothing": Words(
        zh="没有读出日期、时间、地点或交通工具。", en="No date, time, place or vehicle was recognised."
    ),
    "no_place": Words(
        zh="有日期或时间，没有读出地点或交通工具。",
        en="A date or time, but no place or vehicle.",
    ),
    "no_date": Words(
        zh="读出了地点或交通工具，前文没有日期。", en="A place or vehicle, but no date is stated before it."
    ),
    "no_month": Words(zh="只有日，前文没有月份。", en="A day alone, and no month is stated before it."),
    "bad_date": Words(
        zh="没有这一天，或结束早于开始。", en="There is no such day, or it ends before it begins."
    ),
    "bad_time": Words(zh="没有这个时刻。", en="There is no such time of day."),
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_STOPS_EN = {HOME_ZH: "home", DWELLING_ZH: "the home of relatives or friends", SOME_PLACE_ZH: "a place"}


def explain_unread(unread: Unread) -> Words:
    """Why a clause was not, or not fully, understood."""
    return _REASONS[unread.reason]


def explain_part(part: Part) -> Words:
    """One stay or leg in a sentence: when, where, by what, and how exactly the time is stated."""
    when = when_words(part)
    said = {
        "minute": Words(zh="精确到分钟", en="to the minute"),
        "hour": Words(zh="精确到小时", en="to the hour"),
        "part": Words(zh="只有时段", en="part of the day only"),
        "day": Words(zh="只有日期", en="day only"),
    }[part.precision]
    bases = {d.basis for days in part.days for d in (days.first, days.last)}
    note_zh = "，年份按跨年推算" * ("turned" in bases) + "，没有年份" * ("unknown" in bases)
    note_en = ", year turned over from the date before" * ("turned" in bases) + ", no year" * (
        "unknown" in bases
    )
    what = place_words(part) if part.kind == "stay" else leg_words(part)
    return Words(
        zh=f"{when.zh}{what.zh}（{said.zh}{note_zh}）", en=f"{when.en}{what.en} ({said.en}{note_en})"
    )


def notes_on(parts: tuple[Part, ...]) -> tuple[Words, ...]:
    """What holds for the text as a whole: dates without a year, years carried over the turn of the year."""
    bases = [d.basis for p in parts for days in p.days for d in (days.first, days.last)]
    notes = []
    if "unknown" in bases:
        notes.append(
            Words(
                zh="部分日期没有年份，未作推测；可在读入时给出年份。",
                en="Some dates have no year and none was guessed; give the year when reading.",
            )
        )
    if "turned" in bases:
        notes.append(
            Words(
                zh="部分年份按跨年推算，请核对。",
                en="Some years were turned over at the end of December; check them.",
            )
        )
    return tuple(notes)


def day_words(day: Day) -> Words:
    """As "2021年1月5日" and "5 January 2021", without the year where it is not known."""
    zh = f"{day.month}月{day.day}日"
    en = f"{day.day} {_MONTHS[day.month - 1]}"
    return Words(zh=zh, en=en) if day.year is None else Words(zh=f"{day.year}年{zh}", en=f"{en} {day.year}")


def days_words(days: Days) -> Words:
    """One day, or "first 至 last"."""
    first, last = day_words(days.first), day_words(days.last)
    if days.first.text == days.last.text:
        return first
    return Words(zh=f"{first.zh}至{last.zh}", en=f"{first.en} to {last.en}")


def clock_words(clock: Clock) -> Words:
    """As "10时23分许" and "about 10:23", as exact as it is stated."""
    if clock.hour is None:
        zh, en = PARTS_OF_DAY[clock.part][:2]
    elif clock.minute is None:
        zh, en = f"{clock.hour}时", f"{clock.hour}h"
    else:
        zh, en = f"{clock.hour}时{clock.minute:02d}分", f"{clock.hour}:{clock.minute:02d}"
    return Words(zh=f"{zh}许", en=f"about {en}") if clock.is_about else Words(zh=zh, en=en)


def times_words(times: Times) -> Words:
    """One time, or "start 至 end"."""
    start = clock_words(times.start)
    if times.end is None:
        return start
    end = clock_words(times.end)
    return Words(zh=f"{start.zh}至{end.zh}", en=f"{start.en} to {end.en}")


def when_words(part: Part) -> Words:
    """Days and times of a part with the mark that ends them; nothing is said where nothing is known."""
    days = [days_words(d) for d in part.days]
    times = [times_words(t) for t in part.times]
    zh = "、".join(d.zh for d in days) + "、".join(t.zh for t in times)
    en = ", ".join(
        [" and ".join(d.en for d in days)] * bool(days) + [" and ".join(t.en for t in times)] * bool(times)
    )
    return Words(zh=f"{zh}，" if zh else "日期不详，", en=f"{en}: " if en else "Date not known: ")


def vehicle_words(vehicle: Vehicle) -> Words:
    """As "G771次列车3车厢" and "train G771, carriage 3"; the seat is never named."""
    zh, en = VEHICLES[vehicle.kind]
    if vehicle.number:
        zh = {
            "flight": f"{vehicle.number}航班",
            "train": f"{vehicle.number}次列车",
            "metro": f"地铁{vehicle.number}号线",
            "bus": f"{vehicle.number}路公交车",
        }.get(vehicle.kind, zh)
        en = f"{en} {vehicle.number}"
    if vehicle.carriage:
        zh, en = f"{zh}{vehicle.carriage}车厢", f"{en}, carriage {vehicle.carriage}"
    return Words(zh=zh, en=en)


def place_words(part: Part) -> Words:
    """Where a stay was: the place's words, or "住处" and "亲友家" for homes."""
    if part.place_kind == HOME:
        return Words(zh=f"在{HOME_ZH}", en="at home")
    if part.place_kind == DWELLING:
        return Words(zh=f"在{DWELLING_ZH}", en="at the home of relatives or friends")
    return Words(zh=f"在{part.place}", en=f"at {_STOPS_EN.get(part.place, part.place)}")


def leg_words(part: Part) -> Words:
    """What a leg was travelled by, and between which stops."""
    assert part.vehicle is not None
    by = vehicle_words(part.vehicle)
    zh = {
        (True, True): f"（{part.origin}至{part.destination}）",
        (True, False): f"（{part.origin}出发）",
        (False, True): f"（到{part.destination}）",
        (False, False): "",
    }[bool(part.origin), bool(part.destination)]
    start, end = (_STOPS_EN.get(stop, stop) for stop in (part.origin, part.destination))
    en = f" from {start}" * bool(start) + f" to {end}" * bool(end)
    return Words(zh=f"乘坐{by.zh}{zh}", en=f"by {by.en}{en}")
