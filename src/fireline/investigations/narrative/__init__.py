"""Chapter 6, narratives: an official activity text to stays and legs, and back to a text for the public."""

from __future__ import annotations

from fireline.investigations.narrative.explain import explain_part, explain_unread
from fireline.investigations.narrative.model import Part, Reading, Unread
from fireline.investigations.narrative.read import read_narrative
from fireline.investigations.narrative.rows import rows_of
from fireline.investigations.narrative.write import PublicNarrative, write_narrative

__all__ = [
    "Part",
    "PublicNarrative",
    "Reading",
    "Unread",
    "explain_part",
    "explain_unread",
    "read_narrative",
    "rows_of",
    "write_narrative",
]
