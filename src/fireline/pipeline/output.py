"""Writes tables so that a second run gives the same bytes, and spreadsheets open payloads as text.

Pipeline: used by the file run; the folder appears whole or not at all.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from fireline.errors import Fault, InputError, StorageError
from fireline.policy.model import Answer

CSV_MOST_ROWS = 1_000_000
"""Tables above this are written as Parquet only."""

RUN_FILE = "run.json"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(table: pl.DataFrame) -> bytes:
    """A table as CSV: UTF-8 with BOM, ISO 8601 times in UTC, formula payloads opened as text.

    A text cell that starts with ``= + - @``, tab or carriage return gains an apostrophe in front, so
    that a spreadsheet shows it instead of computing it. Parquet files hold the cell as it is.
    """
    columns = []
    for name, dtype in table.schema.items():
        column = pl.col(name)
        if isinstance(dtype, pl.Datetime):
            column = column.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        elif isinstance(dtype, pl.List | pl.Struct | pl.Array):
            column = column.map_elements(_as_json, return_dtype=pl.String)
        if dtype in (pl.String, pl.Categorical) or isinstance(dtype, pl.List | pl.Struct | pl.Array):
            text = column.cast(pl.String)
            risky = text.str.head(1).is_in(list(_FORMULA_STARTS))
            column = pl.when(risky).then(pl.lit("'") + text).otherwise(text)
        columns.append(column.alias(name))
    out = io.BytesIO()
    table.select(columns).write_csv(out, include_bom=True)
    return out.getvalue()


def _as_json(value: Any) -> str:
    plain = value.to_list() if isinstance(value, pl.Series) else value
    return json.dumps(plain, ensure_ascii=False, default=str)


def write_table(table: pl.DataFrame, folder: Path, name: str) -> str:
    """Write one table as Parquet and CSV; returns a note where the CSV was left out, else ""."""
    table.write_parquet(folder / f"{name}.parquet", compression="zstd", statistics=True)
    if table.height > CSV_MOST_ROWS:
        return f"{name}: {table.height} rows, more than {CSV_MOST_ROWS}; written as Parquet only"
    (folder / f"{name}.csv").write_bytes(as_csv(table))
    return ""


def faults_table(faults: Iterable[Fault], *, effects: tuple[str, ...]) -> pl.DataFrame:
    """Faults of some effects as a table: file, row, column, found, allowed, effect, code, then the Chinese.

    ``found`` and ``allowed`` are English; ``code`` is a ``FaultCode``, stable for programs. New columns come
    last, so that readers by position keep working.
    """
    rows = [
        (f.file, f.row, f.column, f.found.en, f.allowed.en, f.effect, str(f.code), f.found.zh, f.allowed.zh)
        for f in faults
        if f.effect in effects
    ]
    schema = {
        "file": pl.String,
        "row": pl.Int64,
        "column": pl.String,
        "found": pl.String,
        "allowed": pl.String,
        "effect": pl.String,
        "code": pl.String,
        "found_zh": pl.String,
        "allowed_zh": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort(
        "file", "row", "column", "allowed", nulls_last=False
    )


def questions_csv(answers: Iterable[Answer], contradictions: Iterable[tuple[str, str]]) -> bytes:
    """What a person has to settle: rules that conflict, and rows of the input that contradict each other."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["kind", "concept", "subject", "disease", "area", "on", "candidates", "question_zh", "question_en"]
    )
    for answer in answers:
        asked = answer.asked
        names = " | ".join(sorted(rule.id for rule in answer.candidates))
        row = ["rule", asked.concept, asked.subject, asked.disease, asked.area, asked.on.isoformat(), names]
        writer.writerow([_safe(cell) for cell in [*row, answer.note_zh, answer.note_en]])
    for zh, en in contradictions:
        writer.writerow([_safe(cell) for cell in ["input", "", "", "", "", "", "", zh, en]])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _safe(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def write_json(found: Mapping[str, Any], path: Path) -> None:
    """One JSON document: UTF-8, two spaces, keys in the order given."""
    path.write_text(json.dumps(found, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")


def write_whole(out: Path, fill: Callable[[Path], None]) -> None:
    """Fill a new folder and put it in place of ``out`` in one step; a failed fill leaves ``out`` as it was.

    Parameters
    ----------
    out : folder; may exist only as the result of a former run (it holds run.json) or empty
    fill : writes everything into the folder it is given

    Raises
    ------
    InputError   ``out`` holds other things than a former run
    StorageError   the folder cannot be written
    """
    out = out.absolute()
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / RUN_FILE).is_file())):
        raise InputError(f"output {out}: it exists and is no result of a former run; name another with --out")
    part = out.with_name(f".{out.name}.part-{os.getpid()}")
    old = out.with_name(f".{out.name}.old-{os.getpid()}")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        fill(part)
        if out.exists():
            out.rename(old)
        part.rename(out)
    except OSError as error:
        if old.exists() and not out.exists():
            old.rename(out)
        raise StorageError(
            f"output {out}: cannot be written ({error.strerror or type(error).__name__}); "
            "check free space and rights, or name another with --out"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
