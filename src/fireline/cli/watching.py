"""Reads the folder that fireline watch was given and has it watched.

The outermost layer: used by cli.watch only.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fireline.cli.progress import Bar
from fireline.errors import InputError
from fireline.words import LANGUAGES, Words

if TYPE_CHECKING:
    from fireline.pipeline.intake import Intake
    from fireline.pipeline.watching.watch import Watching

_READ_SHARE = 0.3


def look(
    folder: Path,
    *,
    feeds: Path | None,
    at: str | None,
    area: str | None,
    streams: Path | None,
    lang: str,
    home: Path | None,
    bar: Bar,
) -> Watching:
    """Read a folder and watch it.

    Raises
    ------
    InputError   an option cannot be used, or the folder holds nothing to read
    PolicyError  a rule pack is at fault
    """
    from fireline.cli.run import look_at
    from fireline.clock import parse_instant, zone
    from fireline.pipeline.chapters import UNKNOWN_AREA
    from fireline.pipeline.home import Home
    from fireline.pipeline.intake import read_folder
    from fireline.pipeline.run import shared_area
    from fireline.pipeline.watching.book import folder_book
    from fireline.pipeline.watching.watch import watch_records
    from fireline.policy import area_chain, load_library

    if lang not in LANGUAGES:
        raise InputError(f"lang: found {lang!r}; allowed: {', '.join(LANGUAGES)}")
    look_at(folder, feeds)
    if area:
        area_chain(area)
    if at:
        parse_instant(at, zone("Asia/Shanghai"))  # a day that cannot be read is said before an hour of work
    book = folder_book(folder, streams)
    intake = read_folder(
        folder,
        mapping=feeds,
        area=area,
        key=Home.open(home).key("pseudonym"),
        progress=lambda share, what: bar.update(
            _READ_SHARE * share, Words(f"读取 {what}", f"reading {what}")
        ),
    )
    records = intake.records
    moment = parse_instant(at, records.tz) if at else intake.newest
    if moment is None:
        raise InputError(f"folder {folder}: no time in any file; say which day is meant with --at 2026-06-12")
    seen = watch_records(
        records,
        load_library(),
        area=area or records.area or shared_area(records) or UNKNOWN_AREA,
        at=moment,
        book=book,
        progress=lambda share, what: bar.update(_READ_SHARE + (1 - _READ_SHARE) * share, what),
    )
    return replace(seen, notes=(*_of_reading(intake), *seen.notes))


def _of_reading(intake: Intake) -> tuple[Words, ...]:
    """What could not be read, so that a gap is never taken for quiet."""
    notes = [Words(zh, en) for zh, en in intake.questions]
    n = {effect: sum(f.effect == effect for f in intake.records.faults) for effect in ("rejected", "null")}
    if any(n.values()):
        notes.insert(
            0,
            Words(
                f"{n['rejected']} 行不能用，{n['null']} 格作未知：见 fireline run 的 rejects.csv、faults.csv",
                f"{n['rejected']} rows could not be used and {n['null']} cells count as unknown: see "
                "rejects.csv and faults.csv of fireline run",
            ),
        )
    return tuple(notes)
