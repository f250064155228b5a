"""Tracing on demand: contacts, companions, common places and the chain of a few named cases.

Pipeline: one way for a folder of files and for a database; takes records, rules and a moment, gives tables
with their reasons. Who may ask is decided before: by the rules here, and by evidence in actions.
"""

from __future__ import annotations
