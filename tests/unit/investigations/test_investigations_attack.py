"""Attack rates: unknown answers stand in their own column, amounts become levels, strata can be pooled."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.investigations.inv_factory import lunch, records

from fireline.investigations import attack
from fireline.investigations.ratios import mantel_haenszel


@pytest.mark.parametrize("said", ["yes", "Y", "是", "吃了", "吃过", "√", "1", "TRUE", "2.5", "3"])
def test_yes(said):
    assert attack.answer(said)[0] == "yes"


@pytest.mark.parametrize("said", ["no", "N", "否", "没吃", "未吃", "无", "×", "0", "0.0", "false"])
def test_no(said):
    assert attack.answer(said)[0] == "no"


@pytest.mark.parametrize("said", [None, "", " ", "不详", "unknown", "?", "maybe", "-1", "吃了吗", "1.2.3"])
def test_everything_else_is_unknown_never_no(said):
    assert attack.answer(said) == ("unknown", None)


def test_amounts_are_kept():
    assert attack.answer("2") == ("yes", 2.0)
    assert attack.answer("0") == ("no", 0.0)


@given(st.text(max_size=12))
def test_any_text_gets_one_of_three_answers(said):
    assert attack.answer(said)[0] in ("yes", "no", "unknown")


def test_answers_that_disagree_are_unknown():
    told = records(
        exposures=[
            {"person_key": "A", "item": "soup", "value": "yes"},
            {"person_key": "A", "item": "soup", "value": "no"},
            {"person_key": "B", "item": "soup", "value": "yes"},
        ]
    ).table("exposures")
    assert attack.answers_of(told)["answer"].to_list() == ["unknown", "yes"]


def people_of(data):
    ill = data.table("cases")["person_key"].to_list()
    return attack.population(data.table("persons"), data.table("exposures"), ill)


def test_lunch_table_with_unknowns_in_their_own_column():
    data = lunch()
    found = attack.attack_table(people_of(data), data.table("exposures"))
    assert found["item"].to_list() == ["lunch"]  # symptoms are no exposures
    row = found.row(0, named=True)
    assert [row[c] for c in ("exposed_ill", "exposed_well", "unexposed_ill", "unexposed_well")] == [
        20,
        4,
        2,
        10,
    ]
    assert (row["unknown_ill"], row["unknown_well"]) == (1, 3)
    assert row["exposed_rate"] == pytest.approx(20 / 24)
    assert row["risk_ratio"] == pytest.approx((20 / 24) / (2 / 12))


def test_people_who_were_not_asked_are_unknown():
    data = lunch()
    told = data.table("exposures").filter(pl.col("person_key") != "P000")
    row = attack.attack_table(people_of(data), told).row(0, named=True)
    assert row["exposed_ill"] == 19
    assert row["unknown_ill"] == 2
    assert sum(row[c] for c in row if c.endswith(("_ill", "_well"))) == 40


def test_people_of_unknown_illness_are_in_no_rate():
    data = records(
        persons=[{"person_key": k} for k in "ABC"],
        exposures=[
            {"person_key": "A", "item": "soup", "value": "yes"},
            {"person_key": "B", "item": "soup", "value": "yes"},
            {"person_key": "B", "item": "ill", "value": "unknown"},
            {"person_key": "C", "item": "soup", "value": "no"},
            {"person_key": "C", "item": "ill", "value": "no"},
        ],
    )
    people = attack.population(data.table("persons"), data.table("exposures"), ["A"])
    assert dict(people.iter_rows()) == {"A": True, "B": None, "C": False}
    row = attack.attack_table(people, data.table("exposures")).row(0, named=True)
    assert (row["exposed_ill"], row["exposed_well"], row["unexposed_well"]) == (1, 0, 1)
    groups = attack.group_table(people, data.table("persons"), by="group").row(0, named=True)
    assert (groups["ill"], groups["total"], groups["unknown"]) == (1, 2, 1)


def test_highest_ratio_comes_first():
    told = [
        {"person_key": f"P{i}", "item": item, "value": "yes" if bad else "no"}
        for i in range(20)
        for item, bad in (("rice", i % 2 == 0), ("egg", i < 10))
    ]
    data = records(persons=[{"person_key": f"P{i}"} for i in range(20)], exposures=told)
    ill = [f"P{i}" for i in range(9)]
    people = attack.population(data.table("persons"), data.table("exposures"), ill)
    found = attack.attack_table(people, data.table("exposures"))
    assert found["item"].to_list() == ["egg", "rice"]


def test_amounts_become_levels_with_a_trend():
    plan = {0: (1, 10), 1: (4, 10), 2: (8, 10), 3: (10, 10)}
    told, ill = [], []
    for amount, (n_ill, n) in plan.items():
        for j in range(n):
            key = f"{amount}-{j}"
            told.append({"person_key": key, "item": "milk", "value": str(amount)})
            if j < n_ill:
                ill.append(key)
    data = records(exposures=told)
    people = attack.population(data.table("persons"), data.table("exposures"), ill)
    found = attack.dose_table(people, data.table("exposures"))
    assert found["amount"].to_list() == [0, 1, 2, 3]
    assert found["ill"].to_list() == [1, 4, 8, 10]
    assert found["rate"].to_list() == [0.1, 0.4, 0.8, 1.0]
    assert found["trend_p"][0] < 0.0001


def test_one_amount_is_no_dose():
    data = records(exposures=[{"person_key": k, "item": "milk", "value": "1"} for k in "AB"])
    people = attack.population(data.table("persons"), data.table("exposures"), ["A"])
    assert attack.dose_table(people, data.table("exposures")).is_empty()


def test_trend_without_contrast_is_not_computable():
    assert attack.trend_p([0, 1], [0, 0], [5, 5]) is None
    assert attack.trend_p([1, 1], [2, 3], [5, 5]) is None


def test_groups_add_up_and_carry_exact_intervals():
    data = lunch()
    found = attack.group_table(people_of(data), data.table("persons"), by="group")
    assert found["total"].sum() == 40
    assert found["ill"].sum() == 23
    assert (found["low"] < found["rate"]).all()
    assert (found["high"] > found["rate"]).all()


def test_more_ill_than_people_gives_no_rate():
    counted = pl.DataFrame({"by": ["a"], "group": ["x"], "ill": [5], "total": [3], "unknown": [0]})
    assert attack.with_rates(counted)["rate"].to_list() == [None]


def test_denominators_exist_only_where_somebody_is_well():
    assert attack.has_denominators(people_of(lunch()))
    alone = records(cases=[{"person_key": "A"}], persons=[{"person_key": "A"}])
    assert not attack.has_denominators(
        attack.population(alone.table("persons"), alone.table("exposures"), ["A"])
    )


def test_strata_leave_out_what_is_not_known_and_pool():
    data = lunch()
    by = data.table("persons").select("person_key", pl.col("group").alias("stratum"))
    strata = attack.strata_of(people_of(data), data.table("exposures"), item="lunch", by=by)
    assert [name for name, _ in strata] == ["class 0", "class 1"]
    assert sum(sum(cells) for _, cells in strata) == 36
    assert mantel_haenszel([cells for _, cells in strata]).risk_ratio > 2
