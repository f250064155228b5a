"""Answers of fireline trace: from a folder of files or from the home's database, printed as table or JSON.

The outermost layer: used by cli.trace only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

from fireline.cli import print_json
from fireline.cli.progress import Bar
from fireline.cli.question import Question
from fireline.errors import InputError
from fireline.words import LANGUAGES, Words

if TYPE_CHECKING:
    import polars as pl

    from fireline.pipeline.trace.model import Traced
    from fireline.policy import At
    from fireline.records.model import Records

_LONGEST = 28
_HIDDEN = ("why_zh", "why_en")
_SHOWN: dict[str, tuple[str, ...]] = {
    "people": (
        "case_id", "person_key", "class", "overlap_min", "episodes", "first", "last", "place", "rule_id",
        "edition",
    ),
    "backward": (
        "rank", "place", "n_cases", "n_asked", "log_ratio", "expected", "n_others", "first", "last", "cases",
    ),
    "chain": ("from_case", "to_case", "kind", "share", "serial_days", "flag", "component"),
}  # fmt: skip
"""Columns of the printed table; JSON has all."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer with what it is about.

    Attributes
    ----------
    traced : Traced
    about : dict, source, disease, area, at
    tz : time zone in which times are printed
    """

    traced: Traced
    about: dict[str, Any]
    tz: ZoneInfo


def answer(question: Question) -> None:
    """Answer a question and print it.

    Raises
    ------
    InputError   an option cannot be used here, a folder cannot be read, or a case is not there
    PolicyError   no rule in force allows the search
    PurposeError   the account, its area or the evidence does not allow it
    """
    if question.lang not in LANGUAGES:
        raise InputError(f"lang: found {question.lang!r}; allowed: {', '.join(LANGUAGES)}")
    with Bar("trace", is_quiet=question.as_json) as bar:
        answered = (_from_home if question.data is None else _from_folder)(question, bar)
        bar.update(1.0, "done")
    if question.as_json:
        print_json(as_json(answered, question))
    else:
        _tell(answered, question)


def _from_folder(question: Question, bar: Bar) -> Answered:
    """Read the folder and ask; no database, no vault."""
    from fireline.cli.run import look_at
    from fireline.clock import local_day, parse_instant, zone
    from fireline.pipeline.chapters import UNKNOWN_AREA, main_disease, only_disease
    from fireline.pipeline.home import Home
    from fireline.pipeline.intake import read_folder
    from fireline.pipeline.run import shared_area
    from fireline.policy import At, area_chain, disease_id, load_library

    if question.by or question.outbreak is not None:
        raise InputError("data: --by and --outbreak ask the database; leave them out, or leave --data out")
    assert question.data is not None
    look_at(question.data, question.feeds)
    if question.area:
        area_chain(question.area)
    moment = parse_instant(question.at, zone("Asia/Shanghai")) if question.at else None
    intake = read_folder(
        question.data,
        mapping=question.feeds,
        area=question.area,
        key=Home.open(question.home).key("pseudonym"),
        progress=lambda share, what: bar.update(0.7 * share, Words(f"读取 {what}", f"reading {what}")),
    )
    at = moment or intake.newest
    if at is None:
        raise InputError(
            f"folder {question.data}: no time in any file; say which moment is meant with "
            "--at 2026-06-12T08:00"
        )
    records = intake.records
    chosen = disease_id(question.disease) if question.disease else main_disease(records)
    ours, _ = only_disease(records, chosen)
    area = question.area or records.area or shared_area(records) or UNKNOWN_AREA
    rules = At(load_library(), chosen, area, local_day(at, records.tz))
    bar.update(0.7, Words("查找", "searching"))
    traced = _ask(question, ours, rules, at=at)
    about = {"source": str(question.data), "disease": chosen, "area": area, "at": at}
    return Answered(traced, about, records.tz)


def _ask(question: Question, records: Records, rules: At, *, at: datetime) -> Traced:
    from fireline.pipeline.trace.backward import trace_backward
    from fireline.pipeline.trace.chain import trace_chain
    from fireline.pipeline.trace.companions import trace_companions
    from fireline.pipeline.trace.people import trace_people

    asked: dict[str, Any] = {"at": at, "case_ids": question.cases}
    match question.kind:
        case "companions":
            return trace_companions(records, rules, **asked)
        case "backward":
            return trace_backward(records, rules, **asked)
        case "chain":
            return trace_chain(records, rules, **asked)
        case kind:
            return trace_people(records, rules, kind=kind, **asked)  # type: ignore[arg-type]


def _from_home(question: Question, bar: Bar) -> Answered:
    """Ask the database in the name of an account."""
    from fireline.cli.trace_home import ask_home

    for name in ("feeds", "at", "area", "disease"):
        if getattr(question, name) is not None:
            raise InputError(f"{name}: goes with --data; the outbreak in the database has its own")
    traced, about, tz = ask_home(question, bar)
    return Answered(traced, about, tz)


def as_json(answered: Answered, question: Question) -> dict[str, Any]:
    """The whole answer as plain values."""
    traced = answered.traced
    return {
        "kind": traced.kind,
        **answered.about,
        "cases": list(question.cases),
        "rules": [{"id": rule, "edition": edition} for rule, edition in traced.rules],
        "advice": None if traced.advice is None else {"zh": traced.advice.zh, "en": traced.advice.en},
        "n_rows": traced.table.height,
        "rows": _rows(traced.table),
        **{name: _rows(table) for name, table in traced.more.items()},
        "notes": [{"zh": n.zh, "en": n.en} for n in traced.notes],
    }


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    return [
        {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()}
        for row in table.iter_rows(named=True)
    ]


def _tell(answered: Answered, question: Question) -> None:
    traced, lang, tz = answered.traced, question.lang, answered.tz
    about, at = answered.about, answered.about["at"]
    echo = typer.echo
    echo(
        f"{traced.kind}  ·  {about['source']}  ·  {about['disease']}  ·  {about['area']}  ·  "
        f"{at.astimezone(tz):%Y-%m-%d %H:%M} ({tz})"
    )
    if traced.advice is not None:
        echo(traced.advice.get(lang))
    shown = traced.table.head(question.limit) if question.limit else traced.table
    columns = _SHOWN.get(traced.kind, _SHOWN["people"])
    if shown.height:
        sentences = shown[f"why_{'zh' if lang == 'zh' else 'en'}"].to_list() if question.explain else None
        _print_table(columns, shown.select(columns).rows(), tz=tz, sentences=sentences)
    more = traced.table.height - shown.height
    echo(
        Words(
            f"共 {traced.table.height:,} 行"
            + (f"，另有 {more:,} 行未显示（--limit 0 或 --json）" if more else ""),
            f"{traced.table.height:,} rows" + (f", {more:,} not shown (--limit 0 or --json)" if more else ""),
        ).get(lang)
    )
    for rule, edition in traced.rules:
        echo(Words(f"规则 {rule}（{edition}）", f"rule {rule} ({edition})").get(lang))
    for note in traced.notes:
        echo(f"· {note.get(lang)}")


def _print_table(
    columns: Sequence[str], rows: list[tuple[Any, ...]], *, tz: ZoneInfo, sentences: list[str] | None
) -> None:
    """Columns side by side; with sentences, each below its row."""
    cells = [[_cell(value, tz) for value in row] for row in rows]
    widths = [max(_width(c[i]) for c in [list(columns), *cells]) for i in range(len(columns))]
    for k, line in enumerate([list(columns), *cells]):
        text = "  ".join(c + " " * (w - _width(c)) for c, w in zip(line, widths, strict=True))
        typer.echo(text.rstrip())
        if k and sentences:
            typer.echo(f"    {sentences[k - 1]}")


def _cell(value: Any, tz: ZoneInfo) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return f"{value.astimezone(tz):%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1 else f"{value:.1f}"
    text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _width(text: str) -> int:
    """Columns of a terminal that a text takes: a Chinese character takes two."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
