"""Which cases count for zones, since when, and where they were while infectious.

Chapter 8: between records and delimit; windows come from the look-back rule, never from code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from fireline.records.model import Records

if TYPE_CHECKING:
    from fireline.contacts.model import Contacts

_SEEN = ("onset", "sampled_at", "reported_at", "isolated_at")


def _precision_day(column: str) -> pl.Expr:
    return pl.col(f"{column}_precision") == "day"


def counted_cases(records: Records, *, at: datetime) -> pl.DataFrame:
    """Cases known at ``at`` that are not discarded, with the first and latest local day they were seen.

    Returns
    -------
    DataFrame   the cases table plus first_day, last_day (Date, null where no time is known), by case_id

    Notes
    -----
    A time after ``at`` counts as not yet known; a case whose every time lies after ``at`` is left out.
    """
    tz = str(records.tz)
    seen = [pl.when(pl.col(c) <= at).then(pl.col(c)) for c in _SEEN]
    any_time = pl.any_horizontal([pl.col(c).is_not_null() for c in _SEEN])
    return (
        records.table("cases")
        .filter(pl.col("classification").is_null() | (pl.col("classification") != "discarded"))
        .with_columns(
            first_day=pl.min_horizontal(seen).dt.convert_time_zone(tz).dt.date(),
            last_day=pl.max_horizontal(seen).dt.convert_time_zone(tz).dt.date(),
        )
        .filter(pl.col("first_day").is_not_null() | ~any_time)
        .sort("case_id")
    )


def anchor_expr(anchor: str, columns: list[str]) -> pl.Expr:
    """Instant a look-back starts from: onset, rash_onset, sampling, or onset else sampling.

    ``rash_onset`` falls back to onset where the data have no rash date (the earlier day: never too short).
    """
    if anchor == "rash_onset":
        return pl.coalesce("rash_onset", "onset") if "rash_onset" in columns else pl.col("onset")
    if anchor == "onset_or_sampling":
        return pl.coalesce("onset", "sampled_at")
    return pl.col({"sampling": "sampled_at", "report": "reported_at"}.get(anchor, "onset"))


def infectious_visits(
    records: Records, cases: pl.DataFrame, lookback: Mapping[str, Any], *, at: datetime
) -> tuple[pl.DataFrame, int]:
    """Places where cases were inside the rule's window.

    Parameters
    ----------
    lookback : value of contact.lookback/close: {days, anchor, until?}

    Returns
    -------
    visits : DataFrame case_id, place_id (unique, sorted)
    n_unknown : int, cases without the anchor's date, whose window cannot be told

    Notes
    -----
    The window runs from the local day ``days`` before the anchor to isolation (or ``at``). A visit whose
    times are known to the day counts when its day touches the window.
    """
    tz = str(records.tz)
    start = anchor_expr(str(lookback.get("anchor", "onset")), cases.columns)
    windows = cases.with_columns(
        window_from=start.dt.convert_time_zone(tz)
        .dt.truncate("1d")
        .dt.offset_by(f"-{int(lookback['days'])}d")
        .dt.convert_time_zone("UTC"),
        window_to=pl.coalesce(
            pl.when(_precision_day("isolated_at"))
            .then(pl.col("isolated_at").dt.offset_by("1d"))
            .otherwise(pl.col("isolated_at")),
            pl.lit(at).dt.cast_time_unit("us"),
        ),
    )
    n_unknown = windows["window_from"].null_count()
    visit_end = pl.coalesce("leave", "enter")
    visits = (
        records.table("visits")
        .lazy()
        .filter(pl.col("enter") <= at)
        .join(
            windows.lazy().select("case_id", "person_key", "window_from", "window_to").drop_nulls(),
            on="person_key",
        )
        .with_columns(
            end=pl.when(
                (pl.col("leave_precision") == "day") | pl.col("leave").is_null() & _precision_day("enter")
            )
            .then(visit_end.dt.offset_by("1d"))
            .otherwise(visit_end)
        )
        .filter(
            (pl.col("enter") < pl.col("window_to"))
            & ((pl.col("end") > pl.col("window_from")) | (pl.col("enter") >= pl.col("window_from")))
        )
        .select("case_id", "place_id")
        .unique()
        .sort("case_id", "place_id")
        .collect()
    )
    return visits, n_unknown


def place_points(records: Records) -> pl.DataFrame:
    """Places with their coordinates and area, one row each."""
    return (
        records.table("places").select("place_id", "lon", "lat", "area_code").unique("place_id", keep="first")
    )


def case_points(records: Records, cases: pl.DataFrame) -> pl.DataFrame:
    """Where each case lives: home place of the person, else the case's own coordinates."""
    persons = (
        records.table("persons").select("person_key", "home_place_id").unique("person_key", keep="first")
    )
    return (
        cases.select("case_id", "person_key", "area_code", case_lon="lon", case_lat="lat")
        .join(persons, on="person_key", how="left")
        .join(
            place_points(records), left_on="home_place_id", right_on="place_id", how="left", suffix="_place"
        )
        .select(
            subject_id="case_id",
            place_id="home_place_id",
            lon=pl.coalesce("lon", "case_lon"),
            lat=pl.coalesce("lat", "case_lat"),
            area_code=pl.when(pl.col("lon").is_not_null())
            .then(pl.coalesce("area_code_place", "area_code"))
            .otherwise(pl.col("area_code")),
        )
    )


def contacts_per_unit(records: Records, contacts: Contacts, unit_ids: Sequence[str]) -> dict[str, int]:
    """Contacts (any class) by home unit, counted only where the home place is a unit itself."""
    people = contacts.found.select("person_key").unique()
    homes = records.table("persons").select("person_key", "home_place_id").unique("person_key", keep="first")
    counted = (
        people.join(homes, on="person_key")
        .filter(pl.col("home_place_id").is_in(list(unit_ids)))
        .group_by("home_place_id")
        .len()
    )
    return dict(counted.iter_rows())
