"""Chain reads: places that cases share, possible sources, the figures; each within the area and audited."""

import polars as pl
import pytest
from tests.factories.worlds import TOWN_B

from fireline.errors import PurposeError
from fireline.store import access
from fireline.store.models import AuditEvent, Case, ChainEdge, Stay

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(outbreak):
    from tests.factories import people

    return people.actor("tara", "epidemiologist", TOWN_B, "town-b")


def cases_of(area=None):
    rows = Case.objects.order_by("case_id")
    return list((rows.filter(area_code=area) if area else rows).values_list("case_id", flat=True))


def test_places_are_counted_by_cases_and_filter_them(dora, outbreak):
    found = access.shared_places(dora, purpose="tracing", outbreak=outbreak, place="market")
    assert found["places"] == [{"place_id": "market", "name": "东市场", "n": 12}]
    assert found["cases"] == set(cases_of())
    assert access.shared_places(dora, purpose="tracing", outbreak=outbreak, place="nowhere")["cases"] == set()
    row = AuditEvent.objects.order_by("-seq").first()
    assert row.action == "read.chain_places"


def test_a_place_of_one_case_is_not_offered_but_can_be_asked_for(dora, outbreak):
    first = Stay.objects.order_by("id").first()
    Stay.objects.create(
        outbreak_id=outbreak,
        case_id=first.case_id,
        person_key=first.person_key,
        place_id="alone",
        enter=first.enter,
    )
    found = access.shared_places(dora, purpose="tracing", outbreak=outbreak, place="alone")
    assert [p["place_id"] for p in found["places"]] == ["market"] and found["cases"] == {first.case_id}


def test_township_staff_see_places_of_their_cases_only(town, outbreak):
    found = access.shared_places(town, purpose="tracing", outbreak=outbreak, place="market")
    assert found["places"][0]["n"] == 4 and found["cases"] == set(cases_of(TOWN_B))


def test_places_need_a_purpose(dora, outbreak):
    with pytest.raises(PurposeError):
        access.shared_places(dora, purpose="situation", outbreak=outbreak)


def test_possible_sources_outside_the_area_are_not_told(dora, town, outbreak):
    mine, others = cases_of(TOWN_B), sorted(set(cases_of()) - set(cases_of(TOWN_B)))
    for source in (mine[1], others[0]):
        ChainEdge.objects.create(
            outbreak_id=outbreak, from_case=source, to_case=mine[0], kind="possible", directed=True, share=0.4
        )

    def sources(who):
        links = access.case(who, purpose="investigation", outbreak=outbreak, case_id=mine[0])["infectors"]
        return {e["from_case"]: e["share"] for e in links if e["kind"] == "possible"}

    assert sources(dora) == {mine[1]: 0.4, others[0]: 0.4}
    assert sources(town) == {mine[1]: 0.4}


def test_results_store_links_and_possible_sources(dora, outbreak, home):
    """What the chapters rank is kept as links marked possible, with their probability."""
    from fireline.contacts.model import Chain
    from fireline.contacts.tables import EDGES, NODES, SOURCES
    from fireline.store.results import _chain_links

    sources = pl.DataFrame(
        [("B", 0, None, 0.2, "unknown", None), ("B", 1, "A", 0.6, "time", 4), ("B", 2, "C", 0.02, "time", 1)],
        schema=SOURCES,
        orient="row",
    )
    kept = _chain_links(Chain(pl.DataFrame(schema=NODES), pl.DataFrame(schema=EDGES), {}, sources))
    assert kept.rows() == [("A", "B", "possible", True, 4, "", 0.6)]
