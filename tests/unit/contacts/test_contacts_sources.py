"""contacts.sources and evidence: candidates, what speaks for them, and the share of the unknown source."""

import numpy as np
import polars as pl
import pytest
from tests.unit.contacts.contact_worlds import at_rules, case, pack, records, rule

from fireline.contacts.chain import build_chain
from fireline.contacts.evidence import KINDS, gather
from fireline.contacts.sources import SHARE_KNOWN, weigh
from fireline.contacts.tables import EDGES, FOUND, SOURCE_BASES, SOURCES
from fireline.contacts.windows import cases_of
from fireline.policy import Profile

RULES = at_rules(pack(rule("deadline", "case_report", 'hours = 2, start = "diagnosis", stop = "report"')))
COVID = Profile("covid-19", "新冠", "COVID-19", (1, 5, 14), (-2, 10), "onset", (5.0, 2.0), "person")
LATE = Profile("ebola", "埃", "Ebola", (2, 9, 21), (0, 21), "onset", (15.0, 9.0), "person")
NO_EDGES = pl.DataFrame(schema=EDGES)


def met(*pairs, basis="co_presence", overlap_s=7_200, cls="close"):
    rows = [
        {"case_id": a, "person_key": f"P{b}", "class": cls, "basis": basis, "overlap_s": overlap_s}
        for a, b in pairs
    ]
    return pl.DataFrame([{c: r.get(c) for c in FOUND} for r in rows], schema=FOUND)


def sources(cases, links=(), found=None, profile=COVID, **tables):
    world = records(cases=cases, links=list(links), **tables)
    return build_chain(world, cases_of(world, RULES), profile, found=found)


def of(chain, case_id):
    rows = chain.sources.filter(pl.col("case_id") == case_id)
    return {r["from_case"]: r for r in rows.to_dicts()}


TWO = [case("A", "2021-12-01"), case("B", "2021-12-06")]


def test_a_lone_candidate_at_the_usual_interval_is_likely_but_not_certain():
    chain = sources(TWO)
    found = of(chain, "B")
    assert dict(chain.sources.schema) == SOURCES
    assert found["A"]["basis"] == "time" and found["A"]["serial_days"] == 5
    assert 0.75 < found["A"]["share"] < 0.9
    assert found["A"]["share"] + found[None]["share"] == pytest.approx(1)


def test_days_alone_leave_the_unknown_its_assumed_share():
    days = [case(f"C{k}", f"2021-12-{k:02}") for k in range(1, 16)]
    world = records(cases=[c | {"area_code": None} for c in days])
    cases = cases_of(world, RULES)
    ranked = weigh(world, cases, COVID, edges=NO_EDGES, found=met()).rank()
    assert ranked.unknown[-1] == pytest.approx(1 - SHARE_KNOWN)


def test_an_odd_interval_is_mostly_an_unknown_source():
    found = of(sources([case("A", "2021-11-10"), case("B", "2021-11-24")]), "B")
    assert found[None]["share"] > 0.9


def test_a_stated_source_outweighs_all_others():
    cases = [case(c, "2021-12-01") for c in "CDEF"] + TWO
    found = of(sources(cases, [{"from_case": "A", "to_person": "PB", "kind": "infected_by"}]), "B")
    best = max((r for r in found.values()), key=lambda r: r["share"])
    assert best["from_case"] == "A" and best["basis"] == "infected_by" and best["share"] > 0.95


def test_a_meeting_outweighs_days_and_the_longer_one_the_shorter():
    cases = [case(c, "2021-12-01") for c in "ACD"] + [case("B", "2021-12-06")]
    long, short = sources(cases, found=met(("A", "B"))), sources(cases, found=met(("A", "B"), overlap_s=600))
    assert of(long, "B")["A"]["share"] > of(short, "B")["A"]["share"] > of(short, "B")["C"]["share"]
    assert of(short, "B")["A"]["basis"] == "co_presence"


def test_secondary_contacts_are_no_meetings_with_the_case():
    found = of(sources(TWO, found=met(("A", "B"), cls="secondary")), "B")
    assert found["A"]["basis"] == "time"


def test_a_meeting_joins_a_case_without_a_stated_source():
    cases = [case("A", "2021-12-01"), case("B", "2021-12-06"), case("C", "2021-12-10")]
    chain = sources(cases, found=met(("A", "B"), ("B", "C")))
    edges = chain.edges.select("from_case", "to_case", "kind", "directed", "serial_days").rows()
    assert edges == [("A", "B", "computed", True, 5), ("B", "C", "computed", True, 4)]
    assert chain.edges["share"].min() >= 0.5
    assert chain.nodes["component"].n_unique() == 1
    assert chain.nodes["generation"].to_list() == [0, 1, 2]
    assert chain.nodes["parent"].to_list() == [None, "A", "B"]
    assert (chain.summary["n_links"], chain.summary["n_computed"]) == (0, 2), "stated ones are counted apart"
    assert chain.summary["n_serial"] == 0 and chain.summary["n_infectors"] == 0


def test_days_alone_never_make_a_link():
    assert sources(TWO).edges.height == 0


def test_a_stated_source_is_not_replaced_by_a_computed_one():
    cases = [*TWO, case("C", "2021-12-01")]
    links = [{"from_case": "C", "to_person": "PB", "kind": "infected_by"}]
    assert sources(cases, links, found=met(("A", "B"))).edges["kind"].to_list() == ["infected_by"]
    stranger = [{"from_case": "X", "to_person": "PB", "kind": "infected_by"}]
    assert sources(cases, stranger, found=met(("A", "B"))).edges["kind"].to_list() == ["infected_by"]


def test_a_household_link_without_direction_gets_one_by_the_days():
    cases = [case("A", "2021-12-01"), case("B", "2021-12-06")]
    links = [{"from_case": "B", "to_person": "PA", "kind": "household"}]
    chain = sources(cases, links, profile=LATE)
    kinds = dict(zip(chain.edges["kind"], zip(chain.edges["from_case"], chain.edges["to_case"], strict=True), strict=True))  # fmt: skip
    assert kinds == {"household": ("B", "A"), "computed": ("A", "B")}


def test_two_that_met_on_one_day_do_not_infect_each_other_in_a_ring():
    cases = [case("A", "2021-12-05"), case("B", "2021-12-05")]
    chain = sources(cases, found=met(("A", "B"), ("B", "A"), basis="household"))
    computed = chain.edges.filter(pl.col("kind") == "computed")
    assert computed.height <= 1
    assert chain.nodes["parent"].null_count() >= 1


def test_same_area_counts_more_the_rarer_the_area():
    def share(n_elsewhere):
        others = [case(f"Z{k}", "2021-12-01", area_code="CN-411625") for k in range(n_elsewhere)]
        world = records(cases=[*TWO, *others])
        cases = cases_of(world, RULES)
        evidence = gather(world, cases, edges=NO_EDGES, found=met(), first_day=0)
        return evidence.factors.area[1, 0]

    assert share(0) == 1.0, "where all cases live in one area it says nothing"
    assert share(4) < share(20)


@pytest.mark.parametrize("kind", KINDS)
def test_factors_are_neutral_on_average_over_chance_pairs(kind):
    rng = np.random.default_rng(3)
    cases = [
        case(f"C{k:03}", f"2021-12-{1 + k % 20:02}", area_code=f"CN-4116{20 + k % 5}", cluster=f"g{k % 3}",
             lon=115 + float(rng.random()), lat=33 + float(rng.random()))
        for k in range(60)
    ]  # fmt: skip
    persons = [{"person_key": f"PC{k:03}", "age": int(rng.integers(1, 80))} for k in range(60)]
    world = records(cases=cases, persons=persons)
    evidence = gather(world, cases_of(world, RULES), edges=NO_EDGES, found=met(), first_day=0)
    arrays, factors = evidence.cases, evidence.factors
    a, b = np.triu_indices(60, 1)
    if kind == "area":
        level = np.where(
            arrays.area[a] == arrays.area[b], 0, np.where(arrays.parent[a] == arrays.parent[b], 1, 2)
        )
        ratio = factors.area[a, level]
    elif kind == "group":
        ratio = factors.group[a, np.where(arrays.group[a] == arrays.group[b], 0, 1)]
    elif kind == "age":
        ratio = factors.age[np.searchsorted(factors.age_edges, np.abs(arrays.age[a] - arrays.age[b]))]
    else:
        km = np.hypot(arrays.x_km[a] - arrays.x_km[b], arrays.y_km[a] - arrays.y_km[b])
        ratio = factors.km[np.searchsorted(factors.km_edges, km)]
    assert ratio.mean() == pytest.approx(1.0, rel=0.02)
    assert ratio.std() > 0


def chains_by_area(n_areas, seed=5):
    """Cases that infect within their area only, four a chain."""
    rng = np.random.default_rng(seed)
    rows = []
    for area in range(n_areas):
        day = int(rng.integers(1, 40))
        for k in range(4):
            when = f"2021-{10 + (day - 1) // 30:02}-{1 + (day - 1) % 30:02}"
            rows.append(case(f"A{area:02}{k}", when, area_code=f"CN-41{1000 + area}"))
            day += int(rng.integers(4, 7))
    return rows


def test_area_is_used_where_the_days_agree_and_put_aside_where_they_do_not():
    rows = chains_by_area(12)
    mixed = [r | {"area_code": f"CN-41{1000 + k % 12}"} for k, r in enumerate(rows)]
    for given, used, aside in ((rows, ("area",), ()), (mixed, (), ("area",))):
        world = records(cases=given)
        found = weigh(world, cases_of(world, RULES), COVID, edges=NO_EDGES, found=met())
        assert (found.used, found.put_aside) == (used, aside)


def test_stand_in_days_are_moved_by_the_usual_delay():
    known = [
        case(f"K{k:02}", f"2021-12-{1 + k:02}", reported_at=f"2021-12-{5 + k:02} 08:00") for k in range(12)
    ]
    world = records(cases=[*known, case("Z", None, reported_at="2021-12-12 08:00")])
    cases = cases_of(world, RULES)
    evidence = gather(world, cases, edges=NO_EDGES, found=met(), first_day=0)
    z = cases["case_id"].to_list().index("Z")
    assert evidence.cases.end[z] == 1
    assert evidence.cases.day[z] == evidence.cases.day[0] + 7, "reported on the 12th, so ill on about the 8th"
    assert evidence.delay_sd_d == 0.0


def test_a_case_without_any_day_has_only_named_candidates():
    cases = [case("A", "2021-12-01"), case("B", None, reported_at=None), case("C", "2021-12-03")]
    found = of(sources(cases, found=met(("A", "B"))), "B")
    assert set(found) == {None, "A"} and found["A"]["serial_days"] is None


def test_no_cases_no_sources():
    chain = sources([])
    assert chain.sources.height == 0 and chain.summary["n_unknown_likeliest"] == 0


def test_possible_sources_are_no_links_and_no_traces():
    cases = [case(c, "2021-12-01") for c in "ACD"] + [case("B", "2021-12-06")]
    links = [{"from_case": "A", "to_person": "PB", "kind": "infected_by"}]
    chain = sources(cases, links)
    rows = chain.possible()
    assert dict(rows.schema) == EDGES
    assert not rows.filter((pl.col("from_case") == "A") & (pl.col("to_case") == "B")).height
    assert (rows["share"] >= 0.05).all() if rows.height else True
    plain = sources(cases).possible().filter(pl.col("to_case") == "B")
    assert plain["from_case"].to_list() == ["A", "C", "D"] and set(plain["kind"]) == {"possible"}


def test_every_basis_has_a_name():
    chain = sources(TWO, found=met(("A", "B"), basis="manifest"))
    assert set(chain.sources["basis"]) <= set(SOURCE_BASES)
    assert of(chain, "B")["A"]["basis"] == "manifest"
