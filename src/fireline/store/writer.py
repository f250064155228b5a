"""One writer queue per SQLite file: first come, first served, across threads and processes.

Store: the SQLite backend takes a turn here before each transaction, so nobody meets "database is locked".
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections import deque
from pathlib import Path

WAIT_LIMIT_S = 60.0

_QUEUES: dict[tuple[str, int], WriterQueue] = {}
_QUEUES_LOCK = threading.Lock()


class WriterQueue:
    """A fair lock over one database file.

    Notes
    -----
    Threads of this process stand in a list; its head then takes a lock on the file ``<database>.write``,
    where the kernel queues the heads of other processes. Both waits are woken, never polled.
    """

    def __init__(self, path: str) -> None:
        self._path = f"{path}.write"
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_busy = False
        self._handle: int | None = None

    def acquire(self, timeout_s: float = WAIT_LIMIT_S) -> None:
        """Wait for the turn.

        Raises
        ------
        TimeoutError   the turn did not come in time (a writer hangs)
        """
        with self._guard:
            if not self._is_busy and not self._waiting:
                self._is_busy = True
                turn = None
            else:
                turn = threading.Event()
                self._waiting.append(turn)
        if turn is not None and not turn.wait(timeout_s):
            with self._guard:
                if not turn.is_set():
                    self._waiting.remove(turn)
                    raise TimeoutError("another write did not finish in time; try again")
        try:
            self._lock_file()
        except BaseException:
            self._pass_on()
            raise

    def release(self) -> None:
        """Give the turn to the next in line."""
        if self._handle is not None:
            fcntl.flock(self._handle, fcntl.LOCK_UN)
        self._pass_on()

    def _lock_file(self) -> None:
        if self._handle is None:
            Path(self._path).parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()  # the lock stays busy: it changes hands
            else:
                self._is_busy = False


def queue_for(path: str) -> WriterQueue:
    """The queue of one database file in this process (a forked child gets its own)."""
    key = (os.path.realpath(path), os.getpid())
    with _QUEUES_LOCK:
        queue = _QUEUES.get(key)
        if queue is None:
            queue = _QUEUES[key] = WriterQueue(key[0])
        return queue
