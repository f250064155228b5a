"""Chapter 7, contacts: close, secondary, companions, and transmission chains."""

from __future__ import annotations

from fireline.contacts.backward import CommonPlaces, common_places
from fireline.contacts.cells import CellIndex
from fireline.contacts.companions import Companions, companions
from fireline.contacts.find import find
from fireline.contacts.grid import Grid
from fireline.contacts.index import VisitIndex
from fireline.contacts.model import Chain, Contacts
from fireline.contacts.near import Positions, near

__all__ = [
    "CellIndex",
    "Chain",
    "CommonPlaces",
    "Companions",
    "Contacts",
    "Grid",
    "Positions",
    "VisitIndex",
    "common_places",
    "companions",
    "find",
    "near",
]
