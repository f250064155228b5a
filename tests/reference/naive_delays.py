"""Slow twin of kernels.delays: cells and the days they were due as plain lists, each sum written out."""

PSEUDO, WEEKDAY_PSEUDO, LEAST = 0.5, 2.0, 0.25


def opening(is_closed, row):
    """The first open row from ``row`` on, or None."""
    for later in range(row, len(is_closed)):
        if not is_closed[later]:
            return later
    return None


def naive_fit(triangle, weekday, is_closed, *, rounds=3000, still=1e-9):
    """Triangle as lists of lists -> (delay, weekday effect, seen, log variance, dispersion)."""
    n_days, n_delays = len(triangle), len(triangle[0])
    # every (day, delay due) whose report can have come in by the last day, with the delay at which it shows
    due = []
    for t in range(n_days):
        for d in range(n_delays):
            if t + d < n_days:
                shown = opening(is_closed, t + d)
                if shown is not None:
                    due.append((t, d, shown - t))
    share, effect = [1 / n_delays] * n_delays, [1.0] * 7

    def mass(t, d):
        return share[d] * effect[weekday[t + d]]

    def levels():
        found = []
        for t in range(n_days):
            whole = sum(mass(a, d) for a, d, _ in due if a == t)
            found.append(
                sum(triangle[t][d] for d in range(min(n_delays, n_days - t))) / whole if whole else 0.0
            )
        return found

    for _ in range(rounds):
        level = levels()
        given = {}
        for t, d, shown in due:
            if shown < n_delays and triangle[t][shown]:
                together = sum(mass(a, e) for a, e, s in due if (a, s) == (t, shown))
                given[t, d] = triangle[t][shown] * mass(t, d) / together if together else 0.0
        before = list(share)
        for d in range(n_delays):
            expected = sum(level[t] * effect[weekday[t + d]] for t, e, _ in due if e == d)
            cases = sum(n for (_, e), n in given.items() if e == d) + PSEUDO / n_delays
            share[d] = cases / expected if expected else 0.0
        ratio = []
        for w in range(7):
            expected = sum(level[t] * share[d] for t, d, _ in due if weekday[t + d] == w)
            cases = sum(n for (t, d), n in given.items() if weekday[t + d] == w)
            ratio.append((cases + WEEKDAY_PSEUDO) / (expected + WEEKDAY_PSEUDO))
        total = sum(share)
        share = [s / total for s in share] if total else [1 / n_delays] * n_delays
        new = [r / (sum(ratio) / 7) for r in ratio]
        moved = max(abs(a - b) for a, b in zip([*share, *new], [*before, *effect], strict=True))
        effect = new
        if moved < still:
            break
    level = levels()
    dispersion = _dispersion(triangle, due, level, mass, is_closed)
    return (
        share,
        effect,
        _seen(n_days, is_closed, weekday, share, effect),
        _greenwood(triangle, share, dispersion),
        dispersion,
    )


def _seen(n_days, is_closed, weekday, share, effect):
    found = []
    for t in range(n_days):
        shown = whole = 0.0
        for d, s in enumerate(share):
            w = weekday[t + d] if t + d < n_days else (weekday[t] + d) % 7
            whole += s * effect[w]
            if t + d < n_days and opening(is_closed, t + d) is not None:
                shown += s * effect[w]
        found.append(shown / whole if whole else 1.0)
    return found


def _dispersion(triangle, due, level, mass, is_closed):
    n_days, n_delays = len(triangle), len(triangle[0])
    total = n = n_seen = 0
    for t in range(n_days):
        for d in range(min(n_delays, n_days - t)):
            if is_closed[t + d]:
                continue
            expected = level[t] * sum(mass(a, e) for a, e, s in due if (a, s) == (t, d))
            n_seen += 1
            if expected >= LEAST:
                total += (triangle[t][d] - expected) ** 2 / expected
                n += 1
    free = n_seen - n_days - n_delays - 6
    return max(1.0, total / n * n_seen / free) if n >= 30 and free >= n_seen / 4 else 1.0


def _greenwood(triangle, share, dispersion):
    """Variance of the log of the share reported, by day: a sum over the delays the day has not seen yet."""
    n_days, n_delays = len(triangle), len(triangle[0])
    found = []
    for t in range(n_days):
        total = 0.0
        for j in range(n_days - t, n_delays):
            at_risk = sum(triangle[a][d] for a in range(n_days - j) for d in range(j + 1))
            reached = sum(share[: j + 1])
            hazard = share[j] / reached if reached else 0.0
            total += hazard / (max(1 - hazard, 1e-9) * max(at_risk, 1.0))
        found.append(dispersion * total)
    return found
