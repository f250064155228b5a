"""streams.toml: the packaged one is whole, a folder's adds to it, and every fault is said at once."""

from datetime import date

import pytest

from fireline.errors import InputError
from fireline.policy.terms import labels
from fireline.signals.streams import default_streams, parse_streams
from fireline.signals.streams.model import OTHER

BASE = default_streams()
EVENT = '[[event]]\nname = "any"\nlift = { other = 1.0 }\n'


def test_it_works():
    stream = BASE.of("fever_clinic")
    assert (stream.subject, stream.level, stream.unit, stream.kind) == (
        "person",
        "township",
        "patients",
        "count",
    )
    assert (stream.cadence_d, stream.delay_d, stream.lag_d, stream.trust) == (1, 1, 6.0, 0.7)
    assert stream.is_described and stream.source


@pytest.mark.parametrize(
    "name",
    [
        "fever_clinic", "antipyretic_sales", "cough_sales", "antiviral_sales", "antibiotic_sales", "ili_visits",
        "diarrhoea_visits", "rash_visits", "township_doctor", "lab_positive", "key_occupation_positive",
        "school_absence", "work_absence", "absence", "cold_chain_positive", "port_fever", "health_calls",
        "wastewater", "gp", "sari", "survey", "cases",
    ],
)  # fmt: skip
def test_every_channel_is_described_in_both_languages(name):
    stream = BASE.streams[name]
    assert stream.words.zh != name and stream.words.en != name
    assert f"code.stream.{name}" in labels("zh") and f"code.stream.{name}" in labels("en")
    assert 0 < stream.trust < 1 and stream.lag_sd_d > 0


def test_people_things_and_places_are_all_there():
    assert {s.subject for s in BASE.streams.values()} == {"person", "thing", "place"}


def test_every_stream_is_raised_by_some_event_and_every_event_raises_some():
    for stream in BASE.streams.values():
        assert any(e.lift_of(stream) > 0 for e in BASE.events), stream.name
    for event in BASE.events:
        assert any(event.lift_of(s) > 0 for s in BASE.streams.values())


def test_a_stream_nobody_described_has_the_default_and_says_so():
    stream = BASE.of("ambulance_rides")
    assert not stream.is_described
    assert (stream.lag_d, stream.trust) == (BASE.default.lag_d, BASE.default.trust)
    lifts = [e.lift_of(stream) for e in BASE.events]
    assert lifts == [e.lift.get(OTHER, 0.0) for e in BASE.events] and max(lifts) > 0


def test_sub_streams_take_their_stem():
    stream = BASE.of("absence/influenza")
    assert stream.is_described and stream.counts == "present" and stream.trust == BASE.of("absence").trust
    assert stream.name == "absence/influenza"
    assert "Influenza" in stream.words.en
    school = next(e for e in BASE.events if e.name == "school")
    assert school.lift_of(stream) == school.lift["absence"]


@pytest.mark.parametrize(
    ("state", "speaks"), [("any", True), ("peace", True), ("emergency", False)]
)  # sales are registered in an emergency
def test_streams_of_peace_rest_in_an_emergency(state, speaks):
    assert BASE.of("antipyretic_sales").speaks_in(state) is speaks
    assert BASE.of("fever_clinic").speaks_in(state)


def test_a_folder_adds_and_overrides():
    book = parse_streams(
        """
        [stream.fever_clinic]
        delay_d = 3
        [stream.clinic_b]
        like = "fever_clinic"
        name = { zh = "乙诊所", en = "Clinic B" }
        trust = 0.2
        [[event]]
        name = "respiratory"
        lift = { clinic_b = 2 }
        [[event]]
        name = "mine"
        words = "Mine"
        lift = { fever_clinic = 1 }
        """,
        base=BASE,
    )
    assert book.of("fever_clinic").delay_d == 3
    assert book.of("fever_clinic").lag_d == BASE.of("fever_clinic").lag_d
    assert (book.of("clinic_b").trust, book.of("clinic_b").words.zh) == (0.2, "乙诊所")
    assert book.of("clinic_b").delay_d == 3  # like the clinic as written above it
    assert len(book.streams) == len(BASE.streams) + 1
    events = {e.name: e for e in book.events}
    assert dict(events["respiratory"].lift) == {"clinic_b": 2.0}
    assert events["mine"].words.en == "Mine"
    assert set(events) == {*(e.name for e in BASE.events), "mine"}
    assert book.holidays == BASE.holidays
    assert BASE.of("fever_clinic").delay_d == 1  # the packaged book stays as it is


def test_a_whole_book_without_a_base():
    text = (
        "[default]\n"
        + 'subject = "thing"\nlevel = "site"\nunit = "x"\nkind = "rate"\ncadence_d = 7\ndelay_d = 0\nlag_d = 1\n'
        + 'lag_sd_d = 1\ntrust = 0.3\nstate = "both"\nweekday = false\nholiday = false\ndirection = "down"\n'
        + 'source = "s"\n'
        + EVENT
    )
    book = parse_streams(text)
    assert book.of("a").direction == "down" and book.of("a").dated == "last" and book.of("a").counts == "new"


FAULTS = [
    (
        "[stream.a]\ntrust = 1.0",
        "stream.a.trust: found 1.0; allowed: a number from 0 up to, not including, 1",
    ),
    ("[stream.a]\ntrust = true", "stream.a.trust: found True"),
    (
        '[stream.a]\nsubject = "animal"',
        "stream.a.subject: found 'animal'; allowed: one of person, thing, place",
    ),
    ("[stream.a]\ndelay_d = 1.5", "stream.a.delay_d: found 1.5; allowed: a whole number from 0 up to 60"),
    ("[stream.a]\ncadence_d = 30", "stream.a.cadence_d: found 30; allowed: one of 1, 7"),
    ("[stream.a]\nlag_sd_d = 0", "stream.a.lag_sd_d: found 0"),
    ("[stream.a]\nweekday = 1", "stream.a.weekday: found 1; allowed: true or false"),
    ('[stream.a]\nsource = " "', "stream.a.source"),
    ("[stream.a]\nspeed = 3", "stream.a.speed: found an unknown key"),
    ('[stream.a]\nlike = "nobody"', "stream.a.like: found 'nobody'; allowed: absence"),
    ('[stream.a]\nname = { zh = "甲" }', "stream.a.name"),
    ("[stream]\na = 3", "stream.a: found 3; allowed: a table"),
    ("stream = 3", "stream: found 3"),
    ("default = 3", "default: found 3; allowed: a table"),
    ("stuff = 3", "stuff: found an unknown key; allowed: default, stream, event, lunar, holiday"),
    ('[[event]]\nname = "e"\nlift = {}', "event 1.lift"),
    ("[[event]]\nlift = { cases = 1 }", "event 1.name: found None"),
    ('[[event]]\nname = "e"\nlift = { cases = -1 }', "event 1.lift.cases: found -1"),
    ('[[event]]\nname = "e"\nlift = { nobody = 1 }', "event 1.lift.nobody: found no such stream"),
    ('[[event]]\nname = "e"\nlift = { cases = 1 }\nspeed = 2', "event 1.speed: found an unknown key"),
    ("event = 3", "event: found 3; allowed: tables such as [[event]]"),
    ('[[holiday]]\nname = "h"\ndays = ["2026-02-17"]', "holiday 1.days"),
    ('[[holiday]]\nname = "h"\nyearly = { first = "13-01", last = "01-02" }', "holiday 1.yearly"),
    ('[[holiday]]\nname = "h"\nlunar = { day = "x", first = 0, last = 1 }', "holiday 1.lunar"),
    ('[[holiday]]\nname = "h"\nareas = "CN"', "holiday 1.areas"),
    ("lunar = 3", "lunar: found 3"),
    ("[lunar]\nx = [3]", "lunar.x"),
]


@pytest.mark.parametrize(("text", "message"), FAULTS, ids=[f[1][:40] for f in FAULTS])
def test_says_what_is_wrong_and_what_is_allowed(text, message):
    with pytest.raises(InputError) as error:
        parse_streams(text, base=BASE)
    assert message in error.value.words.en
    assert "streams.toml" in error.value.words.zh and "允许" in error.value.words.zh


def test_all_faults_are_said_at_once():
    with pytest.raises(InputError, match="3 thing") as error:
        parse_streams(
            "[stream.a]\ntrust = 2\ndelay_d = -1\n[stream.b]\nlag_d = 'x'", base=BASE, name="my.toml"
        )
    assert error.value.words.en.startswith("my.toml")


def test_no_toml_is_refused():
    with pytest.raises(InputError, match="not valid TOML"):
        parse_streams("[stream", base=BASE)


def test_a_book_without_a_base_must_be_whole():
    with pytest.raises(InputError, match=r"default.subject: found no value.*event: found no event"):
        parse_streams("")


@pytest.mark.parametrize(
    ("day", "area", "name"),
    [
        (date(2026, 2, 17), "CN-411624", "spring_festival"),  # the festival moves
        (date(2025, 1, 29), "CN-411624", "spring_festival"),
        (date(2026, 2, 16), "CN", "spring_festival"),
        (date(2026, 2, 10), "CN-411624", "spring_festival_before"),
        (date(2026, 2, 28), "CN-411624", "spring_festival_after"),
        (date(2026, 10, 3), "EX-0101", "national_day"),
        (date(2026, 6, 19), "CN-411624", "single_days"),
        (date(2026, 2, 17), "KR-11", None),
        (date(2026, 3, 17), "CN-411624", None),
        (date(2026, 2, 17), "CNX", None),
    ],
)
def test_holidays(day, area, name):
    codes, kinds = BASE.holiday_codes(day, 1, area)
    assert (kinds[codes[0] - 1].name if codes[0] else None) == name


def test_holidays_of_a_folder_come_first():
    book = parse_streams(
        """
        [[holiday]]
        name = "work_on_saturday"
        days = [2026-02-14]
        [[holiday]]
        name = "turn_of_the_year"
        yearly = { first = "12-30", last = "01-02" }
        areas = ["KR"]
        """,
        base=BASE,
    )
    codes, kinds = book.holiday_codes(date(2026, 2, 13), 3, "CN-411624")
    assert [kinds[c - 1].name for c in codes] == [
        "spring_festival_before",
        "work_on_saturday",
        "spring_festival_before",
    ]
    codes, kinds = book.holiday_codes(date(2025, 12, 29), 6, "KR-11")
    assert [k.name for k in kinds] == ["work_on_saturday", "turn_of_the_year"]
    assert codes.tolist() == [0, 2, 2, 2, 2, 0]
