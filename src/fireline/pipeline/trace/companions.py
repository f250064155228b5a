"""Spatio-temporal companions of the cases asked about, under the rule in force: advice, never an order.

Pipeline: contacts.companions over stays at places with coordinates and over samples of positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from fireline.clock import epoch_s, from_epoch_s
from fireline.contacts.cells import CellIndex
from fireline.contacts.companions import ADVICE, CompanionRule, Companions, companions, rule_of
from fireline.contacts.explain_search import why_companion
from fireline.contacts.grid import NO_CELL, Grid
from fireline.contacts.index import VisitIndex
from fireline.contacts.near import Positions
from fireline.contacts.windows import window_of
from fireline.pipeline.trace import gates
from fireline.pipeline.trace.model import PEOPLE, Traced, asked_cases, rules_of
from fireline.pipeline.trace.stays import Numbers, Stays
from fireline.policy import At
from fireline.policy.model import Answer
from fireline.records.model import Records
from fireline.words import Words

LONGEST_SILENCE_S = 1_800
"""A longer time between two samples of one phone is no position at all."""


@dataclass(frozen=True, slots=True)
class Question:
    """One case with the rules that allow its search.

    Attributes
    ----------
    case : dict, a row of windows.cases_of
    answer : Answer   of contact.companion
    rule : CompanionRule
    start, end : datetime or None   window under the look-back; None where no day can be counted from
    """

    case: dict[str, Any]
    answer: Answer
    rule: CompanionRule
    start: datetime | None
    end: datetime | None

    @property
    def since(self) -> datetime | None:
        """Begin of the stays that can matter: those that the rule counts before the end of the window too."""
        if self.start is None or self.end is None:
            return None
        return min(self.start, self.end - timedelta(seconds=self.rule.stay_window_s))


def questions(records: Records, rules: At, *, at: datetime, case_ids: Sequence[str]) -> list[Question]:
    """Rule and window of each case asked about.

    Raises
    ------
    PolicyError   no companion rule or no look-back is in force for one of the cases; says which
    InputError    a case is not there
    """
    found = []
    for case in asked_cases(records, rules, case_ids):
        answer = gates.companion_answer(case, rules, tz=records.tz)
        lookback = gates.lookback_answer(case, rules, "companion", tz=records.tz)
        start, end, _, _ = window_of(case, lookback, tz=records.tz, at=at)
        found.append(Question(case, answer, rule_of(answer), start, end))
    return found


def trace_companions(
    records: Records, rules: At, *, at: datetime, case_ids: Sequence[str], stays: Stays | None = None
) -> Traced:
    """Find who shared a grid cell with a case for long enough.

    Parameters
    ----------
    records : Records   places, positions, and visits where ``stays`` is None
    rules, at, case_ids : see people.trace_people
    stays : Stays or None   of a store; must cover all windows and the days of stay that the rule counts

    Returns
    -------
    Traced   columns model.PEOPLE, one row for each case, person and cell; class "companion"

    Raises
    ------
    PolicyError   no companion rule or no look-back is in force for one of the cases
    InputError    a case is not there

    Notes
    -----
    The grid begins at the whole degree below the median place, so that one more place moves no cell.
    """
    asked = questions(records, rules, at=at, case_ids=case_ids)
    held = stays or Stays.of_visits(records.table("visits"), tz=records.tz)
    persons = held.persons.and_of(records.table("positions")["person_key"])
    number = persons.find([q.case["person_key"] for q in asked])
    usable = [q for q in asked if q.start and q.end and q.end > q.start and q.case["person_key"] in number]
    parts = []
    for rule_id in dict.fromkeys(q.answer.rule_id for q in usable):
        group = [q for q in usable if q.answer.rule_id == rule_id]
        parts.append(_search(group, number=number, held=held, persons=persons, records=records))
    table = pl.concat([pl.DataFrame(schema=PEOPLE), *parts]).sort("case_id", "person_key", "place_id")
    return Traced(
        "companions",
        table,
        notes=_notes(len(asked) - len(usable), records),
        rules=rules_of((q.answer.rule_id, q.rule.rule.edition) for q in asked),
        advice=ADVICE,
    )


def grid_of(records: Records, edge_m: float) -> Grid | None:
    """The grid of these records; None where nothing has coordinates."""
    spots = pl.concat(
        [records.table(name).select("lon", "lat").drop_nulls() for name in ("places", "positions")]
    )
    if spots.is_empty():
        return None
    lon, lat = (float(np.median(spots[c].to_numpy())) for c in ("lon", "lat"))
    return Grid(edge_m=edge_m, origin_lon=float(np.floor(lon)), origin_lat=float(np.floor(lat)))


def cell_of_place(places: Numbers, records: Records, grid: Grid) -> np.ndarray:
    """Cell of each place by its number; NO_CELL where it has no coordinates."""
    spots = records.table("places").select("place_id", "lon", "lat").unique("place_id", keep="first")
    known = places.table.join(spots, left_on="key", right_on="place_id", how="left", maintain_order="left")
    size = int(known["number"].max() or 0) + 1 if known.height else 1  # type: ignore[arg-type]
    cells = np.full(size, NO_CELL, np.int64)
    lon, lat = (known[c].fill_null(float("nan")).to_numpy() for c in ("lon", "lat"))
    cells[known["number"].to_numpy()] = grid.cells(lon, lat).cell_i
    return cells


def cells_of(held: Stays, persons: Numbers, records: Records, grid: Grid) -> CellIndex:
    """Stays at places with coordinates, and positions, in the cells of a grid."""
    cells = cell_of_place(held.places, records, grid)
    samples = records.table("positions")
    if samples.is_empty():
        return CellIndex.from_segments(held.exact, grid=grid, cell_of_place=cells)
    positions = Positions.from_degrees(
        persons.column(samples["person_key"]),
        samples["at"].dt.epoch("s").to_numpy(),
        samples["lon"].to_numpy(),
        samples["lat"].to_numpy(),
        grid=grid,
        max_gap_s=LONGEST_SILENCE_S,
    )
    pieces = positions.pieces
    where = grid.cells_of_metres(pieces.x_m, pieces.y_m).cell_i
    # places and cells share one numbering here: a cell of a position is put behind the places
    distinct, which = np.unique(where, return_inverse=True)
    behind = VisitIndex.from_arrays(
        pieces.person, which.astype(np.int64) + cells.size, pieces.enter, pieces.leave
    )
    both = np.concatenate([cells, distinct])
    return CellIndex.from_segments((*held.exact, behind), grid=grid, cell_of_place=both)


def _search(
    group: list[Question], *, number: dict[str, int], held: Stays, persons: Numbers, records: Records
) -> pl.DataFrame:
    """Companions of cases under one rule."""
    grid = grid_of(records, group[0].rule.grid_m)
    if grid is None:
        return pl.DataFrame(schema=PEOPLE)
    found = companions(
        cells_of(held, persons, records, grid),
        np.array([number[q.case["person_key"]] for q in group], np.uint32),
        np.array([epoch_s(q.start) for q in group if q.start], np.int64),
        np.array([epoch_s(q.end) for q in group if q.end], np.int64),
        group[0].answer,
    )
    names = persons.names(found.found.person_i)
    return _table(found, [q.case["case_id"] for q in group], names, grid=grid, tz=records.tz)


def _table(
    found: Companions, cases: list[str], names: list[str], *, grid: Grid, tz: ZoneInfo
) -> pl.DataFrame:
    rows, hits, rule = [], found.found, found.rule.rule
    cell_names = {int(c): grid.name(int(c)) for c in np.unique(hits.cell_i)}
    for k, person in enumerate(names):
        case, cell = cases[int(hits.case_i[k])], cell_names[int(hits.cell_i[k])]
        why = why_companion(found, k, case=case, cell=cell, tz=tz)
        rows.append(
            (
                case, person, "companion", "grid", round(int(hits.together_s[k]) / 60, 1),
                int(hits.episodes[k]), from_epoch_s(int(hits.first_s[k])), from_epoch_s(int(hits.last_s[k])),
                "minute", cell, cell, rule.id, rule.edition, why.zh, why.en,
            )
        )  # fmt: skip
    return pl.DataFrame(rows, schema=PEOPLE, orient="row")


def _notes(n_out: int, records: Records) -> tuple[Words, ...]:
    notes = []
    if n_out:
        notes.append(
            Words(
                f"{n_out} 例未查找：没有起算日，或没有到访和定位记录。",
                f"{n_out} case(s) were not searched: no day to count from, or no stay and no position known.",
            )
        )
    if grid_of(records, 1_000) is None:
        notes.append(
            Words(
                "场所和定位都没有经纬度，无法分网格。",
                "No place and no position has coordinates: there are no grid cells to search.",
            )
        )
    notes.append(
        Words("只知日期的停留不参与网格查找。", "Stays known by the day only are not searched in grid cells.")
    )
    return tuple(notes)
