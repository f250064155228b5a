"""Runs searches in parts on local threads; the answer is that of one thread.

Engine: given to contacts.find, contacts.search and contacts.network as ``engine=``; the kernels release the
interpreter's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def local_cases(
    *, n_threads: int, n_parts: int | None = None
) -> Callable[[Callable[[int, int], T], int], list[T]]:
    """Threads for ``contacts.find(..., engine=...)`` and the searches of contacts.search: cases shared out.

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
