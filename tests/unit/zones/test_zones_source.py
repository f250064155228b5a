"""Sources that cases share: links, samples in a row, measures that order or only advise, trace-back."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.zones.zones_world import AT, case, records, rule, utc, written

from fireline.policy import At, load_library
from fireline.policy.model import Confidence
from fireline.zones.source import clean_in_row, source_zones
from fireline.zones.tables import SCHEMAS

HOLD = rule("goods", "source_food", {"action": "hold_and_recall", "test": True, "trace": True})
CLEAN = rule("zone.lift", "source_food", {"all": [{"fact": "clean_samples_in_row", "ge": 2}]})
CASES = [case("C1", utc(15)), case("C2", utc(16)), case("C3", utc(16))]
LOTS = [
    {"lot_id": "L1", "product": "oysters", "origin": "bay", "store_id": "S1", "arrives_at": utc(10)},
    {"lot_id": "L2", "product": "oysters", "origin": "bay", "store_id": "S2", "arrives_at": utc(11)},
    {"lot_id": "L3", "product": "rice", "origin": "bay", "store_id": "S1", "arrives_at": utc(11)},
]


def ate(person: str, value: str, item: str = "lot", at=None) -> dict:
    return {"person_key": person, "item": item, "value": value, "at": at or utc(12, 18)}


EATEN = [ate("PC1", "L1"), ate("PC2", "L1"), ate("PX", "L1"), ate("PC3", "Well 3", "water_supply")]


def sample(lot: str, day: int, result: str, kind: str = "lot", **more) -> dict:
    return {
        "sample_id": f"{lot}-{day}-{result}",
        "subject_kind": kind,
        "subject_id": lot,
        "kind": "culture",
        "taken_at": utc(day, 9),
        "result": result,
    } | more


def found(*rules, at=AT, min_cases=1, **tables):
    world = {"cases": CASES, "lots": LOTS, "exposures": EATEN} | tables
    return source_zones(records(**world), written(*(rules or (HOLD, CLEAN))), at=at, min_cases=min_cases)


def one(result, source="L1"):
    return result.sources.filter(pl.col("source_id") == source).row(0, named=True)


def test_cases_are_counted_by_source_and_the_well_are_not():
    result = found()
    assert dict(result.sources.schema) == SCHEMAS["sources"]
    assert result.sources.select("source_id", "kind", "n_cases").rows() == [
        ("L1", "lot", 2),
        ("Well 3", "water_supply", 1),
    ]
    assert one(result)["case_ids"] == ["C1", "C2"] and one(result)["last_exposure"] == utc(12, 18)
    assert "hold and recall" in one(result)["measure_en"] and not one(result)["is_advice"]


def test_a_handler_who_became_a_case_links_the_lot():
    handled = [{"lot_id": "L2", "person_key": "PC3", "from": utc(11), "to": utc(12)}]
    assert (one(found(lot_handlers=handled), "L2")["n_handlers"]) == 1


def test_fewer_cases_than_asked_are_left_out_unless_a_sample_is_positive():
    assert found(min_cases=2).sources["source_id"].to_list() == ["L1"]
    positive = found(min_cases=2, tests=[sample("L3", 18, "positive")])
    assert set(positive.sources["source_id"]) == {"L1", "L3"}
    with pytest.raises(ValueError, match="at least 1"):
        found(min_cases=0)


@pytest.mark.parametrize(
    ("tests", "clean", "due"),
    [
        ([], 0, False),
        ([sample("L1", 14, "negative")], 1, False),
        ([sample("L1", 14, "negative"), sample("L1", 15, "negative")], 2, True),
        ([sample("L1", 12, "negative"), sample("L1", 15, "negative")], 1, False),  # before the last meal
        (
            [sample("L1", 14, "negative"), sample("L1", 15, "positive"), sample("L1", 16, "negative")],
            1,
            False,
        ),
        ([sample("L1", 14, "negative"), sample("L1", 15, "pending")], 1, False),
        ([sample("L1", 14, "negative"), sample("L1", 15, "negative", result_at=utc(21))], 1, False),
        ([sample("L1", 14, "negative"), sample("L2", 15, "negative")], 1, False),
    ],
)
def test_negative_samples_in_a_row_lift_it(tests, clean, due):
    row = one(found(tests=tests))
    assert (row["n_clean"], row["is_due"]) == (clean, due)


def test_a_date_of_exposure_counts_to_the_end_of_that_day():
    eaten = [ate("PC1", "L1", at=utc(14)) | {"at_precision": "day"}]
    tests = [sample("L1", 14, "negative"), sample("L1", 15, "negative")]
    assert one(found(exposures=eaten, tests=tests))["n_clean"] == 1


def test_a_well_is_sampled_as_a_site():
    water = (
        rule("goods", "source_water", {"action": "boil_or_chlorinate"}),
        rule("zone.lift", "source_water", CLEAN.value),
    )
    tests = [sample("Well 3", d, "negative", kind="site") for d in (14, 15)]
    row = one(found(*water, tests=tests), "Well 3")
    assert row["is_due"] is True and "boil before drinking" in row["measure_en"]


def test_the_trace_names_the_other_lots_of_the_same_product_and_origin():
    handled = [{"lot_id": "L2", "person_key": "PY", "from": utc(11), "to": utc(12)}]
    trace = found(lot_handlers=handled).trace
    assert dict(trace.schema) == SCHEMAS["source_trace"]
    assert trace.select("other_lot", "store_id", "n_handlers", "is_same").rows() == [
        ("L1", "S1", 0, True),
        ("L2", "S2", 1, False),
    ]


def test_advice_is_marked_and_no_rule_is_said():
    advice = rule("goods", "source_food", HOLD.value, confidence=Confidence.K)
    result = found(advice)
    assert one(result)["is_advice"] and one(result)["is_due"] is None
    said = " ".join(n.en for n in result.notes)
    assert "only advice" in said and "water supply: no rule" in said


def test_nothing_shared_nothing_listed():
    result = found(exposures=[ate("PX", "L1")])
    assert result.sources.is_empty() and result.trace.is_empty() and not result.notes


def test_food_borne_illness_today_is_advised_only():
    rules = At(load_library(), "food-borne", "CN-41", date(2026, 6, 20))
    world = records(cases=CASES, lots=LOTS, exposures=EATEN)
    row = one(source_zones(world, rules, at=AT))
    assert row["is_advice"] and row["rule_id"] == "cn-food-borne/goods/source_food/CN"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["positive", "negative"]), max_size=8), st.integers(0, 8))
def test_counting_in_a_row_is_what_it_says(results, first):
    frame = pl.DataFrame(
        {
            "taken_at": [utc(1 + i) for i in range(len(results))],
            "sample_id": [str(i) for i in range(len(results))],
            "result": results,
        },
        schema={"taken_at": pl.Datetime("us", "UTC"), "sample_id": pl.String, "result": pl.String},
    )
    n = 0
    for i in reversed(range(len(results))):
        if results[i] == "positive":
            break
        n += i >= first
    assert clean_in_row(frame, after=utc(1 + first - 1) if first else None) == n
