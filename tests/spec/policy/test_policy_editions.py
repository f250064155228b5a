"""What the editions said, as a table: one line per day, place, disease and question."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fireline.policy import load_library, resolve
from fireline.policy.values import say_value

LIBRARY = load_library()


def _lines(name: str) -> list[tuple[str, ...]]:
    """Rows of one table beside this file; lines that start with # are headings."""
    text = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(cell.strip() for cell in row.split("|")) for row in rows]


def _check(day: str, area: str, disease: str, question: str, status: str, says: str) -> None:
    concept, subject = question.split("/")
    answer = resolve(
        LIBRARY, concept=concept, subject=subject, disease=disease, area=area, on=date.fromisoformat(day)
    )
    assert str(answer.status) == status, answer.note_en
    if says:
        assert say_value(concept, answer.value).en == says
    assert answer.note_zh and answer.note_en


@pytest.mark.parametrize("line", _lines("covid_19"), ids="/".join)
def test_covid_editions(line: tuple[str, ...]) -> None:
    day, area, question, status, says = line
    _check(day, area, "covid-19", question, status, says)


@pytest.mark.parametrize("line", _lines("today"), ids="/".join)
def test_today(line: tuple[str, ...]) -> None:
    area, disease, question, status, says = line
    _check("2026-11-23", area, disease, question, status, says)


@pytest.mark.parametrize("line", _lines("look_back"), ids="/".join)
def test_look_back(line: tuple[str, ...]) -> None:
    day, area, disease, question, status, says = line
    _check(day, area, disease, question, status, says)


def test_the_ninth_edition_look_back_gives_both_readings() -> None:
    answer = resolve(
        LIBRARY,
        concept="contact.lookback",
        subject="close",
        disease="covid-19",
        area="CN",
        on=date(2022, 7, 15),
    )
    assert [r.value["days"] for r in answer.candidates] == [2, 4]
    assert answer.rule is None and answer.value is None and not answer.in_force


def test_look_backs_and_exercises_can_order_nothing() -> None:
    for area, disease, day in (
        ("KR", "covid-19", date(2020, 3, 1)),
        ("EX", "exercise-x", date(2026, 11, 23)),
    ):
        answer = resolve(LIBRARY, concept="measure", subject="close", disease=disease, area=area, on=day)
        assert answer.in_force and answer.rule is not None and not answer.rule.can_order
