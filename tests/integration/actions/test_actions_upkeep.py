"""Alarms are computed again by themselves: debounced, one at a time, one failing stops no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.factories import people, reporting, worlds
from tests.factories.reporting import NOW, row, send

from fireline.actions import analysis, definitions, outbreaks, triggers, upkeep
from fireline.store import access, audit, freshness
from fireline.store.access.freshness import Standing
from fireline.store.models import AuditEvent, Freshness, Outbreak
from fireline.store.reporting import routine_dossier

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(home):
    reporting.unit()
    return reporting.reporter()


@pytest.fixture
def routine(clinic):
    return routine_dossier().pk


@pytest.fixture
def quick(monkeypatch, library):
    """The chapters stand still; ``during`` is what happens while they run. Returns the moments they ran at."""
    real, ran = analysis.run_chapters, []

    class Quick(list):
        during = staticmethod(lambda: None)

    ran = Quick()

    def run(records, library, **asked):
        ran.append((records.table("counts").height, asked["at"]))
        found = real(records, library, **asked)
        ran.during()
        return found

    monkeypatch.setattr(analysis, "run_chapters", run)
    return ran


def standing(dora, routine) -> Standing:
    return access.freshness(dora, outbreak=routine)


def compute(routine, at=NOW):
    return upkeep.bring_up_to_date(at=at, outbreak=routine)


def asked_at(at):
    queued = []
    upkeep.ask_for_due(at=at, enqueue=lambda outbreak: queued.append(outbreak))
    return queued


def test_a_report_waits_until_it_is_taken_in(dora, clinic, routine, quick):
    compute(routine)
    assert standing(dora, routine).n_waiting == 0
    send(clinic, row(3))
    seen = standing(dora, routine)
    assert (seen.n_waiting, seen.waiting_since, seen.computed_at) == (1, NOW, NOW)
    compute(routine, NOW + MINUTE)
    after = standing(dora, routine)
    assert (after.n_waiting, after.waiting_since, after.computed_at) == (0, None, NOW + MINUTE)
    assert [n for n, _ in quick] == [0, 1]


def test_a_report_that_says_nothing_new_is_no_news(clinic, dora, routine, quick):
    send(clinic, row(3))
    compute(routine)
    send(clinic, row(3))  # the same number again
    send(clinic, row(-1))  # refused
    assert standing(dora, routine).n_waiting == 0


def test_fever_patients_corrections_and_withdrawals_are_news(clinic, dora, routine, quick):
    compute(routine)
    reporting.fever(clinic)
    assert standing(dora, routine).n_waiting == 1
    send(clinic, row(5))
    send(clinic, row(6))
    assert standing(dora, routine).n_waiting == 3


def test_a_verdict_and_a_reading_are_no_news_of_the_data(dora, home):
    from tests.factories.triggers import trigger

    pk = worlds.loaded(by=dora, at=NOW, home=home, triggers=[trigger("T1")])
    before = access.freshness(dora, outbreak=pk)
    triggers.verify(by=dora, at=NOW, outbreak=pk, trigger_id="T1")
    assert access.freshness(dora, outbreak=pk) == before
    assert before.computed_at == NOW


def test_reports_in_a_row_are_one_computation(clinic, routine, quick):
    compute(routine)
    for k in range(4):
        send(clinic, row(k), at=NOW + k * timedelta(seconds=20))
    last = NOW + timedelta(seconds=60)
    assert asked_at(last) == []  # the last came a moment ago
    assert asked_at(last + freshness.QUIET) == [routine]
    assert asked_at(last + freshness.QUIET) == []  # it stands in the queue
    compute(routine, last + freshness.QUIET)
    assert asked_at(last + 5 * MINUTE) == []
    assert len(quick) == 2


def test_reports_that_never_stop_do_not_put_it_off_for_ever(clinic, routine, quick):
    compute(routine)
    for k in range(40):
        send(clinic, row(k % 3), at=NOW + k * timedelta(seconds=30))
    assert asked_at(NOW + timedelta(minutes=9)) == []
    assert asked_at(NOW + freshness.LONGEST_WAIT) == [routine]


def test_a_day_that_passes_is_computed_once(clinic, routine, quick):
    send(clinic, row(3))
    compute(routine)
    assert asked_at(NOW + timedelta(hours=9)) == []  # 23:00 there
    tomorrow = NOW + timedelta(hours=10, minutes=1)
    assert asked_at(tomorrow) == [routine]
    compute(routine, tomorrow)
    assert Outbreak.objects.get(pk=routine).at == tomorrow
    assert asked_at(tomorrow + timedelta(hours=12)) == []


def test_history_is_not_moved_by_a_day_that_passes(dora, home):
    pk = worlds.loaded(by=dora, at=NOW, home=home)
    Outbreak.objects.filter(pk=pk).update(label_zh="", label_en="")
    where = Outbreak.objects.get(pk=pk)
    tomorrow = NOW + timedelta(days=1)
    assert freshness.moment_of(where, tomorrow) == tomorrow
    assert pk in freshness.due(at=tomorrow)
    assert freshness.moment_of(where, NOW + timedelta(days=40)) == where.at
    assert pk not in freshness.due(at=NOW + timedelta(days=40))
    where.is_exercise = True
    assert freshness.moment_of(where, tomorrow) == where.at
    where.is_exercise, where.label_zh = False, "回看"
    assert freshness.moment_of(where, tomorrow) == where.at


def test_reports_that_arrive_while_it_computes_are_taken_in_and_wait(dora, clinic, routine, quick):
    send(clinic, row(3))
    later = NOW + timedelta(seconds=5)
    quick.during = lambda: send(clinic, row(4, day=reporting.TODAY - timedelta(days=1)), at=later)
    compute(routine, NOW)
    seen = standing(dora, routine)
    assert seen.n_waiting == 1 and seen.waiting_since == NOW and not seen.is_running
    assert reporting.counts()[("fever_clinic", people.TOWN_A, reporting.TODAY - timedelta(days=1))] == (
        4,
        None,
    )
    assert len(quick) == 1  # it is no reason to compute for ever
    quick.during = lambda: None
    assert asked_at(later + freshness.QUIET) == [routine]
    compute(routine, later + freshness.QUIET)
    assert standing(dora, routine).n_waiting == 0
    assert [n for n, _ in quick] == [1, 2]


def test_what_results_would_overwrite_is_computed_anew(dora, home, quick):
    pk = worlds.loaded(by=dora, at=NOW, home=home)

    def once():
        quick.during = lambda: None
        definitions.save_version(by=dora, at=NOW, outbreak=pk, title="t", body={"note": "x"})

    quick.during = once
    analysis.refresh(by=dora, at=NOW, outbreak=pk)
    assert len(quick) == 2
    assert access.freshness(dora, outbreak=pk).n_waiting == 0


def test_changes_that_never_stop_end_under_the_lock(dora, home, quick):
    pk = worlds.loaded(by=dora, at=NOW, home=home)
    number = iter(range(100))
    quick.during = lambda: definitions.save_version(
        by=dora, at=NOW, outbreak=pk, title=f"t{next(number)}", body={"note": "x"}
    )
    analysis.refresh(by=dora, at=NOW, outbreak=pk)
    assert len(quick) == analysis.FREE_TRIES + 1


def test_never_two_at_once_of_one_outbreak(dora, clinic, routine, quick):
    send(clinic, row(3))
    refused = []

    def again():
        quick.during = lambda: None
        with pytest.raises(analysis.Busy):
            analysis.refresh(by=dora, at=NOW, outbreak=routine)
        refused.append(compute(routine))
        assert standing(dora, routine).is_running
        assert asked_at(NOW + timedelta(minutes=20)) == []  # nobody else begins either

    quick.during = again
    assert compute(routine)
    assert refused == [{}] and len(quick) == 1
    assert standing(dora, routine).n_failed == 0


def test_a_claim_of_a_program_that_ended_lasts_half_an_hour(routine):
    assert freshness.claim(routine, at=NOW)
    assert freshness.claim(routine, at=NOW + 29 * MINUTE) == ""
    old = Freshness.objects.get(pk=routine).claim
    mine = freshness.claim(routine, at=NOW + 31 * MINUTE)
    assert mine and mine != old
    freshness.release(routine, old)  # the late one gives nothing back that is another's
    assert Freshness.objects.get(pk=routine).claim == mine
    freshness.forget_claims()
    assert freshness.claim(routine, at=NOW + 32 * MINUTE)


def test_an_older_reading_is_never_saved_over_a_newer_one(clinic, routine):
    old = freshness.read(routine, at=NOW)
    send(clinic, row(3))
    new = freshness.read(routine, at=NOW)
    freshness.computed(routine, new)
    assert freshness.is_fit(routine, new)
    assert not freshness.is_fit(routine, old)


def test_one_that_fails_stops_no_other_and_tries_again_later(dora, clinic, routine, home, monkeypatch, quick):
    pk = worlds.loaded(by=dora, at=NOW, home=home)
    compute(routine)
    send(clinic, row(3))
    definitions.save_version(by=dora, at=NOW, outbreak=pk, title="t", body={"note": "x"})
    at = NOW + 2 * MINUTE
    assert sorted(asked_at(at)) == sorted([pk, routine])

    def broken(*_, **__):
        raise ValueError("a series that nobody thought of")

    with monkeypatch.context() as patch:
        patch.setattr(analysis, "run_chapters", broken)
        with pytest.raises(ValueError):
            compute(routine, at)
    compute(pk, at)
    seen = standing(dora, routine)
    assert (seen.n_failed, seen.failed_at, seen.n_waiting, seen.is_running) == (1, at, 1, False)
    assert access.freshness(dora, outbreak=pk).n_waiting == 0
    assert asked_at(at + MINUTE) == []
    assert seen.next_try == at + freshness.FIRST_RETRY
    assert asked_at(seen.next_try) == [routine]
    compute(routine, seen.next_try)
    assert standing(dora, routine).n_failed == 0


def test_waiting_after_errors_grows_to_an_hour():
    waits = [freshness.retry_after(n) / MINUTE for n in (1, 2, 3, 6, 40)]
    assert waits == [2, 4, 8, 60, 60]


def test_a_job_that_cannot_be_queued_is_asked_for_again(clinic, routine, quick):
    send(clinic, row(3))

    def full(outbreak):
        raise OSError(outbreak)

    at = NOW + 2 * MINUTE
    with pytest.raises(OSError, match=str(routine)):
        upkeep.ask_for_due(at=at, enqueue=full)
    assert asked_at(at) == [routine]


def test_a_home_from_before_computes_its_routine_figures(clinic, routine):
    send(clinic, row(3))
    Freshness.objects.all().delete()
    assert freshness.due(at=NOW) == [routine]
    empty = outbreaks.create_outbreak(
        by=people.dora(), at=NOW, title="x", disease="covid-19", area_code=people.COUNTY
    )
    Freshness.objects.all().delete()
    assert freshness.due(at=NOW) == [routine] and empty != routine


def test_the_worker_says_who_it_is_in_the_audit_log(clinic, routine, quick):
    send(clinic, row(3))
    compute(routine)
    last = AuditEvent.objects.order_by("-seq").first()
    assert (last.actor, last.action) == ("worker", "analysis.refresh")
    assert audit.verify().is_whole


def test_the_queue_holds_one_job_an_outbreak_and_the_job_computes(clinic, routine, dora, monkeypatch, quick):
    from django.utils import timezone
    from django_tasks_db.models import DBTaskResult

    from fireline.actions import jobs

    send(clinic, row(3))
    monkeypatch.setattr(timezone, "now", lambda: NOW + 2 * MINUTE)
    assert jobs.enqueue_due() == [routine] and jobs.enqueue_due() == []
    (job,) = DBTaskResult.objects.all()
    assert job.task_path.endswith("jobs.bring_up")
    assert jobs.bring_up.func(**job.args_kwargs["kwargs"])["tables"] > 0
    assert standing(dora, routine).n_waiting == 0
