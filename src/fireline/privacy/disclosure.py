"""What a reader of several editions of a table can work out: least and greatest value of every hidden entry.

Foundation: read by privacy.suppression, which hides more until nothing can be worked out. An edition that is
safe alone may not be beside an earlier one: a sum of hidden entries that the first gives away bounds it in
the second.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

Key = tuple[Hashable, Hashable]
Values = Mapping[Key, int | None]


class _Lines:
    """Linear equations or inequalities over the hidden entries of all editions."""

    def __init__(self, editions: Sequence[Values], place: Mapping[tuple[int, Key], int]) -> None:
        self.editions, self.place = editions, place
        self.row: list[int] = []
        self.column: list[int] = []
        self.sign: list[float] = []
        self.rest: list[float] = []

    def add(self, terms: Sequence[tuple[int, Key, int]]) -> None:
        """One line: the signed sum of the terms equals (or is at most) 0."""
        rest, is_open = 0.0, False
        for edition, key, sign in terms:
            value = self.editions[edition][key]
            if value is None:
                self.row.append(len(self.rest))
                self.column.append(self.place[edition, key])
                self.sign.append(sign)
                is_open = True
            else:
                rest -= sign * value
        if is_open:
            self.rest.append(rest)

    def matrix(self) -> csr_array:
        shape = (len(self.rest), len(self.place))
        return csr_array((self.sign, (self.row, self.column)), shape=shape)


def ranges(
    editions: Sequence[Values],
    *,
    rows: Sequence[Hashable],
    columns: Sequence[Hashable],
    total: Hashable,
    least: int,
) -> dict[tuple[int, Key], tuple[float, float]]:
    """Least and greatest value of each hidden entry that agree with everything shown.

    Parameters
    ----------
    editions : shown values by (row, column), None where hidden; oldest first, all of one shape
    rows, columns : inner keys
    total : key of the totals
    least : int   smallest value of a hidden entry: 1 where zeros are shown, else 0

    Returns
    -------
    dict   (edition, key) -> (low, high); high is infinite where nothing bounds it

    Notes
    -----
    The reader knows that entries add up and that counts never fall from one edition to the next. Two linear
    programmes for each hidden entry.
    """
    hidden = [(e, key) for e, shown in enumerate(editions) for key, value in shown.items() if value is None]
    place = {item: i for i, item in enumerate(hidden)}
    if not hidden:
        return {}
    equal, at_most = _Lines(editions, place), _Lines(editions, place)
    for e in range(len(editions)):
        for r in (*rows, total):
            equal.add([*((e, (r, c), 1) for c in columns), (e, (r, total), -1)])
        for c in (*columns, total):
            equal.add([*((e, (r, c), 1) for r in rows), (e, (total, c), -1)])
        if e:
            for key in editions[e]:
                at_most.add([(e - 1, key, 1), (e, key, -1)])
    fixed = {
        "A_eq": equal.matrix() if equal.rest else None,
        "b_eq": equal.rest or None,
        "A_ub": at_most.matrix() if at_most.rest else None,
        "b_ub": at_most.rest or None,
        "bounds": [(least, None)] * len(hidden),
        "method": "highs",
    }
    found = {}
    for item, i in place.items():
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(hidden))
            goal[i] = sign
            solved = linprog(goal, **fixed)
            ends.append(np.inf if solved.status != 0 else sign * solved.fun)
        found[item] = (float(ends[0]), float(ends[1]))
    return found
