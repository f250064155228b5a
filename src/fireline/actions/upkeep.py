"""Alarms are computed again by themselves: when reports wait, and when a day has passed.

Actions: the clock of the worker asks what is due and puts one job for each outbreak into the queue.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from fireline.actions.analysis import Busy, refresh
from fireline.pipeline.home import Home
from fireline.policy import Library
from fireline.store import freshness
from fireline.store.actor import WORKER


def ask_for_due(*, at: datetime, enqueue: Callable[..., Any]) -> list[int]:
    """Put every outbreak that is due into the queue once; returns them.

    Parameters
    ----------
    at : datetime, aware   now
    enqueue : called with ``outbreak=`` for each; a job that cannot be queued is asked for again later
    """
    asked = []
    for pk in freshness.due(at=at):
        with transaction.atomic():
            if freshness.ask(pk, at=at):
                enqueue(outbreak=pk)
                asked.append(pk)
    return asked


def bring_up_to_date(
    *, at: datetime, outbreak: int, library: Library | None = None, home: Home | None = None
) -> dict[str, int]:
    """Compute one outbreak for the worker; an error is kept on its record and raised.

    Returns
    -------
    dict   as analysis.refresh; empty where somebody else computes it at this moment

    Raises
    ------
    Exception   whatever stopped the computation; the former results stand, the next try waits longer
    """
    try:
        return refresh(by=WORKER, at=at, outbreak=outbreak, library=library, home=home)
    except Busy:
        return {}
    except Exception as error:
        freshness.failed(outbreak, at=at, fault=type(error).__name__)
        raise
