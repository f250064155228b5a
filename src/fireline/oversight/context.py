"""What every check is given, and the few steps that checks share.

Chapter 10: no check reads anything else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl

from fireline.clock import local_day
from fireline.oversight.model import Outcome, judged, not_judged
from fireline.oversight.tables import FINDINGS, empty_orders
from fireline.policy.terms import term
from fireline.records.model import Records
from fireline.tasks.rulings import Rulings
from fireline.words import Words

if TYPE_CHECKING:
    from fireline.contacts.model import Contacts
    from fireline.policy import At
    from fireline.signals.model import Signals
    from fireline.tasks.model import Tasks
    from fireline.zones.model import Zones


@dataclass(frozen=True, slots=True)
class Context:
    """Inputs of the gap check.

    Attributes
    ----------
    records, contacts, zones, tasks, signals, rules, at : as given to ``check``
    rulings : Rulings, answers by day with a memory
    orders : DataFrame, zones that people ordered (``oversight.tables.ORDERS``)
    """

    records: Records
    contacts: Contacts
    zones: Zones
    tasks: Tasks
    signals: Signals
    rules: At
    at: datetime
    rulings: Rulings
    orders: pl.DataFrame = field(default_factory=empty_orders)

    @property
    def today(self) -> date:
        """Local day of ``at``."""
        return local_day(self.at, self.records.tz)

    @property
    def tz(self) -> str:
        """Name of the jurisdiction's time zone."""
        return str(self.records.tz)

    def of_kind(self, *kinds: str) -> pl.DataFrame:
        """Tasks of some kinds."""
        return self.tasks.table.filter(pl.col("kind").is_in(kinds))


def said(kind: str, column: str, language: str) -> pl.Expr:
    """A column of codes in one language ("zh" or "en"); ``kind`` as ``policy.terms.term`` takes it."""
    return pl.col(column).map_elements(lambda code: term(kind, code).get(language), return_dtype=pl.String)


def findings(
    frame: pl.DataFrame,
    no: int,
    side: str,
    *,
    subject_kind: str | pl.Expr,
    subject_id: str,
    rule_id: str | pl.Expr,
    zh: str | pl.Expr,
    en: str | pl.Expr,
) -> pl.DataFrame:
    """Findings from the rows of a frame; a text is taken as it is, an expression is computed per row.

    Parameters
    ----------
    side : "too_little" or "too_much"
    subject_id : name of the column that holds the id
    """

    def expr(value: str | pl.Expr) -> pl.Expr:
        return pl.lit(value) if isinstance(value, str) else value

    return frame.select(
        no=pl.lit(no, dtype=pl.Int64),
        side=pl.lit(side),
        subject_kind=expr(subject_kind),
        subject_id=pl.col(subject_id).cast(pl.String),
        rule_id=expr(rule_id),
        what_zh=expr(zh),
        what_en=expr(en),
    ).select([pl.col(n).cast(t) for n, t in FINDINGS.items()])


def late_tasks(
    context: Context,
    no: int,
    kinds: tuple[str, ...],
    *,
    deadlines: tuple[tuple[str, str], ...],
    what: Words,
    without: pl.Expr | None = None,
) -> Outcome:
    """Check that tasks of some kinds were done in time.

    Parameters
    ----------
    deadlines : (concept, subject) pairs that create these tasks, to tell "no rule" from "no data"
    what : what was due, in words
    without : tasks that another check judges
    """
    tasks = context.of_kind(*kinds)
    if without is not None:
        tasks = tasks.filter(~without)
    if tasks.is_empty():
        if not any(context.rules.find(concept, subject).in_force for concept, subject in deadlines):
            return not_judged(
                no, "no_rule", Words("当日没有此项时限的有效规定。", "No rule for this is in force.")
            )
        return not_judged(
            no,
            "not_computable",
            Words("缺少起算或完成时间，无法判断。", "The data lack the times to judge by."),
        )
    is_overdue, is_late = pl.col("state") == "overdue", pl.col("is_late").fill_null(False)
    is_judged = is_overdue | pl.col("is_late").is_not_null() | (pl.col("state") == "open")
    due = pl.col("due_at").dt.convert_time_zone(context.tz)
    due_text = (
        pl.when(pl.col("precision") == "day")
        .then(due.dt.strftime("%Y-%m-%d"))
        .otherwise(due.dt.strftime("%Y-%m-%d %H:%M"))
    )
    parts = [
        findings(
            tasks.filter(mask),
            no,
            "too_little",
            subject_kind=pl.col("subject_kind"),
            subject_id="subject_id",
            rule_id=pl.col("rule_id"),
            zh=pl.format(zh, pl.col("what_zh"), due_text),
            en=pl.format(en, pl.col("what_en"), due_text),
        )
        for mask, zh, en in (
            (is_overdue, "未完成：{}（应于 {} 前）", "not done: {} (due {})"),
            (is_late & ~is_overdue, "超时完成：{}（应于 {} 前）", "done late: {} (due {})"),
        )
    ]
    n_judged = tasks.filter(is_judged).height
    n_new = tasks.filter("is_new").height
    n_unclear = tasks.height - n_judged
    zh, en = f"{what.zh}：共 {tasks.height} 项", f"{what.en}: {tasks.height} in all"
    if n_unclear:
        zh += f"，其中 {n_unclear} 项数据只到日期或无完成时间，无法按小时判断"
        en += f"; {n_unclear} cannot be judged (dates only, or no time of completion)"
    if n_new:
        zh += f"；其中 {n_new} 项属于本次运行新发现的人员，时限自本次运行起算，不算逾期"
        en += f"; {n_new} are new: owed by people found by this run, from now on, and not late"
    if not n_judged:
        return not_judged(no, "not_computable", Words(f"{zh}。", f"{en}."))
    return judged(no, n_judged, parts, Words(f"{zh}。", f"{en}."))
