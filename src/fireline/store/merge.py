"""Adds cleaned rows to an outbreak: new keys are inserted, known keys filled in, and all of it can be undone.

Store: called by actions.imports inside its transaction, with the outbreak locked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl
from django.db.models import Max

from fireline.errors import ConflictError
from fireline.feeds.tables import TABLES
from fireline.records.model import Records
from fireline.store.bulk import insert_frame, read_table
from fireline.store.results import plain, save_cases
from fireline.store.tables import SHELVES
from fireline.words import Words


@dataclass(slots=True)
class Merged:
    """What a merge did, counted while it runs.

    Attributes
    ----------
    n_new, n_changed, n_same : int
    undo : dict, table -> {"first": id, "last": id, "cells": [[id, field, old, new], ...]}
    """

    n_new: int = 0
    n_changed: int = 0
    n_same: int = 0
    undo: dict[str, Any] = field(default_factory=dict)


def merge_records(records: Records, outbreak_id: int) -> Merged:
    """Merge every canonical table of the records that has a shelf.

    A known row (same key columns) gets the cells that the new row knows and it does not hold yet in the same
    form; an unknown cell never overwrites a known one.
    """
    done = Merged()
    for name in SHELVES:
        if records.has(name):
            _merge_table(records, name, outbreak_id, done)
    return done


def _merge_table(records: Records, name: str, outbreak_id: int, done: Merged) -> None:
    shelf, frame = SHELVES[name], records.table(name)
    key = list(TABLES[name].key)
    known = read_table(name, outbreak_id)
    new = frame.join(known.select(key), on=key, how="anti", nulls_equal=True)
    cells = _fill(name, frame, known, key, outbreak_id, done)
    before = shelf.model._default_manager.aggregate(last=Max("id"))["last"] or 0
    if new.height:
        if name == "cases":
            save_cases(Records(tables={**records.tables, "cases": new}, tz=records.tz), outbreak_id)
        else:
            renamed = {old: to for old, to in shelf.renamed.items() if old in new.columns}
            insert_frame(shelf.model, new.rename(renamed), constants={"outbreak_id": outbreak_id})
    after = shelf.model._default_manager.aggregate(last=Max("id"))["last"] or 0
    done.n_new += new.height
    if new.height or cells:
        done.undo[name] = {"first": before + 1, "last": after if new.height else before, "cells": cells}


def _fill(
    name: str, frame: pl.DataFrame, known: pl.DataFrame, key: list[str], outbreak_id: int, done: Merged
) -> list[list[Any]]:
    """Fill known rows; returns what was changed."""
    shelf = SHELVES[name]
    both = frame.join(known, on=key, how="inner", suffix="__old", nulls_equal=True)
    others = [c for c in frame.columns if c not in key]
    cells: list[list[Any]] = []
    for row in both.iter_rows(named=True):
        changed = {
            shelf.renamed.get(c, c): row[c]
            for c in others
            if row[c] is not None and row[c] != row[f"{c}__old"]
        }
        if not changed:
            done.n_same += 1
            continue
        done.n_changed += 1
        where = {shelf.renamed.get(c, c): row[c] if row[c] is not None else "" for c in key}
        found = shelf.model._default_manager.filter(outbreak_id=outbreak_id, **where).first()
        if found is None:
            raise ConflictError(
                Words(
                    f"表 {name}：保存上传时有一行已不存在；请重试",
                    f"table {name}: a row went away while the upload was saved; try again",
                )
            )
        for column, value in changed.items():
            cells.append([found.pk, column, plain(getattr(found, column)), plain(value)])
            setattr(found, column, value)
        found.save(update_fields=list(changed))
    return cells


def undo(said: dict[str, Any], outbreak_id: int) -> int:
    """Take a merge back; returns rows removed and cells restored.

    Raises
    ------
    ConflictError   a cell no longer holds what the merge wrote
    """
    n = 0
    for name, part in said.items():
        if name not in SHELVES:
            continue
        rows = SHELVES[name].model._default_manager.filter(outbreak_id=outbreak_id)
        if part["last"] >= part["first"]:
            n += rows.filter(pk__gte=part["first"], pk__lte=part["last"]).delete()[0]
        for pk, column, old, new in part["cells"]:
            row = rows.filter(pk=pk).first()
            if row is None or plain(getattr(row, column)) != new:
                raise ConflictError(
                    Words(
                        "上传：它填入的单元格之后已被修改；请先更正该单元格",
                        "upload: a cell it filled was changed since; correct that cell first",
                    )
                )
            setattr(row, column, row._meta.get_field(column).to_python(old))
            row.save(update_fields=[column])
            n += 1
    return n
