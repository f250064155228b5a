"""The stream calendar: reported, late, missing, corrected, not due; a zero is a report and a gap is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fireline.feeds.reporting import Cadence, Owed, State, lines
from fireline.feeds.reporting.calendar import Came, stand

TZ = ZoneInfo("Asia/Shanghai")
FRIDAY = date(2026, 6, 12)
SINCE = date(2026, 1, 1)
DAILY = Owed("fever_clinic", Cadence.DAILY, 1020, since=SINCE)
SCHOOL = Owed("school_absence", Cadence.WEEKDAYS, 600, since=SINCE)
LAB = Owed("lab_positive", Cadence.WEEKLY, 2040, since=SINCE)


def local(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=TZ).astimezone(UTC)


def came(day, hour=12, count=3.0, n_said=1, **more):
    at = local(day, hour)
    return Came(at, at, n_said, count, said=count if n_said else None, **more)


def calendar(promises, found, *, last=FRIDAY, n_days=14, at=None):
    given_ = [(1, owed) for owed in promises]
    when = at or local(FRIDAY, 18)
    return lines(
        given_, {(1, s, d): c for (s, d), c in found.items()}, last=last, n_days=n_days, at=when, tz=TZ
    )


def states(line):
    return [cell.state.value for cell in line.cells]


def test_a_zero_is_a_report_and_a_gap_is_none():
    (line,) = calendar([DAILY], {("fever_clinic", FRIDAY): came(FRIDAY, count=0.0)}, n_days=2)
    gap, zero = line.cells
    assert (gap.state, gap.count) == (State.MISSING, None)
    assert (zero.state, zero.count) == (State.REPORTED, 0.0)


def test_the_hour_decides_between_waiting_and_missing():
    def state(at):
        return calendar([DAILY], {}, n_days=1, at=at)[0].cells[0].state

    assert state(local(FRIDAY, 17)) is State.WAITING
    assert state(local(FRIDAY, 17) + timedelta(seconds=1)) is State.MISSING


@pytest.mark.parametrize(("minute", "state"), [(0, State.REPORTED), (1, State.LATE)])
def test_late_is_after_the_hour(minute, state):
    at = local(FRIDAY, 17, minute)
    (line,) = calendar([DAILY], {("fever_clinic", FRIDAY): Came(at, at, 1, 2.0, said=2.0)}, n_days=1)
    assert line.cells[0].state is state


def test_weekends_are_not_due_and_a_report_of_one_is_welcome():
    saturday = FRIDAY + timedelta(days=1)
    sunday = saturday + timedelta(days=1)
    found = {("school_absence", saturday): came(saturday)}
    (line,) = calendar([SCHOOL], found, last=sunday, n_days=3, at=local(sunday, 20))
    assert states(line) == ["missing", "reported", "not_due"]


def test_a_weekly_number_is_due_on_its_sunday_only():
    sunday = date(2026, 6, 7)
    (line,) = calendar([LAB], {("lab_positive", sunday): came(sunday, n_said=2)}, n_days=8)
    assert states(line) == ["not_due", "not_due", "reported", *["not_due"] * 5]
    assert line.cells[2].is_corrected


def test_single_patients_alone_do_not_make_the_day_reported():
    (line,) = calendar([DAILY], {("fever_clinic", FRIDAY): came(FRIDAY, count=2.0, n_said=0)}, n_days=1)
    cell = line.cells[0]
    assert (cell.state, cell.count, cell.is_so_far) == (State.MISSING, 2.0, True)


def test_a_number_taken_back_is_missing_again():
    (line,) = calendar([DAILY], {("fever_clinic", FRIDAY): came(FRIDAY, count=None, n_said=0)}, n_days=1)
    cell = line.cells[0]
    assert (cell.state, cell.count, cell.is_withdrawn) == (State.MISSING, None, True)


@pytest.mark.parametrize(
    ("n_missing", "is_dead"), [(0, False), (1, False), (2, False), (3, True), (14, True)]
)
def test_a_daily_sensor_is_dead_after_three_missing_numbers(n_missing, is_dead):
    days = [FRIDAY - timedelta(days=n) for n in range(14)]
    (line,) = calendar([DAILY], {("fever_clinic", day): came(day) for day in days[n_missing:]})
    assert (line.n_missing, line.is_dead) == (n_missing, is_dead)


def test_days_that_are_not_due_or_still_open_break_no_row_of_missing_numbers():
    monday = date(2026, 6, 15)
    days = [date(2026, 6, 9) - timedelta(days=n) for n in range(9)]
    found = {("school_absence", day): came(day, 9) for day in days}
    (line,) = calendar([SCHOOL], found, last=monday, at=local(monday, 8))
    assert states(line)[-6:] == ["missing", "missing", "missing", "not_due", "not_due", "waiting"]
    assert (line.n_missing, line.is_dead, line.now) == (3, True, State.MISSING)


def test_a_new_sensor_is_told_apart():
    for since, is_new in ((FRIDAY - timedelta(days=13), True), (FRIDAY - timedelta(days=14), False)):
        owed = Owed("fever_clinic", Cadence.DAILY, 1020, since=since)
        (line,) = calendar([owed], {})
        assert line.is_new is is_new
    assert states(calendar([Owed("fever_clinic", Cadence.DAILY, 1020, since=FRIDAY)], {}, n_days=3)[0]) == [
        "not_due",
        "not_due",
        "missing",
    ]


def test_a_changed_promise_makes_one_line():
    old = Owed("fever_clinic", Cadence.DAILY, 1020, since=SINCE, until=FRIDAY - timedelta(days=1))
    new = Owed("fever_clinic", Cadence.DAILY, 600, since=FRIDAY)
    noon = {("fever_clinic", d): came(d, 12) for d in (FRIDAY - timedelta(days=1), FRIDAY)}
    (line,) = calendar([old, new], noon, n_days=2)
    assert states(line) == ["reported", "late"]
    assert not line.is_new


def test_how_a_unit_stands_now():
    def now(found, at):
        return calendar([DAILY], found, at=at)[0].now

    thursday = FRIDAY - timedelta(days=1)
    reported = {("fever_clinic", thursday): came(thursday)}
    assert now(reported, local(FRIDAY, 9)) is State.REPORTED  # today's hour is still to come
    assert now(reported, local(FRIDAY, 18)) is State.MISSING
    assert now({("fever_clinic", FRIDAY): came(FRIDAY, 9)}, local(FRIDAY, 10)) is State.REPORTED
    first = [Owed("fever_clinic", Cadence.DAILY, 1020, since=FRIDAY)]
    assert calendar(first, {}, at=local(FRIDAY, 9))[0].now is State.WAITING
    assert calendar([LAB], {}, n_days=3)[0].now is State.NOT_DUE


def test_revisions_come_to_what_stands():
    t = [datetime(2026, 6, 12, h, tzinfo=UTC) for h in range(6)]
    assert stand([(t[0], 3.0, 40.0, False)]) == Came(t[0], t[0], 1, 3.0, 40.0, 3.0)
    assert stand([(t[0], 3.0, None, False), (t[1], 4.0, None, False)]) == Came(t[0], t[1], 2, 4.0, None, 4.0)
    assert stand([(t[0], 3.0, None, False), (t[1], None, None, False)]) == Came(
        None, t[1], 0, None, None, None
    )
    again = [(t[0], 3.0, None, False), (t[1], None, None, False), (t[2], 5.0, None, False)]
    assert stand(again) == Came(t[2], t[2], 1, 5.0, None, 5.0)
    patients = [(t[0], 1.0, None, True), (t[1], 2.0, None, True)]
    assert stand(patients) == Came(None, t[1], 0, 2.0, None, None)
    assert stand(patients).is_so_far
    typed = [*patients, (t[2], 2.0, 9.0, False), (t[3], 3.0, 9.0, True)]
    assert stand(typed) == Came(t[2], t[3], 1, 3.0, 9.0, 2.0)
    assert not stand(typed).is_so_far


REVISION = st.tuples(st.none() | st.integers(0, 5).map(float), st.booleans())


@given(st.lists(REVISION, min_size=1, max_size=8))
def test_what_stands_is_the_newest_and_was_said_since_the_last_taking_back(revisions):
    start = datetime(2026, 6, 12, tzinfo=UTC)
    rows = [(start + timedelta(minutes=n), c, None, p) for n, (c, p) in enumerate(revisions)]
    found = stand(rows)
    assert found.count == rows[-1][1] and found.last_at == rows[-1][0]
    since = max((n + 1 for n, row in enumerate(rows) if row[1] is None), default=0)
    said = [row for row in rows[since:] if not row[3]]
    assert found.n_said == len(said)
    assert found.first_at == (said[0][0] if said else None)
    assert found.said == (said[-1][1] if said else None)


@given(
    st.sampled_from([DAILY, SCHOOL, LAB]),
    st.sets(st.integers(0, 13)),
    st.integers(0, 23),
)
def test_every_owed_day_is_in_one_state_and_numbers_stand_only_where_they_came(owed, reported, hour):
    days = {FRIDAY - timedelta(days=n) for n in reported}
    (line,) = calendar([owed], {(owed.stream, day): came(day, 8) for day in days}, at=local(FRIDAY, hour))
    for cell in line.cells:
        assert (cell.count is not None) == (cell.date in days)
        if cell.date in days:
            assert cell.state is State.REPORTED
        else:
            owes = owed.is_owed_on(cell.date)
            assert cell.state in ((State.MISSING, State.WAITING) if owes else (State.NOT_DUE,))
    assert line.n_missing <= sum(cell.state is State.MISSING for cell in line.cells)
