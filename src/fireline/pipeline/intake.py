"""Read a feed folder or one upload into cleaned records; every reader runs in a limited child process.

Pipeline: feeds and records behind one call; used by ``pipeline.run`` and by actions.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingType
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from fireline.clock import local_midnight, zone
from fireline.errors import Fault, FaultCode, InputError
from fireline.feeds.apply import (
    apply_mapping,
    as_canonical,
    canonical_name,
    file_rows,
    label,
    refuse_devices,
    undated,
)
from fireline.feeds.limits import MAX_BINARY_BYTES
from fireline.feeds.mapping import FileMap, Mapping, read_mapping
from fireline.feeds.model import Feed, FileRows, RawTable, TableRows
from fireline.feeds.readers.prescan import FORMATS
from fireline.feeds.tables import TABLES
from fireline.pipeline.ground import complete_ground
from fireline.pipeline.sandbox import read_limited
from fireline.records.clean import Cleaned, clean_all
from fireline.records.model import INSTANT, Records, empty
from fireline.words import Words, join_words
from fireline.zones.outlines.tables import empty as no_findings

Progress = Callable[[float, str], None]

_TIME_ZONES = {"CN": "Asia/Shanghai", "EX": "Asia/Shanghai", "KR": "Asia/Seoul", "SG": "Asia/Singapore",
               "SL": "Africa/Freetown", "CN-HK": "Asia/Hong_Kong", "HK": "Asia/Hong_Kong",
               "": "Asia/Shanghai"}  # fmt: skip
AHEAD_D, AHEAD_SHARE = 180, 0.01
_MAY_LIE_AHEAD = {"valid_to", "released_at", "leave", "to"}
"""Times a source may state before they come; they do not make the input newer."""


_NO_REASON = Words("原因不明", "no reason given")
_READABLE = Words("可以读取的文件", "a file that can be read")
_READERS_AT_ONCE = (
    2  # a reader may take 4 GB of memory; most of a small file's time is the start of its process
)


@dataclass(frozen=True, slots=True)
class Intake:
    """What was read.

    Attributes
    ----------
    records : Records
    mapping : str, name of the mapping that was used, "" where file names were canonical
    ignored : tuple of str, files of the folder that nobody asked for
    newest : datetime or None, the newest time in the input (a day counts from its local midnight)
    identities : DataFrame, table identities for the vault, with pseudonymous person_key; never in records
    questions : tuple of (zh, en), contradictions that a person has to settle
    title : tuple (zh, en) of the mapping, ("", "") without one
    disease : str, the disease the mapping names, "" without one
    ground : DataFrame, what was found and assumed about units (``ground_findings``), empty without any
    """

    records: Records
    mapping: str = ""
    ignored: tuple[str, ...] = ()
    newest: datetime | None = None
    identities: pl.DataFrame = field(default_factory=lambda: empty("identities"))
    questions: tuple[tuple[str, str], ...] = ()
    title: tuple[str, str] = ("", "")
    disease: str = ""
    ground: pl.DataFrame = field(default_factory=lambda: no_findings("ground_findings"))


_SETTINGS = ("feeds.toml", "streams.toml")
"""Files of a feed folder that say what the others are."""


def read_folder(
    folder: Path,
    *,
    mapping: Path | None,
    area: str | None,
    key: bytes,
    disease: str = "",
    progress: Progress | None = None,
) -> Intake:
    """Read all files of a feed folder that the mapping, or their canonical names, ask for.

    Parameters
    ----------
    folder : holds the files, and perhaps ``feeds.toml``
    mapping : a mapping file elsewhere; None to use the folder's ``feeds.toml`` if there is one
    area : jurisdiction code; None to take the mapping's
    key : 32 bytes for the keyed hashes of persons
    disease : what a table of cases without a disease column is of, where the mapping names none
    progress : called with a fraction from 0 to 1 and a short text

    Raises
    ------
    InputError   the folder or mapping cannot be used, or no file of it could be read
    """
    if not folder.is_dir():
        raise InputError(
            Words(
                f"文件夹 {folder} 不存在；请给出含有 cases.csv 等文件的文件夹",
                f"folder {folder} does not exist; give a folder with files such as cases.csv",
            )
        )
    own = folder / "feeds.toml"
    path = mapping if mapping is not None else own if own.is_file() else None
    said = _load_mapping(path)
    # a link may lead out of the folder: it is listed as ignored, never followed
    links = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_symlink()}
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    names = [n for n in names if n not in _SETTINGS and not Path(n).name.startswith(".")]
    wanted = {n: spec for n in names if n not in links and (spec := _wanted(n, said)) is not None}
    if not wanted:
        expected = ", ".join(f.name for f in said.files) if said else "cases.csv, visits.parquet, ..."
        found = ", ".join(names[:20])
        raise InputError(
            Words(
                f"文件夹 {folder} 中没有可读取的文件；应有：{expected}；现有：{found or '无'}",
                f"folder {folder} has no file to read; expected: {expected}; found: {found or 'nothing'}",
            )
        )
    needed = set(wanted) | {k.file for k in said.lookups.values()} if said else set(wanted)
    raws: dict[str, list[RawTable] | FileRows] = {}
    order = sorted(needed)
    with ThreadPoolExecutor(_READERS_AT_ONCE) as pool:  # each reader is a process of its own
        read = pool.map(lambda name: _read_file(folder / name, name, wanted.get(name)), order)
        for i, name in enumerate(order):
            if progress:
                progress(0.8 * i / len(needed), name)
            raws[name] = next(read)
    if progress:
        progress(0.8, "clean")
    feed = _feed(raws, wanted, said, disease=(said.disease if said else "") or disease)
    if not feed.tables:
        reasons = join_words(n for f in feed.files for n in f.notes) or _NO_REASON
        raise InputError(
            Words(
                f"{folder} 中没有一个文件能读取：{reasons.zh}",
                f"no file of {folder} could be read: {reasons.en}",
            )
        )
    code = area if area is not None else said.area if said else ""
    intake = _finish(feed, said, tz=_zone_of(code, said), area=code, key=key)
    if progress:
        progress(1.0, "read")
    ignored = tuple(n for n in names if n not in needed)
    return replace(intake, mapping=path.name if path else "", ignored=ignored)


def read_one(
    name: str, data: bytes, *, mapping_text: str | None, table: str | None, tz: ZoneInfo, key: bytes
) -> Intake:
    """Read one upload, or a pasted table (as ``pasted.tsv``).

    Parameters
    ----------
    name : file name; its ending picks the reader
    data : the bytes
    mapping_text : feeds.toml text; None to read canonical (or well known) column names
    table : canonical table of the file; None to take it from the file's or sheet's name
    tz : zone of the jurisdiction
    key : 32 bytes for the keyed hashes of persons

    Raises
    ------
    InputError   the file is refused, or nothing in it fits a table
    """
    plain_name = Path(name.replace("\\", "/")).name or "upload"
    said = read_mapping(mapping_text, name="mapping") if mapping_text else None
    if table is not None and table not in TABLES:
        raise InputError(
            Words(
                f"{plain_name}：没有名为“{table}”的表；允许：{'、'.join(TABLES)}",
                f"{plain_name}: table {table!r} is not known; allowed: {', '.join(TABLES)}",
            )
        )
    spec: FileMap | str | None = table or canonical_name(plain_name)
    if said is not None:
        found = _wanted(plain_name, said)
        spec = found if found is not None else said.files[0] if len(said.files) == 1 else None
        if spec is None:
            named = ", ".join(f.name for f in said.files)
            raise InputError(
                Words(
                    f"{plain_name}：映射中没有这个文件；映射中有：{named}",
                    f"{plain_name}: the mapping names no such file; it names: {named}",
                )
            )
    wanted = {plain_name: spec if spec is not None else ""}
    options = spec.options if isinstance(spec, FileMap) else {}
    read = read_limited(plain_name, data, options=options)
    feed = _feed({plain_name: read}, wanted, said, disease=said.disease if said else "")
    if not feed.tables:
        raise InputError(
            join_words(n for f in feed.files for n in f.notes)
            or Words(f"{plain_name}：没有可识别的表", f"{plain_name}: holds no table that is known")
        )
    return _finish(
        feed,
        said,
        tz=zone(said.time_zone) if said and said.time_zone else tz,
        area=said.area if said else "",
        key=key,
    )


def _load_mapping(path: Path | None) -> Mapping | None:
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            Words(
                f"映射 {path} 无法读取（{type(error).__name__}）；它应是 UTF-8 编码的 TOML 文本",
                f"mapping {path} cannot be read ({type(error).__name__}); it is UTF-8 text in TOML",
            )
        ) from error
    return read_mapping(text, name=path.name)


def _wanted(name: str, said: Mapping | None) -> FileMap | str | None:
    """How a file is used: its part of the mapping, a canonical table, "" (look at its sheets) or None."""
    if said is not None:
        return said.file_for(name)
    if Path(name).suffix.lower() not in FORMATS or "/" in name:
        return None
    table = canonical_name(name)
    if table is not None:
        return table
    return "" if Path(name).suffix.lower() in (".xlsx", ".xlsm") else None


def _read_file(path: Path, name: str, spec: FileMap | str | None) -> list[RawTable] | FileRows:
    """Raw tables of one file, or why it is out; the others are not touched by that."""
    try:
        if not path.is_file():
            raise InputError(
                Words(
                    f"{name}：映射需要此文件，但文件夹中没有",
                    f"{name}: the mapping needs this file; it is not in the folder",
                )
            )
        if path.stat().st_size > MAX_BINARY_BYTES:
            size = path.stat().st_size
            raise InputError(
                Words(
                    f"{name}：{size:,} 字节；最多 {MAX_BINARY_BYTES:,}；请拆开",
                    f"{name}: {size:,} bytes; allowed: {MAX_BINARY_BYTES:,}; split it",
                )
            )
        return read_limited(
            name, path.read_bytes(), options=spec.options if isinstance(spec, FileMap) else {}
        )
    except (InputError, OSError) as error:
        return _refused(name, error)


def _refused(name: str, error: Exception) -> FileRows:
    kind = type(error).__name__
    reason = (
        error.words
        if isinstance(error, InputError)
        else Words(f"{name}：无法打开（{kind}）", f"{name}: cannot be opened ({kind})")
    )
    fault = Fault(name, None, None, FaultCode.FILE_UNREADABLE, reason, _READABLE, "file")
    return FileRows(name, 0, (fault,), notes=(reason,))


def _feed(
    raws: MappingType[str, list[RawTable] | FileRows],
    wanted: MappingType[str, FileMap | str],
    said: Mapping | None,
    *,
    disease: str = "",
) -> Feed:
    """Canonical rows of everything that was read; ``disease`` is what cases without such a column are of."""
    good = {n: r for n, r in raws.items() if isinstance(r, list)}
    tables: list[TableRows] = []
    files: list[FileRows] = [r for n, r in raws.items() if isinstance(r, FileRows)]
    for name, spec in wanted.items():
        if name not in good:
            continue
        try:
            got, sums = _use(good[name], spec, said, good=good, disease=disease)
        except InputError as error:
            files.append(_refused(name, error))
            continue
        tables += got
        files += sums
    notes = said.notes + _absent(said, wanted) if said else ()
    for name, spec in wanted.items():
        if said is not None and isinstance(spec, FileMap) and name in good:
            notes += undated(good[name][0], spec, said)
    return Feed(tuple(tables), tuple(files), notes)


def _absent(said: Mapping, wanted: MappingType[str, FileMap | str]) -> tuple[tuple[str, str], ...]:
    """One sentence for each part of the mapping that no file of the folder fits."""
    used = [spec.name for spec in wanted.values() if isinstance(spec, FileMap)]
    return tuple(
        (
            f"映射中的文件“{f.name}”不在文件夹里。",
            f"The mapping names {f.name!r}; the folder has no such file.",
        )
        for f in said.files
        if f.name not in used
    )


def _use(
    raws: list[RawTable],
    spec: FileMap | str,
    said: Mapping | None,
    *,
    good: MappingType[str, list[RawTable]],
    disease: str,
) -> tuple[list[TableRows], list[FileRows]]:
    """Canonical rows and sums of one file."""
    for raw in raws:
        refuse_devices(raw)
    if isinstance(spec, FileMap):
        assert said is not None
        raw = raws[0]
        tables, faults = apply_mapping(raw, spec, said, lookups={n: r[0] for n, r in good.items()})
        (sums,) = file_rows([(raw.file, raw)])
        return tables, [replace(sums, faults=sums.faults + faults)]
    by_sheet = [(raw, canonical_name(raw.sheet) if len(raws) > 1 or not spec else None) for raw in raws]
    chosen = [(raw, t) for raw, t in by_sheet if t is not None] or ([(raws[0], spec)] if spec else [])
    if not chosen:
        raise InputError(
            Words(
                f"{raws[0].file}：文件名和工作表名都不是 cases、visits 之类的表名",
                f"{raws[0].file}: neither the file nor a sheet is named after a table such as cases "
                "or visits",
            )
        )
    tables, sums_of = [], []
    for raw, table in chosen:
        name = label(raw, is_alone=len(chosen) == 1)
        rows, note = as_canonical(raw, table=table, name=name, disease=disease)
        (sums,) = file_rows([(name, raw)])
        tables.append(rows)
        sums_of.append(replace(sums, notes=sums.notes + (() if note is None else (note,))))
    return tables, sums_of


def _zone_of(area: str, said: Mapping | None) -> ZoneInfo:
    """Zone of the mapping, else that of the area's country."""
    if said and said.time_zone:
        return zone(said.time_zone)
    parts = area.upper().split("-")
    for n in range(len(parts), 0, -1):
        found = _TIME_ZONES.get("-".join(parts[:n]).rstrip("0123456789") if n == 1 else "-".join(parts[:n]))
        if found:
            return zone(found)
    return zone("UTC")


def _finish(feed: Feed, said: Mapping | None, *, tz: ZoneInfo, area: str, key: bytes) -> Intake:
    cleaned: Cleaned = clean_all(feed, tz=tz, area=area, key=key)
    records, ground = complete_ground(cleaned.records)
    return Intake(
        records, newest=find_newest(records), identities=cleaned.identities,
        questions=(*cleaned.questions, *_ahead_words(records)),
        title=said.title if said else ("", ""),
        disease=(said.disease or "") if said else "", ground=ground,
    )  # fmt: skip


def last_believed(counts: pl.DataFrame) -> date | None:
    """Newest day of counts that stands among others.

    Days more than AHEAD_D after the one before them, with fewer than AHEAD_SHARE of all rows, are slips of
    the pen (2099 for 2009): one of them would move the moment of the whole run, and hide what happens now.
    """
    days = counts.group_by("date").len().sort("date")
    gap = days["date"].diff().dt.total_days().to_list()
    total = counts.height
    for i in range(days.height - 1, 0, -1):
        after = int(days["len"][i:].sum())
        if after >= AHEAD_SHARE * total:
            break
        if gap[i] > AHEAD_D:
            return last_believed(counts.filter(pl.col("date") < days["date"][i]))
    newest = days["date"].max()
    return newest if isinstance(newest, date) else None


def _ahead_words(records: Records) -> tuple[tuple[str, str], ...]:
    """What is said of counts whose day is not believed; nothing where all are."""
    counts = records.tables.get("counts")
    last = None if counts is None else last_believed(counts)
    if counts is None or last is None:
        return ()
    ahead = counts.filter(pl.col("date") > last)
    if ahead.is_empty():
        return ()
    first = str(ahead["date"].min())
    return (
        (
            f"计数表：{ahead.height} 行的日期（自 {first}）远在其余数据之后，疑为笔误，未计入；请更正",
            f"counts: {ahead.height} rows have days (from {first}) far after all others; taken for slips and "
            "not looked at: correct them",
        ),
    )


def find_newest(records: Records) -> datetime | None:
    """Newest time of all tables, leaving out times that may lie ahead (ends and releases)."""
    found: list[datetime] = []
    counts = records.tables.get("counts")
    for table in records.tables.values():
        for column, kind in table.schema.items():
            if column in _MAY_LIE_AHEAD or kind not in (INSTANT, pl.Date):
                continue
            top = last_believed(table) if table is counts else table[column].max()
            if isinstance(top, datetime):
                found.append(top)
            elif top is not None:
                found.append(local_midnight(top, records.tz))  # type: ignore[arg-type]
    return max(found, default=None)
