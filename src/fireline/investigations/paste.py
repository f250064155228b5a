"""Read a pasted list (a spreadsheet's cells, a chat message) into raw canonical rows with faults by row.

Chapter 6: feeds the cleaner of records; names and numbers go to the table of identities only.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from fireline.errors import Fault, FaultCode, unshown
from fireline.feeds.model import FILE, ORIGIN, ROW, Feed, FileRows, TableRows
from fireline.investigations.attack import answer
from fireline.investigations.grid import read_grid
from fireline.investigations.model import ILLNESS, SYMPTOM
from fireline.investigations.said import (
    age_of,
    class_of,
    column_of,
    item_of,
    sex_of,
    symptom_of,
    symptoms_of,
    when_of,
)
from fireline.words import Words

_NOTHING = re.compile(r"^(无|没有|无症状|未发病|健康|正常|好|none|no|well|healthy|-|—|/)$", re.IGNORECASE)
_AN_ANSWER = Words("是、否、不详或数字", "是, 否, 不详 (yes, no, unknown) or a number")
_A_TIME = Words(
    "6月12日 14:30、2026-06-12 14:30 或 2026-06-12", "6月12日 14:30, 2026-06-12 14:30 or 2026-06-12"
)
_UNREADABLE = Words("无法读取", "cannot be read")
_ALLOWED = {
    "age": Words("岁数，如 7 或 7岁", "years such as 7 or 7岁"),
    "sex": Words("男或女", "男 or 女 (male or female)"),
    "classification": Words(
        "确诊、临床诊断、疑似、无症状或排除",
        "确诊, 临床诊断, 疑似, 无症状 or 排除 (confirmed, probable, suspected, asymptomatic or discarded)",
    ),
}
_CODES = {
    "age": FaultCode.NOT_A_NUMBER,
    "sex": FaultCode.NOT_A_CODE,
    "classification": FaultCode.NOT_A_CODE,
}
_TIMES = ("onset", "sampled_at", "reported_at", "isolated_at")
_IDENTITY = ("name", "id_no", "phone", "address")
_TABLES = {
    "cases": ("case_id", "person_key", "disease", "classification", *_TIMES, "area_code"),
    "persons": ("person_key", "area_code", "occupation", "age", "sex", "group"),
    "exposures": ("person_key", "item", "value"),
    "identities": ("person_key", *_IDENTITY),
}


@dataclass(frozen=True, slots=True)
class Pasted:
    """A list as read.

    Attributes
    ----------
    feed : Feed, for ``records.clean.clean``
    tables : dict of the same raw tables by name (all columns text)
    columns : tuple of (head as written, what it was taken for: a canonical column, "exposure", "symptom"
        or "ignored")
    faults : tuple of Fault, cells that could not be read (shown in the feed's file too)
    n_rows, n_ill, n_well, n_unknown : int
    notes : tuple of Words, what was assumed
    """

    feed: Feed
    tables: dict[str, pl.DataFrame]
    columns: tuple[tuple[str, str], ...]
    faults: tuple[Fault, ...]
    n_rows: int
    n_ill: int
    n_well: int
    n_unknown: int
    notes: tuple[Words, ...]


@dataclass
class _Out:
    """Rows written so far."""

    source: str
    list_id: str  # hash of the whole text: ids of two lists never meet, and no name can be guessed from it
    rows: dict[str, list[dict[str, object]]] = field(default_factory=lambda: {t: [] for t in _TABLES})
    faults: list[Fault] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, row: int, **values: str | None) -> None:
        self.rows[table].append({FILE: self.source, ROW: row, ORIGIN: len(self.rows[table]), **values})

    def fault(self, row: int, column: str, code: FaultCode, *said: Words) -> None:
        """Note one cell that became unknown; ``said`` is what was found and what is allowed."""
        found, allowed = said
        self.faults.append(Fault(self.source, row, column, code, found, allowed, "null"))


def read_list(
    text: str,
    *,
    tz: ZoneInfo,
    disease: str = "unknown",
    at: datetime | None = None,
    source: str = "pasted list",
    blank_is_well: bool = False,
) -> Pasted:
    """Read a pasted line list with its head.

    Parameters
    ----------
    text : lines separated by tabs, commas, semicolons, bars or runs of spaces; the first line that names at
        least two known columns is the head, what stands above it is ignored
    tz : local time zone; written times are local
    disease : disease id given to every case
    at : aware datetime of writing; needed for "昨天", "14:30" and dates without a year
    source : name under which faults are reported
    blank_is_well : whether a row without onset, symptoms and ill mark is a person who is well; by default
        such a person's illness is unknown and stands in no rate

    Returns
    -------
    Pasted

    Raises
    ------
    InputError   there is no head, no row, or more than grid.MAX_ROWS rows or grid.MAX_COLUMNS columns
    """
    heads, rows, n_above = read_grid(text)
    kinds = _kinds(heads, [cells for _, cells in rows])
    known = {
        kind: i
        for i, kind in reversed(list(enumerate(kinds)))
        if kind not in ("exposure", "symptom", "ignored")
    }
    today = at.astimezone(tz) if at else None
    digest = hashlib.sha256(f"{source}\x00{text}".encode("utf-8", "replace")).digest()
    out = _Out(source, "L" + base64.b32encode(digest[:5]).decode()[:6])
    tally = {"ill": 0, "well": 0, "unknown": 0}
    n_blank = 0
    has_mark = bool({"ill", "onset", "symptoms", "classification"} & set(known)) or "symptom" in kinds
    for number, cells in rows:
        cells = [*cells, *[""] * (len(heads) - len(cells))]
        if len(cells) > len(heads) and any(cells[len(heads) :]):
            found, allowed = (Words(f"{len(c)} 个单元格", f"{len(c)} cells") for c in (cells, heads))
            out.faults.append(Fault(source, number, None, FaultCode.CELL_COUNT, found, allowed, "rejected"))
            continue
        row = {name: cells[i].strip() for name, i in known.items()}
        state, is_blank = _state(row, cells, kinds, has_mark=has_mark, blank_is_well=blank_is_well)
        n_blank += is_blank
        tally[state] += 1
        _write(out, number, row, cells, heads=heads, kinds=kinds, state=state, disease=disease, today=today)
    notes = _notes(n_above, n_blank, has_mark=has_mark, blank_is_well=blank_is_well)
    tables = {name: _table(name, found) for name, found in out.rows.items() if found}
    names = {k: heads[i] for k, i in known.items()}
    feed = Feed(
        tuple(TableRows(name, frame, names, tz_name=tz.key) for name, frame in tables.items()),
        (FileRows(source, len(rows), tuple(out.faults)),),
        tuple((n.zh, n.en) for n in notes),
    )
    return Pasted(
        feed=feed,
        tables=tables,
        columns=tuple(zip(heads, kinds, strict=True)),
        faults=tuple(out.faults),
        n_rows=len(rows),
        n_ill=tally["ill"],
        n_well=tally["well"],
        n_unknown=tally["unknown"],
        notes=notes,
    )


def _kinds(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """What each column was taken for; a second column of the same name is ignored."""
    kinds: list[str] = []
    for i, written in enumerate(heads):
        kind = column_of(written)
        values = [r[i].strip() for r in rows if i < len(r) and r[i].strip()]
        if kind is None and symptom_of(item_of(written)) and _are_answers(values):
            kind = "symptom"
        elif kind is None:
            kind = "exposure" if written.strip() and values and _are_answers(values) else "ignored"
        elif kind in kinds:
            kind = "ignored"
        kinds.append(kind)
    return kinds


def _are_answers(values: Sequence[str]) -> bool:
    """Whether a column holds yes, no, unknown and amounts: at least four fifths of its cells."""
    told = [v for v in values if answer(v)[0] != "unknown" or answer_is_unknown(v)]
    return bool(values) and len(told) >= 0.8 * len(values)


def answer_is_unknown(value: str) -> bool:
    """Whether a cell says in words that the answer is not known (a blank or nonsense does not)."""
    return value.strip().lower() in {"unknown", "unk", "?", "？", "不详", "不清楚", "不知道", "不明", "未知",
                                     "不记得", "记不清", "na", "n/a", "missing"}  # fmt: skip


def _state(
    row: dict[str, str], cells: Sequence[str], kinds: Sequence[str], *, has_mark: bool, blank_is_well: bool
) -> tuple[str, bool]:
    """("ill", "well" or "unknown", whether the row says nothing about illness)."""
    if not has_mark:
        return "ill", False
    classed = class_of(row.get("classification", ""))
    if classed is not None:
        return ("well" if classed == "discarded" else "ill"), False
    marked = row.get("ill", "")
    if marked:
        stated = answer(marked)[0]
        return {"yes": "ill", "no": "well"}.get(stated, "unknown"), False
    told = [row.get("onset", ""), row.get("symptoms", "")]
    if any(t and not _NOTHING.match(t) and not answer_is_unknown(t) for t in told):
        return "ill", False
    asked = [answer(c)[0] for c, k in zip(cells, kinds, strict=False) if k == "symptom" and c.strip()]
    if "yes" in asked:
        return "ill", False
    if any(t and _NOTHING.match(t) for t in told) or (asked and "unknown" not in asked):
        return "well", False
    if "ill" in row or any(answer_is_unknown(t) for t in told) or asked:
        return "unknown", False
    return ("well" if blank_is_well else "unknown"), True


def _write(
    out: _Out,
    number: int,
    row: dict[str, str],
    cells: Sequence[str],
    *,
    heads: Sequence[str],
    kinds: Sequence[str],
    state: str,
    disease: str,
    today: datetime | None,
) -> None:
    """One list row as rows of the canonical tables."""
    person = _person(out, number, row)
    age, sex = _checked(out, number, "age", row, age_of), _checked(out, number, "sex", row, sex_of)
    out.add(
        "persons", number, person_key=person, age=age, sex=sex, group=row.get("group") or None,
        occupation=row.get("occupation") or None, area_code=row.get("area_code") or None,
    )  # fmt: skip
    if any(row.get(c) for c in _IDENTITY):
        out.add("identities", number, person_key=person, **{c: row.get(c) or None for c in _IDENTITY})
    if state == "ill":
        times = {c: _time(out, number, c, row, today) for c in _TIMES}
        classed = _checked(out, number, "classification", row, class_of)
        case_id = row.get("no") or f"{out.list_id}-{number:04d}"
        out.add(
            "cases", number, case_id=case_id, person_key=person, disease=disease,
            classification=classed or "suspected", area_code=row.get("area_code") or None, **times,
        )  # fmt: skip
    else:
        out.add(
            "exposures", number, person_key=person, item=ILLNESS, value="no" if state == "well" else "unknown"
        )
    stated: dict[str, str] = {}
    if row.get("symptoms") and not _NOTHING.match(row["symptoms"]) and not answer_is_unknown(row["symptoms"]):
        stated = {f"{SYMPTOM}{name}": "yes" for name in symptoms_of(row["symptoms"])}
    for written, kind, cell in zip(heads, kinds, cells, strict=False):
        if kind in ("exposure", "symptom"):
            item = item_of(written)
            name = f"{SYMPTOM}{symptom_of(item)}" if kind == "symptom" else item
            stated[name] = _stated(out, number, written, cell)
    for name, value in stated.items():
        out.add("exposures", number, person_key=person, item=name, value=value)


def _stated(out: _Out, number: int, written: str, cell: str) -> str:
    """One of "yes", "no", "unknown", or the amount as written."""
    found, amount = answer(cell)
    if amount is not None:
        return cell.strip()
    if found == "unknown" and cell.strip() and not answer_is_unknown(cell):
        out.fault(number, written, FaultCode.NOT_AN_ANSWER, unshown(cell.strip()), _AN_ANSWER)
    return found


def _checked(out: _Out, number: int, column: str, row: dict[str, str], read: object) -> str | None:
    written = row.get(column, "")
    if not written or answer_is_unknown(written):
        return None
    found: str | None = read(written)  # type: ignore[operator]
    if found is None:
        out.fault(number, column, _CODES[column], unshown(written), _ALLOWED[column])
    return found


def _time(out: _Out, number: int, column: str, row: dict[str, str], today: datetime | None) -> str | None:
    written = row.get(column, "")
    if not written or _NOTHING.match(written) or answer_is_unknown(written):
        return None
    found = when_of(written, today=today)
    if found.iso is None:
        shown = (
            Words.same(written) if re.fullmatch(r"[\d年月日点时分:/. -]{1,24}", written) else unshown(written)
        )
        why = found.problem or _UNREADABLE
        said = Words(f"{shown.zh}（{why.zh}）", f"{shown.en} ({why.en})")
        out.fault(number, column, FaultCode.NOT_A_TIME, said, _A_TIME)
    return found.iso


def _person(out: _Out, number: int, row: dict[str, str]) -> str:
    """A raw key that is the same when the corrected list is pasted again, and holds no name."""
    known = row.get("id_no") or "|".join(row.get(c, "") for c in ("name", "group", "phone") if row.get(c))
    if not known:
        known = f"no {row['no']}" if row.get("no") else f"row {number}"
    digest = hashlib.sha256(f"{out.source}\x00{known}".encode("utf-8", "replace")).digest()
    key = "R" + base64.b32encode(digest[:10]).decode()
    out.keys[key] = out.keys.get(key, 0) + 1
    if (
        out.keys[key] > 1
    ):  # two children of one name in one class are two people until somebody says otherwise
        key = f"{key}-{out.keys[key]}"
    return key


def _table(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    schema = {FILE: pl.String(), ROW: pl.Int64(), ORIGIN: pl.Int64()} | {
        c: pl.String() for c in _TABLES[name]
    }
    return pl.DataFrame([{c: r.get(c) for c in schema} for r in rows], schema=schema)


def _notes(n_above: int, n_blank: int, *, has_mark: bool, blank_is_well: bool) -> tuple[Words, ...]:
    notes = []
    if n_above:
        notes.append(
            Words(zh=f"表头上方{n_above}行未读取。", en=f"{n_above} lines above the head were not read.")
        )
    if not has_mark:
        notes.append(
            Words(
                zh="名单没有发病、发病时间或症状列：全部按病例读取。",
                en="The list has no column on illness, onset or symptoms: everybody was read as a case.",
            )
        )
    if n_blank and blank_is_well:
        notes.append(
            Words(
                zh=f"{n_blank}行没有发病时间和症状，按要求视为未发病。",
                en=f"{n_blank} rows without onset and symptoms were read as well, as asked.",
            )
        )
    elif n_blank:
        notes.append(
            Words(
                zh=f"{n_blank}行没有发病时间和症状：是否发病按不详处理，不计入罹患率；未发病者请写“否”。",
                en=f"{n_blank} rows have no onset and no symptoms: illness unknown; write no if well.",
            )
        )
    return tuple(notes)
