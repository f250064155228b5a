"""What doctor looks at: keys, permissions, disk, database, day files, packs, and how the program is reached.

Store: pure of printing; the command prints, and leaves with an error code when something fails.
"""

from __future__ import annotations

import shutil
import sqlite3
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from fireline.errors import FirelineError
from fireline.pipeline.home import Home
from fireline.policy import load_library
from fireline.store import boot, visits
from fireline.store.config import LOOPBACK
from fireline.words import Words

FREE_MIN_BYTES = 1_000_000_000
_NEEDS_TABLES = ("audit", "day files", "visit index")  # looked at only where the migrations are complete


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at.

    Attributes
    ----------
    name : str
    is_ok : bool
    what : Words, what was found
    todo : Words or None, what to do when it is not well
    """

    name: str
    is_ok: bool
    what: Words
    todo: Words | None = None


def examine(home: Home, *, sweep: bool = False, host: str = "127.0.0.1") -> list[Check]:
    """Look at everything; with ``sweep`` files that no manifest row names are deleted."""
    checks: list[Check] = []
    steps: list[tuple[str, Callable[[], Check]]] = [
        ("keys", lambda: _keys(home)),
        ("permissions", lambda: _permissions(home)),
        ("disk", lambda: _disk(home)),
        ("database", _database),
        ("migrations", _migrations),
        ("journal", _journal),
        ("audit", _audit_guard),
        ("day files", lambda: _day_files(home, sweep=sweep)),
        ("visit index", lambda: _visit_index(home)),
        ("packs", _packs),
        ("reach", lambda: _reach(host)),
        ("debug", _debug),
        ("secrets", _secrets),
    ]
    for name, step in steps:
        if name in _NEEDS_TABLES and any(c.name == "migrations" and not c.is_ok for c in checks):
            checks.append(Check(name, True, Words("数据库尚未建立，未检查", "not checked: no database yet")))
            continue
        try:
            checks.append(step())
        except (FirelineError, DatabaseError, OSError, sqlite3.Error) as error:
            reason = type(error).__name__
            checks.append(
                Check(
                    name,
                    False,
                    Words(f"无法检查（{reason}）", f"cannot be checked ({reason})"),
                    Words("先处理上面的问题再运行", "mend what stands above and run doctor again"),
                )
            )
    return checks


def _keys(home: Home) -> Check:
    """The keys this home has made so far are whole."""
    names = sorted(path.name for path in home.keys.glob("*.key"))
    bad = [name for name in names if (home.keys / name).stat().st_size != 32]
    return Check(
        "keys",
        not bad,
        Words(f"{len(names)} 个密钥，{len(bad)} 个损坏", f"{len(names)} keys, {len(bad)} damaged"),
        Words("从托管备份恢复 keys/", "restore keys/ from the escrow") if bad else None,
    )


def _permissions(home: Home) -> Check:
    """Keys, uploads and anchors are readable by their owner only."""
    wide = []
    for path in [home.keys, *home.keys.rglob("*"), *(home.path / "uploads").glob("*")]:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            wide.append(path)
    return Check(
        "permissions",
        not wide,
        Words(f"{len(wide)} 个文件他人可读", f"{len(wide)} files readable by others"),
        Words(f"chmod -R go-rwx {home.keys}", f"chmod -R go-rwx {home.keys}") if wide else None,
    )


def _disk(home: Home) -> Check:
    free = shutil.disk_usage(home.path).free
    return Check(
        "disk",
        free >= FREE_MIN_BYTES,
        Words(f"剩余 {free // 1_000_000} MB", f"{free // 1_000_000} MB free"),
        None
        if free >= FREE_MIN_BYTES
        else Words("清理磁盘，至少留 1 GB", "free the disk: at least 1 GB is needed"),
    )


def _database() -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Check(
        "database", True, Words(f"可连接（{connection.vendor}）", f"reachable ({connection.vendor})")
    )


def _migrations() -> Check:
    missing = boot.pending()
    return Check(
        "migrations",
        not missing,
        Words(f"缺 {len(missing)} 个迁移", f"{len(missing)} migrations missing"),
        Words("运行 fireline serve（会先迁移）", "run fireline serve, which migrates first")
        if missing
        else None,
    )


def _journal() -> Check:
    if connection.vendor != "sqlite":
        return Check("journal", True, Words("PostgreSQL 自行管理", "kept by PostgreSQL"))
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = str(cursor.fetchone()[0])
    return Check(
        "journal",
        mode == "wal",
        Words(f"日志模式 {mode}", f"journal mode {mode}"),
        None if mode == "wal" else Words("把主目录放在本地磁盘", "put the home on a local disk"),
    )


def _audit_guard() -> Check:
    """The triggers that make audit rows and reported numbers insert-only are there."""
    question = (
        "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' "
        "AND tbl_name IN ('store_auditevent', 'store_countreport')"
        if connection.vendor == "sqlite"
        else "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal "
        "AND tgrelid IN ('store_auditevent'::regclass, 'store_countreport'::regclass)"
    )
    with connection.cursor() as cursor:
        cursor.execute(question)
        n = int(cursor.fetchone()[0])
    return Check(
        "audit",
        n >= 4,
        Words(f"{n} 个只增触发器", f"{n} insert-only triggers"),
        None
        if n >= 4
        else Words(
            "有人移除了触发器：运行 fireline audit verify",
            "somebody removed triggers: run fireline audit verify",
        ),
    )


def _day_files(home: Home, *, sweep: bool) -> Check:
    """Rows by day are whole; files that no manifest row names are swept on request."""
    if sweep:
        visits.sweep(home, now_s=time.time())
    gone = [name for name in visits.missing(home) if name.startswith("visits/")]
    bad, left = visits.damaged(home, is_truth=True), visits.orphans(home)
    todo = None
    if gone or bad:
        todo = Words("从备份恢复 visits/", "restore visits/ from the backup")
    elif left:
        todo = Words(
            "运行 fireline doctor --sweep（不足一小时的可能仍在写入）",
            "run fireline doctor --sweep (files younger than an hour may be of a writer at work)",
        )
    return Check(
        "day files",
        not gone and not bad,
        Words(
            f"缺失 {len(gone)}，被改动 {len(bad)}，孤立 {len(left)}",
            f"{len(gone)} missing, {len(bad)} changed, {len(left)} orphaned",
        ),
        todo,
    )


def _visit_index(home: Home) -> Check:
    """Index segments are there for every day and are the ones that were saved."""
    gone = [name for name in visits.missing(home) if name.startswith("segments/")]
    bad, bare = visits.damaged(home, is_truth=False), visits.without_index()
    is_ok = not gone and not bad and not bare
    return Check(
        "visit index",
        is_ok,
        Words(
            f"缺失 {len(gone)}，被改动 {len(bad)}，未建索引 {bare} 天",
            f"{len(gone)} missing, {len(bad)} changed, {bare} days without",
        ),
        None if is_ok else Words("运行 fireline doctor --rebuild", "run fireline doctor --rebuild"),
    )


def _packs() -> Check:
    library = load_library()
    n = len(library.packs)
    return Check("packs", n > 0, Words(f"{n} 个规则包有效", f"{n} packs valid"))


def _reach(host: str) -> Check:
    is_local = host in LOOPBACK and settings.FIRELINE.is_loopback
    is_ok = is_local or settings.FIRELINE.has_tls
    return Check(
        "reach",
        is_ok,
        Words(
            "仅本机" if is_local else "网络可达",
            "this machine only" if is_local else "reachable over the network",
        ),
        None
        if is_ok
        else Words(
            "非本机地址须 HTTPS：设置 FIRELINE_TLS=True 并由 TLS 代理转发",
            "other addresses need HTTPS: put a TLS proxy in front and set FIRELINE_TLS=True",
        ),
    )


def _debug() -> Check:
    return Check(
        "debug",
        not settings.DEBUG,
        Words(
            "调试已关闭" if not settings.DEBUG else "调试开启",
            "debug is off" if not settings.DEBUG else "debug is on",
        ),
        None if not settings.DEBUG else Words("删除 FIRELINE_DEBUG", "remove FIRELINE_DEBUG"),
    )


def _secrets() -> Check:
    """The secret key is long enough and lies in no file that others read."""
    is_ok = len(settings.SECRET_KEY) >= 50 and not _is_in_tree(Path.cwd())
    return Check(
        "secrets",
        is_ok,
        Words(
            "密钥长度合格" if is_ok else "密钥不安全",
            "secret key is fit" if is_ok else "secret key is not safe",
        ),
        None if is_ok else Words("不要把密钥放进 .env 文件", "keep the secret out of .env files"),
    )


def _is_in_tree(folder: Path) -> bool:
    path = folder / ".env"
    return path.is_file() and settings.SECRET_KEY in path.read_text(encoding="utf-8", errors="replace")
