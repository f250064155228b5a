"""Reads the header of a pasted list and writes the mapping that turns its rows into cases and answers.

Web, console: pure; the rows themselves are read by pipeline.intake like any other file.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date

from fireline.errors import InputError
from fireline.web.console.spoken import write_out
from fireline.web.shared.strings import say

NAME = "pasted.tsv"
# canonical column -> words of a header that mean it (lower case, without spaces)
KNOWN: dict[str, tuple[str, ...]] = {
    "id": ("编号", "序号", "学号", "id", "no", "no.", "number", "case_id", "caseid", "person_key"),
    "name": ("姓名", "名字", "name"),
    "age": ("年龄", "岁", "age"),
    "sex": ("性别", "sex", "gender"),
    "group": ("班级", "班", "年级", "单位", "部门", "宿舍", "class", "group", "ward", "unit", "team"),
    "occupation": ("职业", "身份", "occupation", "job"),
    "onset": (
        "发病时间",
        "发病日期",
        "发病",
        "起病时间",
        "onset",
        "onset_time",
        "onsetdate",
        "symptom_onset",
    ),
    "phone": ("电话", "手机", "联系电话", "家长电话", "phone", "mobile", "tel"),
    "address": ("住址", "家庭住址", "地址", "address"),
    "ill": ("是否发病", "患病", "是否患病", "ill", "sick", "case"),
    "lab": ("检测结果", "实验室", "化验", "核酸", "lab", "labresult", "pcr"),
}
SYMPTOMS = (
    "呕吐",
    "腹泻",
    "发热",
    "发烧",
    "恶心",
    "腹痛",
    "头痛",
    "头晕",
    "乏力",
    "皮疹",
    "咳嗽",
    "咽痛",
    "流涕",
    "肌肉酸痛",
    "vomiting",
    "vomit",
    "diarrhoea",
    "diarrhea",
    "fever",
    "nausea",
    "abdominalpain",
    "headache",
    "dizziness",
    "fatigue",
    "rash",
    "cough",
    "sorethroat",
    "runnynose",
    "musclepain",
    "bloodystool",
    "便血",
    "里急后重",
)
_IDENTITY = ("name", "phone", "address")
_YES_NO = {"阳性": "yes", "positive": "yes", "+": "yes", "阴性": "no", "negative": "no", "-": "no"}


@dataclass(frozen=True, slots=True)
class Header:
    """What each column of the list is.

    Attributes
    ----------
    columns : tuple of str, as pasted
    known : mapping from "id", "name", ... to the pasted column
    symptoms, exposures : tuple of str, pasted columns
    """

    columns: tuple[str, ...]
    known: dict[str, str]
    symptoms: tuple[str, ...]
    exposures: tuple[str, ...]


def read_header(text: str) -> Header:
    """Tell the columns of a pasted list apart by its first line.

    Raises
    ------
    InputError   fewer than two lines or columns, the same name twice, or no column of onsets
    """
    lines = [line for line in text.splitlines() if line.strip()]
    columns = tuple(c.strip().strip('"') for c in re.split(separator(lines[0]), lines[0])) if lines else ()
    if len(lines) < 2 or len(columns) < 2:
        raise InputError(say("pasted.too_short"))
    if len(set(columns)) != len(columns) or "" in columns:
        raise InputError(say("pasted.twice"))
    known: dict[str, str] = {}
    symptoms, exposures = [], []
    for column in columns:
        plain = re.sub(r"[\s（(].*$", "", column.strip().lower()) or column.lower()
        squeezed = re.sub(r"[\s_]", "", column.strip().lower())
        kind = next(
            (k for k, names in KNOWN.items() if k not in known and {plain, squeezed} & set(names)), None
        )
        if kind:
            known[kind] = column
        elif {plain, squeezed} & set(SYMPTOMS):
            symptoms.append(column)
        else:
            exposures.append(column)
    if "onset" not in known:
        raise InputError(say("pasted.no_onset"))
    return Header(columns, known, tuple(symptoms), tuple(exposures))


def separator(line: str) -> str:
    """Tab as a spreadsheet pastes, else comma, also the Chinese one."""
    return "\t" if "\t" in line else "[,，]"


def as_tsv(text: str, header: Header, *, today: date) -> bytes:
    """The list with tabs between cells, as UTF-8; onsets said without a year get the one meant ``today``."""
    lines = [line for line in text.splitlines() if line.strip()]
    mark = separator(lines[0])
    rows = [[c.strip().strip('"') for c in re.split(mark, line)] for line in lines]
    onset = header.columns.index(header.known["onset"])
    for row in rows[1:]:
        if onset < len(row):
            row[onset] = write_out(row[onset], today=today)
    return "\n".join("\t".join(row) for row in rows).encode()


def mapping(header: Header, *, disease: str, area: str, tz: str, prefix: str) -> str:
    """The text of a feeds.toml for the list: cases for rows with an onset, answers for everybody.

    ``prefix`` stands before row numbers where the list has no column of ids.
    """
    known = header.known
    key = _text(known["id"]) if "id" in known else f"{{ row_number = {_text(prefix)} }}"
    lines = [
        f"title = {_text('pasted list')}",
        f"area = {_text(area)}",
        f"time_zone = {_text(tz)}",
        f"disease = {_text(disease)}",
        "[[file]]",
        f"name = {_text(NAME)}",
        'separator = "\\t"',
        'encoding = "utf-8"',
    ]
    people = {"age": "age", "sex": "sex", "group": "group", "occupation": "occupation"}
    cells = {
        "person_key": key,
        "area_code": _value(area),
        **{c: _text(known[k]) for c, k in people.items() if k in known},
    }
    lines += _table("persons", cells)
    case = {
        "case_id": key,
        "person_key": key,
        "onset": _text(known["onset"]),
        "area_code": _value(area),
        "classification": _value("suspected"),
    }
    lines += _table("cases", case, when=known["onset"])
    held = {k: _text(known[k]) for k in _IDENTITY if k in known}
    if held:
        lines += _table("identities", {"person_key": key, **held})
    for column in header.symptoms:
        lines += _answer(key, f"symptom:{column}", _text(column), column)
    for column in header.exposures:
        lines += _answer(key, column, _text(column), column)
    if "ill" in known:
        lines += _answer(key, "ill", _text(known["ill"]), known["ill"])
    if "lab" in known:
        codes = ", ".join(f"{_text(k)} = {_text(v)}" for k, v in _YES_NO.items())
        cell = f"{{ from = {_text(known['lab'])}, codes = {{ {codes} }} }}"
        lines += _answer(key, "symptom:lab_positive", cell, known["lab"])
    return "\n".join(lines) + "\n"


def _table(name: str, cells: dict[str, str], when: str = "") -> list[str]:
    head = ["[[file.table]]", f"table = {_text(name)}", *([f"when = {_text(when)}"] if when else [])]
    return [*head, "[file.table.columns]", *(f"{c} = {cell}" for c, cell in cells.items())]


def _answer(key: str, item: str, cell: str, column: str) -> list[str]:
    return _table("exposures", {"person_key": key, "item": _value(item), "value": cell}, when=column)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(value: str) -> str:
    return f"{{ value = {_text(value)} }}"
