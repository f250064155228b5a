"""Chapter 8, candidates: every way to draw the ring side by side, each counted the same way."""
