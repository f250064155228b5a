"""The public notice of an ordered zone: plain, by unit, what applies, since when and until when.

Chapter 11: reads an order's units and rule, gives text in both languages; holds nobody's data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fireline.bulletins.lint import lint_public_text
from fireline.errors import UserError
from fireline.policy.terms import term
from fireline.words import Words
from fireline.zones.explain import LEVEL_WORDS
from fireline.zones.model import LEVELS

MEANS = {
    "sealed": Words("足不出户，服务上门", "stay at home; what you need is brought to the door"),
    "managed": Words(
        "人不出区，错峰取物，不聚集", "stay inside the area; collect goods at set times; no gatherings"
    ),
    "precaution": Words("减少聚集，做好个人防护", "avoid gatherings and protect yourself"),
}
"""What a level asks of people, as the editions that define it say in their own words."""

PLACES = frozenset({"address"})
"""Findings that a notice of places may hold: the name of a unit can read like an address."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What the public reads.

    Attributes
    ----------
    text : Words, lines of plain text
    rows : (unit id, level, what it means), strict to mild
    """

    text: Words
    rows: tuple[tuple[str, str, Words], ...]


def notice_of(
    *,
    number: int,
    levels: Mapping[str, str],
    starts_at: datetime,
    earliest: Mapping[str, datetime | None],
    exceptions: Sequence[tuple[str, str, str, str]],
    rule_id: str,
    edition: str,
    tz: ZoneInfo,
) -> Notice:
    """Make the notice of one order.

    Parameters
    ----------
    levels : unit id -> sealed, managed or precaution
    earliest : level -> earliest hour it may be lifted, if nothing new happens; None = not known
    exceptions : (kind, name, unit id, measures)
    tz : time zone that hours are said in

    Raises
    ------
    UserError   a name of a unit or exception holds personal data
    """
    rows = tuple(
        (unit_id, level, MEANS[level])
        for level in LEVELS
        for unit_id in sorted(u for u, mine in levels.items() if mine == level)
    )
    zh = [f"区域管控通告 第 {number} 号", f"自 {_hour(starts_at, tz)} 起："]
    en = [f"Zone notice no. {number}", f"From {_hour(starts_at, tz)}:"]
    for level in LEVELS:
        units = [unit for unit, mine, _ in rows if mine == level]
        if not units:
            continue
        name, means, until = LEVEL_WORDS[level], MEANS[level], earliest.get(level)
        zh.append(f"{name.zh}（{means.zh}）：{'、'.join(units)}")
        en.append(f"{name.en.capitalize()} ({means.en}): {', '.join(units)}")
        if until is not None:
            zh.append(f"　如无新情况，最早 {_hour(until, tz)} 解除或降级；届时另行通告。")
            en.append(
                f"  If nothing new happens it may end or be eased from {_hour(until, tz)}; "
                "a notice will say so."
            )
    for kind, name_, unit_id, measures in exceptions:
        what = term("zone_exception", kind)
        zh.append(f"例外：{name_}（{what.zh}，{unit_id}）照常运行：{measures}")
        en.append(f"Exception: {name_} ({what.en}, {unit_id}) keeps working: {measures}")
    zh.append(f"依据：{rule_id}（{edition}）。不在上列单元内的居民不受此通告限制。")
    en.append(f"Rule: {rule_id} ({edition}). Whoever lives in no unit listed here is not restricted by it.")
    text = Words("\n".join(zh), "\n".join(en))
    wrong = sorted(
        {f.kind for words in (text.zh, text.en) for f in lint_public_text(words) if f.kind not in PLACES}
    )
    if wrong:
        raise UserError(
            Words(
                f"通告：单元或例外单位名称中有个人信息（{'、'.join(wrong)}）；请改名后再公布",
                f"notice: a unit or exception name holds personal data ({', '.join(wrong)}); rename it first",
            )
        )
    return Notice(text, rows)


def _hour(at: datetime, tz: ZoneInfo) -> str:
    return f"{at.astimezone(tz):%Y-%m-%d %H:%M}"
