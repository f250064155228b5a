"""The order of a worklist: what still helps first, then the immune, then what is over; immunity as stated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from tests.factories import worlds

from fireline.tasks.worklist import WORKLIST, immunity, worklist

AT = datetime(2026, 6, 12, 6, tzinfo=UTC)


def task(name, person, *, hours, kind="prophylaxis", precision="minute", subject_kind="person"):
    return {
        "task_id": name, "kind": kind, "subject_kind": subject_kind, "subject_id": person, "what_zh": "疫苗",
        "what_en": "vaccine", "due_at": AT + timedelta(hours=hours), "precision": precision,
    }  # fmt: skip


def listed(tasks, **said):
    immune = pl.DataFrame(
        [{"person_key": p, "immune": v} for p, v in said.items()],
        schema={"person_key": pl.String, "immune": pl.String},
    )
    return worklist(pl.DataFrame(tasks), immune, at=AT)


def test_the_most_pressing_stands_first_and_what_is_over_last():
    found = listed(
        [
            task("t1", "a", hours=50),
            task("t2", "b", hours=3),
            task("t3", "c", hours=-1),
            task("t4", "d", hours=9),
        ]
    )
    assert found["task_id"].to_list() == ["t2", "t4", "t1", "t3"]
    assert found["is_over"].to_list() == [False, False, False, True]
    assert found["hours_left"].to_list() == [3, 9, 50, -1] and found.columns == list(WORKLIST)


def test_the_immune_need_no_prophylaxis_but_are_followed_up():
    found = listed(
        [task("t1", "a", hours=1), task("t2", "b", hours=5), task("t3", "a", hours=2, kind="followup")],
        a="yes",
        b="no",
    )
    assert found["task_id"].to_list() == ["t3", "t2", "t1"]
    assert found["immune"].to_list() == ["yes", "no", "yes"]


def test_a_due_day_lasts_to_its_end():
    found = listed([task("t1", "a", hours=-6, precision="day")])
    assert found.row(0, named=True)["hours_left"] == 18 and not found["is_over"][0]


def test_only_people_and_only_errands_of_this_kind_are_listed():
    found = listed(
        [task("t1", "a", hours=1, kind="case_report"), task("t2", "u", hours=1, subject_kind="lot")]
    )
    assert found.is_empty() and found.schema == pl.Schema(WORKLIST)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([("immune", "yes")], "yes"),
        ([("vaccine_measles", "Yes"), ("immune", "no")], "yes"),
        ([("immune_measles", "no"), ("vaccine", "unknown")], "no"),
        ([("vaccine", "two doses")], "unknown"),
        ([("vaccine_influenza", "yes")], None),
        ([("cake", "yes")], None),
    ],
)
def test_immunity_is_what_the_source_says(answers, says):
    rows = worlds.frame("exposures", [{"person_key": "a", "item": i, "value": v} for i, v in answers])
    assert dict(immunity(rows, "measles").rows()).get("a") == says
