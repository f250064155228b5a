"""Slow twins of kernels.chains, written from the definitions with plain dictionaries and sets."""


def naive_components(n, links):
    """Label of each node: components numbered in the order of their smallest node."""
    label = [None] * n
    n_found = 0
    for start in range(n):
        if label[start] is not None:
            continue
        group, changed = {start}, True
        while changed:
            changed = False
            for a, b in links:
                if (a in group) != (b in group):
                    group |= {a, b}
                    changed = True
        for node in group:
            label[node] = n_found
        n_found += 1
    return label


def naive_generations(n, links):
    """Shortest number of directed steps from a node that infects and has no infector; -1 = none."""
    links = [(a, b) for a, b in links if a != b]
    targets = {b for _, b in links}
    roots = {a for a, _ in links} - targets
    generation = [0 if k in roots else -1 for k in range(n)]
    for step in range(n + 1):
        for a, b in links:
            if generation[a] == step and generation[b] == -1:
                generation[b] = step + 1
    return generation


def drawing_faults(parent, day, row):
    """Every pair of nodes in one cell and every run that passes through a node."""
    faults = []
    cells = {}
    for k in range(len(parent)):
        cell = (2 * day[k], row[k])
        if cell in cells:
            faults.append(("cell", cells[cell], k))
        cells[cell] = k
    for k, p in enumerate(parent):
        if p < 0:
            continue
        stem, end = 2 * day[p] + 1, 2 * day[k]
        for column in range(min(stem, end), max(stem, end) + 1):
            other = cells.get((column, row[k]))
            if other is not None and other != k:
                faults.append(("run", k, other))
        if row[k] <= row[p]:
            faults.append(("above", k, p))
    return faults
