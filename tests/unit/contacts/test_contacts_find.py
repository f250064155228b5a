"""contacts.find: who is found, from what, under which rule, and what is left alone without one."""

from datetime import UTC, datetime

import polars as pl
import pytest
from tests.unit.contacts.contact_worlds import (
    AT,
    CLOSE,
    LOOKBACK,
    TZ,
    at_rules,
    case,
    pack,
    records,
    rule,
    tracing_pack,
    visit,
)

from fireline.contacts import find
from fireline.contacts.tables import FOUND

NO_RULES = pack(rule("deadline", "case_report", 'hours = 2, start = "diagnosis", stop = "report"'))


def found(world, *packs, **options):
    return find(world, at_rules(*(packs or (tracing_pack(),)), **options), at=AT)


def rows(contacts, *columns):
    return contacts.found.select(columns or ("case_id", "person_key", "class", "basis")).rows()


def canteen(leave="2021-12-10 12:20", **more):
    return records(
        cases=[case("C1", isolated_at="2021-12-13 10:00")],
        visits=[
            visit("PC1", "canteen", "2021-12-10 12:00", "2021-12-10 13:00"),
            visit("PA", "canteen", "2021-12-10 12:00", leave),
        ],
        **more,
    )


def test_it_works():
    contacts = found(canteen())
    (row,) = contacts.found.iter_rows(named=True)
    assert (row["case_id"], row["person_key"], row["class"], row["basis"]) == (
        "C1",
        "PA",
        "close",
        "co_presence",
    )
    assert (row["overlap_s"], row["episodes"], row["precision"], row["place_id"]) == (
        1200,
        1,
        "minute",
        "canteen",
    )
    assert row["first_exposure"] == datetime(2021, 12, 10, 4, 0, tzinfo=UTC)
    assert row["last_exposure"] == datetime(2021, 12, 10, 4, 20, tzinfo=UTC)
    assert row["rule_id"] == "t-1/contact.class/close/CN" and row["edition"] == "t-1"


def test_reason_names_place_times_rule_and_what_would_change_it():
    (row,) = found(canteen()).found.iter_rows(named=True)
    for text in (row["why_en"], row["why_zh"]):
        assert "canteen" in text and "2021-12-10 12:00" in text and "2021-12-10 12:20" in text
        assert "t-1/contact.class/close/CN" in text and "≥ 15" in text
    assert "20 min" in row["why_en"] and "20 分钟" in row["why_zh"]


def test_below_the_rule_is_not_listed_and_counted():
    contacts = found(canteen(leave="2021-12-10 12:14"))
    assert contacts.found.height == 0
    assert any("1 pair(s) shared a place but meet no class rule" in n.en for n in contacts.notes)


@pytest.mark.parametrize(
    ("packs", "expected"),
    [
        ((NO_RULES,), "no rule contact.lookback/close is in force"),
        ((pack(rule("contact.lookback", "close", LOOKBACK)),), "no rule contact.class/close is in force"),
        ((pack(rule("contact.class", "close", CLOSE)),), "no rule contact.lookback/close is in force"),
        (
            (pack(rule("contact.lookback", "close", LOOKBACK, "C"), rule("contact.class", "close", CLOSE)),),
            "conflict (t-1/contact.lookback/close/CN)",
        ),
        (
            (pack(rule("contact.lookback", "close", LOOKBACK, "K"), rule("contact.class", "close", CLOSE)),),
            "only advice",
        ),
        ((tracing_pack(end="2021-12-12"),), "no rule contact.lookback/close is in force"),
    ],
    ids=["none", "no class", "no look-back", "conflict", "advice", "ended"],
)
def test_no_rule_no_search(packs, expected):
    world = canteen(contacts=[{"person_key": "PN", "case_id": "C1", "class": "close"}])
    contacts = found(world, *packs)
    assert rows(contacts, "person_key", "basis") == [("PN", "stated")], "only the named one is shown"
    assert any(expected in note.en for note in contacts.notes), [n.en for n in contacts.notes]
    assert all(note.zh for note in contacts.notes)


@pytest.mark.parametrize(
    ("kind", "area", "word"),
    [("retrospective", "CN", "Retrospective"), ("exercise", "EX", "Exercise")],
)
def test_packs_that_cannot_order_may_search_and_are_labelled(kind, area, word):
    contacts = found(canteen(), tracing_pack(kind=kind, area=area, end="2022-01-31"), area=f"{area}-11")
    assert contacts.found.height == 1
    assert any(word.lower() in n.en.lower() for n in contacts.notes), [n.en for n in contacts.notes]


@pytest.mark.parametrize(
    ("enter", "leave", "is_found"),
    [
        ("2021-12-06 08:00", "2021-12-06 09:00", True),  # four days before onset, from midnight
        ("2021-12-05 08:00", "2021-12-05 09:00", False),
        ("2021-12-05 08:00", "2021-12-06 09:00", True),  # the part inside the window counts
        ("2021-12-13 09:00", "2021-12-13 09:30", True),
        ("2021-12-13 09:50", "2021-12-13 11:00", False),  # ten minutes until isolation at 10:00
        ("2021-12-14 09:00", "2021-12-14 10:00", False),
    ],
)
def test_window_runs_from_lookback_to_isolation(enter, leave, is_found):
    world = records(
        cases=[case("C1", isolated_at="2021-12-13 10:00")],
        visits=[visit("PC1", "x", enter, leave), visit("PA", "x", enter, leave)],
    )
    assert bool(found(world).found.height) is is_found


def test_each_case_is_judged_by_the_rules_of_its_own_day():
    old = pack(
        rule("contact.lookback", "close", 'days = 2, anchor = "onset_or_sampling", until = "isolation"'),
        rule("contact.class", "close", CLOSE),
        pack_id="t-0",
        start="2020-01-01",
        end="2020-12-31",
    )
    world = records(
        cases=[case("C1"), case("C0", onset="2020-06-10", reported_at="2020-06-12 08:00")],
        visits=[
            *(visit(p, "x", "2021-12-07 08:00", "2021-12-07 09:00") for p in ("PC1", "PA")),
            *(visit(p, "x", "2020-06-07 08:00", "2020-06-07 09:00") for p in ("PC0", "PB")),
            *(visit(p, "x", "2020-06-08 08:00", "2020-06-08 09:00") for p in ("PC0", "PD")),
        ],
    )
    contacts = found(world, old, tracing_pack())
    assert rows(contacts, "case_id", "person_key", "edition") == [("C0", "PD", "t-0"), ("C1", "PA", "t-1")]


def test_asymptomatic_cases_are_anchored_on_sampling():
    world = records(
        cases=[case("C1", onset="2021-12-01", classification="asymptomatic", sampled_at="2021-12-12 08:00")],
        visits=[visit(p, "x", "2021-12-07 08:00", "2021-12-07 09:00") for p in ("PC1", "PA")]
        + [visit(p, "x", "2021-12-08 08:00", "2021-12-08 09:00") for p in ("PC1", "PB")],
    )
    assert rows(found(world), "person_key") == [("PB",)]


def test_a_case_with_only_a_report_says_so():
    contacts = found(
        records(cases=[case("C1", onset=None)], visits=[visit("PC1", "x", "2021-12-10 08:00", None)])
    )
    assert any("neither onset nor sampling" in n.en for n in contacts.notes)


def test_discarded_and_other_diseases_are_no_cases():
    world = canteen()
    cases = world.table("cases")
    for change in ({"classification": "discarded"}, {"disease": "measles"}):
        other = cases.with_columns(pl.lit(v).alias(k) for k, v in change.items())
        changed = type(world)({**world.tables, "cases": other}, TZ, world.area)
        assert found(changed).found.height == 0


def test_a_person_who_is_two_cases_is_searched_in_both_windows():
    world = records(
        cases=[
            case("C1", isolated_at="2021-12-13 08:00"),
            case("C2", person="PC1", onset="2021-06-10", reported_at="2021-06-12 08:00"),
        ],
        visits=[visit(p, "x", "2021-12-09 08:00", "2021-12-09 09:00") for p in ("PC1", "PA")]
        + [visit(p, "x", "2021-06-09 08:00", "2021-06-09 09:00") for p in ("PC1", "PB")],
    )
    assert rows(found(world), "case_id", "person_key") == [("C1", "PA"), ("C2", "PB")]


def test_dates_only_never_become_minutes():
    by_day = pack(
        rule("contact.lookback", "close", LOOKBACK),
        rule("contact.class", "close", 'fact = "overlap_minutes", ge = 15'),
        rule("contact.class", "general", 'fact = "same_day_place", eq = true'),
    )
    world = records(
        cases=[case("C1", isolated_at="2021-12-13 10:00")],
        visits=[visit(p, "market", "2021-12-10", None) for p in ("PC1", "PA")]
        + [
            visit("PB", "market", "2021-12-10 10:00", "2021-12-10 11:00"),
            visit("PD", "market", "2021-12-11", None),
        ],
    )
    contacts = found(world, by_day)
    got = rows(contacts, "person_key", "class", "overlap_s", "precision", "episodes")
    assert got == [("PA", "general", None, "day", 1), ("PB", "general", None, "day", 1)]
    assert "minutes not computable, dates only" in contacts.found["why_en"][0]
    assert "只有日期" in contacts.found["why_zh"][0]
    only_minutes = found(world)
    assert rows(only_minutes, "class")[0] == ("unclassified",), "minutes unknown: not close, not refused"
    assert "do not decide" in only_minutes.found["why_en"][0]


def test_days_are_local_days_and_span_stays():
    world = records(
        cases=[case("C1", isolated_at="2021-12-13 10:00")],
        visits=[
            visit("PC1", "ward", "2021-12-09", None),
            visit("PA", "ward", "2021-12-08 20:00", "2021-12-09 00:00"),  # gone at midnight
            visit("PB", "ward", "2021-12-01", "2021-12-12"),
        ],
    )
    rules = pack(
        rule("contact.lookback", "close", LOOKBACK),
        rule("contact.class", "close", 'fact = "same_day_place", eq = true'),
    )
    assert rows(found(world, rules), "person_key") == [("PB",)]


def test_hours_are_said_to_be_hours():
    hourly = {"enter_precision": "hour", "leave_precision": "hour"}
    world = records(
        cases=[case("C1", isolated_at="2021-12-13 10:00")],
        visits=[visit(p, "x", "2021-12-10 12:00", "2021-12-10 13:00", **hourly) for p in ("PC1", "PA")],
    )
    contacts = found(world)
    assert rows(contacts, "class", "precision") == [("close", "hour")]
    assert "times to the hour" in contacts.found["why_en"][0]
    strict = pack(
        rule("contact.lookback", "close", LOOKBACK),
        rule(
            "contact.class",
            "close",
            'all = [{ fact = "overlap_minutes", ge = 15 }], needs_minutes_precision = true',
        ),
    )
    assert rows(found(world, strict), "class") == [("unclassified",)]


def test_overlapping_stays_of_one_person_count_once():
    world = canteen()
    twice = pl.concat([world.table("visits"), world.table("visits").tail(1)])
    doubled = type(world)({**world.tables, "visits": twice}, TZ, world.area)
    assert found(doubled).found.equals(found(world).found)


def test_household_and_stated_are_merged_into_one_row_with_all_facts():
    world = canteen(
        leave="2021-12-10 12:05",
        persons=[{"person_key": p, "household_id": "H1"} for p in ("PC1", "PA", "PH")],
        links=[{"from_case": "C1", "to_person": "PA", "kind": "contact"}],
    )
    contacts = found(world)
    assert rows(contacts) == [("C1", "PA", "close", "stated"), ("C1", "PH", "close", "household")]
    assert contacts.found["overlap_s"].to_list() == [300, None]
    assert (
        "same household" in contacts.found["why_en"][0]
        and "named as a contact" in contacts.found["why_en"][0]
    )


def test_stated_class_is_kept_as_the_source_wrote_it():
    world = records(
        cases=[case("C1")],
        contacts=[
            {"person_key": "PA", "case_id": "C1", "class": "general", "last_exposure": "2021-12-11 10:00"},
            {"person_key": "PB", "case_id": "C1", "class": None},
            {"person_key": "PZ", "case_id": "C9", "class": "close"},
        ],
    )
    contacts = found(world)
    assert rows(contacts) == [("C1", "PA", "general", "stated"), ("C1", "PB", "close", "stated")]
    assert "source states: general contact" in contacts.found["why_en"][0]
    assert any("name a case that is not among these cases" in n.en for n in contacts.notes)
    bare = found(world, NO_RULES)
    assert rows(bare, "person_key", "class") == [("PA", "general"), ("PB", "unclassified")]


def test_undirected_contact_of_two_cases_holds_both_ways_and_infection_one_way():
    cases = [case("C1"), case("C2")]
    both = records(cases=cases, links=[{"from_case": "C1", "to_person": "PC2", "kind": "contact"}])
    assert rows(found(both), "case_id", "person_key") == [("C1", "PC2"), ("C2", "PC1")]
    one = records(cases=cases, links=[{"from_case": "C1", "to_person": "PC2", "kind": "infected_by"}])
    assert rows(found(one), "case_id", "person_key") == [("C1", "PC2")]
    cluster = records(cases=cases, links=[{"from_case": "C1", "to_person": "PC2", "kind": "cluster"}])
    assert rows(found(cluster)) == []


def test_manifest_of_a_case_is_followed_at_once_with_seat_rows():
    seats = pack(
        rule("contact.lookback", "close", LOOKBACK),
        rule(
            "contact.class",
            "close",
            'all = [{ fact = "is_manifest", eq = true }, { fact = "seat_rows_apart", le = 3 }]',
        ),
        rule("contact.class", "general", 'fact = "is_manifest", eq = true'),
    )
    trip = {
        "pocket": "flight",
        "origin_area": "CN-11",
        "conveyance": "CA1234",
        "arrives_at": "2021-12-09 10:00",
    }
    world = records(
        cases=[case("C1", isolated_at="2021-12-13 10:00")],
        arrivals=[
            {"arrival_id": f"A{p}", "person_key": p, "seat": s} | trip
            for p, s in [("PC1", "12A"), ("PA", "14F"), ("PB", "20C"), ("PD", None)]
        ]
        + [
            {"arrival_id": "A9", "person_key": "PE", "seat": "12B"}
            | trip
            | {"arrives_at": "2021-12-10 10:00"}
        ],
    )
    contacts = found(world, seats)
    assert rows(contacts, "person_key", "class", "basis") == [
        ("PA", "close", "manifest"),
        ("PB", "general", "manifest"),
        ("PD", "general", "manifest"),
    ]
    assert "2 rows apart" in contacts.found["why_en"][0]


def test_seat_zones_of_a_hall():
    zones = pack(
        rule("contact.lookback", "close", LOOKBACK),
        rule("contact.class", "close", 'fact = "same_seat_zone", eq = true'),
        rule("contact.class", "general", 'fact = "overlap_minutes", ge = 15'),
    )
    world = records(
        cases=[case("C1", isolated_at="2021-12-13 10:00")],
        visits=[
            visit(p, "hall", "2021-12-10 12:00", "2021-12-10 13:00", seat=s)
            for p, s in [("PC1", "north"), ("PA", "north"), ("PB", "south"), ("PD", None)]
        ],
    )
    assert rows(found(world, zones), "person_key", "class") == [
        ("PA", "close"),
        ("PB", "general"),
        ("PD", "general"),
    ]


def test_place_kind_may_decide():
    by_kind = pack(
        rule("contact.lookback", "close", LOOKBACK),
        rule(
            "contact.class",
            "close",
            'all = [{ fact = "place_kind", in = ["school"] }, { fact = "overlap_minutes", ge = 1 }]',
        ),
    )
    world = canteen(places=[{"place_id": "canteen", "name": "x", "kind": "school"}])
    assert rows(found(world, by_kind), "class") == [("close",)]
    other = canteen(places=[{"place_id": "canteen", "name": "x", "kind": "market"}])
    assert found(other, by_kind).found.height == 0


SECOND = rule(
    "contact.class",
    "secondary",
    'any = [{ fact = "overlap_minutes", ge = 30 }, { fact = "is_household", eq = true }]',
)


def second_world(**more):
    return records(
        cases=[case("C1", isolated_at="2021-12-13 10:00")],
        persons=[{"person_key": p, "household_id": "H7"} for p in ("PA", "PH")],
        visits=[
            visit("PC1", "x", "2021-12-09 08:00", "2021-12-09 09:00"),
            visit("PA", "x", "2021-12-09 08:00", "2021-12-09 09:00"),
            visit("PA", "y", "2021-12-08 08:00", "2021-12-08 09:00"),  # before the close contact was exposed
            visit("PB", "y", "2021-12-08 08:00", "2021-12-08 09:00"),
            visit("PA", "y", "2021-12-10 08:00", "2021-12-10 09:00"),
            visit("PD", "y", "2021-12-10 08:00", "2021-12-10 09:00"),
            visit("PE", "y", "2021-12-10 08:00", "2021-12-10 08:29"),  # too short
            visit("PA", "y", "2021-12-14 08:00", "2021-12-14 09:00"),
            visit("PF", "y", "2021-12-14 08:00", "2021-12-14 09:00"),
        ],
        **more,
    )


def second_rules():
    return pack(rule("contact.lookback", "close", LOOKBACK), rule("contact.class", "close", CLOSE), SECOND)


def test_secondary_contacts_only_when_a_rule_asks():
    assert rows(found(second_world()), "person_key", "class") == [("PA", "close")]
    contacts = found(second_world(), second_rules())
    assert rows(contacts, "person_key", "class", "basis") == [
        ("PA", "close", "co_presence"),
        ("PD", "secondary", "co_presence"),
        ("PF", "secondary", "co_presence"),
        ("PH", "secondary", "household"),
    ]
    reason = contacts.found.filter(pl.col("person_key") == "PD")["why_en"].item()
    assert "through close contact PA of case C1" in reason and "60 min" in reason


def test_secondary_contacts_end_when_management_began():
    world = second_world(contacts=[{"person_key": "PA", "case_id": "C1", "managed_at": "2021-12-12 08:00"}])
    assert "PF" not in found(world, second_rules()).found["person_key"].to_list()


def test_empty_world_gives_empty_tables_of_the_right_shape():
    contacts = found(records())
    assert dict(contacts.found.schema) == FOUND and contacts.found.height == 0
    assert contacts.chain.summary["n_cases"] == 0
    tables = {"contacts", "chain_cases", "chain_links", "chain_sources", "chain_figures"}
    assert set(contacts.tables()) == tables


def test_answers_are_kept_for_replay():
    answers = {(a.asked.concept, a.asked.subject, a.status.value) for a in found(canteen()).answers}
    assert ("contact.lookback", "close", "RULE") in answers
    assert ("contact.class", "general", "NO_RULE") in answers
