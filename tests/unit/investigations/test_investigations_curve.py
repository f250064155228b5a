"""The curve's step follows incubation and precision; bins are local; gaps are zero; nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from tests.unit.investigations.inv_factory import BASE, TZ, case, table

from fireline.errors import InputError
from fireline.investigations.curve import choose_step, count_curve, peak


def cases(*hours, **more):
    return table("cases", [case(i, h, **more) for i, h in enumerate(hours)])


def dates_only(*days):
    start = datetime(2026, 6, 11, 16, tzinfo=UTC)  # local midnight of 12 June
    rows = [case(i, 0, onset=start + timedelta(days=d), onset_precision="day") for i, d in enumerate(days)]
    return table("cases", rows)


@pytest.mark.parametrize(
    ("incubation", "step"),
    [(0.15, "1h"), (0.4, "1h"), (1.2, "3h"), (5.0, "1d"), (12.5, "1d"), (40.0, "1w"), (None, "1d")],
)
def test_step_is_at_most_a_quarter_of_the_incubation(incubation, step):
    assert choose_step(incubation_days=incubation, has_hours=True, span_s=86_400) == step


def test_dates_alone_never_give_hours():
    assert choose_step(incubation_days=0.2, has_hours=False, span_s=86_400) == "1d"
    assert choose_step(incubation_days=0.2, has_hours=False, span_s=86_400, wanted="1h") == "1d"


def test_a_curve_of_too_many_bars_grows_its_step():
    assert choose_step(incubation_days=5, has_hours=True, span_s=3 * 365 * 86_400) == "1w"


def test_wanted_step_is_used_or_refused():
    assert choose_step(incubation_days=5, has_hours=True, span_s=86_400, wanted="1h") == "1h"
    with pytest.raises(InputError, match="1h, 3h, 1d, 1w"):
        choose_step(incubation_days=5, has_hours=True, span_s=0, wanted="2h")


def test_hourly_bins_with_zeros_between():
    found = count_curve(cases(0.2, 0.9, 3.5), tz=TZ, step="1h")
    assert found.table["start"].to_list() == [BASE + timedelta(hours=h) for h in range(4)]
    assert found.table["count"].to_list() == [2, 0, 0, 1]
    assert found.table["basis"].unique().to_list() == ["onset"]
    assert found.n_placed == 3


def test_three_hours_are_cut_from_local_midnight():
    found = count_curve(cases(0, 2.9, 3.0), tz=TZ, step="3h")
    local = found.table["start"].dt.convert_time_zone("Asia/Shanghai").dt.hour().to_list()
    assert local == [12, 15]
    assert found.table["count"].to_list() == [2, 1]


def test_days_are_local_days():
    late = cases(11.5, 12.5)  # 23:30 and 00:30 in Shanghai, one UTC day
    found = count_curve(late, tz=TZ, step="1d")
    assert found.table["count"].to_list() == [1, 1]
    assert found.table["start"][0] == datetime(2026, 6, 11, 16, tzinfo=UTC)


def test_weeks_start_on_monday():
    found = count_curve(cases(0, 24 * 4), tz=TZ, step="1w")  # Friday and the Tuesday after
    local = found.table["start"].dt.convert_time_zone("Asia/Shanghai")
    assert local.dt.weekday().unique().to_list() == [1]
    assert found.table["count"].to_list() == [1, 1]


def test_days_across_the_change_to_summer_time():
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    rows = [case(i, 0, onset=start + timedelta(days=d)) for i, d in enumerate((0, 2))]
    found = count_curve(table("cases", rows), tz=berlin, step="1d")
    assert found.table["count"].to_list() == [1, 0, 1]
    hourly = count_curve(table("cases", rows), tz=berlin, step="1h")
    assert hourly.table["count"].sum() == 2
    assert hourly.table["start"].n_unique() == hourly.table.height == 49


def test_undated_cases_are_counted_apart():
    found = count_curve(cases(0, None, None), tz=TZ, step="1h")
    assert (found.n_placed, found.n_undated) == (1, 2)
    assert found.table["count"].sum() == 1


def test_few_dates_among_hours_stay_off_the_hourly_curve_and_are_said():
    mixed = pl.concat([cases(*range(9)), dates_only(0)])
    found = count_curve(mixed, tz=TZ, step="1h")
    assert found.step == "1h"
    assert (found.n_placed, found.n_dates_only) == (9, 1)
    assert any("no hour" in n.en for n in found.notes)


def test_mostly_dates_give_days_and_say_why():
    mixed = pl.concat([cases(0), dates_only(0, 1, 2)])
    found = count_curve(mixed, tz=TZ, step="1h")
    assert found.step == "1d"
    assert found.n_placed == 4
    assert any("not computable (dates only)" in n.en for n in found.notes)


def test_too_fine_a_wish_is_told():
    found = count_curve(cases(0, 24 * 60), tz=TZ, step="1h")
    assert found.step == "3h" or found.step == "1d"
    assert any("more than 400 bars" in n.en for n in found.notes)


def test_classes_keep_their_order_and_unclassified_is_named():
    rows = [case(1, 0, classification="suspected"), case(2, 0), case(3, 0, classification=None)]
    found = count_curve(table("cases", rows), tz=TZ, step="1d")
    assert found.table["classification"].to_list() == ["confirmed", "suspected", "unclassified"]


def test_by_any_attribute():
    frame = cases(0, 0, 5).with_columns(pl.Series("ate", ["yes", None, "no"]))
    found = count_curve(frame, tz=TZ, step="1h", by="ate")
    assert set(found.table["ate"]) == {"yes", "no", "unknown"}
    assert found.table.group_by("ate").agg(pl.col("count").sum())["count"].to_list() == [1, 1, 1]


def test_nothing_gives_an_empty_curve():
    found = count_curve(cases(), tz=TZ)
    assert found.table.is_empty()
    assert found.table.columns == ["start", "step", "classification", "count", "basis"]
    assert peak(found.table) is None


def test_peak_is_the_earliest_of_the_highest():
    found = count_curve(cases(0, 0, 2, 2, 4), tz=TZ, step="1h")
    assert peak(found.table) == (BASE, 2)


def test_order_of_rows_does_not_matter():
    frame = cases(*[h * 0.7 for h in range(30)])
    one = count_curve(frame, tz=TZ, step="3h").table
    assert one.equals(count_curve(frame.reverse(), tz=TZ, step="3h").table)
