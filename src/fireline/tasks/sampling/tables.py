"""Columns in and out of sampling rounds.

Chapter 9: the one place where the shape of these tables stands.
"""

from __future__ import annotations

import polars as pl

INSTANT = pl.Datetime("us", time_zone="UTC")

READS: dict[str, dict[str, pl.DataType]] = {
    "units": {
        "unit_id": pl.String(),
        "population": pl.Int64(),
        "lon": pl.Float64(),
        "lat": pl.Float64(),
    },
    "sites": {
        "site_id": pl.String(),
        "lon": pl.Float64(),
        "lat": pl.Float64(),
        "most_teams": pl.Int64(),  # lanes
    },
    "labs": {
        "lab_id": pl.String(),
        "tubes_per_h": pl.Float64(),  # tubes (pools or single samples) finished an hour, day and night
        "turnaround_h": pl.Float64(),  # from arrival of a tube to its result when there is no queue
    },
    "roster": {
        "person_key": pl.String(),
        "unit_id": pl.String(),
        "presence": pl.String(),  # present, absent, refused; null = not known
    },
    "samples": {
        "person_key": pl.String(),
        "tube_id": pl.String(),
        "taken_at": INSTANT,
    },
    "tubes": {
        "tube_id": pl.String(),
        "result": pl.String(),  # negative, positive, invalid; null = not known yet
        "result_at": INSTANT,
    },
}
"""What callers hand in; further columns are not read."""

SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    "pool_options": {
        "pool_size": pl.Int64(),
        "tests_per_1000": pl.Float64(),
        "resampled_per_1000": pl.Float64(),
        "lost_ct": pl.Float64(),
        "is_chosen": pl.Boolean(),
        "why_zh": pl.String(),
        "why_en": pl.String(),
    },
    "round_sites": {
        "site_id": pl.String(),
        "n_units": pl.Int64(),
        "people": pl.Int64(),
        "teams": pl.Int64(),
        "registrars": pl.Int64(),
        "tubes": pl.Int64(),
        "end_h": pl.Float64(),  # hours after the start at which the last person is sampled
    },
    "round_units": {
        "unit_id": pl.String(),
        "site_id": pl.String(),  # null where no site is near enough
        "people": pl.Int64(),
        "distance_m": pl.Float64(),
        "start_h": pl.Float64(),
        "end_h": pl.Float64(),
    },
    "round_needs": {
        "resource": pl.String(),  # tubes, reach, time, lanes, teams, registrars, lab
        "have": pl.Float64(),
        "need": pl.Float64(),
        "short": pl.Float64(),
        "unit": pl.String(),
        "what_zh": pl.String(),
        "what_en": pl.String(),
    },
    "round_progress": {
        "unit_id": pl.String(),
        "listed": pl.Int64(),
        "present": pl.Int64(),
        "absent": pl.Int64(),
        "refused": pl.Int64(),
        "unknown": pl.Int64(),
        "sampled": pl.Int64(),
        "negative": pl.Int64(),
        "positive": pl.Int64(),
        "pending": pl.Int64(),
        "to_resample": pl.Int64(),
        "share_of_listed": pl.Float64(),
        "share_of_expected": pl.Float64(),
    },
    "round_hours": {
        "hour": INSTANT,
        "sampled": pl.Int64(),
        "sampled_so_far": pl.Int64(),
        "settled_so_far": pl.Int64(),
        "share_of_listed": pl.Float64(),
    },
    "round_resamples": {
        "person_key": pl.String(),
        "unit_id": pl.String(),
        "tube_id": pl.String(),
        "result": pl.String(),
        "since": INSTANT,
    },
}
"""What sampling rounds give: column -> type, in order."""

PRESENCE = ("present", "absent", "refused")


def empty(name: str) -> pl.DataFrame:
    """An empty table of the right shape."""
    return pl.DataFrame(schema=SCHEMAS[name])
