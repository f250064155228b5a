"""Small pack texts for the tests of the resolver."""

from __future__ import annotations

from fireline.policy import Library, build_library

HEAD = """
id = "{id}"
kind = "{kind}"
title_zh = "测试"
title_en = "Test"
jurisdiction = "{jurisdiction}"
valid_from = {valid_from}
{valid_to}
amends = {amends}
disease = "{disease}"
"""

LOOKBACK = '{ days = 2, anchor = "onset" }'


def rule(
    subject: str = "close",
    *,
    concept: str = "contact.lookback",
    value: str | None = LOOKBACK,
    confidence: str = "V2",
    **fields: str,
) -> str:
    """One [[rule]] in TOML; other fields are given as TOML text."""
    lines = ["[[rule]]", f'concept = "{concept}"', f'subject = "{subject}"', f'confidence = "{confidence}"']
    lines.append('source = { title = "T" }')
    lines.append(f"value = {value}" if value is not None else 'modality = "must_not"')
    lines += [f"{name} = {text}" for name, text in fields.items()]
    return "\n".join(lines)


def pack(
    pack_id: str,
    *rules: str,
    kind: str = "living",
    jurisdiction: str = "CN",
    valid_from: str = "2021-01-01",
    valid_to: str = "",
    amends: str = "[]",
    disease: str = "measles",
) -> tuple[str, str]:
    """One pack as (name, text)."""
    head = HEAD.format(
        id=pack_id,
        kind=kind,
        jurisdiction=jurisdiction,
        valid_from=valid_from,
        valid_to=f"valid_to = {valid_to}" if valid_to else "",
        amends=amends,
        disease=disease,
    )
    return f"{pack_id}.toml", head + "\n" + "\n\n".join(rules or [rule()])


def library(*packs: tuple[str, str]) -> Library:
    """A library of these packs only."""
    return build_library(packs)


def days(n: int) -> str:
    """A look-back value in TOML."""
    return f'{{ days = {n}, anchor = "onset" }}'
