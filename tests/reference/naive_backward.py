"""Backward search in plain loops; the twin of kernels.shared_places and of the ranking in contacts.backward."""

from __future__ import annotations

import math

Stay = tuple[int, int, int, int]  # person, place, enter, leave


def at_place(stays: list[Stay], person: int, place: int, low: int, high: int) -> set[int]:
    """Seconds of a person at a place within [low, high)."""
    return {
        t
        for p, q, enter, leave in stays
        if p == person and q == place
        for t in range(max(enter, low), min(leave, high))
    }


def common_places(
    stays: list[Stay], *, cases: list[int], low: list[int], high: list[int], n_persons: int
) -> list[tuple[float, ...]]:
    """(-log ratio, place, cases there, seconds, others, visitors, first, last), sorted."""
    out = []
    people, n = sorted({s[0] for s in stays}), len(cases)
    for place in sorted({s[1] for s in stays}):
        there = [at_place(stays, c, place, low[i], high[i]) for i, c in enumerate(cases)]
        k = sum(1 for t in there if t)
        if k < 2:
            continue
        seen = [(i, p) for i in range(n) for p in people if at_place(stays, p, place, low[i], high[i])]
        p = len(seen) / (n * n_persons)
        ratio = 0.0
        if k / n > p:
            ratio = k * math.log(k / n / p)
            if k < n:
                ratio += (n - k) * math.log((1 - k / n) / (1 - p))
        others = {person for _, person in seen} - set(cases)
        seconds = set().union(*there)
        out.append(
            (-ratio, place, k, sum(map(len, there)), len(others), len(seen), min(seconds), max(seconds) + 1)
        )
    return sorted(out)
