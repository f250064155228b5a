"""Places that the cases asked about share before they fell ill, the least likely to be chance first.

Pipeline: contacts.backward under the look-back rule in force for each case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from fireline.clock import epoch_s, from_epoch_s, local_midnight
from fireline.contacts.backward import CommonPlaces, common_places
from fireline.contacts.explain_search import why_common_place
from fireline.contacts.windows import window_of
from fireline.pipeline.trace import gates
from fireline.pipeline.trace.model import PLACES, Traced, asked_cases, named_places, rules_of
from fireline.pipeline.trace.stays import Stays
from fireline.policy import At
from fireline.policy.model import Rule
from fireline.records.model import Records
from fireline.words import Words

LEAD = Words(
    "共同场所只是线索：同一家庭的住处排位也高；不能认定为传染来源。",
    "Common places are leads: homes of one family rank high too; none is found to be the source by this.",
)


@dataclass(frozen=True, slots=True)
class Window:
    """Days before onset in which one case is looked at.

    Attributes
    ----------
    case : dict, a row of windows.cases_of
    rule : Rule   the look-back it comes from
    subject : str   whose look-back it is: source, or close where no rule names the source's
    start, end : datetime or None   None where no day of the case can be counted from
    """

    case: dict[str, Any]
    rule: Rule
    subject: str
    start: datetime | None
    end: datetime | None


def windows_before(records: Records, rules: At, *, at: datetime, case_ids: Sequence[str]) -> list[Window]:
    """Window of each case asked about: the rule's days before onset, until onset.

    Raises
    ------
    PolicyError   no look-back is in force for one of the cases
    InputError    a case is not there
    """
    found = []
    for case in asked_cases(records, rules, case_ids):
        answer = gates.lookback_answer(case, rules, "source", tz=records.tz)
        start, _, day, anchor = window_of(case, answer, tz=records.tz, at=at)
        end = None
        if start is not None and day is not None:
            is_timed = anchor == "onset" and case["onset_precision"] != "day"
            end = min(at, case["onset"] if is_timed else local_midnight(day, records.tz))
        assert answer.rule is not None
        found.append(Window(case, answer.rule, answer.asked.subject, start, end))
    return found


def trace_backward(
    records: Records, rules: At, *, at: datetime, case_ids: Sequence[str], stays: Stays | None = None
) -> Traced:
    """Rank the places that cases share before onset.

    Parameters
    ----------
    records : Records   its visits are used where ``stays`` is None
    rules, at, case_ids : see people.trace_people
    stays : Stays or None   of a store; must cover all windows

    Returns
    -------
    Traced   columns model.PLACES by rank

    Raises
    ------
    PolicyError   no look-back is in force for one of the cases
    InputError    a case is not there, or fewer than two people can be looked at
    """
    windows = windows_before(records, rules, at=at, case_ids=case_ids)
    held = stays or Stays.of_visits(records.table("visits"), tz=records.tz)
    number = held.persons.find([w.case["person_key"] for w in windows])
    seen: set[str] = set()
    asked = []
    for window in windows:  # one person may be a case twice: the first window counts
        person = window.case["person_key"]
        if window.start and window.end and window.end > window.start and person in number:
            if person not in seen:
                asked.append(window)
            seen.add(person)
    notes = _notes(windows, asked)
    if len(asked) < 2:
        empty = pl.DataFrame(schema=PLACES)
        return Traced("backward", empty, notes=notes, rules=_rules(windows), advice=LEAD)
    found = common_places(
        (*held.exact, *held.whole_days),
        np.array([number[w.case["person_key"]] for w in asked], np.uint32),
        np.array([epoch_s(w.start) for w in asked if w.start], np.int64),
        np.array([epoch_s(w.end) for w in asked if w.end], np.int64),
    )
    table = _table(found, asked, held, records)
    return Traced("backward", table, notes=notes, rules=_rules(windows), advice=LEAD)


def _rules(windows: list[Window]) -> tuple[tuple[str, str], ...]:
    return rules_of((w.rule.id, w.rule.edition) for w in windows)


def _table(found: CommonPlaces, asked: list[Window], held: Stays, records: Records) -> pl.DataFrame:
    cases = [w.case["case_id"] for w in asked]
    rule = asked[0].rule  # told in the sentence; all rules stand beside the table
    names, ids = named_places(records), held.places.names(found.place_i)
    stays, rows = found.stays, []
    for k, place_id in enumerate(ids):
        place = names.get(place_id, place_id)
        why = why_common_place(found, k, cases=cases, place=place, tz=records.tz, rule=rule)
        there = [cases[int(c)] for c in stays.case_i[stays.place_i == found.place_i[k]]]
        rows.append(
            (
                k + 1, place_id, place, int(found.n_cases[k]), found.n_asked, " ".join(there),
                round(float(found.log_ratio[k]), 3), round(float(found.expected[k]), 4),
                int(found.n_others[k]), round(int(found.case_s[k]) / 3600, 2),
                from_epoch_s(int(found.first_s[k])), from_epoch_s(int(found.last_s[k])),
                rule.id, rule.edition, why.zh, why.en,
            )
        )  # fmt: skip
    return pl.DataFrame(rows, schema=PLACES, orient="row")


def _notes(windows: list[Window], asked: list[Window]) -> tuple[Words, ...]:
    notes = []
    out = len(windows) - len(asked)
    if out:
        notes.append(
            Words(
                f"{out} 例未纳入：没有起算日、没有到访记录，或同一人已有一例。",
                f"{out} case(s) are left out: no day to count from, no stay known, or the same person as "
                "another case asked about.",
            )
        )
    if len(asked) < 2:
        notes.append(
            Words("不足两例可比，没有共同场所。", "Fewer than two cases can be compared: no common place.")
        )
    if any(w.subject != "source" for w in windows):
        notes.append(
            Words(
                "没有生效的 contact.lookback/source 规则，按密接的追溯天数查找，可能短于潜伏期。",
                "No rule contact.lookback/source is in force: the days of close contacts are used, which may "
                "be fewer than the incubation period.",
            )
        )
    return tuple(notes)
