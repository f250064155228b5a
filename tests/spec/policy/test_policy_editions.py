"""What the editions said, as a table: one line per day, place, disease and question."""

from __future__ import annotations

from datetime import date

import pytest

from fireline.policy import load_library, resolve
from fireline.policy.values import say_value

LIBRARY = load_library()

# day        area       concept/subject               status   what it says
COVID_19 = """
2020-09-14 | CN        | contact.lookback/close       | NO_RULE |
2020-09-15 | CN        | contact.lookback/close       | RULE    | 2 days before onset (sampling when without symptoms)
2021-05-13 | CN        | contact.lookback/close       | RULE    | 2 days before onset (sampling when without symptoms)
2021-05-14 | CN        | contact.lookback/close       | RULE    | 4 days before onset (sampling when without symptoms)
2022-06-27 | CN        | contact.lookback/close       | RULE    | 4 days before onset (sampling when without symptoms)
2022-06-28 | CN        | contact.lookback/close       | ASK     |
2022-11-15 | CN        | contact.lookback/close       | ASK     |
2023-01-07 | CN        | contact.lookback/close       | ASK     |
2023-01-08 | CN        | contact.lookback/close       | OFF     |
2026-11-23 | CN        | contact.lookback/close       | OFF     |
2021-12-13 | CN-411624 | measure/close                | RULE    | from last exposure: 14 days central isolation (tests on days 1, 4, 7, 14) + 7 days home monitoring (tests on days 2, 7)
2022-07-15 | CN-411624 | measure/close                | RULE    | from admission: 7 days central isolation (tests on days 1, 2, 3, 5, 7) + 3 days home monitoring (tests on days 3)
2022-11-10 | CN-411624 | measure/close                | RULE    | from admission: 7 days central isolation (tests on days 1, 2, 3, 5, 7) + 3 days home monitoring (tests on days 3)
2022-11-11 | CN-411624 | measure/close                | RULE    | from admission: 5 days central isolation (tests on days 1, 2, 3, 5) + 3 days home isolation (tests on days 1, 3)
2022-11-15 | CN-411624 | measure/close                | RULE    | from admission: 5 days central isolation (tests on days 1, 2, 3, 5) + 3 days home isolation (tests on days 1, 3)
2022-12-10 | CN-411624 | measure/close                | RULE    | from admission: 5 days home isolation (tests on days 5)
2023-02-01 | CN-411624 | measure/close                | OFF     |
2021-12-13 | CN-411624 | measure/secondary            | RULE    | from admission: 7 days central isolation (tests on days 1, 4, 7)
2022-07-15 | CN-411624 | measure/secondary            | RULE    | from admission: 7 days home isolation (tests on days 1, 4, 7)
2022-11-15 | CN-411624 | measure/secondary            | OFF     |
2022-12-10 | CN-411624 | measure/secondary            | OFF     |
2023-02-01 | CN-411624 | measure/secondary            | OFF     |
2021-12-13 | CN-41     | measure/arrival_high         | RULE    | from departure: 14 days central isolation (tests on days 1, 4, 7, 10, 14)
2021-12-13 | CN-411624 | measure/arrival_high         | RULE    | from departure: 14 days central isolation (tests on days 1, 4, 7, 10, 14)
2021-12-13 | CN-51     | measure/arrival_high         | NO_RULE |
2021-12-13 | CN        | measure/arrival_high         | NO_RULE |
2022-07-15 | CN-51     | measure/arrival_high         | RULE    | from departure: 7 days central isolation (tests on days 1, 2, 3, 5, 7)
2022-11-15 | CN-51     | measure/arrival_high         | RULE    | from departure: 7 days home isolation (tests on days 1, 3, 5, 7)
2022-12-10 | CN-51     | measure/arrival_high         | OFF     |
2022-11-10 | CN        | measure/arrival_medium       | RULE    | from departure: 7 days home isolation (tests on days 1, 4, 7)
2022-11-11 | CN        | measure/arrival_medium       | OFF     |
2022-12-10 | CN        | measure/arrival_medium       | OFF     |
2021-12-13 | CN-51     | contact.companion/phone      | RULE    | grid m: 800; min minutes: 10; min stay hours: 30; stay window days: 14; join: and; tests: (n: 2; within days: 3; min gap hours: 24)
2021-11-02 | CN-51     | contact.companion/phone      | NO_RULE |
2021-12-13 | CN-41     | contact.companion/phone      | NO_RULE |
2021-12-13 | CN        | zone.lift/sealed             | RULE    | days_no_new_infection ≥ 14 and days_since_last_contact_exposure > 14 and full_round_negative_within_days ≤ 2
2021-12-13 | CN        | zone.define/sealed           | RULE    | of: case_units; unit: compound; measure: closed, stay home, door service
2022-07-15 | CN        | zone.define/sealed           | NO_RULE |
2022-07-15 | CN        | zone.lift/high               | RULE    | days_no_new_infection ≥ 7 and full_round_negative_on_day = 7
2022-11-15 | CN        | zone.lift/high               | RULE    | days_no_new_infection ≥ 5
2022-11-15 | CN        | zone.lift/medium_from_high   | OFF     |
2022-07-15 | CN        | zone.unit/high               | RULE    | unit: compound_or_village
2022-11-15 | CN        | zone.unit/high               | RULE    | unit: unit_or_building; largest: building
2022-12-10 | CN        | zone.unit/high               | RULE    | unit: household<=building; largest: building
2023-02-01 | CN        | zone.unit/high               | OFF     |
2021-12-13 | CN        | deadline/case_report         | RULE    | within 2 hours (diagnosis to report)
2022-12-10 | CN        | deadline/case_report         | RULE    | within 2 hours (diagnosis to report)
2023-02-01 | CN        | deadline/case_report         | NO_RULE |
2021-12-13 | CN        | deadline/trajectory          | ADVICE  | within 4 hours (report to trajectory)
2021-12-13 | CN        | deadline/close_placed        | ADVICE  | within 8 hours (identified to admitted)
2022-06-08 | CN        | deadline/first_round_sealed  | NO_RULE |
2022-06-09 | CN        | deadline/first_round_sealed  | RULE    | within 24 hours (zone set to round done)
2021-12-13 | CN        | deadline/city_round          | RULE    | within 48 hours (zone set to round done)
2022-03-21 | CN        | deadline/city_round          | RULE    | within 48 hours (zone set to round done)
2022-03-22 | CN        | deadline/city_round          | RULE    | within 24 hours (zone set to round done)
2022-12-07 | CN        | deadline/city_round          | NO_RULE |
2021-12-19 | CN        | event/meeting                | NO_RULE |
2021-12-20 | CN        | event/meeting                | RULE    | persons ge: 50; needs: plan
2021-12-25 | CN        | event/banquet                | RULE    | tables ge: 5; needs: filing
2021-12-13 | CN        | capacity/scenic              | RULE    | percent: 75; of: approved_maximum
2022-07-15 | CN        | occupation.test/direct_import_contact | RULE | per days: 1
2022-11-15 | CN        | occupation.test/direct_import_contact | RULE | per days: 1
2021-12-13 | CN        | goods/records                | RULE    | years: 2
2023-02-01 | CN        | goods/records                | OFF     |
"""

# today, 2026-11-23
TODAY = """
CN-411624 | measles       | contact.lookback/close    | RULE   | 4 days before onset of rash
CN-411624 | measles       | followup/close            | RULE   | 21 days after last exposure
CN-411624 | measles       | prophylaxis/mmr           | RULE   | 72 hours after first exposure
CN-411624 | measles       | threshold/measles         | RULE   | count: 10; window days: 7; unit: collective
CN-411624 | measles       | threshold/rubella         | NO_RULE |
CN-411624 | measles       | measure/close             | NO_RULE |
CN-411624 | measles       | deadline/case_report      | ADVICE | within 24 hours (diagnosis to report)
CN-411624 | dengue        | deadline/case_report      | RULE   | within 24 hours (diagnosis to report)
CN-411624 | dengue        | zone.lift/vector_core     | RULE   | breteau_index < 5
CN-411624 | dengue        | zone.define/vector_core   | ADVICE | of: radius; radius_m: 200; measure: vector control
CN-411624 | dengue        | contact.class/close       | NO_RULE |
CN-411624 | dengue        | threshold/dengue          | RULE   | count: 5; window days: 7; unit: county; first of year: yes
CN-411624 | norovirus     | exclusion/case            | ADVICE | 72 hours after end of symptoms
CN-411624 | norovirus     | threshold/infectious_diarrhoea | RULE | count: 20; window days: 7; unit: collective; or: (deaths: 1)
CN-411624 | food-borne    | threshold/food_poisoning  | RULE   | count: 30; window days: 7; unit: any; or: (count: 5; unit: school), (deaths: 1)
CN-411624 | influenza     | threshold/ili_event       | RULE   | count: 30; window days: 7; unit: collective; or: (hospitalised: 5), (deaths: 2)
CN-411624 | influenza     | contact.lookback/close    | ADVICE | 1 days before onset
CN-411624 | tuberculosis  | contact.lookback/close    | ADVICE | 90 days before onset (sampling when without symptoms)
CN-411624 | mpox          | contact.lookback/close    | RULE   | 2 days before onset
CN-411624 | mpox          | measure/close             | OFF    |
CN-411624 | mpox          | deadline/case_report      | RULE   | within 24 hours (diagnosis to report)
CN-411624 | h5n1          | followup/close            | ADVICE | 10 days after last exposure
WHO       | h5n1          | followup/close            | RULE   | 10 days after last exposure
CN-411624 | h5n1          | threshold/h5n1            | RULE   | count: 1; window days: 1; unit: county
CN-411624 | cholera       | deadline/case_report      | RULE   | within 2 hours (finding to report)
CN-411624 | meningococcal | contact.lookback/close    | RULE   | 7 days before onset
CN-411624 | unknown       | deadline/case_report      | RULE   | within 2 hours (finding to report)
CN-411624 | unknown       | contact.lookback/close    | ADVICE | 4 days before onset (sampling when without symptoms)
CN-411624 | covid-19      | contact.lookback/close    | OFF    |
CN-411624 | covid-19      | measure/close             | OFF    |
CN-411624 | covid-19      | zone.define/sealed        | OFF    |
CN-411624 | sars-cov-2    | contact.class/close       | OFF    |
CN-411624 | covid-19      | deadline/phe_unit_to_county | RULE | within 2 hours (finding to report)
CN-411624 | measles       | deadline/phe_province_to_state | RULE | within 1 hours (received to forwarded)
CN-411624 | measles       | deadline/notify           | RULE   | within 24 hours (detected to notified)
CN-411624 | measles       | disclosure/public         | ADVICE | k: 10; never: name, age, id_no, phone, address
CN-411624 | measles       | retention/visits          | ADVICE | days: 21; after: visit; then: delete
KR-11     | measles       | contact.lookback/close    | RULE   | 4 days before onset of rash
KR-11     | covid-19      | contact.lookback/close    | NO_RULE |
CN-411624 | ebola         | contact.lookback/close    | NO_RULE |
EX-0101   | exercise-x    | contact.lookback/close    | RULE   | 4 days before onset (sampling when without symptoms)
EX-0101   | measles       | contact.lookback/close    | NO_RULE |
CN-411624 | exercise-x    | contact.lookback/close    | NO_RULE |
"""

LOOK_BACK = """
2020-03-01 | KR-11 | covid-19 | contact.lookback/close | RULE | 2 days before onset (sampling when without symptoms)
2020-03-01 | SG    | covid-19 | measure/close          | RULE | from last exposure: 14 days home isolation
2022-02-06 | HK    | covid-19 | followup/close         | RULE | 14 days after last exposure
2020-03-01 | CN-HK | covid-19 | followup/close         | RULE | 14 days after last exposure
2020-03-01 | CN-42 | covid-19 | followup/close         | NO_RULE |
2014-09-01 | SL    | ebola    | followup/close         | RULE | 21 days after last exposure
2014-09-01 | SL    | ebola    | outbreak.end/all       | RULE | 42 days after the last case
2013-11-30 | SL    | ebola    | followup/close         | NO_RULE |
"""


def _lines(table: str) -> list[tuple[str, ...]]:
    return [tuple(c.strip() for c in line.split("|")) for line in table.strip().splitlines()]


def _check(day: str, area: str, disease: str, question: str, status: str, says: str) -> None:
    concept, subject = question.split("/")
    answer = resolve(
        LIBRARY, concept=concept, subject=subject, disease=disease, area=area, on=date.fromisoformat(day)
    )
    assert str(answer.status) == status, answer.note_en
    if says:
        assert say_value(concept, answer.value).en.replace("radius m", "radius_m") == says
    assert answer.note_zh and answer.note_en


@pytest.mark.parametrize("line", _lines(COVID_19), ids="/".join)
def test_covid_editions(line: tuple[str, ...]) -> None:
    day, area, question, status, says = line
    _check(day, area, "covid-19", question, status, says)


@pytest.mark.parametrize("line", _lines(TODAY), ids="/".join)
def test_today(line: tuple[str, ...]) -> None:
    area, disease, question, status, says = line
    _check("2026-11-23", area, disease, question, status, says)


@pytest.mark.parametrize("line", _lines(LOOK_BACK), ids="/".join)
def test_look_back(line: tuple[str, ...]) -> None:
    day, area, disease, question, status, says = line
    _check(day, area, disease, question, status, says)


def test_the_ninth_edition_look_back_gives_both_readings() -> None:
    answer = resolve(
        LIBRARY, concept="contact.lookback", subject="close", disease="covid-19", area="CN", on=date(2022, 7, 15)
    )
    assert [r.value["days"] for r in answer.candidates] == [2, 4]
    assert answer.rule is None and answer.value is None and not answer.in_force


def test_look_backs_and_exercises_can_order_nothing() -> None:
    for area, disease, day in (("KR", "covid-19", date(2020, 3, 1)), ("EX", "exercise-x", date(2026, 11, 23))):
        answer = resolve(LIBRARY, concept="measure", subject="close", disease=disease, area=area, on=day)
        assert answer.in_force and answer.rule is not None and not answer.rule.can_order
