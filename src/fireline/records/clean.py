"""Clean canonical rows of text into typed, pseudonymous tables; account for every row of every file.

Chapter 2: reads feeds, is read by all chapters after it.

Notes
-----
What happens to a row of a file:

* kept: at least one table row that it gave was kept;
* merged: else, at least one was merged into an earlier row with the same key;
* rejected: everything else (blank, ragged, a required cell missing, nothing it gave could be used).

So read = kept + merged + rejected for each file. A faults entry has effect "rejected" where the file row
is out, "null" where a cell, or one of several table rows of a file row, is lost, "conflict" where a later
row with the same key said something else, "file" where the whole file is out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import polars as pl

from fireline.clock import zone
from fireline.errors import Fault, FaultCode
from fireline.feeds.crs import texts_to_wgs84, to_wgs84
from fireline.feeds.model import FILE, ORIGIN, ROW, Feed, FileRows, TableRows
from fireline.feeds.synonyms import DISEASES, plain
from fireline.feeds.systems import WGS84
from fireline.feeds.tables import TABLES, Column, Kind, Table
from fireline.privacy.pseudonym import pseudonymise
from fireline.records.cells import read_cells, shown
from fireline.records.merge import merge_rows
from fireline.records.missing import state_missing
from fireline.records.model import FileSum, Records, schema
from fireline.records.positions import stays
from fireline.words import Words

_META = (FILE, ROW, ORIGIN)
_FINENESS = {"minute": 0, "hour": 1, "day": 2}
_SPANS = {
    "visits": (("enter", "leave"),),
    "lot_handlers": (("from", "to"),),
    "risk_areas": (("valid_from", "valid_to"),),
    "contacts": (("first_exposure", "last_exposure"), ("managed_at", "released_at")),
}
"""Columns that start and end something; an end before its start is not believed."""

_A_TIME_OF_DAY = Words("一天中的时刻；日期已保留", "a time of day; the day was kept")
_UNASKED = Words("没有任何数据表需要的内容", "nothing that a table asks for")
_USABLE = Words("可用的数据行", "a usable table row")
_RANK = {"rejected": 0, "merged": 1, "kept": 2}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What cleaning gives: records for everyone, identities for the vault only.

    Attributes
    ----------
    records : Records
    identities : DataFrame   person_key (pseudonym) with name, id_no, phone, address; never in records
    questions : tuple of (zh, en), contradictions a person has to settle
    """

    records: Records
    identities: pl.DataFrame
    questions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """Typed rows of one TableRows, its faults, and which rows could not be used."""

    rows: pl.DataFrame
    faults: list[Fault]
    rejected: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Lost:
    """Cells of one column that are missing or unreadable."""

    column: Column
    rows: pl.Series
    code: FaultCode
    allowed: Words
    effect: str


def clean(feed: Feed, *, tz: ZoneInfo, area: str, key: bytes) -> Records:
    """Clean a feed; see ``clean_all``, of which this is the part without identities."""
    return clean_all(feed, tz=tz, area=area, key=key).records


def clean_all(feed: Feed, *, tz: ZoneInfo, area: str, key: bytes) -> Cleaned:
    """Clean a feed.

    Parameters
    ----------
    feed : canonical rows of text with the sums of the files they came from
    tz : time zone of the jurisdiction; also that of times without an offset
    area : jurisdiction code, "" when unknown
    key : 32 bytes for the keyed hashes of person keys

    Returns
    -------
    Cleaned   every table sorted by its key; same feed and key, byte-identical tables
    """
    tables: dict[str, pl.DataFrame] = {}
    outcomes: list[pl.DataFrame] = []
    faults: list[Fault] = []
    for name in TABLES:
        parts = [_type_rows(t, tz=tz, key=key) for t in feed.tables if t.table == name and t.rows.height]
        if not parts:
            continue
        names = {c: n for t in feed.tables if t.table == name for c, n in t.names.items()}
        merged = merge_rows(pl.concat([p.rows for p in parts]), key=TABLES[name].key, names=names)
        outcomes += [merged.outcomes, *(p.rejected for p in parts)]
        faults += [*(f for p in parts for f in p.faults), *merged.conflicts]
        if merged.rows.height:
            rows = _without_self_parents(merged.rows, area) if name == "areas" else merged.rows
            tables[name] = _ordered(rows, name)
    identities = tables.pop("identities", pl.DataFrame(schema=schema("identities")))
    if "positions" in tables:
        _add_stays(tables)
    sums, final = _account(feed.files, outcomes, faults)
    records = Records(tables, tz, area, final, sums, ())
    questions = _questions(final)
    return Cleaned(replace(records, missing=feed.notes + state_missing(records)), identities, questions)


def _ordered(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Columns as promised, rows sorted by key and then by everything else."""
    columns = list(schema(name))
    key = [c for c in TABLES[name].key if c in columns]
    return rows.select(columns).sort([*key, *(c for c in columns if c not in key)])


def _without_self_parents(rows: pl.DataFrame, area: str) -> pl.DataFrame:
    """An area listed as its own parent is a top one; it belongs to the jurisdiction, if that is another."""
    above = pl.when(pl.col("area_code") != area).then(pl.lit(area or None, pl.String))
    is_own = pl.col("parent_code") == pl.col("area_code")
    return rows.with_columns(
        pl.when(is_own).then(above).otherwise(pl.col("parent_code")).alias("parent_code")
    )


def _add_stays(tables: dict[str, pl.DataFrame]) -> None:
    """Visits on a grid made from position samples, next to the visits that were sent."""
    visits, places = stays(tables["positions"])
    for name, extra in (("visits", visits), ("places", places)):
        if extra.height:
            tables[name] = _ordered(
                pl.concat([*([tables[name]] if name in tables else []), extra]).unique(), name
            )


def _type_rows(part: TableRows, *, tz: ZoneInfo, key: bytes) -> _Part:
    """Typed rows of one part; a required cell that is missing or unreadable puts the row out."""
    table = TABLES[part.table]
    raw = part.rows
    use_tz = zone(part.tz_name) if part.tz_name else tz
    columns: list[pl.Series] = []
    bad_cells: list[_Lost] = []
    is_out = pl.Series([False] * raw.height)
    given_precision: pl.Series | None = None
    for column in table.columns:
        text = (
            raw[column.name]
            if column.name in raw.columns
            else pl.Series(column.name, [None] * raw.height, dtype=pl.String)
        )
        cells = read_cells(text, column, tz=use_tz, order=part.date_order, serials=part.serials)
        lost = (cells.is_bad | cells.values.is_null()) if column.required else cells.is_bad
        if lost.any():
            bad_cells.append(
                _Lost(column, lost, cells.code, cells.allowed, "rejected" if column.required else "null")
            )
            is_out = is_out | lost if column.required else is_out
        if cells.is_partial is not None and cells.is_partial.any():
            bad_cells.append(
                _Lost(column, cells.is_partial, FaultCode.NO_TIME_OF_DAY, _A_TIME_OF_DAY, "null")
            )
        if column.name == "time_precision":
            given_precision = cells.values
            continue
        columns.append(cells.values.alias(column.name))
        if cells.precision is not None:
            columns.append(cells.precision.alias(f"{column.name}_precision"))
    typed = _placed(pl.DataFrame([raw[c] for c in _META] + columns), part.crs)
    if given_precision is not None and given_precision.drop_nulls().len():
        typed = _coarsen(typed, table, given_precision, use_tz)
    typed, backward = _forward(typed, table)
    faults = _cell_faults(part, raw, [*bad_cells, *backward])
    rejected = typed.filter(is_out).select(FILE, ROW, pl.lit("rejected").alias("outcome"))
    good = _hide_persons(_defaults(typed.filter(~is_out), part.table), table, key)
    return _Part(good, faults, rejected)


def _placed(rows: pl.DataFrame, crs: str) -> pl.DataFrame:
    """Rows with their coordinates in WGS-84, whatever the file stated."""
    if crs in ("", WGS84):
        return rows
    if {"lon", "lat"} <= set(rows.columns):
        lon, lat = to_wgs84(*(rows[c].cast(pl.Float64).to_numpy().copy() for c in ("lon", "lat")), crs=crs)
        known = rows["lon"].is_not_null() & rows["lat"].is_not_null()
        rows = rows.with_columns(
            pl.Series("lon", lon).set(~known, None), pl.Series("lat", lat).set(~known, None)
        )
    if "geometry" in rows.columns:
        moved = texts_to_wgs84(rows["geometry"].to_list(), crs=crs)
        rows = rows.with_columns(pl.Series("geometry", moved, dtype=pl.String))
    return rows


def _defaults(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """Links say by their kind whether they have a direction, unless the source said it; diseases get ids."""
    if table == "cases":
        given = rows["disease"].unique().to_list()
        ids = {d: DISEASES.get(plain(d)) or plain(d).replace("_", "-") for d in given}
        return rows.with_columns(pl.col("disease").replace(ids))
    if table != "links":
        return rows
    return rows.with_columns(pl.col("directed").fill_null(pl.col("kind") == "infected_by"))


def _forward(rows: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, list[_Lost]]:
    """Rows in which no end lies before its start: such an end becomes unknown."""
    lost: list[_Lost] = []
    for start, end in _SPANS.get(table.name, ()):
        is_backward = (rows[end] < rows[start]).fill_null(value=False)
        if is_backward.any():
            allowed = Words(f"不早于 {start} 的时间", f"a time not before {start}")
            lost.append(_Lost(table.by_name[end], is_backward, FaultCode.END_BEFORE_START, allowed, "null"))
            marks = [c for c in (end, f"{end}_precision") if c in rows.columns]
            rows = rows.with_columns(rows[c].set(is_backward, None) for c in marks)
    return rows, lost


def _coarsen(rows: pl.DataFrame, table: Table, given: pl.Series, tz: ZoneInfo) -> pl.DataFrame:
    """Apply ``time_precision``: an instant is never finer than the source says, coarser stays coarser."""
    said = given.replace_strict(_FINENESS, default=0, return_dtype=pl.Int8)
    for column in table.columns:
        if column.kind is not Kind.INSTANT:
            continue
        name, mark = column.name, f"{column.name}_precision"
        rank = rows[mark].replace_strict(_FINENESS, default=None, return_dtype=pl.Int8)
        target = pl.select(pl.max_horizontal(rank, said)).to_series()
        local = rows[name].dt.convert_time_zone(tz.key)
        # truncated on the wall clock, so that a day starts at local midnight also where clocks change
        day, hour = (local.dt.replace_time_zone(None).dt.truncate(e) for e in ("1d", "1h"))
        back = [
            s.dt.replace_time_zone(tz.key, ambiguous="earliest", non_existent="null").dt.convert_time_zone(
                "UTC"
            )
            for s in (day, hour)
        ]
        words = {0: "minute", 1: "hour", 2: "day"}
        rows = rows.with_columns(
            pl.when((target == 2) & (rank < 2)).then(back[0]).when((target == 1) & (rank < 1)).then(back[1])
            .otherwise(rows[name]).alias(name),
            pl.when(rows[name].is_null()).then(None)
            .otherwise(target.replace_strict(words, default=None, return_dtype=pl.String)).alias(mark),
        )  # fmt: skip
    return rows


def _hide_persons(rows: pl.DataFrame, table: Table, key: bytes) -> pl.DataFrame:
    """Replace person keys by keyed hashes, also the subject of a person's test."""
    for column in table.columns:
        if column.person:
            rows = rows.with_columns(_hashed(rows[column.name], key))
    if table.name == "tests":
        hashed = _hashed(rows["subject_id"], key)
        rows = rows.with_columns(
            pl.when(pl.col("subject_kind") == "person")
            .then(hashed)
            .otherwise(pl.col("subject_id"))
            .alias("subject_id")
        )
    return rows


def _hashed(values: pl.Series, key: bytes) -> pl.Series:
    distinct = values.drop_nulls().unique(maintain_order=True).to_list()
    if not distinct:
        return values
    hashed = pl.Series(pseudonymise(distinct, key=key, domain="person"), dtype=pl.String)
    return values.replace_strict(distinct, hashed, default=None, return_dtype=pl.String)


def _cell_faults(part: TableRows, raw: pl.DataFrame, bad_cells: Sequence[_Lost]) -> list[Fault]:
    """One fault for each cell that is missing or unreadable."""
    faults = []
    for bad in bad_cells:
        column = bad.column
        where = f"{part.table}.{column.name}"
        allowed = Words(f"{where}：{bad.allowed.zh}", f"{where}: {bad.allowed.en}")
        name = part.names.get(column.name, column.name)
        picked = raw.filter(bad.rows)
        values = picked[column.name].to_list() if column.name in raw.columns else [None] * picked.height
        for file, row, value in zip(picked[FILE], picked[ROW], values, strict=True):
            written = value if value is None or value.strip() else None
            code = bad.code if written else FaultCode.MISSING
            faults.append(Fault(file, row, name, code, shown(written, column), allowed, bad.effect))
    return faults


def _account(
    files: Sequence[FileRows], outcomes: list[pl.DataFrame], cell_faults: list[Fault]
) -> tuple[tuple[FileSum, ...], tuple[Fault, ...]]:
    """Sums per file and the final list of faults."""
    shape = {FILE: pl.String(), ROW: pl.Int64(), "outcome": pl.String()}
    every = pl.concat([pl.DataFrame(schema=shape), *outcomes])
    best = every.group_by(FILE, ROW).agg(
        pl.col("outcome").replace_strict(_RANK, return_dtype=pl.Int8).max().alias("rank")
    )
    used = best.filter(pl.col("rank") > 0)
    alive = set(used.select(FILE, ROW).iter_rows())
    faults = [f for file in files for f in file.faults] + cell_faults
    faults = [
        replace(f, effect="null") if f.effect == "rejected" and (f.file, f.row) in alive else f
        for f in faults
    ]
    explained = {(f.file, f.row) for f in faults if f.effect == "rejected"}
    tally = {(file, rank): n for file, rank, n in used.group_by(FILE, "rank").len().iter_rows()}
    sums = []
    for file in files:
        kept, merged = tally.get((file.file, 2), 0), tally.get((file.file, 1), 0)
        rejected = file.n_rows - kept - merged
        sums.append(
            FileSum(file.file, file.n_rows, kept, merged, rejected, file.encoding, file.separator, file.notes)
        )
        faults += [
            Fault(file.file, row, None, FaultCode.UNUSED_ROW, _UNASKED, _USABLE, "rejected")
            for row in (range(1, file.n_rows + 1) if rejected else ())
            if (file.file, row) not in alive and (file.file, row) not in explained
        ]
    order = sorted(
        set(faults), key=lambda f: (f.file, f.row or 0, f.column or "", f.effect, f.allowed.en, f.found.en)
    )
    # one cell that several tables ask for is one fault
    once = {(f.file, f.row, f.column, f.effect, f.found): f for f in reversed(order)}
    return tuple(sorted(sums, key=lambda s: s.file)), tuple(reversed(once.values()))


def _questions(faults: Sequence[Fault]) -> tuple[tuple[str, str], ...]:
    """One question for each file and column in which rows with the same key contradict each other."""
    counted: dict[tuple[str, str], list[int]] = {}
    for fault in faults:
        if fault.effect == "conflict":
            counted.setdefault((fault.file, fault.column or ""), []).append(fault.row or 0)
    return tuple(
        (
            f"{file}：{len(rows)} 行的“{column}”与同一编号的较早行不同"
            f"（首见第 {rows[0]} 行），保留了较早的值；哪个正确？",
            f"{file}: in {len(rows)} rows {column!r} differs from an earlier row with the same key "
            f"(first: row {rows[0]}); the earlier value was kept. Which is right?",
        )
        for (file, column), rows in sorted(counted.items())
    )
