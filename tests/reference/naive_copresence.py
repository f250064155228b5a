"""Slow twin of kernels.copresence, written from the definition: plain loops over all pairs of stays."""


def naive_pairs(visits, windows, min_overlap_s):
    """visits: (place, person, enter, leave) rows; windows: person -> (from, to) of the cases.

    Returns sorted rows (case, other, overlap_s, episodes, first_s, last_s, place).
    """
    episodes = {}
    for place_a, case, enter_a, leave_a in visits:
        if case not in windows:
            continue
        low, high = windows[case]
        for place_b, other, enter_b, leave_b in visits:
            if other == case or place_a != place_b:
                continue
            if leave_a <= enter_a or leave_b <= enter_b:  # an empty half-open stay meets nobody
                continue
            start, end = max(enter_a, enter_b, low), min(leave_a, leave_b, high)
            if end - start >= min_overlap_s:
                episodes.setdefault((case, other), []).append((place_a, start, end))
    rows = []
    for (case, other), found in sorted(episodes.items()):
        by_place = {}
        for place, start, end in found:
            by_place[place] = by_place.get(place, 0) + end - start
        most = max(by_place.values())
        rows.append(
            (
                case,
                other,
                sum(by_place.values()),
                len(found),
                min(start for _, start, _ in found),
                max(end for _, _, end in found),
                min(place for place, s in by_place.items() if s == most),
            )
        )
    return rows
