"""A case definition between the form of the page, the stored version and what investigations applies.

Web, console: pure; saving is actions.definitions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from fireline.errors import InputError
from fireline.investigations.model import Definition, Scope
from fireline.web.shared.strings import say
from fireline.words import LANGUAGES, Words

FIELDS = (
    "onset_from",
    "onset_to",
    "groups",
    "area_codes",
    "symptoms",
    "n_symptoms",
    "probable_linked",
    "confirmed_lab",
)
LAB = "symptom:lab_positive"
MAX_SYMPTOMS = 8


def split(text: str) -> tuple[str, ...]:
    """Parts of a text between commas of either kind."""
    return tuple(part.strip() for part in re.split(r"[,，、;；]", text) if part.strip())


def form_of(post: Mapping[str, str]) -> dict[str, str]:
    """The fields of the form, trimmed and cut."""
    return {name: post.get(name, "").strip()[:400] for name in FIELDS}


def body_of(form: Mapping[str, str]) -> dict[str, Any]:
    """The stored body: the form and the classes made of it.

    Raises
    ------
    InputError   nothing asked, a date or number that cannot be read, or more than eight symptoms
    """
    symptoms = split(form["symptoms"])
    if not symptoms:
        raise InputError(say("form.required", field=say("wizard.def_symptoms")))
    if len(symptoms) > MAX_SYMPTOMS:
        raise InputError(say("pasted.too_many_symptoms", n=MAX_SYMPTOMS))
    text = form["n_symptoms"] or "1"
    if not text.isdecimal() or not 1 <= int(text) <= len(symptoms):
        raise InputError(say("pasted.bad_number", n=len(symptoms)))
    for name in ("onset_from", "onset_to"):
        _moment(form[name], ZoneInfo("UTC"))
    suspected = at_least(int(text), [{"fact": f"symptom:{s}", "eq": True} for s in symptoms])
    classes: dict[str, Any] = {"suspected": suspected}
    if form["probable_linked"]:
        classes["probable"] = {"all": [suspected, {"fact": "is_linked", "eq": True}]}
    if form["confirmed_lab"]:
        classes["confirmed"] = {"any": [{"fact": "lab_positive", "eq": True}, {"fact": LAB, "eq": True}]}
    return {"form": dict(form), "classes": classes}


def at_least(n: int, tests: list[dict[str, Any]]) -> dict[str, Any]:
    """A predicate that holds when at least n of the tests hold."""
    if n == 1:
        return {"any": tests}
    if n == len(tests):
        return {"all": tests}
    return {"any": [{"all": list(chosen)} for chosen in combinations(tests, n)]}


def definition_of(row: Mapping[str, Any], *, disease: str, tz: ZoneInfo) -> Definition:
    """A stored version as investigations takes it."""
    form = row["body"]["form"]
    return Definition(
        id=f"outbreak-{row['outbreak_id']}",
        version=row["version"],
        valid_from=datetime.fromisoformat(str(row["saved_at"])).date(),
        disease=disease,
        text=Words(*(said(form, lang) for lang in LANGUAGES)),
        author=Words(row["saved_by"] or "–", row["saved_by"] or "–"),
        scope=Scope(
            groups=split(form["groups"]),
            area_codes=split(form["area_codes"]),
            onset_from=_moment(form["onset_from"], tz),
            onset_to=_moment(form["onset_to"], tz),
        ),
        classes=row["body"]["classes"],
    )


def said(form: Mapping[str, str], language: str | None = None) -> str:
    """A definition in one line."""
    parts = [
        say("wizard.said", language, symptoms=", ".join(split(form["symptoms"])), n=form["n_symptoms"] or 1)
    ]
    if form["groups"]:
        parts.append(f"{say('wizard.group', language)}: {form['groups']}")
    if form["area_codes"]:
        parts.append(f"{say('wizard.area', language)}: {form['area_codes']}")
    if form["onset_from"] or form["onset_to"]:
        parts.append(
            f"{form['onset_from'].replace('T', ' ') or '…'} – {form['onset_to'].replace('T', ' ') or '…'}"
        )
    return "; ".join(parts)


def _moment(text: str, tz: ZoneInfo) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=tz)
    except ValueError:
        raise InputError(say("pasted.bad_time")) from None
