"""Make the units of an input ready for zones where it has no adjacency, and say everything assumed.

Pipeline: between cleaning and the chapters; used by ``pipeline.intake``.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import shapely

from fireline.records.missing import NO_PEOPLE
from fireline.records.model import Records
from fireline.words import Words
from fireline.zones.outlines.complete import complete
from fireline.zones.outlines.hostile import TangledError
from fireline.zones.outlines.people import share_population
from fireline.zones.outlines.tables import empty

_FAILED = Words(
    "单元的界线无法计算（处处重叠或几何错误）：没有由界线得出的相邻关系；请核对界线文件。",
    "The outlines of units could not be worked with (they lie on each other everywhere, or a geometry "
    "error): no borders from them; check the file.",
)


def complete_ground(records: Records) -> tuple[Records, pl.DataFrame]:
    """Fill in what units lack.

    Parameters
    ----------
    records : cleaned tables

    Returns
    -------
    (records, findings)   with units mended, borders found and population shared out where the input has
        units but no adjacency; with adjacency stated, population only. ``missing`` gains one sentence for
        each kind of finding. Without units: as they were, and no findings.
    """
    if not records.has("units"):
        return records, empty("ground_findings")
    units, areas = records.table("units"), records.table("areas")
    if records.has("adjacency"):
        if not units["population"].null_count():
            return records, empty("ground_findings")
        filled, found = share_population(units, areas)
        notes = tuple(
            (f"{r['what_zh']}；{r['assumed_zh']}。", f"{r['what_en']}; {r['assumed_en']}.")
            for r in found.iter_rows(named=True)
        )
        return _with(records, {"units": filled}, notes), found
    try:
        done = complete(units, areas=areas, cases=records.table("cases"), area=records.area)
    except (TangledError, shapely.errors.GEOSException):  # the second: passes every check and still breaks
        filled, found = share_population(units, areas)
        return _with(records, {"units": filled}, ((_FAILED.zh, _FAILED.en),)), found
    tables = {"units": done.units}
    if done.adjacency.height:
        tables["adjacency"] = done.adjacency
    return _with(records, tables, tuple((n.zh, n.en) for n in done.notes)), done.findings


def _with(records: Records, tables: dict[str, pl.DataFrame], notes: tuple[tuple[str, str], ...]) -> Records:
    has_people = tables["units"]["population"].sum() > 0
    missing = tuple(said for said in records.missing if not (has_people and said == NO_PEOPLE))
    return replace(records, tables={**records.tables, **tables}, missing=missing + notes)
