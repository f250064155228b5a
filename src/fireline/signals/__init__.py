"""Chapter 5, early warning: single-stream alarms, fixed thresholds of the rules in force, and renewal."""

from __future__ import annotations

from fireline.signals.model import LEVELS, Alarm, Signals
from fireline.signals.renewal import (
    Nowcast,
    Renewal,
    Rt,
    SerialInterval,
    Trend,
    Triangle,
    UncertainInterval,
    classify_trend,
    discretise_serial_interval,
    estimate_rt,
    nowcast,
    reporting_triangle,
)
from fireline.signals.watch import watch

__all__ = [
    "LEVELS",
    "Alarm",
    "Nowcast",
    "Renewal",
    "Rt",
    "SerialInterval",
    "Signals",
    "Trend",
    "Triangle",
    "UncertainInterval",
    "classify_trend",
    "discretise_serial_interval",
    "estimate_rt",
    "nowcast",
    "reporting_triangle",
    "watch",
]
