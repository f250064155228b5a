"""Daily cases of one disease: by which day they count, and as arrays by area.

Chapter 5: read by assess and rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from fireline.signals.renewal.model import F64

MIN_AREA_CASES = 30
"""An area of its own is followed from so many cases on."""
MIN_BASIS_SHARE = 0.5
MOST_DAYS = 1_100
"""Older days are left out: one wrong date must not stretch the series over a century."""
_BASES = (("onset", "onset"), ("reported_at", "reported"), ("sampled_at", "sampled"))


@dataclass(frozen=True, slots=True)
class DailyCases:
    """Daily cases of one disease by area.

    Attributes
    ----------
    stream : str, "cases/<disease>"
    basis : "onset", "reported" or "sampled", the day they are counted by
    first : date of row 0
    areas : tuple of str, by column; column 0 is all cases together
    counts, imported : float64 arrays, shape (n_days, n_areas)   all cases, and those infected elsewhere
    """

    stream: str
    basis: str
    first: date
    areas: tuple[str, ...]
    counts: F64
    imported: F64

    def day(self, row: int) -> date:
        """Calendar day of a row."""
        return self.first + timedelta(days=int(row))


def with_days(part: pl.DataFrame, *, last: date, tz: ZoneInfo) -> pl.DataFrame:
    """Local days of onset, report and sample; cases that are reported only later are not known yet."""
    local = [pl.col(c).dt.convert_time_zone(tz.key).dt.date().alias(name) for c, name in _BASES]
    found = part.select(
        "area", (pl.col("origin") == "imported").fill_null(False).alias("is_imported"), *local
    )
    return found.filter((pl.col("reported") <= last).fill_null(True))


def basis_of(days: pl.DataFrame) -> str:
    """The day to count by: the first kind that half of the cases have, else the kind most of them have."""
    known = {name: days[name].count() for _, name in _BASES}
    enough = [name for name, n in known.items() if n >= MIN_BASIS_SHARE * days.height]
    return enough[0] if enough else max(known, key=lambda name: known[name])


def daily_cases(counted: pl.DataFrame, disease: str, basis: str, *, last: date, area: str) -> DailyCases:
    """Count cases that have the day of the basis, from the first one to ``last``; days without are zeros."""
    day = counted[basis].cast(pl.Int64).to_numpy() + date(1970, 1, 1).toordinal()
    begin = max(int(day.min()), last.toordinal() - MOST_DAYS + 1)
    n_days = max(last.toordinal() - begin + 1, 1)
    row = day - begin
    is_in = (row >= 0) & (row < n_days)
    sizes = counted.filter(pl.Series(is_in)).group_by("area").len().filter(pl.col("len") >= MIN_AREA_CASES)
    own = sorted(set(sizes["area"].to_list()) - {area})
    areas = (area, *own) if counted["area"].n_unique() > 1 else (area,)
    counts, imported = np.zeros((n_days, len(areas))), np.zeros((n_days, len(areas)))
    codes, is_imported = counted["area"].to_numpy(), counted["is_imported"].to_numpy()
    for k, code in enumerate(areas):
        here = is_in if k == 0 else is_in & (codes == code)
        np.add.at(counts[:, k], row[here], 1)
        np.add.at(imported[:, k], row[here & is_imported], 1)
    return DailyCases(f"cases/{disease}", basis, date.fromordinal(begin), areas, counts, imported)
