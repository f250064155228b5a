"""Chapter 4, key places and gatherings: capacity, check-ins, large events."""

from __future__ import annotations

from fireline.places.model import Places
from fireline.places.occupancy import survey

__all__ = ["Places", "survey"]
