"""Triggers: verdicts and who may give them, clocks as tasks, silence, what a new run keeps and what it opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from tests.conftest import NOW
from tests.factories import people, worlds
from tests.factories.triggers import RAISED, evidence, moved, ruled, trigger

from fireline.actions import outbreaks, triggers
from fireline.errors import ConflictError, InputError, PurposeError
from fireline.signals.trust import outcomes_of
from fireline.store import access, audit
from fireline.store.models import AuditEvent, Outbreak, Signal, SignalOutcome, Task, Trigger

pytestmark = pytest.mark.django_db
FOUND = datetime(2022, 6, 10, 16, tzinfo=UTC)  # the end of the day that raised it, 24:00 in Shenqiu
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def early(db, dora, home):
    """An outbreak with one event of two streams and one of a rule."""
    return worlds.loaded(by=dora, at=NOW, home=home, triggers=(trigger(), ruled()))


def again(by, home, outbreak, *found, at=LATER):
    """Another run over the same outbreak."""
    said = worlds.results(worlds.records(), at=at, triggers=found)
    outbreaks.load_results(by=by, at=at, outbreak=outbreak, results=said, home=home)


def row(trigger_id="T1"):
    return Trigger.objects.get(trigger_id=trigger_id)


def steps(trigger_id="T1"):
    return list(row(trigger_id).steps.order_by("id").values_list("what", flat=True))


def said(by, outbreak, trigger_id="T1", **more):
    return {"by": by, "at": NOW, "outbreak": outbreak, "trigger_id": trigger_id} | more


def verify_task(trigger_id="T1"):
    return Task.objects.get(subject_kind="trigger", subject_id=trigger_id, kind="signal_verify")


# ---- what a first load keeps


def test_a_load_keeps_facts_evidence_areas_and_the_clock(early):
    found = row()
    assert (found.level, found.level_no, found.state, found.is_current) == ("high", 3, "new", True)
    assert found.false_alarms_per_month == 0.05 and found.event_types == [
        ["respiratory", "呼吸道疾病", "Respiratory disease", 0.92]
    ]
    assert found.false_if == [["如有补报", "if figures came late"], ["如有促销", "if there was a sale"]]
    assert [(p.area_code, p.is_clearest) for p in found.places.all()] == [(people.TOWN_A, True)]
    streams = list(found.evidence.order_by("rank").values_list("stream", "name_zh"))
    assert streams == [("fever_clinic", "发热门诊就诊"), ("antipyretic_sales", "退热药销售")]
    assert found.evidence.first().points[-1] == ["2022-06-10", 14.0, 5.2, 11.0]
    assert (found.found_at, found.verify_due_at) == (FOUND, FOUND + timedelta(hours=2))
    assert steps() == ["raised"]


def test_alarms_know_their_trigger(early):
    assert dict(Signal.objects.values_list("alarm_id", "trigger_id")) == {"S0": "", "S1": "T1", "S2": "T2"}
    assert access.trigger_counts(people.dora(), outbreak=early, at=NOW)["alarms"] == 1


def test_the_verification_is_a_task_with_owner_and_hour(early):
    task = verify_task()
    assert (task.start_at, task.due_at, task.precision) == (FOUND, FOUND + timedelta(hours=2), "minute")
    assert (task.owner_role, task.state, task.rule_id) == ("epidemiologist", "no_record", "r/signal_verify")


def test_what_a_later_load_finds_is_owed_from_then_on(dora, home, early):
    again(
        dora, home, early, trigger(), ruled(), trigger("T3", areas=(people.TOWN_B,), touched=(people.TOWN_B,))
    )
    assert row("T3").found_at == LATER
    task = verify_task("T3")
    assert (task.due_at, task.state) == (LATER + timedelta(hours=2), "open")


def test_without_a_rule_there_is_no_clock_and_no_task(dora, home):
    worlds.loaded(by=dora, at=NOW, home=home, triggers=(trigger(verify_within_h=None, verify_rule=""),))
    assert row().verify_due_at is None
    assert not Task.objects.filter(subject_kind="trigger").exists()


# ---- verdicts


def test_seen_takes_it_into_ones_hand_and_keeps_it_new(dora, early):
    assert triggers.mark_seen(**said(dora, early), note="ring the clinic") == 1
    found = row()
    assert (found.state, found.seen_by, found.assigned_to) == ("new", "dora", "dora")
    assert steps() == ["raised", "seen"]
    assert verify_task().is_open


def test_verified_closes_the_task_and_teaches_the_streams(dora, early):
    assert triggers.verify(**said(dora, early), version=0) == 1
    found = row()
    assert (found.state, found.decided_by, found.seen_by) == ("verified", "dora", "dora")
    task = verify_task()
    assert (task.is_open, task.closed_by, task.is_touched) == (False, "dora", True)
    taught = SignalOutcome.objects.order_by("-share").values_list("stream", "is_true", "share")
    assert list(taught) == [
        ("fever_clinic", True, pytest.approx(4 / 6.5)),
        ("antipyretic_sales", True, pytest.approx(2.5 / 6.5)),
    ]
    event = AuditEvent.objects.filter(action="trigger.verified").get()
    assert event.actor == "dora" and event.subject == "trigger:T1"


def test_the_same_lesson_as_the_engine_draws(dora, early):
    triggers.discard(**said(dora, early), reason="a sale")
    drawn = {(o.stream, o.is_true, round(o.share, 12)) for o in outcomes_of(trigger(), is_true=False)}
    kept = SignalOutcome.objects.values_list("stream", "is_true", "share")
    assert {(s, t, round(share, 12)) for s, t, share in kept} == drawn


def test_a_stream_that_spoke_against_it_is_taught_nothing(dora, home):
    one = trigger(evidence=(evidence(), evidence("antipyretic_sales", weight=-2.0)))
    pk = worlds.loaded(by=dora, at=NOW, home=home, triggers=(one,))
    triggers.discard(**said(dora, pk), reason="double report")
    assert list(SignalOutcome.objects.values_list("stream", "is_true", "share")) == [
        ("fever_clinic", False, 1.0)
    ]


def test_a_verdict_taken_back_takes_its_lesson_back(dora, early):
    triggers.verify(**said(dora, early))
    triggers.observe(**said(dora, early), reason="one clinic only", until=date(2022, 6, 15))
    assert not SignalOutcome.objects.exists()
    triggers.discard(**said(dora, early), reason="a batch of late reports")
    assert set(SignalOutcome.objects.values_list("is_true", flat=True)) == {False}


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_discarding_watching_and_escalating_need_a_reason(dora, early, reason):
    with pytest.raises(InputError):
        triggers.discard(**said(dora, early), reason=reason)
    with pytest.raises(InputError):
        triggers.observe(**said(dora, early), reason=reason, until=date(2022, 6, 15))
    with pytest.raises(InputError):
        triggers.escalate(**said(dora, early), reason=reason)
    assert row().state == "new" and steps() == ["raised"]


def test_watching_on_ends_on_a_day_with_a_task(dora, early):
    triggers.observe(**said(dora, early), reason="one stream only", until=date(2022, 6, 15))
    found = row()
    assert (found.state, found.observe_until) == ("observing", date(2022, 6, 15))
    task = Task.objects.get(kind="signal_watch")
    assert (task.owner_role, task.assigned_to, task.precision) == ("epidemiologist", "dora", "day")
    assert task.due_at == datetime(2022, 6, 14, 16, tzinfo=UTC)
    board = access.board(dora, outbreak=early, at=NOW)["tasks"]
    assert board["open"] == 13 and board["no_record"] == 1 and board["done"] == 1


@pytest.mark.parametrize(
    "until", [None, date(2022, 6, 12), date(2022, 6, 1), date(2022, 7, 13), date(2032, 1, 1)]
)
def test_a_day_that_is_past_or_too_far_is_refused(dora, early, until):
    with pytest.raises(InputError, match="2022-06-13 to 2022-07-12"):
        triggers.observe(**said(dora, early), reason="x", until=until)
    assert row().state == "new"


def test_escalating_gives_the_commander_a_task_with_an_hour(dora, alice, early):
    triggers.escalate(**said(dora, early), reason="three schools", within_h=6, to="alice")
    task = Task.objects.get(kind="signal_decide")
    assert (task.owner_role, task.assigned_to) == ("commander", "alice")
    assert task.due_at == NOW + timedelta(hours=6)
    assert row().assigned_to == "alice"
    assert access.board(alice, outbreak=early, at=NOW)["n_mine"] == 1
    triggers.discard(**said(alice, early), reason="not confirmed")
    task.refresh_from_db()
    assert not task.is_open and task.closed_by == "alice"


def test_only_a_commander_of_the_area_is_handed_anything(dora, bob, early):
    people.actor("carl", "commander", people.OTHER_COUNTY, "other headquarters")
    for to in ("bob", "carl", "nobody", "dora"):
        with pytest.raises(InputError):
            triggers.escalate(**said(dora, early), reason="x", to=to)
    with pytest.raises(InputError):
        triggers.escalate(**said(dora, early), reason="x", within_h=3)
    assert row().state == "new" and not Task.objects.filter(kind="signal_decide").exists()


def test_escalated_twice_are_two_tasks(dora, early):
    triggers.escalate(**said(dora, early), reason="x")
    triggers.observe(**said(dora, early), reason="calm", until=date(2022, 6, 15))
    triggers.escalate(**said(dora, early), reason="again")
    assert Task.objects.filter(kind="signal_decide").count() == 2
    assert Task.objects.filter(kind="signal_decide", is_open=True).count() == 1


def test_in_an_exercise_hours_count_from_the_data(dora, early):
    Outbreak.objects.update(is_exercise=True)
    triggers.escalate(**said(dora, early, at=NOW + timedelta(days=900)), reason="x", within_h=2)
    assert Task.objects.get(kind="signal_decide").due_at == NOW + timedelta(hours=2)
    assert row().decided_at == NOW + timedelta(days=900)


# ---- hostile and mistaken hands


def test_roles_that_only_look(bob, sam, charlie, early):
    for person in (bob, sam, charlie):
        for act, more in (
            (triggers.mark_seen, {}),
            (triggers.verify, {}),
            (triggers.discard, {"reason": "x"}),
            (triggers.observe, {"reason": "x", "until": date(2022, 6, 15)}),
            (triggers.escalate, {"reason": "x"}),
            (triggers.silence, {"until": date(2022, 6, 15)}),
            (triggers.open_dossier, {"title": "x", "disease": "measles"}),
        ):
            with pytest.raises(PurposeError):
                act(**said(person, early), **more)
    assert row().state == "new" and row().version == 0


def test_nobody_decides_for_the_neighbours(dora, home):
    both = trigger(touched=(people.TOWN_A, people.TOWN_B))
    pk = worlds.loaded(by=dora, at=NOW, home=home, triggers=(both, trigger("T2")))
    local = people.actor("lin", "epidemiologist", people.TOWN_A, "town-a-cdc")
    with pytest.raises(PurposeError, match="not found in your area"):
        triggers.verify(**said(local, pk))
    assert triggers.verify(**said(local, pk, "T2")) == 1


def test_an_event_elsewhere_and_one_that_is_not_there_sound_alike(charlie, early):
    texts = []
    for name in ("T1", "T9"):
        with pytest.raises(PurposeError) as error:
            triggers.verify(**said(people.actor("lin", "epidemiologist", people.TOWN_B, "b"), early, name))
        texts.append(error.value.words.zh)
    assert texts[0] == texts[1]


def test_two_people_at_one_event(dora, alice, early):
    triggers.verify(**said(dora, early), version=0)
    with pytest.raises(ConflictError, match="somebody changed it"):
        triggers.discard(**said(alice, early), reason="late", version=0)
    assert row().state == "verified"


def test_what_was_discarded_is_not_verified_by_a_stale_page(dora, early):
    triggers.discard(**said(dora, early), reason="x")
    for act, more in ((triggers.verify, {}), (triggers.escalate, {"reason": "x"}), (triggers.mark_seen, {})):
        with pytest.raises(ConflictError):
            act(**said(dora, early), **more)
    with pytest.raises(ConflictError):
        triggers.observe(**said(dora, early), reason="x", until=date(2022, 6, 15))


@pytest.mark.parametrize(
    "forged",
    [
        {"state": "verified"},
        {"state": "new", "decided_by": "dora"},
        {"state": "discarded", "decided_at": NOW, "decided_by": "dora", "reason": ""},
        {"state": "observing", "decided_at": NOW, "decided_by": "dora", "reason": "x"},
        {"observe_until": date(2022, 6, 15)},
        {"seen_at": NOW},
        {"state": "closed", "decided_at": NOW, "decided_by": "dora"},
        {"level": "extreme"},
    ],
)
def test_the_database_refuses_a_verdict_without_its_parts(early, forged):
    with pytest.raises(DatabaseError), transaction.atomic():
        Trigger.objects.filter(trigger_id="T1").update(**forged)


# ---- silence


def test_silence_is_for_what_somebody_saw_and_ends_by_itself(dora, early):
    with pytest.raises(ConflictError, match="nobody has seen it"):
        triggers.silence(**said(dora, early), until=date(2022, 6, 15))
    triggers.mark_seen(**said(dora, early))
    triggers.silence(**said(dora, early), until=date(2022, 6, 15))
    Outbreak.objects.update(label_zh="", label_en="")  # of today: days pass by themselves

    def mine(at):
        page = access.triggers(dora, purpose="situation", outbreak=early, at=at)
        return {r["trigger_id"] for r in page.rows}

    assert mine(NOW) == {"T2"}
    assert mine(datetime(2022, 6, 14, 15, 59, tzinfo=UTC)) == {"T2"}
    assert mine(datetime(2022, 6, 14, 16, 0, tzinfo=UTC)) == {"T1", "T2"}


def test_silence_can_be_ended_and_is_for_one_event_only(dora, early):
    triggers.mark_seen(**said(dora, early))
    triggers.silence(**said(dora, early), until=date(2022, 6, 15))
    assert row("T2").silent_until is None
    triggers.silence(**said(dora, early), until=None)
    assert row().silent_until is None and steps()[-1] == "unsilenced"
    with pytest.raises(InputError):
        triggers.silence(**said(dora, early), until=date(2022, 6, 12))


def test_the_same_event_going_on_stays_silent(dora, home, early):
    triggers.mark_seen(**said(dora, early))
    triggers.silence(**said(dora, early), until=date(2022, 6, 15))
    again(dora, home, early, replace(trigger(), until=RAISED + timedelta(days=3)), ruled())
    assert row().silent_until == date(2022, 6, 15)


@pytest.mark.parametrize(
    "news",
    [{"touched": (people.TOWN_A, people.TOWN_B)}, {"rule_ids": ("r/threshold",)}],
    ids=["another area", "a rule met"],
)
def test_anything_new_ends_the_silence(dora, home, early, news):
    triggers.mark_seen(**said(dora, early))
    triggers.silence(**said(dora, early), until=date(2022, 6, 15))
    again(dora, home, early, trigger(**news), ruled())
    assert row().silent_until is None
    assert "unsilenced" in steps()


# ---- what a new run keeps


def test_a_new_run_replaces_facts_and_keeps_what_people_decided(dora, home, early):
    triggers.verify(**said(dora, early), reason="the clinic confirms")
    again(dora, home, early, trigger(p=0.001, evidence=(evidence(observed=50.0),)), ruled())
    found = row()
    assert (found.state, found.reason, found.p) == ("verified", "the clinic confirms", 0.001)
    assert [e.observed for e in found.evidence.all()] == [50.0]
    assert SignalOutcome.objects.count() == 2, "the lesson is of the evidence that was decided on"
    assert (
        Trigger.objects.count() == 2 and Task.objects.filter(kind="signal_verify", is_open=True).count() == 1
    )
    assert access.board(dora, outbreak=early, at=NOW)["tasks"]["done"] == 1


def test_late_figures_that_move_the_id_do_not_raise_it_twice(dora, home, early):
    triggers.verify(**said(dora, early))
    again(dora, home, early, moved(trigger("T1-moved"), -1), ruled())
    found = row()
    assert (found.engine_id, found.state, found.raised) == (
        "T1-moved",
        "verified",
        RAISED - timedelta(days=1),
    )
    assert Trigger.objects.count() == 2
    assert not Task.objects.filter(subject_id="T1-moved").exists()
    again(dora, home, early, moved(trigger("T1-moved"), -1), ruled(), at=LATER + timedelta(hours=1))
    assert row().state == "verified" and Trigger.objects.count() == 2


def test_an_open_clock_runs_on_under_the_first_id(dora, home, early):
    again(dora, home, early, moved(trigger("T1-moved"), -1), ruled())
    assert verify_task().due_at == FOUND + timedelta(hours=2)
    assert Task.objects.filter(subject_kind="trigger", subject_id="T1-moved").count() == 0


def test_what_nobody_touched_goes_and_what_somebody_touched_stays_and_says_so(dora, home, early):
    triggers.mark_seen(**said(dora, early))
    again(dora, home, early)
    assert list(Trigger.objects.values_list("trigger_id", "is_current")) == [("T1", False)]
    assert steps() == ["raised", "seen", "gone"]
    again(dora, home, early, at=LATER + timedelta(hours=1))
    assert steps().count("gone") == 1
    again(dora, home, early, trigger(), at=LATER + timedelta(hours=2))
    assert row().is_current and steps()[-1] == "back"


def test_an_accepted_task_is_a_touch(dora, home, early):
    from fireline.actions import tasks

    tasks.accept(by=dora, at=NOW, outbreak=early, task_id="signal_verify:T1::")
    again(dora, home, early)
    assert row().is_current is False


def test_a_discarded_event_that_grows_worse_calls_again(dora, home, early):
    low = replace(ruled(), level="low")
    again(dora, home, early, trigger(), low)  # a level that falls is no news
    triggers.discard(**said(dora, early, "T2"), reason="double report")
    again(dora, home, early, trigger(), ruled(level="high"), at=LATER + timedelta(hours=1))
    found = row("T2")
    assert (found.state, found.reason, found.decided_by, found.level) == ("new", "", "", "high")
    assert found.found_at == LATER + timedelta(hours=1)
    assert steps("T2")[-2:] == ["news_level", "reopened"]
    task = verify_task("T2")
    assert task.is_open and task.due_at == LATER + timedelta(hours=3)
    assert not SignalOutcome.objects.exists()
    assert Task.objects.filter(subject_id="T2").count() == 1


def test_a_watched_event_that_meets_a_rule_calls_before_its_day(dora, home, early):
    triggers.observe(**said(dora, early), reason="x", until=date(2022, 6, 20))
    again(dora, home, early, trigger(rule_ids=("r/threshold",)), ruled())
    found = row()
    assert (found.state, found.observe_until) == ("new", None)
    assert steps()[-2:] == ["news_rule", "reopened"]


def test_another_area_alone_takes_no_verdict_back(dora, home, early):
    triggers.discard(**said(dora, early), reason="x")
    again(dora, home, early, trigger(touched=(people.TOWN_A, people.TOWN_B)), ruled())
    assert row().state == "discarded" and steps()[-1] == "news_area"
    assert row().places.count() == 2


# ---- a dossier for an event


def test_a_dossier_is_opened_for_a_verified_event_once(dora, early):
    with pytest.raises(ConflictError):
        triggers.open_dossier(**said(dora, early), title="槐店镇发热", disease="influenza")
    triggers.verify(**said(dora, early))
    made = triggers.open_dossier(**said(dora, early), title="槐店镇发热", disease="influenza")
    where = Outbreak.objects.get(pk=made)
    assert (where.area_code, where.disease, where.title) == (people.TOWN_A, "influenza", "槐店镇发热")
    assert row().dossier_id == made and steps()[-1] == "dossier"
    with pytest.raises(ConflictError):
        triggers.open_dossier(**said(dora, early), title="again", disease="influenza")


def test_a_commander_opens_no_dossier(alice, early):
    triggers.verify(**said(alice, early))
    with pytest.raises(PurposeError):
        triggers.open_dossier(**said(alice, early), title="x", disease="influenza")


def test_every_decision_is_in_the_audit_chain(dora, alice, early):
    triggers.mark_seen(**said(dora, early))
    triggers.silence(**said(dora, early), until=date(2022, 6, 15))
    triggers.escalate(**said(dora, early), reason="x", to="alice")
    triggers.verify(**said(alice, early))
    triggers.open_dossier(**said(dora, early), title="x", disease="influenza")
    actions = (
        AuditEvent.objects.filter(action__startswith="trigger.")
        .order_by("seq")
        .values_list("action", flat=True)
    )
    assert list(actions) == [
        "trigger.seen",
        "trigger.silence",
        "trigger.escalated",
        "trigger.verified",
        "trigger.dossier",
    ]
    assert audit.verify().is_whole
