"""Find times of day: "10时23分", "9时30分至10时50分", "18:00", "下午2时许", "晚", each as exact as stated.

Chapter 6: used by read.
"""

from __future__ import annotations

import re

from fireline.investigations.narrative.model import Clock, Mention, Times, Unread

_WORDS = {
    "凌晨": "night", "半夜": "night",
    "清晨": "early", "清早": "early", "早晨": "early", "早上": "early", "一早": "early", "早": "early",
    "上午": "forenoon", "中午": "noon", "午间": "noon", "正午": "noon", "白天": "daytime",
    "下午": "afternoon", "午后": "afternoon", "傍晚": "dusk",
    "晚上": "evening", "晚间": "evening", "夜间": "evening", "夜里": "evening",
    "深夜": "evening", "晚": "evening",
}  # fmt: skip
_LATE = frozenset({"afternoon", "dusk", "evening"})
_TO = r"\s?(?:[-—–~～－]{1,2}|至|到)\s?"
_PART = (
    r"凌晨|半夜|清晨|清早|早晨|早上|一早|上午|中午|午间|正午|白天|下午|午后|傍晚|晚上|晚间|夜间|夜里|深夜"
    r"|(?<=[日号天当今昨每次])[早晚](?![餐饭宴会班市晚自])|[早晚](?=\s?\d\d?\s?[时点:：])"
)


def _clock(n: int) -> str:
    """Hour and minute, as groups h, m, n, half with a number; minutes without 分 need two digits."""
    return (
        rf"(?P<h{n}>\d\d?)\s?(?:[:：]\s?(?P<c{n}>\d\d)(?!\d)分?"
        r"|(?:时(?![间候段长期常隔差速装代而刻尚光])|点(?![位心评名餐菜单歌]))钟?"
        rf"(?:\s?(?P<m{n}>\d\d?)分(?!钟)|(?P<n{n}>\d\d)(?![\d日月年次路号个名人米例:：时点分])|(?P<half{n}>半))?)"
    )


_TIME = re.compile(
    rf"""(?=[\d凌半清早一上中午正白下傍晚夜深])(?:(?:(?P<p1>{_PART})的?\s?)?(?<![\d:：.月]){_clock(1)}
         (?:(?:许|左右)?{_TO}(?:当日|当天|次日|第二天)?(?P<p2>{_PART})?\s?{_clock(2)})?
    | (?:(?P<p3>{_PART})的?\s?)?(?<![\d:：.月])(?P<h3>\d\d?){_TO}{_clock(4)}
    | (?P<alone>{_PART}))""",
    re.X,
)
_ABOUT = re.compile(r"许|左右|前后|多(?![次个名])")


def find_times(text: str) -> tuple[list[Mention], list[Unread]]:
    """Every time of day of a text.

    Returns
    -------
    (mentions, unread)   by place; ``unread`` holds times that no clock shows
    """
    mentions: list[Mention] = []
    unread: list[Unread] = []
    for found in _TIME.finditer(text):
        times = _times(found, is_about=bool(_ABOUT.match(text, found.end())))
        if times is None:
            unread.append(Unread(found.start(), found.end(), "bad_time"))
        else:
            mentions.append(Mention("time", found.start(), found.end(), times.text, times))
    return mentions, unread


def _times(found: re.Match[str], *, is_about: bool) -> Times | None:
    if found["alone"]:
        return Times(Clock(part=_WORDS[found["alone"]]))
    part = _WORDS.get(found["p1"] or found["p3"] or "", "")
    if found["h3"]:
        start, end = _read(found["h3"], None, part), _numbered(found, 4, part)
        if end is None:
            return None
    else:
        start = _numbered(found, 1, part)
        end = _numbered(found, 2, _WORDS.get(found["p2"] or "", part)) if found["h2"] else None
        if found["h2"] and end is None:
            return None
    if start is None:
        return None
    if not is_about:
        return Times(start, end)
    about = Clock(start.hour, start.minute, start.part, is_about=True)
    return Times(about, end and Clock(end.hour, end.minute, end.part, is_about=True))


def _numbered(found: re.Match[str], n: int, part: str) -> Clock | None:
    minute = found[f"c{n}"] or found[f"m{n}"] or found[f"n{n}"]
    return _read(found[f"h{n}"], "30" if found[f"half{n}"] else minute, part)


def _read(hour: str, minute: str | None, part: str) -> Clock | None:
    """A clock time of the 24-hour day; afternoon and evening hours below 12 are hours after noon."""
    h, m = int(hour), None if minute is None else int(minute)
    if (part in _LATE and h < 12) or (part == "noon" and h < 10):
        h += 12
    elif (part == "evening" and h == 12) or (part == "night" and h == 12):
        h = 24 if part == "evening" else 0
    return None if h > 24 or (m or 0) > 59 or (h == 24 and m) else Clock(h, m)
