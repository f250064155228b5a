"""What a zone proposal is: frozen tables of units, totals, gates and comparisons.

Chapter 8: reads contacts and rules, is read by tasks, oversight and the map.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from fireline.errors import PolicyError
from fireline.policy.model import Answer
from fireline.words import Words
from fireline.zones.tables import SCHEMAS, empty

LEVELS = ("sealed", "managed", "precaution")
"""Levels from strict to mild: 封控区, 管控区, 防范区."""

UNIT_KINDS = (
    "household",
    "floor",
    "unit",
    "building",
    "compound",
    "village",
    "street_block",
    "street",
    "county",
    "city",
)
"""Kinds of unit from small to large; a rule that allows one kind allows every smaller one."""

_ALIASES = {"block": "street_block", "township": "street", "town": "street", "subdistrict": "street"}


def unit_rank(kind: str) -> int | None:
    """Place of a unit kind in UNIT_KINDS; None where the kind is not one of them.

    Spellings such as "street block", "Compound" and "township" are accepted.
    """
    name = kind.strip().lower().replace(" ", "_").replace("-", "_")
    name = _ALIASES.get(name, name)
    return UNIT_KINDS.index(name) if name in UNIT_KINDS else None


def allowed_rank(text: str) -> int:
    """Largest unit kind that a rule's text allows.

    Parameters
    ----------
    text : one kind, or several joined by "_or_", "<=", "|" or "/" ("compound_or_village",
        "household<=building"): the largest counts

    Raises
    ------
    PolicyError   a named kind is not one of UNIT_KINDS
    """
    parts = text.replace("<=", "|").replace("<", "|").replace("/", "|").replace("_or_", "|").split("|")
    ranks = [unit_rank(part) for part in parts if part.strip()]
    if not ranks or None in ranks:
        raise PolicyError(
            f"rule zone.unit: unit {text!r} is not known; allowed: {', '.join(UNIT_KINDS)}; mend the pack"
        )
    return max(rank for rank in ranks if rank is not None)


def _table(name: str) -> pl.DataFrame:
    return empty(name)


@dataclass(frozen=True, slots=True)
class Zones:
    """The two-tier proposal with everything needed to explain and compare it.

    Attributes
    ----------
    levels : one row per unit that is in a level (columns: ``zones.tables.SCHEMAS["zones"]``)
    totals : units, people and gates per level; a level without units has no row
    answers : what the rules said (zone.define per level, zone.unit, contact.lookback)
    notes : sentences for people: no rule, questions, what the data lack
    outside : units that are in no level, each with its sentence
    placements : how the unit of each case, visited place and case position was found
    gates : borders of each level with the gates that stand there
    candidates : radius and township zones beside the two-tier one, with the people each restricts
    shapes : centre and outline of every unit with its level, for maps
    """

    levels: pl.DataFrame
    totals: pl.DataFrame
    answers: tuple[Answer, ...] = ()
    notes: tuple[Words, ...] = ()
    outside: pl.DataFrame = field(default_factory=lambda: _table("zones_outside"))
    placements: pl.DataFrame = field(default_factory=lambda: _table("zone_placements"))
    gates: pl.DataFrame = field(default_factory=lambda: _table("zone_gates"))
    candidates: pl.DataFrame = field(default_factory=lambda: _table("zone_candidates"))
    shapes: pl.DataFrame = field(default_factory=lambda: _table("zone_shapes"))

    def tables(self) -> dict[str, pl.DataFrame]:
        """All tables by the name of their file in the run's folder."""
        named = {
            "zones": self.levels,
            "zone_totals": self.totals,
            "zones_outside": self.outside,
            "zone_placements": self.placements,
            "zone_gates": self.gates,
            "zone_candidates": self.candidates,
            "zone_shapes": self.shapes,
        }
        return {name: named[name] for name in SCHEMAS if name in named}
