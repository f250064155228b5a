"""Clusters in space and time: zones, scan, chance, and the reason in words."""

from __future__ import annotations

from fireline.signals.clusters.explain import words_of_cluster
from fireline.signals.clusters.model import (
    ScanBaseline,
    ScanModel,
    ScanZones,
    SpaceTimeCluster,
    SpaceTimeScan,
)
from fireline.signals.clusters.scan import scan_many, space_time_scan
from fireline.signals.clusters.zones import circular_zones, connected_zones, listed_zones

__all__ = [
    "ScanBaseline",
    "ScanModel",
    "ScanZones",
    "SpaceTimeCluster",
    "SpaceTimeScan",
    "circular_zones",
    "connected_zones",
    "listed_zones",
    "scan_many",
    "space_time_scan",
    "words_of_cluster",
]
