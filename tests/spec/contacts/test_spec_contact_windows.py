"""From when until when a case counts as infectious, as a table: one line per rule set and set of moments."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest
from tests.factories.text_tables import lines
from tests.unit.contacts.contact_worlds import TZ, records

from fireline.contacts.windows import RuleBook, case_windows, cases_of
from fireline.policy import At, load_library

LIBRARY = load_library()
COLUMN = {"o": "onset", "s": "sampled_at", "r": "reported_at", "i": "isolated_at"}


def moments_of(text: str, day: date) -> dict[str, str]:
    """Columns of the case from "o0 r1@08": onset on the day before the line's, report at 08:00 of it."""
    found = {}
    for word in text.split():
        kind, days, hour = re.fullmatch(r"([osri])(\d+)(?:@(\d\d))?", word).groups()
        on = day - timedelta(days=1) + timedelta(days=int(days))
        found[COLUMN[kind]] = f"{on}" if hour is None else f"{on} {hour}:00"
    return found


def told(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment.astimezone(TZ):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize("line", lines(__file__, "windows"), ids=" ".join)
def test_window_of_a_case(line):
    written, area, disease, moments, start, end = line
    day = date.fromisoformat(written)
    case = {"case_id": "C1", "person_key": "P1", "disease": disease, **moments_of(moments, day)}
    rules = At(LIBRARY, disease, area, day)
    at = datetime.combine(day + timedelta(days=2), datetime.min.time(), TZ).replace(hour=8)
    world = records(cases=[case])
    window = case_windows(cases_of(world, rules), RuleBook(rules), tz=TZ, at=at).row(0, named=True)
    assert (told(window["from"]), told(window["to"])) == (start, end)
    assert not window["is_open"] or window["from"] is not None
