"""Turns the parsed table of one pack into frozen records, noting everything that is wrong with it.

Foundation: policy.library calls it for every pack text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fireline.errors import PolicyError
from fireline.policy.concepts import CONCEPTS, SUBJECTS, disease_id
from fireline.policy.model import Confidence, Pack, PackKind, Profile, Rule, Source
from fireline.policy.shapes import shown

MODALITIES = ("must", "should", "may", "must_not")
STRICTNESS = ("tighten", "loosen", "neither")
STATES = ("any", "peace", "emergency")
TRANSITIONS = ("", "keep_old", "switch_now", "whichever_shorter")
SPREADS = ("person", "vector", "food_water", "mixed")
MAX_QUOTE = 60

_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,59}")
_SUBJECT = re.compile(r"[a-z0-9][a-z0-9_]{0,59}|\*")
_DISEASE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}|\*")
_JURISDICTION = re.compile(r"WHO|[A-Z]{2}(-[A-Z0-9]{1,12}){0,3}")

_PACK_KEYS = (
    "id", "kind", "title_zh", "title_en", "jurisdiction", "valid_from", "valid_to", "amends", "disease",
    "sources", "rule",
)  # fmt: skip
_RULE_KEYS = (
    "id", "concept", "subject", "disease", "jurisdiction", "valid_from", "valid_to", "recorded_at",
    "superseded_by", "state", "modality", "strictness", "legal_basis", "expires_at", "owner_party",
    "transition", "value", "confidence", "source", "notes", "alternatives",
)  # fmt: skip
_SOURCE_KEYS = ("title", "doc_no", "article", "url", "retrieved_at", "quote")
_PROFILE_KEYS = (
    "disease", "name_zh", "name_en", "incubation_days", "infectious_days", "infectious_anchor",
    "serial_interval_days", "spread", "facts",
)  # fmt: skip
_FACT_KEYS = ("value", "confidence", "source", "note")


@dataclass(slots=True)
class Report:
    """Collects every fault of one pack, so that its author mends them in one go.

    Attributes
    ----------
    name : str, what the pack's text is called
    faults : list of str
    """

    name: str
    faults: list[str] = field(default_factory=list)

    def add(self, rule: str, path: str, found: str, allowed: str) -> None:
        """Note one fault: where it is, what was found and what is allowed."""
        where = f"pack {self.name}, rule {rule}" if rule else f"pack {self.name}"
        self.faults.append(f"{where}: field {path}: found {found}; allowed: {allowed}")

    def stop_if_faulty(self) -> None:
        """Raise one PolicyError that lists the first 20 faults, if there are any."""
        if self.faults:
            more = len(self.faults) - 20
            tail = [f"... and {more} more"] if more > 0 else []
            raise PolicyError("\n".join([*self.faults[:20], *tail, "mend the pack and load it again"]))


@dataclass(frozen=True, slots=True)
class _Fields:
    """Reads typed fields of one table and reports to where they are not as they should be."""

    table: Mapping[str, Any]
    rule: str
    report: Report
    prefix: str = ""

    def refuse_unknown(self, allowed: tuple[str, ...]) -> None:
        for key in self.table:
            if key not in allowed:
                self.report.add(
                    self.rule, f"{self.prefix}{key}", "a field that is not known", ", ".join(allowed)
                )

    def text(self, key: str, default: str | None = None) -> str:
        found = self.table.get(key, default)
        if not isinstance(found, str) or (default is None and not found.strip()):
            self.report.add(self.rule, f"{self.prefix}{key}", shown(found), "a text that is not empty")
            return ""
        return found

    def matched(self, key: str, pattern: re.Pattern[str], allowed: str, default: str | None = None) -> str:
        found = self.table.get(key, default)
        if not isinstance(found, str) or not pattern.fullmatch(found):
            self.report.add(self.rule, f"{self.prefix}{key}", shown(found), allowed)
            return ""
        return found

    def code(self, key: str, codes: tuple[str, ...], default: str | None = None) -> str:
        found = self.table.get(key, default)
        if not isinstance(found, str) or found not in codes:
            names = ", ".join(c for c in codes if c)
            self.report.add(self.rule, f"{self.prefix}{key}", shown(found), f"one of {names}")
            return codes[0]
        return found

    def day(self, key: str, default: date | None = None, *, required: bool = False) -> date | None:
        found = self.table.get(key, default)
        if found is None and not required:
            return None
        if not isinstance(found, date) or isinstance(found, datetime):
            self.report.add(self.rule, f"{self.prefix}{key}", shown(found), "a TOML date such as 2021-05-14")
            return default or date.min if required else default
        return found


def read_pack(table: Mapping[str, Any], text: str, report: Report) -> Pack | None:
    """Read a pack's table; faults go to the report, and the result is None when it has any."""
    fields = _Fields(table, "", report)
    fields.refuse_unknown(_PACK_KEYS)
    pack_id = fields.matched("id", _ID, "lower-case letters, digits, dots and hyphens")
    kind = PackKind(fields.code("kind", tuple(PackKind)))
    jurisdiction = fields.matched(
        "jurisdiction", _JURISDICTION, "WHO, or a country code such as CN, CN-41 or EX"
    )
    begins = fields.day("valid_from", required=True)
    ends = fields.day("valid_to")
    amends = table.get("amends", [])
    if not isinstance(amends, list) or not all(isinstance(a, str) for a in amends):
        report.add("", "amends", shown(amends), "a list of pack ids")
        amends = []
    if begins and ends and ends < begins:
        report.add("", "valid_to", str(ends), f"a day not before valid_from {begins}")
    if kind is PackKind.RETROSPECTIVE and ends is None:
        report.add("", "valid_to", "nothing", "a date: a retrospective pack must end")
    if (kind is PackKind.EXERCISE) != (jurisdiction.split("-")[0] == "EX"):
        report.add("", "jurisdiction", shown(jurisdiction), "EX for exercise packs and only for them")
    rules = table.get("rule", [])
    if not isinstance(rules, list) or not rules or not all(isinstance(r, dict) for r in rules):
        report.add("", "rule", shown(rules), "at least one [[rule]] table")
        rules = []
    head = Pack(
        id=pack_id, kind=kind, title_zh=fields.text("title_zh"), title_en=fields.text("title_en"),
        jurisdiction=jurisdiction, valid_from=begins or date.min, valid_to=ends, amends=tuple(amends),
        rules=(), sha256=hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip
    sources = table.get("sources", {})
    if not isinstance(sources, dict):
        report.add("", "sources", shown(sources), "tables [sources.NAME]")
        sources = {}
    read = tuple(
        _read_rule(r, i, head, table.get("disease"), sources, report) for i, r in enumerate(rules, 1)
    )
    _refuse_doubles(read, report)
    if report.faults:
        return None
    return Pack(
        head.id, head.kind, head.title_zh, head.title_en, head.jurisdiction, head.valid_from, head.valid_to,
        head.amends, read, head.sha256,
    )  # fmt: skip


def _refuse_doubles(rules: tuple[Rule, ...], report: Report) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            report.add(rule.id, "id", "the same id twice", "an id of its own: a correction is named id@DATE")
        seen.add(rule.id)


def _read_rule(
    table: Mapping[str, Any], n: int, pack: Pack, disease: Any, sources: Mapping[str, Any], report: Report
) -> Rule:
    name = f"{n} ({table.get('concept', '?')}/{table.get('subject', '?')})"
    fields = _Fields(table, name, report)
    fields.refuse_unknown(_RULE_KEYS)
    concept = fields.code("concept", tuple(CONCEPTS))
    subject = fields.matched("subject", _SUBJECT, "a lower-case name with underscores, or *")
    allowed = SUBJECTS.get(concept)
    if subject and allowed and subject not in (*allowed, "*"):
        report.add(name, "subject", shown(subject), f"one of {', '.join(allowed)}, *")
    ill = fields.matched("disease", _DISEASE, "a disease id such as measles, or *", disease)
    place = fields.matched(
        "jurisdiction", _JURISDICTION, "a code inside the pack's jurisdiction", pack.jurisdiction
    )
    if place and place != pack.jurisdiction and not place.startswith(pack.jurisdiction):
        report.add(name, "jurisdiction", shown(place), f"{pack.jurisdiction} or a place inside it")
    begins = fields.day("valid_from", pack.valid_from, required=True) or pack.valid_from
    ends = fields.day("valid_to", pack.valid_to)
    if begins < pack.valid_from:
        report.add(name, "valid_from", str(begins), f"a day not before the pack's {pack.valid_from}")
    if ends is not None and (ends < begins or (pack.valid_to is not None and ends > pack.valid_to)):
        report.add(name, "valid_to", str(ends), f"a day from {begins} to the pack's {pack.valid_to}")
    modality = fields.code("modality", MODALITIES, "must")
    standard = f"{pack.id}/{concept}/{subject}/{place}"
    given = fields.text("id", standard)
    if given != standard and not given.startswith(standard + "@"):
        report.add(name, "id", shown(given), f"{standard} or {standard}@DATE")
    confidence = Confidence(fields.code("confidence", tuple(Confidence)))
    alternatives = _alternatives(table, name, concept, report)
    if alternatives and confidence is not Confidence.C:
        report.add(name, "alternatives", "alternatives", "only where confidence is C")
    return Rule(
        id=given, edition=pack.id, kind=pack.kind, concept=concept, subject=subject, disease=disease_id(ill),
        jurisdiction=place, valid_from=begins, valid_to=ends,
        value=_value(table, name, concept, modality, report), confidence=confidence,
        source=_source(table, name, sources, report), modality=modality,
        strictness=fields.code("strictness", STRICTNESS, "neither"),
        state=fields.code("state", STATES, "any"),
        recorded_at=fields.day("recorded_at"), superseded_by=fields.text("superseded_by", ""),
        legal_basis=fields.text("legal_basis", ""), expires_at=fields.day("expires_at"),
        owner_party=fields.text("owner_party", ""), transition=fields.code("transition", TRANSITIONS, ""),
        notes=fields.text("notes", ""), alternatives=alternatives,
    )  # fmt: skip


def _value(
    table: Mapping[str, Any], name: str, concept: str, modality: str, report: Report
) -> Mapping[str, Any] | None:
    """The rule's value; ``must_not`` switches off and has none, everything else needs one."""
    found = table.get("value")
    if modality == "must_not":
        if found is not None:
            report.add(name, "value", shown(found), "no value where modality is must_not")
        return None
    if found is None:
        report.add(name, "value", "nothing", f"a value: {CONCEPTS[concept].shape} (or modality must_not)")
        return None
    if not found:
        report.add(name, "value", shown(found), f"a value: {CONCEPTS[concept].shape}")
    for problem in CONCEPTS[concept].check(found, "value"):
        report.add(name, problem.path, problem.found, problem.allowed)
    return found if isinstance(found, dict) else None


def _alternatives(
    table: Mapping[str, Any], name: str, concept: str, report: Report
) -> tuple[Mapping[str, Any], ...]:
    found = table.get("alternatives", [])
    if not isinstance(found, list):
        report.add(name, "alternatives", shown(found), "a list of values")
        return ()
    for i, value in enumerate(found):
        for problem in CONCEPTS[concept].check(value, f"alternatives[{i}]"):
            report.add(name, problem.path, problem.found, problem.allowed)
    return tuple(v for v in found if isinstance(v, dict))


def _source(table: Mapping[str, Any], name: str, sources: Mapping[str, Any], report: Report) -> Source:
    found = table.get("source")
    if isinstance(found, str) and found in sources:
        found = sources[found]
    if not isinstance(found, dict):
        names = ", ".join(sorted(sources)) or "none defined"
        report.add(name, "source", shown(found), f"a table with a title, or a name of [sources.*] ({names})")
        return Source("")
    fields = _Fields(found, name, report, "source.")
    fields.refuse_unknown(_SOURCE_KEYS)
    quote = fields.text("quote", "")
    if len(quote) > MAX_QUOTE:
        report.add(name, "source.quote", f"{len(quote)} characters", f"at most {MAX_QUOTE}")
    url = fields.text("url", "")
    if url and not url.startswith(("https://", "http://")):
        report.add(name, "source.url", shown(url), "an address that starts with https://")
    return Source(
        title=fields.text("title"), doc_no=fields.text("doc_no", ""), article=fields.text("article", ""),
        url=url, retrieved_at=fields.day("retrieved_at"), quote=quote,
    )  # fmt: skip


def read_profiles(table: Mapping[str, Any], report: Report) -> tuple[Profile, ...]:
    """Read the table of a profiles file; faults go to the report."""
    _Fields(table, "", report).refuse_unknown(("kind", "title_zh", "title_en", "profile"))
    found = table.get("profile", [])
    if not isinstance(found, list) or not found or not all(isinstance(p, dict) for p in found):
        report.add("", "profile", shown(found), "at least one [[profile]] table")
        return ()
    return tuple(_read_profile(p, report) for p in found)


def _read_profile(table: Mapping[str, Any], report: Report) -> Profile:
    name = str(table.get("disease", "?"))
    fields = _Fields(table, name, report)
    fields.refuse_unknown(_PROFILE_KEYS)
    facts = table.get("facts", {})
    if not isinstance(facts, dict):
        report.add(name, "facts", shown(facts), "tables [profile.facts.NAME]")
        facts = {}
    for key, fact in facts.items():
        if not isinstance(fact, dict):
            report.add(name, f"facts.{key}", shown(fact), "a table with value and confidence")
            continue
        inner = _Fields(fact, name, report, f"facts.{key}.")
        inner.refuse_unknown(_FACT_KEYS)
        inner.code("confidence", tuple(Confidence))
        if "value" not in fact:
            report.add(name, f"facts.{key}.value", "nothing", "a number, text, list or table")
    incubation = _numbers(table, "incubation_days", 3, name, report)
    infectious = _numbers(table, "infectious_days", 2, name, report)
    serial = _numbers(table, "serial_interval_days", 2, name, report)
    return Profile(
        disease=disease_id(fields.matched("disease", _DISEASE, "a disease id such as measles")),
        name_zh=fields.text("name_zh"), name_en=fields.text("name_en"),
        incubation_days=(incubation[0], incubation[1], incubation[2]) if incubation else None,
        infectious_days=(infectious[0], infectious[1]) if infectious else None,
        infectious_anchor=fields.code("infectious_anchor", ("onset", "rash_onset"), "onset"),
        serial_interval_days=(serial[0], serial[1]) if serial else None,
        spread=fields.code("spread", SPREADS), facts=facts,
    )  # fmt: skip


def _numbers(
    table: Mapping[str, Any], key: str, n: int, name: str, report: Report
) -> tuple[float, ...] | None:
    found = table.get(key)
    if found is None:
        return None
    good = isinstance(found, list) and len(found) == n
    if not good or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in found):
        report.add(name, key, shown(found), f"a list of {n} numbers")
        return None
    if key != "serial_interval_days" and list(found) != sorted(found):
        report.add(name, key, shown(found), "numbers that do not fall")
    return tuple(float(v) for v in found)
