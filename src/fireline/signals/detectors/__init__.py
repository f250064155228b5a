"""Detectors of one stream each: counts and rows in, one frozen answer out."""

from __future__ import annotations

from fireline.signals.detectors.cusum import glr_cusum
from fireline.signals.detectors.ears import ears
from fireline.signals.detectors.farrington import farrington_flexible
from fireline.signals.detectors.model import Detection

__all__ = ["Detection", "ears", "farrington_flexible", "glr_cusum"]
