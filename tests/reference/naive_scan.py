"""Twin of kernels.scan, written from the definitions: every zone, every window, every sum anew."""

import math


def score(observed, expected, total=0.0):
    """Log-likelihood ratio of one window; total > 0 compares with the outside."""
    if observed <= expected * (1 + 1e-12):
        return 0.0
    inside = observed * math.log(observed / expected)
    if not total:
        return inside + expected - observed
    if observed >= total:
        return inside
    return inside + (total - observed) * math.log((total - observed) / (total - expected))


def windows(counts, expected, zones, max_duration, total=0.0):
    """(score, zone, duration, observed, expected) of every zone and window; rows of counts = time."""
    n_time = len(counts)
    out = []
    for zone in zones:
        for duration in range(1, max_duration + 1):
            c = b = 0.0
            for t in range(n_time - duration, n_time):
                for a in zone:
                    if not math.isnan(counts[t][a]) and not math.isnan(expected[t][a]):
                        c += counts[t][a]
                        b += expected[t][a]
            out.append((score(c, b, total), zone, duration, c, b))
    return out


def largest(counts, expected, zones, max_duration, total=0.0):
    """The largest score of all."""
    return max((w[0] for w in windows(counts, expected, zones, max_duration, total)), default=0.0)


def clusters(counts, expected, zones, max_duration, total=0.0, n_most=5):
    """The best window, then the best of those that share no area with the ones before."""
    left = [w for w in windows(counts, expected, zones, max_duration, total) if w[0] > 0]
    found = []
    while left and len(found) < n_most:
        best = max(left, key=lambda w: w[0])
        found.append(best)
        left = [w for w in left if not set(w[1]) & set(best[1])]
    return found


def nearest(lon, lat):
    """Areas by great-circle distance from each, the lower number first of equals, itself always first."""
    out = []
    for i in range(len(lon)):

        def angle(j, i=i):
            p, q = math.radians(lat[i]), math.radians(lat[j])
            half = math.sin((p - q) / 2) ** 2
            half += math.cos(p) * math.cos(q) * math.sin(math.radians(lon[i] - lon[j]) / 2) ** 2
            return half

        out.append(
            [i, *sorted((j for j in range(len(lon)) if j != i), key=lambda j: (round(angle(j), 14), j))]
        )
    return out


def circles(lon, lat, *, max_areas, weight, max_share):
    """All different sets of nearest areas within both limits."""
    found = set()
    for order in nearest(lon, lat):
        for n in range(1, min(max_areas, len(order)) + 1):
            if n == 1 or sum(weight[a] for a in order[:n]) <= max_share * sum(weight) * (1 + 1e-12):
                found.add(tuple(sorted(order[:n])))
    return found


def connected_sets(neighbours, n_areas, max_areas):
    """All sets of up to max_areas areas that hang together."""
    touching = {a: set() for a in range(n_areas)}
    for a, b in neighbours:
        if a != b:
            touching[a].add(b)
            touching[b].add(a)
    found = {(a,) for a in range(n_areas)} if max_areas else set()
    for _ in range(max_areas - 1):
        found |= {
            tuple(sorted({*one, b}))
            for one in found
            if len(one) < max_areas
            for a in one
            for b in touching[a]
        }
    return found
