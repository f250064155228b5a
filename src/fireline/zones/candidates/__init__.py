"""Chapter 8, candidates: every way to draw the ring side by side, each counted the same way."""

from fireline.zones.candidates.count import Capacity, Figures, figures
from fireline.zones.candidates.model import Candidate, Effect, Limits
from fireline.zones.candidates.side import Settings, side_by_side

__all__ = ["Candidate", "Capacity", "Effect", "Figures", "Limits", "Settings", "figures", "side_by_side"]
