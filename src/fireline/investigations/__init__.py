"""Chapter 6, investigations: case definitions, line list, curve, attack rates, trajectories, narratives."""

from __future__ import annotations

from fireline.investigations.narrative import read_narrative, write_narrative

__all__ = ["read_narrative", "write_narrative"]
