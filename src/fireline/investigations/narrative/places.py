"""Find places: noun phrases that a verb leads to, that end like a place, or that continue a list.

Chapter 6: used by read, after dates, times and vehicles are found; their characters and the punctuation cut
the text into pieces, and no place crosses a piece.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from fireline.investigations.narrative.model import Mention
from fireline.investigations.narrative.place_words import (
    ACTIONS,
    ENDS,
    LEADS,
    NOT_LEADS,
    RELATIONS,
    WEAK_ENDS,
)

LONGEST = 40
"""Characters; a place is not longer."""
LONGEST_PIECE = 400
"""Characters without any mark, date, time or vehicle; what is longer is no sentence and is left unread."""
_ROLE = {word: role for role, words in LEADS.items() for word in words}
_LONG_LEADS = sorted((w for w in _ROLE if len(w) > 1), key=len, reverse=True)
_LEAD = re.compile("|".join([*_LONG_LEADS, *NOT_LEADS]))
_ACTION = re.compile("|".join(ACTIONS))
_ENDS = frozenset(ENDS)
_END_SIZES = tuple(sorted({len(e) for e in ENDS}, reverse=True))
_END = re.compile("|".join(sorted(map(re.escape, ENDS), key=len, reverse=True)))
_BREAK = re.compile(r"[，,。；;！!？?\n：:]")
_HOME = re.compile(
    r"(?:自己|本人|其|患者|各自|该病例)?(?:的)?(?:家|家中|家里|家内|自家|住所|住处|居住地|居住处|现住址|暂住地|临时居住地|居所|宿舍家中)"
)
_HOME_PREDICATE = re.compile(
    r"居家|居村|(?:(?<=[回返到])|(?<=在))家(?:中|里)?"
    r"(?=[，,。；;、\s后无未休吃用取居待隔住收拿看照睡做换陪接送在并（(与和及再又不其至聚]|$)"
)
_HOME_TAIL = re.compile(r"(?:家|家中|家里|住处|住所|居住地|居住处|暂住地)$")
_DWELLING = re.compile(RELATIONS + r"(?:的)?(?:家|家中|家里|住所|住处|老家)(?:[（(].{0,24}[）)])?$")
_PERSON = re.compile(
    r"^(?:其|患者|丈夫|妻子|父亲|母亲|家人|儿子|女儿|司机|医生|专家|省专家|市专家|社区|工作人员|快递员|病例|确诊|密切|孩子|家属|.某某?$)"
    r"|(?:专家组?|人员|患者|病例|接触者|感染者|症状|结果|阳性|阴性|标本|样本|咽拭子|丈夫|父亲|母亲|家人|孩子)$"
)
_NOT_BARE = re.compile(
    r"^(?:今|此|目前|现在|上述|其|上(?!海|饶|虞|杭|党|街)|下|后|这|那|我|各|每|该|不|没|有|是|也|都|很|一直|一|两|三|左右|许|多|几|约|本(?![村市县镇屯区])|当|同|去|来|回|到)|[了着过]$"
    r"|外出|医学|观察|隔离$|核酸|\d$|[。、]|不适|症状|救护|小时|分钟|公里|出行|旅居|接触|聚集"
)
_TESTED = re.compile(r"[^，。；]{0,8}(?:复核|确认|筛查|会诊|报告|检测|核酸|诊断|反馈|通报|判定|复检|专家)")
_LABORATORY = re.compile(r"疾控|实验室|专家|疾病预防")
_GOES_BY = re.compile(r"回来|来的|的(?:班车|列车|航班)")
_NOT_IN_BRACKET = re.compile(r"[、，；]|不|未|没|车厢|座|病例|[男女]|岁|年|确诊|接触|牌|戴")
_STRIP_HEAD = re.compile(r"(?:[了过]|各去|\d次|[一两三多]次|本人|其|位于|约|一趟|该)+(?=.)")
_STRIP_OPENING = re.compile(r"(?:随后|之后|然后|左右|许|[后再又并先上])+(?=.)")
_STRIP_TAIL = re.compile(r"(?:[后并的等内处里中上与和及、\s]|等地|等处|[一二三两四]?[楼层]?之间)+$")
_TAIL_OF_NAME = frozenset("处里中上内")
"""Stripped only behind a telling end: "康静里" and "新一中" are whole."""
_KEEP_TAIL = frozenset(
    {
        "村内",
        "室内",
        "院内",
        "园内",
        "区内",
        "站内",
        "店内",
        "校内",
        "厂内",
        "集上",
        "家中",
        "家里",
        "地里",
        "街里",
        "馆内",
        "院中",
    }
)
_LIST = re.compile(r"、|以及|及(?!时)|和(?![谐平睦]|.{1,12}交[口叉汇])|与(?!.{1,12}交[口叉汇])")
_COMPOUND = re.compile(
    r"(?:医学|隔离|观察|核酸|检测|采样|筛查|救治|集中|留观|治疗|指定|定点){1,6}"
    r"(?:点|酒店|宾馆|场所|病房|病区|医院|中心|室|区|亭)"
)
_OPEN, _CLOSE = "（(", "）)"
_BRACKET = re.compile(r"[（(]([^（）()，。；\n]{1,30})[)）]")
_ROUTE = re.compile(r"\s?(?:\d{1,2}\s?号?车厢)?\s?[（(]([^（）()。；\n]{1,180})[)）]")
_ROUTE_TO = re.compile(r"\s?(?:[-—–~～－→]{1,2}|至|到)\s?")
_NO_STOP = re.compile(r"\d号|车厢|座|排|^\d|不详|不记得|[，；]")
_QUOTE = re.compile(r"“([^“”\n]{1,80})”")
_SUBJECT = re.compile(
    r"[确密]|专家|核酸|患者|病例|症状|结果|阳性|阴性|诊断|医学|期间|接触|目前|不详|每[日天]|往返|线路|未|曾|因|对|经|其|被|为|无"
)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of characters between mentions and punctuation.

    Attributes
    ----------
    start, end : int
    after : kind of the mention before it, "" at punctuation
    before : kind of the mention behind it
    """

    start: int
    end: int
    after: str
    before: str


def find_places(text: str, mentions: list[Mention]) -> list[Mention]:
    """Every place and every own home of a text.

    Parameters
    ----------
    text : str
    mentions : dates, times and vehicles, by place

    Returns
    -------
    list of Mention   kinds "place" and "home", by place, none crossing a given mention
    """
    found: list[Mention] = []
    for piece in _pieces(text, mentions):
        if piece.end - piece.start <= LONGEST_PIECE:
            found += _in_piece(text, piece)
    return found


def _pieces(text: str, mentions: list[Mention]) -> Iterator[_Piece]:
    brackets = [m.span() for m in _BRACKET.finditer(text)]
    starts = [b[0] for b in brackets]
    cuts: list[tuple[int, int, str]] = [(m.start, m.end, m.kind) for m in mentions]
    for found in _BREAK.finditer(text):
        i = bisect_right(starts, found.start()) - 1
        if i < 0 or found.start() >= brackets[i][1]:
            cuts.append((found.start(), found.end(), ""))
    cuts.sort()
    at, after = 0, ""
    for start, end, kind in [*cuts, (len(text), len(text), "")]:
        if start > at:
            yield _Piece(at, start, after, kind)
        if end > at or start >= at:
            at, after = max(at, end), kind


def _in_piece(text: str, piece: _Piece) -> list[Mention]:
    found: list[Mention] = []
    at = piece.start
    first = _opening(text, piece)
    if first:
        found += first
        at = first[-1].end
    while lead := _LEAD.search(text, at, piece.end):
        home = _HOME_PREDICATE.search(text, at, lead.end() + 3)
        if home and home.start() <= lead.end() and home.end() <= piece.end:
            found.append(Mention("home", home.start(), home.end(), "", role="to"))
            at = home.end()
            continue
        role = _ROLE.get(lead.group(), "to")
        run = _list(text, lead.end(), piece, role)
        found += run
        at = run[-1].end if run else lead.end()
        found += (more := _after_mark(text, at, piece) if run else [])
        at = more[-1].end if more else at
    for home in _HOME_PREDICATE.finditer(text, at, piece.end):
        found.append(Mention("home", home.start(), home.end(), "", role="in"))
    return found


def _opening(text: str, piece: _Piece) -> list[Mention]:
    """Places at the start of a piece without a lead: "众鑫超市购物", or a route in brackets."""
    if piece.after == "vehicle" and (bracket := _ROUTE.match(text, piece.start, piece.end)):
        return _route(text, bracket)
    home = _HOME_PREDICATE.match(text, piece.start, piece.end)
    lead = _LEAD.search(text, piece.start, min(piece.end, piece.start + LONGEST))
    if home or (lead and lead.start() == piece.start):
        return []
    stop = lead.start() if lead else min(piece.end, piece.start + LONGEST)
    if piece.after == "vehicle":
        # "G771列车大连至佳木斯"
        bare = lead is not None and lead.group() in ("至", "到") and 2 <= stop - piece.start <= 8
        words = text[piece.start : stop]
        if not bare or not _is_bare(words) or _ACTION.search(words) or words[0].isdigit():
            return []
        return [_mention(text, piece.start, stop, "from")]
    head = _STRIP_OPENING.match(text, piece.start, stop)
    start = head.end() if head else piece.start
    end = _phrase_end(text, start, stop)
    words = text[start:end]
    strong = _ending(words)
    if _ACTION.match(words) or words[:1].isdigit():
        return []
    if not strong or strong in WEAK_ENDS or len(words) < 3 or len(words) > LONGEST or _SUBJECT.search(words):
        return []
    if (
        _PERSON.search(words)
        or _TESTED.match(text, end, min(end + 12, piece.end))
        or (lead and lead.start() == end)
    ):
        return []
    return _list(text, start, piece, "in")


def _after_mark(text: str, at: int, piece: _Piece) -> list[Mention]:
    """A place behind 、 after what was done at the one before: "到三八饭店就餐、宝宇小区"."""
    mark = text.find("、", at, min(piece.end, at + 8))
    lead = _LEAD.search(text, at, piece.end)
    if mark < 0 or (lead and lead.start() <= mark + 1):
        return []
    run = _list(text, mark + 1, piece, "to")
    is_sure = run and (_DWELLING.search(run[0].value) or _ending(run[0].value) not in ("", *WEAK_ENDS))
    return run if is_sure else []


def _route(text: str, bracket: re.Match[str]) -> list[Mention]:
    """Stops of a line in brackets behind a vehicle: "（甲站-乙站）", "（甲站出发）", "（到乙站）"."""
    inside, at = bracket[1], bracket.start(1)
    if inside.endswith("出发"):
        return _stop(text, at, at + len(inside) - 2, "board")
    to = _ROUTE_TO.search(inside)
    if to is None:
        return []
    first = _stop(text, at, at + to.start(), "board")
    last = _stop(text, at + to.end(), bracket.end(1), "alight")
    return [*first, *last] if last and (first or to.start() == 0) else []


def _stop(text: str, start: int, end: int, role: str) -> list[Mention]:
    words = text[start:end]
    if not _QUOTE.fullmatch(words) and (not 2 <= len(words) <= LONGEST or _NO_STOP.search(words)):
        return []
    return [_mention(text, start, end, role)]


def _list(text: str, start: int, piece: _Piece, role: str) -> list[Mention]:
    """A place and, joined by 、 or 和, its companions."""
    found: list[Mention] = []
    at, is_named = start, True
    while at < piece.end:
        one = _one(text, at, piece, role, is_listed=bool(found))
        if one is None or not (is_named or _ending(one.value) or one.kind == "home"):
            break
        found.append(one)
        joint = _LIST.match(text, one.end, piece.end)
        if joint is None:
            break
        at, is_named = joint.end(), joint.group() == "、"
    return found


def _one(text: str, start: int, piece: _Piece, role: str, *, is_listed: bool) -> Mention | None:
    quote = _QUOTE.match(text, start, piece.end)
    if quote and (quote.end() == piece.end or text[quote.end()] in "、）) "):
        return _mention(text, start, quote.end(), role)
    limit = min(piece.end, start + LONGEST)
    head = _STRIP_HEAD.match(text, start, limit)
    start = head.end() if head else start
    lead = _LEAD.search(text, start, limit)
    stop = lead.start() if lead else limit
    end = _phrase_end(text, start, stop)
    words = text[start:end]
    if not words or _GOES_BY.match(text, end):
        return None
    if _DWELLING.search(words):
        return _mention(text, start, end, role)
    if _PERSON.search(words):
        return None
    if end == piece.end - 1 and text[end] == "的" and piece.before == "vehicle":
        return None
    if _HOME.fullmatch(words):
        return Mention("home", start, end, "", role=role)
    ending = _ending(words)
    if role == "from" and (_LABORATORY.search(words) or _TESTED.match(text, end, piece.end)):
        return None
    if _HOME_TAIL.search(words):
        return Mention("home", start, end, "", role=role)
    if ending:
        return _mention(text, start, end, role) if len(words) > 1 else None
    return _bare(text, start, end, piece, role, is_listed)


def _bare(text: str, start: int, end: int, piece: _Piece, role: str, is_listed: bool) -> Mention | None:
    """A place by its lead alone, without a telling end: "到嗨吧主题工厂游玩", "回友谊"."""
    words = text[start:end]
    named = _BRACKET.sub("", words)
    if _ACTION.match(words):
        return None
    if not _is_bare(named) or (end == start + LONGEST and end < piece.end):
        return _cut(text, start, words, role)
    behind = text[end : end + 2]
    if role == "from" and not (
        re.match(r"[到至乘坐出发飞直返前上下驶沿走]", behind)
        or (end == piece.end and piece.before == "vehicle")
    ):
        return None
    if role == "in" and not (_ACTION.match(text, end, piece.end) and len(words) <= 12):
        return _cut(text, start, words, role)
    if is_listed and len(words) > 14:
        return None
    return _mention(text, start, end, role)


def _cut(text: str, start: int, words: str, role: str) -> Mention | None:
    """A place up to its last telling end, where few characters follow that were not understood."""
    ends = [m.end() for m in _END.finditer(words) if m.group() not in WEAK_ENDS and m.end() >= 3]
    ends += [m.end() for m in _BRACKET.finditer(words) if _ending(words[: m.end()])]
    near = max(ends, default=0)
    return _mention(text, start, start + near, role) if near and len(words) - near <= 8 else None


def _is_bare(words: str) -> bool:
    return 2 <= len(words) <= 24 and not _NOT_BARE.search(words) and not _PERSON.search(words)


def _phrase_end(text: str, start: int, stop: int) -> int:
    """Where a noun phrase ends: at a list mark or an action that is not part of its name."""
    stop = _before_remark(text, start, stop)
    end = stop
    at = start
    while at < stop:
        action = _ACTION.search(text, at, stop)
        joint = _joint(text, start, at, action.start() if action else stop)
        if joint is not None:
            end = joint
            break
        if action is None:
            break
        if action.start() == start and action.end() == start + 1:
            at = action.end()  # "乘风医院": one character says nothing, the ending decides
            continue
        if past := _inside_bracket(text, action.start(), start, stop) or _inside_compound(
            text, action, start, stop
        ):
            at = past
            continue
        if _ending(text[start : action.start()]) or not _goes_on(text, action, stop):
            end = action.start()
            break
        at = action.end()
    return _trim(text, start, end)


def _before_remark(text: str, start: int, stop: int) -> int:
    """Cut before a bracket that is a remark, not part of a name ("(座位号不详)")."""
    for bracket in _BRACKET.finditer(text, start, min(len(text), stop + LONGEST)):
        if bracket.start() < stop and _NOT_IN_BRACKET.search(bracket[1]):
            return bracket.start()
    return stop


def _joint(text: str, start: int, at: int, stop: int) -> int | None:
    for mark in _LIST.finditer(text, at, stop):
        if _inside_bracket(text, mark.start(), start, stop + LONGEST):
            continue
        before = text[start : mark.start()]
        if mark.group() == "、" or _ending(before) or _DWELLING.search(before):
            return mark.start()
    return None


def _inside_bracket(text: str, at: int, start: int, stop: int) -> int | None:
    """End of the bracket that holds a position; None outside of brackets."""
    opened = max(text.rfind(c, start, at) for c in _OPEN)
    if opened < 0 or any(text.find(c, opened, at) >= 0 for c in _CLOSE):
        return None
    closed = [i for c in _CLOSE if (i := text.find(c, at, stop)) >= 0]
    return min(closed) + 1 if closed else None


def _inside_compound(text: str, action: re.Match[str], start: int, stop: int) -> int | None:
    """End of a name made of such words ("集中医学隔离观察点") that holds an action word."""
    for compound in _COMPOUND.finditer(text, max(start, action.start() - 12), min(stop, action.end() + 16)):
        if compound.start() <= action.start() < compound.end():
            return compound.end()
    return None


def _goes_on(text: str, action: re.Match[str], stop: int) -> bool:
    """An action word that belongs to a name: its place ending follows at once ("洗浴中心")."""
    end = _END.match(text, action.end(), min(stop, action.end() + 4))
    return end is not None and not _ACTION.match(text, action.end(), stop)


def _trim(text: str, start: int, end: int) -> int:
    while end > start:
        words = text[max(start, end - LONGEST) : end]
        if words[-2:] in _KEEP_TAIL or (
            len(_ending(words)) > 1 or (_ending(words) and words[-1] not in "处里中")
        ):
            return end
        tail = _STRIP_TAIL.search(words)
        if tail is None or (tail.group() in _TAIL_OF_NAME and not _ending(words[: tail.start()])):
            break
        end -= len(words) - tail.start()
    if end > start and text[end - 1] in _OPEN:
        end -= 1
    if end > start and text[end - 1] in _CLOSE and not any(c in text[start:end] for c in _OPEN):
        end -= 1
    return end


def _ending(words: str) -> str:
    """The longest telling end of a phrase, looking through a closing bracket; "" for none."""
    if words[-1:] and words[-1] in _CLOSE:
        opened = max(words.rfind(c) for c in _OPEN)
        if opened > 0:
            if words[-2:-1] == "号":
                return "号"
            words = words[:opened] if _ending(words[:opened]) else words[opened + 1 : -1]
    return next((words[-n:] for n in _END_SIZES if words[-n:] in _ENDS and len(words) >= n), "")


def _mention(text: str, start: int, end: int, role: str) -> Mention:
    return Mention("place", start, end, text[start:end], role=role)
