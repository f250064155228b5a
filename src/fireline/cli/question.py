"""What ``fireline trace`` was asked, as the command line gave it.

The outermost layer: read by the answers from a folder and from the home's database.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Question:
    """What the command line asks; names as the options.

    Attributes
    ----------
    kind : str, contacts, secondary, companions, backward or chain
    cases : tuple of str
    data, feeds, home : Path or None
    at, area, disease : str or None
    outbreak : int or None
    by, lang : str
    explain, as_json : bool
    limit : int
    """

    kind: str
    cases: tuple[str, ...]
    data: Path | None
    feeds: Path | None
    at: str | None
    area: str | None
    disease: str | None
    outbreak: int | None
    by: str
    home: Path | None
    explain: bool
    lang: str
    limit: int
    as_json: bool
