"""The distance criterion in plain loops, second by second; the twin of kernels.near."""

from __future__ import annotations

from itertools import pairwise

from tests.reference.naive_companions import _runs

Sample = tuple[int, int, float, float]  # person, second, x, y


def held(samples: list[Sample], person: int, max_gap: int) -> dict[int, tuple[float, float]]:
    """Where a person is at each second: a sample holds until the next one, if that comes soon enough."""
    mine: dict[int, tuple[float, float]] = {}
    for p, at, x, y in sorted(samples):
        if p == person:
            mine[at] = (x, y)
    moments = sorted(mine)
    where = {}
    for this, following in pairwise(moments):
        if following - this <= max_gap:
            for t in range(this, following):
                where[t] = mine[this]
    return where


def near(
    samples: list[Sample],
    *,
    cases: list[int],
    low: list[int],
    high: list[int],
    metres: float,
    seconds: float,
    max_gap: int,
) -> list[tuple[float, ...]]:
    """Sorted (case row, person, near, longest, episodes, first, last, squared nearest)."""
    out = []
    people = sorted({s[0] for s in samples})
    where = {p: held(samples, p, max_gap) for p in {*people, *cases}}
    for row, case in enumerate(cases):
        for other in people:
            if other == case:
                continue
            apart = {}
            for t, (x, y) in where[case].items():
                if low[row] <= t < high[row] and t in where[other]:
                    dx, dy = where[other][t][0] - x, where[other][t][1] - y
                    if dx * dx + dy * dy < metres * metres:
                        apart[t] = dx * dx + dy * dy
            runs = [(a, b) for a, b in _runs(set(apart)) if b - a > seconds]
            if runs:
                nearest = min(apart[t] for a, b in runs for t in range(a, b))
                out.append(
                    (row, other, sum(b - a for a, b in runs), max(b - a for a, b in runs), len(runs),
                     runs[0][0], runs[-1][1], nearest)
                )  # fmt: skip
    return sorted(out)
