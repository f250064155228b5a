"""The console's side of reports: the stream calendar and the list of fever patients, for routine surveillance only."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from tests.factories import reporting as r
from tests.factories.reporting import NOW, TODAY, TOWN_A, TOWN_B

from fireline.store import access
from fireline.store.models import AuditEvent, FeverReport, Outbreak
from fireline.store.reporting import routine_dossier

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _standing_clock(clock):
    """Hours are counted by the server's clock."""


@pytest.fixture
def where(home):
    """A clinic that reports, a pharmacy that is silent, a school that is not asked on a Sunday."""
    r.unit()
    r.pharmacy()
    r.school()
    rita = r.reporter()
    for n in range(10):
        r.send(rita, r.row(n, TODAY - timedelta(days=n)))
    return routine_dossier().pk


def text_of(client, path):
    return client.get(path).content.decode()


def rows_of(text):
    """Unit, state now and the words of the cells of each line of the calendar."""
    found = {}
    for line in re.findall(r"<tr[^>]*><th scope=\"row\">(.*?)</tr>", text, re.S):
        cells = re.findall(r'<td class="num"><span class="cell cell-(\w+)">([^<]*)', line)
        found[line.split("<")[0]] = [(state, value.strip()) for state, value in cells]
    return found


def test_the_calendar_shows_who_reported_and_who_did_not(clients, where):
    text = text_of(clients("dora"), f"/o/{where}/streams")
    rows = rows_of(text)
    assert next(iter(rows)) == r.PHARMACY  # the longest gap first
    assert len(rows[r.CLINIC]) == 14
    assert rows[r.CLINIC][-1] == ("reported", "0") and rows[r.CLINIC][-2] == ("late", "1")
    assert rows[r.CLINIC][0] == ("missing", "")  # a gap shows no number
    assert rows[r.PHARMACY][-1] == ("waiting", "") and rows[r.PHARMACY][-2] == ("missing", "")
    assert rows[r.SCHOOL][-1] == ("not_due", "")
    assert "长期无报数" in text and "从未报数" in text and "连缺 13 次" in text
    assert ">谁今天还没报</h1>" in text


def test_filters_by_condition_kind_stream_and_area(clients, where):
    client, base = clients("dora"), f"/o/{where}/streams"
    assert set(rows_of(text_of(client, f"{base}?condition=missing"))) == {r.PHARMACY, r.SCHOOL}
    assert set(rows_of(text_of(client, f"{base}?condition=reported"))) == {r.CLINIC}
    assert set(rows_of(text_of(client, f"{base}?kind=school"))) == {r.SCHOOL}
    assert set(rows_of(text_of(client, f"{base}?stream=antipyretic_sales"))) == {r.PHARMACY}
    assert set(rows_of(text_of(client, f"{base}?area={TOWN_B}"))) == {r.PHARMACY}
    assert len(rows_of(text_of(client, f"{base}?condition=strange&kind=x&stream=y&area=z&page=abc"))) == 3
    assert "没有符合筛选条件" in text_of(client, f"{base}?kind=port")
    assert rows_of(text_of(client, f"{base}?day=2022-06-05"))[r.CLINIC][-1] == ("late", "7")


def test_a_correction_and_single_patients_are_marked(clients, where):
    rita = r.reporter()
    r.send(rita, r.row(5))
    r.unit("west-clinic")
    r.fever(r.reporter("paul", "west-clinic"))
    text = text_of(clients("dora"), f"/o/{where}/streams")
    assert re.search(r'cell-reported">5<span class="visually-hidden"> 已报 有更正', text)
    assert re.search(r'cell-waiting">1\+<span class="visually-hidden"> 未到时限 仅逐例上报', text)


def test_the_calendar_is_open_to_staff_of_the_area_only(clients, where, outbreak):
    for who, n in (("alice", 3), ("dora", 3), ("sam", 3), ("bob", 2)):
        assert len(rows_of(text_of(clients(who), f"/o/{where}/streams"))) == n, who  # bob has one township
    assert clients("charlie").get(f"/o/{where}/streams").status_code == 403
    assert clients("dora").get(f"/o/{outbreak}/streams").status_code == 403
    assert Client().get(f"/o/{where}/streams").status_code == 302
    assert not AuditEvent.objects.filter(action__startswith="read.").exists()  # counts only


def test_the_calendar_of_a_home_without_units(clients, home):
    from fireline.actions.reporting_units import open_routine
    from fireline.store.actor import COMMAND_LINE

    where = open_routine(by=COMMAND_LINE, at=NOW, area_code=r.COUNTY)
    assert "没有报告单位" in text_of(clients("dora"), f"/o/{where}/streams")


def test_the_navigation_has_the_pages_in_routine_surveillance_only(clients, where, outbreak):
    client = clients("dora")
    link, fever = f'href="/o/{where}/streams"', f'href="/o/{where}/fever"'
    text = text_of(client, f"/o/{where}/board")
    assert link in text and fever in text
    assert link in text_of(client, "/policy")  # the dossier opened last
    other = text_of(client, f"/o/{outbreak}/board")
    assert "/streams" not in other and f'href="/o/{outbreak}/fever"' not in other
    assert "/streams" not in text_of(client, "/policy")
    bob = text_of(clients("bob"), f"/o/{where}/board")
    assert link in bob and fever not in bob
    assert f'<a href="/o/{where}/streams">' in text_of(client, "/outbreaks")


@pytest.mark.parametrize(
    "page",
    ["board", "signals", "cases", "contacts", "chain", "zones", "tasks", "gaps", "import", "investigate"],
)
def test_other_pages_work_on_routine_surveillance(clients, where, page):
    assert clients("dora").get(f"/o/{where}/{page}").status_code == 200


def test_alarms_are_computed_again_on_demand(clients, where):
    client = clients("dora")
    answer = client.post(f"/o/{where}/streams/refresh")
    assert answer["Location"] == f"/o/{where}/signals"
    assert Outbreak.objects.get(pk=where).at == NOW
    assert "已重新计算" in text_of(client, f"/o/{where}/signals")
    for who in ("bob", "sam"):
        assert clients(who).post(f"/o/{where}/streams/refresh").status_code == 403
    assert client.get(f"/o/{where}/streams/refresh").status_code == 405


def test_units_are_read_page_by_page(clients, where, monkeypatch):
    from fireline.web.console import streams

    monkeypatch.setattr(streams, "SIZE", 2)
    client = clients("dora")
    first, second = (rows_of(text_of(client, f"/o/{where}/streams?page={n}")) for n in (1, 2))
    assert len(first) == 2 and len(second) == 1 and not set(first) & set(second)


def test_the_calendar_asks_few_questions_however_many_units(clients, where, django_assert_max_num_queries):
    client = clients("dora")
    for n in range(10):
        r.unit(f"clinic-{n}")
    client.get(f"/o/{where}/streams")
    with django_assert_max_num_queries(17):
        client.get(f"/o/{where}/streams")


# -- fever patients --------------------------------------------------------------------------------------


def test_open_patients_are_listed_with_their_clock(clients, where, clock):
    rita = r.reporter()
    r.fever(rita, sampled_at=NOW, flags=("travel",))
    clock.at = NOW + timedelta(hours=6, minutes=1)
    text = text_of(clients("dora"), f"/o/{where}/fever")
    assert "20220612-01" in text and "外出或外来" in text and "逾期 1 分钟" in text
    assert 'class="is-late"' in text and "时限供参考" in text
    assert AuditEvent.objects.filter(action="read.fever", actor="dora").count() == 1


def test_the_list_is_for_investigation_in_the_own_area(clients, where):
    r.fever(r.reporter())
    for who in ("alice", "dora"):
        assert "20220612-01" in text_of(clients(who), f"/o/{where}/fever")
    for who in ("bob", "sam", "charlie"):
        answer = clients(who).get(f"/o/{where}/fever")
        assert answer.status_code == 403 and "20220612-01" not in answer.content.decode()


def test_a_result_is_given_and_a_report_closed_from_the_list(clients, where):
    rita = r.reporter()
    ill, well = (r.fever(rita, sampled_at=NOW) for _ in range(2))
    client, path = clients("dora"), f"/o/{where}/fever"
    assert client.post(path, {"report": well, "verb": "negative"})["Location"] == path
    assert client.post(path, {"report": ill, "verb": "positive"}).status_code == 302
    assert client.post(path, {"report": ill, "verb": "close"}).status_code == 302
    assert dict(FeverReport.objects.values_list("id", "result")) == {ill: "positive", well: "negative"}
    assert "没有发热病人" in text_of(client, path)
    assert "20220612-02" in text_of(client, f"{path}?state=closed")
    assert client.post(path, {"report": ill, "verb": "close"}).status_code == 409


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"report": "x", "verb": "close"},
        {"report": "1", "verb": "x"},
        {"report": "9" * 30, "verb": "close"},
    ],
)
def test_other_posts_are_refused(clients, where, form):
    assert clients("dora").post(f"/o/{where}/fever", form).status_code == 400


def test_posts_of_others_change_nothing(clients, where):
    pk = r.fever(r.reporter(), sampled_at=NOW)
    for who in ("bob", "sam", "charlie"):
        answer = clients(who).post(f"/o/{where}/fever", {"report": pk, "verb": "positive"})
        assert answer.status_code == 403
    assert FeverReport.objects.get().result == "pending"


def test_both_pages_are_whole_in_english(clients, where):
    r.fever(r.reporter(), sampled_at=NOW, flags=("travel",))
    client = clients("dora")
    client.post("/language", {"language": "en", "next": "/"})
    for page in ("streams", "fever"):
        body = text_of(client, f"/o/{where}/{page}").split("<main")[1].split("</main>")[0]
        names = "|".join(
            sorted({a["name"] for a in access.areas(r_actor(), outbreak=where)}, key=len, reverse=True)
        )
        assert not re.search(r"[一-鿿]", re.sub(names, "", body)), page


def r_actor():
    from tests.factories import people

    return people.dora()


def test_only_the_own_townships_patients_are_counted_for_a_township_office(clients, where):
    """An epidemiologist of one township sees the patients of that township."""
    from tests.factories import people

    people.account("tina", "epidemiologist", TOWN_B, "town-b")
    tina = people.actor("tina", "epidemiologist", TOWN_B, "town-b")
    r.fever(r.reporter())
    assert access.fever_reports(tina, outbreak=where, at=NOW).total == 0
    assert access.fever_counts(tina, outbreak=where, at=NOW)["open"] == 0
    assert TOWN_A != TOWN_B
