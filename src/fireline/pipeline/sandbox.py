"""Run a reader in a limited child process: its death is a refused file, never a dead service.

Pipeline: called by ``pipeline.intake``; the child runs ``feeds.readers`` and nothing else.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from fireline.errors import Fault, FaultCode, InputError
from fireline.feeds.model import ROW, RawTable
from fireline.words import Words

_ROOT = str(Path(__file__).resolve().parents[2])
_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from fireline.pipeline.sandbox import serve; serve()"
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader's child process may use.

    Attributes
    ----------
    memory_bytes : int, address space (polars reserves about 1 GB of it without using it)
    cpu_s : int, seconds of processor time
    wall_s : int, seconds of waiting
    """

    memory_bytes: int = 4 << 30
    cpu_s: int = 60
    wall_s: int = 120


def read_limited(
    name: str, data: bytes, *, options: Mapping[str, object] | None = None, limits: Limits | None = None
) -> list[RawTable]:
    """Read one file in a child process with limits on memory, time, files and network.

    Parameters
    ----------
    name : file name inside the folder; never opened by the child, which gets the bytes
    data : the whole file
    options : see ``feeds.readers.read``
    limits : defaults to ``Limits()``

    Returns
    -------
    list of RawTable

    Raises
    ------
    InputError   refused, or the child died, ran out of memory or time; nothing of the file is used

    Notes
    -----
    Bytes go in by standard input and tables come back as Arrow IPC, never as Python objects. The child
    has its own empty network where the kernel allows that; elsewhere Python's sockets are switched
    off in it, which does not bind native code.
    """
    use = limits or Limits()
    request = json.dumps({"name": name, "options": dict(options or {})}).encode() + b"\n"
    command = [sys.executable, "-I", "-X", "utf8", "-c", _CHILD, _ROOT, str(use.memory_bytes), str(use.cpu_s)]
    environment = {
        "POLARS_MAX_THREADS": "2",
        "RAYON_NUM_THREADS": "1",
        "PATH": os.defpath,
        "RUST_BACKTRACE": "0",
    }
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd="/",
    ) as child:
        try:
            answer, _ = child.communicate(request + data, timeout=use.wall_s)
        except subprocess.TimeoutExpired as error:
            child.kill()
            child.communicate()
            raise InputError(
                Words(
                    f"{name}：已拒绝，读取超过 {use.wall_s} 秒；请把文件拆开",
                    f"{name}: refused, reading took longer than {use.wall_s} s; split the file",
                )
            ) from error
    return _unpack(answer, name=name, status=child.returncode)


def _unpack(answer: bytes, *, name: str, status: int) -> list[RawTable]:
    """Tables of a child's answer; anything but a whole answer is a refusal."""
    dead = InputError(
        Words(
            f"{name}：已拒绝，读取程序内存或时间不足，或已中止（状态 {status}）；"
            "请把表格另存为更简单的形式或拆开",
            f"{name}: refused, the reader ran out of memory or time, or stopped (status {status}); "
            "save the table again, in a simpler form or in parts",
        )
    )
    head, _, body = answer.partition(b"\n")
    if status != 0 or not head:
        raise dead
    try:
        said = json.loads(head)
        if "refused" in said:
            raise InputError(_words(said["refused"]))
        tables, at = [], 0
        for part in said["tables"]:
            rows = pl.read_ipc_stream(io.BytesIO(body[at : at + part["n_bytes"]]))
            at += part["n_bytes"]
            tables.append(_table(part, rows, name))
    except (ValueError, KeyError, TypeError, OSError, pl.exceptions.PolarsError) as error:
        raise dead from error
    return tables


def _table(part: Mapping[str, object], rows: pl.DataFrame, name: str) -> RawTable:
    kinds = rows.schema
    if kinds.get(ROW) != pl.Int64 or any(k != pl.String for c, k in kinds.items() if c != ROW):
        raise ValueError("the child sent other columns than text")
    faults = tuple(_fault(name, *fault) for fault in part["faults"])  # type: ignore[attr-defined]
    notes = tuple(_words(note) for note in part["notes"])  # type: ignore[attr-defined]
    return RawTable(
        name, str(part["sheet"]), rows, int(str(part["n_rows"])), faults,
        str(part["encoding"]), str(part["separator"]), notes, bool(part["is_excel"]),
        str(part["crs"]),
    )  # fmt: skip


def _words(said: Sequence[object]) -> Words:
    zh, en = said
    return Words(str(zh), str(en))


def _fault(
    name: str,
    row: int | None,
    column: str | None,
    code: str,
    found: Sequence[object],
    allowed: Sequence[object],
    effect: str,
) -> Fault:
    return Fault(name, row, column, FaultCode(code), _words(found), _words(allowed), effect)


def _limit_self(memory_bytes: int, cpu_s: int) -> None:
    """Give up memory, time, files, core dumps and network for good."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise OSError("a reader has no network")

    for part in ("socket", "create_connection", "socketpair", "getaddrinfo", "fromfd"):
        setattr(socket, part, refuse)


def serve() -> None:
    """Entry of the child: read one request from standard input, answer on standard output."""
    _limit_self(int(sys.argv[2]), int(sys.argv[3]))
    # imported after the limits are set, so that nothing runs without them
    from fireline.feeds.readers import read

    stream = sys.stdin.buffer
    request = json.loads(stream.readline())
    out = sys.stdout.buffer
    try:
        tables = read(request["name"], stream.read(), options=request["options"])
    except InputError as error:
        out.write(json.dumps({"refused": _pair(error.words)}).encode() + b"\n")
    except MemoryError:
        said = [
            f"{request['name']}：已拒绝，文件太大，此处无法读取",
            f"{request['name']}: refused, too large to read here",
        ]
        out.write(json.dumps({"refused": said}).encode() + b"\n")
    else:
        _answer(tables, out)
    out.flush()
    os._exit(0)  # native threads are not waited for


def _pair(words: Words) -> list[str]:
    return [words.zh, words.en]


def _listed(fault: Fault) -> list[object]:
    return [fault.row, fault.column, fault.code, _pair(fault.found), _pair(fault.allowed), fault.effect]


def _answer(tables: list[RawTable], out: io.BufferedIOBase | object) -> None:
    parts, bodies = [], []
    for table in tables:
        buffer = io.BytesIO()
        table.rows.write_ipc_stream(buffer)
        bodies.append(buffer.getvalue())
        parts.append(
            {
                "sheet": table.sheet, "n_rows": table.n_rows, "encoding": table.encoding,
                "separator": table.separator, "notes": [_pair(n) for n in table.notes],
                "is_excel": table.is_excel, "crs": table.crs, "faults": [_listed(f) for f in table.faults],
                "n_bytes": len(bodies[-1]),
            }
        )  # fmt: skip
    out.write(json.dumps({"tables": parts}).encode() + b"\n" + b"".join(bodies))  # type: ignore[union-attr]
