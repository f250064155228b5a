"""contacts.backtest: links are hidden, every method is asked about the same cases, ties are broken by chance."""

from dataclasses import replace

import polars as pl
import pytest
from tests.unit.contacts.contact_worlds import AT, at_rules, case, pack, records, rule

from fireline.contacts.backtest import METHODS, backtest

RULES = at_rules(pack(rule("deadline", "case_report", 'hours = 2, start = "diagnosis", stop = "report"')))


def infected(*pairs):
    return [{"from_case": a, "to_person": f"P{b}", "kind": "infected_by"} for a, b in pairs]


def two_areas(**more):
    """Two chains side by side, each in an area of its own, ill on the same days."""
    cases, links = [], []
    for area in range(2):
        for k in range(6):
            cases.append(case(f"A{area}{k}", f"2021-11-{1 + 5 * k:02}", area_code=f"CN-41{1000 + area}"))
            if k:
                links.append((f"A{area}{k - 1}", f"A{area}{k}"))
    return records(cases=cases, links=infected(*links), **more)


def hits(world, **more):
    found = backtest(world, RULES, at=AT, **more)
    return found, {h.method: h for h in found.hits}


def test_counts_and_baselines_by_hand():
    found, by = hits(two_areas())
    assert tuple(by) == METHODS
    assert {h.n for h in found.hits} == {10}, "the same cases for every method"
    assert (found.n_cases, found.n_links, found.n_undated, found.n_without_day) == (12, 10, 0, 0)
    assert by["random"].top_1 == pytest.approx(1 / 11) and by["random"].top_5 == pytest.approx(5 / 11)
    # the day before has two cases, one in each area
    assert by["nearest onset, an earlier day"].top_1 == pytest.approx(0.5)
    assert by["nearest onset, same day or before"].top_1 == 0.0, (
        "the other chain's case of that day comes first"
    )
    assert by["an earlier day, own area first"].top_1 == 1.0
    assert by["nearest onset, an earlier day"].top_5 == 1.0


def test_the_answer_does_not_depend_on_the_links_it_is_measured_by():
    world = two_areas()
    found, by = hits(world)
    wrong = world.tables | {"links": world.table("links").with_columns(pl.col("from_case").reverse())}
    other, _ = hits(replace(world, tables=wrong))
    for field in ("mean_share_of_first", "mean_unknown", "n_unknown_likeliest", "evidence_used"):
        assert getattr(found, field) == getattr(other, field)


def test_halves_share_no_case_and_make_the_whole():
    world = two_areas()
    whole, _ = hits(world)
    first, second = (hits(world, every=(2, r))[0] for r in (0, 1))
    assert first.hits[0].n + second.hits[0].n == whole.hits[0].n
    mean = sum(b.hits[-1].top_1 * b.hits[-1].n for b in (first, second)) / 10
    assert mean == pytest.approx(whole.hits[-1].top_1)


def test_of_several_true_sources_the_best_placed_counts_and_self_links_do_not():
    cases = [case("A", "2021-12-01"), case("B", "2021-12-02"), case("C", "2021-12-06")]
    found, by = hits(records(cases=cases, links=infected(("A", "C"), ("B", "C"), ("C", "C"), ("X", "C"))))
    assert (found.n_links, by["random"].n) == (2, 1)
    assert by["nearest onset, an earlier day"].top_1 == 1.0


def test_undated_cases_are_said_not_guessed():
    cases = [case("A", None, reported_at=None), case("B", "2021-12-05"), case("C", None, reported_at=None)]
    found, by = hits(records(cases=cases, links=infected(("A", "B"), ("B", "C"))))
    assert (found.n_undated, found.n_without_day) == (1, 1)
    assert by["random"].n == 1 and by["engine"].top_5 == 0.0


def test_nothing_to_ask_about():
    found, by = hits(records(cases=[case("A")]))
    assert found.n_links == 0 and by["engine"].n == 0 and by["engine"].top_1 == 0.0
