"""What contacts say about themselves: which data or rules were missing, in full sentences and both languages."""

from datetime import date

import pytest
from tests.unit.contacts.contact_worlds import (
    AT,
    LOOKBACK,
    at_rules,
    case,
    pack,
    records,
    rule,
    tracing_pack,
    visit,
)

from fireline.contacts import find

MEET = [visit(p, "x", "2021-12-10 08:00", "2021-12-10 08:10") for p in ("PC1", "PA")]
INDEX = case("C1", isolated_at="2021-12-13 10:00")


def notes(world, rules=None):
    return [(n.zh, n.en) for n in find(world, rules or at_rules(tracing_pack()), at=AT).notes]


def english(world, rules=None):
    return [en for _, en in notes(world, rules)]


def test_no_visits_is_said():
    assert ("没有到访数据，未做同处查找。", "There are no visits: co-presence was not searched.") in notes(
        records(cases=[INDEX])
    )


def test_pairs_below_every_rule_are_counted_and_not_listed():
    world = records(cases=[INDEX], visits=MEET)
    assert "1 pair(s) shared a place but meet no class rule; not listed." in english(world)
    assert find(world, at_rules(tracing_pack()), at=AT).found.is_empty()


def test_a_stated_contact_of_a_case_that_is_not_here_is_counted():
    stated = [{"person_key": "PX", "case_id": "C9"}]
    world = records(cases=[INDEX], visits=MEET, contacts=stated)
    assert "1 stated contact(s) name a case that is not among these cases; not listed." in english(world)


def test_a_look_back_from_the_report_says_it_may_be_late():
    world = records(cases=[case("C1", None)], visits=MEET)
    assert any("look-back counts from the report, which may be late" in en for en in english(world))


def test_a_case_without_any_anchor_beside_one_that_has_one():
    bare = {"case_id": "C2", "person_key": "PC2", "disease": "covid-19", "onset": None}
    world = records(cases=[INDEX, bare], visits=MEET)
    assert any(en.startswith("1 case(s) have no usable anchor") for en in english(world))


@pytest.mark.parametrize(
    "rules",
    [
        at_rules(pack(rule("contact.lookback", "close", LOOKBACK))),
        at_rules(pack(rule("contact.class", "close", 'fact = "overlap_minutes", ge = 1'))),
        at_rules(tracing_pack(end="2021-12-01")),
        at_rules(tracing_pack(), on=date(2020, 1, 1)).on_date(date(2020, 1, 1)),
    ],
    ids=["no class", "no look-back", "rule has ended", "rule not yet"],
)
def test_a_search_that_no_rule_allows_is_not_made_and_the_reason_is_told(rules):
    day = "2020-01-02 08:00" if rules.on.year == 2020 else "2021-12-13 08:00"
    onset = "2019-12-31" if rules.on.year == 2020 else "2021-12-10"
    stays = [visit(p, "x", f"{onset} 08:00", f"{onset} 12:00") for p in ("PC1", "PA")]
    world = records(cases=[case("C1", onset, reported_at=day)], visits=stays)
    found = find(world, rules, at=AT)
    assert "PA" not in found.found["person_key"].to_list()
    assert any("Co-presence was not searched" in n.en for n in found.notes)


def test_notes_never_hold_a_key():
    stated = [{"person_key": "PSECRET", "case_id": "C9"}]
    said = "".join(zh + en for zh, en in notes(records(cases=[INDEX], visits=MEET, contacts=stated)))
    assert "PSECRET" not in said and "PC1" not in said
