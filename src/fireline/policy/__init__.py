"""Guideline editions as dated packs, and the resolver that finds the rule in force.

Foundation: "no rule, no power" - chapters do only what an answer of this package lets them do.
"""

from __future__ import annotations

from fireline.policy.areas import area_chain
from fireline.policy.concepts import CONCEPTS, disease_id
from fireline.policy.library import Library, build_library, load_library, parse_pack, parse_profiles
from fireline.policy.model import (
    Answer,
    Confidence,
    Pack,
    PackKind,
    Profile,
    Question,
    Rule,
    Source,
    Status,
)
from fireline.policy.predicate import evaluate, facts_of
from fireline.policy.resolve import At, packs_in_force, resolve

__all__ = [
    "CONCEPTS",
    "Answer",
    "At",
    "Confidence",
    "Library",
    "Pack",
    "PackKind",
    "Profile",
    "Question",
    "Rule",
    "Source",
    "Status",
    "area_chain",
    "build_library",
    "disease_id",
    "evaluate",
    "facts_of",
    "load_library",
    "packs_in_force",
    "parse_pack",
    "parse_profiles",
    "resolve",
]
