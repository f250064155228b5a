"""Companions only under a rule in force, on its grid, as advice."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from tests.unit.contacts.contact_worlds import at_rules, pack, rule

from fireline.contacts.cells import CellIndex
from fireline.contacts.companions import companions, people_of, rule_of
from fireline.contacts.grid import Grid
from fireline.contacts.index import VisitIndex
from fireline.contacts.near import Positions
from fireline.errors import PolicyError
from fireline.policy import At, load_library

LIBRARY = load_library()
HOUR, DAY = 3_600, 86_400
GRID = Grid(edge_m=800, origin_lon=104, origin_lat=30)
CELL = int(GRID.cells(np.array([104.1]), np.array([30.1])).cell_i[0])


def answer(area, on, disease="covid-19"):
    return At(LIBRARY, disease, area, date.fromisoformat(on)).find("contact.companion", "phone")


CHENGDU = answer("CN-510104", "2021-11-08")


def index(stays, grid=GRID):
    columns = np.array([(p, c, e, x) for p, c, e, x in stays], np.int64).T
    return CellIndex.from_segments(VisitIndex.from_arrays(*columns), grid=grid)


def world():
    """Person 0 passes through a cell for 11 minutes; 1 lives there, 2 passes too, 3 stays exactly 30 hours."""
    t = 20 * DAY
    return index(
        [(0, CELL, t, t + 660), (1, CELL, t - 2 * DAY, t + DAY), (2, CELL, t - 60, t + 700),
         (3, CELL, t + 660 - 30 * HOUR, t + 660), (4, CELL, t + 60, t + 660)]
    )  # fmt: skip


def who(found):
    return people_of(found.found)[1].tolist()


def test_the_rule_of_chengdu_is_a_local_rule_of_sichuan_only():
    found = rule_of(CHENGDU)
    assert (found.grid_m, found.longer_than_s, found.stay_longer_than_s) == (800, 600, 30 * HOUR)
    assert (found.stay_window_s, found.join, found.rule.jurisdiction) == (14 * DAY, "and", "CN-51")
    assert found.rule.confidence == "L"


def test_and_needs_both_and_more_than_is_strict():
    t = 20 * DAY
    found = companions(world(), [0], t - DAY, t + 660, CHENGDU)
    # 2 stays 11 minutes but neither has 30 hours; 3 has exactly 30 hours; 4 exactly ten minutes
    assert who(found) == [1]
    assert found.is_order is False and "advice" in found.advice.en and "提示" in found.advice.zh


def test_or_takes_either():
    exercise = At(LIBRARY, "exercise-x", "EX-01", date(2021, 11, 8)).find("contact.companion", "phone")
    assert exercise.in_force
    assert who(companions(world(), [0], 19 * DAY, 20 * DAY + 660, exercise)) == [1, 2, 3]
    either = at_rules(
        pack(
            rule(
                "contact.companion",
                "phone",
                'grid_m = 800, min_minutes = 10, min_stay_hours = 30, stay_window_days = 14, join = "or"',
            )
        )
    ).find("contact.companion", "phone")
    late = companions(world(), [0], 20 * DAY + 600, 20 * DAY + 660, either)
    assert who(late) == [1]  # a minute together, but a stay of more than 30 hours


def test_the_stay_may_be_counted_anywhere():
    t, other = 20 * DAY, CELL + 1
    cells = index([(0, CELL, t, t + 900), (1, CELL, t, t + 900), (1, other, t - 2 * DAY, t - HOUR)])
    assert who(companions(cells, [0], t, t + 900, CHENGDU)) == []
    found = companions(cells, [0], t, t + 900, CHENGDU, stay_in="area")
    assert who(found) == [1] and found.found.person_stay_s.tolist() == [47 * HOUR + 900]


def test_minutes_may_be_summed():
    t = 20 * DAY
    stays = [(0, CELL, t - 3 * DAY, t), (1, CELL, t - 800, t - 500), (1, CELL, t - 400, t)]
    assert who(companions(index(stays), [0], t - DAY, t, CHENGDU)) == []
    assert who(companions(index(stays), [0], t - DAY, t, CHENGDU, minutes_of="total")) == [1]


@pytest.mark.parametrize(
    ("area", "on", "says"),
    [
        ("CN-411624", "2021-11-08", "contact.companion/phone for covid-19 in CN-411624 on 2021-11-08: found NO_RULE"),
        ("CN-510104", "2021-10-01", "found NO_RULE: no rule is in force here on that day"),
        ("CN-510104", "2023-02-01", "found OFF: a rule in force switches this off"),
    ],
)  # fmt: skip
def test_without_a_rule_it_refuses_and_says_which_is_missing(area, on, says):
    with pytest.raises(PolicyError, match=says):
        companions(world(), [0], 0, DAY, answer(area, on))


def test_another_grid_or_concept_is_refused():
    fine = index([(0, 0, 0, 9)], Grid(edge_m=500, origin_lon=104, origin_lat=30))
    with pytest.raises(PolicyError, match="found cells of 500 m; allowed: cells of 800 m"):
        companions(fine, [0], 0, DAY, CHENGDU)
    with pytest.raises(PolicyError, match="found cells of no known edge"):
        companions(index([(0, 0, 0, 9)], None), [0], 0, DAY, CHENGDU)
    close = At(LIBRARY, "covid-19", "CN-510104", date(2021, 11, 8)).find("contact.class", "close")
    with pytest.raises(PolicyError, match="found an answer of"):
        companions(world(), [0], 0, DAY, close)


def test_a_rule_that_names_hours_without_days_is_refused():
    half = at_rules(
        pack(rule("contact.companion", "phone", 'grid_m = 800, min_minutes = 10, min_stay_hours = 30, join = "and"'))
    ).find("contact.companion", "phone")  # fmt: skip
    with pytest.raises(PolicyError, match="min_stay_hours without stay_window_days"):
        rule_of(half)


def test_a_bad_question_is_refused_by_row():
    with pytest.raises(ValueError, match="to_s: row 0 is earlier"):
        companions(world(), [0], 5, 1, CHENGDU)
    assert who(companions(world(), [77], 0, 30 * DAY, CHENGDU)) == []


def test_samples_of_positions_become_stays_in_cells():
    at = np.arange(0, 1_300, 100)
    n = at.size
    lon = np.concatenate([np.full(n, 104.1), np.full(n, 104.1001), np.where(at < 700, 104.1, 104.2)])
    lon[n + 3] = np.nan  # a sample without coordinates is as though never sent
    positions = Positions.from_degrees(
        np.repeat([0, 1, 2], n), np.tile(at, 3), lon, np.full(3 * n, 30.1), grid=GRID, max_gap_s=200
    )
    assert positions.n_without == 1
    cells = CellIndex.from_positions(positions, grid=GRID)
    exercise = At(LIBRARY, "exercise-x", "EX-01", date(2021, 11, 8)).find("contact.companion", "phone")
    found = companions(cells, [0], 0, DAY, exercise).found
    assert found.person_i.tolist() == [1, 2] and found.together_s.tolist() == [1_200, 700]
    assert found.cell_i.tolist() == [CELL, CELL]
