"""Transmission chains as graphs: components, generations, one parent per case, and rows to draw them on.

Kernels: called by contacts.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fireline.kernels.arrays import require_indices, require_length

I64 = NDArray[np.int64]
_NONE = np.iinfo(np.int64).max // 4  # "nothing stands in this column"


@njit(cache=True, nogil=True)
def _union(n, a, b):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    root = np.arange(n)
    for k in range(a.shape[0]):
        x, y = a[k], b[k]
        while root[x] != x:
            root[x] = root[root[x]]
            x = root[x]
        while root[y] != y:
            root[y] = root[root[y]]
            y = root[y]
        root[max(x, y)] = min(x, y)  # the smallest member names the component
    labels = np.empty(n, np.int64)
    n_labels = 0
    for x in range(n):
        if root[x] == x:
            labels[x] = n_labels
            n_labels += 1
        else:
            y = root[x]
            while root[y] != y:
                y = root[y]
            labels[x] = labels[y]  # y < x, so it has its number already
    return labels


def components(n_nodes: int, *, a: I64, b: I64) -> I64:
    """Number the connected components of an undirected graph.

    Parameters
    ----------
    n_nodes : int, >= 0
    a, b : int64 arrays, shape (n_links,)   ends of each link

    Returns
    -------
    int64 array, shape (n_nodes,)   0, 1, ... in the order of each component's smallest node

    Raises
    ------
    ValueError   shapes differ or an end is not a node
    """
    require_length(b, a.shape[0], label="b")
    require_indices(a, n_nodes, label="a")
    require_indices(b, n_nodes, label="b")
    return _union(n_nodes, np.ascontiguousarray(a, np.int64), np.ascontiguousarray(b, np.int64))


def generations(n_nodes: int, *, infector: I64, infectee: I64) -> I64:
    """Count generations from stated directed links.

    Parameters
    ----------
    n_nodes : int, >= 0
    infector, infectee : int64 arrays, shape (n_links,)

    Returns
    -------
    int64 array, shape (n_nodes,)   0 = infects others and has no stated infector; k = shortest way from
    such a node; -1 = in no directed link, or reached only through a ring of links

    Raises
    ------
    ValueError   shapes differ or an end is not a node

    Notes
    -----
    A link from a node to itself is ignored. Rings are left unresolved rather than cut by guess.
    """
    require_length(infectee, infector.shape[0], label="infectee")
    require_indices(infector, n_nodes, label="infector")
    require_indices(infectee, n_nodes, label="infectee")
    generation = np.full(n_nodes, -1, np.int64)
    keep = infector != infectee
    source, target = infector[keep], infectee[keep]
    is_infector = np.zeros(n_nodes, np.bool_)
    is_infector[source] = True
    is_infector[target] = False
    front = np.flatnonzero(is_infector)
    step = 0
    while front.size:
        generation[front] = step
        in_front = np.zeros(n_nodes, np.bool_)
        in_front[front] = True
        reached = np.unique(target[in_front[source]])
        front = reached[generation[reached] < 0]
        step += 1
    return generation


def cut_rings(parent: I64, *, day: I64) -> I64:
    """Make a forest of "one parent per node" by freeing one node of every ring.

    Parameters
    ----------
    parent : int64 array, shape (n_nodes,)   index of the parent, -1 = none
    day : int64 array, shape (n_nodes,)

    Returns
    -------
    int64 array, shape (n_nodes,)   a copy in which, in each ring, the earliest node (ties: the smallest
    index) has lost its parent

    Raises
    ------
    ValueError   shapes differ
    """
    n = parent.shape[0]
    require_length(day, n, label="day")
    cut = parent.astype(np.int64).tolist()
    days = day.tolist()
    seen = [0] * n  # 0 = new, otherwise the walk (counted from 1) that saw it
    for start in range(n):
        node = start
        while node >= 0 and seen[node] == 0:
            seen[node] = start + 1
            node = cut[node]
        if node >= 0 and seen[node] == start + 1:
            ring, walk = [node], cut[node]
            while walk != node:
                ring.append(walk)
                walk = cut[walk]
            cut[min(ring, key=lambda k: (days[k], k))] = -1
    return np.array(cut, np.int64).reshape(n)


def _order_children_first(parent: list[int]) -> list[int]:
    n = len(parent)
    depth = [-1] * n
    for start in range(n):
        path, node = [], start
        while node >= 0 and depth[node] < 0:
            path.append(node)
            node = parent[node]
            if len(path) > n:
                raise ValueError("parent: the links form a ring; call cut_rings first")
        below = depth[node] if node >= 0 else -1
        for k, found in enumerate(reversed(path)):
            depth[found] = below + 1 + k
    return sorted(range(n), key=lambda k: (-depth[k], k))


class _Contour:
    """Top and bottom row of a subtree in every half-day column from ``left`` on."""

    __slots__ = ("bottom", "left", "top")

    def __init__(self, left: int, right: int) -> None:
        self.left = left
        self.top = np.full(right - left + 1, _NONE, np.int64)
        self.bottom = np.full(right - left + 1, -_NONE, np.int64)

    def widen(self, left: int, right: int) -> None:
        old_right = self.left + self.top.size - 1
        before, after = max(0, self.left - left), max(0, right - old_right)
        if before or after:
            self.top = np.pad(self.top, (before, after), constant_values=_NONE)
            self.bottom = np.pad(self.bottom, (before, after), constant_values=-_NONE)
            self.left -= before

    def hold(self, left: int, right: int, row: int) -> None:
        self.widen(left, right)
        here = slice(left - self.left, right - self.left + 1)
        np.minimum(self.top[here], row, out=self.top[here])
        np.maximum(self.bottom[here], row, out=self.bottom[here])

    def room_for(self, other: _Contour) -> int:
        """Smallest shift at which ``other`` lies wholly below this contour."""
        left = max(self.left, other.left)
        right = min(self.left + self.top.size, other.left + other.top.size)
        if right <= left:
            return -_NONE
        mine = self.bottom[left - self.left : right - self.left]
        theirs = other.top[left - other.left : right - other.left]
        both = (mine > -_NONE) & (theirs < _NONE)
        return int((mine - theirs)[both].max()) + 1 if both.any() else -_NONE

    def take(self, other: _Contour, shift: int) -> None:
        self.widen(other.left, other.left + other.top.size - 1)
        here = slice(other.left - self.left, other.left - self.left + other.top.size)
        has = other.top < _NONE
        np.minimum(self.top[here], np.where(has, other.top + shift, _NONE), out=self.top[here])
        np.maximum(self.bottom[here], np.where(has, other.bottom + shift, -_NONE), out=self.bottom[here])


def layout_rows(parent: I64, *, day: I64) -> I64:
    """Pack a forest of cases into rows, with the horizontal place of each fixed by its day.

    Parameters
    ----------
    parent : int64 array, shape (n_nodes,)   index of the one parent, -1 = none; no rings
    day : int64 array, shape (n_nodes,)   any day number

    Returns
    -------
    int64 array, shape (n_nodes,)   row of each node, 0 = top

    Raises
    ------
    ValueError   shapes differ, a parent is not a node, or the links form a ring

    Notes
    -----
    Half-day columns: a node stands in column 2 day; its stem goes down in column 2 day + 1 and a run leads
    along the child's row from the stem to the child. Children are laid out before parents, the latest
    onset first; each subtree keeps its top and bottom row by column and is put at the smallest row where
    it does not meet what is already there (the stem's column is held too). So no two nodes share a cell
    and no run passes through a node.

    References
    ----------
    .. [1] Reingold E., Tilford J. (1981), Tidier drawings of trees, IEEE TSE 7(2): contours; here they are
       indexed by day, not by depth.
    """
    n = parent.shape[0]
    require_length(day, n, label="day")
    linked = parent[parent >= 0]
    require_indices(linked, n, label="parent")
    up = parent.tolist()
    order = _order_children_first(up)
    days = day.tolist()
    children: list[list[int]] = [[] for _ in range(n)]
    for node in range(n):
        if up[node] >= 0:
            children[up[node]].append(node)
    shift = [0] * n  # row below the parent's row
    contours: dict[int, _Contour | None] = {}
    for node in order:
        is_alone = up[node] < 0 and not children[node]
        below = sorted(children[node], key=lambda k: (-days[k], k))
        contours[node] = None if is_alone else _subtree(node, below, days, contours, shift)
    rows = _trees_on_page(contours, days, n)
    for node in reversed(order):
        if up[node] >= 0:
            rows[node] = rows[up[node]] + shift[node]
    return np.array(rows, np.int64)


def _subtree(
    node: int, below: list[int], days: list[int], contours: dict[int, _Contour | None], shift: list[int]
) -> _Contour:
    """Contour of a node and its children, whose contours are used up; sets the children's shifts."""
    column, stem = 2 * days[node], 2 * days[node] + 1
    mine = _Contour(column, stem)
    mine.hold(column, stem if below else column, 0)
    for child in below:
        theirs = contours.pop(child)
        assert theirs is not None
        run = 2 * days[child]
        theirs.hold(min(stem, run), max(stem, run), 0)
        shift[child] = max(1, mine.room_for(theirs))
        mine.take(theirs, shift[child])
        mine.hold(stem, stem, shift[child])
    return mine


def _trees_on_page(contours: dict[int, _Contour | None], days: list[int], n: int) -> list[int]:
    """Row of each root, the earliest tree first; 0 for all other nodes."""
    rows = [0] * n
    if not n:
        return rows
    page = _Contour(2 * min(days), 2 * max(days) + 1)
    for tree in sorted(contours, key=lambda k: (days[k], k)):
        whole = contours[tree]
        if whole is None:  # most cases of a line list stand alone: one cell, no contour needed
            column = 2 * days[tree] - page.left
            rows[tree] = max(0, int(page.bottom[column]) + 1)
            page.top[column] = min(page.top[column], rows[tree])
            page.bottom[column] = rows[tree]
            continue
        rows[tree] = max(0, page.room_for(whole))
        page.take(whole, rows[tree])
    return rows
