"""Chapter 5, early warning: single-stream alarms and fixed thresholds of the rules in force."""

from __future__ import annotations

from fireline.signals.detectors import Detection, ears, farrington_flexible, glr_cusum
from fireline.signals.model import LEVELS, Alarm, Signals
from fireline.signals.watch import watch

__all__ = [
    "LEVELS",
    "Alarm",
    "Detection",
    "Signals",
    "ears",
    "farrington_flexible",
    "glr_cusum",
    "watch",
]
