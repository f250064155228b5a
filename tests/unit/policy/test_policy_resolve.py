"""The resolver on small invented packs: dates, knowledge, places, states, ties, switch-offs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from policy_texts import days, library, pack, rule

from fireline.errors import PolicyError
from fireline.policy import Answer, At, Library, Status, resolve

DAY = date(2022, 6, 1)
ONE = timedelta(days=1)


def ask(packs: Library, on: date = DAY, area: str = "CN-4116", **more: object) -> Answer:
    question = {"concept": "contact.lookback", "subject": "close", "disease": "measles", **more}
    return resolve(packs, on=on, area=area, **question)  # type: ignore[arg-type]


def n_days(answer: Answer) -> int | None:
    return None if answer.value is None else answer.value["days"]


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (date(2021, 12, 31), Status.NO_RULE),
        (date(2022, 1, 1), Status.RULE),
        (date(2022, 12, 31), Status.RULE),
        (date(2023, 1, 1), Status.NO_RULE),
    ],
)
def test_both_ends_of_a_validity_are_inside(day: date, status: Status) -> None:
    packs = library(pack("a", valid_from="2022-01-01", valid_to="2022-12-31"))
    assert ask(packs, day).status is status


def test_a_rule_may_begin_later_and_end_earlier_than_its_pack() -> None:
    packs = library(
        pack(
            "a",
            rule(valid_from="2022-03-01", valid_to="2022-03-31"),
            valid_from="2022-01-01",
            valid_to="2022-12-31",
        )
    )
    found = [ask(packs, date(2022, m, d)).status for m, d in ((2, 28), (3, 1), (3, 31), (4, 1))]
    assert found == [Status.NO_RULE, Status.RULE, Status.RULE, Status.NO_RULE]


def test_other_disease_place_subject_or_concept_is_no_rule() -> None:
    packs = library(pack("a"))
    assert ask(packs).status is Status.RULE
    assert ask(packs, disease="mumps").status is Status.NO_RULE
    assert ask(packs, area="KR").status is Status.NO_RULE
    assert ask(packs, subject="secondary").status is Status.NO_RULE
    assert ask(packs, concept="measure").status is Status.NO_RULE


def test_confidence_decides_what_a_rule_may_do() -> None:
    found = {c: ask(library(pack("a", rule(confidence=c)))).status for c in ("V1", "V2", "L", "K", "C")}
    assert found == {
        "V1": Status.RULE,
        "V2": Status.RULE,
        "L": Status.RULE,
        "K": Status.ADVICE,
        "C": Status.ASK,
    }


def test_advice_shows_its_value_but_is_not_in_force() -> None:
    answer = ask(library(pack("a", rule(confidence="K"))))
    assert n_days(answer) == 2 and not answer.in_force and "advises" in answer.note_en


def test_conflicting_sources_are_asked_with_every_reading() -> None:
    packs = library(pack("a", rule(confidence="C", alternatives=f"[{days(4)}, {days(7)}]")))
    answer = ask(packs)
    assert [r.value["days"] for r in answer.candidates] == [2, 4, 7]
    assert len({r.id for r in answer.candidates}) == 3
    assert answer.rule is None and answer.value is None


def test_a_tie_is_asked_even_when_both_say_the_same() -> None:
    answer = ask(library(pack("a"), pack("b")))
    assert answer.status is Status.ASK
    assert [r.edition for r in answer.candidates] == ["a", "b"]


def test_switched_off() -> None:
    answer = ask(library(pack("a", rule(value=None))))
    assert (
        answer.status is Status.OFF
        and answer.value is None
        and answer.rule_id == "a/contact.lookback/close/CN"
    )


def test_an_unverified_switch_off_still_switches_off_and_says_so() -> None:
    answer = ask(library(pack("a", rule(value=None, confidence="K"))))
    assert answer.status is Status.OFF and "not verified" in answer.note_en


# -- amendments


def _chain() -> Library:
    return library(
        pack(
            "v1",
            rule(value=days(1)),
            rule("source", value=days(11)),
            valid_from="2021-01-01",
            valid_to="2021-12-31",
        ),
        pack("v2", rule(value=days(2)), valid_from="2022-01-01", valid_to="2022-12-31", amends='["v1"]'),
        pack(
            "v3",
            rule("travel", value=days(3)),
            valid_from="2023-01-01",
            valid_to="2023-12-31",
            amends='["v2"]',
        ),
    )


@pytest.mark.parametrize(
    ("day", "close", "source", "travel"),
    [
        (date(2020, 12, 31), None, None, None),
        (date(2021, 1, 1), 1, 11, None),
        (date(2021, 12, 31), 1, 11, None),
        (date(2022, 1, 1), 2, 11, None),
        (date(2022, 12, 31), 2, 11, None),
        (date(2023, 1, 1), 2, 11, 3),
        (date(2023, 12, 31), 2, 11, 3),
        (date(2024, 1, 1), None, None, None),
    ],
)
def test_an_amended_edition_lives_on_in_what_is_not_changed(
    day: date, close: int | None, source: int | None, travel: int | None
) -> None:
    packs = _chain()
    assert [n_days(ask(packs, day, subject=s)) for s in ("close", "source", "travel")] == [
        close,
        source,
        travel,
    ]


def test_a_rule_that_ends_by_its_own_words_does_not_live_on() -> None:
    packs = library(
        pack("v1", rule("source", valid_to="2021-06-30"), valid_from="2021-01-01", valid_to="2021-12-31"),
        pack("v2", rule(), valid_from="2022-01-01", amends='["v1"]'),
    )
    assert ask(packs, date(2021, 6, 30), subject="source").status is Status.RULE
    assert ask(packs, date(2022, 2, 1), subject="source").status is Status.NO_RULE


def test_replacing_without_amending_ends_the_old_edition() -> None:
    packs = library(
        pack("v1", rule("source"), valid_from="2021-01-01", valid_to="2021-12-31"),
        pack("v2", rule(), valid_from="2022-01-01"),
    )
    assert ask(packs, subject="source").status is Status.NO_RULE


def test_an_amendment_may_switch_off_one_subject_only() -> None:
    packs = library(
        pack("v1", rule(), rule("source"), valid_from="2021-01-01", valid_to="2021-12-31"),
        pack("v2", rule(value=None), valid_from="2022-01-01", amends='["v1"]'),
    )
    assert ask(packs).status is Status.OFF
    assert ask(packs, subject="source").status is Status.RULE


def test_an_amendment_overlapping_its_base_is_no_tie() -> None:
    packs = library(pack("v1", rule(value=days(1))), pack("v2", rule(value=days(2)), amends='["v1"]'))
    assert n_days(ask(packs)) == 2


def test_an_amendment_of_an_amendment_replaces_the_first_edition() -> None:
    packs = library(
        pack("v1", rule(value=days(1))),
        pack("v2", rule("travel"), amends='["v1"]'),
        pack("v3", rule(value=days(3)), amends='["v2"]'),
    )
    assert n_days(ask(packs)) == 3


def test_an_amendment_for_every_subject_replaces_the_named_ones() -> None:
    packs = library(pack("v1", rule(value=days(1))), pack("v2", rule("*", value=days(2)), amends='["v1"]'))
    assert n_days(ask(packs)) == 2


def test_an_amendment_for_one_province_leaves_the_country_as_it_was() -> None:
    packs = library(
        pack("v1", rule(value=days(1))),
        pack("v2", rule(value=days(2), jurisdiction='"CN-41"'), amends='["v1"]'),
    )
    answer = ask(packs)
    assert n_days(answer) == 1, "still an override, and this one has neither basis nor end"
    assert [r.edition for r in answer.refused] == ["v2"]


# -- every subject, every disease


def test_a_switch_off_of_every_subject_wins_from_its_date() -> None:
    packs = library(
        pack("rules", rule(), rule("source")),
        pack("local", rule(value=days(9)), jurisdiction="CN-41"),
        pack("off", rule("*", value=None), valid_from="2022-06-01"),
    )
    for subject in ("close", "source", "travel"):
        assert ask(packs, DAY, subject=subject).status is Status.OFF
    assert ask(packs, DAY - ONE).status is Status.RULE


def test_a_newer_edition_that_amends_the_switch_off_takes_over() -> None:
    packs = library(
        pack("off", rule("*", value=None), valid_from="2022-01-01"),
        pack(
            "back", rule(value=days(5)), rule("*", value=days(6)), valid_from="2022-03-01", amends='["off"]'
        ),
    )
    assert ask(packs, date(2022, 2, 28)).status is Status.OFF
    assert n_days(ask(packs, date(2022, 3, 1))) == 5
    assert n_days(ask(packs, date(2022, 3, 1), subject="source")) == 6


def test_a_local_switch_off_is_an_override_like_any_other() -> None:
    packs = library(pack("a"), pack("local", rule("*", value=None), jurisdiction="CN-41"))
    answer = ask(packs)
    assert answer.status is Status.RULE
    assert [r.edition for r in answer.refused] == ["local"]


def test_a_named_subject_comes_before_every_subject() -> None:
    packs = library(pack("a", rule(value=days(2)), rule("*", value=days(3))))
    assert n_days(ask(packs)) == 2
    assert n_days(ask(packs, subject="source")) == 3
    assert n_days(ask(packs, subject="*")) == 3


def test_a_named_disease_comes_before_every_disease() -> None:
    packs = library(
        pack("general", rule(value=days(1)), disease="*"),
        pack("own", rule(value=days(2))),
        pack("off", rule("*", value=None), disease="*", jurisdiction="CN-32"),
    )
    assert n_days(ask(packs)) == 2
    assert n_days(ask(packs, disease="mumps")) == 1
    assert ask(packs, area="CN-32").status is Status.RULE


def test_a_switch_off_for_every_disease_leaves_the_diseases_own_rule() -> None:
    packs = library(pack("own"), pack("off", rule("*", value=None), disease="*"))
    assert ask(packs).status is Status.RULE
    assert ask(packs, disease="mumps").status is Status.OFF


# -- knowledge time


def test_only_what_was_recorded_by_then_is_used() -> None:
    packs = library(
        pack(
            "a",
            rule(
                value=days(2),
                recorded_at="2022-01-01",
                superseded_by='"a/contact.lookback/close/CN@2022-05-01"',
            ),
            rule(value=days(4), recorded_at="2022-05-01", id='"a/contact.lookback/close/CN@2022-05-01"'),
        )
    )
    assert ask(packs, known_at=date(2021, 12, 31)).status is Status.NO_RULE
    assert n_days(ask(packs, known_at=date(2022, 1, 1))) == 2
    assert n_days(ask(packs, known_at=date(2022, 4, 30))) == 2
    assert n_days(ask(packs, known_at=date(2022, 5, 1))) == 4
    assert n_days(ask(packs)) == 4
    replay = ask(packs, date(2021, 2, 1), known_at=date(2022, 3, 1))
    assert n_days(replay) == 2, "the day asked about and the day of knowing are two things"


# -- states


def test_a_rule_for_one_state_answers_only_there() -> None:
    packs = library(
        pack(
            "a",
            rule(value=days(2)),
            pack_state := rule(value=days(9), state='"emergency"', id='"a/contact.lookback/close/CN@e"'),
        )
    )
    assert pack_state
    assert n_days(ask(packs)) == 2
    assert n_days(ask(packs, state="peace")) == 2
    assert n_days(ask(packs, state="emergency")) == 9


# -- local overrides

LOCAL = {"legal_basis": '"Order 1"', "expires_at": "2022-12-31"}


def _local(strictness: str, value: str | None = None, **fields: str) -> Library:
    return library(
        pack("a", rule(value=days(4), strictness=f'"{strictness}"')),
        pack("henan", rule(value=value or days(5), **fields), jurisdiction="CN-41"),
    )


@pytest.mark.parametrize(
    ("strictness", "new", "allowed"),
    [
        ("tighten", 5, True),
        ("tighten", 3, False),
        ("loosen", 3, True),
        ("loosen", 5, False),
        ("neither", 5, False),
        ("neither", 3, False),
        ("tighten", 4, False),
    ],
)
def test_a_local_rule_moves_only_the_allowed_way(strictness: str, new: int, allowed: bool) -> None:
    answer = ask(_local(strictness, days(new), **LOCAL))
    assert n_days(answer) == (new if allowed else 4)
    assert [r.edition for r in answer.refused] == ([] if allowed else ["henan"])


@pytest.mark.parametrize("missing", ["legal_basis", "expires_at"])
def test_a_local_rule_without_basis_or_end_is_refused(missing: str) -> None:
    fields = {k: v for k, v in LOCAL.items() if k != missing}
    answer = ask(_local("tighten", **fields))
    assert n_days(answer) == 4 and len(answer.refused) == 1


@pytest.mark.parametrize("confidence", ["K", "C"])
def test_an_unverified_local_rule_cannot_displace_a_sourced_one(confidence: str) -> None:
    answer = ask(_local("tighten", confidence=confidence, **LOCAL))
    assert answer.status is Status.RULE and n_days(answer) == 4 and len(answer.refused) == 1


def test_a_local_rule_ends_on_its_own_day() -> None:
    packs = _local("tighten", **LOCAL)
    assert n_days(ask(packs, date(2022, 12, 31))) == 5
    assert n_days(ask(packs, date(2023, 1, 1))) == 4


def test_a_local_rule_holds_inside_its_place_only() -> None:
    packs = _local("tighten", **LOCAL)
    assert n_days(ask(packs, area="CN-411624")) == 5
    assert n_days(ask(packs, area="CN-51")) == 4


def test_a_local_rule_where_no_level_above_speaks_is_no_override() -> None:
    packs = library(pack("henan", rule(value=days(5), confidence="L"), jurisdiction="CN-41"))
    assert n_days(ask(packs)) == 5
    assert ask(packs, area="CN-51").status is Status.NO_RULE


def test_three_levels_each_judged_against_the_one_above() -> None:
    tight = {**LOCAL, "strictness": '"tighten"'}
    packs = library(
        pack("a", rule(value=days(4), strictness='"tighten"')),
        pack("province", rule(value=days(6), **tight), jurisdiction="CN-41"),
        pack("city", rule(value=days(5), **tight), jurisdiction="CN-4116"),
    )
    answer = ask(packs)
    assert n_days(answer) == 6, "5 is stricter than the country but laxer than the province"
    assert [r.edition for r in answer.refused] == ["city"]


def test_under_a_tie_above_no_local_rule_is_picked() -> None:
    packs = library(pack("a"), pack("b"), pack("henan", rule(value=days(9), **LOCAL), jurisdiction="CN-41"))
    answer = ask(packs)
    assert answer.status is Status.ASK and [r.edition for r in answer.refused] == ["henan"]


def test_a_generic_local_rule_does_not_displace_the_diseases_own() -> None:
    packs = library(
        pack("own", rule(value=days(4), strictness='"tighten"')),
        pack("henan", rule(value=days(9), **LOCAL), jurisdiction="CN-41", disease="*"),
    )
    assert n_days(ask(packs)) == 4


# -- kinds of pack


def test_a_living_rule_wins_over_a_look_back() -> None:
    packs = library(
        pack(
            "look-back", rule(value=days(9)), kind="retrospective", jurisdiction="WHO", valid_to="2023-12-31"
        ),
        pack("now", rule(value=days(4)), jurisdiction="WHO", valid_from="2022-06-01"),
    )
    assert n_days(ask(packs, DAY, "KR")) == 4
    assert n_days(ask(packs, DAY - ONE, "KR")) == 9


# -- questions that cannot be asked


@pytest.mark.parametrize(
    ("more", "names"),
    [({"concept": "lookback"}, "concept"), ({"state": "war"}, "state"), ({"area": "Henan"}, "area")],
)
def test_faulty_questions_are_refused(more: dict, names: str) -> None:
    with pytest.raises(PolicyError, match=names):
        ask(library(pack("a")), **more)


# -- At


def test_at_keeps_the_question() -> None:
    rules = At(library(pack("a"), pack("b", disease="mumps")), "measles", "CN", DAY)
    assert rules.find("contact.lookback", "close").asked.on == DAY
    assert rules.on_date(date(2020, 1, 1)).find("contact.lookback", "close").status is Status.NO_RULE
    assert rules.for_disease("mumps").find("contact.lookback", "close").rule_id.startswith("b/")
    assert rules.subjects("contact.lookback") == ("close",)
    assert rules.subjects("measure") == ()
    assert rules.profile is None


def test_the_answer_can_be_replayed() -> None:
    packs = library(pack("a"))
    first = ask(packs, known_at=date(2022, 5, 5))
    asked = first.asked
    again = resolve(
        packs,
        concept=asked.concept,
        subject=asked.subject,
        disease=asked.disease,
        area=asked.area,
        on=asked.on,
        known_at=asked.known_at,
        state=asked.state,
    )
    assert again == first
