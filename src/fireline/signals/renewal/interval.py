"""Which serial interval a disease profile can stand for: one with a source, spread from person to person.

Chapter 5: reads the profiles of policy; read by assess.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fireline.policy.model import Profile
from fireline.signals.renewal.model import SerialInterval
from fireline.words import Words

VERIFIED = ("V1", "V2", "L")


def serial_interval_of(profile: Profile | None) -> SerialInterval | Words:
    """The sourced serial interval of a disease, or why it has none.

    Parameters
    ----------
    profile : Profile or None

    Returns
    -------
    SerialInterval   or Words, one sentence that says why no R can be computed

    Notes
    -----
    The figure is the profile's ``serial_interval_days``; its source and confidence are those of the fact
    ``serial_interval``, for the standard deviation of ``serial_interval_sd`` where that fact exists.
    """
    if profile is None or profile.serial_interval_days is None:
        return Words("没有代间距", "it has no serial interval")
    if profile.spread != "person":
        return Words("并非人传人", "it does not spread from person to person")
    mean, sd = profile.serial_interval_days
    if mean <= 1 or sd <= 0:
        return Words("代间距不超过一天", "its serial interval is a day or less")
    fact = profile.facts.get("serial_interval")
    source = _source(fact)
    if not source:
        return Words("代间距没有可查的来源", "its serial interval has no source that was checked")
    spread = profile.facts.get("serial_interval_sd", fact)
    return SerialInterval(mean, sd, source, bool(_source(spread)))


def _source(fact: Any) -> str:
    """Source of a fact that was read somewhere; "" for one that is only known."""
    if not isinstance(fact, Mapping) or str(fact.get("confidence", "")) not in VERIFIED:
        return ""
    return str(fact.get("source", "")).strip()
