"""What the rules in force allow a zone to be, for candidates that are not drawn by the rule itself.

Chapter 8: reads rules, is read by candidates; nothing is allowed that no rule in force names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fireline.zones.candidates.model import Limits
from fireline.zones.delimit import find_level_rule
from fireline.zones.model import allowed_rank

if TYPE_CHECKING:
    from fireline.policy import At


def limits_of(rules: At) -> Limits:
    """Levels, unit size and rule ids of the rules in force.

    Raises
    ------
    PolicyError   a rule's unit kind does not exist

    Notes
    -----
    A level whose zone.define answers nothing in force may not be used. The size is zone.unit/sealed
    (its ``largest``, else its ``unit``); without one there is no limit. Editions that speak of high, medium
    and low are read under the same names as delimit reads them.
    """
    sealed, managed = (find_level_rule(rules, "zone.define", level) for level in ("sealed", "managed"))
    unit = find_level_rule(rules, "zone.unit", "sealed")
    largest = None
    if unit.in_force and unit.value is not None:
        largest = allowed_rank(str(unit.value.get("largest", unit.value["unit"])))
    return Limits(
        largest_rank=largest,
        may_seal=sealed.in_force and sealed.value is not None,
        may_manage=managed.in_force and managed.value is not None,
        sealed_rule=sealed.rule_id if sealed.in_force else "",
        managed_rule=managed.rule_id if managed.in_force else "",
        unit_rule=unit.rule_id if unit.in_force else "",
    )
