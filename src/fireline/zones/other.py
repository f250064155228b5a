"""The zones that are not about people, as every face shows them: areas of a vector, surveys, sources.

Chapter 8: zones are numbered and no case is named; a run, its report and the console read the same tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from fireline.policy.model import Answer
from fireline.records.model import Records
from fireline.words import Words
from fireline.zones.source import source_zones
from fireline.zones.tables import SCHEMAS, empty
from fireline.zones.vector import surveys, vector_zones

if TYPE_CHECKING:
    from fireline.policy import At


@dataclass(frozen=True, slots=True)
class OtherZones:
    """Zones that restrict breeding water or things.

    Attributes
    ----------
    is_vector : bool, the disease is carried by a vector
    areas, lifting, surveys : ``SCHEMAS["vector_areas"]``, ``["vector_lifting"]``, ``["vector_surveys"]``;
        zones are V1, V2, ...
    sources : ``SCHEMAS["sources"]`` without case ids; trace : ``SCHEMAS["source_trace"]``
    answers : rules asked, of what there is
    notes : tuple of Words
    """

    is_vector: bool = False
    areas: pl.DataFrame = field(default_factory=lambda: empty("vector_areas"))
    lifting: pl.DataFrame = field(default_factory=lambda: empty("vector_lifting"))
    surveys: pl.DataFrame = field(default_factory=lambda: empty("vector_surveys"))
    sources: pl.DataFrame = field(default_factory=lambda: empty("sources").drop("case_ids"))
    trace: pl.DataFrame = field(default_factory=lambda: empty("source_trace"))
    answers: tuple[Answer, ...] = ()
    notes: tuple[Words, ...] = ()

    def tables(self) -> dict[str, pl.DataFrame]:
        """Tables of what there is: a vector's for its diseases, those of sources where there are any."""
        found: dict[str, pl.DataFrame] = {}
        if self.is_vector:
            found |= {
                "vector_areas": self.areas,
                "vector_lifting": self.lifting,
                "vector_surveys": self.surveys,
            }
        if self.sources.height:
            found |= {"sources": self.sources, "source_trace": self.trace}
        return found


def other_zones(records: Records, rules: At, *, at: datetime) -> OtherZones:
    """Areas of a vector and sources by the rules of the day.

    Parameters
    ----------
    records : see ``vector_zones`` and ``source_zones``
    rules : bound to the disease, its area and the day
    at : aware UTC instant; nothing later is used
    """
    profile = rules.profile
    is_vector = profile is not None and profile.spread == "vector"
    areas, lifting, seen = empty("vector_areas"), empty("vector_lifting"), empty("vector_surveys")
    answers: tuple[Answer, ...] = ()
    notes: tuple[Words, ...] = ()
    if is_vector:
        vector = vector_zones(records, rules, at=at)
        names = {name: f"V{i}" for i, name in enumerate(vector.lifting["zone_id"].to_list(), 1)}
        areas, lifting = (
            frame.with_columns(zone_id=pl.col("zone_id").replace_strict(names, return_dtype=pl.String))
            for frame in (vector.areas, vector.lifting)
        )
        seen = _surveys_table(records, at=at)
        answers, notes = vector.answers, vector.notes
    source = source_zones(records, rules, at=at)
    if source.sources.height:
        answers, notes = (*answers, *source.answers), (*notes, *source.notes)
    return OtherZones(
        is_vector, areas, lifting, seen, source.sources.drop("case_ids"), source.trace, answers, notes
    )


def _surveys_table(records: Records, *, at: datetime) -> pl.DataFrame:
    rows = [
        (area, one.day, one.houses, one.index)
        for area, known in sorted(surveys(records, at=at).items())
        for one in known
    ]
    return pl.DataFrame(rows, schema=SCHEMAS["vector_surveys"], orient="row")
