"""Chapter 5, renewal: the effective reproduction number, the trend of counts, and what is still to "
"be reported.
"""

from __future__ import annotations

from fireline.signals.renewal.model import (
    QUANTILES,
    Nowcast,
    Renewal,
    Rt,
    SerialInterval,
    Trend,
    Triangle,
    UncertainInterval,
)
from fireline.signals.renewal.nowcast import nowcast, reporting_triangle
from fireline.signals.renewal.rt import estimate_rt
from fireline.signals.renewal.trend import classify_trend
from fireline.signals.renewal.weights import discretise_serial_interval

__all__ = [
    "QUANTILES",
    "Nowcast",
    "Renewal",
    "Rt",
    "SerialInterval",
    "Trend",
    "Triangle",
    "UncertainInterval",
    "classify_trend",
    "discretise_serial_interval",
    "estimate_rt",
    "nowcast",
    "reporting_triangle",
]
