"""The rule of worth: restrict while a weighted person-day prevents enough infections, wide rather than hard.

Chapter 8: the policy that did best in the backtest of decision 13; a candidate beside the two-tier rule.
"""

from __future__ import annotations

from dataclasses import replace

from fireline.words import Words
from fireline.zones.candidates.model import Candidate, Effect, Limits
from fireline.zones.candidates.threshold import threshold
from fireline.zones.ground import Ground
from fireline.zones.risk import Risk

PER_PERSON_DAY = 2e-6
"""Infections, modelled, that a weighted person-day has to prevent; chosen on the counties of development."""
MANAGED_MORE = 0.8 / 0.55
"""How much better managing is held to be here than ``Effect`` says: the model sees too few of the units that
will matter, so it pays to manage more of them rather than to seal fewer. Chosen on the same counties."""


def by_worth(
    ground: Ground,
    risk: Risk,
    effect: Effect,
    limits: Limits,
    *,
    per_person_day: float = PER_PERSON_DAY,
    managed_more: float = MANAGED_MORE,
) -> Candidate:
    """Zone of the rule of worth.

    Parameters
    ----------
    per_person_day : infections that a weighted person-day has to prevent, above 0
    managed_more : factor on the effect of managing while the zone is drawn; it never passes that of sealing

    Returns
    -------
    Candidate   "worth"; unlike a coverage it gives a small outbreak a small zone and a large one a large zone

    Raises
    ------
    InputError   risk and ground do not belong together
    ValueError   per_person_day or managed_more is not above 0
    """
    if not (per_person_day > 0 and managed_more > 0):
        raise ValueError(
            f"by_worth: per_person_day and managed_more must be above 0, "
            f"found {per_person_day}, {managed_more}"
        )
    held = replace(effect, managed=min(effect.managed * managed_more, effect.sealed))
    words = Words(
        f"每百万加权人日至少阻断 {1e6 * per_person_day:g} 例感染的单元，宁多管控、少封控",
        f"units where a million weighted person-days prevent {1e6 * per_person_day:g} infections or more; "
        "managed widely rather than sealed hard",
    )
    found = threshold(ground, risk, held, limits, worth=per_person_day)
    return replace(found, name="worth", words=words)
