"""A progress bar on standard error for work over two seconds; silent where nobody watches a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from fireline.words import Words

SHOW_AFTER_S = 2.0


class Bar:
    """One bar from 0 to 1; appears after two seconds and only on a terminal."""

    def __init__(self, name: str, *, is_quiet: bool = False) -> None:
        self._name = name
        self._is_on = not is_quiet and sys.stderr.isatty()
        self._start = time.perf_counter()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Bar:
        return self

    def update(self, share: float, what: Words | str) -> None:
        """Show the share done and what is being done."""
        if not self._is_on:
            return
        if self._bar is None:
            if time.perf_counter() - self._start < SHOW_AFTER_S and share < 1:
                return
            self._open()
        text = what if isinstance(what, str) else f"{what.zh} {what.en}"
        self._bar.update(self._task, completed=share, description=text)

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            TextColumn(self._name),
            BarColumn(bar_width=32),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=1.0)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
