"""Columns in and out of the tasks chapter, and the kinds of task with their owners.

Chapter 9: the one place where the shape of a task stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from fireline.words import Words

READS = (
    "cases",
    "contacts",
    "persons",
    "tests",
    "visits",
    "arrivals",
    "risk_areas",
    "lots",
    "lot_handlers",
    "places",
)
"""Canonical tables that owed reads."""

STATES: dict[str, Words] = {
    "open": Words("待办", "open"),
    "done": Words("已完成", "done"),
    "overdue": Words("逾期", "overdue"),
    "no_record": Words("数据中没有完成记录", "no record in these data whether it was done"),
}
"""States of a task. Overdue: the due time is past, and the source, which records such things, shows none."""

INSTANT = pl.Datetime("us", time_zone="UTC")

SCHEMA: dict[str, pl.DataType] = {
    "task_id": pl.String(),
    "kind": pl.String(),
    "subject_kind": pl.String(),  # case, person, arrival, lot, signal, trigger or zone
    "subject_id": pl.String(),
    "case_id": pl.String(),
    "area_code": pl.String(),
    "owner_role": pl.String(),
    "owner_unit": pl.String(),
    "start_at": INSTANT,
    "due_at": INSTANT,
    "precision": pl.String(),
    "done_at": INSTANT,
    "state": pl.String(),  # one of STATES
    "rule_id": pl.String(),
    "edition": pl.String(),
    "what_zh": pl.String(),
    "what_en": pl.String(),
    "start_event": pl.String(),
    "is_late": pl.Boolean(),  # done after its due time; null where dates alone cannot tell, or not done
    "place": pl.String(),  # where the phase of a measure is spent, for phases and tests
    "is_new": pl.Boolean(),  # owed by somebody whom nobody had identified before this run
    "may_order": pl.Boolean(),  # an order to a real person may rest on it
    "label_zh": pl.String(),  # "" or the label of an exercise or look-back edition
    "label_en": pl.String(),
}
"""The task table: column -> type, in order."""

DRAFT: dict[str, pl.DataType] = {
    "kind": pl.String(),
    "subject_kind": pl.String(),
    "subject_id": pl.String(),
    "case_id": pl.String(),
    "area_code": pl.String(),
    "part": pl.String(),
    "start_event": pl.String(),
    "start_at": INSTANT,
    "from_at": INSTANT,  # a sample for a test without a fixed day counts from here on
    "due_at": INSTANT,
    "latest_at": INSTANT,
    "precision": pl.String(),
    "done_at": INSTANT,
    "done_precision": pl.String(),
    "is_done": pl.Boolean(),
    "place": pl.String(),
    "register": pl.String(),  # of registers.REGISTERS; "" where no table can show it done
    "is_new": pl.Boolean(),
    "rule_id": pl.String(),
    "edition": pl.String(),
    "pack_kind": pl.String(),
    "what_zh": pl.String(),
    "what_en": pl.String(),
}
"""A task before its owner, state, label and id are added. ``latest_at``: from here on it is surely late."""


@dataclass(frozen=True, slots=True)
class TaskKind:
    """One kind of task: its name, who owns it and whether it restricts a person.

    Attributes
    ----------
    name : Words
    owner_role : epidemiologist, commander, grid_worker or supervisor
    is_order : bool, carrying it out restricts a person; needs a rule that can order
    """

    name: Words
    owner_role: str
    is_order: bool = False


KINDS: dict[str, TaskKind] = {
    "case_report": TaskKind(Words("病例网络直报", "report the case"), "epidemiologist"),
    "trajectory": TaskKind(Words("核心轨迹", "write the case's trajectory"), "epidemiologist"),
    "prelim_report": TaskKind(Words("初步流调报告", "preliminary investigation report"), "epidemiologist"),
    "case_measure": TaskKind(Words("病例隔离治疗", "isolate and treat the case"), "commander", is_order=True),
    "exclusion": TaskKind(Words("停课或停工", "keep away from school or work"), "grid_worker", is_order=True),
    "close_placed": TaskKind(Words("密接转运到位", "place the close contact"), "grid_worker", is_order=True),
    "secondary_placed": TaskKind(
        Words("次密接管控到位", "place the secondary contact"), "grid_worker", is_order=True
    ),
    "phase": TaskKind(Words("管理阶段", "phase of the measure"), "grid_worker", is_order=True),
    "test": TaskKind(Words("采样检测", "take the sample that is due"), "grid_worker"),
    "release": TaskKind(Words("解除管理", "release from the measure"), "epidemiologist"),
    "followup": TaskKind(Words("随访至末日", "follow up to the last day"), "grid_worker"),
    "prophylaxis": TaskKind(Words("暴露后预防", "prophylaxis while it still helps"), "epidemiologist"),
    "retest": TaskKind(Words("复查", "test again after the window"), "epidemiologist"),
    "arrival_accept": TaskKind(Words("来人员交接", "accept the arrival"), "grid_worker"),
    "lot_declare": TaskKind(Words("货物提前申报", "declare the lot in time"), "supervisor"),
    "lot_test": TaskKind(Words("货物采样", "sample the lot"), "supervisor"),
    "lot_disinfect": TaskKind(Words("货物消毒", "disinfect the lot"), "supervisor"),
    "lot_trace": TaskKind(Words("货物经手人登记", "list the lot's handlers"), "supervisor"),
    "signal_verify": TaskKind(Words("信号核实", "verify the signal"), "epidemiologist"),
    "signal_watch": TaskKind(Words("观察期满复核信号", "look again at a watched signal"), "epidemiologist"),
    "signal_decide": TaskKind(Words("研判已升级的信号", "decide on an escalated signal"), "commander"),
    "event_report": TaskKind(Words("事件报告", "report the event"), "commander"),
    "first_round": TaskKind(Words("首轮检测", "first full round of tests"), "commander"),
    "zone_publish": TaskKind(Words("公布区域", "publish the zone"), "commander"),
    "zone_gate": TaskKind(Words("卡口到岗", "staff the gate of a zone"), "grid_worker", is_order=True),
    "lift_review": TaskKind(Words("解除评估", "review the zone for lifting"), "epidemiologist"),
}
"""Every task kind by name; the owner unit is the area (township) of the subject."""


def empty() -> pl.DataFrame:
    """A task table without rows."""
    return pl.DataFrame(schema=SCHEMA)


def empty_draft() -> pl.DataFrame:
    """A draft table without rows."""
    return pl.DataFrame(schema=DRAFT)
