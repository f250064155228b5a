"""Progress of a round: once a person, never more than all, unknown is not absent, positives come again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from fireline.tasks.sampling.progress import follow_round
from fireline.tasks.sampling.tables import READS, SCHEMAS

START = datetime(2026, 6, 1, 0, tzinfo=UTC)


def hour(h: float) -> datetime:
    return START + timedelta(hours=h)


def follow(roster, samples, tubes=(), *, at: float = 100.0):
    return follow_round(
        pl.DataFrame(list(roster), schema=READS["roster"], orient="row"),
        pl.DataFrame([(p, t, hour(h)) for p, t, h in samples], schema=READS["samples"], orient="row"),
        pl.DataFrame(
            [(t, r, None if h is None else hour(h)) for t, r, h in tubes], schema=READS["tubes"], orient="row"
        ),
        start=START,
        at=hour(at),
    )


def row(found, unit: str | None = None) -> dict[str, object]:
    table = found.total if unit is None else found.units.filter(pl.col("unit_id") == unit)
    return table.row(0, named=True)


PEOPLE = [
    ("a", "U", "present"),
    ("b", "U", None),
    ("c", "U", "absent"),
    ("d", "V", "refused"),
    ("e", "V", None),
]


def test_who_is_where_before_anybody_came():
    found = follow(PEOPLE, [])
    assert row(found) | {"unit_id": "x"} == {
        "unit_id": "x", "listed": 5, "present": 1, "absent": 1, "refused": 1, "unknown": 2, "sampled": 0,
        "negative": 0, "positive": 0, "pending": 0, "to_resample": 0, "share_of_listed": 0.0,
        "share_of_expected": 0.0,
    }  # fmt: skip
    assert found.hours.height == 0 and found.resamples.height == 0
    assert "2 nothing is known" in found.notes[0].en
    for name, table in (
        ("round_progress", found.units),
        ("round_hours", found.hours),
        ("round_resamples", found.resamples),
    ):
        assert dict(table.schema) == SCHEMAS[name]


def test_unknown_is_expected_absent_is_not():
    found = follow(PEOPLE, [("a", "t", 1)])
    assert row(found)["share_of_listed"] == 0.2
    assert row(found)["share_of_expected"] == 1 / 3  # a, b, e are expected


def test_whoever_was_sampled_was_there():
    found = follow(PEOPLE, [("c", "t", 1), ("d", "t", 1)])
    assert (row(found)["absent"], row(found)["refused"], row(found)["present"]) == (0, 0, 3)
    assert row(found)["share_of_expected"] == 0.4


def test_nobody_counts_twice_and_strangers_do_not_count():
    found = follow(PEOPLE, [("a", "t", 1), ("a", "t", 1), ("a", "u", 2), ("x", "t", 1), ("y", "v", 1)])
    assert row(found)["sampled"] == 1 and found.not_listed == 2
    assert "2 people sampled are not on the roster" in found.notes[-1].en
    all_came = follow(PEOPLE * 2, [(p, f"t{k}", k) for k in range(3) for p in "abcdexyz"])
    assert row(all_came)["share_of_listed"] == row(all_came)["share_of_expected"] == 1.0


def test_results_by_tube():
    samples = [("a", "mix", 1), ("b", "mix", 1), ("c", "one", 1), ("d", "bad", 1), ("e", "open", 1)]
    tubes = [("mix", "negative", 5), ("one", "positive", 5), ("bad", "invalid", 6), ("open", None, None)]
    found = follow(PEOPLE, samples, tubes)
    assert [row(found)[s] for s in ("negative", "positive", "pending", "to_resample")] == [2, 1, 1, 1]
    assert found.resamples.row(0, named=True) == {
        "person_key": "d", "unit_id": "V", "tube_id": "bad", "result": "invalid", "since": hour(6),
    }  # fmt: skip
    assert row(found, "U")["negative"] == 2 and row(found, "V")["pending"] == 1


def test_a_positive_pool_calls_all_its_people_until_each_has_a_sample_alone():
    samples = [("a", "mix", 1), ("b", "mix", 1), ("x", "mix", 1)]
    tubes = [("mix", "positive", 5)]
    found = follow(PEOPLE, samples, tubes)
    assert found.resamples["person_key"].to_list() == ["a", "b"]
    assert (row(found)["positive"], row(found)["to_resample"]) == (0, 2)
    again = follow(PEOPLE, [*samples, ("a", "a1", 7), ("b", "b1", 7)], [*tubes, ("a1", "positive", 9)])
    assert [row(again)[s] for s in ("positive", "pending", "to_resample")] == [1, 1, 0]
    done = follow(
        PEOPLE, [*samples, ("a", "a1", 7), ("b", "b1", 7), ("a", "a2", 20)],
        [*tubes, ("a1", "positive", 9), ("b1", "negative", 9), ("a2", "negative", 22)],
    )  # fmt: skip
    assert [row(done)[s] for s in ("positive", "negative")] == [1, 1]  # once positive alone, positive


def test_a_pool_with_one_listed_person_and_strangers_is_still_a_pool():
    found = follow(PEOPLE, [("a", "mix", 1), ("x", "mix", 1)], [("mix", "positive", 2)])
    assert (row(found)["positive"], row(found)["to_resample"]) == (0, 1)


def test_what_lies_ahead_or_before_the_round_is_not_known():
    samples = [("a", "old", -5), ("b", "t", 1), ("c", "late", 9)]
    found = follow(PEOPLE, samples, [("t", "negative", 6), ("old", "negative", -1)], at=5)
    assert (row(found)["sampled"], row(found)["pending"], row(found)["negative"]) == (1, 1, 0)
    assert row(follow(PEOPLE, samples, [("t", "negative", 6)], at=6))["negative"] == 1


def test_hours_add_up():
    samples = [("a", "t", 0.2), ("b", "t", 0.9), ("c", "u", 2.5), ("c", "v", 2.7)]
    hours = follow(PEOPLE, samples, [("t", "negative", 3.5)]).hours
    assert hours["sampled"].to_list() == [2, 0, 1, 0]
    assert hours["sampled_so_far"].to_list() == [2, 2, 3, 3]
    assert hours["settled_so_far"].to_list() == [0, 0, 0, 2]
    assert hours["share_of_listed"].to_list() == pytest.approx([0.4, 0.4, 0.6, 0.6])


def test_an_empty_roster_has_no_share():
    found = follow([], [("x", "t", 1)])
    assert row(found)["share_of_listed"] is None and row(found)["listed"] == 0
    assert found.not_listed == 1
