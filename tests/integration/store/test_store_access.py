"""Reads: what each role sees, for which purpose, in which area, and what is on record afterwards."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.conftest import NOW
from tests.factories.people import COUNTY, TOWN_A, TOWN_B

from fireline.errors import InputError, PurposeError
from fireline.store import access, tally
from fireline.store.models import AuditEvent, Contact, Outbreak, Task

pytestmark = pytest.mark.django_db
INVESTIGATION = "investigation"
TZ = ZoneInfo("Asia/Shanghai")


def lines(actor, outbreak, **options):
    return access.line_list(actor, purpose=INVESTIGATION, outbreak=outbreak, at=NOW, **options)


def test_line_list_works(dora, outbreak):
    page = lines(dora, outbreak, sort="case_id", limit=5)
    assert page.total == 12
    assert [row["case_id"] for row in page.rows] == ["C0000", "C0001", "C0002", "C0003", "C0004"]
    assert page.rows[1]["age"] == 21.0 and page.rows[1]["n_contacts"] == 1
    assert page.last == 5


def test_line_list_leaves_one_audit_row_for_a_view(dora, outbreak):
    before = AuditEvent.objects.count()
    lines(dora, outbreak, filters={"classification": "confirmed"})
    rows = list(AuditEvent.objects.order_by("seq")[before:])
    assert [(r.action, r.purpose, r.actor) for r in rows] == [("read.line_list", INVESTIGATION, "dora")]
    assert "confirmed" not in rows[0].body and "classification" in rows[0].body


@pytest.mark.parametrize("sort", [*access.SORTABLE, *[f"-{c}" for c in access.SORTABLE]])
def test_every_sortable_column_sorts_all_rows(dora, outbreak, sort):
    rows = lines(dora, outbreak, sort=sort).rows
    values = [row[sort.removeprefix("-")] for row in rows]
    known = [v for v in values if v is not None]
    assert known == sorted(known, reverse=sort.startswith("-"))
    unknown_first = not sort.startswith("-")
    assert values[: len(values) - len(known)] == [None] * (len(values) - len(known)) or not unknown_first


def test_paging_shows_every_row_once(dora, outbreak):
    seen = [r["id"] for start in range(0, 12, 5) for r in lines(dora, outbreak, offset=start, limit=5).rows]
    assert len(seen) == len(set(seen)) == 12


@pytest.mark.parametrize(
    ("filters", "n"),
    [
        ({"classification": "suspected"}, 3),
        ({"area_code": TOWN_B}, 4),
        ({"classification": "suspected", "area_code": TOWN_B}, 1),
        ({"q": "C000"}, 10),
        ({"q": "C0003"}, 1),
        ({"q": "%"}, 0),
        ({"onset_from": "2022-06-05", "onset_to": "2022-06-06"}, 2),
        ({"sex": "female"}, 12),
        ({"origin": "imported"}, 0),
        ({"classification": ""}, 12),
    ],
)
def test_filters(dora, outbreak, filters, n):
    page = lines(dora, outbreak, filters=filters)
    assert page.total == n == len(page.rows)


def test_unknown_filter_sort_and_date_are_refused(dora, outbreak):
    with pytest.raises(InputError, match="filter"):
        lines(dora, outbreak, filters={"person_key; --": "x"})
    with pytest.raises(InputError, match="sort"):
        lines(dora, outbreak, sort="occupation")
    with pytest.raises(InputError, match="2026-06-12"):
        lines(dora, outbreak, filters={"onset_from": "yesterday"})


@pytest.mark.parametrize("purpose", ["follow_up", "oversight", "situation", "police", ""])
def test_a_purpose_that_does_not_fit_is_refused(dora, outbreak, purpose):
    with pytest.raises(PurposeError):
        access.line_list(dora, purpose=purpose, outbreak=outbreak)


def test_grid_worker_and_supervisor_see_no_line_list(bob, sam, outbreak):
    for person in (bob, sam):
        with pytest.raises(PurposeError):
            lines(person, outbreak)


def test_nobody_of_another_county_sees_anything(charlie, dora, outbreak):
    for read in (
        lambda who, pk: lines(who, pk),
        lambda who, pk: access.case(who, purpose=INVESTIGATION, outbreak=pk, case_id="C0001"),
        lambda who, pk: access.contacts(who, purpose="tracing", outbreak=pk),
        lambda who, pk: access.chain(who, purpose="tracing", outbreak=pk),
        lambda who, pk: access.shared_places(who, purpose="tracing", outbreak=pk),
        lambda who, pk: access.board(who, outbreak=pk, at=NOW),
        lambda who, pk: access.signals(who, purpose=INVESTIGATION, outbreak=pk),
        lambda who, pk: access.zones(who, purpose="containment", outbreak=pk),
        lambda who, pk: access.tasks(who, purpose="follow_up", outbreak=pk),
        lambda who, pk: access.imports(who, outbreak=pk),
        lambda who, pk: access.results(who, outbreak=pk, name="curve"),
        lambda who, pk: access.reports(who, outbreak=pk),
    ):
        with pytest.raises(PurposeError) as there:
            read(charlie, outbreak)
        with pytest.raises(PurposeError) as nowhere:
            read(dora, 99_999)
        assert str(there.value) == str(nowhere.value)
    assert access.outbreaks(charlie) == []


def test_township_staff_see_their_township_only(outbreak):
    from tests.factories import people

    town = people.actor("tara", "epidemiologist", TOWN_B, "town-b")
    page = lines(town, outbreak)
    assert page.total == 4 and {row["area_code"] for row in page.rows} == {TOWN_B}
    assert access.board(town, outbreak=outbreak, at=NOW)["n_cases"] == 4
    assert {c["area_code"] for c in access.contacts(town, purpose="tracing", outbreak=outbreak).rows} == {
        TOWN_B
    }
    with pytest.raises(PurposeError):
        access.case(town, purpose=INVESTIGATION, outbreak=outbreak, case_id="C0001")
    chain = access.chain(town, purpose="tracing", outbreak=outbreak)
    assert len(chain["nodes"]) == 4 and chain["edges"] == []
    assert {
        u["area_code"] for u in access.zones(town, purpose="containment", outbreak=outbreak)["units"]
    } == {TOWN_B}
    assert [a["area_code"] for a in access.areas(town, outbreak=outbreak)] == [TOWN_B]


def test_a_code_that_only_begins_alike_is_another_area(dora, outbreak):
    from tests.factories import people

    from fireline.store.access.scope import covers

    short = people.actor("sue", "epidemiologist", "CN-4116241", "x")
    assert not covers(short, COUNTY)
    with pytest.raises(PurposeError):
        lines(short, outbreak)


def test_somebody_whom_two_cases_met_is_one_contact_and_two_pairs(alice, outbreak):
    first, second = Contact.objects.order_by("pk")[:2]
    Contact.objects.filter(pk=second.pk).update(person_key=first.person_key, area_code=first.area_code)
    tally.rebuild(Outbreak.objects.get(pk=outbreak))
    board = access.board(alice, outbreak=outbreak, at=NOW)
    assert board["contacts"] == {"close": 12} and board["contact_people"] == {"close": 11}
    assert board["n_contact_people"] == 11
    Contact.objects.filter(pk=second.pk).update(contact_class="general")
    tally.rebuild(Outbreak.objects.get(pk=outbreak))
    board = access.board(alice, outbreak=outbreak, at=NOW)
    assert board["contact_people"] == {"close": 11, "general": 1}  # once in each class
    assert board["n_contact_people"] == 11  # and once in all


def test_board_counts(alice, outbreak):
    board = access.board(alice, outbreak=outbreak, at=NOW)
    assert board["cases"] == {"confirmed": 9, "suspected": 3} and board["n_cases"] == 12
    assert board["contacts"] == {"close": 12} and board["contact_people"] == {"close": 12}
    assert board["signals"] == {"new": 3} and len(board["new_signals"]) == 3
    assert board["tasks"]["open"] == 12
    assert board["zones"]["sealed"] == {"n_units": 1, "population": 300}
    assert board["findings"] == {"too_little": 1, "too_much": 1}
    assert sum(n for _, n in board["cases_by_day"]) == 12
    assert board["mine"] == [] and board["n_mine"] == 0


def hours_of_doubt(precision):
    return {"day": 24, "hour": 1, "minute": 0}[precision]


def plain_state(task, at):
    """The rule of the tasks chapter in plain words: surely past, due by the end of the local day, or neither."""
    end = (at.astimezone(TZ) + timedelta(days=1)).replace(hour=0, minute=0)
    latest = task.due_at + timedelta(hours=hours_of_doubt(task.precision))
    if latest <= at if task.precision == "day" else latest < at:
        return "overdue"
    return "due_today" if task.due_at < end else "open"


@pytest.mark.parametrize("precision", ["minute", "hour", "day"])
def test_overdue_and_due_today_equal_a_plain_count_at_any_moment(alice, outbreak, precision):
    Task.objects.filter(outbreak_id=outbreak).update(precision=precision)
    if precision == "day":  # a due day is its first instant
        for task in Task.objects.filter(outbreak_id=outbreak):
            task.due_at = task.due_at.astimezone(TZ).replace(hour=0, minute=0)
            task.save()
    tally.rebuild(Outbreak.objects.get(pk=outbreak))
    seen = set()
    for hours in (-240, -150, -125.5, -101, -100, -53, -31, -16, -5, 0, 7, 16, 24, 100):
        at = NOW + timedelta(hours=hours)
        board = access.board(alice, outbreak=outbreak, at=at)
        plain = Counter(plain_state(t, at) for t in Task.objects.filter(outbreak_id=outbreak, is_open=True))
        assert (board["tasks"]["overdue"], board["tasks"]["due_today"]) == (
            plain["overdue"],
            plain["due_today"],
        )
        assert sum(row["overdue"] for row in board["late"]) == plain["overdue"]
        for state in ("overdue", "due_today"):
            page = access.tasks(alice, purpose="follow_up", outbreak=outbreak, state=state, at=at)
            assert page.total == len(page.rows) == plain[state]
            assert {access.state_now(row, at=at, tz=TZ) for row in page.rows} <= {state}
            seen.add((state, bool(page.rows)))
    assert len(seen) == 4  # each was empty once and filled once


def test_case_page(dora, outbreak):
    found = access.case(dora, purpose=INVESTIGATION, outbreak=outbreak, case_id="C0003", at=NOW)
    assert found["case"]["generation"] == 3 and found["person"]["age"] == 23.0
    assert [s["place_name"] for s in found["stays"]] == ["东市场"]
    assert found["contacts"].total == 1 and found["tests"][0]["result"] == "positive"
    assert [e["from_case"] for e in found["infectors"]] == ["C0002"]
    assert [e["to_case"] for e in found["infectees"]] == ["C0004"]
    last = AuditEvent.objects.order_by("-seq").first()
    assert (
        last.action == "read.case"
        and last.subject.startswith("case:P")
        and "C0003" not in last.body + last.subject
    )


def test_zones_give_outlines_and_points(alice, outbreak):
    found = access.zones(alice, purpose="containment", outbreak=outbreak)
    kinds = {f["id"]: f["geometry"]["type"] for f in found["geojson"]["features"]}
    assert kinds == {"U1": "Polygon", "U2": "Point"}
    assert found["zone"]["population"] == 500


def test_tasks_states(alice, bob, outbreak):
    everything = access.tasks(alice, purpose="follow_up", outbreak=outbreak, at=NOW)
    assert everything.total == 12
    late = access.tasks(
        alice, purpose="follow_up", outbreak=outbreak, state="overdue", at=NOW - timedelta(days=6)
    )
    assert 0 < late.total < 12
    mine = access.tasks(bob, purpose="follow_up", outbreak=outbreak, at=NOW)
    assert {t["area_code"] for t in mine.rows} == {TOWN_A}
    with pytest.raises(InputError):
        access.tasks(alice, purpose="follow_up", outbreak=outbreak, state="overdue")
    with pytest.raises(InputError):
        access.tasks(alice, purpose="follow_up", outbreak=outbreak, state="lost")


def test_supervisor_reads_the_audit_log_and_is_read_too(sam, dora, outbreak):
    first = access.audit_entries(sam, action="outbreak.load", at=NOW)
    assert first.total == 1 and first.rows[0]["actor"] == "dora"
    assert access.audit_entries(sam, by="sam", at=NOW).total == 1
    with pytest.raises(PurposeError):
        access.audit_entries(dora, at=NOW)


def test_small_tables_and_their_purpose(dora, alice, sam, bob, outbreak):
    assert access.result_names(alice, outbreak=outbreak) == ["attack_rates", "curve", "infectious_windows"]
    assert access.results(bob, outbreak=outbreak, name="curve")["rows"][0][3] == 12
    rates = access.results(alice, outbreak=outbreak, name="attack_rates")["rows"]
    assert rates == [["soup", "inf", None]]
    assert access.results(alice, outbreak=outbreak, name="nothing")["n_rows"] == 0
    assert (
        access.results(dora, outbreak=outbreak, name="infectious_windows", purpose=INVESTIGATION)["n_rows"]
        == 12
    )
    with pytest.raises(PurposeError):
        access.results(bob, outbreak=outbreak, name="infectious_windows")


def test_findings_are_for_the_whole_outbreak(sam, bob, outbreak):
    assert access.findings(sam, outbreak=outbreak).total == 2
    assert access.findings(sam, outbreak=outbreak, no=2).total == 0
    with pytest.raises(PurposeError):
        access.findings(bob, outbreak=outbreak)


def test_records_come_back_as_they_went_in(outbreak, home):
    from tests.factories import worlds

    found, given = access.records_for_chapters(outbreak, home=home), worlds.records()
    for name in given.tables:
        left, right = given.table(name), found.table(name)
        assert left.sort(left.columns).equals(right.sort(left.columns)), name
    assert found.area == given.area and found.tz == given.tz and found.missing == given.missing


def test_the_command_line_reads_no_people(outbreak):
    with pytest.raises(PurposeError):
        lines(access.COMMAND_LINE, outbreak)
    assert access.board(access.COMMAND_LINE, outbreak=outbreak, at=NOW)["n_cases"] == 12
