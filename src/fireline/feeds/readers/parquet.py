"""Read Parquet; every value becomes text, exact to the last digit.

Chapter 1: runs inside the limited child process, after the pre-scan.
"""

from __future__ import annotations

import io

import polars as pl

from fireline.errors import InputError
from fireline.feeds.model import ROW, RawTable
from fireline.feeds.readers.text import unique_names
from fireline.words import Words


def read_parquet(data: bytes, *, name: str) -> RawTable:
    """Read one Parquet file.

    Parameters
    ----------
    data : the whole file, already pre-scanned
    name : file name inside the folder

    Raises
    ------
    InputError   damaged, or without rows of plain values
    """
    try:
        frame = pl.read_parquet(io.BytesIO(data), use_statistics=False, parallel="none")
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise InputError(
            Words(
                f"{name}：Parquet 文件无法读取（{type(error).__name__}）；请重新生成",
                f"{name}: the Parquet file cannot be read ({type(error).__name__}); write it again",
            )
        ) from error
    columns: list[pl.Series] = []
    left_out: list[str] = []
    for series in frame.get_columns():
        text = as_text(series)
        if text is None:
            left_out.append(series.name)
        else:
            columns.append(text)
    if not columns:
        raise InputError(Words(f"{name}：没有普通取值的列", f"{name}: no column of plain values"))
    names, notes = unique_names([c.name for c in columns])
    if left_out:
        notes += (
            Words(
                f"{len(left_out)} 列是字节或对象，未读取",
                f"{len(left_out)} columns of bytes or objects are not read",
            ),
        )
    numbers = pl.Series(ROW, range(1, frame.height + 1), dtype=pl.Int64)
    rows = pl.DataFrame([numbers, *(c.alias(n) for c, n in zip(columns, names, strict=True))])
    return RawTable(name, "", rows, rows.height, notes=notes)


def as_text(series: pl.Series) -> pl.Series | None:
    """Text of one typed column, None where it holds bytes or nested objects."""
    kind = series.dtype
    if kind in (pl.Binary, pl.Object, pl.Null) or isinstance(kind, pl.Struct | pl.Array):
        return None
    if isinstance(kind, pl.List):
        inner = series.dtype.inner  # type: ignore[attr-defined]
        if inner.is_nested() or inner in (pl.Binary, pl.Object):
            return None
        return series.cast(pl.List(pl.String)).list.join("; ")
    if isinstance(kind, pl.Datetime):
        mark = "%:z" if kind.time_zone else ""
        return series.dt.strftime(f"%Y-%m-%d %H:%M:%S{mark}")
    if kind.is_float():
        whole = series.drop_nulls()
        if whole.is_finite().all() and (whole == whole.round()).all() and (whole.abs() < 1e15).all():
            return series.cast(pl.Int64).cast(pl.String)
    return series.cast(pl.String)
