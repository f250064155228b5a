"""Django's SQLite backend with the writer queue in front of transactions and single writes.

Store: SQLite allows one writer; waiting inside its busy handler is unfair and took over a second with
eight writers, so every writer waits in a first-come queue instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.backends.sqlite3 import base

from fireline.store.writer import WriterQueue, queue_for

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "DROP", "ALTER")


class DatabaseWrapper(base.DatabaseWrapper):
    """Connection that holds its place in the writer queue while a transaction is open."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: WriterQueue | None = None

    def _queue(self) -> WriterQueue | None:
        """Queue of this database file, or None for a database in memory (one connection only)."""
        if self.is_in_memory_db():
            return None
        return queue_for(str(self.settings_dict["NAME"]))

    def _take_turn(self) -> bool:
        queue = self._queue()
        if queue is None or self._turn is not None:
            return False
        queue.acquire()
        self._turn = queue
        return True

    def _end_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.release()

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        super()._commit()
        self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self._end_turn()

    def create_cursor(self, name: str | None = None) -> Any:  # noqa: ARG002 (Django's signature)
        """Cursor whose single writes outside a transaction also wait for their turn."""
        cursor = self.connection.cursor(factory=QueuedCursor)
        cursor.wrapper = self
        return cursor


class QueuedCursor(base.SQLiteCursorWrapper):
    """Cursor that waits in the writer queue for writes outside a transaction."""

    wrapper: DatabaseWrapper | None = None

    def _needs_turn(self, query: str) -> bool:
        wrapper = self.wrapper
        return (
            wrapper is not None
            and not wrapper.in_atomic_block
            and query.lstrip()[:8].upper().startswith(_WRITES)
        )

    def execute(self, query: str, params: Any = None) -> Any:
        """Run one statement; a write outside a transaction takes its turn first."""
        if not self._needs_turn(query):
            return super().execute(query, params)
        wrapper = self.wrapper
        assert wrapper is not None
        is_mine = wrapper._take_turn()
        try:
            return super().execute(query, params)
        finally:
            if is_mine:
                wrapper._end_turn()

    def executemany(self, query: str, param_list: Iterable[Any] | Iterable[Mapping[str, Any]]) -> Any:
        """Run one statement with many rows; outside a transaction it takes its turn first."""
        if not self._needs_turn(query):
            return super().executemany(query, param_list)
        wrapper = self.wrapper
        assert wrapper is not None
        is_mine = wrapper._take_turn()
        try:
            return super().executemany(query, param_list)
        finally:
            if is_mine:
                wrapper._end_turn()
