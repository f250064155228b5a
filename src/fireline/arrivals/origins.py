"""The risk level an origin had when a person left it, from the lists of risk areas.

Chapter 3: reads records; read by owed.
"""

from __future__ import annotations

from datetime import date, datetime

from fireline.errors import PolicyError
from fireline.policy import area_chain
from fireline.records.model import Records

_RANK = {"high": 0, "medium": 1, "low": 2}

Listing = tuple[str, date | None, date | None, datetime]


class RiskLists:
    """Looks up risk levels by area code or by the area's written name."""

    def __init__(self, records: Records) -> None:
        self._by_area: dict[str, list[Listing]] = {}
        for row in records.table("risk_areas").iter_rows(named=True):
            listing = (row["level"], row["valid_from"], row["valid_to"], row["listed_at"])
            for name in {row["area"], row["area_code"]} - {None}:
                self._by_area.setdefault(name, []).append(listing)

    def level(self, origin: str, *, at: datetime, day: date) -> str | None:
        """Highest level listed for an origin, or for an area it lies in, at one moment.

        Parameters
        ----------
        origin : str, area code or the name as the list writes it
        at : datetime   a list published later does not count
        day : date, the local day of ``at``

        Returns
        -------
        "high", "medium", "low" or None = not listed
        """
        try:
            names = area_chain(origin)
        except PolicyError:
            names = (origin,)  # a written name, not a code
        found = [
            level
            for name in {origin, *names}
            for level, start, end, listed_at in self._by_area.get(name, ())
            if listed_at <= at and (start is None or start <= day) and (end is None or day <= end)
        ]
        return min(found, key=lambda level: _RANK[level], default=None)
