"""Turns counts into what a scan expects of every area and step, and checks what it is given.

Chapter 5: read by clusters.scan. Cells that were not reported are 0 in counts and expectation alike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fireline.signals.clusters.model import ScanBaseline

F64 = NDArray[np.float64]


class Expected(NamedTuple):
    """Counts and expectation, ready to be summed over zones and windows.

    Attributes
    ----------
    counts, cells : float64 arrays, shape (n_time, n_areas)   observed and expected, 0 where not reported
    is_reported : bool array, the same shape
    baseline : ScanBaseline
    """

    counts: F64
    cells: F64
    is_reported: NDArray[np.bool_]
    baseline: ScanBaseline


def checked(counts: ArrayLike) -> tuple[F64, NDArray[np.bool_]]:
    """Counts with zeros where nothing was reported, and where something was.

    Raises
    ------
    ValueError   no two axes, or a count that is negative or no whole number (gives its row and column)
    """
    held = np.asarray(counts, np.float64)
    if held.ndim != 2:
        raise ValueError(f"counts: expected shape (n_time, n_areas), got {held.shape}")
    is_reported = ~np.isnan(held)
    held = np.where(is_reported, held, 0.0)
    wrong = np.argwhere((held < 0) | (held != np.floor(held)) | np.isinf(held))
    if wrong.size:
        raise ValueError(f"counts: row {wrong[0, 0]}, column {wrong[0, 1]} is no whole number >= 0")
    return held, is_reported


def uniform_rate(counts: ArrayLike, *, population: ArrayLike | None = None) -> Expected:
    """One rate over all areas and steps: all cases over all reported person-steps.

    Parameters
    ----------
    counts : array-like, shape (n_time, n_areas)   NaN = not reported
    population : array-like, shape (n_time, n_areas) or (n_areas,), or None   None = as many in every area

    Returns
    -------
    Expected
    """
    held, is_reported = checked(counts)
    people = _people(population, is_reported)
    _require_room(held, people, label="population")
    return Expected(held, _scaled(people, held.sum()), is_reported, ScanBaseline.UNIFORM_RATE)


def population_by_step(counts: ArrayLike, *, population: ArrayLike) -> Expected:
    """Every step expects the same number of cases and shares it out by its population.

    Parameters
    ----------
    counts : array-like, shape (n_time, n_areas)   NaN = not reported
    population : array-like, shape (n_time, n_areas) or (n_areas,)

    Returns
    -------
    Expected   an unreported cell's share falls away; the rest is scaled to the number of cases
    """
    held, is_reported = checked(counts)
    everybody = _people(population, np.ones_like(is_reported))
    _require_room(held, everybody, label="population")
    shares = everybody / np.maximum(everybody.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    return Expected(
        held, _scaled(shares * is_reported, held.sum()), is_reported, ScanBaseline.POPULATION_BY_STEP
    )


def supplied(counts: ArrayLike, *, expected: ArrayLike) -> Expected:
    """What the caller expects, for instance the mean that a regression on earlier years predicts.

    Parameters
    ----------
    counts, expected : array-like, shape (n_time, n_areas)   NaN in either = left out

    Returns
    -------
    Expected

    Raises
    ------
    ValueError   shapes differ, an expectation is negative, or it is 0 where cases were counted
    """
    held, is_reported = checked(counts)
    cells = np.asarray(expected, np.float64)
    if cells.shape != held.shape:
        raise ValueError(f"expected: expected shape {held.shape}, got {cells.shape}")
    is_reported = is_reported & ~np.isnan(cells)
    held, cells = np.where(is_reported, held, 0.0), np.where(is_reported, cells, 0.0)
    if not (np.isfinite(cells) & (cells >= 0)).all():
        raise ValueError("expected: every number must be >= 0, NaN where there is none")
    _require_room(held, cells, label="expected")
    return Expected(held, cells, is_reported, ScanBaseline.SUPPLIED)


def margins(counts: ArrayLike) -> Expected:
    """Cases of the area times cases of the step over all cases: no interaction of area and time.

    Parameters
    ----------
    counts : array-like, shape (n_time, n_areas)   NaN = not reported

    Returns
    -------
    Expected

    Notes
    -----
    With unreported cells: the products of an area's and a step's factor that have, over the reported cells,
    the sums of the data; found by fitting rows and columns in turn, which is the maximum likelihood of
    quasi-independence.
    """
    held, is_reported = checked(counts)
    by_step, by_area = held.sum(axis=1), held.sum(axis=0)
    cells = np.outer(by_step, by_area) / max(held.sum(), 1.0)
    if not is_reported.all():
        cells = is_reported.astype(np.float64)
        for _ in range(1_000):
            cells *= _factor(by_step, cells.sum(axis=1))[:, None]
            by_column = _factor(by_area, cells.sum(axis=0))
            cells *= by_column
            if np.abs(by_column[by_area > 0] - 1).max(initial=0.0) < 1e-12:
                break
    return Expected(held, cells, is_reported, ScanBaseline.MARGINS)


def _factor(wanted: F64, found: F64) -> F64:
    factor: F64 = np.zeros(wanted.shape)
    np.divide(wanted, found, out=factor, where=found > 0)
    return factor


def _people(population: ArrayLike | None, is_reported: NDArray[np.bool_]) -> F64:
    if population is None:
        return is_reported.astype(np.float64)
    people = np.asarray(population, np.float64)
    if people.shape not in (is_reported.shape, is_reported.shape[1:]):
        raise ValueError(
            f"population: expected shape {is_reported.shape} or {is_reported.shape[1:]}, got {people.shape}"
        )
    people = np.where(is_reported, people, 0.0)
    if not (np.isfinite(people) & (people >= 0)).all():
        raise ValueError("population: every number must be >= 0 where counts are reported")
    return people


def _scaled(weight: F64, total: float) -> F64:
    return weight * (total / weight.sum()) if weight.sum() > 0 else weight


def _require_room(held: F64, cells: F64, *, label: str) -> None:
    wrong = np.argwhere((held > 0) & (cells <= 0))
    if wrong.size:
        raise ValueError(
            f"{label}: row {wrong[0, 0]}, column {wrong[0, 1]} is 0 where cases were counted; give what is "
            "expected there, or NaN to leave the cell out"
        )
