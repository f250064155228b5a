"""A case definition as a person saved it: from the form of a page to the definition that classifies cases.

Chapter 6: pure; read by the analysis of the console and by its pages, written by the definition form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fireline.errors import InputError
from fireline.investigations.model import Definition, Scope
from fireline.words import Words

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
"""Fields of the form, all text; an empty one limits nothing."""

_AUTHOR = Words("流调员", "epidemiologist")


def split(text: str) -> tuple[str, ...]:
    """Parts of a text between commas or semicolons of either kind of script."""
    return tuple(part.strip() for part in re.split(r"[,，、;；]", text) if part.strip())


def moment(text: str, tz: ZoneInfo) -> datetime | None:
    """A local date or date and time of the form; None where the field is empty.

    Raises
    ------
    InputError   it is not ISO 8601
    """
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=tz)
    except ValueError:
        raise InputError(
            Words(
                "病例定义：时间请写成 2026-06-12T08:00",
                "case definition: a time must be written like 2026-06-12T08:00",
            )
        ) from None


def definition_of(row: Mapping[str, Any], *, disease: str, tz: ZoneInfo) -> Definition | None:
    """A saved version as ``define.classify`` takes it.

    Parameters
    ----------
    row : outbreak_id, version, saved_at (datetime or ISO text), body (form and classes)
    disease : disease id of the outbreak
    tz : time zone of the outbreak, in which the form's times are meant

    Returns
    -------
    Definition or None   None when the body names no class (a text kept without predicates)

    Raises
    ------
    InputError   a time of the form cannot be read
    """
    body = row["body"]
    if not body.get("classes"):
        return None
    form = {**dict.fromkeys(FIELDS, ""), **body.get("form", {})}
    return Definition(
        id=f"outbreak-{row['outbreak_id']}",
        version=row["version"],
        valid_from=datetime.fromisoformat(str(row["saved_at"])).date(),
        disease=disease,
        text=said(form),
        author=_AUTHOR,
        scope=Scope(
            groups=split(form["groups"]),
            area_codes=split(form["area_codes"]),
            onset_from=moment(form["onset_from"], tz),
            onset_to=moment(form["onset_to"], tz),
        ),
        classes=body["classes"],
    )


def said(form: Mapping[str, str]) -> Words:
    """A definition in one line, in both languages."""
    symptoms, n = ", ".join(split(form["symptoms"])) or "–", form["n_symptoms"] or 1
    zh, en = [f"症状 {symptoms}，至少 {n} 项"], [f"symptoms {symptoms}, at least {n}"]
    if form["groups"]:
        zh.append(f"人群: {form['groups']}")
        en.append(f"Group: {form['groups']}")
    if form["area_codes"]:
        zh.append(f"地区代码: {form['area_codes']}")
        en.append(f"Area code: {form['area_codes']}")
    if form["onset_from"] or form["onset_to"]:
        span = " – ".join(form[name].replace("T", " ") or "…" for name in ("onset_from", "onset_to"))
        zh.append(span)
        en.append(span)
    return Words("; ".join(zh), "; ".join(en))
