"""The company of one day in plain loops; the twin of kernels.network and kernels.network_pairs.

Written from the definition: every two stays of different persons at one place, clipped to the window.
"""

from __future__ import annotations

Stay = tuple[int, int, int, int]  # person, place, enter, leave


def episodes(
    stays: list[Stay], *, places: set[int], low: int, high: int, least: int
) -> list[tuple[int, int, int, int, int]]:
    """Sorted (smaller person, larger person, place, start after the window begins, overlap)."""
    out = []
    for k, (one, place, enter, leave) in enumerate(stays):
        for other, where, start, end in stays[k + 1 :]:
            if one == other or place != where or place not in places:
                continue
            first, last = max(enter, start, low), min(leave, end, high)
            if last - first >= least:
                out.append((min(one, other), max(one, other), place, first - low, last - first))
    return sorted(out)


def pairs(
    stays: list[Stay], *, places: set[int], low: int, high: int, least: int
) -> list[tuple[int, int, int]]:
    """Sorted (smaller person, larger person, total overlap)."""
    total: dict[tuple[int, int], int] = {}
    for a, b, _, _, overlap in episodes(stays, places=places, low=low, high=high, least=least):
        total[a, b] = total.get((a, b), 0) + overlap
    return sorted((a, b, overlap) for (a, b), overlap in total.items())
