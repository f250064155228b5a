"""Cut pasted text into a head and rows of cells, whatever separates them.

Chapter 6: used by paste; knows separators, nothing of what the cells mean.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from fireline.errors import InputError
from fireline.investigations.said import column_of
from fireline.words import Words

MAX_ROWS = 20_000
MAX_COLUMNS = 100
SEPARATORS = ("\t", "|", ";；", ",，")
_CLOCK_CELL = re.compile(
    r"^(上午|下午|早上|晚上|中午|凌晨|傍晚)?\d{1,2}([:：]\d{2}(:\d{2})?|[点时](\d{1,2}分?|半)?)$"
)
_DAY_CELL = re.compile(r"^((\d{4}[年/.-])?\d{1,2}[月/.-]\d{1,2}[日号]?|今天|昨天|前天|昨晚|今早)$")


def _split(line: str, separator: str) -> list[str]:
    if separator == " ":
        return _joined(re.split(r"[ \u3000\u00a0]+", line.strip()))
    if '"' in line:  # a cell of a spreadsheet that holds the separator
        one = line if len(separator) == 1 else line.replace(separator[1], separator[0])
        return [c.strip() for c in next(csv.reader([one], delimiter=separator[0]))]
    return [c.strip() for c in re.split(f"[{re.escape(separator)}]", line)]


def _joined(cells: list[str]) -> list[str]:
    """Put a clock time back to the day it follows (lists separated by single spaces)."""
    found: list[str] = []
    for cell in cells:
        if found and _CLOCK_CELL.match(cell) and _DAY_CELL.match(found[-1]):
            found[-1] += f" {cell}"
        else:
            found.append(cell)
    return found


def read_grid(text: str) -> tuple[list[str], list[tuple[int, list[str]]], int]:
    """Head, numbered rows of cells, and the number of lines above the head."""
    lines = [line.rstrip("\r") for line in text.lstrip("\ufeff").split("\n")]
    for i, line in enumerate(lines[:50]):
        for separator in (*SEPARATORS, " "):
            heads = _split(line, separator)
            if sum(1 for h in heads if column_of(h)) >= 2:
                return _rows(heads, lines[i + 1 :], separator, n_above=sum(1 for x in lines[:i] if x.strip()))
    raise InputError(
        Words(
            "粘贴的名单：没有找到表头行；第一行应至少有两个列名，如姓名、班级、年龄、性别、发病时间、症状；请连同表头重新粘贴",
            "pasted list: found no line with column heads; allowed: a first line with at least two "
            "heads such as "
            "姓名, 班级, 年龄, 性别, 发病时间, 症状 (or name, class, age, sex, onset, symptoms); "
            "paste it again with its head",
        )
    )


def _rows(
    heads: list[str], lines: Sequence[str], separator: str, *, n_above: int
) -> tuple[list[str], list[tuple[int, list[str]]], int]:
    while heads and not heads[-1]:
        heads = heads[:-1]
    body = [line for line in lines if line.strip(" \t\u3000,;，；|")]
    if not body or len(body) > MAX_ROWS or len(heads) > MAX_COLUMNS:
        raise InputError(
            Words(
                f"粘贴的名单：{len(body)} 行、{len(heads)} 列；允许 1 至 {MAX_ROWS} 行、最多 "
                f"{MAX_COLUMNS} 列；请分次粘贴或上传文件",
                f"pasted list: found {len(body)} rows and {len(heads)} columns; allowed: 1 to "
                f"{MAX_ROWS} rows, "
                f"at most {MAX_COLUMNS} columns; paste in parts or upload the file",
            )
        )
    return heads, [(i + 1, _split(line, separator)) for i, line in enumerate(body)], n_above
