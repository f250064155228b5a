"""Contacts that somebody named: stated contacts and links, households, and manifests tied to a case.

Chapter 7: these follow the disease's own rule at once; no search over movement data is made here.
"""

from __future__ import annotations

import polars as pl

from fireline.contacts.seats import read_seat, seat_facts
from fireline.contacts.tables import EVIDENCE
from fireline.records.model import INSTANT, Records

_CONTACT_KINDS = ("infected_by", "contact", "household")  # a shared cluster is no statement of contact


def stated_evidence(records: Records, cases: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """Everything stated about pairs of a case and another person.

    Parameters
    ----------
    records : Records
    cases : DataFrame   cases of the disease
    windows : DataFrame   as windows.case_windows gives it; null from and to = no look-back known

    Returns
    -------
    DataFrame   columns contacts.tables.EVIDENCE, several rows per pair where several sources name it
    """
    parts = (
        _from_contacts(records, cases),
        _from_links(records, cases),
        _from_households(records, windows),
        _from_manifests(records, windows),
    )
    return pl.concat([_shaped(p) for p in parts])


def _shaped(frame: pl.DataFrame) -> pl.DataFrame:
    missing = [
        pl.lit(None, dtype).alias(name) for name, dtype in EVIDENCE.items() if name not in frame.columns
    ]
    return frame.with_columns(missing).select([pl.col(n).cast(t) for n, t in EVIDENCE.items()])


def _from_contacts(records: Records, cases: pl.DataFrame) -> pl.DataFrame:
    rows = records.table("contacts").join(
        cases.select("case_id", pl.col("person_key").alias("self")), on="case_id"
    )
    precise = pl.min_horizontal(_rank("first_exposure_precision"), _rank("last_exposure_precision"))
    return rows.filter(pl.col("person_key") != pl.col("self")).with_columns(
        pl.lit("stated").alias("basis"),
        pl.col("class").alias("stated_class"),
        precise.replace_strict({0: "day", 1: "hour", 2: "minute"}, return_dtype=pl.String).alias("precision"),
    )


def _rank(column: str) -> pl.Expr:
    return pl.col(column).replace_strict(
        {"day": 0, "hour": 1, "minute": 2}, default=None, return_dtype=pl.Int64
    )


def _from_links(records: Records, cases: pl.DataFrame) -> pl.DataFrame:
    known = cases.select("case_id", pl.col("person_key").alias("self"))
    links = records.table("links").filter(pl.col("kind").is_in(_CONTACT_KINDS))
    rows = links.rename({"from_case": "case_id", "to_person": "person_key"}).join(known, on="case_id")
    # an undirected contact between two cases holds both ways
    both = rows.filter(~pl.col("directed").fill_null(False) & (pl.col("kind") != "infected_by"))
    ends = cases.select(pl.col("case_id").alias("other_case"), "person_key")
    back = both.join(ends, on="person_key").select(
        pl.col("other_case").alias("case_id"),
        pl.col("self").alias("person_key"),
        "kind",
        "date",
        pl.col("person_key").alias("self"),
    )
    rows = pl.concat([rows.select(back.columns), back]).filter(pl.col("person_key") != pl.col("self"))
    day = (
        pl.col("date")
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone(str(records.tz), ambiguous="earliest", non_existent="null")
        .cast(INSTANT)
    )
    return rows.with_columns(
        pl.when(pl.col("kind") == "household")
        .then(pl.lit("household"))
        .otherwise(pl.lit("stated"))
        .alias("basis"),
        day.alias("first_exposure"),
        day.alias("last_exposure"),
        pl.when(pl.col("date").is_not_null()).then(pl.lit("day")).alias("precision"),
    )


def _from_households(records: Records, windows: pl.DataFrame) -> pl.DataFrame:
    homes = records.table("persons").select("person_key", "household_id").drop_nulls().unique()
    mine = windows.join(homes, on="person_key")
    rows = mine.join(homes.rename({"person_key": "member"}), on="household_id")
    return rows.filter(pl.col("member") != pl.col("person_key")).select(
        "case_id",
        pl.col("member").alias("person_key"),
        pl.lit("household").alias("basis"),
        pl.col("from").alias("first_exposure"),
        pl.col("to").alias("last_exposure"),
        pl.when(pl.col("from").is_not_null()).then(pl.lit("day")).alias("precision"),
    )


def _from_manifests(records: Records, windows: pl.DataFrame) -> pl.DataFrame:
    trips = (
        records.table("arrivals")
        .filter(pl.col("conveyance").is_not_null())
        .select(
            "person_key",
            "conveyance",
            "seat",
            "arrives_at",
            "arrives_at_precision",
            pl.col("arrives_at").dt.convert_time_zone(str(records.tz)).dt.date().alias("day"),
        )
        .unique()
    )
    mine = (
        windows.drop_nulls("from")
        .join(trips, on="person_key")
        .filter((pl.col("arrives_at") >= pl.col("from")) & (pl.col("arrives_at") <= pl.col("to")))
    )
    rows = mine.join(trips, on=["conveyance", "day"], suffix="_other").filter(
        pl.col("person_key") != pl.col("person_key_other")
    )
    facts = [
        seat_facts(read_seat(a), read_seat(b)) for a, b in zip(rows["seat"], rows["seat_other"], strict=True)
    ]
    return rows.with_columns(
        pl.Series("seat_rows_apart", [f.rows_apart for f in facts], pl.Int64),
        pl.Series("is_same_seat_zone", [f.same_seat_zone for f in facts], pl.Boolean),
        pl.Series("is_same_carriage", [f.same_carriage for f in facts], pl.Boolean),
    ).select(
        "case_id",
        pl.col("person_key_other").alias("person_key"),
        pl.lit("manifest").alias("basis"),
        pl.col("arrives_at").alias("first_exposure"),
        pl.col("arrives_at").alias("last_exposure"),
        pl.col("arrives_at_precision").alias("precision"),
        "seat_rows_apart",
        "is_same_seat_zone",
        "is_same_carriage",
    )
