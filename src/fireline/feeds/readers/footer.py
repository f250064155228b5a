"""Read the few figures of a Parquet footer that decide whether the file may be opened.

Chapter 1: used by the pre-scan; a minimal reader of the Thrift compact protocol, nothing is unpacked.
"""

from __future__ import annotations

from dataclasses import dataclass

from fireline.errors import InputError
from fireline.words import Words

_MAX_NESTING = 24
_MAX_ITEMS = 2_000_000
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12


@dataclass(frozen=True, slots=True)
class Footer:
    """What a Parquet file declares about itself.

    Attributes
    ----------
    n_rows : int, rows of the file
    n_group_rows : int, sum of the rows of its row groups
    n_columns : int, leaf columns
    n_bytes : int, bytes after unpacking, by row group or by column, whichever is more
    """

    n_rows: int
    n_group_rows: int
    n_columns: int
    n_bytes: int


class _Thrift:
    """Cursor over Thrift compact bytes; every read is checked against the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.n_items = 0

    def byte(self) -> int:
        value = self.data[self.at]
        self.at += 1
        return value

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("varint too long")

    def integer(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def value(self, kind: int, depth: int) -> object:
        """One value; structs become dicts by field number, lists become lists."""
        self.n_items += 1
        if depth > _MAX_NESTING or self.n_items > _MAX_ITEMS:
            raise ValueError("footer too large")
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind == _BYTE:
            return self.byte()
        if kind in (4, 5, 6):
            return self.integer()
        if kind == _DOUBLE:
            self.skip(8)
            return None
        if kind == _BINARY:
            self.skip(self.varint())
            return None
        if kind in (_LIST, _SET):
            return self.items(depth)
        if kind == _STRUCT:
            return self.struct(depth + 1)
        raise ValueError("unknown type in the footer")

    def skip(self, n: int) -> None:
        self.at += n
        if self.at > len(self.data):
            raise IndexError

    def items(self, depth: int) -> list[object]:
        head = self.byte()
        n, kind = head >> 4, head & 0x0F
        if n == 15:
            n = self.varint()
        if n > len(self.data):
            raise ValueError("list longer than the footer")
        if kind in (_TRUE, _FALSE):
            return [self.byte() == 1 for _ in range(n)]
        return [self.value(kind, depth + 1) for _ in range(n)]

    def struct(self, depth: int) -> dict[int, object]:
        found: dict[int, object] = {}
        field = 0
        while True:
            head = self.byte()
            if head == _STOP:
                return found
            step = head >> 4
            field = field + step if step else self.integer()
            found[field] = self.value(head & 0x0F, depth)


def read_footer(data: bytes, *, name: str) -> Footer:
    """Figures of the footer of a Parquet file.

    Parameters
    ----------
    data : the whole file
    name : file name, for messages

    Raises
    ------
    InputError   not Parquet, cut off, encrypted, or the footer cannot be read

    References
    ----------
    Apache Parquet format, parquet.thrift: FileMetaData (2 schema, 3 num_rows, 4 row_groups), RowGroup
    (1 columns, 2 total_byte_size, 3 num_rows), ColumnMetaData (6 total_uncompressed_size).
    """
    if len(data) < 12 or not data.startswith(b"PAR1") or not data.endswith(b"PAR1"):
        raise InputError(
            Words(
                f"{name}：不是完整的 Parquet 文件（应以 PAR1 开头和结尾）",
                f"{name}: not a whole Parquet file (it starts and ends with PAR1)",
            )
        )
    length = int.from_bytes(data[-8:-4], "little")
    if length > len(data) - 12 or length > 64 << 20:
        raise InputError(
            Words(
                f"{name}：Parquet 文件尾不完整或过大", f"{name}: the Parquet footer is cut off or too large"
            )
        )
    try:
        return _figures(_Thrift(data[len(data) - 8 - length : -8]).struct(0))
    except (IndexError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            Words(
                f"{name}：Parquet 文件尾无法读取；请重新生成文件",
                f"{name}: the Parquet footer cannot be read; write the file again",
            )
        ) from error


def _figures(meta: dict[int, object]) -> Footer:
    schema, groups = meta[2], meta.get(4, [])
    if not isinstance(schema, list) or not isinstance(groups, list):
        raise TypeError("schema and row groups are lists")
    n_columns = sum(1 for element in schema if not element.get(5))
    by_group = sum(int(group.get(2, 0)) for group in groups)
    by_column = sum(int(chunk[3].get(6, 0)) for group in groups for chunk in group.get(1, []) if 3 in chunk)
    rows = [int(group.get(3, 0)) for group in groups]
    if any(n < 0 for n in rows):
        raise ValueError("negative rows")
    return Footer(int(str(meta[3])), sum(rows), n_columns, max(by_group, by_column))
