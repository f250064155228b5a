"""The background worker of a home: runs queued jobs, and every few seconds asks which outbreaks are due.

The outermost layer: started by fireline serve as ``python -m fireline.cli.worker``.
"""

from __future__ import annotations

import logging
import threading

ASK_EVERY_S = 15.0
"""A report waits at least store.freshness.QUIET anyway."""
_LOG = logging.getLogger("fireline.worker")


def keep_asking(stop: threading.Event, *, every_s: float = ASK_EVERY_S) -> int:
    """Queue what is due until ``stop`` is set; an error is logged and the next round tries again.

    Returns
    -------
    int   rounds made
    """
    from django.db import close_old_connections

    from fireline.actions.jobs import enqueue_due

    rounds = 0
    while not stop.wait(every_s):
        rounds += 1
        try:
            close_old_connections()
            enqueue_due()
        except Exception as error:  # the clock must outlive a database that is away for a while
            _LOG.error("what is due could not be queued (%s)", type(error).__name__)
    return rounds


def main(*, every_s: float = ASK_EVERY_S) -> None:
    """Free what an earlier worker left claimed, start the clock, run jobs until ended."""
    from fireline.store.boot import boot

    boot()
    from django.core.management import call_command

    from fireline.store import freshness

    freshness.forget_claims()
    stop = threading.Event()
    threading.Thread(target=keep_asking, args=(stop,), kwargs={"every_s": every_s}, daemon=True).start()
    try:
        call_command("db_worker", interval=1, verbosity=0, reload=False)
    finally:
        stop.set()


if __name__ == "__main__":
    main()
