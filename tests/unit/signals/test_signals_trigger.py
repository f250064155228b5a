"""One trigger for each event: level, evidence, clock, doubts, stable ids, and tables to write out."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from tests.factories.streams import COUNTY, FIRST, STREAMS, codes, counts_table, county, figures, raised
from tests.unit.contacts.contact_worlds import pack, rule, table

from fireline.policy import At, build_library
from fireline.signals import LEVELS, watch
from fireline.signals.model import Signals, Trigger
from fireline.signals.streams import default_streams, parse_streams
from fireline.signals.tables import AREA_ALARMS, CALIBRATION, EVIDENCE, POINTS, STREAM_DAYS, TRIGGERS

BEGUN = 100
VERIFY = rule("deadline", "signal_verify", 'hours = 24, start = "detected", stop = "verified"')
NOTIFY = rule("deadline", "notify", 'hours = 48, start = "detected", stop = "notified"')
CLUSTER = rule("threshold", "cluster", 'count = 5, window_days = 7, unit = "township"')


def rules(*texts, disease="*"):
    return At(
        build_library([pack(*texts, disease=disease, area="EX", kind="exercise")] if texts else []),
        "x",
        COUNTY,
        date(2026, 9, 1),
    )


def seen(figure, *texts, n_days=None, tables=None, **more):
    """Signals of a county on the evening of the last day (or of day ``n_days``)."""
    last = FIRST + timedelta(days=(n_days or len(figure)) - 1)
    at = datetime(last.year, last.month, last.day, 12, tzinfo=UTC)
    return watch(county(figure, **(tables or {})), rules(*texts), at=at, **more)


LOUD = raised(figures(), area=1, begun=BEGUN, more=1.0)
HERE = codes(6)[1]


def mine(signals):
    """Triggers that name the township since the outbreak began."""
    since = FIRST + timedelta(days=BEGUN)
    return [t for t in signals.triggers if HERE in t.areas and t.until >= since]


def test_it_works():
    signals = seen(LOUD, VERIFY)
    strongest = signals.triggers[0]
    assert strongest.kind == "fusion" and strongest.level == "high"
    assert strongest.areas == (HERE,)
    assert FIRST + timedelta(days=BEGUN) <= strongest.raised <= FIRST + timedelta(days=BEGUN + 4)
    assert strongest.raised <= strongest.level_since <= strongest.until
    assert abs((strongest.first_day - FIRST).days - BEGUN) <= 2
    assert strongest.began_from <= strongest.began <= strongest.began_to < strongest.first_day
    assert strongest.event_types[0][0] == "respiratory"
    assert sum(p for _, _, p in strongest.event_types) == pytest.approx(1)
    assert strongest.probability > 0.99 and strongest.p < 1e-6
    assert strongest.false_alarms_per_month < 1 / 12


def test_evidence_stream_by_stream():
    trigger = seen(LOUD).triggers[0]
    assert {e.stream for e in trigger.evidence} == set(STREAMS)
    weights = [e.weight for e in trigger.evidence]
    assert weights == sorted(weights, reverse=True) and weights[-1] > 1
    for e in trigger.evidence:
        assert e.areas == (HERE,)
        assert e.observed > 1.4 * e.expected > 0
        assert e.p < 0.001
        assert e.rate_without > trigger.false_alarms_per_month
        assert (e.n_areas, e.n_areas_high) == (1, 1)
        assert e.state == "ok" and e.note is None
        assert len(e.points) == 28 and e.points[-1].upper > e.points[-1].expected
        inside = [p for p in e.points if e.first_day <= p.day <= e.last_day]
        assert sum(p.observed for p in inside) == e.observed
        assert sum(p.expected for p in inside) == pytest.approx(e.expected)


def test_the_subject_of_each_stream_is_said():
    assert {e.stream: e.subject for e in seen(LOUD).triggers[0].evidence} == {
        "antipyretic_sales": "thing", "fever_clinic": "person", "school_absence": "person",
    }  # fmt: skip


def test_words_say_what_was_seen_and_how_often_it_comes_by_chance():
    trigger = seen(LOUD).triggers[0]
    for word in (HERE, "Fever clinic", "expected", "respiratory", "by chance", str(trigger.first_day)):
        assert word in trigger.why.en
    for word in (HERE, "发热门诊", "预期", "呼吸道", "平时"):
        assert word in trigger.why.zh


def test_what_would_make_it_false():
    trigger = seen(LOUD).triggers[0]
    said = " ".join(w.en for w in trigger.false_if)
    assert "without them it comes by chance" in said
    assert "late or in a batch" in said and "something else explains" in said
    assert all(w.zh and w.en for w in trigger.false_if)


@pytest.mark.parametrize(
    ("texts", "hours", "days", "rule_id"),
    [
        ((VERIFY, NOTIFY), 24.0, 1, "t-1/deadline/signal_verify/EX"),
        ((NOTIFY,), 48.0, 2, "t-1/deadline/notify/EX"),
        ((), None, None, ""),
    ],
)
def test_who_verifies_by_when(texts, hours, days, rule_id):
    trigger = seen(LOUD, *texts).triggers[0]
    assert (trigger.verify_within_h, trigger.verify_rule) == (hours, rule_id)
    assert trigger.verify_by == (trigger.raised + timedelta(days=days) if days else None)
    assert ("no rule in force" in trigger.who.en) == (hours is None)
    assert "epidemiologist" in trigger.who.en and "流行病学" in trigger.who.zh


def test_a_clock_that_only_advises_is_no_clock():
    advice = rule("deadline", "signal_verify", 'hours = 24, start = "detected", stop = "verified"', "K")
    assert seen(LOUD, advice).triggers[0].verify_by is None


def test_quiet_figures_raise_no_alarm_of_weight():
    """Sixty days of ten quiet counties: at most a handful of triggers, none of them high."""
    levels = [t.level for seed in range(10) for t in seen(figures(seed=20 + seed)).triggers]
    assert levels.count("high") <= 1
    assert sum(level in ("medium", "high") for level in levels) <= 4
    assert len(levels) <= 40


def test_the_id_stays_while_the_event_goes_on_and_history_is_the_same():
    ids = []
    for n_days in (104, 108, 114):
        (trigger,) = mine(seen(LOUD, n_days=n_days))
        ids.append((trigger.trigger_id, trigger.raised))
    assert len(set(ids)) == 1


def test_the_excess_begins_no_later_than_the_day_it_was_raised_on_however_long_it_goes_on():
    """Its clearest day comes late: the beginning is told from the day on which it was raised."""
    longer = figures()
    longer = raised(longer, begun=BEGUN, more=1.2)
    for trigger in seen(raised(longer, begun=BEGUN + 12, more=2.0)).triggers:
        assert trigger.first_day <= trigger.raised
        assert trigger.verify_by is None or trigger.verify_by >= trigger.first_day


def test_one_event_is_one_trigger_and_holds_the_alarms_of_its_streams():
    signals = seen(LOUD)
    (trigger,) = mine(signals)
    alarms = {a.alarm_id: a for a in signals.alarms}
    held = [alarms[i] for i in trigger.alarm_ids]
    assert len(held) >= 2
    assert {a.area_code for a in held} == {HERE}
    assert all(a.until >= trigger.first_day - timedelta(days=7) for a in held)


def test_one_stream_alone_is_never_high():
    trigger = next(
        t for t in seen(raised(figures(), begun=BEGUN, more=2.0, streams=(1,))).triggers if HERE in t.areas
    )
    assert trigger.false_alarms_per_month < 1 / 12 and trigger.level == "medium"
    assert sum(e.weight >= 1 for e in trigger.evidence) == 1


def test_silent_streams_are_named_as_such():
    figure = raised(figures(), begun=BEGUN, more=1.5, streams=(0, 1))
    figure[BEGUN:, 1, 2] = 14.0
    trigger = next(t for t in seen(figure).triggers if HERE in t.areas)
    absent = next(e for e in trigger.evidence if e.stream == "school_absence")
    assert absent.weight < 0
    assert "not raised: School absence" in trigger.why.en and "未见异常" in trigger.why.zh


def test_a_step_change_in_reporting_is_flagged():
    """The fever clinic of one township moved to three times its level weeks before: its evidence says so."""
    figure = figures()
    figure[60:, 1, 1] *= 3
    figure = raised(figure, begun=90, more=1.0)
    figure[90:, 1, 1] += 60
    since = FIRST + timedelta(days=85)
    trigger = next(t for t in seen(figure, n_days=97).triggers if t.raised >= since and HERE in t.areas)
    clinic = next(e for e in trigger.evidence if e.stream == "fever_clinic")
    assert clinic.state == "shifted" and "reporting" in clinic.note.en
    assert any("reporting" in w.en for w in trigger.false_if)


CASES = [
    {"case_id": f"C{k}", "person_key": f"P{k}", "disease": "x", "onset": f"2026-09-{10 + k // 2:02d}", "area_code": HERE}
    for k in range(8)
]  # fmt: skip


def test_a_rule_that_is_met_beside_it_joins_the_event():
    cases = table("cases", CASES)
    signals = seen(LOUD, VERIFY, CLUSTER, tables={"cases": cases})
    (trigger,) = mine(signals)
    assert trigger.rule_ids == ("t-1/threshold/cluster/EX",)
    assert "asks for 5" in trigger.why.en
    assert any("threshold" in w.en for w in trigger.false_if)


def test_a_rule_alone_makes_a_trigger_of_its_own():
    signals = seen(figures(), VERIFY, CLUSTER, tables={"cases": table("cases", CASES)})
    (trigger,) = [t for t in signals.triggers if t.kind == "rule"]
    assert trigger.level == "high" and trigger.areas == (HERE,)
    assert trigger.false_alarms_per_month is None and trigger.score is None and trigger.evidence == ()
    assert trigger.verify_by == trigger.raised + timedelta(days=1)
    assert "5" in trigger.why.en
    alone = [a for a in signals.alarms if a.kind == "threshold"]
    assert trigger.alarm_ids == tuple(sorted(a.alarm_id for a in alone))


def test_rules_of_one_place_that_follow_each_other_are_one_event():
    later = [
        c | {"case_id": f"D{k}", "person_key": f"Q{k}", "onset": f"2026-09-{17 + k // 3:02d}"}
        for k, c in enumerate(CASES)
    ]
    two = seen(figures(), CLUSTER, tables={"cases": table("cases", CASES + later)})
    assert len([t for t in two.triggers if t.kind == "rule"]) == 1
    far = [c | {"onset": f"2026-07-{10 + k // 3:02d}"} for k, c in enumerate(later)]
    apart = seen(figures(), CLUSTER, tables={"cases": table("cases", CASES + far)})
    assert len([t for t in apart.triggers if t.kind == "rule"]) == 2


def test_triggers_are_sorted_by_gravity():
    figure = raised(LOUD, area=4, begun=70, more=0.5)
    levels = [LEVELS.index(t.level) for t in seen(figure).triggers]
    assert levels == sorted(levels, reverse=True)


def test_a_short_history_leaves_alarms_of_single_streams_alone():
    figure = figures(n_days=25)
    figure[24, 1, 1] = 90
    signals = seen(figure)
    assert [t for t in signals.triggers if t.kind == "fusion"] == []
    assert [a.kind for a in signals.alarms if a.area_code == HERE and a.stream == "fever_clinic"] == ["ears"]
    assert any("Too short a history" in n.en for n in signals.notes)


def test_a_stream_nobody_described_is_used_and_noted():
    names = ("antipyretic_sales", "fever_clinic", "horse_rides")
    last = FIRST + timedelta(days=119)
    at = datetime(last.year, last.month, last.day, 12, tzinfo=UTC)
    signals = watch(county(LOUD, names=names), rules(), at=at)
    assert any("horse rides" in n.en for n in signals.notes)
    trigger = next(t for t in signals.triggers if HERE in t.areas)
    assert "horse_rides" in {e.stream for e in trigger.evidence}


def test_streams_of_a_folder_are_used():
    book = parse_streams("[stream.fever_clinic]\ntrust = 0.0", base=default_streams())
    trusted, doubted = seen(LOUD).triggers[0], seen(LOUD, streams=book).triggers[0]
    weights = [next(e.weight for e in t.evidence if e.stream == "fever_clinic") for t in (trusted, doubted)]
    assert weights[0] > 1 and weights[1] == 0


def test_an_emergency_rests_the_streams_of_peace():
    last = FIRST + timedelta(days=119)
    at = datetime(last.year, last.month, last.day, 12, tzinfo=UTC)
    signals = watch(county(LOUD), replace(rules(), state="emergency"), at=at)
    assert any("not used in the present state: Antipyretic sales" in n.en for n in signals.notes)
    assert "antipyretic_sales" not in {e.stream for t in signals.triggers for e in t.evidence}
    assert set(signals.stream_days["stream"]) == set(STREAMS)  # who reported is watched all the same


def test_chance_changes_nothing_but_combined_probabilities():
    one = seen(LOUD, rng=np.random.default_rng(1))
    two = seen(LOUD, rng=np.random.default_rng(2))
    bare = [[replace(t, p=None) for t in s.triggers] for s in (one, two)]
    assert bare[0] == bare[1]
    again = seen(LOUD, rng=np.random.default_rng(1))
    assert again.triggers == one.triggers


def test_tables_have_the_promised_columns():
    tables = seen(LOUD, VERIFY, CLUSTER, tables={"cases": table("cases", CASES)}).tables()
    for name, columns in (
        ("triggers", TRIGGERS), ("trigger_evidence", EVIDENCE), ("trigger_points", POINTS),
        ("signal_calibration", CALIBRATION), ("stream_days", STREAM_DAYS), ("area_alarms", AREA_ALARMS),
    ):  # fmt: skip
        assert dict(tables[name].schema) == columns and tables[name].height, name
    assert tables["trigger_evidence"]["trigger_id"].is_in(tables["triggers"]["trigger_id"].implode()).all()
    assert tables["triggers"]["trigger_id"].is_unique().all()
    assert set(tables["triggers"]["level"]) <= set(LEVELS)


def test_signals_without_triggers_still_write_their_tables():
    tables = Signals((), pl.DataFrame(), (), ()).tables()
    assert tables["triggers"].height == 0 and dict(tables["triggers"].schema) == TRIGGERS


def test_every_attribute_of_a_trigger_is_described():
    said = Trigger.__doc__
    assert not [f.name for f in fields(Trigger) if f.name not in said]


def test_a_county_with_no_map_is_watched_township_by_township():
    last = FIRST + timedelta(days=119)
    at = datetime(last.year, last.month, last.day, 12, tzinfo=UTC)
    world = county(LOUD)
    bare = replace(world, tables={"counts": counts_table(LOUD)})
    trigger = next(t for t in watch(bare, rules(), at=at).triggers if t.level == "high")
    assert trigger.areas == (HERE,)
