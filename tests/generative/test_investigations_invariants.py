"""Whatever the list: nobody is lost between line list, curve and rates, and names and weeks do not matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.investigations.inv_factory import AT, BASE, NOROVIRUS, TZ, nothing_in_force, records

from fireline.investigations.describe import describe

FEW = settings(max_examples=20, deadline=None)
CLASSES = ("confirmed", "probable", "suspected", "discarded")
ANSWERS = ("yes", "no", "unknown", "是", "2", "0", None)
PERSON = st.fixed_dictionaries(
    {
        "class": st.sampled_from((*CLASSES, None)),
        "hours": st.one_of(st.none(), st.integers(0, 24 * 12)),
        "precision": st.sampled_from(("day", "hour", "minute")),
        "soup": st.sampled_from(ANSWERS),
        "rice": st.sampled_from(ANSWERS),
        "group": st.sampled_from(("class 1", "class 2", None)),
    }
)
LISTS = st.lists(PERSON, min_size=1, max_size=25)


def world(people, *, shift=timedelta(0), rename=lambda k: k):
    cases, persons, told = [], [], []
    for i, p in enumerate(people):
        key = rename(f"P{i:03d}")
        persons.append({"person_key": key, "group": p["group"], "age": float(i)})
        told += [{"person_key": key, "item": item, "value": p[item]} for item in ("soup", "rice")]
        if p["class"] is None:
            continue
        onset = None if p["hours"] is None else BASE + timedelta(hours=p["hours"]) + shift
        if onset is not None and p["precision"] == "day":
            onset = onset.astimezone(TZ).replace(hour=0, minute=0)
        cases.append(
            {
                "case_id": f"C{i:03d}",
                "person_key": key,
                "disease": "norovirus",
                "classification": p["class"],
                "onset": onset,
                "onset_precision": None if onset is None else p["precision"],
            }
        )
    return records(cases=cases, persons=persons, exposures=told)


def seen(data, at=AT + timedelta(days=30)):
    return describe(data, nothing_in_force(NOROVIRUS), at=at)


@FEW
@given(LISTS)
def test_nobody_is_lost_or_counted_twice(people):
    found = seen(world(people))
    cases = [p for p in people if p["class"] is not None]
    assert found.line_list.height == len(cases)
    counted = [p for p in cases if p["class"] != "discarded"]
    if found.summary["curve_basis"] == "onset":
        dated = [p for p in counted if p["hours"] is not None]
        # a date without an hour stands on no hourly curve; it is counted apart
        assert found.curve["count"].sum() + found.summary["n_dates_only"] == len(dated)
        assert found.summary["n_undated"] == len(counted) - len(dated)
    for row in found.attack.iter_rows(named=True):
        cells = [row[c] for c in row if c.endswith(("_ill", "_well"))]
        assert len(cells) == 6
        assert sum(cells) == len(people), row["item"]
    by_group = found.groups.filter(pl.col("by") == "group")
    if by_group.height:
        assert by_group["total"].sum() + by_group["unknown"].sum() == len(people)


@FEW
@given(LISTS)
def test_attack_cells_are_those_counted_by_hand(people):
    found = {row["item"]: row for row in seen(world(people)).attack.iter_rows(named=True)}
    ill = [p["class"] in ("confirmed", "probable", "suspected") for p in people]
    for item, row in found.items():
        for answers, name in ((("yes", "是", "2"), "exposed"), (("no", "0"), "unexposed")):
            said = [p[item] in answers for p in people]
            assert row[f"{name}_ill"] == sum(s and i for s, i in zip(said, ill, strict=True))
            assert row[f"{name}_well"] == sum(s and not i for s, i in zip(said, ill, strict=True))


@FEW
@given(LISTS, st.integers(-8, 8))
def test_moving_everything_by_weeks_moves_nothing_else(people, weeks):
    shift = timedelta(weeks=weeks)
    one, two = seen(world(people)), seen(world(people, shift=shift), at=AT + timedelta(days=30) + shift)
    assert one.curve.with_columns(pl.col("start") + shift).equals(two.curve)
    for name in ("attack", "doses", "groups", "symptoms", "delays"):
        assert getattr(one, name).equals(getattr(two, name)), name


@FEW
@given(LISTS)
def test_names_and_order_of_rows_change_nothing(people):
    n = len(people)
    data = world(people, rename=lambda key: f"Q{n - int(key[1:]):03d}")
    turned = replace(data, tables={name: table.reverse() for name, table in data.tables.items()})
    one, two = seen(world(people)), seen(turned)
    assert one.summary == two.summary
    for name in ("curve", "attack", "doses", "groups", "symptoms", "delays"):
        assert getattr(one, name).equals(getattr(two, name)), name


@FEW
@given(LISTS)
def test_one_more_well_person_who_did_not_eat_never_clears_the_food(people):
    more = {"class": None, "hours": None, "precision": "day", "soup": "no", "rice": "no", "group": None}
    one, two = (
        {r["item"]: r for r in seen(world(p)).attack.iter_rows(named=True)} for p in (people, [*people, more])
    )
    for item, row in one.items():
        if row["risk_ratio"] is not None and two[item]["risk_ratio"] is not None:
            assert two[item]["risk_ratio"] >= row["risk_ratio"]
