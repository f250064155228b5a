"""Contacts and contacts of contacts of the cases asked about, with the sentence of each.

Pipeline: contacts.find on the cases asked about only; the same rows as in a whole run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import polars as pl

from fireline.contacts.find import find_people
from fireline.pipeline.trace import gates
from fireline.pipeline.trace.model import PEOPLE, Traced, asked_cases, named_places, rules_of
from fireline.policy import At
from fireline.policy.guard import require_rule
from fireline.records.model import Records

Kind = Literal["contacts", "secondary"]


def trace_people(
    records: Records, rules: At, *, at: datetime, case_ids: Sequence[str], kind: Kind = "contacts"
) -> Traced:
    """Find the contacts of cases, or those of their contacts.

    Parameters
    ----------
    records : Records
    rules : At   disease and area; each case is judged by the rules of the day it became known
    at : datetime, aware   nothing later is looked at
    case_ids : sequence of str
    kind : "contacts" = named and found contacts; "secondary" = the contacts of the close ones of these cases

    Returns
    -------
    Traced   columns model.PEOPLE, sorted by case, class and person

    Raises
    ------
    PolicyError   no rule in force allows the search on the day of one of the cases; says which is missing
    InputError    a case is not there
    """
    asked = asked_cases(records, rules, case_ids)
    allowed = []
    for case in asked:
        allowed.append(gates.contacts_rule(case, rules, tz=records.tz))
        if kind == "secondary":
            require_rule(gates.secondary_answer(case, rules, tz=records.tz))
    ids = [case["case_id"] for case in asked]
    if kind == "secondary":  # each case on its own: a person may be linked to two of them
        found = [
            find_people(records, rules, at=at, searched={one}, followed={one}, only={one}) for one in ids
        ]
    else:
        found = [find_people(records, rules, at=at, searched=ids, followed=(), only=ids)]
    table = as_people(pl.concat([people.found for people in found]), records, kind=kind)
    notes = tuple(dict.fromkeys(note for people in found for note in people.notes))
    used = [*table.select("rule_id", "edition").rows(), *((rule.id, rule.edition) for rule in allowed)]
    return Traced(kind, table, notes=notes, rules=rules_of(used))


def as_people(found: pl.DataFrame, records: Records, *, kind: Kind) -> pl.DataFrame:
    """Rows of contacts.tables.FOUND as people of a trace: minutes, names of places, the kind asked for."""
    is_second = pl.col("class") == "secondary"
    names = named_places(records)
    return (
        found.filter(is_second if kind == "secondary" else ~is_second)
        .with_columns(
            (pl.col("overlap_s") / 60).round(1).alias("overlap_min"),
            pl.col("first_exposure").alias("first"),
            pl.col("last_exposure").alias("last"),
            pl.col("place_id").replace_strict(names, default=pl.col("place_id")).alias("place")
            if names
            else pl.col("place_id").alias("place"),
        )
        .select([pl.col(name).cast(dtype) for name, dtype in PEOPLE.items()])
        .sort(
            "case_id",
            pl.col("class").replace_strict(_ORDER, default=9),
            pl.col("overlap_min"),
            "person_key",
            descending=[False, False, True, False],
            nulls_last=True,
        )
    )


_ORDER = {"close": 0, "secondary": 1, "companion": 2, "general": 3, "unclassified": 4}
