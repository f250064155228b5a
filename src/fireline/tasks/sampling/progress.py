"""How far a round has come: who was sampled, who has a result, who must come again, who is not known.

Chapter 9: a person is counted once, only people on the roster count, unknown is not absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from fireline.tasks.sampling.tables import PRESENCE, SCHEMAS
from fireline.words import Words

_STATES = ("negative", "positive", "pending", "to_resample")


@dataclass(frozen=True, slots=True)
class Progress:
    """A round as known at one moment.

    Attributes
    ----------
    units : ``SCHEMAS["round_progress"]``, one row for each unit of the roster, sorted
    total : the same columns, one row, unit_id null
    hours : ``SCHEMAS["round_hours"]``, one row for each hour since the first sample
    resamples : ``SCHEMAS["round_resamples"]``, people of positive or invalid tubes without a later sample
    not_listed : int, people sampled who are not on the roster; in no share
    notes : tuple of Words
    """

    units: pl.DataFrame
    total: pl.DataFrame
    hours: pl.DataFrame
    resamples: pl.DataFrame
    not_listed: int
    notes: tuple[Words, ...]


def follow_round(
    roster: pl.DataFrame, samples: pl.DataFrame, tubes: pl.DataFrame, *, start: datetime, at: datetime
) -> Progress:
    """Follow a round.

    Parameters
    ----------
    roster : ``tables.READS["roster"]``; the first row of a person counts
    samples : ``READS["samples"]``, one row for each person and tube, first and second samples
    tubes : ``READS["tubes"]``; a tube that is not in it has no result yet
    start : aware instant; samples taken before belong to another round
    at : aware instant; samples and results after it are not known

    Returns
    -------
    Progress

    Notes
    -----
    A person's state comes from the person's latest sample: a negative tube settles everybody in it; a
    positive tube of one person is a positive person; a positive tube of several, or an invalid one, asks
    for a new sample. A person with a positive single sample stays positive whatever comes later.

    Shares: ``share_of_listed`` = sampled / listed. ``share_of_expected`` = sampled / people listed who are
    not known to be away or to refuse. Whoever was sampled counts as present, whatever the roster says, so
    neither share passes 1. People whose presence is not known are expected, not absent.
    """
    people = roster.select("person_key", "unit_id", "presence").unique(
        "person_key", keep="first", maintain_order=True
    )
    taken = (
        samples.select("person_key", "tube_id", "taken_at")
        .filter((pl.col("taken_at") >= start) & (pl.col("taken_at") <= at))
        .unique(["person_key", "tube_id"], keep="first", maintain_order=True)
    )
    known = _with_results(taken, tubes, at)
    listed = known.join(people.select("person_key", "unit_id"), on="person_key")
    not_listed = known.join(people, on="person_key", how="anti")["person_key"].n_unique()
    states = _states(listed)
    table = people.join(states.select("person_key", "state"), on="person_key", how="left").with_columns(
        presence=pl.when(pl.col("state").is_not_null()).then(pl.lit("present")).otherwise(pl.col("presence"))
    )
    units = _counts(table, by_unit=True)
    total = _counts(table, by_unit=False)
    hours = _hours(listed, start=start, n_listed=people.height)
    again = (
        states.filter(pl.col("state") == "to_resample")
        .select("person_key", "unit_id", "tube_id", "result", since="result_at")
        .sort("since", "unit_id", "person_key")
    )
    return Progress(units, total, hours, again, not_listed, _notes(total, not_listed))


def _with_results(taken: pl.DataFrame, tubes: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Samples with the result of their tube as known at the moment, and how many people share the tube."""
    seen = (
        tubes.select("tube_id", "result", "result_at")
        .filter(pl.col("result").is_not_null() & (pl.col("result_at") <= at))
        .sort("result_at")
        .unique("tube_id", keep="last", maintain_order=True)
    )
    return taken.with_columns(n_in_tube=pl.len().over("tube_id")).join(
        seen, on="tube_id", how="left", maintain_order="left"
    )


def _states(listed: pl.DataFrame) -> pl.DataFrame:
    """Latest state of each sampled person."""
    is_alone = pl.col("n_in_tube") == 1
    result = pl.col("result")
    state = (
        pl.when(result.is_null())
        .then(pl.lit("pending"))
        .when(result == "negative")
        .then(pl.lit("negative"))
        .when((result == "positive") & is_alone)
        .then(pl.lit("positive"))
        .otherwise(pl.lit("to_resample"))
    )
    return (
        listed.with_columns(state=state, is_positive=(result == "positive").fill_null(value=False) & is_alone)
        .sort("is_positive", "taken_at", "tube_id")
        .unique("person_key", keep="last", maintain_order=True)
    )


def _counts(table: pl.DataFrame, *, by_unit: bool) -> pl.DataFrame:
    presence, state = pl.col("presence"), pl.col("state")
    sums = [
        pl.len().cast(pl.Int64).alias("listed"),
        *((presence == p).fill_null(value=False).sum().cast(pl.Int64).alias(p) for p in PRESENCE),
        presence.is_null().sum().cast(pl.Int64).alias("unknown"),
        state.is_not_null().sum().cast(pl.Int64).alias("sampled"),
        *((state == s).fill_null(value=False).sum().cast(pl.Int64).alias(s) for s in _STATES),
    ]  # fmt: skip
    found = (
        table.group_by("unit_id").agg(sums)
        if by_unit
        else table.select(pl.lit(None, pl.String).alias("unit_id").first(), *sums)
    )
    expected = pl.col("listed") - pl.col("absent") - pl.col("refused")
    return (
        found.with_columns(share_of_listed=_share(pl.col("listed")), share_of_expected=_share(expected))
        .select(list(SCHEMAS["round_progress"]))
        .sort("unit_id")
    )


def _share(of: pl.Expr) -> pl.Expr:
    return pl.when(of > 0).then(pl.col("sampled") / of)


def _hours(listed: pl.DataFrame, *, start: datetime, n_listed: int) -> pl.DataFrame:
    """People sampled first in each hour, and people with a settled state by its end."""
    first = listed.group_by("person_key").agg(pl.col("taken_at").min())
    if not first.height:
        return pl.DataFrame(schema=SCHEMAS["round_hours"])
    settled = (
        listed.filter(
            (pl.col("result") == "negative") | ((pl.col("result") == "positive") & (pl.col("n_in_tube") == 1))
        )
        .group_by("person_key")
        .agg(pl.col("result_at").min())
    )
    last = pl.concat([first["taken_at"], settled["result_at"].alias("taken_at")]).max()
    assert isinstance(last, datetime)
    hours = pl.DataFrame({"hour": pl.datetime_range(start, last, "1h", eager=True, time_unit="us")})

    def per_hour(times: pl.Series, name: str) -> pl.DataFrame:
        since = (times - start).dt.total_seconds() // 3600
        return (
            pl.DataFrame({"k": since.cast(pl.Int64)}).group_by("k").agg(pl.len().cast(pl.Int64).alias(name))
        )

    return (
        hours.with_columns(
            k=pl.int_range(pl.len(), dtype=pl.Int64), hour=pl.col("hour").dt.convert_time_zone("UTC")
        )
        .join(per_hour(first["taken_at"], "sampled"), on="k", how="left")
        .join(per_hour(settled["result_at"], "settled"), on="k", how="left")
        .sort("k")
        .with_columns(pl.col("sampled", "settled").fill_null(0))
        .with_columns(sampled_so_far=pl.col("sampled").cum_sum(), settled_so_far=pl.col("settled").cum_sum())
        .with_columns(share_of_listed=(pl.col("sampled_so_far") / max(n_listed, 1)).clip(0.0, 1.0))
        .select(list(SCHEMAS["round_hours"]))
    )


def _notes(total: pl.DataFrame, not_listed: int) -> tuple[Words, ...]:
    t = total.row(0, named=True)
    said = []
    if t["share_of_listed"] is not None:
        expected = t["listed"] - t["absent"] - t["refused"]
        said.append(
            Words(
                f"名册 {t['listed']:,} 人，已采 {t['sampled']:,} 人（{t['share_of_listed']:.1%}）；"
                f"应采 {expected:,} 人，外出 {t['absent']:,}，拒绝 {t['refused']:,}，"
                f"情况不明 {t['unknown']:,}",
                f"{t['sampled']:,} of {t['listed']:,} people listed are sampled "
                f"({t['share_of_listed']:.1%}); {expected:,} are expected, {t['absent']:,} are away, "
                f"{t['refused']:,} refused, of "
                f"{t['unknown']:,} nothing is known",
            )
        )
    if t["to_resample"]:
        said.append(
            Words(
                f"{t['to_resample']:,} 人所在混管阳性或无效，须单采复核",
                f"{t['to_resample']:,} people of positive or invalid tubes must be sampled again alone",
            )
        )
    if not_listed:
        said.append(
            Words(
                f"另有 {not_listed:,} 人采样但不在名册，不计入覆盖率",
                f"{not_listed:,} people sampled are not on the roster and in no share",
            )
        )
    return tuple(said)
