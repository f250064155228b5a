"""The whole job over one feed folder: read, run the chapters, write tables, report and run.json.

Pipeline: what ``fireline run`` calls; no database, needs a rule for every intrusive step, opens no vault.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from fireline import __version__
from fireline.errors import InputError
from fireline.pipeline.chapters import CHAPTERS, Results, run_chapters
from fireline.pipeline.home import Home
from fireline.pipeline.intake import Intake, read_folder
from fireline.pipeline.output import (
    RUN_FILE,
    faults_table,
    questions_csv,
    write_json,
    write_table,
    write_whole,
)
from fireline.pipeline.report.page import render
from fireline.pipeline.streams import read_streams
from fireline.policy import Library, Status
from fireline.records.model import Records
from fireline.words import Words

Progress = Callable[[float, Words], None]
"""Called with the share done (0 to 1) and what is being done."""

_CODE_DIGITS = (6, 4, 2)  # county, prefecture, province: GB/T 2260
_READ_SHARE, _CHAPTER_SHARE = 0.35, 0.5


@dataclass(frozen=True, slots=True)
class Run:
    """One finished run.

    Attributes
    ----------
    out : folder that holds tables/, report.html, run.json and the lists of faults
    intake : what was read
    results : what the chapters found
    summary : mapping, the content of run.json
    """

    out: Path
    intake: Intake
    results: Results
    summary: Mapping[str, Any]


def run_folder(
    folder: Path,
    *,
    out: Path,
    home: Home,
    library: Library,
    feeds: Path | None = None,
    at: datetime | None = None,
    area: str | None = None,
    disease: str | None = None,
    searched: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Run:
    """Run everything over a feed folder and write the results.

    Parameters
    ----------
    folder : holds the files, and perhaps feeds.toml and streams.toml
    out : where the results go; replaced in one step if it holds a former run
    home : gives the key of the pseudonyms
    library : packs and profiles
    feeds : mapping file; None uses the folder's feeds.toml if there is one
    at : aware moment of the run, UTC; None takes the newest time in the input
    area : jurisdiction code; None takes the mapping's, else the area that all cases share
    disease : disease id, also of cases in a file without a disease column; None takes the one with most
        cases, without any case the mapping's
    searched : see run_chapters; a console of real people is loaded with nobody searched
    progress : called with the share done and what is being done

    Raises
    ------
    InputError   nothing could be read, or the input holds no time and ``at`` is None
    StorageError   the results cannot be written
    """
    seconds: dict[str, float] = {}
    tell = progress or (lambda _share, _what: None)
    start = time.perf_counter()
    streams = read_streams(folder)
    intake = read_folder(
        folder,
        mapping=feeds,
        area=area,
        key=home.key("pseudonym"),
        disease=disease or "",
        progress=lambda share, what: tell(_READ_SHARE * share, Words(f"读取 {what}", f"reading {what}")),
    )
    seconds["read"] = time.perf_counter() - start
    moment = at or intake.newest
    if moment is None:
        raise InputError(
            f"folder {folder}: no time in any file; say which moment is meant with --at 2026-06-12T08:00"
        )
    results = run_chapters(
        intake.records,
        library,
        area=area or intake.records.area or shared_area(intake.records),
        at=moment,
        disease=disease or (None if intake.records.has("cases") else intake.disease or None),
        searched=searched,
        streams=streams,
        progress=lambda what, k, n: tell(_READ_SHARE + _CHAPTER_SHARE * k / n, what),
    )
    seconds |= {name: results.seconds.get(name, 0.0) for name, _ in CHAPTERS}
    tell(_READ_SHARE + _CHAPTER_SHARE, Words("写出结果", "writing"))
    summary = summarise(intake, results, folder=folder, is_at_given=at is not None)
    done: dict[str, Any] = {}

    def fill(part: Path) -> None:
        done.update(_write(part, intake, results, summary, seconds=seconds, start=start))

    write_whole(out, fill)
    tell(1.0, Words("完成", "done"))
    return Run(out=out.absolute(), intake=intake, results=results, summary=done)


def shared_area(records: Records) -> str:
    """The smallest jurisdiction that holds the areas of all cases; "" when the codes share none.

    "CN-411624100" and "CN-411624203" share the county CN-411624; codes that are no jurisdiction codes
    (names, local numbers) share nothing, and the run then falls back to WHO-generic rules.
    """
    codes = records.table("cases")["area_code"].drop_nulls().unique().to_list()
    if not codes or not all(re.match(r"[A-Z]{2}(-|$)", code) for code in codes):
        return ""
    low, high = min(codes), max(codes)  # what these two share, all between them share
    n_same = next((k for k, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    country, _, digits = low[:n_same].partition("-")
    if len(country) != 2 or (digits and not digits.isdigit()):
        return country if len(country) == 2 else ""
    size = next((n for n in _CODE_DIGITS if len(digits) >= n), 0)
    return f"{country}-{digits[:size]}" if size else country


def _write(
    folder: Path,
    intake: Intake,
    results: Results,
    summary: dict[str, Any],
    *,
    seconds: dict[str, float],
    start: float,
) -> dict[str, Any]:
    """Everything into a folder; returns the content of run.json, times last."""
    begin = time.perf_counter()
    tables = folder / "tables"
    cleaned = tables / "cleaned"
    cleaned.mkdir(parents=True)
    notes = [
        write_table(intake.records.tables[name], cleaned, name) for name in sorted(intake.records.tables)
    ]
    notes += [write_table(table, tables, name) for name, table in results.tables().items()]
    if intake.ground.height:
        notes.append(write_table(intake.ground, tables, "ground_findings"))
    faults = intake.records.faults
    for name, effects in (("rejects", ("rejected", "file")), ("faults", ("null", "conflict", "file"))):
        table = faults_table(faults, effects=effects)
        (folder / f"{name}.csv").write_bytes(_fault_csv(table))
    (folder / "questions.csv").write_bytes(questions_csv(results.questions, intake.questions))
    seconds["tables"] = time.perf_counter() - begin
    begin = time.perf_counter()
    (folder / "report.html").write_text(render(intake, results, summary), encoding="utf-8")
    seconds["report"] = time.perf_counter() - begin
    seconds["total"] = time.perf_counter() - start
    found = {
        **summary,
        "left_out": [note for note in notes if note],
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
    }
    write_json(found, folder / RUN_FILE)
    return found


def _fault_csv(table: pl.DataFrame) -> bytes:
    from fireline.pipeline.output import as_csv

    return as_csv(table)


def summarise(intake: Intake, results: Results, *, folder: Path, is_at_given: bool) -> dict[str, Any]:
    """Counts, rules and what is missing, as run.json holds them (without times of the run).

    Parameters
    ----------
    folder : named in the summary by its last part only
    is_at_given : whether the moment was named by the caller
    """
    records = intake.records
    return {
        "fireline": __version__,
        "input": folder.absolute().name,
        "mapping": intake.mapping,
        "title": {"zh": intake.title[0], "en": intake.title[1]},
        "at": results.at.isoformat(),
        "at_from": "argument" if is_at_given else "newest time in the input",
        "time_zone": records.tz.key,
        "area": results.area,
        "area_from": "input"
        if (results.records.area or results.area != "WHO")
        else "none named; WHO-generic rules",
        "disease": results.disease,
        "label": dict(zip(("zh", "en"), results.rules.pack_label or ("", ""), strict=True)),
        "files": [
            {
                "file": s.file,
                "rows": s.rows,
                "kept": s.kept,
                "merged": s.merged,
                "rejected": s.rejected,
                "encoding": s.encoding,
                "separator": s.separator,
                "note": "; ".join(n.en for n in s.notes),
                "note_zh": "；".join(n.zh for n in s.notes),
            }
            for s in records.sums
        ],
        "ignored": list(intake.ignored),
        "rows": {
            name: sum(getattr(s, name) for s in records.sums)
            for name in ("rows", "kept", "merged", "rejected")
        },
        "faults": dict(sorted(Counter(f.effect for f in records.faults).items())),
        "cleaned": {name: table.height for name, table in sorted(records.tables.items())},
        "tables": {name: table.height for name, table in results.tables().items()},
        "rules": rules_used(results),
        "answers": [
            {
                "concept": a.asked.concept,
                "subject": a.asked.subject,
                "status": str(a.status),
                "rule": a.rule_id,
                "note_zh": a.note_zh,
                "note_en": a.note_en,
            }
            for a in results.answers
        ],
        "statuses": {str(s): sum(a.status is s for a in results.answers) for s in Status},
        "questions": len(results.questions) + len(intake.questions),
        "missing": [{"zh": zh, "en": en} for zh, en in records.missing],
        "notes": [{"zh": n.zh, "en": n.en} for n in results.notes],
        "searches": _searches(results),
    }


def rules_used(results: Results) -> list[dict[str, str]]:
    """Every rule that answered or that a row rests on: id, edition, kind, confidence and source."""
    found = []
    for rule_id in results.rule_ids:
        rule = results.rules.library.by_rule.get(rule_id)
        if rule is None:
            found.append({"id": rule_id, "edition": "", "kind": "", "confidence": "", "source": ""})
            continue
        source = " ".join(
            part for part in (rule.source.title, rule.source.doc_no, rule.source.article) if part
        )
        found.append(
            {
                "id": rule.id,
                "edition": rule.edition,
                "kind": str(rule.kind),
                "confidence": str(rule.confidence),
                "source": source,
            }
        )
    return found


def _searches(results: Results) -> list[dict[str, Any]]:
    """Searches over movement data that this run made, with the rules they rest on."""
    found = results.contacts.found
    searched = found.filter(pl.col("basis") == "co_presence") if "basis" in found.columns else found.clear()
    if not results.records.has("visits") or not searched.height:
        return []
    rules = sorted(set(searched["rule_id"].drop_nulls().to_list()) - {""})
    return [
        {
            "kind": "co_presence",
            "purpose": "contact finding",
            "cases": int(searched["case_id"].n_unique()),
            "people_found": int(searched["person_key"].n_unique()),
            "rules": rules,
        }
    ]
