"""Why a search found something, in words: companions, people near a case, places that cases share.

Chapter 7: read by the commands and the faces; every text says what, where, when, by which rule,
and what would change it.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from fireline.contacts.backward import CommonPlaces
from fireline.contacts.companions import DAY_S, HOUR_S, Companions
from fireline.contacts.near import NearBy
from fireline.policy.model import Rule
from fireline.words import Words


def why_companion(companions: Companions, row: int, *, case: str, cell: str, tz: ZoneInfo) -> Words:
    """The whole reason for one companion.

    Parameters
    ----------
    companions : Companions
    row : int   row of ``companions.found``
    case : str   how the case is called here
    cell : str   how the cell is called here, such as Grid.name gives it
    tz : time zone in which times are told
    """
    found, rule = companions.found, companions.rule
    first, last = (_local(int(c[row]), tz) for c in (found.first_s, found.last_s))
    n, edge = int(found.episodes[row]), f"{rule.grid_m:g}"
    together, longest = (_minutes(int(c[row])) for c in (found.together_s, found.longest_s))
    zh = (
        f"{first} 至 {last} 与病例 {case} 在网格 {cell}（边长 {edge} 米）同处 {together} 分钟"
        f"（{n} 次，最长 {longest} 分钟）"
    )
    en = (
        f"{first} to {last}: in grid cell {cell} (edge {edge} m) together with case {case} for "
        f"{together} min ({n} time(s), the longest {longest} min)"
    )
    if rule.stay_longer_than_s is not None:
        where = Words("该网格", "that cell") if companions.stay_in == "cell" else Words("全区域", "the area")
        days = f"{rule.stay_window_s / DAY_S:g}"
        mine, theirs = (_hours(int(c[row])) for c in (found.case_stay_s, found.person_stay_s))
        zh += f"；此前 {days} 天在{where.zh}停留：病例 {mine} 小时，本人 {theirs} 小时"
        en += f"; stay in {where.en} in the {days} days before: case {mine} h, this person {theirs} h"
    asks, change = _asked(companions)
    name, edition = rule.rule.id, rule.rule.edition
    return Words(
        f"{zh}。按规则 {name}（{edition}）为时空伴随者：{asks.zh}。{change.zh}{companions.advice.zh}",
        f"{en}. Spatio-temporal companion by rule {name} ({edition}): {asks.en}. {change.en} "
        f"{companions.advice.en}",
    )


def _asked(companions: Companions) -> tuple[Words, Words]:
    """What the rule asks, and what would change the answer."""
    rule = companions.rule
    minutes = f"{rule.longer_than_s / 60:g}"
    one = companions.minutes_of == "episode"
    together = Words(
        f"{'一次' if one else '累计'}同处超过 {minutes} 分钟",
        f"together for more than {minutes} min {'at a time' if one else 'in all'}",
    )
    if rule.stay_longer_than_s is None:
        return together, Words(
            f"若同处不超过 {minutes} 分钟，则不是。",
            f"No longer if they were together for {minutes} min or less.",
        )
    hours = f"{rule.stay_longer_than_s / HOUR_S:g}"
    is_and = rule.join == "and"
    asks = Words(
        f"{together.zh}，{'且' if is_and else '或'}任一方停留超过 {hours} 小时",
        f"{together.en}, {'and' if is_and else 'or'} a stay of either of more than {hours} h",
    )
    join = Words("或", "or") if is_and else Words("且", "and")
    change = Words(
        f"若同处不超过 {minutes} 分钟，{join.zh}双方停留都不超过 {hours} 小时，则不是。",
        f"No longer if they were together for {minutes} min or less {join.en} "
        f"neither stayed more than {hours} h.",
    )
    return asks, change


def why_near(
    hits: NearBy, row: int, *, case: str, metres: float, seconds: float, tz: ZoneInfo, rule: Rule | None
) -> Words:
    """The whole reason for one person who was near a case.

    Parameters
    ----------
    hits : NearBy
    row : int
    case : str   how the case is called here
    metres, seconds : float   what was asked for
    tz : time zone in which times are told
    rule : Rule or None   where the two numbers come from; None says that no rule gives them
    """
    first, last = (_local(int(c[row]), tz) for c in (hits.first_s, hits.last_s))
    near_s, n = _seconds(int(hits.near_s[row])), int(hits.episodes[row])
    nearest, limit, time = f"{hits.nearest_m[row]:.1f}", f"{metres:g}", f"{seconds:g}"
    by = _by(rule)
    return Words(
        f"{first} 至 {last} 与病例 {case} 相距不足 {limit} 米共 {near_s.zh}（{n} 次，最近 {nearest} 米）。"
        f"{by.zh}：不足 {limit} 米且一次超过 {time} 秒。若每次距离达到 {limit} 米或不超过 {time} 秒，则不是；"
        "定位误差可能大于此距离。",
        f"{first} to {last}: less than {limit} m from case {case} for {near_s.en} ({n} time(s), nearest "
        f"{nearest} m). {by.en}: less than {limit} m for more than {time} s at a time. No longer if each "
        f"time they were {limit} m or more apart, or {time} s or less; positions may be "
        "wrong by more than that.",
    )


def why_common_place(
    places: CommonPlaces, row: int, *, cases: list[str], place: str, tz: ZoneInfo, rule: Rule | None
) -> Words:
    """The whole reason why a place is listed as shared by cases.

    Parameters
    ----------
    places : CommonPlaces
    row : int
    cases : list of str   how the cases asked about are called here, in their order
    place : str   how the place is called here
    tz : time zone in which times are told
    rule : Rule or None   the look-back the windows come from; None says that no rule gives it
    """
    stays = places.stays
    names = [cases[int(c)] for c in stays.case_i[stays.place_i == places.place_i[row]]]
    first, last = (_local(int(c[row]), tz) for c in (places.first_s, places.last_s))
    n, asked, others = int(places.n_cases[row]), places.n_asked, int(places.n_others[row])
    hours, expected = _hours(int(places.case_s[row])), f"{places.expected[row]:.2g}"
    ratio, rank, by = f"{places.log_ratio[row]:.1f}", row + 1, _by(rule)
    return Words(
        f"{asked} 例病例中有 {n} 例（{'、'.join(names)}）发病前到过场所 {place}，{first} 至 {last}，"
        f"合计 {hours} 小时；同期另有 {others} 人到过。按众人的去向预期 {expected} 例，对数似然比 {ratio}，"
        f"排第 {rank}。{by.zh}。若到过的病例减少，或到过的其他人增多，排位会下降；"
        "这只是线索，不能认定为传染来源。",
        f"{n} of {asked} cases ({', '.join(names)}) were at place {place} before onset, {first} to {last}, "
        f"{hours} h together; {others} other people were there meanwhile. {expected} cases would be expected "
        f"if cases went where everybody goes: log likelihood ratio {ratio}, rank {rank}. {by.en}. It ranks "
        "lower with fewer cases or more other visitors; a lead to follow, not a finding that this is "
        "the source.",
    )


def _by(rule: Rule | None) -> Words:
    if rule is None:
        return Words(
            "没有生效的规则给出这些数值，由查询人填写",
            "No rule in force gives these numbers; the asker chose",
        )
    return Words(f"按规则 {rule.id}（{rule.edition}）", f"By rule {rule.id} ({rule.edition})")


def _local(second: int, tz: ZoneInfo) -> str:
    return datetime.fromtimestamp(second, tz).isoformat(" ")[:16]


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:.1f}".removesuffix(".0")


def _hours(seconds: int) -> str:
    return f"{seconds / HOUR_S:.1f}".removesuffix(".0")


def _seconds(seconds: int) -> Words:
    if seconds < 120:
        return Words(f"{seconds} 秒", f"{seconds} s")
    return Words(f"{_minutes(seconds)} 分钟", f"{_minutes(seconds)} min")
