"""Find the five identifiers (name, age, id number, phone, address) in a text meant for the public.

Foundation: narratives leave out what is found here, bulletins refuse their own text, an action lints what
people wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_PERSON = r"(?:患者|病人|病例|确诊者|感染者|患儿|死者|学生|教师|司机|居民|旅客|密接者?|联系人|当事人|户主)"
_ROLE = r"(?:先生|女士|小姐|同学|老师|师傅|医生|护士|大爷|大妈|阿姨|书记|经理|老板)"
_HAN = r"[\u4e00-\u9fff]"
_BUILDING = r"(?:号楼|栋|幢|单元|号院|弄|号院内|号门|门牌)"

_PATTERNS: dict[str, tuple[re.Pattern[str], ...]] = {
    "id_no": (
        re.compile(r"(?<!\d)[1-9]\d{5}[\s-]?(?:19|20)\d{2}[\s-]?[01]\d[0-3]\d[\s-]?\d{3}[\dXx](?!\d)"),
        re.compile(r"(?<!\d)[1-9]\d{14}(?!\d)"),
        re.compile(r"(?<!\d)[1-9]\d{5}[\d*xX]{8,11}[\dXx](?!\d)"),
        re.compile(r"(?<![A-Za-z0-9])[EGDSPH][A-Z]?\d{8}(?!\d)"),
        re.compile(
            r"(?:身份证|证件|护照|passport|ID)\s*(?:号码?|no\.?|number)?\s*[:：]?\s*[A-Za-z]{0,2}\d{5,}", re.I
        ),
    ),
    "phone": (
        re.compile(r"(?<!\d)(?:\+?86[\s-]?)?1[3-9]\d[\s-]?(?:\d{4}|\*{4})[\s-]?\d{4}(?!\d)"),
        re.compile(r"(?<!\d)0\d{2,3}[\s-]\d{7,8}(?!\d)|(?<!\d)\(0\d{2,3}\)\s?\d{7,8}(?!\d)"),
        re.compile(r"(?<![\d.])\+\d{1,3}(?:[\s-]?\d{2,4}){2,5}(?!\d)"),
        re.compile(
            r"(?:电话|手机|联系方式|微信|phone|mobile|tel)\s*(?:号码?)?\s*[:：.]?\s*\d[\d\s-]{6,}", re.I
        ),
        re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}\.[A-Za-z0-9]"),
        re.compile(
            r"(?:微信|QQ|wechat)\s*(?:号码?|ID)?\s*[:：.]?\s*[A-Za-z0-9_-]{5,}|(?<![A-Za-z0-9])wxid_\w+", re.I
        ),
        re.compile(r"\d{10,}"),  # no date, count or hotline is that long; a number may stand against another
        re.compile(r"[一幺][三四五六七八九][〇零一二三四五六七八九幺]{9}(?![〇零一二三四五六七八九幺])"),
    ),
    "age": (
        re.compile(
            r"(?<![\d.])(?<![\d岁][\-–—~至到])\d{1,3}\s*(?:周?岁|月龄|个月大)(?!\s*(?:及?以[上下]|以[内外]|组|段|[\-–—~至到]\s*\d|或\s*[以\d]))"
        ),
        re.compile(r"[一二三四五六七八九十百两]{1,4}\s*周?岁(?!\s*(?:及?以[上下]|组|段|至|到))"),
        re.compile(r"年龄\s*[:：为是]?\s*\d{1,3}(?!\s*[\-–—~至到\d])"),
        re.compile(r"(?:出生(?:日期|年月|于)?|生于|生日)\s*[:：]?\s*(?:19|20)\d{2}", re.I),
        re.compile(r"\b(?:aged?|born(?: in| on)?)\s*[:=]?\s*\d{1,4}\b(?!\s*(?:[-–]|to|and over|or))", re.I),
        re.compile(r"\b\d{1,3}[\s-]?(?:year|yr|month)s?[\s-]?old\b", re.I),
        re.compile(r"(?<![\w-])\d{1,3}\s?(?:yo|y/o|y\.o\.)(?!\w)", re.I),
    ),
    "address": (
        re.compile(rf"\d{{1,5}}\s*{_BUILDING}"),
        re.compile(rf"{_HAN}{{1,12}}(?:路|街|巷|胡同|大道|里弄)\s*\d{{1,5}}\s*(?:号|弄)"),
        re.compile(r"\d{1,5}\s*室|\d{3,4}\s*(?:房|户)|\d{1,3}\s*(?:组|队)\s*\d{1,4}\s*号"),
        re.compile(r"(?:住址|家庭住址|现住|户籍地址?|居住地|家住)\s*(?:[:：为在于]|地?址)\s*\S{2,}"),
        re.compile(rf"家住{_HAN}{{2,}}"),
        re.compile(
            r"\b\d{1,5}\s+(?:[A-Z][a-z]+\s){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Boulevard|Close)\b\.?"
        ),
        re.compile(
            r"\b(?:Apartment|Apt|Flat|Room|Rm|Unit|Building|Block)\.?\s*(?:No\.?\s*)?\d+[A-Z]?\b", re.I
        ),
        re.compile(r"(?<![\d.])\d{1,3}\.\d{3,}\s*[,，°]\s*\d{1,3}\.\d{3,}"),
    ),
    "name": (
        re.compile(rf"(?<!{_HAN})[{_SURNAMES}](?:某某?|[*＊×xX○]{{1,2}})"),
        re.compile(rf"[{_SURNAMES}](?:某某?|[*＊×○]{{1,2}})"),
        re.compile(rf"[{_SURNAMES}]{_HAN}{{0,2}}{_ROLE}"),
        re.compile(rf"(?:小|老)[{_SURNAMES}](?!{_HAN}*(?:学|城|镇|村|区|街|店|河|山))"),
        re.compile(rf"{_PERSON}\s*(?:姓名)?[:：]?\s*[{_SURNAMES}]{_HAN}{{1,2}}(?=[\s，。、；,;:：（(）)]|$)"),
        re.compile(rf"(?:姓名|名字|名叫|叫做|姓)\s*[:：是为]?\s*{_HAN}{{1,4}}"),
        re.compile(
            rf"(?<!{_HAN})[{_SURNAMES}]{_HAN}{{1,2}}(?=\s*[（(，,、]\s*(?:男|女|\d{{1,3}}\s*岁|身份证|电话|系))"
        ),
        re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.?\s+[A-Z][\w'-]+"),
        re.compile(
            r"\b(?i:named|name is|name:|called|patient:?|student:?|case:)"
            r"\s+[A-Z][a-z'-]+(?:\s+[A-Z][a-z'-]+)+"
        ),
        re.compile(r"\b[A-Z][a-z'-]+\s+[A-Z][a-z'-]+(?=\s*[(,]\s*(?:male|female|aged|\d{1,3}\b))"),
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One place of a text that may identify a person.

    Attributes
    ----------
    kind : "name", "age", "id_no", "phone" or "address"
    start, end : int, where in the text (characters)
    """

    kind: str
    start: int
    end: int


def lint_public_text(text: str, *, names: Collection[str] = ()) -> tuple[Finding, ...]:
    """Find what may identify a person.

    Parameters
    ----------
    text : Chinese or English
    names : names that must not occur (the caller may know them; a name alone has no pattern)

    Returns
    -------
    tuple of Finding, by place; empty when nothing was found. Age bands ("60岁及以上", "0-4岁"), numbers of
        hotlines of five digits and official place names are not identifiers.

    Notes
    -----
    Full-width digits and letters are read as plain ones, spaces that cannot be seen are ignored. The linter
    errs on the side of finding too much: a person decides. A bare name without title, label or attribute is
    found only when it is given in ``names``.
    """
    # one character in, one character out, so that places stay right
    plain = "".join(_plain(c) for c in text)
    found = {
        (m.start(), m.end(), kind)
        for kind, patterns in _PATTERNS.items()
        for p in patterns
        for m in p.finditer(plain)
    }
    for name in names:
        if len(name) >= 2:
            found |= {(m.start(), m.end(), "name") for m in re.finditer(re.escape(name), plain)}
    return tuple(Finding(kind, start, end) for start, end, kind in sorted(found))


def _plain(character: str) -> str:
    if unicodedata.category(character) == "Cf" or character in "\u00a0\u3000":
        return " "
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character
