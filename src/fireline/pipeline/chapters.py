"""Runs every chapter of the story over cleaned records, each with the rules in force on one day.

Pipeline: read by the file run and by the console's loading; computes, writes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import numpy as np
import polars as pl

from fireline.arrivals.model import Arrivals
from fireline.arrivals.owed import owed as arrivals_owed
from fireline.bulletins.publish import Bulletin, publish
from fireline.clock import local_day
from fireline.contacts.find import find
from fireline.contacts.model import Contacts
from fireline.investigations.describe import describe
from fireline.investigations.model import Definition, Investigation
from fireline.oversight.check import check
from fireline.oversight.model import Gaps
from fireline.pipeline.scanning import clusters_table, scan_records
from fireline.pipeline.zoning.model import Study
from fireline.pipeline.zoning.study import study
from fireline.pipeline.zoning.tables import tables as study_tables
from fireline.places.model import Places
from fireline.places.occupancy import survey
from fireline.policy import At, Library, Status, disease_id
from fireline.policy.model import Answer
from fireline.records.model import Records
from fireline.signals.model import Signals
from fireline.signals.streams import StreamBook, default_streams
from fireline.signals.verdicts import Verdict
from fireline.signals.watch import watch
from fireline.tasks.model import Tasks
from fireline.tasks.owed import owed
from fireline.words import Words
from fireline.zones.delimit import delimit
from fireline.zones.model import Zones
from fireline.zones.other import OtherZones, other_zones

Progress = Callable[[Words, int, int], None]
"""Called before each step with its name, its number from 0 and the number of steps."""

_T = TypeVar("_T")

_SEED = 0
"""Of the resampling behind combined probabilities: the same input gives the same output."""

UNKNOWN_AREA = "WHO"
"""Jurisdiction used where neither the input nor the caller names one."""

CHAPTERS = (
    ("arrivals", Words("入境与到达", "arrivals")),
    ("places", Words("场所", "places")),
    ("signals", Words("信号", "signals")),
    ("investigation", Words("流调", "investigation")),
    ("contacts", Words("接触者", "contacts")),
    ("zones", Words("区域", "zones")),
    ("zoning", Words("区域方案对照", "zone candidates")),
    ("other_zones", Words("媒介与源头区域", "zones of vectors and sources")),
    ("tasks", Words("任务", "tasks")),
    ("gaps", Words("双向核查", "gap check")),
    ("bulletin", Words("通报", "bulletin")),
)
"""Chapters in the order they run: name of the result, words for people."""

_CASE_OF = {"links": "from_case", "contacts": "case_id"}


@dataclass(frozen=True, slots=True)
class Results:
    """What all chapters found.

    Attributes
    ----------
    records : Records, restricted to the disease of the run
    rules : At, the rules used, bound to disease, area and day
    disease, area : str, as used
    at : datetime, aware, UTC
    arrivals, places, signals, investigation, contacts, zones, other_zones, tasks, gaps, bulletin : the
        chapters' results
    zoning : Study, zone candidates side by side
    answers : tuple of Answer, every distinct rule answer that a chapter used
    notes : tuple of Words, what was not computed and why, without repeats
    seconds : mapping from chapter to wall-clock seconds; never written into a table
    """

    records: Records
    rules: At
    disease: str
    area: str
    at: datetime
    arrivals: Arrivals
    places: Places
    signals: Signals
    investigation: Investigation
    contacts: Contacts
    zones: Zones
    other_zones: OtherZones
    tasks: Tasks
    gaps: Gaps
    bulletin: Bulletin
    zoning: Study = field(default_factory=Study)
    answers: tuple[Answer, ...] = ()
    notes: tuple[Words, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)

    def tables(self) -> dict[str, pl.DataFrame]:
        """Output tables of all chapters by file name; every name appears once."""
        found = {f"bulletin_{name}": frame for name, frame in self.bulletin.tables.items()}
        found |= study_tables(self.zoning)
        parts = (self.arrivals, self.places, self.signals, self.investigation, self.contacts, self.zones)
        for part in (*parts, self.other_zones, self.tasks, self.gaps):
            for table, frame in part.tables().items():
                if table in found:
                    raise ValueError(f"two chapters write a table named {table}")
                found[table] = frame
        return dict(sorted(found.items()))

    @property
    def questions(self) -> tuple[Answer, ...]:
        """Answers that need a person: sources conflict or rules tie."""
        return tuple(a for a in self.answers if a.status is Status.ASK)

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """Ids of all rules that were used, sorted: those that answered and those that rows rest on."""
        used = {a.rule_id for a in self.answers if a.rule_id}
        for table in self.tables().values():
            if "rule_id" in table.columns:
                used |= set(table["rule_id"].drop_nulls().unique().to_list())
        return tuple(sorted(used - {""}))


class _Clock:
    """Runs one chapter after the other, reporting progress and keeping times."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    def run(self, name: str, chapter: Callable[[], _T]) -> _T:
        names = [n for n, _ in CHAPTERS]
        if self.progress:
            self.progress(dict(CHAPTERS)[name], names.index(name), len(names))
        start = time.perf_counter()
        found = chapter()
        self.seconds[name] = time.perf_counter() - start
        return found


def run_chapters(
    records: Records,
    library: Library,
    *,
    area: str,
    at: datetime,
    disease: str | None = None,
    definition: Definition | None = None,
    searched: Collection[str] | None = None,
    followed: Collection[str] | None = None,
    streams: StreamBook | None = None,
    verdicts: Sequence[Verdict] = (),
    orders: pl.DataFrame | None = None,
    progress: Progress | None = None,
) -> Results:
    """Run all chapters.

    Parameters
    ----------
    records : cleaned tables
    library : packs and profiles
    area : jurisdiction code; "" means the records' own, and where that is unknown WHO
    at : aware datetime, UTC; rules are those in force on its local day
    disease : disease id; None takes the disease with most cases that are not discarded
    definition : case definition that classifies the cases; None keeps the classes of the records
    searched : case ids whose search over movement of unnamed people was opened; None = all a rule allows
    followed : case ids whose contacts are followed to their own contacts; None = all
    streams : what is known of the surveillance streams; None takes the packaged streams.toml
    verdicts : what people decided about events; while it lasts the same event is not raised again
    orders : zones that people ordered (``oversight.tables.ORDERS``), for the gap check; None = none
    progress : called before each chapter

    Returns
    -------
    Results   chapters without a rule or without data hold empty tables and say so in ``notes``
    """
    area = area or records.area or UNKNOWN_AREA
    chosen = disease_id(disease) if disease else main_disease(records)
    ours, notes = only_disease(records, chosen)
    rules = At(library, chosen, area, local_day(at, records.tz))
    clock = _Clock(progress)
    arrivals = clock.run("arrivals", lambda: arrivals_owed(ours, rules, at=at))
    places = clock.run("places", lambda: survey(ours, rules, at=at))
    chance = np.random.default_rng(_SEED)

    def watched() -> Signals:
        seen = watch(ours, rules, at=at, streams=streams, rng=chance, verdicts=verdicts)
        book = streams or default_streams()
        scans, unscanned = scan_records(ours, book, last=local_day(at, ours.tz), state=rules.state)
        said = unscanned if ours.has("counts") else ()
        return replace(seen, clusters=clusters_table(scans), notes=(*seen.notes, *said))

    signals = clock.run("signals", watched)
    investigation = clock.run("investigation", lambda: describe(ours, rules, at=at, definition=definition))
    contacts = clock.run("contacts", lambda: find(ours, rules, at=at, searched=searched, followed=followed))
    zones = clock.run("zones", lambda: delimit(ours, contacts, rules, at=at))
    zoning = clock.run("zoning", lambda: study(ours, contacts, zones, rules, at=at))
    others = clock.run("other_zones", lambda: other_zones(ours, rules, at=at))
    tasks = clock.run("tasks", lambda: owed(ours, contacts, zones, signals, rules, at=at, arrivals=arrivals))
    gaps = clock.run(
        "gaps", lambda: check(ours, contacts, zones, tasks, signals, rules, at=at, orders=orders)
    )
    bulletin = clock.run("bulletin", lambda: publish(ours, investigation, rules, at=at))
    parts = (arrivals, places, signals, investigation, contacts, zones, zoning, others, tasks, gaps, bulletin)
    return Results(
        records=ours,
        rules=rules,
        disease=chosen,
        area=area,
        at=at,
        arrivals=arrivals,
        places=places,
        signals=signals,
        investigation=investigation,
        contacts=contacts,
        zones=zones,
        other_zones=others,
        tasks=tasks,
        gaps=gaps,
        bulletin=bulletin,
        zoning=zoning,
        answers=_distinct(a for part in parts for a in getattr(part, "answers", ())),
        notes=_distinct([*notes, *(n for part in parts for n in getattr(part, "notes", ()))]),
        seconds=clock.seconds,
    )


def main_disease(records: Records) -> str:
    """Disease with most cases that are not discarded; ties by name; "unknown" where there is no case."""
    cases = records.table("cases")
    counted = cases.filter(pl.col("classification").fill_null("") != "discarded")
    counted = counted if counted.height else cases
    if not counted.height:
        return "unknown"
    by = counted.group_by("disease").len().sort(["len", "disease"], descending=[True, False])
    return disease_id(str(by["disease"][0]))


def only_disease(records: Records, disease: str) -> tuple[Records, tuple[Words, ...]]:
    """Records without the cases of other diseases and without the links and contacts of those cases."""
    cases = records.table("cases")
    names = {name: disease_id(str(name)) for name in cases["disease"].unique().to_list()}
    other = cases.filter(pl.col("disease").replace_strict(names, return_dtype=pl.String) != disease)
    if not other.height:
        return records, ()
    gone = other["case_id"].implode()
    tables = dict(records.tables)
    tables["cases"] = cases.filter(~pl.col("case_id").is_in(gone))
    for table, column in _CASE_OF.items():
        if records.has(table):
            tables[table] = records.table(table).filter(~pl.col(column).is_in(gone))
    note = Words(
        f"本次只计算 {disease}；另有 {other.height} 例其他病种未纳入，可用 --disease 另行计算。",
        f"This run is about {disease} only; {other.height} cases of other diseases are left out; "
        "choose them with --disease.",
    )
    return replace(records, tables=tables), (note,)


def _distinct(found: object) -> tuple:
    """Items in order without repeats (answers hold mappings, so equality instead of hashing)."""
    kept: list = []
    for item in found:  # type: ignore[attr-defined]
        if item not in kept:
            kept.append(item)
    return tuple(kept)
