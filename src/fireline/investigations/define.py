"""Case definitions as versioned data: classify a line list under one version, and compare two versions.

Chapter 6: reads records and the predicates of policy; is read by describe.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from fireline.errors import InputError
from fireline.investigations.attack import answers_of
from fireline.investigations.model import ILLNESS, SYMPTOM, Definition, Scope
from fireline.policy.model import Answer
from fireline.policy.predicate import evaluate
from fireline.records.model import Records
from fireline.words import Words

CLASS_ORDER = ("confirmed", "probable", "suspected")
"""From the strongest class down; the first whose predicate holds is the class."""

NOT_A_CASE = "not_a_case"
UNKNOWN = "unknown"


def facts_of(records: Records, lines: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """What is known of each case, for the predicates of a definition.

    Parameters
    ----------
    records : cleaned tables; exposures (symptoms and items) and tests
    lines : line list

    Returns
    -------
    dict from case_id to facts: age, sex, group, occupation, area_code, origin, cluster, has_onset,
    ``symptom:<name>`` and ``exposure:<item>`` (True, False; absent = unknown), ``<name>`` for symptoms told
    as a number (n_vomits_24h, fever_c), n_symptoms, has_exposure, lab_positive and ``lab:<kind>`` (True when
    any positive, False when only negatives, absent otherwise), is_linked (True when a link names the case;
    never False: a link nobody found proves nothing)
    """
    told = _told(records)
    labs = _labs(records)
    links = records.table("links")
    named = set(links["to_person"].to_list()) if links.height else set()
    plain = [
        c
        for c in ("age", "sex", "group", "occupation", "area_code", "origin", "cluster")
        if c in lines.columns
    ]
    facts: dict[str, dict[str, Any]] = {}
    for row in lines.iter_rows(named=True):
        person = row["person_key"]
        one: dict[str, Any] = {name: row[name] for name in plain if row[name] is not None}
        one["has_onset"] = row["onset"] is not None
        one.update(told.get(person, {}))
        one.update(labs.get(person, {}))
        if person in named:
            one["is_linked"] = True
        symptoms = [v for name, v in one.items() if name.startswith(SYMPTOM)]
        one["n_symptoms"] = sum(symptoms) if symptoms else None
        exposed = [v for name, v in one.items() if name.startswith("exposure:")]
        one["has_exposure"] = any(exposed) if exposed else None
        facts[str(row["case_id"])] = one
    return facts


def _told(records: Records) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    told = answers_of(records.table("exposures").filter(pl.col("item") != ILLNESS))
    for person, item, answer, amount in told.select("person_key", "item", "answer", "amount").iter_rows():
        if answer == "unknown":
            continue
        one = found.setdefault(person, {})
        if not item.startswith(SYMPTOM):
            one[f"exposure:{item}"] = answer == "yes"
            continue
        name = item.removeprefix(SYMPTOM)
        one[item] = answer == "yes"
        if amount is not None:
            one[name] = amount
    return found


def _labs(records: Records) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    tests = records.table("tests").filter(
        (pl.col("subject_kind") == "person") & pl.col("result").is_in(["positive", "negative"])
    )
    for person, kind, result in tests.select("subject_id", "kind", "result").iter_rows():
        one = found.setdefault(person, {})
        for name in ("lab_positive", f"lab:{kind}"):
            one[name] = bool(one.get(name, False) or result == "positive")
    return found


def scope_facts(records: Records, lines: pl.DataFrame, scope: Scope) -> dict[str, dict[str, bool | None]]:
    """Whether each case meets the person, place and time of a scope (None = not known).

    Parameters
    ----------
    records : cleaned tables; ``visits`` for places
    lines : line list
    scope : the limits; an empty part is met by everybody

    Returns
    -------
    dict from case_id to {"person", "place", "time"}: bool or None
    """
    been: dict[str, set[str]] = {}
    for person, place in records.table("visits").select("person_key", "place_id").unique().iter_rows():
        been.setdefault(person, set()).add(place)
    found: dict[str, dict[str, bool | None]] = {}
    for row in lines.iter_rows(named=True):
        found[str(row["case_id"])] = {
            "person": _all(
                _one_of(row.get("group"), scope.groups),
                _one_of(row.get("occupation"), scope.occupations),
                _between(row.get("age"), scope.min_age, scope.max_age, closed=True),
            ),
            "place": _all(
                _in_area(row.get("area_code"), scope.area_codes),
                _been_at(been.get(str(row["person_key"])), scope.place_ids),
            ),
            "time": _between(row.get("onset"), scope.onset_from, scope.onset_to, closed=False),
        }
    return found


def _all(*parts: bool | None) -> bool | None:
    if False in parts:
        return False
    return None if None in parts else True


def _one_of(value: str | None, allowed: tuple[str, ...]) -> bool | None:
    if not allowed:
        return True
    return None if value is None else value in allowed


def _in_area(value: str | None, allowed: tuple[str, ...]) -> bool | None:
    if not allowed:
        return True
    return None if value is None else any(value.startswith(code) for code in allowed)


def _been_at(places: set[str] | None, allowed: tuple[str, ...]) -> bool | None:
    if not allowed:
        return True
    if places and places & set(allowed):
        return True
    return None  # a trajectory is never complete: absence of a stay proves nothing


def _between(value: Any, low: Any, high: Any, *, closed: bool) -> bool | None:
    if low is None and high is None:
        return True
    if value is None:
        return None
    if low is not None and value < low:
        return False
    return not (high is not None and (value > high if closed else value >= high))


def classify(records: Records, lines: pl.DataFrame, definition: Definition) -> pl.DataFrame:
    """Class of every case under one version of a definition.

    Parameters
    ----------
    records : cleaned tables
    lines : line list
    definition : the version to apply

    Returns
    -------
    DataFrame   case_id, classification (confirmed, probable, suspected, not_a_case, or unknown where missing
        facts decide), definition, version; sorted by case_id

    Notes
    -----
    The strongest class whose predicate is True wins. When none is True and at least one is not known, the
    class is "unknown": a missing fact is never read as "no".

    Raises
    ------
    InputError   the definition names a class that does not exist, or none
    """
    wrong = sorted(set(definition.classes) - set(CLASS_ORDER))
    if wrong or not definition.classes:
        raise InputError(
            Words(
                f"病例定义 {definition.id} 第 {definition.version} 版：现有分类 {wrong or '无'}；"
                f"允许：{'、'.join(CLASS_ORDER)}，至少一类",
                f"case definition {definition.id!r} version {definition.version}: "
                f"found classes {wrong or 'none'}; allowed: {', '.join(CLASS_ORDER)}, at least one",
            )
        )
    facts = facts_of(records, lines)
    scopes = scope_facts(records, lines, definition.scope)
    rows = []
    for case_id in sorted(facts):
        rows.append(
            {
                "case_id": case_id,
                "classification": _class(definition.classes, facts[case_id], _all(*scopes[case_id].values())),
                "definition": definition.id,
                "version": definition.version,
            }
        )
    return pl.DataFrame(
        rows,
        schema={
            "case_id": pl.String(),
            "classification": pl.String(),
            "definition": pl.String(),
            "version": pl.Int64(),
        },
    )


def _class(classes: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Any], in_scope: bool | None) -> str:
    if in_scope is False:
        return NOT_A_CASE
    is_open = False
    for name in CLASS_ORDER:
        if name not in classes:
            continue
        met = _all(in_scope, evaluate(classes[name], facts))
        if met:
            return name
        is_open = is_open or met is None
    return UNKNOWN if is_open else NOT_A_CASE


def compare(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """What changes between two versions.

    Parameters
    ----------
    old, new : DataFrames of ``classify``

    Returns
    -------
    DataFrame   case_id, before, after for every case whose class differs (a case that only one version saw
        has null on the other side), sorted by case_id
    """
    return (
        old.select("case_id", pl.col("classification").alias("before"))
        .join(
            new.select("case_id", pl.col("classification").alias("after")),
            on="case_id",
            how="full",
            coalesce=True,
        )
        .filter(pl.col("before").ne_missing(pl.col("after")))
        .sort("case_id")
    )


def from_rules(disease: str, answers: Mapping[str, Answer]) -> Definition | None:
    """Definition made of the case-definition rules in force; None where there are none.

    Parameters
    ----------
    disease : disease id
    answers : mapping from "confirmed", "probable", "suspected" to the resolver's answers
    """
    found = {
        name: answers[name].value
        for name in CLASS_ORDER
        if name in answers and answers[name].in_force and answers[name].value
    }
    rules = [answers[name].rule for name in CLASS_ORDER if name in found]
    first = next((r for r in rules if r is not None), None)
    if first is None:
        return None
    return Definition(
        id=first.edition,
        version=1,
        valid_from=first.valid_from,
        disease=disease,
        text=Words(zh=f"按{first.edition}的病例定义", en=f"Case definition of {first.edition}"),
        author=Words(zh="规则包", en="policy pack"),
        classes={name: value for name, value in found.items() if value is not None},
    )
