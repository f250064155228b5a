"""Which rules are in force today, per disease, with their sources: the page and the line on the board.

Web, console: asks policy only; reads nobody's data.
"""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from fireline.errors import PolicyError
from fireline.policy import CONCEPTS, At, Library, PackKind, Status, area_chain, load_library, packs_in_force
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console.frame import Desk, desk_page
from fireline.web.shared.strings import code, say
from fireline.words import Words

DEFAULT_AREA = "CN"
LABELLED = (PackKind.RETROSPECTIVE, PackKind.EXERCISE)


@lru_cache(maxsize=1)
def library() -> Library:
    """The built-in packs, read once."""
    return load_library()


@lru_cache(maxsize=256)
def in_force(disease: str, area: str, on: date) -> tuple[dict[str, Any], ...]:
    """Every rule that answers for a disease in an area on a day, by concept and subject.

    Raises
    ------
    PolicyError   the area's code has no known form
    """
    rules = At(library(), disease, area, on)
    found = []
    for concept in sorted(library().by_concept):
        for subject in rules.subjects(concept):
            answer = rules.find(concept, subject)
            rule = answer.rule
            found.append(
                {
                    "concept": concept,
                    "title": CONCEPTS[concept].title,
                    "subject": subject,
                    "status": answer.status.value,
                    "value": _said(answer.value),
                    "source": rule.source if rule else None,
                    "confidence": rule.confidence.value if rule else "",
                    "rule_id": rule.id if rule else "",
                    "edition": rule.edition if rule else "",
                    "is_own": rule is not None and rule.disease != "*",
                }
            )
    return tuple(found)


def _said(value: Any) -> str:
    return "–" if value is None else json.dumps(value, ensure_ascii=False, default=str).replace('"', "")


def packs_for(disease: str, area: str, on: date) -> list[dict[str, Any]]:
    """Packs behind the disease's own rules in force, with their label where they can issue no order."""
    editions = {row["edition"] for row in in_force(disease, area, on) if row["is_own"] and row["edition"]}
    found = []
    for pack in packs_in_force(library(), on=on):
        if pack.id in editions:
            label = say_label(pack.kind) if pack.kind in LABELLED else None
            found.append({"title": Words(pack.title_zh, pack.title_en), "label": label, "kind": pack.kind})
    return found


def say_label(kind: PackKind) -> Words:
    """The word for a kind of pack in both languages."""
    return Words(code("pack_kind", kind.value, "zh"), code("pack_kind", kind.value, "en"))


def today(*, disease: str, area: str, on: date) -> dict[str, Any]:
    """One sentence on the rules that hold for a disease in an area on a day."""
    try:
        packs = packs_for(disease, area or DEFAULT_AREA, on)
        n = sum(
            1
            for r in in_force(disease, area or DEFAULT_AREA, on)
            if r["is_own"] and r["status"] == Status.RULE
        )
    except PolicyError:
        packs, n = [], 0
    real = [p for p in packs if p["label"] is None]
    names = {lang: code("disease", disease, lang) for lang in ("zh", "en")}
    if real:
        key, said = "policy.living", {lang: real[0]["title"].get(lang) for lang in names}
    elif packs:
        key, said = "policy.labelled", {lang: packs[0]["label"].get(lang) for lang in names}
    else:
        key, said = "policy.without", dict.fromkeys(names, "")
    text = Words(
        *(
            say(key, lang, disease=names[lang], n=n, pack=said[lang], label=said[lang])
            for lang in ("zh", "en")
        )
    )
    return {"is_living": bool(real), "text": text}


def today_overall(on: date, area: str = DEFAULT_AREA) -> dict[str, Any]:
    """One sentence on how many diseases have rules in force."""
    n = sum(1 for d in diseases() if any(p["label"] is None for p in packs_for(d, area, on)))
    return {"is_living": n > 0, "text": Words(*(say("policy.count_all", lang, n=n) for lang in ("zh", "en")))}


def diseases() -> list[str]:
    """Ids of all diseases that any pack names, sorted."""
    return sorted({r.disease for r in library().rules if r.disease != "*"})


@desk_page(Purpose.SITUATION, of_outbreak=False)
def policy(desk: Desk) -> HttpResponse:
    """Rules in force on a day, by disease and area."""
    asked = desk.request.GET
    outbreaks = access.outbreaks(desk.actor)
    area = (
        asked.get("area")
        or (outbreaks[0]["area_code"] if outbreaks else "")
        or desk.actor.area_code
        or DEFAULT_AREA
    ).strip()
    disease = asked.get("disease") or (outbreaks[0]["disease"] if outbreaks else "measles")
    try:
        on = date.fromisoformat(asked.get("on", ""))
    except ValueError:
        on = timezone.localdate(desk.at)
    area_chain(area)
    names = diseases()
    rows = [{**r} for r in in_force(disease, area, on)] if disease in names else []
    overview = []
    for name in names:
        own = [r for r in in_force(name, area, on) if r["is_own"]]
        overview.append(
            {
                "disease": name,
                "packs": packs_for(name, area, on),
                "n_rules": sum(r["status"] == Status.RULE for r in own),
                "n_advice": sum(r["status"] == Status.ADVICE for r in own),
            }
        )
    n_without = sum(1 for row in overview if not row["n_rules"] and not row["n_advice"])
    overview = [row for row in overview if row["n_rules"] or row["n_advice"]]
    return desk.page(
        "policy.html",
        rules=rows,
        n_without=n_without,
        overview=overview,
        diseases=names,
        disease=disease,
        area=area,
        on=on.isoformat(),
    )
