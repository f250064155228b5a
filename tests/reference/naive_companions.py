"""The definition of spatio-temporal companions in plain loops, second by second.

Twin of kernels.cell_days and kernels.companions. A person is in a cell at a second when any of the person's stays
there covers it; two are together at a second when both are in the cell.
"""

from __future__ import annotations

Stay = tuple[int, int, int, int]  # person, cell, enter, leave


def _seconds(stays: list[Stay], person: int, cell: int | None) -> set[int]:
    """The seconds in which a person is in a cell; None = in any."""
    return {
        t for p, c, enter, leave in stays if p == person and cell in (None, c) for t in range(enter, leave)
    }


def _runs(seconds: set[int]) -> list[tuple[int, int]]:
    """Unbroken runs [start, end) of seconds."""
    runs: list[tuple[int, int]] = []
    for t in sorted(seconds):
        if runs and runs[-1][1] == t:
            runs[-1] = (runs[-1][0], t + 1)
        else:
            runs.append((t, t + 1))
    return runs


def companions(
    stays: list[Stay],
    *,
    cases: list[int],
    low: list[int],
    high: list[int],
    longer_than: int,
    stay_longer_than: int | None,
    stay_window: int,
    is_or: bool,
    is_total: bool = False,
    is_area: bool = False,
) -> list[tuple[int, ...]]:
    """Sorted (case row, cell, person, together, longest, episodes, first, last, stay of case, of person)."""
    out = []
    people, cells = sorted({s[0] for s in stays}), sorted({s[1] for s in stays})
    for row, case in enumerate(cases):
        days = set(range(high[row] - stay_window, high[row]))
        for cell in cells:
            mine = _seconds(stays, case, cell)
            for other in people:
                theirs = _seconds(stays, other, cell)
                met = _runs({t for t in mine & theirs if low[row] <= t < high[row]})
                if other == case or not met:
                    continue
                together = sum(b - a for a, b in met)
                longest = max(b - a for a, b in met)
                is_long = (together if is_total else longest) > longer_than
                stay = [0, 0]
                if stay_longer_than is None:
                    keep = is_long
                else:
                    where = None if is_area else cell
                    stay = [len(_seconds(stays, p, where) & days) for p in (case, other)]
                    has_stay = max(stay) > stay_longer_than
                    keep = is_long or has_stay if is_or else is_long and has_stay
                if not is_area and stay_longer_than is None:
                    stay = [len(mine & days), 0]
                if keep:
                    out.append((row, cell, other, together, longest, len(met), met[0][0], met[-1][1], *stay))
    return sorted(out)
