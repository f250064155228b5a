"""Finds the one rule in force for a question, or says why there is none; never picks when rules conflict.

Foundation: every chapter asks At(...).find(concept, subject); "no rule, no power" starts here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from fireline.errors import PolicyError
from fireline.policy.areas import area_chain
from fireline.policy.concepts import CONCEPTS, disease_id
from fireline.policy.library import Library
from fireline.policy.model import Answer, Confidence, Pack, PackKind, Profile, Question, Rule, Status
from fireline.policy.sentences import label_of, note_for
from fireline.policy.strictness import may_override
from fireline.words import Words

_REAL = (PackKind.LIVING, PackKind.ARCHIVE)


def resolve(
    library: Library,
    *,
    concept: str,
    disease: str,
    area: str,
    on: date,
    subject: str = "*",
    known_at: date | None = None,
    state: str = "any",
) -> Answer:
    """Find the rule that answers for a concept and subject, at a place, on a day, as known on another day.

    Parameters
    ----------
    library : Library
    concept : str, one of policy.concepts.CONCEPTS
    disease : str, disease id; ``sars-cov-2`` is read as ``covid-19``
    area : str, see area_chain
    on : date, the day the rule must be in force
    subject : str, such as "close"; "*" asks for rules about every subject only
    known_at : date or None, use only what was recorded by then (None = everything recorded)
    state : "any", "peace" or "emergency"; a rule for one state answers only when that state is asked

    Returns
    -------
    Answer   RULE, ADVICE, OFF, NO_RULE or ASK, with the rule, conflicting candidates and refused overrides

    Raises
    ------
    PolicyError   the concept, state or area is not known

    Notes
    -----
    1. Rules in force on the day and known: their own dates hold, or their edition has ended but an edition
       that amends it is in force. An amending edition's rule replaces the amended one's.
    2. A switch-off of one disease for every subject wins over all its rules.
    3. From the country down: a lower level's rule replaces a higher one's only in the direction
       ``strictness`` allows, with legal basis and end date, else it is refused and reported.
    4. Rules of one disease come before rules for every disease; rules for the state asked before rules for
       any state; a named subject before every subject. What is still a tie is asked of a person.
    """
    if concept not in CONCEPTS:
        raise PolicyError(
            Words(
                f"概念：现为 {concept!r}；允许：{'、'.join(CONCEPTS)}；请从中选择",
                f"concept: found {concept!r}; allowed: {', '.join(CONCEPTS)}; choose one of them",
            )
        )
    if state not in ("any", "peace", "emergency"):
        raise PolicyError(
            Words(
                f"状态：现为 {state!r}；允许：any、peace、emergency；请从中选择",
                f"state: found {state!r}; allowed: any, peace, emergency; choose one of them",
            )
        )
    question = Question(concept, subject, disease_id(disease), area, on, known_at, state)
    chain = area_chain(area)
    found = [r for r in library.by_concept.get(concept, ()) if _is_candidate(library, r, question, chain)]
    if any(r.kind in _REAL for r in found):
        found = [r for r in found if r.kind in _REAL]  # a living edition wins over a look back
    found = _drop_amended(library, found)
    off = _switch_off(found, chain)
    if off is not None:
        return _answer([off], (), question)
    return _down_the_chain(found, chain, question)


@dataclass(frozen=True, slots=True)
class At:
    """The rules of one disease at one place on one day: what chapters are given.

    Attributes
    ----------
    library : Library
    disease, area : str
    on : date
    known_at : date or None
    state : "any", "peace" or "emergency"
    """

    library: Library
    disease: str
    area: str
    on: date
    known_at: date | None = None
    state: str = "any"

    def find(self, concept: str, subject: str = "*") -> Answer:
        """The rule in force for a concept and subject; see resolve."""
        return resolve(
            self.library,
            concept=concept,
            disease=self.disease,
            area=self.area,
            on=self.on,
            subject=subject,
            known_at=self.known_at,
            state=self.state,
        )

    def on_date(self, on: date) -> At:
        """The same place and disease on another day."""
        return replace(self, on=on)

    def for_disease(self, disease: str) -> At:
        """The same place and day for another disease."""
        return replace(self, disease=disease)

    def subjects(self, concept: str) -> tuple[str, ...]:
        """Subjects for which the concept has any answer here (also OFF, ADVICE and ASK), sorted."""
        names = {r.subject for r in self.library.by_concept.get(concept, ())}
        return tuple(n for n in sorted(names) if self.find(concept, n).status is not Status.NO_RULE)

    @property
    def profile(self) -> Profile | None:
        """What is known of the disease, or None."""
        return self.library.profile(self.disease)

    @property
    def pack_label(self) -> tuple[str, str] | None:
        """Label (zh, en) to show wherever a look-back or exercise pack answers here; None where none does."""
        ill = disease_id(self.disease)
        chain = area_chain(self.area)
        for pack in packs_in_force(self.library, on=self.on):
            if pack.kind in _REAL or pack.jurisdiction not in chain:
                continue
            if any(r.disease in (ill, "*") for r in pack.rules):
                return label_of(pack)
        return None


def packs_in_force(library: Library, *, on: date) -> tuple[Pack, ...]:
    """Packs whose rules may answer on a day: in force themselves, or amended by one that is."""
    return tuple(p for p in library.packs if _is_alive(library, p.id, on))


def _is_alive(library: Library, pack_id: str, on: date) -> bool:
    pack = library.by_pack[pack_id]
    if on < pack.valid_from:
        return False
    if pack.valid_to is None or on <= pack.valid_to:
        return True
    return any(_is_alive(library, p.id, on) for p in library.packs if pack_id in p.amends)


def _is_candidate(library: Library, rule: Rule, asked: Question, chain: tuple[str, ...]) -> bool:
    if rule.disease not in (asked.disease, "*") or rule.jurisdiction not in chain:
        return False
    if rule.subject not in (asked.subject, "*") or rule.state not in (asked.state, "any"):
        return False
    if rule.recorded_at is not None and asked.known_at is not None and rule.recorded_at > asked.known_at:
        return False
    if asked.on < rule.valid_from or (rule.expires_at is not None and asked.on > rule.expires_at):
        return False
    if rule.valid_to is not None and asked.on > rule.valid_to:
        # a rule that ends with its edition lives on while an amending edition is in force;
        # one that ends earlier by its own words does not
        edition = library.by_pack[rule.edition]
        if rule.valid_to != edition.valid_to or not _is_alive(library, rule.edition, asked.on):
            return False
    return not _is_superseded(library, rule, asked.known_at)


def _is_superseded(library: Library, rule: Rule, known_at: date | None) -> bool:
    if not rule.superseded_by:
        return False
    newer = library.by_rule[rule.superseded_by]
    return newer.recorded_at is None or known_at is None or newer.recorded_at <= known_at


def _amended_by(library: Library, pack_id: str) -> set[str]:
    """Every edition a pack amends, directly or through others."""
    reached: set[str] = set()
    todo = list(library.by_pack[pack_id].amends)
    while todo:
        here = todo.pop()
        if here not in reached:
            reached.add(here)
            todo.extend(library.by_pack[here].amends)
    return reached


def _drop_amended(library: Library, rules: list[Rule]) -> list[Rule]:
    """Without the rules that an amending edition's rule for the same jurisdiction and subject replaces."""
    older = {e: _amended_by(library, e) for e in {r.edition for r in rules}}
    return [
        rule
        for rule in rules
        if not any(
            rule.edition in older[other.edition]
            and other.jurisdiction == rule.jurisdiction
            and other.subject in (rule.subject, "*")
            and other.disease in (rule.disease, "*")
            and other.state in (rule.state, "any")
            for other in rules
        )
    ]


def _switch_off(found: list[Rule], chain: tuple[str, ...]) -> Rule | None:
    """The switch-off of one disease for every subject, unless a level above rules (then it overrides)."""
    off = [r for r in found if r.subject == "*" and r.value is None and r.disease != "*"]
    above = max((chain.index(r.jurisdiction) for r in found), default=0)
    return next((r for r in off if chain.index(r.jurisdiction) == above), None)


def _down_the_chain(found: list[Rule], chain: tuple[str, ...], asked: Question) -> Answer:
    winners: list[Rule] = []
    refused: list[Rule] = []
    for jurisdiction in reversed(chain):
        here = [r for r in found if r.jurisdiction == jurisdiction]
        if winners:
            above = winners[0] if len(winners) == 1 else None
            refused.extend(r for r in here if not may_override(r, above))
            here = [r for r in here if may_override(r, above)]
            if above is not None and above.disease != "*":
                here = [r for r in here if r.disease != "*"]
        winners = _closest(here, asked) or winners
    return _answer(winners, tuple(sorted(refused, key=lambda r: r.id)), asked)


def _closest(rules: list[Rule], asked: Question) -> list[Rule]:
    """Of rules of one jurisdiction, those that fit the question most closely; several are a tie."""

    def fit(rule: Rule) -> tuple[bool, bool, bool]:
        return (rule.disease != "*", rule.subject == asked.subject, rule.state != "any")

    best = max(map(fit, rules), default=None)
    return sorted((r for r in rules if fit(r) == best), key=lambda r: r.id)


def _answer(winners: list[Rule], refused: tuple[Rule, ...], asked: Question) -> Answer:
    status, rule, candidates = _judge(winners)
    value = rule.value if rule is not None and status in (Status.RULE, Status.ADVICE) else None
    note = note_for(status, rule, candidates, asked)
    return Answer(status, rule, value, asked, candidates, refused, note.zh, note.en)


def _judge(winners: list[Rule]) -> tuple[Status, Rule | None, tuple[Rule, ...]]:
    if not winners:
        return Status.NO_RULE, None, ()
    if len(winners) > 1 or winners[0].confidence is Confidence.C:
        return Status.ASK, None, tuple(_readings(winners))
    rule = winners[0]
    if rule.value is None or rule.modality == "must_not":
        return Status.OFF, rule, ()
    if rule.confidence is Confidence.K or not rule.source.title.strip():
        return Status.ADVICE, rule, ()
    return Status.RULE, rule, ()


def _readings(rules: Iterable[Rule]) -> Iterable[Rule]:
    """Each conflicting rule, followed by the other readings its sources allow."""
    for rule in rules:
        yield replace(rule, alternatives=())
        for n, value in enumerate(rule.alternatives, 1):
            yield replace(rule, id=f"{rule.id}#reading{n + 1}", value=value, alternatives=())
