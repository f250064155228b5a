"""Which rules are in force today, per disease, with their sources: the page and the line on the board.

Web, console: asks policy only; reads nobody's data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from fireline.web.console.rule_words import subject_text, value_text
from fireline.web.shared.strings import code, language_now, say
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
                    "value": answer.value,
                    "source": rule.source if rule else None,
                    "confidence": rule.confidence.value if rule else "",
                    "rule_id": rule.id if rule else "",
                    "edition": rule.edition if rule else "",
                    "is_own": rule is not None and rule.disease != "*",
                }
            )
    return tuple(found)


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
    outbreaks = [row for row in access.outbreaks(desk.actor) if not row["is_exercise"]]
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
    rows = in_force(disease, area, on) if disease in names else ()
    own, general = [r for r in rows if r["is_own"]], [r for r in rows if not r["is_own"]]
    overview = [row for row in (_overview(name, area, on) for name in names) if row["packs"]]
    living = [row for row in overview if row["is_living"]]
    return desk.page(
        "policy.html",
        own=_groups(own),
        general=_groups(general),
        n_own=len(own),
        n_general=len(general),
        packs=packs_for(disease, area, on) if disease in names else [],
        living=sorted(living, key=lambda row: (-len(row["allows"]), -len(row["advises"]), row["disease"])),
        labelled=[row for row in overview if not row["is_living"]],
        n_without=len(names) - len(overview),
        diseases=names,
        disease=disease,
        area=area,
        on=on.isoformat(),
    )


def _overview(disease: str, area: str, on: date) -> dict[str, Any]:
    """One disease in one line: what its own rules allow, and on what they only advise."""
    own = [r for r in in_force(disease, area, on) if r["is_own"]]
    packs = packs_for(disease, area, on)
    return {
        "disease": disease,
        "packs": packs,
        "is_living": any(p["label"] is None for p in packs),
        "allows": _titles(own, Status.RULE),
        "advises": _titles(own, Status.ADVICE),
    }


def _titles(rows: Sequence[Mapping[str, Any]], status: Status) -> list[str]:
    """Names of the concepts that have rules of a status, in the language of the request."""
    return list(dict.fromkeys(r["title"].get(language_now()) for r in rows if r["status"] == status))


def _groups(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rules by concept, said in words."""
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(row["concept"], {"title": row["title"], "rows": []})
        said = {
            "subject_name": subject_text(row["subject"]),
            "text": value_text(row["concept"], row["value"])
            if row["value"] is not None or row["rule_id"]
            else "–",
        }
        group["rows"].append({**row, **said})
    return list(groups.values())
