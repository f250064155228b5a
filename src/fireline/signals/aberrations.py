"""Runs EARS C1, C2 and C3 over blocks of series and joins alarming days into events.

Chapter 5: reads series and kernels.aberration; read by watch.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from fireline.kernels.aberration import Aberration, ears
from fireline.signals.explain import alarm_id, level_of_statistic, words_of_statistic
from fireline.signals.model import Alarm
from fireline.signals.series import Block
from fireline.signals.tables import SERIES

METHODS = ("C1", "C2", "C3")
BASELINE_STEPS = 7
MIN_REPORTED_STEPS = 5
"""Fewer reported steps in a baseline than this: not computable."""
MIN_SD = 0.5
"""Floor of the baseline's deviation: after a silent week one case is no alarm, two are. A choice of this
project; diseases of which one case is an event have a threshold rule."""
QUIET_DAYS = 7
"""An event goes on while alarming days are at most this many days apart; it is not raised again."""


def detect(block: Block) -> tuple[list[Alarm], pl.DataFrame]:
    """Alarms of one block and its series as a table.

    Parameters
    ----------
    block : Block

    Returns
    -------
    alarms : list of Alarm, one per event
    series : DataFrame, columns SERIES; one row per series, reported step and method
    """
    share = 1.0 if block.coverage is None else block.coverage
    results = {
        m: _of_units(
            ears(
                block.counts / share,
                method=m,
                baseline=BASELINE_STEPS,
                min_sd=MIN_SD,
                min_reported=MIN_REPORTED_STEPS,
            ),
            share,
        )
        for m in METHODS
    }
    # a day without any case is never an alarm, whatever C3 still carries
    stacked = np.stack([results[m].alarm for m in METHODS]) & (block.counts > 0)
    alarms = []
    for series in np.flatnonzero(stacked.any(axis=(0, 1))):
        rows = np.flatnonzero(stacked[:, :, series].any(axis=0))
        for event in _events(rows, gap=max(1, QUIET_DAYS // block.step_days)):
            alarms.append(_alarm(block, results, stacked, series=int(series), event=event))
    return alarms, _table(block, results)


def _of_units(found: Aberration, share: np.ndarray | float) -> Aberration:
    """Findings on counts as all units would have said them, on the scale of those that reported."""
    return found._replace(mean=found.mean * share, upper=found.upper * share)


def _events(rows: np.ndarray, *, gap: int) -> list[np.ndarray]:
    return list(np.split(rows, np.flatnonzero(np.diff(rows) > gap) + 1))


def _alarm(
    block: Block, results: dict[str, Aberration], stacked: np.ndarray, *, series: int, event: np.ndarray
) -> Alarm:
    first = int(event[0])
    fired = tuple(m for k, m in enumerate(METHODS) if stacked[k, event, series].any())
    # the method shown is the one that fired on the first day, C2 before C1 before C3
    shown = next(m for m in ("C2", "C1", "C3") if stacked[METHODS.index(m), first, series])
    n_strong = int(stacked[:2, event, series].any(axis=0).sum())
    peaks = [results[m].statistic[event, series] for m in ("C1", "C2")]
    level = level_of_statistic(fired, peak=float(np.nanmax(np.stack(peaks))), n_steps=n_strong)
    stream, area_code = block.names[series]
    day, until = block.day(first, series), block.day(int(event[-1]), series)
    result = results[shown]
    observed, expected = float(block.counts[first, series]), float(result.mean[first, series])
    upper = float(result.upper[first, series])
    why = words_of_statistic(
        stream=stream,
        area_code=area_code,
        day=day,
        until=until,
        observed=observed,
        expected=expected,
        upper=upper,
        methods=fired,
        shown=shown,
        step_days=block.step_days,
    )
    key = alarm_id("ears", stream, area_code, day.isoformat())
    return Alarm(key, "ears", stream, area_code, day, observed, expected, upper, level, "", why, until)


def _table(block: Block, results: dict[str, Aberration]) -> pl.DataFrame:
    at, series = np.nonzero(~np.isnan(block.counts))
    names = np.array(block.names, dtype=object).reshape(-1, 2)
    ordinal = block.start[series] + block.step_days * at
    base = {
        "stream": pl.Series(names[series, 0].tolist(), dtype=pl.String),
        "area_code": pl.Series(names[series, 1].tolist(), dtype=pl.String),
        "date": pl.Series(ordinal - _EPOCH_ORDINAL).cast(pl.Int32).cast(pl.Date),
        "count": block.counts[at, series],
    }
    parts = [
        pl.DataFrame(
            {
                **base,
                "expected": result.mean[at, series],
                "upper": result.upper[at, series],
                "method": [method] * at.size,
                "alarm": result.alarm[at, series] & (block.counts[at, series] > 0),
            },
            schema=SERIES,
        ).with_columns(pl.col("expected", "upper").fill_nan(None))
        for method, result in results.items()
    ]
    return pl.concat(parts)


_EPOCH_ORDINAL = 719_163  # date(1970, 1, 1).toordinal()
