"""contacts.chain: components, generations, serial intervals, flags and rows from stated links."""

from datetime import date

import pytest
from tests.reference.naive_chains import drawing_faults
from tests.unit.contacts.contact_worlds import at_rules, case, pack, records, rule

from fireline.contacts.chain import build_chain
from fireline.contacts.chain_summary import figures
from fireline.contacts.tables import EDGES, NODES
from fireline.contacts.windows import cases_of
from fireline.policy import Profile

RULES = at_rules(pack(rule("deadline", "case_report", 'hours = 2, start = "diagnosis", stop = "report"')))
COVID = Profile("covid-19", "新冠", "COVID-19", None, None, "onset", (5.0, 2.0), "person")


def chain(cases, links, profile=None):
    world = records(cases=cases, links=links)
    return build_chain(world, cases_of(world, RULES), profile)


def infected(*pairs):
    return [{"from_case": a, "to_person": f"P{b}", "kind": "infected_by"} for a, b in pairs]


def node(found, column):
    return dict(zip(found.nodes["case_id"], found.nodes[column], strict=True))


def test_it_works():
    cases = [
        case("A", "2021-12-01"),
        case("B", "2021-12-05"),
        case("C", "2021-12-09"),
        case("D", "2021-12-02"),
    ]
    found = chain(cases, infected(("A", "B"), ("B", "C")))
    assert node(found, "component") == {"A": 0, "B": 0, "C": 0, "D": 1}
    assert node(found, "generation") == {"A": 0, "B": 1, "C": 2, "D": None}
    assert node(found, "parent") == {"A": None, "B": "A", "C": "B", "D": None}
    assert found.edges.select("from_case", "to_case", "serial_days", "flag").rows() == [
        ("A", "B", 4, ""),
        ("B", "C", 4, ""),
    ]
    assert dict(found.nodes.schema) == NODES and dict(found.edges.schema) == EDGES


def test_summary_adds_up():
    cases = [case(c, f"2021-12-0{k}") for k, c in enumerate("ABCDE", 1)]
    summary = chain(cases, infected(("A", "B"), ("A", "C"), ("C", "D"))).summary
    assert (summary["n_cases"], summary["n_components"], summary["n_singletons"], summary["largest"]) == (
        5,
        2,
        1,
        4,
    )
    assert (summary["n_links"], summary["n_directed"], summary["n_infectors"]) == (3, 3, 2)
    assert summary["offspring"] == {0: 3, 1: 1, 2: 1}
    assert summary["max_generation"] == 2
    assert summary["n_serial"] == 3
    assert summary["mean_serial_days"] == pytest.approx((1 + 2 + 1) / 3)
    assert summary["sd_serial_days"] == pytest.approx(0.5773502691896257)  # of 1, 2, 1 with n - 1


@pytest.mark.parametrize(
    ("first", "second", "profile", "flag"),
    [
        ("2021-12-01", "2021-12-05", COVID, ""),
        ("2021-12-01", "2021-12-12", COVID, ""),  # 11 = mean + 3 sd
        ("2021-12-01", "2021-12-13", COVID, "missing_generation"),
        ("2021-12-02", "2021-12-01", COVID, ""),  # -1 = mean - 3 sd: the profile allows it
        ("2021-12-03", "2021-12-01", COVID, "negative"),
        ("2021-12-02", "2021-12-01", None, "negative"),
        ("2021-12-01", "2021-12-30", None, ""),
        (None, "2021-12-01", COVID, "no_onset"),
    ],
)
def test_flags_of_serial_intervals(first, second, profile, flag):
    found = chain([case("A", first), case("B", second)], infected(("A", "B")), profile)
    assert found.edges["flag"].to_list() == [flag]


def test_unresolved_and_own_links_are_kept_but_join_nothing():
    cases = [case("A"), case("B")]
    links = [
        *infected(("X", "A"), ("A", "A"), ("B", "Z")),
        {"from_case": "B", "to_person": "PZ", "kind": "contact"},  # a contact who is no case
    ]
    found = chain(cases, links)
    assert found.edges.select("from_case", "to_case", "flag").rows() == [
        ("A", "A", "self"),
        ("B", None, "unresolved"),
        ("X", "A", "unresolved"),
    ]
    assert found.summary["n_unresolved"] == 2 and found.summary["n_components"] == 2
    assert found.summary["n_infectors"] == 0


def test_undirected_links_join_without_generations():
    cases = [case("A"), case("B"), case("C")]
    links = [
        {"from_case": "A", "to_person": "PB", "kind": "cluster"},
        {"from_case": "B", "to_person": "PC", "kind": "contact", "directed": True},
    ]
    found = chain(cases, links)
    assert set(node(found, "component").values()) == {0}
    assert node(found, "generation") == {"A": None, "B": 0, "C": 1}
    assert found.edges["serial_days"].to_list() == [None, 0]


def test_rings_are_left_unresolved_but_can_be_drawn():
    cases = [case("A", "2021-12-05"), case("B", "2021-12-03"), case("C", "2021-12-04")]
    found = chain(cases, infected(("A", "B"), ("B", "C"), ("C", "A")))
    assert node(found, "generation") == {"A": None, "B": None, "C": None}
    assert node(found, "parent") == {"A": "C", "B": None, "C": "B"}, "the earliest is freed"


def test_of_several_infectors_the_likeliest_is_drawn():
    cases = [case("A", "2021-12-01"), case("B", "2021-12-04"), case("C", "2021-12-09")]
    found = chain(cases, infected(("A", "C"), ("B", "C")), COVID)
    assert node(found, "parent")["C"] == "B", "five days is the mean of the profile"
    assert found.edges.height == 2


def test_marks_stand_on_onset_else_sample_else_report_and_rows_do_not_overlap():
    cases = [
        case("A", "2021-12-01"),
        case("B", None, sampled_at="2021-12-05 08:00"),
        case("C", None),
        case("D", None, reported_at=None),
    ]
    found = chain(cases, infected(("A", "B"), ("B", "C"), ("C", "D")))
    assert node(found, "day_basis") == {"A": "onset", "B": "sampled", "C": "reported", "D": None}
    assert node(found, "day")["C"] == date(2021, 12, 13)
    assert node(found, "row")["D"] is None
    assert node(found, "onset_day")["B"] is None
    shown = found.nodes.drop_nulls("row")
    names = shown["case_id"].to_list()
    parent = [names.index(p) if p in names else -1 for p in shown["parent"].to_list()]
    assert drawing_faults(parent, [d.toordinal() for d in shown["day"]], shown["row"].to_list()) == []


def test_a_person_who_is_two_cases_is_linked_as_the_earlier():
    cases = [case("A"), case("B2", "2021-12-11", person="PB"), case("B1", "2021-12-02", person="PB")]
    assert chain(cases, infected(("A", "B"))).edges["to_case"].to_list() == ["B1"]


def test_no_cases_no_chain():
    found = chain([], [])
    assert found.nodes.height == found.edges.height == 0
    assert found.summary["mean_serial_days"] is None and found.summary["offspring"] == {}


EARLY = Profile("covid-19", "新冠", "COVID-19", (1, 5, 14), (-2, 10), "onset", (5.0, 2.0), "person")
ONSET_FIRST = Profile("ebola", "埃", "Ebola", (2, 9, 21), (0, 21), "onset", (5.0, 2.0), "person")


def test_nothing_negative_where_nobody_infects_before_onset():
    cases = [case("A", "2021-12-02"), case("B", "2021-12-01")]
    assert chain(cases, infected(("A", "B")), EARLY).edges["flag"].to_list() == [""]
    found = chain(cases, infected(("A", "B")), ONSET_FIRST)
    assert found.edges["flag"].to_list() == ["negative"]
    assert (found.summary["n_negative"], found.summary["n_impossible"]) == (1, 1)


def test_long_intervals_say_how_many_cases_are_missing_at_least():
    cases = [case("A", "2021-11-01"), case("B", "2021-11-17"), case("C", "2021-11-29")]
    summary = chain(cases, infected(("A", "B"), ("B", "C")), COVID).summary
    assert summary["n_missing_generation"] == 2
    assert summary["n_missing_between"] == 2 + 1, "16 days are three usual intervals, 12 days two"


def test_generations_are_counted():
    cases = [case(c, f"2021-12-0{k}") for k, c in enumerate("ABCDE", 1)]
    found = chain(cases, infected(("A", "B"), ("A", "C"), ("C", "D")))
    assert found.summary["by_generation"] == {0: 1, 1: 2, 2: 1}


def test_recent_cases_do_not_count_for_r():
    # the last onset is on the 20th; mean + 2 sd = 9 days: the 12th and later may still infect
    cases = [
        case("A", "2021-12-01"),
        case("B", "2021-12-11"),
        case("C", "2021-12-12"),
        case("D", "2021-12-20"),
    ]
    found = chain(cases, infected(("A", "B"), ("A", "C")), COVID)
    r = found.summary["reproduction"]
    assert found.summary["n_recent"] == 2 and r.n == 2
    assert r.r == 1.0 and r.n_infected == 2
    assert chain(cases, infected(("A", "B"))).summary["n_recent"] == 0, (
        "without a profile nothing is left out"
    )


def test_figures_are_text_for_pages_and_files():
    cases = [case("A", "2021-12-01"), case("B", "2021-12-05")]
    found = chain(cases, infected(("A", "B")))
    rows = dict(figures(found.summary, COVID).rows())
    assert rows["n_cases"] == "2" and rows["offspring_r"] == "0.5" and rows["offspring_k_high"] == "inf"
    assert rows["by_generation"] == "0:1 1:1" and rows["least_serial_days"] == "-1"
    assert figures({}).height == 0
    recent = dict(figures(chain(cases, infected(("A", "B")), COVID).summary).rows())
    assert recent["n_recent"] == "2" and recent["offspring_r"] == "", "all are too recent: no R is claimed"
    assert dict(figures(chain([], []).summary).rows())["offspring_r"] == ""
