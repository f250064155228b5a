"""Writes the clause reference: every concept, pack, rule and disease profile as one Markdown text.

Foundation: docs/reference/policy.md is this text; a repository test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable

from fireline.policy.concepts import CONCEPTS
from fireline.policy.library import Library
from fireline.policy.model import Pack, PackKind, Profile, Rule
from fireline.policy.values import say_value
from fireline.policy.vocabulary import ANCHORS, DAY_ZERO

_KINDS = {
    PackKind.LIVING: "in force today",
    PackKind.ARCHIVE: "archive, replayed on its dates",
    PackKind.RETROSPECTIVE: "look back, no order can rest on it",
    PackKind.EXERCISE: "exercise, no order can rest on it",
}


def render_policy(library: Library) -> str:
    """The clause reference of a library, in Markdown; the same library gives the same bytes."""
    lines = [
        "# Guideline packs",
        "",
        "Confidence: V1 read at the publisher, V2 read in reprints, L local rule read, K known but not",
        "verified (only advises), C sources conflict (a person decides).",
        "",
        "## Concepts",
        "",
        "| concept | meaning | value | can restrict people |",
        "|---|---|---|---|",
        *(
            f"| `{c.name}` | {c.title.zh} / {c.title.en} | `{_cell(c.shape)}` "
            f"| {'yes' if c.is_intrusive else 'no'} |"
            for c in CONCEPTS.values()
        ),
        "",
        f"Anchors: {', '.join(ANCHORS)}. Day zero: {', '.join(DAY_ZERO)}.",
        "",
        "## Packs",
        "",
        "| pack | title | kind | where | from | to | amends | rules |",
        "|---|---|---|---|---|---|---|---|",
        *(_pack_row(p) for p in library.packs),
        "",
    ]
    for pack in library.packs:
        lines.extend(_pack_lines(pack))
    lines.extend(["## Disease profiles", ""])
    lines.extend(
        ["| disease | incubation, days | infectious, days | anchor | serial interval, days (sd) | spread |"]
    )
    lines.extend(["|---|---|---|---|---|---|"])
    lines.extend(_profile_row(p) for p in library.profiles.values())
    return "\n".join(lines) + "\n"


def _pack_row(pack: Pack) -> str:
    amends = ", ".join(pack.amends) or "-"
    return (
        f"| [{pack.id}](#{pack.id.replace('.', '')}) | {_cell(pack.title_zh)} / {_cell(pack.title_en)} "
        f"| {pack.kind} | {pack.jurisdiction} | {pack.valid_from} | {pack.valid_to or 'open'} | {amends} "
        f"| {len(pack.rules)} |"
    )


def _pack_lines(pack: Pack) -> Iterable[str]:
    yield f"### {pack.id}"
    yield ""
    until = f"to {pack.valid_to}" if pack.valid_to else "open"
    where = f"{pack.jurisdiction}; {pack.valid_from} {until}"
    yield f"{pack.title_zh} / {pack.title_en}: {_KINDS[pack.kind]}; {where}."
    yield ""
    yield "| concept / subject | disease | where | says | confidence | source |"
    yield "|---|---|---|---|---|---|"
    for rule in sorted(pack.rules, key=lambda r: (r.concept, r.subject, r.disease, r.id)):
        yield _rule_row(rule)
    yield ""


def _rule_row(rule: Rule) -> str:
    said = say_value(rule.concept, rule.value)
    words = said.en if rule.value is None or said.zh == said.en else f"{said.zh} / {said.en}"
    source = " ".join(p for p in (rule.source.title, rule.source.doc_no, rule.source.article) if p)
    note = f" ({rule.notes})" if rule.notes else ""
    return (
        f"| `{rule.concept}/{rule.subject}` | {rule.disease} | {rule.jurisdiction} | {_cell(words + note)} "
        f"| {rule.confidence} | {_cell(source)} |"
    )


def _profile_row(profile: Profile) -> str:
    def numbers(found: tuple[float, ...] | None, join: str) -> str:
        return "-" if found is None else join.join(f"{n:g}" for n in found)

    serial = profile.serial_interval_days
    interval = "-" if serial is None else f"{serial[0]:g} ({serial[1]:g})"
    return (
        f"| {profile.disease} ({profile.name_zh} / {profile.name_en}) "
        f"| {numbers(profile.incubation_days, ' - ')} "
        f"| {numbers(profile.infectious_days, ' to ')} | {profile.infectious_anchor} | {interval} "
        f"| {profile.spread} |"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
