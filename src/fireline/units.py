"""Names and conversions for hours, days, metres and rates, so that no bare number hides its unit.

Foundation: read by every chapter.
"""

from __future__ import annotations

MINUTE_S = 60
HOUR_S = 3_600
DAY_S = 86_400
EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG


def per_100k(count: float, population: float) -> float | None:
    """Rate per 100,000 people; None where the population is unknown or zero."""
    return None if not population else 100_000.0 * count / population


def hours_between(start_s: int, end_s: int) -> float:
    """Hours from one epoch second to another (negative when the end is earlier)."""
    return (end_s - start_s) / HOUR_S


def percent(part: float, whole: float) -> float | None:
    """Share in percent; None where the whole is zero."""
    return None if not whole else 100.0 * part / whole
