"""Sums of pairs over parts in plain loops; the twin of kernels.partial_sums."""

from __future__ import annotations

from tests.reference.naive_contact_search import _within


def merge_found(parts):
    """Sorted (case row, person, overlap, episodes, first, last) from lists of such rows."""
    sums: dict[tuple[int, int], list[int]] = {}
    for part in parts:
        for case, person, overlap, episodes, first, last in part:
            if (case, person) not in sums:
                sums[case, person] = [0, 0, first, last]
            row = sums[case, person]
            row[0] += overlap
            row[1] += episodes
            row[2] = min(row[2], first)
            row[3] = max(row[3], last)
    return sorted((*pair, *row) for pair, row in sums.items())


def merge_pairs(parts):
    """Sorted (smaller person, larger person, overlap) from lists of such rows."""
    sums: dict[tuple[int, int], int] = {}
    for part in parts:
        for a, b, overlap in part:
            sums[a, b] = sums.get((a, b), 0) + overlap
    return sorted((a, b, overlap) for (a, b), overlap in sums.items())


def sum_episodes(parts, *, least, within):
    """Sorted figures of pairs from lists of (case row, person, place, start, end)."""
    met: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for part in parts:
        for case, person, place, start, end in part:
            met.setdefault((case, person), []).append((start, end, place))
    kept = [
        [(case, person, end - start, 1, start, end) for start, end, _ in
         (_within(found, least=least, within=within) if within else found)]
        for (case, person), found in met.items()
    ]  # fmt: skip
    return merge_found(kept)
