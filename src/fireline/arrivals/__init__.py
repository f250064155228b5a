"""Chapter 3, the four pockets: flights, land ports, cold chain, cross-region travel; what is owed."""

from __future__ import annotations

from fireline.arrivals.model import Arrivals
from fireline.arrivals.owed import owed

__all__ = ["Arrivals", "owed"]
