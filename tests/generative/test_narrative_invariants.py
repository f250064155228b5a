"""Whatever the trajectory: reading what was written gives the same days, times, places and vehicles."""

from __future__ import annotations

import calendar
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fireline.investigations import read_narrative, write_narrative
from fireline.investigations.narrative.model import (
    PARTS_OF_DAY,
    VEHICLES,
    Clock,
    Day,
    Days,
    Part,
    Times,
    Vehicle,
)
from fireline.privacy.identifiers import lint_public_text

SOME = settings(max_examples=60, deadline=None)
NAMES = st.one_of(
    st.text(
        "东西南北关城到在去回家路站店超市医院点时月日8年（）、，。；“”-至与和出发乘坐车 AG号",
        min_size=1,
        max_size=14,
    ),
    st.sampled_from(
        [
            "东关超市",
            "三八饭店（东关店）",
            "友谊",
            "住处",
            "如家宾馆",
            "父母家",
            "王某家",
            "东关路12号",
            "G1次列车",
        ]
    ),
)


@st.composite
def a_day(draw, year):
    month = draw(st.integers(1, 12))
    last = 28 if year is None else calendar.monthrange(year, month)[1]
    return Day(month, draw(st.integers(1, last)), year, "unknown" if year is None else "stated")


@st.composite
def some_days(draw, year):
    first, last = draw(a_day(year)), draw(a_day(year))
    if draw(st.booleans()) or last.text < first.text:
        return Days(first, first)
    return Days(first, last)


CLOCK = st.builds(Clock, st.integers(0, 23), st.one_of(st.none(), st.integers(0, 59)))
TIMES = st.one_of(
    st.builds(Times, CLOCK),
    st.builds(Times, CLOCK, CLOCK),
    st.builds(lambda h: Times(Clock(h, is_about=True)), st.integers(0, 24)),
    st.builds(lambda p: Times(Clock(part=p)), st.sampled_from(sorted(PARTS_OF_DAY))),
)
NUMBER = {
    "train": st.from_regex(r"[GDCZTK][1-9]\d{0,3}", fullmatch=True),
    "flight": st.from_regex(r"[A-Z]{2}[1-9]\d{2,3}", fullmatch=True),
    "bus": st.from_regex(r"[1-9]\d{0,3}", fullmatch=True),
    "metro": st.from_regex(r"[1-9]\d?", fullmatch=True),
}
VEHICLE = st.sampled_from(sorted(VEHICLES)).flatmap(
    lambda kind: st.builds(
        Vehicle,
        st.just(kind),
        st.one_of(st.just(""), NUMBER.get(kind, st.just(""))),
        st.sampled_from(["", "3", "16"]) if kind == "train" else st.just(""),
        st.sampled_from(["", "05F"]),
    )
)


@st.composite
def a_part(draw, year):
    days = tuple(draw(st.lists(some_days(year), min_size=1, max_size=3)))
    times = tuple(draw(st.lists(TIMES, max_size=2)))
    if draw(st.booleans()):
        return Part("stay", days, times, draw(NAMES), draw(st.sampled_from(["home", "dwelling", "place"])))
    stops = st.one_of(st.just(""), NAMES)
    return Part("leg", days, times, vehicle=draw(VEHICLE), origin=draw(stops), destination=draw(stops))


TRAJECTORY = st.one_of(st.none(), st.integers(1990, 2050)).flatmap(lambda y: st.lists(a_part(y), max_size=6))


def said(part):
    return (
        part.kind,
        [d.text for d in part.days],
        [(t.text, t.start.is_about) for t in part.times],
        part.place,
        part.place_kind,
        part.vehicle,
        part.origin,
        part.destination,
    )


@SOME
@given(TRAJECTORY)
def test_what_is_written_is_read_back(parts):
    public = write_narrative(parts)
    assert [said(p) for p in read_narrative(public.text.zh).parts] == [said(p) for p in public.parts]


@SOME
@given(TRAJECTORY)
def test_nothing_disappears_in_silence(parts):
    public = write_narrative(parts)
    unwritten = {w.index for w in public.withheld if w.reason != "name"}
    assert len(public.parts) + len(unwritten) == len(parts)
    kept = [p for i, p in enumerate(parts) if i not in unwritten]
    for given_part, written in zip(kept, public.parts, strict=True):
        assert [d.text for d in written.days] == [d.text for d in given_part.days]
        assert [t.text for t in written.times] == [t.text for t in given_part.times]
        if given_part.vehicle:
            assert written.vehicle.kind == given_part.vehicle.kind


@SOME
@given(
    TRAJECTORY,
    st.sampled_from(["王小明", "13812345678", "411624199001011234", "68岁", "东关小区3号楼2单元501室"]),
)
def test_no_identifier_is_written(parts, secret):
    spoiled = [Part(**{**{f: getattr(p, f) for f in p.__slots__}, "place": p.place + secret}) for p in parts]
    public = write_narrative(spoiled, names=["王小明"])
    text = public.text.zh + "\n" + public.text.en
    assert lint_public_text(text, names=["王小明"]) == () and secret not in text


@SOME
@given(st.text(st.characters(codec="utf-8"), max_size=120))
@example("1月1日（（（“”到家、、至8时")
def test_any_text_is_read_without_an_error_and_keeps_its_places(text):
    reading = read_narrative(text)
    for found in (*reading.mentions, *reading.parts, *reading.unread):
        assert 0 <= found.start <= found.end <= len(text)


@SOME
@given(st.text("1230年月日号时点分：到在去从家超市医院路公交车G次列（）“”、，。；\n至-晚上", max_size=80))
def test_mentions_never_cross(text):
    found = read_narrative(text).mentions
    assert all(a.end <= b.start for a, b in pairwise(found))
