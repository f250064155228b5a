"""Who was known as a contact since when: people the source recorded, and people this run found.

Chapter 9: between contacts and people; nobody is late with a contact whom nobody had identified.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from fireline.records.model import Records
from fireline.tasks.cases import case_frame, first_seen
from fireline.tasks.timing import known_by, local_date

if TYPE_CHECKING:
    from fireline.contacts.model import Contacts

CLASSES = ("close", "secondary", "companion", "general")
"""Classes that measures are written for, strictest first."""

_PAIR = ["case_id", "person_key"]


def contact_frames(
    records: Records, contacts: Contacts, *, area: str, at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Contacts as the source had recorded them, and contacts as they are known since this run.

    Returns
    -------
    known : DataFrame, one row per person the source recorded as a contact: strictest recorded class, latest
        recorded exposure, when identified, managed and released
    fresh : DataFrame, same columns, one row per person whom this run found, or found in a stricter class or
        exposed on a later day than recorded; identified at ``at``

    Notes
    -----
    Both hold is_new (a row of fresh), is_revised (fresh, and also in known) and is_known (fresh, known in the
    same class, and not released: placement and prophylaxis have their clocks already). Somebody released
    whom this run finds still owing a measure counts as not managed. People who are cases already by their
    last exposure owe nothing as contacts.
    """
    recorded = _recorded(contacts.found, records)
    known = _with_people(_strictest(_told(recorded, records, area=area, at=at)), records, area=area, at=at)
    run = {"told_at": pl.lit(at, pl.Datetime("us", "UTC")), "told_precision": pl.lit("minute")}
    every = _with_people(
        _strictest(_with_cases(contacts.found, records, area=area, at=at).with_columns(**run)),
        records,
        area=area,
        at=at,
    )
    tz = str(records.tz)
    before = known.select("person_key", old_rank="rank", old_day=local_date("last_exposure", tz))
    last_day = local_date("last_exposure", tz)
    changed = every.join(before, on="person_key", how="left").filter(
        pl.col("old_rank").is_null()
        | (pl.col("rank") < pl.col("old_rank"))
        | ((pl.col("rank") == pl.col("old_rank")) & (last_day > pl.col("old_day")).fill_null(False))
    )
    is_out = pl.col("released_at").is_not_null() & pl.col("old_rank").is_not_null()
    held = ["managed_at", "managed_at_precision", "released_at", "released_at_precision"]
    fresh = changed.with_columns(
        is_new=pl.lit(True),
        is_revised=pl.col("old_rank").is_not_null(),
        is_known=(pl.col("rank") == pl.col("old_rank")).fill_null(False) & ~is_out,
        **{c: pl.when(~is_out).then(pl.col(c)) for c in held},
    )
    none = pl.lit(False)
    known = known.with_columns(is_new=none, is_revised=none, is_known=none)
    return known.sort("person_key"), fresh.select(known.columns).sort("person_key")


def _recorded(found: pl.DataFrame, records: Records) -> pl.DataFrame:
    """Rows that somebody had written down, with the exposure as it was written."""
    named = records.table("links").select(case_id="from_case", person_key="to_person").unique()
    rows = pl.concat(
        [
            found.filter(pl.col("basis") == "stated"),
            found.filter(pl.col("basis") == "household").join(named, on=_PAIR, how="semi"),
        ]
    )
    written = (
        records.table("contacts")
        .sort(*_PAIR, "last_exposure", nulls_last=True)
        .unique(_PAIR, keep="first", maintain_order=True)
        .select(
            *_PAIR,
            told_first="first_exposure",
            told_last="last_exposure",
            told_last_precision="last_exposure_precision",
        )
    )
    return rows.join(written, on=_PAIR, how="left").with_columns(
        first_exposure=pl.coalesce("told_first", "first_exposure"),
        last_exposure=pl.coalesce("told_last", "last_exposure"),
        precision=pl.coalesce("told_last_precision", "precision"),
    )


def _with_cases(found: pl.DataFrame, records: Records, *, area: str, at: datetime) -> pl.DataFrame:
    """Contacts of the classes with the rank of their class and when their case was known."""
    rank = {name: i for i, name in enumerate(CLASSES)}
    moments = ("reported_at", "isolated_at", "sampled_at")
    case_times = case_frame(records, area=area, at=at).select(
        "case_id",
        case_area="area_code",
        told_at=pl.coalesce(*moments),
        told_precision=pl.coalesce(
            *(pl.when(pl.col(c).is_not_null()).then(pl.col(f"{c}_precision")) for c in moments)
        ),
    )
    return (
        found.filter(pl.col("class").is_in(CLASSES))
        .select(*_PAIR, "class", "first_exposure", "last_exposure", "precision")
        .with_columns(rank=pl.col("class").replace_strict(rank, return_dtype=pl.Int8))
        .join(case_times, on="case_id", how="left")
    )


def _told(recorded: pl.DataFrame, records: Records, *, area: str, at: datetime) -> pl.DataFrame:
    """When each recorded contact was identified.

    No table holds that moment: the report of the case (else its isolation or sampling) stands for it, never
    earlier than the first exposure; for a secondary contact the earliest identification of a recorded close
    contact of the same case, where there is one.
    """
    is_later = (pl.col("first_exposure") > pl.col("told_at")).fill_null(False)
    rows = _with_cases(recorded, records, area=area, at=at).with_columns(
        told_at=pl.when(is_later).then(pl.col("first_exposure")).otherwise(pl.col("told_at")),
        told_precision=pl.when(is_later).then(pl.col("precision")).otherwise(pl.col("told_precision")),
    )
    close = (
        rows.filter((pl.col("class") == "close") & pl.col("told_at").is_not_null())
        .sort("told_at", "person_key")
        .unique("case_id", keep="first", maintain_order=True)
        .select("case_id", close_at="told_at", close_precision="told_precision")
    )
    is_after = ((pl.col("class") == "secondary") & (pl.col("close_at") > pl.col("told_at"))).fill_null(False)
    return rows.join(close, on="case_id", how="left").with_columns(
        told_at=pl.when(is_after).then(pl.col("close_at")).otherwise(pl.col("told_at")),
        told_precision=pl.when(is_after).then(pl.col("close_precision")).otherwise(pl.col("told_precision")),
    )


def _strictest(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per person: strictest class, its latest exposure, its earliest identification."""
    strictest = rows.filter(pl.col("rank") == pl.col("rank").min().over("person_key"))
    latest = strictest.sort("last_exposure", "case_id", nulls_last=False).unique(
        "person_key", keep="last", maintain_order=True
    )
    first = strictest.group_by("person_key").agg(
        first_exposure=pl.col("first_exposure").min(),
        identified_at=pl.col("told_at").min(),
        identified_at_precision=pl.col("told_precision").sort_by("told_at", nulls_last=True).first(),
    )
    columns = ["person_key", "case_id", "class", "rank", "last_exposure", "precision", "case_area"]
    return latest.select(columns).join(first, on="person_key")


def _with_people(people: pl.DataFrame, records: Records, *, area: str, at: datetime) -> pl.DataFrame:
    """Add area, management times and the moment the person became a case."""
    persons = (
        records.table("persons")
        .select("person_key", person_area="area_code")
        .unique("person_key", keep="first")
    )
    return (
        people.join(persons, on="person_key", how="left")
        .join(_managed(people, records, at=at), on="person_key", how="left")
        .join(first_seen(records, at=at), on="person_key", how="left")
        .filter(
            pl.col("case_since").is_null() | (pl.col("case_since") > pl.col("last_exposure")).fill_null(True)
        )
        .with_columns(
            first_exposure_precision="precision",
            last_exposure_precision="precision",
            area_code=pl.coalesce("person_area", "case_area", pl.lit(area)),
            subject_kind=pl.lit("person"),
            subject_id=pl.col("person_key"),
        )
    )


def _managed(people: pl.DataFrame, records: Records, *, at: datetime) -> pl.DataFrame:
    """When people were placed first and released last, from what the source wrote of them.

    Somebody with several rows is released by the rows of the class that is owed (else by all). Where only
    some of these hold a release, the source does not tell whether the person is free: is_release_clear is
    false and released_at null.
    """
    rows = (
        records.table("contacts")
        .with_columns(known_by("managed_at", at), known_by("released_at", at))
        .join(people.select("person_key", owed_class="class"), on="person_key")
        .with_columns(is_own=(pl.col("class") == pl.col("owed_class")).fill_null(True))
        .with_columns(is_own=pl.col("is_own") | ~pl.col("is_own").any().over("person_key"))
    )
    placed = (
        rows.sort("managed_at", "case_id", nulls_last=True)
        .group_by("person_key", maintain_order=True)
        .agg(pl.col("managed_at").first(), pl.col("managed_at_precision").first())
    )
    freed = (
        rows.filter("is_own")
        .sort("released_at", "case_id", nulls_last=False)
        .group_by("person_key", maintain_order=True)
        .agg(
            pl.col("released_at").last(),
            pl.col("released_at_precision").last(),
            n_free=pl.col("released_at").count(),
            n_held=(pl.col("managed_at").is_not_null() & pl.col("released_at").is_null()).sum(),
        )
        .with_columns(is_release_clear=(pl.col("n_free") == 0) | (pl.col("n_held") == 0))
        .with_columns(
            pl.when("is_release_clear").then(pl.col(c)) for c in ("released_at", "released_at_precision")
        )
        .drop("n_free", "n_held")
    )
    return placed.join(freed, on="person_key", how="left")
