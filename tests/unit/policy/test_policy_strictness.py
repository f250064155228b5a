"""Which way a local rule moves the one above it."""

from __future__ import annotations

import pytest
from policy_texts import library, pack, rule

from fireline.policy import Rule
from fireline.policy.strictness import direction


def _rule(concept: str, value: str | None, subject: str = "close") -> Rule:
    return library(pack("a", rule(subject, concept=concept, value=value))).rules[0]


def _measure(days: int, place: str = "home", tests: str = "[1]", anchor: str = "onset") -> str:
    phase = f'{{ place = "{place}", days = {days}, tests = {tests} }}'
    return f'{{ anchor = "{anchor}", day_zero = "next_day", phases = [{phase}] }}'


@pytest.mark.parametrize(
    ("concept", "local", "above", "expected"),
    [
        ("contact.lookback", '{ days = 5, anchor = "onset" }', '{ days = 4, anchor = "onset" }', "tighten"),
        ("contact.lookback", '{ days = 3, anchor = "onset" }', '{ days = 4, anchor = "onset" }', "loosen"),
        ("contact.lookback", '{ days = 4, anchor = "onset" }', '{ days = 4, anchor = "onset" }', "same"),
        ("contact.lookback", '{ days = 5, anchor = "report" }', '{ days = 4, anchor = "onset" }', "mixed"),
        ("deadline", '{ hours = 1, start = "onset", stop = "report" }', '{ hours = 2, start = "onset", stop = "report" }', "tighten"),
        ("deadline", '{ hours = 9, start = "onset", stop = "report" }', '{ hours = 2, start = "onset", stop = "report" }', "loosen"),
        ("exclusion", '{ hours = 96, anchor = "symptom_end" }', '{ hours = 72, anchor = "symptom_end" }', "tighten"),
        ("capacity", '{ percent = 50, of = "approved_maximum" }', '{ percent = 75, of = "approved_maximum" }', "tighten"),
        ("event", '{ persons_ge = 30, needs = "plan" }', '{ persons_ge = 50, needs = "plan" }', "tighten"),
        ("event", '{ persons_ge = 30, needs = "filing" }', '{ persons_ge = 50, needs = "plan" }', "mixed"),
        ("threshold", '{ count = 5, window_days = 7, unit = "county" }', '{ count = 10, window_days = 7, unit = "county" }', "tighten"),
        ("threshold", '{ count = 5, window_days = 9, unit = "county" }', '{ count = 10, window_days = 7, unit = "county" }', "mixed"),
        ("measure", _measure(14), _measure(7), "tighten"),
        ("measure", _measure(7), _measure(14), "loosen"),
        ("measure", _measure(7, "central"), _measure(7, "home"), "tighten"),
        ("measure", _measure(5, "central"), _measure(7, "home"), "mixed"),
        ("measure", _measure(7, tests="[1, 7]"), _measure(7, tests="[1]"), "tighten"),
        ("measure", _measure(8, tests="[1]"), _measure(7, tests="[1, 7]"), "mixed"),
        ("measure", _measure(7, anchor="report"), _measure(7), "mixed"),
        ("measure", _measure(7, tests="[2]"), _measure(7, tests="[1]"), "mixed"),
        ("measure", None, _measure(7), "loosen"),
        ("measure", _measure(7), None, "tighten"),
        ("measure", None, None, "same"),
        ("zone.unit", '{ unit = "village" }', '{ unit = "building" }', "tighten"),
        ("zone.unit", '{ unit = "building" }', '{ unit = "compound" }', "loosen"),
        ("zone.define", '{ of = "radius", radius_m = 300 }', '{ of = "radius", radius_m = 200 }', "tighten"),
        ("zone.define", '{ of = "radius", radius_m = 300 }', '{ of = "case_units", unit = "building" }', "mixed"),
    ],
)  # fmt: skip
def test_direction(concept: str, local: str | None, above: str | None, expected: str) -> None:
    assert direction(_rule(concept, local), _rule(concept, above)) == expected
