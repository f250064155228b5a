"""What may leave the house: suppressed tables, a public text, and what a linter found in a text.

Chapter 11: filled by publish; an action publishes it, the portal serves it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from fireline.privacy.suppression import Published
from fireline.words import Words

HIDDEN = "*"
"""Shown in place of a hidden count."""


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One edition for the public.

    Attributes
    ----------
    tables : dict from name to DataFrame (row, column, shown, count; count is null where hidden)
    text : Words, plain words without personal data
    rule_id : str, the disclosure rule that set k ("" when the default was used)
    k : int, the threshold
    published : dict from table name to what was shown, the argument ``earlier`` of the next edition
    notes : tuple of Words, for staff: what was hidden or left out and why
    """

    tables: dict[str, pl.DataFrame]
    text: Words
    rule_id: str
    k: int
    published: dict[str, Published] = field(default_factory=dict)
    notes: tuple[Words, ...] = ()
