"""The form of a case definition on the investigation page: its fields, its checks and the body that is saved.

Web, console: pure; saving is actions.definitions, reading a saved version is investigations.saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from fireline.errors import InputError
from fireline.investigations import saved
from fireline.investigations.saved import FIELDS, definition_of, split
from fireline.web.shared.strings import language_now, say

__all__ = ["FIELDS", "at_least", "body_of", "definition_of", "form_of", "said", "split"]

LAB = "symptom:lab_positive"
MAX_SYMPTOMS = 8


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
        _check_moment(form[name])
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


def said(form: Mapping[str, str], language: str | None = None) -> str:
    """A definition in one line, in the language of the request unless another is named."""
    return saved.said(form).get(language or language_now())


def _check_moment(text: str) -> None:
    try:
        saved.moment(text, ZoneInfo("UTC"))
    except InputError:
        raise InputError(say("pasted.bad_time")) from None
