"""The chain page: sentences, filters, folds and the table that says the same."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from tests.factories.worlds import TOWN_B

from fireline.store.models import Case, ChainEdge, ResultTable

FIRST = "C0000"

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(clients, outbreak):
    for i, case in enumerate(Case.objects.order_by("case_id")):
        case.chain_day = date(2022, 6, 1) + timedelta(days=i)
        case.classification = "confirmed"
        case.chain_basis, case.chain_parent = "onset", FIRST if i else ""
        case.save()
    ChainEdge.objects.all().delete()
    ChainEdge.objects.bulk_create(
        ChainEdge(
            outbreak_id=outbreak, from_case=FIRST, to_case=c, kind="infected_by", directed=True, flag=""
        )
        for c in Case.objects.exclude(case_id=FIRST).values_list("case_id", flat=True)
    )

    def get(query="", who="dora"):
        answer = clients(who).get(f"/o/{outbreak}/chain{query}")
        assert answer.status_code == 200
        return answer.content.decode()

    return get


def marks(html):
    return re.findall(r'data-case="([^"]+)"', html)


def test_twelve_cases_are_drawn_unfolded_and_fold_on_request(page):
    assert len(marks(page())) == 12
    html = page("?fold=1")
    assert len(marks(html)) == 2 and "×11" in html
    assert re.search(r'href="\?fold=0[^"]*" aria-label="C0000', html), "the fold leads to the open picture"


def test_a_class_filter_keeps_the_way_as_ticks_and_cuts_the_table(page):
    Case.objects.filter(case_id="C0005").update(classification="suspected")
    html = page("?class=suspected")
    assert sorted(marks(html)) == [FIRST, "C0005"]
    assert "1 例符合" in html and html.count("筛选未选中") == 2  # name and title of one tick
    assert re.findall(r"<tr><td><a href=[^>]+>(C\d+)</a></td><td><a href=[^>]+>(C\d+)", html) == [
        (FIRST, "C0005")
    ]


def test_a_place_filter_and_no_match(page):
    assert "东市场 (12)" in page()
    assert len(marks(page("?place=market"))) == 12
    html = page("?place=nowhere")
    assert marks(html) == [] and "没有符合筛选条件的病例" in html


def test_possible_sources_are_drawn_on_demand_and_listed_with_their_probability(page, outbreak):
    ChainEdge.objects.create(
        outbreak_id=outbreak, from_case="C0002", to_case="C0004", kind="possible", directed=True, share=0.25
    )
    html = page()
    assert "stroke-dasharray" not in html and "可能来源" in html and "0.25" in html
    assert 'stroke-dasharray="3 2"' in page("?others=1")
    assert "11 条关系" in html, "a possible source is not counted as a link"


def test_sentences_stand_above_the_picture(page, outbreak):
    assert "传播链概况" not in page()
    ResultTable.objects.create(
        outbreak_id=outbreak, name="chain_figures", columns=["name", "value"], n_rows=5,
        rows=[["n_cases", "12"], ["offspring_n", "12"], ["offspring_n_infected", "0"], ["offspring_r", "0"],
              ["offspring_r_high", "0.25"]],
    )  # fmt: skip
    html = page()
    assert "传播链概况" in html and "k 不能估计" in html


def test_strange_queries_do_no_harm(page):
    for query in ("?component=x&fold=9&others=7", "?component=999", "?class=%3Cscript%3E&place=%22%3E"):
        assert "<script>" not in page(query).replace('<script type="module"', "")


def test_township_staff_filter_their_own_cases(page, outbreak):
    from tests.factories import people

    tara = Client()
    tara.force_login(people.user_of(people.actor("tara", "epidemiologist", TOWN_B, "town-b")))
    html = tara.get(f"/o/{outbreak}/chain?place=market").content.decode()
    assert sorted(marks(html)) == sorted(
        Case.objects.filter(area_code=TOWN_B).values_list("case_id", flat=True)
    )
    assert "C0001" not in html, "no case of the other township, not even as a tick"
