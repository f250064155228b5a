"""Read JSON: records found by path, nested objects flattened, every value as text.

Chapter 1: runs inside the limited child process, after the pre-scan.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import polars as pl

from fireline.errors import InputError
from fireline.feeds.limits import MAX_CELLS, MAX_COLUMNS
from fireline.feeds.model import ROW, RawTable
from fireline.feeds.readers.text import decode, too_wide
from fireline.words import Words


def read_json(
    data: bytes,
    *,
    name: str,
    records: Sequence[str] = (),
    context: Mapping[str, str] | None = None,
    encoding: str = "",
) -> list[RawTable]:
    """Read one JSON file.

    Parameters
    ----------
    data : the whole file, already pre-scanned
    name : file name inside the folder
    records : dotted paths of lists of objects; several lists follow each other, the column ``#path``
        says which one a row came from; () for a list at the top, or an object with one list per table
    context : column name -> dotted path of a single value, repeated on every row
    encoding : declared by the mapping

    Returns
    -------
    list of RawTable   one, or one per list of a top object (the sheet is the list's name)

    Raises
    ------
    InputError   not JSON, or a path that leads nowhere
    """
    text, used, notes = decode(data, name=name, encoding=encoding)
    try:
        # numbers stay the text they were, so that 007 or 1e999 cannot turn into something else
        top = json.loads(text, parse_float=str, parse_int=str, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(
            Words(
                f"{name}：不是有效的 JSON（{error}）；请重新生成文件",
                f"{name}: not valid JSON ({error}); write the file again",
            )
        ) from error
    if records:
        rows = [(path, item) for path in records for item in _list_at(top, path, name)]
        fixed = {column: _scalar(_at(top, path, name)) for column, path in (context or {}).items()}
        return [
            record_table(
                [{"#path": path} | flat_record(item, name) | fixed for path, item in rows],
                name,
                "",
                used,
                notes,
            )
        ]
    if isinstance(top, list):
        return [record_table([flat_record(item, name) for item in top], name, "", used, notes)]
    lists = {k: v for k, v in top.items() if isinstance(v, list) and v and isinstance(v[0], dict)}
    if not lists:
        raise InputError(
            Words(
                f"{name}：顶层没有对象列表；请在 feeds.toml 中写明 `records`（路径）",
                f"{name}: no list of objects at the top; say `records` (a path) in feeds.toml",
            )
        )
    return [
        record_table([flat_record(item, name) for item in v], name, k, used, notes) for k, v in lists.items()
    ]


def refuse_constant(mark: str) -> str:
    """Refuse NaN and Infinity, which Python would read.

    Raises
    ------
    ValueError   always
    """
    raise ValueError(f"{mark} is not a JSON value")


def _at(top: object, path: str, name: str) -> object:
    found = top
    for step in path.split("."):
        if not isinstance(found, dict) or step not in found:
            raise InputError(
                Words(
                    f"{name}：路径“{path}”不存在（没有“{step}”）",
                    f"{name}: the path {path!r} leads nowhere (no {step!r})",
                )
            )
        found = found[step]
    return found


def _list_at(top: object, path: str, name: str) -> list[object]:
    """List at a path; a path that ends in ``?`` may be absent."""
    try:
        found = _at(top, path.removesuffix("?"), name)
    except InputError:
        if path.endswith("?"):
            return []
        raise
    if not isinstance(found, list):
        raise InputError(Words(f"{name}：“{path}”不是记录列表", f"{name}: {path!r} is not a list of records"))
    return found


def _scalar(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def flat_record(item: object, name: str) -> dict[str, str | None]:
    """Nested objects as dotted columns; lists stay JSON text for ``split = "json"``."""
    if not isinstance(item, dict):
        raise InputError(
            Words(
                f"{name}：有一条记录不是带名称的对象", f"{name}: a record is not an object with named values"
            )
        )
    found: dict[str, str | None] = {}
    for key, value in item.items():
        if isinstance(value, dict) and value:
            found |= {f"{key}.{inner}": v for inner, v in flat_record(value, name).items()}
        else:
            found[str(key)] = _scalar(value)
    return found


def record_table(
    items: list[dict[str, str | None]], name: str, sheet: str, encoding: str, notes: tuple[Words, ...]
) -> RawTable:
    """Records as a table of text, one column for each name.

    Raises
    ------
    InputError   too many columns or cells
    """
    columns = list(dict.fromkeys(key for item in items for key in item))
    if len(columns) > MAX_COLUMNS:
        raise too_wide(name, len(columns))
    if len(columns) * len(items) > MAX_CELLS:
        raise InputError(
            Words(
                f"{name}：{len(columns) * len(items)} 个单元格；最多 {MAX_CELLS} 个",
                f"{name}: {len(columns) * len(items)} cells; allowed: {MAX_CELLS}",
            )
        )
    data = [pl.Series(ROW, range(1, len(items) + 1), dtype=pl.Int64)]
    data += [pl.Series(c, [item.get(c) for item in items], dtype=pl.String) for c in columns if c != ROW]
    return RawTable(name, sheet, pl.DataFrame(data), len(items), encoding=encoding, notes=notes)
