"""Turn raw rows into canonical rows: by a mapping, or as they are where the names are canonical.

Chapter 1: reads the readers' rows and the mapping, is read by records.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import polars as pl

from fireline.errors import Fault, FaultCode, InputError, unshown
from fireline.feeds.cells import make_cell, without_nulls
from fireline.feeds.mapping import NAME, VALUE, FileMap, Mapping, TableMap, Unpivot
from fireline.feeds.model import FILE, ORIGIN, ROW, FileRows, RawTable, TableRows
from fireline.feeds.synonyms import DEVICE_COLUMNS, HEADERS, plain
from fireline.feeds.tables import TABLES
from fireline.words import Words, join_words

_NO_COLUMN = Words("（没有列）", "(no column)")
_RISING = Words("不下降的累计数", "a cumulative count that does not fall")
_NONE_BEFORE = Words("之前没有取值", "no value before it")
_DAY_BEFORE = Words("前一日的数，用来求差", "a day before, to take the difference from")


def label(raw: RawTable, *, is_alone: bool) -> str:
    """Name of a file in sums and faults; with its sheet where several sheets are read."""
    return raw.file if is_alone or not raw.sheet else f"{raw.file}[{raw.sheet}]"


def refuse_devices(raw: RawTable) -> None:
    """Refuse a table that carries identifiers of devices.

    Raises
    ------
    InputError   names the column
    """
    for column in raw.columns:
        if plain(column) in DEVICE_COLUMNS:
            raise InputError(
                Words(
                    f"{raw.file}：“{column}”列可识别设备；不读取批量位置数据，请只报送与病例有关的名单",
                    f"{raw.file}: column {column!r} identifies devices; bulk movement data is not read, "
                    "send lists tied to a case instead",
                )
            )


def file_rows(raws: Sequence[tuple[str, RawTable]]) -> tuple[FileRows, ...]:
    """Sums of raw tables that were read, one for each label."""
    return tuple(
        FileRows(
            name,
            raw.n_rows,
            tuple(replace(f, file=name) for f in raw.faults),
            raw.encoding,
            raw.separator,
            raw.notes,
        )
        for name, raw in raws
    )


def canonical_name(name: str) -> str | None:
    """Canonical table a file or sheet is named after, None where there is none."""
    stem = plain(PurePosixPath(name).name.split(".")[0])
    return stem if stem in TABLES else None


_BY_MAPPING = Words("请改列名或在 feeds.toml 中映射", "rename them or map them in feeds.toml")
_OR_THE_OPTION = Words(
    f"{_BY_MAPPING.zh}；全部为同一病种时，可用 --disease（或 feeds.toml 的 disease）指明",
    f"{_BY_MAPPING.en}; where all are of one disease, name it with --disease (or disease in feeds.toml)",
)


def as_canonical(
    raw: RawTable, *, table: str, name: str, disease: str = ""
) -> tuple[TableRows, Words | None]:
    """Rows whose column names are canonical, or known other words for them.

    Parameters
    ----------
    raw : rows as read
    table : canonical table
    name : label of the file
    disease : value of ``cases.disease`` where the file has no such column

    Returns
    -------
    (TableRows, note)   the note names columns that were not read, None where all were

    Raises
    ------
    InputError   a required column is absent; says which and what the file has
    """
    promised = TABLES[table]
    by_plain = {plain(c): c for c in reversed(raw.columns)}
    names: dict[str, str] = {}
    for column in promised.columns:
        found = by_plain.get(column.name)
        if found is None:
            others = [c for p, c in by_plain.items() if HEADERS.get(p) == column.name]
            found = others[0] if len(others) == 1 else None
        if found is not None:
            names[column.name] = found
    fixed = {"disease": disease} if table == "cases" and "disease" not in names and disease else {}
    if not names:
        raise InputError(
            Words(
                f"{name}：{len(raw.columns)} 个列名都不是表 {table} 的列；"
                "文件有表头吗？请在 feeds.toml 中映射各列",
                f"{name}: none of the {len(raw.columns)} column names is known to table {table!r}; "
                "does the file have a header row? Map its columns in feeds.toml",
            )
        )
    absent = [c.name for c in promised.columns if c.required and c.name not in names and c.name not in fixed]
    if absent:
        has = _named(raw.columns)
        how = _OR_THE_OPTION if table == "cases" and "disease" in absent else _BY_MAPPING
        raise InputError(
            Words(
                f"{name}：缺少表 {table} 的必填列：{'、'.join(absent)}；文件中有：{has.zh}；{how.zh}",
                f"{name}: required columns of table {table!r} are absent: {', '.join(absent)}; the file has: "
                f"{has.en}; {how.en}",
            )
        )
    rows = raw.rows.select(
        pl.lit(name).alias(FILE), pl.col(ROW), pl.lit(0, pl.Int64).alias(ORIGIN),
        *(pl.col(source).alias(column) for column, source in names.items()),
        *(pl.lit(value).alias(column) for column, value in fixed.items()),
    )  # fmt: skip
    unread = [c for c in raw.columns if c not in names.values()]
    named = _named(unread)
    note = Words(f"未读取的列：{named.zh}", f"columns not read: {named.en}") if unread else None
    return TableRows(table, rows, names, serials=raw.is_excel, crs=raw.crs), note


def _named(columns: Sequence[str]) -> Words:
    """Column names as they may be shown: a long number (a file without a header) is not a name."""
    shown = [_bracketed(unshown(c)) if re.search(r"\d{7,}", c) else Words.same(c or '""') for c in columns]
    return join_words(shown, zh="、", en=", ") or _NO_COLUMN


def _bracketed(words: Words) -> Words:
    return Words(f"（{words.zh}）", f"({words.en})")


def apply_mapping(
    raw: RawTable, spec: FileMap, said: Mapping, *, lookups: MappingType[str, RawTable]
) -> tuple[list[TableRows], tuple[Fault, ...]]:
    """Canonical rows of one file by its part of a mapping.

    Parameters
    ----------
    raw : rows as read
    spec : the file's part
    said : the whole mapping (null words, disease, look-ups)
    lookups : files that look-up tables are read from, by file name

    Returns
    -------
    (tables, faults)   faults of cumulative series that fall

    Raises
    ------
    InputError   every column of the mapping that the file lacks, in one message
    """
    _check_columns(raw, spec, said, lookups)
    nulls = said.nulls + spec.nulls
    rows = without_nulls(raw.rows, nulls)
    tables: list[TableRows] = []
    faults: list[Fault] = []
    for table in spec.tables:
        made, wrong = _one_table(raw, rows, table, said, lookups)
        faults += wrong
        names = {c: "+".join(cell.all_sources()) or c for c, cell in table.columns.items()}
        order = spec.dates if spec.dates in ("day_first", "month_first") else ""
        tables.append(
            TableRows(
                table.table,
                made,
                names,
                order,
                raw.is_excel or spec.dates == "excel",
                spec.time_zone,
                raw.crs,
            )
        )
    return tables, tuple(faults)


def undated(raw: RawTable, spec: FileMap, said: Mapping) -> tuple[tuple[str, str], ...]:
    """How many rows of a file say no time and give no visits; their place is read all the same.

    Parameters
    ----------
    raw, spec, said : as in ``apply_mapping``

    Returns
    -------
    tuple of (zh, en), one sentence for each table of visits whose ``when`` left rows out
    """
    rows = without_nulls(raw.rows, said.nulls + spec.nulls)
    found = []
    for table in spec.tables:
        if table.table != "visits" or not set(table.when) & set(raw.columns):
            continue
        n = rows.filter(~pl.all_horizontal(pl.col(c).is_not_null() for c in table.when)).height
        if n:
            named = _named(table.when)
            found.append(
                (
                    f"{raw.file}：{raw.n_rows:,} 行中 {n:,} 行没有{named.zh}，不产生到访。",
                    f"{raw.file}: {n:,} of {raw.n_rows:,} rows have no {named.en}: no visits from them.",
                )
            )
    return tuple(found)


def _check_columns(raw: RawTable, spec: FileMap, said: Mapping, lookups: MappingType[str, RawTable]) -> None:
    wrong: list[Words] = []
    for table in spec.tables:
        has = {*raw.columns, *((NAME, VALUE) if table.unpivot else ())}
        if table.unpivot and not table.unpivot.chosen(raw.columns):
            patterns = ", ".join(table.unpivot.columns)
            wrong.append(
                Words(
                    f"表 {table.table}，unpivot：没有一列符合 {patterns}",
                    f"table {table.table}, unpivot: no column fits {patterns}",
                )
            )
        asked = [(c, s) for c, cell in table.columns.items() for s in cell.all_sources()]
        asked += [("when", w) for w in table.when] + ([("split", table.split[0])] if table.split else [])
        wrong += [
            Words(
                f"表 {table.table}，{key}：文件中没有“{source}”列",
                f"table {table.table}, {key}: column {source!r} is not in the file",
            )
            for key, source in asked
            if source not in has and not source.endswith("?")
        ]
        given = set(table.columns) | ({"disease"} if said.disease else set())
        wrong += [
            Words(
                f"表 {table.table}：必填列 {c.name} 没有映射",
                f"table {table.table}: required column {c.name!r} is not mapped",
            )
            for c in TABLES[table.table].columns
            if c.required and c.name not in given
        ]
        for cell in table.columns.values():
            for name in {c.lookup for c in (cell, *cell.first_of) if c.lookup}:
                wrong += _lookup_faults(name, said, lookups)
    if wrong:
        has_named = _named(raw.columns)
        wrong.append(Words(f"文件中有：{has_named.zh}", f"the file has: {has_named.en}"))
        listed = list(dict.fromkeys(wrong))
        raise InputError(
            Words(
                f"{raw.file}：映射中有 {len(wrong) - 1} 处错误：\n  " + "\n  ".join(w.zh for w in listed),
                f"{raw.file}: {len(wrong) - 1} faults in the mapping:\n  "
                + "\n  ".join(w.en for w in listed),
            )
        )


def _lookup_faults(name: str, said: Mapping, lookups: MappingType[str, RawTable]) -> list[Words]:
    lookup = said.lookups[name]
    source = lookups.get(lookup.file)
    if source is None:
        return [
            Words(
                f"对照表 {name}：文件“{lookup.file}”不存在或无法读取",
                f"lookup {name}: file {lookup.file!r} is absent or cannot be read",
            )
        ]
    absent = [c for c in (*lookup.key, lookup.value) if c not in source.columns]
    return [
        Words(
            f"对照表 {name}：{lookup.file} 中没有“{c}”列",
            f"lookup {name}: column {c!r} is not in {lookup.file}",
        )
        for c in absent
    ]


def _one_table(
    raw: RawTable, rows: pl.DataFrame, table: TableMap, said: Mapping, lookups: MappingType[str, RawTable]
) -> tuple[pl.DataFrame, list[Fault]]:
    """Canonical rows of one table, and the faults of its cumulative series."""
    if table.when:
        rows = rows.filter(pl.all_horizontal(pl.col(c).is_not_null() for c in table.when))
    if table.unpivot:
        rows = _unpivoted(rows, table.unpivot)
    elif table.split:
        rows = _split(rows, table.split)
    else:
        rows = rows.with_columns(pl.lit(0, pl.Int64).alias(ORIGIN))
    made = [
        make_cell(cell, rows, said=said, lookups=lookups).alias(column)
        for column, cell in table.columns.items()
    ]
    if "disease" in TABLES[table.table].by_name and "disease" not in table.columns and said.disease:
        made.append(pl.Series("disease", [said.disease] * rows.height, dtype=pl.String))
    meta = [pl.Series(FILE, [raw.file] * rows.height, dtype=pl.String), rows[ROW], rows[ORIGIN]]
    whole = pl.DataFrame([*meta, *made])
    return _daily(whole, table) if table.cumulative else (whole, [])


def _split(rows: pl.DataFrame, split: tuple[str, str]) -> pl.DataFrame:
    """One row for each piece of a cell; pieces are trimmed, empty ones left out."""
    column, by = split
    if by == "json":
        pieces = pl.col(column).str.json_decode(pl.List(pl.String))
    else:
        marks = pl.col(column)
        for mark in by[1:]:
            marks = marks.str.replace_all(mark, by[0], literal=True)
        pieces = marks.str.split(by[0])
    out = rows.with_columns(pieces.alias(column)).explode(column)
    out = out.with_columns(pl.col(column).str.strip_chars())
    out = out.filter(pl.col(column).is_not_null() & (pl.col(column) != ""))
    return out.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).over(ROW).alias(ORIGIN))


def _unpivoted(rows: pl.DataFrame, wide: Unpivot) -> pl.DataFrame:
    """One row for each value column, in the order of the file; an empty cell gives no row."""
    chosen = wide.chosen([c for c in rows.columns if c != ROW])
    kept = [c for c in rows.columns if c not in chosen]
    long = rows.unpivot(chosen, index=kept, variable_name=NAME, value_name=VALUE)
    place = {name: i for i, name in enumerate(chosen)}
    origin = pl.col(NAME).replace_strict(place, return_dtype=pl.Int64) if place else pl.lit(0, pl.Int64)
    return long.with_columns(origin.alias(ORIGIN)).filter(pl.col(VALUE).is_not_null()).sort(ROW, ORIGIN)


def _daily(rows: pl.DataFrame, table: TableMap) -> tuple[pl.DataFrame, list[Fault]]:
    """Daily counts of cumulative series, in the order of the file; a fall gives a fault, not a number."""
    count = pl.col("count").cast(pl.Float64, strict=False)
    before = count.shift(1).over(list(table.cumulative))
    is_first = pl.int_range(pl.len()).over(list(table.cumulative)) == 0
    stepped = rows.with_columns(
        (count - pl.when(is_first & table.first_is_count).then(0.0).otherwise(before)).alias("#step"),
        before.alias("#before"), is_first.alias("#is_first"),
    )  # fmt: skip
    source = "+".join(table.columns["count"].all_sources()) or "count"
    faults = [
        Fault(
            file, row, source, FaultCode.FALLING_COUNT, Words.same(f"{old:g} -> {new:g}"), _RISING, "rejected"
        )
        for file, row, old, new in stepped.filter(pl.col("#step") < 0)
        .select(FILE, ROW, "#before", pl.col("count").cast(pl.Float64))
        .iter_rows()
    ]
    faults += [
        Fault(file, row, source, FaultCode.NO_DAY_BEFORE, _NONE_BEFORE, _DAY_BEFORE, "rejected")
        for file, row in stepped.filter(pl.col("#step").is_null() & count.is_not_null())
        .select(FILE, ROW)
        .iter_rows()
    ]
    good = stepped.filter(pl.col("#step").is_null() & count.is_null() | (pl.col("#step") >= 0))
    text = pl.when(pl.col("#step").is_null()).then(pl.col("count")).otherwise(pl.col("#step").cast(pl.String))
    return good.with_columns(text.alias("count")).select(rows.columns), faults
