"""Slow twin of kernels.sources, written from the definition with plain loops and dictionaries."""

import math


def naive_scores(i, cases, factors, named, table, low, typical):
    """Score of every candidate of case i, and the sum of the interval weights."""
    known = dict(named[i])
    scores, force = {}, 0.0
    for j in range(len(cases)):
        if j == i:
            continue
        a, b = cases[i], cases[j]
        if a["end"] < 0 or b["end"] < 0:
            weight = typical if j in known else 0.0
        else:
            column = a["day"] - b["day"] - low
            row = table[b["shape"]][a["end"] + b["end"]]
            weight = row[column] if 0 <= column < len(row) else 0.0
        force += weight
        if j in known:
            weight = max(weight, 1e-9 * typical)
        if weight > 0:
            scores[j] = weight * naive_factor(i, a, b, factors) * known.get(j, 1.0)
    return scores, force


def naive_factor(i, a, b, factors):
    """Product of the likelihood ratios of everything known of both cases."""
    product = 1.0
    if a["area"] >= 0 and b["area"] >= 0:
        same = a["area"] == b["area"]
        near = a["parent"] >= 0 and a["parent"] == b["parent"]
        product *= factors["area"][i][0 if same else 1 if near else 2]
    if a["group"] >= 0 and b["group"] >= 0:
        product *= factors["group"][i][0 if a["group"] == b["group"] else 1]
    if not math.isnan(a["age"]) and not math.isnan(b["age"]):
        years = abs(a["age"] - b["age"])
        product *= factors["age"][sum(years > edge for edge in factors["age_edges"])]
    if not math.isnan(a["x"]) and not math.isnan(b["x"]):
        km = math.hypot(a["x"] - b["x"], a["y"] - b["y"])
        product *= factors["km"][sum(km > edge for edge in factors["km_edges"])]
    return product


def naive_rank(cases, factors, named, table, low, typical, odds):
    """For each case: candidates by falling share, and the share of the unknown source."""
    found = []
    for i in range(len(cases)):
        scores, force = naive_scores(i, cases, factors, named, table, low, typical)
        none = odds * max(force, typical)
        total = none + sum(scores.values())
        order = sorted(scores, key=lambda j: (-scores[j], j))
        found.append(([(j, scores[j] / total) for j in order], none / total))
    return found
