"""A whole text becomes stays and legs, each with its sentence; what was not read is named."""

from __future__ import annotations

import time

import pytest

from fireline.errors import InputError
from fireline.investigations import read_narrative
from fireline.investigations.narrative import explain_part, explain_unread, rows_of
from fireline.investigations.narrative.clocks import _TIME
from fireline.investigations.narrative.days import _DATE
from fireline.investigations.narrative.vehicles import _VEHICLE

TEXT = (
    "2020年12月31日9时许，从东关站乘坐8路公交车到西关站下车，步行至西关超市购物，11时30分返回家中。\n"
    "2021年1月1日居家无外出，期间核酸检测呈阴性。\n"
    "1月2日14时-15时，乘坐G8087次列车（3车厢05F）到乙城，后打车到乙城宾馆住宿。"
)


def said(part):
    vehicle = part.vehicle and (part.vehicle.kind, part.vehicle.number)
    return (
        part.kind,
        "、".join(d.text for d in part.days),
        "、".join(t.text for t in part.times),
        part.place or vehicle,
        part.origin,
        part.destination,
    )


def test_stays_and_legs_in_order():
    assert [said(p) for p in read_narrative(TEXT).parts] == [
        ("leg", "2020-12-31", "09", ("bus", "8"), "东关站", "西关站"),
        ("stay", "2020-12-31", "", "西关超市", "", ""),
        ("stay", "2020-12-31", "11:30", "住处", "", ""),
        ("stay", "2021-01-01", "", "住处", "", ""),
        ("leg", "2021-01-02", "14/15", ("train", "G8087"), "", "乙城"),
        ("stay", "2021-01-02", "14/15", "乙城", "", ""),
        ("leg", "2021-01-02", "", ("taxi", ""), "", "乙城宾馆"),
        ("stay", "2021-01-02", "", "乙城宾馆", "", ""),
    ]


def test_every_part_knows_its_sentence():
    reading = read_narrative(TEXT)
    sentences = {reading.text[p.start : p.end] for p in reading.parts}
    assert sentences == {s.rstrip("。") for s in TEXT.split("\n")}


def test_carriage_and_seat_stay_with_the_leg():
    leg = next(p for p in read_narrative(TEXT).parts if p.vehicle and p.vehicle.kind == "train")
    assert (leg.vehicle.carriage, leg.vehicle.seat) == ("3", "05F")


def test_the_stay_at_the_end_of_a_leg_is_only_about_the_time_of_the_leg():
    leg, stay = read_narrative("1月2日14时乘私家车到东关超市。").parts
    assert not leg.times[0].start.is_about and stay.times[0].start.is_about


def test_departure_and_arrival():
    leg, stay = read_narrative("1月22日乘坐Z157次列车，16:55到达乙城站。").parts
    assert (leg.times, leg.destination) == ((), "乙城站") or leg.times[0].text == "16:55"
    assert stay.times[0].text == "16:55"
    leg, stay = read_narrative("1月22日8:20乘坐Z157次列车，16:55到达乙城站。").parts
    assert (leg.times[0].text, stay.times[0].text) == ("08:20/16:55", "16:55")


def test_a_range_of_days_goes_on_behind_a_clock_time():
    (stay,) = read_narrative("1月25日14时-28日，在东关小区亲属家。").parts
    assert (stay.days[0].text, stay.times[0].text, stay.place_kind) == ("--01-25/--01-28", "14", "dwelling")


def test_several_days_and_times_belong_to_one_part():
    (stay,) = read_narrative("1月5日、7日、9日6时53分和12时03分去东关包子店。").parts
    assert [d.text for d in stay.days] == ["--01-05", "--01-07", "--01-09"]
    assert [t.text for t in stay.times] == ["06:53", "12:03"]


def test_the_date_goes_on_over_sentences_and_the_time_does_not():
    first, second = read_narrative("1月5日9时到东关超市。到西关超市。").parts
    assert second.days == first.days and first.times and second.times == ()


@pytest.mark.parametrize(
    ("text", "reason", "clause"),
    [
        ("无外地旅居史。", "nothing", "无外地旅居史"),
        ("1月5日核酸检测呈阳性。", "no_place", "1月5日核酸检测呈阳性"),
        ("目前在定点医院隔离。", "no_date", "目前在定点医院隔离"),
        ("2月30日到东关超市。", "bad_date", "2月30日"),
        ("17日到东关超市。", "no_month", "17日"),
        ("1月5日25时到东关超市。", "bad_time", "25时"),
    ],
)
def test_what_was_not_read_is_named(text, reason, clause):
    reading = read_narrative(text)
    assert (reason, clause) in {(u.reason, text[u.start : u.end]) for u in reading.unread}
    assert all(explain_unread(u).zh and explain_unread(u).en for u in reading.unread)


def test_neighbouring_clauses_without_anything_are_one():
    reading = read_narrative("1月5日到东关超市，患者无不适，正常生活，全程佩戴口罩。")
    assert [reading.text[u.start : u.end] for u in reading.unread] == ["患者无不适，正常生活，全程佩戴口罩"]


def test_no_year_is_said_and_none_is_guessed():
    reading = read_narrative("12月31日居家。1月1日居家。")
    assert [d.date for p in reading.parts for d in (p.days[0].first,)] == [None, None]
    assert "没有年份" in reading.notes[0].zh and "no year" in explain_part(reading.parts[0]).en
    assert not read_narrative("2021年1月1日居家。").notes


def test_a_turned_year_is_said():
    reading = read_narrative("12月31日居家。1月1日居家。", year=2020)
    assert [p.days[0].text for p in reading.parts] == ["2020-12-31", "2021-01-01"]
    assert "跨年" in reading.notes[0].zh and "turned" in explain_part(reading.parts[1]).en


def test_explanations_in_both_languages():
    leg, stay = read_narrative("2021年1月2日14时05分乘坐G8087次列车（3车厢）到乙城。").parts
    assert explain_part(leg).zh == "2021年1月2日14时05分，乘坐G8087次列车3车厢（到乙城）（精确到分钟）"
    assert explain_part(leg).en == "2 January 2021, 14:05: by train G8087, carriage 3 to 乙城 (to the minute)"
    assert explain_part(stay).zh.endswith("在乙城（精确到分钟）")


def test_parts_are_accepted_corrected_and_refused():
    reading = read_narrative(TEXT)
    changed = reading.accept(0).correct(1, place="西关大超市").refuse(2)
    assert [p.state for p in changed.parts[:4]] == ["accepted", "corrected", "refused", "read"]
    assert changed.parts[1].place == "西关大超市" and reading.parts[1].place == "西关超市"
    with pytest.raises(InputError, match="cannot be corrected"):
        reading.correct(0, start=5)
    with pytest.raises(InputError, match="does not exist"):
        reading.accept(99)


def test_rows_for_a_page_hold_plain_values_and_the_sentence():
    rows = rows_of(read_narrative(TEXT), language="en")
    first = rows["parts"][0]
    assert (first["index"], first["vehicle"], first["number"], first["days"]) == (
        0,
        "bus",
        "8",
        ["2020-12-31"],
    )
    assert first["sentence"].startswith("2020年12月31日") and first["words"].startswith("31 December 2020")
    assert rows["unread"][0]["clause"] == "期间核酸检测呈阴性" and rows["notes"] == []
    values = [v for r in rows["parts"] for v in r.values()]
    assert all(isinstance(v, str | int | list) for v in values)


@pytest.mark.parametrize("text", ["", " \n ", "。。。", "，", "“", "”“", "（", "）（", "无"])
def test_nothing_gives_nothing(text):
    assert read_narrative(text).parts == ()


def test_too_long_a_text_and_a_wrong_year_are_refused():
    with pytest.raises(InputError, match="20001 characters"):
        read_narrative("a" * 20_001)
    with pytest.raises(InputError, match="four digits"):
        read_narrative("1月5日", year=21)


HOSTILE = (
    "1", "1月", "1月1", "1月1日", "1月1日至", "8时", "12:30-", "到", "在家", "（", "（）", "公交车", "12路", "2021年", "、", "a", "A1",
    "G1", "到超市、", "在集中隔离", "医院", "“", "“”", "附近的", "某", "号", "\n", " ", "。", "病例1", "1月1日8时到超市，",
)  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("pattern", [_DATE, _TIME, _VEHICLE], ids=["date", "time", "vehicle"])
def test_patterns_take_time_in_proportion_to_the_text(unit, pattern):
    def seconds(n_bytes):
        text = (unit * n_bytes).encode()[:n_bytes].decode(errors="ignore")
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            sum(1 for _ in pattern.finditer(text))
            best = min(best, time.process_time() - start)
        return best

    # eight times the text: eight times the time where linear, 64 times where quadratic
    assert seconds(16_000) < max(24 * seconds(2_000), 0.05)


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_text_is_read_or_refused_at_once(unit):
    start = time.process_time()
    with pytest.raises(InputError):
        read_narrative(unit * 100_000)
    assert time.process_time() - start < 0.05
    text = (unit * 2_000)[:2_000]
    start = time.process_time()
    reading = read_narrative(text)
    assert time.process_time() - start < 0.5
    assert reading.text == text
