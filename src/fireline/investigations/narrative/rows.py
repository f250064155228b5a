"""A reading as plain rows for a page: each part with its words, its sentence and its state.

Chapter 6: the case page shows the rows, a person accepts, corrects or refuses each.
"""

from __future__ import annotations

from typing import Any

from fireline.investigations.narrative.explain import explain_part, explain_unread
from fireline.investigations.narrative.model import Reading


def rows_of(reading: Reading, *, language: str = "zh") -> dict[str, list[dict[str, Any]]]:
    """Rows of strings and numbers alone.

    Parameters
    ----------
    reading : what ``read_narrative`` gave
    language : "zh" or "en"

    Returns
    -------
    dict   "parts", "unread" and "notes"; of a part: index, kind, days, times, precision, place, place_kind,
        vehicle, number, carriage, seat, origin, destination, state, words, sentence, start, end
    """
    parts = []
    for index, part in enumerate(reading.parts):
        vehicle = part.vehicle
        parts.append(
            {
                "index": index,
                "kind": part.kind,
                "days": [d.text for d in part.days],
                "times": [t.text for t in part.times],
                "precision": part.precision,
                "place": part.place,
                "place_kind": part.place_kind,
                "vehicle": vehicle.kind if vehicle else "",
                "number": vehicle.number if vehicle else "",
                "carriage": vehicle.carriage if vehicle else "",
                "seat": vehicle.seat if vehicle else "",
                "origin": part.origin,
                "destination": part.destination,
                "state": part.state,
                "words": explain_part(part).get(language),
                "sentence": reading.text[part.start : part.end],
                "start": part.start,
                "end": part.end,
            }
        )
    unread = [
        {
            "start": u.start,
            "end": u.end,
            "reason": u.reason,
            "words": explain_unread(u).get(language),
            "clause": reading.text[u.start : u.end],
        }
        for u in reading.unread
    ]
    return {"parts": parts, "unread": unread, "notes": [{"words": n.get(language)} for n in reading.notes]}
