"""What a trace gives: one table with reasons, and what was not done.

Pipeline: made by the functions of this folder, printed by the commands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from fireline.contacts.windows import cases_of
from fireline.errors import InputError
from fireline.policy import At
from fireline.records.model import INSTANT, Records
from fireline.words import Words

PEOPLE: dict[str, pl.DataType] = {
    "case_id": pl.String(),
    "person_key": pl.String(),
    "class": pl.String(),
    "basis": pl.String(),
    "overlap_min": pl.Float64(),  # null where the data hold dates only
    "episodes": pl.Int64(),
    "first": INSTANT,
    "last": INSTANT,
    "precision": pl.String(),
    "place_id": pl.String(),
    "place": pl.String(),
    "rule_id": pl.String(),
    "edition": pl.String(),
    "why_zh": pl.String(),
    "why_en": pl.String(),
}
"""Columns of people found; a person is a pseudonym here, always."""

PLACES: dict[str, pl.DataType] = {
    "rank": pl.Int64(),
    "place_id": pl.String(),
    "place": pl.String(),
    "n_cases": pl.Int64(),
    "n_asked": pl.Int64(),
    "cases": pl.String(),
    "log_ratio": pl.Float64(),
    "expected": pl.Float64(),
    "n_others": pl.Int64(),
    "case_hours": pl.Float64(),
    "first": INSTANT,
    "last": INSTANT,
    "rule_id": pl.String(),
    "edition": pl.String(),
    "why_zh": pl.String(),
    "why_en": pl.String(),
}
"""Columns of common places."""


@dataclass(frozen=True, slots=True)
class Traced:
    """The answer to one question.

    Attributes
    ----------
    kind : str, contacts, secondary, companions, backward or chain
    table : DataFrame   columns PEOPLE or PLACES, or LINKS of chain; sorted
    notes : tuple of Words, what was not done and why
    rules : tuple of (id, edition), the rules that allowed it
    advice : Words or None   what must be read with it
    more : mapping from name to DataFrame   further tables (possible sources and figures of the chain)
    """

    kind: str
    table: pl.DataFrame
    notes: tuple[Words, ...] = ()
    rules: tuple[tuple[str, str], ...] = ()
    advice: Words | None = None
    more: Mapping[str, pl.DataFrame] = field(default_factory=dict)


def asked_cases(records: Records, rules: At, case_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of the cases asked about, each once, in the order asked.

    Raises
    ------
    InputError   one is not among the cases of the disease (says which in the list, never its name)
    """
    cases = cases_of(records, rules)
    by_id = {row["case_id"]: row for row in cases.iter_rows(named=True)}
    wanted = list(dict.fromkeys(case_ids))
    for k, name in enumerate(wanted):
        if name not in by_id:
            raise InputError(
                Words(
                    f"第 {k + 1} 个病例编号：不在 {rules.disease} 的 {len(by_id)} 例病例中；"
                    "请从病例列表中选择",
                    f"case number {k + 1} of those asked about: not among the {len(by_id)} cases of "
                    f"{rules.disease}; choose an id of the line list, or another --disease",
                )
            )
    return [by_id[name] for name in wanted]


def named_places(records: Records) -> dict[str, str]:
    """Names of places by id; a place without a name is left out."""
    places = records.table("places").drop_nulls("name")
    return dict(zip(places["place_id"], places["name"], strict=True))


def rules_of(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Rule ids with editions, each once, sorted, without rows that no rule decided."""
    return tuple(sorted({(rule, edition) for rule, edition in pairs if rule}))
