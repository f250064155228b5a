"""A few rows of the store answer like all of them, whatever the precision, length and seats of stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.conftest import NOW
from tests.factories.movement import DAY, START, TZ, visits
from tests.unit.contacts.contact_worlds import LOOKBACK, at_rules, pack, rule

from fireline.actions.tracing import find_around
from fireline.contacts import find
from fireline.contacts.copresence import meetings
from fireline.contacts.index import ready
from fireline.pipeline.trace.stays import Stays
from fireline.records.model import INSTANT, Records, empty, schema
from fireline.store.visits import VisitStore
from fireline.store.visits.around import stays_of, visits_around

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PEOPLE = [f"p{k}" for k in range(6)]
PLACES = ["q0", "q1", "q2"]
SEATS = [None, None, "1A", "3C"]
RULES = at_rules(
    pack(
        rule("contact.lookback", "close", LOOKBACK),
        rule("contact.class", "close", 'any = [{ fact = "overlap_minutes", ge = 60 }, { fact = "same_seat_zone", eq = true }]'),
        rule("contact.class", "general", 'any = [{ fact = "overlap_minutes", gt = 0 }, { fact = "same_day_place", eq = true }]'),
        rule("contact.class", "secondary", 'any = [{ fact = "overlap_minutes", ge = 30 }, { fact = "same_day_place", eq = true }]'),
    )
)  # fmt: skip
AT = START + timedelta(days=10)


@st.composite
def rows(draw):
    out = []
    for _ in range(draw(st.integers(1, 16))):
        enter = draw(st.integers(0, 8)) * DAY + draw(st.sampled_from([0, 1, 600, 610, 720, DAY - 1]))
        stay = draw(st.sampled_from([0, 1, 30, 120, DAY, DAY + 800, 4 * DAY]))
        person, place = draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(PLACES))
        kind = draw(st.sampled_from(["minute", "minute", "hour", "day", "open"]))
        if kind == "day":
            enter, stay = enter // DAY * DAY, stay // DAY * DAY
        leave = None if kind == "open" else enter + stay
        out.append(
            (person, place, enter, leave, "minute" if kind == "open" else kind, draw(st.sampled_from(SEATS)))
        )
    return out


def frame(made):
    return visits([row[:5] for row in made]).with_columns(
        pl.Series("seat", [row[5] for row in made], pl.String)
    )


def stored(home, made):
    """A store that holds the rows in two batches which share one row."""
    held = frame(made)
    store = VisitStore(home, None, tz=TZ)
    with transaction.atomic():
        store.ingest(held.head(1 + held.height // 2), at=NOW)
        store.ingest(held.tail(1 + held.height // 2), at=NOW)
    return store


windows = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.integers(0, 9 * DAY), st.integers(0, 4 * DAY)),
    min_size=1,
    max_size=3,
)


def undo(check):
    """Each example begins with an empty store."""
    with transaction.atomic():
        check()
        transaction.set_rollback(True)


SETTINGS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SETTINGS
@given(made=rows(), asked=windows)
@example(  # a seat is known from a row that is no meeting itself, beside a day that is one
    made=[("p0", "q0", 600, 720, "minute", "1A"), ("p1", "q0", 0, 0, "day", None), ("p1", "q0", 800, 900, "minute", "1A")],
    asked=[("p0", 0, DAY)],
)  # fmt: skip
@example(  # who is known by the day only was everywhere that day
    made=[("p0", "q0", 0, DAY, "day", None), ("p1", "q0", 600, 601, "minute", None), ("p2", "q0", DAY - 1, 2 * DAY, "hour", "3C")],
    asked=[("p0", 700, DAY)],
)  # fmt: skip
@example(  # a stay that began days before the window
    made=[("p0", "q0", 0, 4 * DAY, "minute", None), ("p1", "q0", 1, 4 * DAY + 1, "minute", None)],
    asked=[("p0", 3 * DAY + 600, 100)],
)
def test_meetings_are_the_same_as_over_all_rows(home, made, asked):
    people = pl.DataFrame(
        [(str(k), p, START + timedelta(minutes=a), START + timedelta(minutes=a + n)) for k, (p, a, n) in enumerate(asked)],
        schema={"key": pl.String(), "person_key": pl.String(), "from": INSTANT, "to": INSTANT},
        orient="row",
    )  # fmt: skip

    def check():
        store = stored(home, made)
        few = visits_around(store, people.drop("key"))
        everything = store.read("visits")
        assert few.join(everything, on=few.columns, how="anti", nulls_equal=True).is_empty()
        assert meetings(few, people, tz=TZ).equals(meetings(everything, people, tz=TZ))

    undo(check)


def world(case_days):
    cases = [
        {
            "case_id": f"C{k}", "person_key": person, "disease": "covid-19", "classification": "confirmed",
            "onset": START + timedelta(days=day, hours=9), "onset_precision": "hour",
        }
        for k, (person, day) in enumerate(case_days.items())
    ]  # fmt: skip
    wanted = schema("cases")
    held = pl.DataFrame([{c: row.get(c) for c in wanted} for row in cases], schema=wanted)
    return Records(tables={"cases": held}, tz=TZ, area="CN-411624")


@SETTINGS
@given(
    made=rows(),
    case_days=st.dictionaries(st.sampled_from(PEOPLE), st.integers(1, 8), min_size=1, max_size=2),
    is_followed=st.booleans(),
)
def test_contacts_of_one_case_are_the_same_as_over_all_rows(home, made, case_days, is_followed):
    records = world(case_days)
    this = {"C0"}

    def check():
        store = stored(home, made)
        whole = replace(records, tables={**records.tables, "visits": store.read("visits")})
        slow = find(whole, RULES, at=AT, searched=this, followed=this if is_followed else set())
        quick, _ = find_around(records, RULES, store, at=AT, case_id="C0", is_followed=is_followed)
        assert quick.found.equals(slow.found.filter(pl.col("case_id") == "C0"))

    undo(check)


@SETTINGS
@given(made=rows())
def test_stays_of_a_store_are_those_of_its_rows(home, made):
    """Both ways into the searches for companions and common places hold the same stays."""

    def check():
        store = stored(home, made)
        direct, held = Stays.of_visits(store.read("visits"), tz=TZ), stays_of(store)
        for kind in ("exact", "whole_days"):
            assert seconds(getattr(held, kind), held) == seconds(getattr(direct, kind), direct)

    undo(check)


def seconds(indexes, held):
    """Person, place and second by second presence at a few seconds of each day; splits do not matter."""
    from fireline.contacts.search import episodes

    numbers = held.persons.table["number"].to_list()
    if not numbers or not indexes:
        return set()
    met = episodes(ready(indexes), numbers, 0, 2**40, 1)
    cases = [held.persons.names(pl.Series([numbers[c]]).to_numpy())[0] for c in met.case_i]
    people, places = held.persons.names(met.person_i), held.places.names(met.place_i)
    total = {}
    for case, person, place, a, b in zip(cases, people, places, met.start_s, met.end_s, strict=True):
        total.setdefault((case, person, place), set()).update(range(int(a) // 60, int(b) // 60))
    return {(key, frozenset(minutes)) for key, minutes in total.items()}


def test_an_empty_store_and_no_window_give_nothing(home):
    people = pl.DataFrame(schema={"person_key": pl.String(), "from": INSTANT, "to": INSTANT})
    store = VisitStore(home, None, tz=TZ)
    assert visits_around(store, people).equals(empty("visits"))
    assert stays_of(store).exact == ()


def test_the_worlds_above_do_hold_contacts_and_their_contacts(home):
    made = [
        ("p0", "q0", 600, 720, "minute", None), ("p1", "q0", 600, 720, "minute", None),
        ("p1", "q1", DAY, DAY + 90, "hour", None), ("p2", "q1", DAY, DAY + 90, "hour", None),
        ("p3", "q2", DAY, DAY + 90, "hour", None),
    ]  # fmt: skip
    with transaction.atomic():
        store = stored(home, made)
    found, seen = find_around(world({"p0": 1}), RULES, store, at=AT, case_id="C0", is_followed=True)
    assert found.found.select("person_key", "class").rows() == [("p1", "close"), ("p2", "secondary")]
    assert "p3" not in seen.table("visits")["person_key"].to_list()
