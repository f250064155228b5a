"""Puts what the chapters found into the tables: records once, results as often as the chapters run.

Store: called by actions.outbreaks and actions.analysis inside their transaction. What people decided stays.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl
from django.db import connection

from fireline.policy.model import Answer, PackKind
from fireline.records.model import Records
from fireline.store import models as m
from fireline.store.bulk import insert_frame
from fireline.store.tables import SHELVES
from fireline.store.triggers import save_triggers, under_store_ids
from fireline.tasks.explain import LABELS

TABLE_LIMIT = 5_000
STUDY = "zone_study"
SITUATION = "situation"
"""Column of the packed study: stays of cases by unit are in it, so it is a table about people."""

IN_MODELS = frozenset(
    {
        "line_list",
        "trajectories",
        "contacts",
        "chain_cases",
        "chain_links",
        "chain_sources",
        "zones",
        "zone_shapes",
        "zone_levels",  # in the packed study
        "tasks",
        "series",
        "triggers",
        "trigger_evidence",
        "trigger_points",
    }
)
"""Result tables that have models of their own."""
_READ_ANEW = frozenset({"vector_areas", "vector_lifting", "vector_surveys", "sources", "source_trace"})
"""Result tables that access.zone_kinds makes anew, for whoever sees the whole outbreak; all others that have
no model are kept as small tables."""


def save_cases(records: Records, outbreak_id: int, *, results: Any | None = None) -> int:
    """Insert all cases with the person, the place in the chain and the number of contacts joined in."""
    cases = records.table("cases")
    people = records.table("persons").select("person_key", "age", "sex", "occupation", "group")
    frame = cases.join(people.unique("person_key", keep="first"), on="person_key", how="left")
    if results is not None:
        frame = frame.join(_case_results(results), on="case_id", how="left")
    return insert_frame(m.Case, frame.sort("case_id"), constants={"outbreak_id": outbreak_id})


def _case_results(results: Any) -> pl.DataFrame:
    """What the chapters say of each case: chain place, contacts, class by definition."""
    nodes = results.contacts.chain.nodes
    renamed = {"row": "chain_row", "day": "chain_day", "day_basis": "chain_basis", "parent": "chain_parent"}
    kept = ["case_id", "component", "generation", *[c for c in renamed if c in nodes.columns]]
    frame = nodes.select([c for c in kept if c in nodes.columns]).rename(
        {old: new for old, new in renamed.items() if old in nodes.columns}
    )
    found = results.contacts.found.group_by("case_id").len("n_contacts")
    frame = frame.join(found, on="case_id", how="full", coalesce=True)
    lines = results.investigation.line_list
    if "classification" in lines.columns:
        defined = lines.select("case_id", pl.col("classification").alias("defined_as"))
        frame = frame.join(defined, on="case_id", how="full", coalesce=True)
    return frame.unique("case_id", keep="first")


def update_cases(results: Any, outbreak_id: int) -> int:
    """Write what the chapters say of each case into cases that are already there; returns those changed."""
    columns = (
        "component",
        "generation",
        "chain_row",
        "chain_day",
        "chain_basis",
        "chain_parent",
        "n_contacts",
        "defined_as",
    )
    said = {row["case_id"]: row for row in _case_results(results).to_dicts()}
    changed = []
    rows = m.Case.objects.filter(outbreak_id=outbreak_id).only("id", "case_id", *columns)
    for case in rows.iterator(chunk_size=5_000):
        row = said.get(case.case_id, {})
        wanted = {c: _null(case, c, row.get(c)) for c in columns}
        if any(getattr(case, c) != value for c, value in wanted.items()):
            for c, value in wanted.items():
                setattr(case, c, value)
            changed.append(case)
    m.Case.objects.bulk_update(changed, columns, batch_size=200)
    return len(changed)


def _null(case: m.Case, column: str, value: Any) -> Any:
    field = case._meta.get_field(column)
    return field.get_default() if value is None and not field.null else value


def save_results(results: Any, outbreak: m.Outbreak, *, at: datetime) -> dict[str, int]:
    """Replace what the chapters found; decided signals and triggers, touched tasks and proposed zones stay.

    Returns
    -------
    dict   name -> rows written
    """
    pk = outbreak.pk
    is_first = not m.ResultTable.objects.filter(outbreak_id=pk).exists()
    done = {
        "contacts": _contacts(results, pk),
        "chain_links": _replace(m.ChainEdge, _chain_links(results.contacts.chain), pk),
        "trajectories": _trajectories(results, pk),
        "signals": _signals(results, pk),
        "series": _series(results, pk),
        "zones": _zone(results, outbreak, at=at),
        "findings": _replace(m.Finding, results.gaps.findings, pk),
        "tables": _small_tables(results, pk),
        "zone_study": _study(results, pk),
    }
    triggers = save_triggers(results, outbreak, at=at, is_first=is_first)
    done["triggers"] = len(triggers)
    done["tasks"] = _tasks(results, outbreak, triggers)
    outbreak.summary = plain(getattr(results.investigation, "summary", {}) or {})
    return done


def _replace(model: Any, frame: pl.DataFrame, pk: int) -> int:
    model.objects.filter(outbreak_id=pk).delete()
    return insert_frame(model, frame, constants={"outbreak_id": pk})


def _chain_links(chain: Any) -> pl.DataFrame:
    """Links of the chain and, marked as such, the sources that are only possible."""
    return pl.concat([chain.edges, chain.possible()])


def _contacts(results: Any, pk: int) -> int:
    return _replace(m.Contact, _with_areas(results.contacts.found, results.records), pk)


def replace_contacts(found: pl.DataFrame, records: Records, pk: int, *, case_id: str) -> int:
    """Replace the contacts of one case; returns how many it has now."""
    frame = _with_areas(found.filter(pl.col("case_id") == case_id), records)
    m.Contact.objects.filter(outbreak_id=pk, case_id=case_id).delete()
    return insert_frame(m.Contact, frame, constants={"outbreak_id": pk})


def _with_areas(found: pl.DataFrame, records: Records) -> pl.DataFrame:
    people = records.table("persons").select("person_key", "area_code").unique("person_key", keep="first")
    return found.rename({"class": "contact_class"}).join(people, on="person_key", how="left")


def _trajectories(results: Any, pk: int) -> int:
    frame = results.investigation.trajectories
    return _replace(m.Stay, frame.filter(pl.col("enter").is_not_null()), pk)


def _signals(results: Any, pk: int) -> int:
    rows = m.Signal.objects.filter(outbreak_id=pk)
    rows.filter(state="new").delete()
    kept = set(rows.values_list("alarm_id", flat=True))
    new = [
        m.Signal(
            outbreak_id=pk,
            alarm_id=a.alarm_id,
            kind=a.kind,
            stream=a.stream,
            area_code=a.area_code or "",
            day=a.day,
            observed=a.observed,
            expected=a.expected,
            upper=a.upper,
            level=str(a.level),
            rule_id=a.rule_id or "",
            why_zh=a.why.zh,
            why_en=a.why.en,
        )
        for a in results.signals.alarms
        if a.alarm_id not in kept
    ]
    m.Signal.objects.bulk_create(new, batch_size=500)
    return len(new)


def _series(results: Any, pk: int) -> int:
    """One row per stream, area and method, with all its days."""
    m.Series.objects.filter(outbreak_id=pk).delete()
    frame = results.signals.series.sort("stream", "area_code", "method", "date")
    rows = []
    for (stream, area, method), part in frame.group_by("stream", "area_code", "method", maintain_order=True):
        points = plain(part.select("date", "count", "expected", "upper", "alarm").rows())
        rows.append(
            m.Series(outbreak_id=pk, stream=stream, area_code=area or "", method=method or "", points=points)
        )
    m.Series.objects.bulk_create(rows, batch_size=200)
    return len(rows)


def _tasks(results: Any, outbreak: m.Outbreak, triggers: Mapping[str, m.Trigger]) -> int:
    """Tasks that no person touched; those of an exercise order nobody, whatever rules they rest on."""
    pk = outbreak.pk
    rows = m.Task.objects.filter(outbreak_id=pk)
    rows.filter(is_touched=False).delete()
    kept = set(rows.values_list("task_id", flat=True))
    frame = under_store_ids(results.tasks.table, triggers, at=results.at)
    open_ = pl.col("done_at").is_null() & ~pl.col("state").is_in(["done", "closed", "cancelled"])
    frame = frame.with_columns(open_.fill_null(True).alias("is_open"))
    if kept:
        frame = frame.filter(~pl.col("task_id").is_in(sorted(kept)))
    if outbreak.is_exercise:
        label = LABELS[PackKind.EXERCISE]
        frame = frame.with_columns(
            may_order=pl.lit(value=False), label_zh=pl.lit(label.zh), label_en=pl.lit(label.en)
        )
    return insert_frame(m.Task, frame, constants={"outbreak_id": pk})


def _zone(results: Any, outbreak: m.Outbreak, *, at: datetime) -> int:
    m.Zone.objects.filter(outbreak_id=outbreak.pk, state="computed").delete()
    levels = results.zones.levels
    if levels.is_empty():
        return 0
    can_order, rule_id, edition = orderable(results.zones.answers)
    zone = m.Zone.objects.create(
        outbreak_id=outbreak.pk,
        rule_id=rule_id,
        edition=edition,
        can_order=can_order and not outbreak.is_exercise,
        n_units=levels.height,
        population=int(levels["population"].sum() or 0),
        made_at=at,
    )
    return insert_frame(m.ZoneUnit, levels.drop("zone_id", strict=False), constants={"zone_id": zone.pk})


def orderable(answers: Iterable[Answer]) -> tuple[bool, str, str]:
    """Whether the rules that define zones may carry an order, with the first rule's id and edition."""
    rules = [
        a.rule for a in answers if a.asked.concept == "zone.define" and a.in_force and a.rule is not None
    ]
    if not rules:
        return False, "", ""
    return all(rule.can_order for rule in rules), rules[0].id, rules[0].edition


def _small_tables(results: Any, pk: int) -> int:
    """Keep every other table of every chapter, its first 5,000 rows at most."""
    m.ResultTable.objects.filter(outbreak_id=pk).delete()
    rows = []
    for name, frame in results.tables().items():
        if name in IN_MODELS | _READ_ANEW or name.endswith("findings"):
            continue
        rows.append(
            m.ResultTable(
                outbreak_id=pk,
                name=name,
                columns=list(frame.columns),
                rows=plain(frame.head(TABLE_LIMIT).rows()),
                n_rows=frame.height,
            )
        )
    m.ResultTable.objects.bulk_create(rows, batch_size=50)
    return len(rows)


def _study(results: Any, pk: int) -> int:
    """Keep the zone study as packed arrays; the second column's name is their digest.

    By the digest readers tell, without reading the arrays, whether they hold them already.
    """
    from fireline.pipeline.zoning.pack import pack  # brings compiled code, which reads never need

    study = getattr(results, "zoning", None)
    data = pack(study) if study is not None else b""
    if not data:
        return 0
    m.ResultTable.objects.create(
        outbreak_id=pk,
        name=STUDY,
        columns=[SITUATION, hashlib.sha256(data).hexdigest()],
        rows=[[base64.b64encode(data).decode("ascii"), None]],
        n_rows=1,
    )
    return 1


def plain(value: Any) -> Any:
    """A value as JSON holds it: moments and others as text, numbers that are not finite as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | pl.Series):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def analyse() -> None:
    """Let the database learn the sizes of its tables, after a large load."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def clear_records(outbreak_id: int) -> None:
    """Delete all rows of an outbreak that came with its records, movement manifests aside."""
    for shelf in SHELVES.values():
        shelf.model._default_manager.filter(outbreak_id=outbreak_id).delete()
