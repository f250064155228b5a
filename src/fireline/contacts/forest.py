"""What of the chain is drawn: filtered with its hidden ancestors, large families folded, packed into rows.

Chapter 7: pure layout for the faces, which draw the marks it gives.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from fireline.kernels import chains

FOLD_FROM = 4
"""Childless cases of one parent from which on they are drawn as one mark."""

MARKS: dict[str, pl.DataType] = {
    "case_id": pl.String(),  # of a fold: the case that fell ill first
    "kind": pl.String(),  # case, tick (an ancestor that the filter hides) or fold
    "n": pl.Int64(),  # cases that the mark stands for
    "parent": pl.String(),
    "day": pl.Date(),
    "row": pl.Int64(),  # null without a day
}


def lay_out(
    nodes: pl.DataFrame, *, keep: Collection[str] | None = None, is_folded: bool = False
) -> pl.DataFrame:
    """Choose the marks of a chain and pack them into rows.

    Parameters
    ----------
    nodes : DataFrame   case_id, parent, day; a parent that is no row is taken as none; no rings
    keep : cases that a filter keeps; None = all. Hidden ancestors of kept cases stay as ticks
    is_folded : draw four or more childless cases of one parent as one mark

    Returns
    -------
    DataFrame   columns MARKS, sorted by row and case_id; no two share a cell, no run passes through one

    Raises
    ------
    ValueError   the parents form a ring
    """
    parent_of, day_of = _forest(nodes)
    shown = set(parent_of) if keep is None else _with_ancestors(parent_of, set(keep))
    children: dict[str, list[str]] = {}
    for case in sorted(shown):
        up = parent_of[case]
        if up is not None:
            children.setdefault(up, []).append(case)
    marks: list[dict[str, Any]] = []
    folded: set[str] = set()
    for up, below in children.items() if is_folded else ():
        bare = sorted((c for c in below if c not in children and day_of[c]), key=lambda c: (day_of[c], c))
        if len(bare) >= FOLD_FROM:
            folded.update(bare)
            marks.append(_mark(bare[0], "fold", len(bare), up, day_of[bare[0]]))
    for case in sorted(shown - folded):
        kind = "case" if keep is None or case in keep else "tick"
        marks.append(_mark(case, kind, 1, parent_of[case], day_of[case]))
    return _packed(marks)


def _mark(case: str, kind: str, n: int, parent: str | None, day: date | None) -> dict[str, Any]:
    return {"case_id": case, "kind": kind, "n": n, "parent": parent, "day": day}


def _forest(nodes: pl.DataFrame) -> tuple[dict[str, str | None], dict[str, date | None]]:
    """Parent and day by case; a run needs both days, so an undated end has no parent here."""
    day_of: dict[str, date | None] = dict(zip(nodes["case_id"], nodes["day"], strict=True))
    parent_of = {
        case: up if up in day_of and day_of[case] and day_of[up] else None
        for case, up in zip(nodes["case_id"], nodes["parent"], strict=True)
    }
    return parent_of, day_of


def _with_ancestors(parent_of: dict[str, str | None], keep: set[str]) -> set[str]:
    shown: set[str] = set()
    for case in keep & set(parent_of):
        up: str | None = case
        while up is not None and up not in shown:
            shown.add(up)
            up = parent_of[up]
    return shown


def _packed(marks: list[dict[str, Any]]) -> pl.DataFrame:
    dated = sorted((m for m in marks if m["day"] is not None), key=lambda m: (m["day"], m["case_id"]))
    place = {m["case_id"]: k for k, m in enumerate(dated)}
    parent = np.array([place.get(m["parent"], -1) if m["parent"] else -1 for m in dated], np.int64)
    day = np.array([m["day"].toordinal() for m in dated], np.int64)
    for m, row in zip(dated, chains.layout_rows(parent, day=day).tolist(), strict=True):
        m["row"] = row
    frame = pl.DataFrame([{c: m.get(c) for c in MARKS} for m in marks], schema=MARKS)
    return frame.sort("row", "case_id", nulls_last=True)
