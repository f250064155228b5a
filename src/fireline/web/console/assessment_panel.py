"""What a page shows of the risk assessment of a trigger: lists to choose from, versions, signatures, dissent.

Web, console: words of the chapter in the language of the page; no reads here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fireline.privacy.purposes import Role
from fireline.signals.assessment import CONFIDENCES, IMPACTS, LEVEL_WORDS, LIKELIHOODS, MATRIX
from fireline.signals.model import LEVELS
from fireline.store.actor import plain_unit
from fireline.web.console.frame import Desk
from fireline.web.shared.strings import language_now
from fireline.words import Words

LISTS: Mapping[str, Mapping[str, Words]] = {
    "likelihood": LIKELIHOODS,
    "impact": IMPACTS,
    "confidence": CONFIDENCES,
}


def risk_name(level: str) -> str:
    """A level of risk in the language of the page."""
    return LEVEL_WORDS[level].get(language_now()) if level in LEVEL_WORDS else level


def in_words(row: Mapping[str, Any]) -> dict[str, Any]:
    """One version with its choices in words."""
    words = {f"{name}_name": _word(chosen, row[name]) for name, chosen in LISTS.items()}
    return {
        **row,
        **words,
        "level_name": risk_name(row["level"]),
        "computed_name": risk_name(row["computed"]),
        "is_overridden": row["level"] != row["computed"],
    }


def _word(chosen: Mapping[str, Words], value: str) -> str:
    return chosen[value].get(language_now()) if value in chosen else value


def matrix(chosen: tuple[str, str] | None = None) -> dict[str, Any]:
    """The matrix as a table: impacts as columns, the gravest likelihood first; ``chosen`` marks one cell."""
    short = [w.get(language_now()).partition("：")[0].partition(":")[0] for w in IMPACTS.values()]
    rows = [
        {
            "name": LIKELIHOODS[likelihood].get(language_now()),
            "cells": [
                {"level": level, "name": risk_name(level), "is_chosen": (likelihood, impact) == chosen}
                for impact, level in zip(IMPACTS, levels, strict=True)
            ],
        }
        for likelihood, levels in list(MATRIX.items())[::-1]
    ]
    return {"impacts": short, "rows": rows}


def options() -> dict[str, Any]:
    """The closed lists, and the levels, as options of a form."""
    lang = language_now()
    found = {
        name: [{"code": key, "label": words.get(lang)} for key, words in chosen.items()]
        for name, chosen in LISTS.items()
    }
    return {**found, "level": [{"code": level, "label": risk_name(level)} for level in LEVELS]}


def may_countersign(desk: Desk, row: Mapping[str, Any]) -> bool:
    """Whether this person may put the second signature under a version."""
    return (
        desk.actor.role == Role.COMMANDER
        and row["is_newest"]
        and row["is_whole"]
        and row["countersignature"] is None
        and desk.actor.username != row["signed_by"]
        and plain_unit(desk.actor.unit) != plain_unit(row["signed_unit"])
    )


def assessment_panel(
    desk: Desk, rows: Sequence[Mapping[str, Any]], *, may_decide: bool, state: str
) -> dict[str, Any]:
    """Values of the panel on a trigger's page.

    Parameters
    ----------
    rows : versions, newest first, of access.trigger
    may_decide : whether the actor answers for all areas of the trigger
    state : of the trigger
    """
    newest = in_words(rows[0]) if rows else None
    return {
        "assessment": newest,
        "versions": [in_words(row) for row in rows[1:]],
        "n_versions": len(rows),
        "may_assess": may_decide and desk.actor.role == Role.EPIDEMIOLOGIST and state != "discarded",
        "may_countersign": may_decide and newest is not None and may_countersign(desk, newest),
        "may_dissent": may_decide and newest is not None and newest["signed_by"] != desk.actor.username,
        "options": options(),
        "matrix": matrix(),
        "signer": {"name": desk.actor.display or desk.actor.username, "unit": desk.actor.unit or "–"},
    }
