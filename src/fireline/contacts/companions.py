"""Spatio-temporal companions under the rule in force: advice for a person to judge, never an order.

Chapter 7: reads contacts.cells and the rule; read by the store, the commands and the faces. Without a rule in
force it refuses, because no national definition exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from fireline.contacts.cells import CellIndex
from fireline.contacts.search import Integers, checked
from fireline.errors import PolicyError
from fireline.kernels.companions import AND, EPISODE, OR, TOTAL, Shared, find_companions
from fireline.policy.guard import require_rule
from fireline.policy.model import Answer, Rule
from fireline.words import Words

ADVICE = Words(
    "时空伴随只是提示：供人工核实，不能据此下达任何限制措施。",
    "Companions are advice: for a person to check; no restriction may rest on them.",
)

HOUR_S, DAY_S = 3_600, 86_400


@dataclass(frozen=True, slots=True)
class CompanionRule:
    """What the rule in force asks, in the units of the search.

    Attributes
    ----------
    rule : Rule
    grid_m : float   edge of a cell
    longer_than_s : int   time together must be more
    stay_longer_than_s : int or None   stay of either must be more; None = not asked
    stay_window_s : int   the stay is counted in this time before the end of the window
    join : "and" or "or"
    """

    rule: Rule
    grid_m: float
    longer_than_s: int
    stay_longer_than_s: int | None
    stay_window_s: int
    join: Literal["and", "or"]


@dataclass(frozen=True, slots=True, eq=False)
class Companions:
    """Companions of cases, and the rule they rest on.

    Attributes
    ----------
    found : Shared   one row for each case, cell and person
    rule : CompanionRule
    stay_in : "cell" or "area"   where the stay of either was counted
    minutes_of : "episode" or "total"   what had to last longer than the rule's minutes
    is_order : bool   always False
    advice : Words
    """

    found: Shared
    rule: CompanionRule
    stay_in: Literal["cell", "area"]
    minutes_of: Literal["episode", "total"]
    is_order: bool = False
    advice: Words = ADVICE


def rule_of(answer: Answer) -> CompanionRule:
    """Read the rule in force.

    Parameters
    ----------
    answer : Answer   of contact.companion

    Returns
    -------
    CompanionRule

    Raises
    ------
    PolicyError   no rule is in force (says which is missing), the answer is of another concept, or the rule
    asks
        for a stay without saying in how many days
    """
    if answer.asked.concept != "contact.companion":
        raise PolicyError(
            f"companions: found an answer of {answer.asked.concept}; allowed: contact.companion; ask for that"
        )
    rule = require_rule(answer)
    value = dict(answer.value or {})
    hours, days = value.get("min_stay_hours"), value.get("stay_window_days")
    if hours is not None and days is None:
        raise PolicyError(
            f"{rule.id}: found min_stay_hours without stay_window_days; allowed: both or neither; "
            "mend the pack"
        )
    return CompanionRule(
        rule=rule,
        grid_m=float(value["grid_m"]),
        longer_than_s=round(float(value["min_minutes"]) * 60),
        stay_longer_than_s=None if hours is None else round(float(hours) * HOUR_S),
        stay_window_s=0 if hours is None or days is None else round(float(days) * DAY_S),
        join=value["join"],
    )


def companions(
    cells: CellIndex,
    cases: Integers,
    from_s: Integers | int,
    to_s: Integers | int,
    answer: Answer,
    *,
    stay_in: Literal["cell", "area"] = "cell",
    minutes_of: Literal["episode", "total"] = "episode",
) -> Companions:
    """Find everyone who shared a grid cell with a case for long enough, by the rule in force.

    Parameters
    ----------
    cells : CellIndex   on a grid whose edge is the rule's
    cases : integers, shape (n_cases,)   person indices
    from_s, to_s : integers, shape (n_cases,), or one for all   window [from, to) of each case
    answer : Answer   of contact.companion on the case's day, at its place
    stay_in : "cell" = the stay of either in the shared cell counts; "area" = in any cell of the index
    minutes_of : "episode" = one unbroken time together must be more than the rule's minutes; "total" = all of
        them in one cell inside the window together

    Returns
    -------
    Companions   rows sorted by (case_i, cell_i, person_i); advice, never an order

    Raises
    ------
    PolicyError   no rule is in force, or the index is on a grid of another edge
    ValueError   shapes differ, a case is no index, or a window ends before it begins

    Notes
    -----
    Together = both in one cell at the same time. "More than" is strict: 10 minutes exactly is no companion
    under "more than 10 minutes". With "and", minutes and stay must both hold; with "or", one of
    them, and the two were in the cell together for at least a second. The stay counts in [to - days, to).
    """
    rule = rule_of(answer)
    if cells.grid is None or cells.grid.edge_m != rule.grid_m:
        found = "cells of no known edge" if cells.grid is None else f"cells of {cells.grid.edge_m:g} m"
        raise PolicyError(
            f"{rule.rule.id}: found {found}; allowed: cells of {rule.grid_m:g} m as the rule says; "
            "build the index on that grid"
        )
    asked: dict[str, Any] = checked(cases, from_s, to_s, 1, within_s=0)
    found_rows = find_companions(
        cells.arrays,
        base_s=cells.base_s,
        n_days=cells.n_days,
        cases=asked["cases"],
        from_s=asked["from_s"],
        to_s=asked["to_s"],
        longer_than_s=rule.longer_than_s,
        stay_longer_than_s=-1 if rule.stay_longer_than_s is None else rule.stay_longer_than_s,
        stay_window_s=rule.stay_window_s,
        join=AND if rule.join == "and" else OR,
        reading=EPISODE if minutes_of == "episode" else TOTAL,
        area=cells.area() if stay_in == "area" else None,
        buffers=cells.buffers,
    )
    return Companions(found_rows, rule, stay_in, minutes_of)


def people_of(found: Shared) -> tuple[np.ndarray[Any, np.dtype[np.uint32]], ...]:
    """Distinct (case_i, person_i) of companions, sorted.

    Returns
    -------
    (case_i, person_i)   uint32 arrays; a person met in several cells has one row for each case
    """
    pairs = np.unique((found.case_i.astype(np.uint64) << np.uint64(32)) | found.person_i.astype(np.uint64))
    return (pairs >> np.uint64(32)).astype(np.uint32), (pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32)
