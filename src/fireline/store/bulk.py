"""Whole data frames into tables and back, fast: one prepared statement, values converted column by column.

Store: 100,000 rows go in within seconds; used inside the transaction of an action.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from django.db import connection, models

from fireline.records.model import Records, schema
from fireline.store.tables import SHELVES

_CHUNK = 20_000


def insert_frame(
    model: type[models.Model], frame: pl.DataFrame, *, constants: Mapping[str, Any] | None = None
) -> int:
    """Insert all rows of a frame.

    Parameters
    ----------
    model : model class
    frame : columns named like fields (``outbreak_id`` for a foreign key); columns the model does not have
        are left out, fields without a column get their default
    constants : field -> the same value for every row, e.g. {"outbreak_id": 3}

    Returns
    -------
    int   rows inserted
    """
    given = dict(constants or {})
    fields = [
        f
        for f in model._meta.concrete_fields
        if not (f.primary_key and f.get_internal_type() == "BigAutoField")
    ]
    columns: list[pl.Expr | pl.Series] = []
    for f in fields:
        name = f.attname
        if name in given:
            columns.append(pl.lit(_plain(f, given[name])).alias(name))
        elif name in frame.columns:
            columns.append(_converted(f, frame[name]).alias(name))
        else:
            columns.append(pl.lit(_plain(f, f.get_default())).alias(name))
    quote = connection.ops.quote_name
    names = ", ".join(quote(f.column) for f in fields)
    marks = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608 (names of fields)
    with connection.cursor() as cursor:
        for start in range(0, frame.height, _CHUNK):
            n = min(_CHUNK, frame.height - start)
            part = pl.select(pl.int_range(n).alias("__row")).select(_aligned(columns, start, n))
            cursor.executemany(statement, part.rows())
    return frame.height


def _aligned(columns: Sequence[pl.Expr | pl.Series], start: int, n: int) -> list[Any]:
    """Slices of the series and literals stretched to the same length."""
    return [c.slice(start, n) if isinstance(c, pl.Series) else c for c in columns]


def _plain(field: models.Field[Any, Any], value: Any) -> Any:
    """One constant as the database takes it."""
    if isinstance(field, models.JSONField):
        return json.dumps(value, ensure_ascii=False)
    return field.get_db_prep_save(value, connection)


def _converted(field: models.Field[Any, Any], column: pl.Series) -> pl.Series:
    """One column as the database takes it; a null text becomes the empty string."""
    kind = field.get_internal_type()
    if kind in ("CharField", "TextField"):
        return column.cast(pl.String).fill_null("")
    if kind == "JSONField":
        return column
    if kind == "DateTimeField":
        return _moments(column)
    if kind == "DateField" and connection.vendor == "sqlite" and column.dtype == pl.Date:
        return column.dt.strftime("%Y-%m-%d")
    if not field.null and field.has_default() and column.null_count():
        column = column.fill_null(field.get_default())
    if kind == "BooleanField" and connection.vendor == "sqlite":
        return column.cast(pl.Boolean).cast(pl.Int8)
    return column


def _moments(column: pl.Series) -> pl.Series:
    """Instants: text in Django's SQLite form, aware instants for PostgreSQL."""
    if column.dtype == pl.Null:
        return column
    if connection.vendor != "sqlite":
        return column
    whole = column.dt.strftime("%Y-%m-%d %H:%M:%S")
    parts = column.dt.strftime("%Y-%m-%d %H:%M:%S%.6f")
    return pl.select(pl.when(column.dt.microsecond() == 0).then(whole).otherwise(parts)).to_series()


def read_table(name: str, outbreak_id: int) -> pl.DataFrame:
    """One canonical table of an outbreak as the cleaned frame it came from, sorted by its key columns."""
    shelf = SHELVES[name]
    wanted = schema(name)
    fields = [shelf.renamed.get(column, column) for column in wanted]
    rows = shelf.model._default_manager.filter(outbreak_id=outbreak_id).order_by("id").values_list(*fields)
    frame = pl.DataFrame(
        list(rows.iterator(chunk_size=10_000)), schema=dict(wanted), orient="row", infer_schema_length=None
    )
    return frame.with_columns(
        pl.when(pl.col(c) == "").then(None).otherwise(pl.col(c)).alias(c)
        for c, kind in wanted.items()
        if kind == pl.String()
    )


def save_tables(records: Records, outbreak_id: int) -> dict[str, int]:
    """Insert every canonical table of the records except cases, areas, movement and identities.

    Returns
    -------
    dict   table name -> rows inserted
    """
    done = {}
    for name, shelf in SHELVES.items():
        if name == "cases" or not records.has(name):
            continue
        frame = records.table(name).rename(
            {old: new for old, new in shelf.renamed.items() if old in records.table(name).columns}
        )
        done[name] = insert_frame(shelf.model, frame, constants={"outbreak_id": outbreak_id})
    return done
