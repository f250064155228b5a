"""What ``fireline zones`` was asked, as the command line gave it.

The outermost layer: read by the answers from a folder and from the home's database.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks; names as the options.

    Attributes
    ----------
    kind : str, propose, compare, lift or order
    """

    kind: str
    folder: Path | None
    feeds: Path | None
    at: str | None
    area: str | None
    disease: str | None
    outbreak: int | None
    by: str
    home: Path | None
    lang: str
    limit: int
    as_json: bool
    candidate: str = "two_tier"
    recall: float | None = None
    delay: float | None = None
    compliance: float | None = None
    staff: float | None = None
    supply: float | None = None
