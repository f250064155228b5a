"""Unseen infections by unit, the twin of kernels.zone_risk: the definition in dictionaries and plain loops."""

from __future__ import annotations

from collections import defaultdict


def rows_of(row, unit, share, noise):
    """Unit -> {unit: share}, each row scaled to 1 after the noise; a unit without a row is absent."""
    found = {}
    for u in range(len(row) - 1):
        raw = [(unit[k], share[k] * noise[k]) for k in range(row[u], row[u + 1])]
        total = sum(s for _, s in raw)
        if total > 0:
            found[u] = [(v, s / total) for v, s in raw]
    return found


def raw_into(row, unit, share, noise, n):
    """Unit -> [(unit of residence, share after noise, not scaled)] of those who come there."""
    found = defaultdict(list)
    for u in range(n):
        for k in range(row[u], row[u + 1]):
            found[unit[k]].append((u, share[k] * noise[k]))
    return found


def meet(mass, into, people, away):
    """Split the mass of each unit into (own residents, people who come), each by unit of residence."""
    own, others = defaultdict(float), defaultdict(float)
    for v, m in mass.items():
        there = [(None, people[v] * (1 - away))] + [(u, people[u] * away * s) for u, s in into[v]]
        total = sum(w for _, w in there)
        if total <= 0:
            own[v] += m
            continue
        for u, w in there:
            if u is None:
                own[v] += m * w / total
            else:
                others[u] += m * w / total
    return own, others


def spread(seeds, row, unit, share, *, noise, people, factor, away, at_home, recall, reproduction):
    """Rows home, visited, clientele, unknown, next as lists of n_units numbers."""
    n = len(people)
    rows, into = rows_of(row, unit, share, noise), raw_into(row, unit, share, noise, n)
    leaves = reproduction * (1 - at_home)
    result = [[0.0] * n for _ in range(5)]
    persons = [defaultdict(float), defaultdict(float)]
    for which in (0, 1):  # ahead, later
        total = (seeds.ahead, seeds.later)[which]
        source = (seeds.source_ahead, seeds.source_later)[which]
        stay = (seeds.visit_ahead, seeds.visit_later)[which]
        home, places = defaultdict(float), defaultdict(float)
        source_home, source_places = defaultdict(float), defaultdict(float)
        for c, u in enumerate(seeds.home):
            if u < 0:
                continue
            made = total[c] * factor[c] * reproduction
            home[u] += made * at_home
            source_home[u] += source[c] * at_home
            forgotten = 1 - recall if seeds.has_visits[c] else 1.0
            hidden = 1 - recall if seeds.has_exposure[c] else 1.0
            for v, s in rows.get(u, [(u, 1.0)]):
                places[v] += made * (1 - at_home) * forgotten * s
                source_places[v] += source[c] * (1 - at_home) * hidden * s
        for k, (c, v) in enumerate(zip(seeds.visit_case, seeds.visit_unit, strict=True)):
            places[v] += stay[k] * factor[c] * reproduction * (1 - at_home) * recall
            source_places[v] += source[c] * seeds.visit_share[k] * (1 - at_home) * recall
        own, others = meet(places, into, people, away)
        source_own, source_others = meet(source_places, into, people, away)
        for u in range(n):
            parts = (home[u], own[u], others[u], source_home[u] + source_own[u] + source_others[u])
            persons[which][u] += sum(parts)
            if which == 0:
                for r in range(4):
                    result[r][u] = parts[r] * leaves
    next_places = defaultdict(float)
    for u, m in persons[1].items():
        result[4][u] += m * reproduction * at_home * leaves
        for v, s in rows.get(u, [(u, 1.0)]):
            next_places[v] += m * reproduction * (1 - at_home) * s
    own, others = meet(next_places, into, people, away)
    for u in range(n):
        result[4][u] += (own[u] + others[u]) * leaves
    return result
