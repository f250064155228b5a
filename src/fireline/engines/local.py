"""Runs searches in parts on local threads; the answer is that of one thread.

Engine: given to contacts.find, contacts.search and contacts.network as ``engine=``; the kernels release the
interpreter's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fireline.kernels.copresence import Episodes, Pairs, episodes_with_cases, sum_pairs

T = TypeVar("T")

_BY_VISIT = ("place_i", "person_i", "enter_s", "leave_s")


def local_engine(*, n_threads: int, n_parts: int | None = None) -> Callable[..., Pairs]:
    """A pair search for ``contacts.find(..., engine=...)`` that uses several threads.

    Parameters
    ----------
    n_threads : int, >= 1
    n_parts : int or None   number of partitions; None = four for each thread, so that a crowded place does
        not hold up the rest

    Returns
    -------
    callable   takes the arguments of kernels.copresence.pairs_with_cases and gives the same Pairs

    Raises
    ------
    ValueError   n_threads or n_parts is below 1
    """
    parts = 4 * n_threads if n_parts is None else n_parts
    if n_threads < 1 or parts < 1:
        raise ValueError(f"n_threads {n_threads} and n_parts {parts}: expected at least 1 each")

    def search(*, place_i: NDArray[np.int64], **arrays: Any) -> Pairs:
        columns = {"place_i": place_i, **arrays}
        part_of = place_i % parts  # all visits of a place land together
        order = np.argsort(part_of, kind="stable")
        cuts = np.searchsorted(part_of[order], np.arange(1, parts))

        def run(rows: NDArray[np.int64]) -> Episodes:
            mine = {name: columns[name][rows] for name in _BY_VISIT}
            return episodes_with_cases(**(columns | mine))

        chunks = [rows for rows in np.split(order, cuts) if rows.size]
        with ThreadPoolExecutor(max_workers=n_threads) as pool:
            found = list(pool.map(run, chunks))
        if not found:
            return sum_pairs(episodes_with_cases(**columns))
        return sum_pairs(Episodes(*(np.concatenate(column) for column in zip(*found, strict=True))))

    return search


def local_cases(
    *, n_threads: int, n_parts: int | None = None
) -> Callable[[Callable[[int, int], T], int], list[T]]:
    """Threads for ``contacts.search.contacts(..., engine=...)`` and ``secondary``: many cases, shared out.

    Parameters
    ----------
    n_threads : int, >= 1
    n_parts : int or None   ranges of cases; None = four for each thread, so that one case who met thousands
        does not hold up the rest

    Returns
    -------
    callable   takes a search of a range of cases and how many there are, gives the answers in order

    Raises
    ------
    ValueError   n_threads or n_parts is below 1
    """
    parts = 4 * n_threads if n_parts is None else n_parts
    if n_threads < 1 or parts < 1:
        raise ValueError(f"n_threads {n_threads} and n_parts {parts}: expected at least 1 each")

    def engine(search: Callable[[int, int], T], n: int) -> list[T]:
        cuts = sorted({n * k // parts for k in range(parts + 1)})
        with ThreadPoolExecutor(max_workers=n_threads) as pool:
            return list(pool.map(search, cuts[:-1], cuts[1:]))

    return engine


def local_shares(run: Callable[[tuple[int, int]], T], *, n_threads: int) -> list[T]:
    """Run a function once for each share (k, n) on threads, for ``Network.episodes(part=...)`` and ``pairs``.

    Parameters
    ----------
    run : callable   takes a share (k, n); each call streams and uses up its own
    n_threads : int, >= 1   as many shares

    Returns
    -------
    list   what ``run`` gave, in order

    Raises
    ------
    ValueError   n_threads is below 1
    """
    if n_threads < 1:
        raise ValueError(f"n_threads {n_threads}: expected at least 1")
    with ThreadPoolExecutor(max_workers=n_threads) as pool:
        return list(pool.map(run, [(k, n_threads) for k in range(n_threads)]))
