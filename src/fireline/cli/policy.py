"""fireline policy: show, resolve, compare and check guideline editions.

The outermost layer: reads policy, prints words or JSON.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import typer

from fireline.cli import new_app, print_json
from fireline.errors import InputError, PolicyError, UserError
from fireline.policy import Answer, At, Library, Rule, Status, load_library
from fireline.policy.concepts import CONCEPTS
from fireline.policy.values import say_value

app = new_app("Show, resolve, compare and check guideline editions.")

_PACKS = typer.Option(None, "--pack", help="A pack file of your own (TOML); may be given several times.")
_JSON = typer.Option(False, "--json", help="Print JSON instead of words.")
_MAX_FILE_BYTES = 2_000_000


@app.command(
    epilog="Example: fireline policy resolve --on 2021-12-13 --area CN-411624 --disease covid-19 "
    "--concept measure --subject close"
)
def resolve(
    on: str = typer.Option(..., "--on", help="The day the rule must be in force, such as 2021-12-13."),
    area: str = typer.Option(..., "--area", help="Such as CN, CN-41, CN-411624, KR-11 or WHO."),
    disease: str = typer.Option(..., "--disease", help="Such as covid-19, measles or dengue."),
    concept: str = typer.Option(..., "--concept", help="Such as contact.lookback, measure or deadline."),
    subject: str = typer.Option("*", "--subject", help="Such as close or arrival_high; * asks about all."),
    known_at: str = typer.Option("", "--known-at", help="Use only what was recorded by this day."),
    state: str = typer.Option("any", "--state", help="any, peace or emergency."),
    pack: list[Path] | None = _PACKS,
    as_json: bool = _JSON,
) -> None:
    """Find the one rule in force for a question, or say why there is none.

    The exit code is 0 for every answer (RULE, ADVICE, OFF, NO_RULE, ASK) and 12 for a faulty
    question or pack.
    """
    rules = At(
        load_library(_read_packs(pack)),
        disease,
        area,
        _day("--on", on),
        _day("--known-at", known_at) if known_at else None,
        state,
    )
    answer = rules.find(concept, subject)
    others = rules.subjects(concept) if answer.status is Status.NO_RULE else ()
    if as_json:
        print_json({**answer_as_json(answer, rules.library), "subjects_with_an_answer": list(others)})
        return
    _print_answer(answer, others)


@app.command(
    epilog="Example: fireline policy show cn-covid-v8   or   fireline policy show --concept deadline"
)
def show(
    pack_id: str = typer.Argument("", help="Id of a pack; without it all packs are listed."),
    concept: str = typer.Option("", "--concept", help="Show every rule of one concept, over all packs."),
    pack: list[Path] | None = _PACKS,
    as_json: bool = _JSON,
) -> None:
    """List the packs, one pack's rules, or every rule of one concept."""
    library = load_library(_read_packs(pack))
    if concept and concept not in CONCEPTS:
        raise PolicyError(f"concept: found {concept!r}; allowed: {', '.join(CONCEPTS)}; choose one of them")
    if not pack_id and not concept:
        _list_packs(library, as_json=as_json)
        return
    rules = library.pack(pack_id).rules if pack_id else library.rules
    chosen = sorted((r for r in rules if not concept or r.concept == concept), key=lambda r: r.id)
    if as_json:
        print_json([rule_as_json(r) for r in chosen])
        return
    _print_rules(chosen)


@app.command(epilog="Example: fireline policy diff cn-covid-v8 cn-covid-v9")
def diff(
    old: str = typer.Argument(..., help="Id of the older pack."),
    new: str = typer.Argument(..., help="Id of the newer pack."),
    pack: list[Path] | None = _PACKS,
    as_json: bool = _JSON,
) -> None:
    """Say what one edition changes against another: rules added, removed and changed."""
    from fireline.policy.compare import compare

    library = load_library(_read_packs(pack))
    found = compare(library.pack(old), library.pack(new))
    if as_json:
        print_json(
            {
                "old": found.old.id,
                "new": found.new.id,
                "is_amendment": found.is_amendment,
                "same": found.same,
                "added": [rule_as_json(r) for r in found.added],
                "removed": [rule_as_json(r) for r in found.removed],
                "changed": [
                    {"old": c.old.id, "new": c.new.id, "fields": {k: list(v) for k, v in c.fields.items()}}
                    for c in found.changed
                ],
            }
        )
        return
    for title, rules in (("Added", found.added), ("Removed", found.removed)):
        typer.echo(f"{title}: {len(rules)}")
        for rule in rules:
            typer.echo(f"  {_about(rule)}: {say_value(rule.concept, rule.value).en}")
    if found.is_amendment and found.removed:
        typer.echo(f"  ({found.new.id} amends {found.old.id}: the rules it does not name stay in force)")
    typer.echo(f"Changed: {len(found.changed)}")
    for change in found.changed:
        typer.echo(f"  {_about(change.new)}")
        typer.echo(f"    old: {say_value(change.old.concept, change.old.value).en} ({change.old.confidence})")
        typer.echo(f"    new: {say_value(change.new.concept, change.new.value).en} ({change.new.confidence})")
    typer.echo(f"The same: {found.same}")


@app.command(epilog="Example: fireline policy check county.toml")
def check(
    files: list[Path] | None = typer.Argument(
        None, help="Pack files (TOML); without any, the built-in packs."
    ),
    as_json: bool = _JSON,
) -> None:
    """Validate packs; every fault names the pack, rule, field, what was found and what is allowed."""
    given = _read_packs(files)
    from fireline.policy import parse_pack

    faults: list[str] = []
    for name, text in given:
        try:
            if 'kind = "profiles"' not in text:
                parse_pack(name, text)
        except UserError as error:
            faults.extend(str(error).splitlines())
    if not faults:
        try:
            library = load_library(given)
        except UserError as error:
            faults.extend(str(error).splitlines())
    if as_json:
        print_json({"checked": [n for n, _ in given] or ["built-in"], "ok": not faults, "faults": faults})
    if faults:
        if as_json:
            raise typer.Exit(PolicyError.exit_code)
        raise PolicyError("\n".join(faults))
    if not as_json:
        n_files = len(given)
        what = f"{n_files} file{'s' if n_files != 1 else ''}" if n_files else "built-in packs"
        typer.echo(
            f"OK: {what}; the library now has {len(library.packs)} packs and {len(library.rules)} rules"
        )


def answer_as_json(answer: Answer, library: Library) -> dict[str, Any]:
    """An answer as the JSON document of ``policy resolve --json``."""
    rule, asked = answer.rule, answer.asked
    pack = library.by_pack.get(rule.edition) if rule else None
    return {
        "status": str(answer.status),
        "rule_id": answer.rule_id or None,
        "edition": rule.edition if rule else None,
        "pack_kind": str(rule.kind) if rule else None,
        "pack_sha256": pack.sha256 if pack else None,
        "concept": asked.concept,
        "subject": asked.subject,
        "disease": asked.disease,
        "area": asked.area,
        "jurisdiction": rule.jurisdiction if rule else None,
        "on": asked.on.isoformat(),
        "known_at": asked.known_at.isoformat() if asked.known_at else None,
        "state": asked.state,
        "value": answer.value,
        "modality": rule.modality if rule else None,
        "confidence": str(rule.confidence) if rule else None,
        "source": _source(rule) if rule else None,
        "can_order": bool(rule and answer.in_force and rule.can_order),
        "candidates": [rule_as_json(r) for r in answer.candidates],
        "refused": [rule_as_json(r) for r in answer.refused],
        "note_zh": answer.note_zh,
        "note_en": answer.note_en,
    }


def rule_as_json(rule: Rule) -> dict[str, Any]:
    """One rule as JSON."""
    return {
        "rule_id": rule.id,
        "edition": rule.edition,
        "pack_kind": str(rule.kind),
        "concept": rule.concept,
        "subject": rule.subject,
        "disease": rule.disease,
        "jurisdiction": rule.jurisdiction,
        "valid_from": rule.valid_from.isoformat(),
        "valid_to": rule.valid_to.isoformat() if rule.valid_to else None,
        "state": rule.state,
        "value": rule.value,
        "modality": rule.modality,
        "confidence": str(rule.confidence),
        "source": _source(rule),
        "can_order": rule.can_order,
        "legal_basis": rule.legal_basis,
        "expires_at": rule.expires_at.isoformat() if rule.expires_at else None,
        "notes": rule.notes,
    }


def _source(rule: Rule) -> dict[str, Any]:
    source = rule.source
    return {
        "title": source.title,
        "doc_no": source.doc_no,
        "article": source.article,
        "url": source.url,
        "retrieved_at": source.retrieved_at.isoformat() if source.retrieved_at else None,
    }


def _read_packs(paths: list[Path] | None) -> list[tuple[str, str]]:
    found = []
    for path in paths or []:
        try:
            if path.stat().st_size > _MAX_FILE_BYTES:
                raise InputError(
                    f"{path}: found a file over 2 MB; allowed: a pack of at most 2 MB; split it by edition"
                )
            found.append((path.name, path.read_text(encoding="utf-8")))
        except OSError as error:
            raise InputError(
                f"{path}: cannot be read ({error.strerror}); give a pack file that exists"
            ) from error
        except UnicodeDecodeError as error:
            raise PolicyError(
                f"pack {path.name}: found text that is not UTF-8; allowed: UTF-8; save it so"
            ) from error
    return found


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError(
            f"{option}: found {text[:20]!r}; allowed: a day such as 2021-12-13; write it so"
        ) from error


def _about(rule: Rule) -> str:
    where = "" if rule.jurisdiction in ("CN", "WHO", "EX") else f" in {rule.jurisdiction}"
    return f"{rule.concept}/{rule.subject}{where}"


def _print_answer(answer: Answer, others: tuple[str, ...]) -> None:
    typer.echo(str(answer.status))
    typer.echo(answer.note_en)
    typer.echo(answer.note_zh)
    if answer.rule is not None and answer.value is not None:
        said = say_value(answer.rule.concept, answer.value)
        typer.echo(f"  {said.en}")
        typer.echo(f"  {said.zh}")
        if answer.rule.notes:
            typer.echo(f"  note: {answer.rule.notes}")
    for rule in answer.candidates:
        typer.echo(f"  reading: {rule.id}: {say_value(rule.concept, rule.value).en} ({rule.source.title})")
    for rule in answer.refused:
        typer.echo(f"  refused local rule: {rule.id} (it may not move the rule above it that way, or lacks "
                   "legal basis or end date)")  # fmt: skip
    if others:
        typer.echo(f"  subjects that have an answer here: {', '.join(others)}")


def _list_packs(library: Library, *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "id": p.id,
                    "kind": str(p.kind),
                    "title_zh": p.title_zh,
                    "title_en": p.title_en,
                    "jurisdiction": p.jurisdiction,
                    "valid_from": p.valid_from.isoformat(),
                    "valid_to": p.valid_to.isoformat() if p.valid_to else None,
                    "amends": list(p.amends),
                    "n_rules": len(p.rules),
                    "sha256": p.sha256,
                }
                for p in library.packs
            ]
        )
        return
    for p in library.packs:
        dates = f"{p.valid_from} - {p.valid_to or 'open'}"
        head = f"{p.id:20} {p.kind:14} {p.jurisdiction:4} {dates:24} {len(p.rules):3}"
        typer.echo(f"{head}  {p.title_en} / {p.title_zh}")


def _print_rules(rules: list[Rule]) -> None:
    for rule in rules:
        typer.echo(rule.id)
        typer.echo(f"  {say_value(rule.concept, rule.value).en}")
        dates = f"{rule.valid_from} - {rule.valid_to or 'open'}"
        typer.echo(
            f"  {rule.disease}; {dates}; {rule.modality}; confidence {rule.confidence}; {rule.source.title}"
        )
        if rule.notes:
            typer.echo(f"  note: {rule.notes}")
