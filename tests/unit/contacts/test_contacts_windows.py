"""contacts.windows: from when until when a case counts, for every anchor and end a rule may name."""

from datetime import UTC, datetime

import pytest
from tests.unit.contacts.contact_worlds import CLOSE, TZ, at_rules, case, pack, records, rule

from fireline.contacts.windows import WINDOWS, RuleBook, case_windows, cases_of

AT = datetime(2021, 12, 20, 4, tzinfo=UTC)
CLASS = rule("contact.class", "close", CLOSE)
FULL = {
    "sampled_at": "2021-12-11 09:00",
    "reported_at": "2021-12-12 10:00",
    "isolated_at": "2021-12-13 11:00",
}


def window(lookback, **more):
    world = records(cases=[case("C1", **{"onset": "2021-12-10", **FULL, **more})])
    rules = at_rules(pack(rule("contact.lookback", "close", lookback), CLASS))
    found = case_windows(cases_of(world, rules), RuleBook(rules), tz=TZ, at=AT)
    assert dict(found.schema) == WINDOWS
    (row,) = found.iter_rows(named=True)
    return row


def told(moment):
    return None if moment is None else moment.astimezone(TZ).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("anchor", "more", "start", "name"),
    [
        ("onset", {}, "12-08 00:00", "onset"),
        ("rash_onset", {}, "12-08 00:00", "onset"),
        ("onset_or_sampling", {"onset": None}, "12-09 00:00", "sampled"),
        ("onset_or_sampling", {"classification": "asymptomatic"}, "12-09 00:00", "sampled"),
        ("onset_or_sampling", {"onset": None, "sampled_at": None}, "12-10 00:00", "reported"),
        ("onset_or_sampling", {"onset": None, "sampled_at": None, "reported_at": None}, None, ""),
        ("sampling", {}, "12-09 00:00", "sampled"),
        ("report", {}, "12-10 00:00", "reported"),
        ("diagnosis", {"reported_at": None}, None, ""),
    ],
)
def test_window_begins_days_before_the_anchor(anchor, more, start, name):
    row = window(f'days = 2, anchor = "{anchor}"', **more)
    assert (told(row["from"]), row["anchor"]) == (start, name)
    assert row["is_open"] is (start is not None)


@pytest.mark.parametrize(
    ("rest", "more", "end"),
    [
        ("", {}, "12-13 11:00"),
        (', until = "isolation"', {"isolated_at": None}, "12-12 10:00"),
        (', until = "isolation"', {"isolated_at": "2021-12-13"}, "12-14 00:00"),  # the whole day
        (', until = "isolation"', {"isolated_at": None, "reported_at": None}, "12-20 12:00"),
        (', until = "report"', {}, "12-12 10:00"),
        (', until = "recovery"', {"outcome_at": "2021-12-18 09:00"}, "12-18 09:00"),
        (', until = "recovery"', {}, "12-20 12:00"),
        (", after_days = 1", {}, "12-12 00:00"),  # to the end of the day after onset
        (", after_days = 9", {}, "12-13 11:00"),
        ("", {"isolated_at": "2021-12-25 08:00"}, "12-20 12:00"),  # never later than now
        ("", {"isolated_at": "2021-12-01 08:00"}, "12-08 00:00"),  # never before it begins
    ],
)
def test_window_ends(rest, more, end):
    assert told(window(f'days = 2, anchor = "onset"{rest}', **more)["to"]) == end


def test_no_rule_no_window():
    world = records(cases=[case("C1")])
    rules = at_rules(pack(CLASS))
    (row,) = case_windows(cases_of(world, rules), RuleBook(rules), tz=TZ, at=AT).iter_rows(named=True)
    assert row["from"] is None and row["to"] is None and row["is_open"] is False


def test_every_case_of_the_disease_has_one_row_sorted():
    world = records(
        cases=[case("C2"), case("C1"), case("C3", disease="sars-cov-2"), case("C4", disease="mpox")]
    )
    rules = at_rules(pack(CLASS))
    assert cases_of(world, rules)["case_id"].to_list() == ["C1", "C2", "C3"], "an alias is the same disease"
    assert cases_of(world, at_rules(pack(CLASS), disease="*"))["case_id"].len() == 4


def test_rules_are_looked_up_once_for_each_day():
    rules = at_rules(pack(CLASS))
    book = RuleBook(rules)
    day = datetime(2021, 12, 13).date()
    assert book.find("contact.class", "close", day) is book.find("contact.class", "close", day)
    assert [a.asked.subject for a in book.classes(day)] == ["close", "companion", "general"]
    assert len(book.used()) == 3
