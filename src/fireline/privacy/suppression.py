"""Hide small numbers in a two-way table so that no subtraction brings them back, across editions too.

Privacy: used by bulletins before anything is published; pure arithmetic on counts.

Notes
-----
A table with its margins is a network: every entry (inner cell, row total, column total, grand total) is a
flow between a row node and a column node, and "inner cells add up to totals" is conservation of flow. What a
reader can work out about hidden entries is the set of flows that agree with what is shown. A hidden entry is
safe when a cycle of hidden entries lets it move: add 1 along the cycle and every sum still holds. Hiding
further entries along the cheapest such cycle is therefore exactly the complementary suppression that is
needed, and hiding more never makes an entry that could move unable to.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from fireline.privacy.disclosure import ranges

TOTAL = "*"
"""Key of a margin (row total, column total, grand total)."""

Key = tuple[Hashable, Hashable]


@dataclass(frozen=True, slots=True)
class Published:
    """One edition of a table as it may be shown.

    Attributes
    ----------
    values : dict from (row, column) to count, or None where hidden; TOTAL stands for a margin
    k : int, the threshold it was made with
    zeros_shown : bool, whether zeros are shown
    n_primary : int, entries hidden because they are small (or changed by little since an earlier edition)
    n_complementary : int, further entries hidden so that the first cannot be worked out
    is_safe : bool, whether no hidden entry can be worked out; an unsafe table must not be published
    """

    values: dict[Key, int | None]
    k: int
    zeros_shown: bool
    n_primary: int
    n_complementary: int
    is_safe: bool = True


def suppress(
    counts: np.ndarray,
    *,
    rows: Sequence[Hashable],
    columns: Sequence[Hashable],
    k: int,
    show_zeros: bool = True,
    width: int | None = None,
    earlier: Sequence[Published] = (),
    keep: Collection[Key] = (),
) -> Published:
    """Decide what of a table may be shown.

    Parameters
    ----------
    counts : int array, shape (n_rows, n_columns)   people in each inner cell, >= 0; totals are made here
    rows, columns : distinct keys of the rows and columns; TOTAL is reserved
    k : int, >= 2; counts from 1 to k-1 are hidden
    show_zeros : bool   zeros are shown, so that a reader knows a hidden entry is at least 1; else zeros are
        hidden as well
    width : int or None   how far apart the least and the greatest value that a reader can work out for a
        small entry must lie; None = (k - 1) // 2, at least 1
    earlier : editions already published, oldest first. An entry that moved by 1 to k-1 since it was last
        shown is hidden (the difference of two editions is a small number), and an entry that was hidden in
        the latest edition stays hidden until it has grown by k since it was last shown.
    keep : entries never hidden to protect others (such as a total that another table shows as well); one that
        must be hidden itself is hidden all the same

    Returns
    -------
    Published   when ``is_safe`` (always, unless ``keep`` or ``earlier`` forbid it): every hidden entry has at
        least two possible values, a small one at least ``width`` + 1. Do not publish it otherwise.

    Raises
    ------
    ValueError   counts are negative or not whole, shapes differ, keys repeat, or k < 2

    Notes
    -----
    The reader is taken to know the rule, all totals that are shown, that counts are whole and not negative,
    that hidden entries are not zero (when zeros are shown), every earlier edition, and to believe that counts
    never fall. Cost O(hidden x width x entries) in the worst case; a table of 22 x 30 takes a fraction of a
    second.
    """
    full = _with_totals(counts, rows, columns, k)
    names_r, names_c = [*rows, TOTAL], [*columns, TOTAL]
    keys = [(r, c) for r in names_r for c in names_c]
    value = np.array(full, np.int64).ravel()
    known, hidden_before = _last_editions(earlier)
    lower = np.zeros(value.size, np.int64)
    small = np.zeros(value.size, bool)
    fixed = np.zeros(value.size, bool)
    for i, key in enumerate(keys):
        small[i], fixed[i], lower[i] = _entry(
            int(value[i]), k=k, show_zeros=show_zeros, last=known.get(key), was_hidden=key in hidden_before
        )
    net = _Network(value, lower=lower, fixed=fixed, n_rows=len(names_r), n_columns=len(names_c))
    net.hidden |= small
    fixed |= np.array([key in keep for key in keys])
    n_primary = int(small.sum())
    need = max(1, (k - 1) // 2 if width is None else width)
    exposed = 0
    for i in sorted(np.flatnonzero(small).tolist(), key=lambda i: (int(value[i]), i)):
        exposed += not net.protect(i, need)
    for i in np.flatnonzero(net.hidden).tolist():
        exposed += not net.protect(i, 1)
    shown: dict[Key, int | None] = {
        key: None if net.hidden[i] else int(value[i]) for i, key in enumerate(keys)
    }
    if earlier:
        may_hide = {key for i, key in enumerate(keys) if not fixed[i]}
        exposed += not _closed(shown, earlier, may_hide, rows=rows, columns=columns, show_zeros=show_zeros)
    n_hidden = sum(v is None for v in shown.values())
    return Published(shown, k, show_zeros, n_primary, n_hidden - n_primary, exposed == 0)


def _closed(
    shown: dict[Key, int | None],
    earlier: Sequence[Published],
    may_hide: set[Key],
    *,
    rows: Sequence[Hashable],
    columns: Sequence[Hashable],
    show_zeros: bool,
) -> bool:
    """Hide more, in place, until no entry can be worked out from all editions; False where that fails.

    An edition that is safe alone may complete an equation of an earlier one. First what shares a row or a
    column with an exposed entry is hidden, then everything that may be.
    """
    before = [edition.values for edition in earlier]

    def exposed() -> set[Key]:
        found = ranges(
            [*before, shown], rows=rows, columns=columns, total=TOTAL, least=1 if show_zeros else 0
        )
        told = {key: edition.values[key] for edition in earlier for key in edition.values}
        return {
            key
            for (e, key), (low, high) in found.items()
            if high - low < 1 - 1e-6 and (e < len(before) or told[key] is None or high != told[key])
        }

    for wider in (False, True):
        if not (known := exposed()):
            return True
        for key in may_hide:
            if wider or any(key[0] == r or key[1] == c for r, c in known) or key == (TOTAL, TOTAL):
                shown[key] = None
    return not exposed()


def suppress_list(
    counts: Sequence[int], *, k: int, keys: Sequence[Hashable], show_zeros: bool = True
) -> Published:
    """Hide small numbers in a one-way table with its total; see ``suppress``.

    Parameters
    ----------
    counts : whole numbers >= 0, one per key
    k, show_zeros : see ``suppress``
    keys : distinct

    Returns
    -------
    Published   keys are (key, TOTAL), the total (TOTAL, TOTAL)
    """
    table = suppress(
        np.array(counts, np.int64).reshape(-1, 1), rows=keys, columns=("value",), k=k, show_zeros=show_zeros
    )
    # a one-column table shows each number twice (cell and row total): hide both or neither
    values: dict[Key, int | None] = {}
    for key in (*keys, TOTAL):
        pair = (table.values[key, "value"], table.values[key, TOTAL])
        values[key, TOTAL] = None if None in pair else pair[0]
    return Published(values, k, show_zeros, table.n_primary, table.n_complementary, table.is_safe)


def _with_totals(
    counts: np.ndarray, rows: Sequence[Hashable], columns: Sequence[Hashable], k: int
) -> np.ndarray:
    table = np.asarray(counts)
    if table.ndim != 2 or table.shape != (len(rows), len(columns)):
        raise ValueError("counts must have one row per row key and one column per column key")
    if table.size and (not np.issubdtype(table.dtype, np.integer) or int(table.min()) < 0):
        raise ValueError("counts must be whole and not negative")
    if k < 2:
        raise ValueError("k must be at least 2")
    for keys in (rows, columns):
        if len(set(keys)) != len(keys) or TOTAL in keys:
            raise ValueError("keys must be distinct and must not be the reserved key of totals")
    full = np.zeros((table.shape[0] + 1, table.shape[1] + 1), np.int64)
    full[:-1, :-1] = table
    full[:-1, -1] = table.sum(axis=1)
    full[-1, :] = full[:-1, :].sum(axis=0)
    return full


def _last_editions(earlier: Sequence[Published]) -> tuple[dict[Key, int], set[Key]]:
    """Value at which each entry was last shown, and the entries hidden in the latest edition."""
    known: dict[Key, int] = {}
    for edition in earlier:
        known.update({key: v for key, v in edition.values.items() if v is not None})
    hidden = {key for key, v in earlier[-1].values.items() if v is None} if earlier else set()
    return known, hidden


def _entry(
    value: int, *, k: int, show_zeros: bool, last: int | None, was_hidden: bool
) -> tuple[bool, bool, int]:
    """(must be hidden, cannot be hidden, least value a reader would believe)."""
    least = 1 if show_zeros else 0
    if last is not None and value == last and not was_hidden:
        return False, True, value  # known from an earlier edition: showing it again tells nothing new
    is_small = 0 < value < k or (value == 0 and not show_zeros)
    if last is not None:
        is_small = is_small or 0 < abs(value - last) < k
        least = min(value, max(least, last + (0 if was_hidden else 1)))
    if was_hidden and (last is None or value - last < k):
        is_small = True
    if value == 0 and show_zeros and not is_small:
        return False, True, 0  # zeros stand as zeros and carry no flow
    return is_small, False, min(value, least)


class _Network:
    """Entries as arcs between row nodes and column nodes; hides arcs until chosen ones can move."""

    def __init__(
        self, value: np.ndarray, *, lower: np.ndarray, fixed: np.ndarray, n_rows: int, n_columns: int
    ) -> None:
        self.value, self.lower, self.fixed = value, lower, fixed
        self.hidden = np.zeros(value.size, bool)
        self.up = np.zeros(value.size, np.int64)  # by how much each entry is known to be able to rise
        self.down = np.zeros(value.size, np.int64)
        self.n_rows, self.n_columns = n_rows, n_columns
        # a total stands on the other side of its sum: exactly one of the two signs turns round
        turned = np.zeros((n_rows, n_columns), bool)
        turned[-1, :] = True
        turned[:, -1] = ~turned[:, -1]
        self.turned = turned

    def protect(self, i: int, need: int) -> bool:
        """Hide further entries until entry i can take ``need`` other values; False where it cannot."""
        for sign in (1, -1):
            flow = np.zeros(self.value.size, np.int64)
            while (missing := need - int(self.up[i] + self.down[i])) > 0:
                step = self._push(i, sign, flow, missing)
                if step == 0:
                    break
                # every flow is one table a reader would believe: it shows how far each entry can move
                self.up = np.maximum(self.up, flow)
                self.down = np.maximum(self.down, -flow)
                self.hidden |= flow != 0
        return int(self.up[i] + self.down[i]) >= need

    def _push(self, i: int, sign: int, flow: np.ndarray, most: int) -> int:
        """Move entry i by up to ``most`` along the cheapest cycle through it; 0 where none is left."""
        if not self._room(i, sign, flow):
            return 0
        r, c = divmod(i, self.n_columns)
        runs_to_column = bool(self.turned[r, c]) != (sign > 0)
        column = self.n_rows + c
        start, goal = (column, r) if runs_to_column else (r, column)
        path = self._cheapest(start, goal, avoid=i, flow=flow)
        if path is None:
            return 0
        cycle = [(i, sign), *path]
        step = min([most, *(int(self.value[j] + flow[j] - self.lower[j]) for j, d in cycle if d < 0)])
        for j, direction in cycle:
            flow[j] += direction * step
        return step

    def _room(self, i: int, sign: int, flow: np.ndarray) -> bool:
        if self.fixed[i] and not self.hidden[i]:
            return False
        return sign > 0 or bool(self.value[i] + flow[i] > self.lower[i])

    def _cheapest(
        self, start: int, goal: int, *, avoid: int, flow: np.ndarray
    ) -> list[tuple[int, int]] | None:
        """Cheapest way for one unit from start to goal; what is hidden already costs next to nothing."""
        rising, falling = self._costs(avoid, flow)
        to_column = np.where(self.turned, falling, rising)
        to_row = np.where(self.turned, rising, falling)
        best_r, best_c = np.full(self.n_rows, np.inf), np.full(self.n_columns, np.inf)
        from_r, from_c = np.full(self.n_columns, -1), np.full(self.n_rows, -1)
        if start < self.n_rows:
            best_r[start] = 0
        else:
            best_c[start - self.n_rows] = 0
        is_better = True
        while is_better:  # rows to columns and back until nothing gets cheaper (Bellman-Ford)
            ahead = best_r[:, None] + to_column
            nearest = ahead.argmin(axis=0)
            found = ahead[nearest, np.arange(self.n_columns)]
            new_c = found < best_c
            best_c[new_c], from_r[new_c] = found[new_c], nearest[new_c]
            back = best_c[None, :] + to_row
            nearest = back.argmin(axis=1)
            found = back[np.arange(self.n_rows), nearest]
            new_r = found < best_r
            best_r[new_r], from_c[new_r] = found[new_r], nearest[new_r]
            is_better = bool(new_c.any() or new_r.any())
        return self._path(start, goal, from_r=from_r, from_c=from_c)

    def _costs(self, avoid: int, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cost of raising and of lowering each entry by one; infinite where it cannot be."""
        cost = np.where(self.hidden | (flow != 0), 1e-6, 1.0 + self.value)
        cost[self.fixed & ~self.hidden] = np.inf
        cost[avoid] = np.inf
        falling = np.where(self.value + flow > self.lower, cost, np.inf)
        shape = (self.n_rows, self.n_columns)
        return cost.reshape(shape), falling.reshape(shape)

    def _path(
        self, start: int, goal: int, *, from_r: np.ndarray, from_c: np.ndarray
    ) -> list[tuple[int, int]] | None:
        """Entries from goal back to start, each with the direction in which it moves."""
        path = []
        node = goal
        while node != start:
            is_row = node < self.n_rows
            other = int(from_c[node]) if is_row else int(from_r[node - self.n_rows])
            if other < 0:
                return None
            r, c = (node, other) if is_row else (other, node - self.n_rows)
            path.append((r * self.n_columns + c, 1 if bool(self.turned[r, c]) == is_row else -1))
            node = self.n_rows + other if is_row else other
        return path
