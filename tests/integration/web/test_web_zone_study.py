"""The zone page with a study: candidates as tabs, moves in the address, what-if, putting forward, printing."""

from __future__ import annotations

import re

import pytest
from tests.conftest import NOW
from tests.factories import zoned

from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.store.models import ResultTable, Zone

pytestmark = pytest.mark.django_db


@pytest.fixture
def outbreak(dora, home):
    return zoned.loaded(by=dora, at=NOW, home=home)


@pytest.fixture
def dora_page(clients, outbreak):
    """Text of the page under a query, as Dora sees it."""

    def get(query="", path="zones", language="zh-CN", status=200):
        answer = clients("dora").get(f"/o/{outbreak}/{path}{query}", headers={"accept-language": language})
        assert answer.status_code == status
        return answer.content.decode()

    return get


def figure(text, name="sealed"):
    return re.search(rf'data-figure="{name}">([^<]*)', text)[1].strip()


def levels(text):
    return re.search(r'data-levels="(\d+)"', text)[1]


def test_every_candidate_is_a_tab_and_the_rules_ring_is_open_as_the_default(dora_page):
    text = dora_page()
    tabs = re.search(r'data-part="tabs".*?</nav>', text, re.S)[0]
    assert re.findall(r'data-zone-candidate="(\w+)"', tabs)[:4] == [
        "two_tier", "two_tier_township", "threshold", "optimum",
    ]  # fmt: skip
    here = re.search(r'<a [^>]*aria-current="true">([^<]*)<', tabs)[1]
    assert here.strip() == "A 双层规则"
    assert "默认采用并提请的是双层规则" in text and "不是实测，也不是保证" in text
    assert figure(text) == "750"
    assert "style=" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.S)


def test_the_curve_and_the_table_name_the_same_ways(dora_page):
    text = dora_page()
    table = text.split('data-part="compare"')[1]
    rows = re.findall(r'<th scope="row" class="whole">([A-Z]) ([^<]*)', table)
    curve = re.search(r"<svg[^>]*fl-fig.*?</svg>", text, re.S)[0]
    for letter, name in rows:
        assert f"{letter} {name.strip()}:" in curve


@pytest.mark.parametrize("candidate", ["threshold", "optimum", "township"])
def test_another_candidate_shows_its_own_figures_and_levels(dora_page, candidate):
    text, own = dora_page(f"?candidate={candidate}"), dora_page()
    assert levels(text) != levels(own)
    assert f'data-zone-candidate="{candidate}" data-key="tab-{candidate}" aria-current="true"' in text


def test_a_move_in_the_address_is_counted_and_can_be_taken_back(dora_page):
    own, moved = dora_page(), dora_page("?move=U14:managed")
    i = 1 * zoned.SIDE + 4
    assert (levels(own)[i], levels(moved)[i]) == ("3", "2")
    assert (figure(own), figure(moved)) == ("750", "550")
    assert "U14 → 管控" in moved
    undo = re.search(r'href="([^"]*)" data-zone-undo', moved)[1]
    assert "move" not in undo
    assert re.search(r"moved|调整后", moved.split('data-part="compare"')[1])


def test_the_last_move_of_a_unit_counts_and_out_leaves_it_in_the_precaution_area(dora_page):
    text = dora_page("?move=U14:managed&move=U14:out")
    assert levels(text)[10] == "1"


def test_the_part_that_follows_a_move_is_the_same_as_the_page(dora_page):
    query = "?candidate=threshold&move=U53:managed"
    part, page = dora_page(query, path="zones/ways"), dora_page(query)
    assert "<html" not in part
    assert levels(part) == levels(page)
    assert figure(part, "coverage") == figure(page, "coverage")
    assert part.count("data-part=") == 3
    assert "没有病例居住或到过" in part and "不允许" in part


def test_what_if_keeps_the_rules_ring_and_says_what_was(dora_page):
    text = dora_page("?compliance=0.5")
    own = dora_page()
    assert levels(text) == levels(own)
    now, before = (float(figure(t, "coverage").rstrip("%")) for t in (text, own))
    assert now == pytest.approx(before / 2, abs=1)
    assert "原为" in text.split('data-part="compare"')[1]
    assert re.search(r'name="compliance" min="0.2"[^>]*value="0.5"', text)


def test_too_few_hands_are_said_beside_the_ring(dora_page):
    assert "超出现有人手" not in dora_page()
    text = dora_page("?staff=1&supply=0")
    assert "超出现有人手" in text and "超出每日可上门保障的户数" in text
    assert re.search(r'name="staff"[^>]*value="1"', text)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?candidate=nothing", "不存在；可选：two_tier"),
        ("?move=U14", "应为 单元:级别"),
        ("?move=U14:burned", "应为 单元:级别"),
        ("?move=nobody:sealed", "单元不在本疫情中"),
        ("?recall=x", "应为数字"),
        ("?recall=7", "允许 0.1 至 1"),
        ("?" + "&".join(["move=U14:out"] * 201), "一次最多 200"),
    ],
)
def test_bad_input_gets_a_clear_answer(dora_page, query, said):
    assert said in dora_page(query, status=400)


def test_the_list_says_why_and_offers_three_ways_by_link(dora_page):
    text = dora_page("?level=sealed")
    row = re.search(r'<tr data-map-row="zone-map" data-id="U14".*?</tr>', text, re.S)[0]
    assert "病例 C0 住在本单元" in row
    other = dora_page("?candidate=threshold")
    assert "模型估计会传出" in other and "病例 C0 住在本单元" not in other
    assert re.findall(r'data-to="(\w+)"', row) == ["sealed", "managed", "out"]
    assert row.count('aria-current="true"') == 1
    assert 'data-id="U53"' not in text


def test_all_units_are_on_the_map_with_their_place_in_the_ring(dora_page):
    text = dora_page()
    data = re.search(r'id="zone-map-data" type="application/json">(.*?)</script>', text, re.S)[1]
    assert data.count('"kind": "unit"') == zoned.SIDE**2


def test_putting_the_shown_ring_forward_keeps_its_moves(clients, outbreak, dora_page):
    assert "/zones/propose" in dora_page()
    made = clients("dora").post(
        f"/o/{outbreak}/zones/propose", {"candidate": "threshold", "move": ["U53:managed", "U14:sealed"]}
    )
    assert made.status_code == 302
    ring = Zone.objects.get(outbreak_id=outbreak, state="proposed")
    of = {u.unit_id: u for u in ring.units.all()}
    assert of["U53"].level == "managed" and of["U14"].level == "sealed"
    assert of["U53"].why_en == "moved by the proposer"
    assert ring.title.startswith("阈值法") and "2 units moved" in ring.title
    page = clients("alice").get(made["Location"]).content.decode()
    assert f"/o/{outbreak}/zones/{ring.pk}/order" in page
    assert levels(page)[5 * zoned.SIDE + 3] == "2"
    assert "/zones/propose" not in page


def test_who_may_put_forward_and_who_only_looks(clients, outbreak):
    url = f"/o/{outbreak}/zones/propose"
    for name in ("bob", "sam", "charlie"):
        assert clients(name).post(url, {"candidate": "two_tier"}).status_code == 403
    assert clients("dora").get(url).status_code == 405
    assert not Zone.objects.filter(outbreak_id=outbreak, state="proposed").exists()
    for path in ("zones", "zones/ways", "zones/draft"):
        assert clients("charlie").get(f"/o/{outbreak}/{path}").status_code == 403


def test_who_sees_a_part_sees_the_ring_of_it_and_no_study(clients, outbreak):
    text = clients("bob").get(f"/o/{outbreak}/zones").content.decode()
    assert "data-zone-desk" not in text and "U14" in text and "U40" not in text
    assert clients("bob").get(f"/o/{outbreak}/zones/ways").status_code == 400


def test_the_draft_prints_extent_needs_map_and_annex_in_both_languages(dora_page):
    zh = dora_page("?candidate=two_tier", path="zones/draft")
    for said in ("草案", "3 个单元", "透析 1", "模型覆盖率", "附件", "U14 (200)", "fl-fig"):
        assert said in zh
    en = dora_page("?candidate=two_tier&move=U14:out", path="zones/draft", language="en")
    for said in ("DRAFT", "2 units", "Modelled coverage", "Annex", "as moved"):
        assert said in en
    assert "U14 (200)" not in en


def test_the_arrays_are_about_people_and_leave_by_no_other_door(dora, outbreak, sam):
    row = ResultTable.objects.get(outbreak_id=outbreak, name="zone_study")
    assert row.columns[0] == "situation" and len(row.columns[1]) == 64
    from fireline.errors import PurposeError

    with pytest.raises(PurposeError):
        access.results(dora, outbreak=outbreak, name="zone_study")
    digest, study = access.zone_study(sam, purpose=Purpose.SITUATION, outbreak=outbreak)
    assert digest == row.columns[1] and study.is_drawn
    again = access.zone_study(sam, purpose=Purpose.SITUATION, outbreak=outbreak)
    assert again[1] is study  # read once, kept


def test_a_new_run_replaces_the_study(dora, outbreak, home):
    before, _ = access.zone_study(dora, purpose=Purpose.SITUATION, outbreak=outbreak)
    ResultTable.objects.filter(outbreak_id=outbreak, name="zone_study").delete()
    assert access.zone_study(dora, purpose=Purpose.SITUATION, outbreak=outbreak)[0] == ""
    assert before != ""
