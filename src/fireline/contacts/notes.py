"""What was not searched, not classified or not resolved, and why: one sentence each, in both languages.

Chapter 7: read by find; shown by the faces beside the tables.
"""

from __future__ import annotations

import polars as pl

from fireline.contacts.windows import RuleBook
from fireline.policy import Answer, Status
from fireline.records.model import Records
from fireline.words import Words


def notes_about(
    records: Records, *, cases: pl.DataFrame, windows: pl.DataFrame, book: RuleBook, n_below: int
) -> tuple[Words, ...]:
    """Notes of one run of find, in a fixed order.

    Parameters
    ----------
    records : Records
    cases, windows : DataFrame   as windows.cases_of and windows.case_windows give them
    book : RuleBook
    n_below : int   pairs that met but are below every class rule

    Returns
    -------
    tuple of Words
    """
    notes = list(_gate_notes(records, windows, book))
    notes.extend(Words(zh, en) for zh, en in book.labels())
    stand_in = windows.filter(pl.col("anchor") == "reported").height
    if stand_in:
        notes.append(
            Words(
                f"{stand_in} 例既无发病时间也无采样时间，追溯从报告日算起，可能偏晚。",
                f"{stand_in} case(s) have neither onset nor sampling time: look-back counts from the report, "
                "which may be late.",
            )
        )
    unknown = windows.filter(pl.col("from").is_null() & (pl.col("anchor") == "")).height
    if unknown and any(a.in_force for a in book.used() if a.asked.concept == "contact.lookback"):
        notes.append(
            Words(
                f"{unknown} 例没有可用的起算时间或规则，未推算追溯时段。",
                f"{unknown} case(s) have no usable anchor or no rule on their day: no look-back window.",
            )
        )
    if n_below:
        notes.append(
            Words(
                f"{n_below} 对人员曾同处一地，但达不到任何判定规则，未列入。",
                f"{n_below} pair(s) shared a place but meet no class rule; not listed.",
            )
        )
    strangers = records.table("contacts").join(cases, on="case_id", how="anti").height
    if strangers:
        notes.append(
            Words(
                f"{strangers} 条接触者记录指向不在本次病例中的编号，未列入。",
                f"{strangers} stated contact(s) name a case that is not among these cases; not listed.",
            )
        )
    return tuple(notes)


def _gate_notes(records: Records, windows: pl.DataFrame, book: RuleBook) -> list[Words]:
    """Why visits were not searched for some cases."""
    if not records.has("visits"):
        return [Words("没有到访数据，未做同处查找。", "There are no visits: co-presence was not searched.")]
    by_cause: dict[str, tuple[int, Words]] = {}
    waiting = int(windows["is_waiting"].sum())
    if waiting:
        cause = Words(
            "规则允许，但尚无人凭证据开启查询（需实验室阳性结果，或另一单位的第二名医生确认）。",
            "a rule allows it, but nobody has opened the search on evidence yet (a positive laboratory "
            "result, or confirmation by a second clinician of another unit).",
        )
        by_cause[cause.en] = (waiting, cause)
    for day, n in windows.filter(~pl.col("is_open")).group_by("rule_day").len().sort("rule_day").iter_rows():
        if book.is_search_allowed(day):
            continue
        missing = [a for a in (book.find("contact.lookback", "close", day),) if not a.in_force]
        if not any(a.in_force for a in book.classes(day)):
            missing.append(book.find("contact.class", "close", day))
        for answer in missing:
            cause = _cause(answer)
            before = by_cause.get(cause.en, (0, cause))[0]
            by_cause[cause.en] = (before + n, cause)
    return [
        Words(f"{n} 例未做同处查找：{cause.zh}", f"Co-presence was not searched for {n} case(s): {cause.en}")
        for _, (n, cause) in sorted(by_cause.items())
    ]


def _cause(answer: Answer) -> Words:
    asked = f"{answer.asked.concept}/{answer.asked.subject}"
    ids = ", ".join(r.id for r in answer.candidates)
    match answer.status:
        case Status.ASK:
            return Words(
                f"{asked} 的依据互相冲突（{ids}），须由人决定。",
                f"sources for {asked} conflict ({ids}); a person decides.",
            )
        case Status.OFF:
            return Words(
                f"{asked} 已被 {answer.rule_id} 停用。", f"{asked} is switched off by {answer.rule_id}."
            )
        case Status.ADVICE:
            return Words(
                f"{asked} 只有无出处的建议（{answer.rule_id}），不能据此查找。",
                f"{asked} is only advice without a source ({answer.rule_id}); it allows no search.",
            )
        case _:
            return Words(f"没有生效的 {asked} 规则。", f"no rule {asked} is in force.")
