"""Chapter 5, early warning: alarms of single streams, clusters in space and time, thresholds of the rules."""

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
from fireline.signals.watch import watch

__all__ = [
    "LEVELS",
    "Alarm",
    "Detection",
    "ScanBaseline",
    "ScanModel",
    "ScanZones",
    "Signals",
    "SpaceTimeCluster",
    "SpaceTimeScan",
    "TemporalScan",
    "circular_zones",
    "connected_zones",
    "ears",
    "farrington_flexible",
    "glr_cusum",
    "listed_zones",
    "scan_many",
    "space_time_scan",
    "temporal_scan",
    "watch",
    "words_of_cluster",
]
