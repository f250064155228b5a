"""Chapter 7, contacts: close, secondary, companions, and transmission chains."""

from __future__ import annotations

from fireline.contacts.find import find
from fireline.contacts.index import VisitIndex
from fireline.contacts.model import Chain, Contacts

__all__ = ["Chain", "Contacts", "VisitIndex", "find"]
