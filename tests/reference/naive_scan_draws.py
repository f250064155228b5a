"""Twin of kernels.scan_draws and kernels.count_tables: every replicate drawn the slow way.

Independent cells answer to the same random numbers, one for each cell; the others have the same law.
"""

import math

from tests.reference.naive_temporal_scan import mass


def independent(mean, phi, rng):
    """One replicate: of each cell the first count whose cumulated probability exceeds a random number."""
    out = []
    for row_mean, row_phi in zip(mean, phi, strict=True):
        out.append([])
        for m, f in zip(row_mean, row_phi, strict=True):
            if m == 0:
                out[-1].append(0)
                continue
            u, k = rng.random(), 0
            below = mass(0, m, f)
            while below <= u and not (k > m and mass(k, m, f) < 1e-18):
                k += 1
                below += mass(k, m, f)
            out[-1].append(k)
    return out


def fixed(weight, n_cases, rng):
    """One replicate: each case into a cell in proportion to its weight."""
    out = [0] * len(weight)
    for _ in range(n_cases):
        u, k = rng.random() * math.fsum(weight), 0
        while k < len(weight) - 1 and u >= weight[k]:
            u -= weight[k]
            k += 1
        out[k] += 1
    return out


def permuted(case_area, case_step, n_areas, n_steps, rng):
    """One replicate: the steps of the cases in another order."""
    order = rng.permutation(len(case_step))
    out = [[0] * n_steps for _ in range(n_areas)]
    for area, k in zip(case_area, order, strict=True):
        if case_step[k] < n_steps:
            out[area][case_step[k]] += 1
    return out


def arrangements(case_area, case_step, is_open):
    """Every different table that some exchange of steps gives and that puts nothing into a closed cell."""
    from itertools import permutations

    found = {}
    for steps in permutations(case_step):
        if all(is_open[a][t] for a, t in zip(case_area, steps, strict=True)):
            key = tuple(sorted(zip(case_area, steps, strict=True)))
            found[key] = found.get(key, 0) + 1
    return found
