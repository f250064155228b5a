"""Tasks of events: one clock for each, none for the alarms that are part of it, and a report for each rule met."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.factories.triggers import evidence, ruled, trigger
from tests.unit.tasks.test_tasks_owed import only
from tests.unit.zones.zones_world import AT, alarm, contacts, records, rule, signals, utc, written

from fireline.tasks.owed import owed
from fireline.tasks.tables import KINDS
from fireline.zones.delimit import delimit

VERIFY = rule("deadline", "signal_verify", {"hours": 2, "start": "detected", "stop": "assessed"})
REPORT = rule("deadline", "event_report", {"hours": 2, "start": "detected", "stop": "report"})
DAY = date(2026, 6, 19)


def work(*rules, alarms=(), triggers=()):
    asked = written(*rules)
    seen = replace(signals(*alarms), triggers=tuple(triggers))
    rec = records()
    return owed(rec, contacts(), delimit(rec, contacts(), asked, at=AT), seen, asked, at=AT)


def raised(name="T1", **more):
    return trigger(name, **{"raised": DAY, "areas": ("EX-01-1",), "alarm_ids": ("a1",)} | more)


def test_an_event_is_verified_by_its_own_clock_and_its_alarms_with_it():
    alarms = [alarm("a1", DAY), alarm("a3", DAY)]
    table = work(VERIFY, alarms=alarms, triggers=[raised()]).table
    assert table.select("subject_kind", "subject_id").rows() == [("trigger", "T1"), ("signal", "a3")]
    task = table.row(0, named=True)
    assert (task["task_id"], task["owner_role"]) == ("signal_verify:T1::", "epidemiologist")
    assert (task["due_at"], task["precision"], task["area_code"]) == (utc(20), "day", "EX-01-1")
    assert task["what_en"] == "verify the signal (Fever clinic, Antipyretic sales) within 2 h"
    assert "发热门诊就诊、退热药销售" in task["what_zh"]


def test_an_event_of_several_areas_belongs_to_the_whole():
    two = raised(areas=("EX-01-1", "EX-01-2"))
    assert only(work(VERIFY, triggers=[two]), "signal_verify")["area_code"] == records().area


def test_only_streams_that_speak_for_an_event_are_named():
    one = raised(evidence=(evidence(), evidence("antipyretic_sales", weight=-1.0)))
    assert "Antipyretic" not in only(work(VERIFY, triggers=[one]), "signal_verify")["what_en"]


def test_an_event_of_a_rule_is_named_by_its_alarm_and_reported_by_it():
    met = alarm("a1", DAY, kind="threshold")
    tasks = work(VERIFY, REPORT, alarms=[met], triggers=[ruled(raised=DAY, alarm_ids=("a1",))])
    assert only(tasks, "signal_verify")["subject_kind"] == "trigger"
    assert only(tasks, "event_report")["subject_id"] == "a1"
    assert only(tasks, "signal_verify")["what_en"].startswith("verify the signal (")


def test_without_a_rule_nobody_owes_a_verification():
    assert work(triggers=[raised()]).table.is_empty()


def test_kinds_that_the_console_opens_have_owners():
    assert KINDS["signal_watch"].owner_role == "epidemiologist"
    assert KINDS["signal_decide"].owner_role == "commander"
    assert not KINDS["signal_decide"].is_order
