"""Chapter 5, early warning: alarms of single streams, clusters, thresholds of the rules, R and trend."""

from __future__ import annotations

from fireline.signals.clusters import (
    ScanBaseline,
    ScanModel,
    ScanZones,
    SpaceTimeCluster,
    SpaceTimeScan,
    circular_zones,
    connected_zones,
    listed_zones,
    scan_many,
    space_time_scan,
    words_of_cluster,
)
from fireline.signals.detectors import Detection, ears, farrington_flexible, glr_cusum
from fireline.signals.detectors.temporal import TemporalScan, temporal_scan
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
    "Detection",
    "Nowcast",
    "Renewal",
    "Rt",
    "ScanBaseline",
    "ScanModel",
    "ScanZones",
    "SerialInterval",
    "Signals",
    "SpaceTimeCluster",
    "SpaceTimeScan",
    "TemporalScan",
    "Trend",
    "Triangle",
    "UncertainInterval",
    "circular_zones",
    "classify_trend",
    "connected_zones",
    "discretise_serial_interval",
    "ears",
    "estimate_rt",
    "farrington_flexible",
    "glr_cusum",
    "listed_zones",
    "nowcast",
    "reporting_triangle",
    "scan_many",
    "space_time_scan",
    "temporal_scan",
    "watch",
    "words_of_cluster",
]
