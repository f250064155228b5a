"""What a rule, a pack and an answer are: frozen records, nothing computed.

Foundation: every chapter asks for rules through these types; packs/*.toml fill them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class PackKind(StrEnum):
    """What a pack may be used for."""

    LIVING = "living"  # in force today
    ARCHIVE = "archive"  # editions of the past, replayed on their dates
    RETROSPECTIVE = "retrospective"  # past or foreign outbreaks; labelled, can issue no order
    EXERCISE = "exercise"  # drills; labelled, can issue no order


class Status(StrEnum):
    """What the resolver found."""

    RULE = "RULE"  # one sourced rule is in force; it may drive a decision
    ADVICE = "ADVICE"  # a rule without a nameable source, or of confidence K: shown, never acted on by itself
    OFF = "OFF"  # a rule in force switches this off (must_not or null value)
    NO_RULE = "NO_RULE"  # nothing in force: the function is unavailable
    ASK = "ASK"  # sources conflict or two rules tie: a person decides


class Confidence(StrEnum):
    """How well a rule is known."""

    V1 = "V1"  # read at the publisher
    V2 = "V2"  # read in reprints
    L = "L"  # local rule, read
    K = "K"  # known, not verified: only advises
    C = "C"  # sources conflict: a person decides


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule stands."""

    title: str
    doc_no: str = ""
    article: str = ""
    url: str = ""
    retrieved_at: date | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one edition, append-only.

    Attributes
    ----------
    id : str, "edition/concept/subject/jurisdiction"
    concept, subject : str from the closed lists of policy.concepts
    disease : str, disease id such as "covid-19", or "*"
    jurisdiction : str, "CN", "CN-41", "CN-411624", "WHO", "EX" ...
    valid_from, valid_to : date, both inclusive; valid_to None = open
    recorded_at : date or None, the day from which Fireline knew it (None = always known)
    state : "any", "peace" or "emergency"
    modality : "must", "should", "may" or "must_not"
    strictness : what a lower level may do: "tighten", "loosen" or "neither"
    value : mapping or None (None = switched off); shapes per concept in policy.concepts
    expires_at : date or None, mandatory for a local override
    """

    id: str
    edition: str
    kind: PackKind
    concept: str
    subject: str
    disease: str
    jurisdiction: str
    valid_from: date
    valid_to: date | None
    value: Mapping[str, Any] | None
    confidence: Confidence
    source: Source
    modality: str = "must"
    strictness: str = "neither"
    state: str = "any"
    recorded_at: date | None = None
    superseded_by: str = ""
    legal_basis: str = ""
    expires_at: date | None = None
    owner_party: str = ""
    transition: str = ""
    notes: str = ""
    alternatives: tuple[Mapping[str, Any], ...] = ()

    @property
    def can_order(self) -> bool:
        """Whether an order to a real person may rest on this rule.

        A recommendation (``should``) never carries an order: several living rules rest on texts of
        WHO or of another country, which advise a county but do not bind it.
        """
        return (
            self.kind in (PackKind.LIVING, PackKind.ARCHIVE)
            and self.confidence in (Confidence.V1, Confidence.V2, Confidence.L)
            and self.modality in ("must", "may")
            and self.value is not None
        )


@dataclass(frozen=True, slots=True)
class Pack:
    """One edition: its dates, what it amends, its label and its rules."""

    id: str
    kind: PackKind
    title_zh: str
    title_en: str
    jurisdiction: str
    valid_from: date
    valid_to: date | None
    amends: tuple[str, ...]
    rules: tuple[Rule, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of the resolver."""

    concept: str
    subject: str
    disease: str
    area: str
    on: date
    known_at: date | None
    state: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the resolver found, with everything needed to replay it.

    Attributes
    ----------
    status : Status
    rule : Rule or None, the rule that answers (for ASK None)
    value : mapping or None, the rule's value (None unless RULE or ADVICE)
    candidates : tuple of Rule, for ASK the conflicting ones
    refused : tuple of Rule, local overrides that were not allowed (reported as gaps)
    asked : Question
    note_zh, note_en : str, one sentence for a person
    """

    status: Status
    rule: Rule | None
    value: Mapping[str, Any] | None
    asked: Question
    candidates: tuple[Rule, ...] = ()
    refused: tuple[Rule, ...] = ()
    note_zh: str = ""
    note_en: str = ""

    @property
    def in_force(self) -> bool:
        """Whether a function may act on it."""
        return self.status is Status.RULE

    @property
    def rule_id(self) -> str:
        """Id of the answering rule, or the empty string."""
        return self.rule.id if self.rule else ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one disease; explains numbers, never replaces a rule.

    Attributes
    ----------
    disease : str, id such as "measles"
    name_zh, name_en : str
    incubation_days : (min, median, max) or None
    infectious_days : (first, last) relative to onset, or None
    infectious_anchor : "onset" or "rash_onset"
    serial_interval_days : (mean, sd) or None
    spread : "person", "vector", "food_water" or "mixed"
    facts : mapping of other named figures, each with its confidence
    """

    disease: str
    name_zh: str
    name_en: str
    incubation_days: tuple[float, float, float] | None
    infectious_days: tuple[float, float] | None
    infectious_anchor: str
    serial_interval_days: tuple[float, float] | None
    spread: str
    facts: Mapping[str, Any] = field(default_factory=dict)
