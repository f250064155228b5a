"""Whether a lower level's rule may replace a higher level's: direction, legal basis and end date.

Foundation: the resolver asks it for every local override.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fireline.policy.model import Confidence, Rule

_LESS_IS_STRICTER = {
    "hours", "count", "percent", "persons", "persons_ge", "tables_ge", "persons_le", "per_days",
    "min_minutes", "interval_days", "window_days",
}  # fmt: skip
"""Figures of which a smaller one asks more of people (a shorter deadline, a lower threshold or cap)."""

_MORE_IS_STRICTER = {"days", "k", "years", "hours_before", "radius_m", "rounds", "clean_rounds", "n_tests",
                     "lookback_days", "grid_m"}  # fmt: skip
"""Figures of which a larger one asks more of people (longer isolation, a wider radius)."""

_UNIT_SIZE = {
    "household": 1, "floor": 2, "unit": 3, "unit_or_building": 4, "household<=building": 4, "building": 4,
    "compound": 5, "compound_or_village": 6, "village": 6, "street": 7, "township": 8, "county": 9,
    "city": 10,
}  # fmt: skip


def may_override(local: Rule, above: Rule | None) -> bool:
    """Whether a local rule may take the place of the one above it.

    Parameters
    ----------
    local : Rule of a more specific jurisdiction
    above : Rule that answers at the level above, or None where that level is itself a tie

    Returns
    -------
    bool   True only where the level above allows the direction, the values tell the direction,
        and the local rule is sourced (V1, V2, L) with a legal basis and an end date
    """
    if above is None or not local.legal_basis.strip() or local.expires_at is None:
        return False
    if above.strictness == "neither" or local.confidence in (Confidence.K, Confidence.C):
        return False
    return direction(local, above) == above.strictness


def direction(local: Rule, above: Rule) -> str:
    """What the local rule does to the one above: "tighten", "loosen", "same" or "mixed" (cannot be told)."""
    if local.value is None or above.value is None:
        if local.value is None and above.value is None:
            return "same"
        return "loosen" if local.value is None else "tighten"
    if local.concept == "measure":
        signs = _measure_signs(local.value, above.value)
    elif local.concept in ("zone.define", "zone.unit"):
        signs = _signs(local.value, above.value) | _unit_signs(local.value, above.value)
    else:
        signs = _signs(local.value, above.value, hours_up=local.concept in ("exclusion", "prophylaxis"))
    if signs <= {0}:
        return "same" if dict(local.value) == dict(above.value) else "mixed"
    if signs <= {0, 1}:
        return "tighten"
    return "loosen" if signs <= {0, -1} else "mixed"


def _sign(new: float, old: float, *, more_is_stricter: bool) -> int:
    if new == old:
        return 0
    return 1 if (new > old) == more_is_stricter else -1


def _signs(new: Mapping[str, Any], old: Mapping[str, Any], *, hours_up: bool = False) -> set[int]:
    """One sign per figure both values hold: 1 stricter, -1 laxer; both where anything else differs."""
    signs = {0}
    for key in {*new, *old}:
        a, b = new.get(key), old.get(key)
        if a == b or key == "unit":
            continue
        known = key in _LESS_IS_STRICTER or key in _MORE_IS_STRICTER
        if not known or not isinstance(a, int | float) or not isinstance(b, int | float):
            return {1, -1}
        more = key in _MORE_IS_STRICTER or (key == "hours" and hours_up)
        signs.add(_sign(a, b, more_is_stricter=more))
    return signs


def _unit_signs(new: Mapping[str, Any], old: Mapping[str, Any]) -> set[int]:
    a, b = _UNIT_SIZE.get(str(new.get("unit")), 0), _UNIT_SIZE.get(str(old.get("unit")), 0)
    return {_sign(a, b, more_is_stricter=True)}


_PLACE_STRICTNESS = {
    "self_monitoring": 1,
    "home_monitoring": 2,
    "stay_until_negative": 3,
    "home": 4,
    "hospital": 5,
    "central": 5,
}


def _measure_signs(new: Mapping[str, Any], old: Mapping[str, Any]) -> set[int]:
    """Compares total days, days in the strictest places and number of tests; anchors must agree."""
    if new.get("anchor") != old.get("anchor") or new.get("day_zero") != old.get("day_zero"):
        return {1, -1}
    signs = set()
    for level in range(1, 6):
        signs.add(_sign(_days_at(new, level), _days_at(old, level), more_is_stricter=True))
    signs.add(_sign(_n_tests(new), _n_tests(old), more_is_stricter=True))
    return signs


def _days_at(value: Mapping[str, Any], level: int) -> float:
    return sum(p["days"] for p in value["phases"] if _PLACE_STRICTNESS[p["place"]] >= level)


def _n_tests(value: Mapping[str, Any]) -> int:
    return sum(len(p.get("tests", ())) + p.get("n_tests", 0) for p in value["phases"])
