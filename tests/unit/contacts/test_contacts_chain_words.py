"""contacts.chain_words: the same sentences for report and page, honest at the edges."""

import re

import pytest
from tests.unit.contacts.contact_worlds import at_rules, case, pack, records, rule

from fireline.contacts.chain import build_chain
from fireline.contacts.chain_summary import figures
from fireline.contacts.chain_words import chain_words
from fireline.contacts.windows import cases_of
from fireline.policy import Profile

RULES = at_rules(pack(rule("deadline", "case_report", 'hours = 2, start = "diagnosis", stop = "report"')))
COVID = Profile("covid-19", "新冠", "COVID-19", (1, 5, 14), (-2, 10), "onset", (5.0, 2.0), "person")


def told(cases, *pairs, profile=None):
    links = [{"from_case": a, "to_person": f"P{b}", "kind": "infected_by"} for a, b in pairs]
    world = records(cases=cases, links=links)
    chain = build_chain(world, cases_of(world, RULES), profile)
    return chain_words(dict(figures(chain.summary).rows()))


def english(found):
    return " ".join(w.en for w in found)


FIVE = [case(c, f"2021-11-0{k}") for k, c in enumerate("ABCDE", 1)]


def test_nothing_is_said_of_nothing():
    assert chain_words({}) == () and told([]) == ()


def test_a_chain_is_told_in_both_languages():
    found = told([*FIVE, case("F", "2021-12-20")], ("A", "B"), ("A", "C"), ("A", "D"), profile=COVID)
    text = english(found)
    assert "R = 0.60" in text and "Not counted: 1 cases" in text
    assert "Generation 0: 1, generation 1: 3." in text
    assert "unknown source" in text and "computed from meetings" in text
    assert all(re.search("[\u4e00-\u9fff]", w.zh) for w in found)
    assert "来源不明" in found[-1].zh


def test_nobody_infected_anybody():
    assert "nobody infected anybody, so k cannot be estimated" in english(told(FIVE))


def test_no_more_spread_than_chance_is_not_given_a_number():
    text = english(told(FIVE, ("A", "B"), ("B", "C"), ("C", "D")))
    assert "no more unevenly than by chance" in text and "= inf" not in text and "nan" not in text


def test_odd_links_are_said():
    cases = [case("A", "2021-11-01"), case("B", "2021-11-20"), case("C", "2021-10-20")]
    text = english(told(cases, ("A", "B"), ("A", "C"), profile=COVID))
    assert "1 links are earlier than the disease allows" in text
    assert "at least 3 cases between are missing" in text


def test_all_recent_means_no_estimate():
    text = english(told([case("A", "2021-12-01"), case("B", "2021-12-05")], ("A", "B"), profile=COVID))
    assert "All 2 cases are too recent" in text


@pytest.mark.parametrize("onset", [None, "2021-12-05"])
def test_one_pair_has_no_spread(onset):
    text = english(told([case("A", "2021-12-01"), case("B", onset)], ("A", "B")))
    assert ("(1 pair)" in text) == (onset is not None)
    assert ("No link has both onsets" in text) == (onset is None)
