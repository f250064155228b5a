"""The definition of contacts and of contacts of contacts in plain loops; the twin of the visit index searches.

Twin of kernels.visit_index, kernels.segment_table, kernels.contact_search, kernels.moving_window,
kernels.secondary_search and kernels.partial_sums. Written from the definition: an episode is one overlap of two
stays at one place, clipped to the window.
"""

from __future__ import annotations

Stay = tuple[int, int, int, int]  # person, place, enter, leave


def episodes(
    stays: list[Stay], *, cases: list[int], low: list[int], high: list[int], least: int, within: int = 0
) -> list[tuple[int, int, int, int, int]]:
    """Sorted (case row, person, place, start, end)."""
    out = []
    for row, case in enumerate(cases):
        met: dict[int, list[tuple[int, int, int]]] = {}
        for person, place, enter, leave in stays:
            if person != case:
                continue
            for other, where, start, end in stays:
                if other == case or where != place:
                    continue
                first = max(enter, start, low[row])
                last = min(leave, end, high[row])
                if last - first >= (1 if within else least):
                    met.setdefault(other, []).append((first, last, place))
        for other, found in met.items():
            kept = _within(found, least=least, within=within) if within else found
            out.extend((row, other, place, first, last) for first, last, place in kept)
    return sorted(out)


def _within(found: list[tuple[int, int, int]], *, least: int, within: int) -> list[tuple[int, int, int]]:
    """Episodes that share some window of ``within`` seconds in which the pair is together long enough."""
    begins = sorted({first for first, _, _ in found} | {last - within for _, last, _ in found})
    kept = []
    for episode in found:
        for begin in begins:
            inside = [max(0, min(last, begin + within) - max(first, begin)) for first, last, _ in found]
            mine = min(episode[1], begin + within) - max(episode[0], begin)
            if sum(inside) >= least and mine > 0:
                kept.append(episode)
                break
    return kept


def contacts(
    stays: list[Stay], *, cases: list[int], low: list[int], high: list[int], least: int, within: int = 0
) -> list[tuple[int, int, int, int, int, int]]:
    """Sorted (case row, person, overlap, episodes, first, last)."""
    pairs: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row, other, _, first, last in episodes(
        stays, cases=cases, low=low, high=high, least=least, within=within
    ):
        pairs.setdefault((row, other), []).append((first, last))
    return sorted(
        (row, other, sum(b - a for a, b in met), len(met), min(a for a, _ in met), max(b for _, b in met))
        for (row, other), met in pairs.items()
    )


def secondary(
    stays: list[Stay],
    *,
    cases: list[int],
    low: list[int],
    high: list[int],
    least: int,
    until: list[int],
    managed: dict[int, int],
) -> list[tuple[int, int, int, int, int, int, int, int, int]]:
    """Sorted (case row, person, via, overlap with via, overlap, episodes, links, first, last)."""
    first_line = contacts(stays, cases=cases, low=low, high=high, least=least)
    out = []
    for row in range(len(cases)):
        mine = {other: first for r, other, _, _, first, _ in first_line if r == row}
        links: dict[int, list[tuple[int, int, int, int, int]]] = {}
        for via, first in mine.items():
            end = max(first, min(until[row], managed.get(via, until[row])))
            for _, person, overlap, n, start, last in contacts(
                stays, cases=[via], low=[first], high=[end], least=least
            ):
                if person not in cases and person not in mine:
                    links.setdefault(person, []).append((-overlap, via, n, start, last))
        for person, found in links.items():
            best = min(found)
            out.append(
                (row, person, best[1], -best[0], sum(-f[0] for f in found), sum(f[2] for f in found),
                 len(found), min(f[3] for f in found), max(f[4] for f in found))
            )  # fmt: skip
    return sorted(out)
