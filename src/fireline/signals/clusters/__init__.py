"""Clusters in space and time: zones, scan, chance, and the reason in words."""

from __future__ import annotations

from fireline.signals.clusters.explain import words_of_cluster
from fireline.signals.clusters.model import Baseline, Model, ScanZones, SpaceTimeCluster, SpaceTimeScan
from fireline.signals.clusters.scan import scan_many, space_time_scan
from fireline.signals.clusters.zones import circles, connected, listed

__all__ = [
    "Baseline",
    "Model",
    "ScanZones",
    "SpaceTimeCluster",
    "SpaceTimeScan",
    "circles",
    "connected",
    "listed",
    "scan_many",
    "space_time_scan",
    "words_of_cluster",
]
