"""The transmission chain: who infected whom, with time on the axis; the table is the equal.

Web, console: reads chain rows through access; the contacts chapter filters, folds and packs them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse

from fireline.contacts.chain_words import chain_words
from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console import pictures
from fireline.web.console.frame import Desk, desk_page
from fireline.web.shared.strings import code

COMPONENT_CHIPS = 12
FIGURE_LIMIT = 5_000
TABLE_LIMIT = 2_000
FOLD_FROM = 300  # cases from which on the picture is folded unless asked otherwise


@desk_page(Purpose.INVESTIGATION, Purpose.TRACING)
def chain(desk: Desk) -> HttpResponse:
    """The chain of one component, the largest first, filtered by class and by place."""
    whole = access.chain(desk.actor, purpose=desk.purpose, outbreak=desk.pk, at=desk.at)
    sizes = Counter(node["component"] for node in whole["nodes"] if node["component"] is not None)
    ranked = [(c, n) for c, n in sorted(sizes.items(), key=lambda item: (-item[1], item[0])) if n > 1]
    ask = desk.request.GET
    asked = ask.get("component", "")
    chosen = int(asked) if asked.isdecimal() and int(asked) in sizes else (ranked[0][0] if ranked else None)
    nodes = [n for n in whole["nodes"] if n["component"] == chosen] if chosen is not None else []
    shown = {n["case_id"] for n in nodes}
    edges = [e for e in whole["edges"] if e["from_case"] in shown and e["to_case"] in shown]
    places = access.shared_places(
        desk.actor, purpose=desk.purpose, outbreak=desk.pk, place=ask.get("place", ""), at=desk.at
    )
    keep = _kept(nodes, wanted=ask.get("class", ""), place=ask.get("place", ""), at_place=places["cases"])
    has_others = ask.get("others") == "1"
    is_folded = ask.get("fold", "1" if len(nodes) >= FOLD_FROM else "0") == "1"
    unfold = f"?{urlencode({**ask.dict(), 'fold': '0'})}" if is_folded else None
    picture = (
        pictures.chain(nodes, edges, base=desk.base, has_others=has_others, keep=keep, unfold=unfold)
        if 0 < len(nodes) <= FIGURE_LIMIT
        else ""
    )
    figures = access.results(desk.actor, outbreak=desk.pk, name="chain_figures")
    rows = edges if keep is None else [e for e in edges if {e["from_case"], e["to_case"]} & keep]
    return desk.page(
        "chain.html",
        components=[{"id": c, "no": i + 1, "n": n} for i, (c, n) in enumerate(ranked[:COMPONENT_CHIPS])],
        component=chosen,
        figure=picture,
        has_others=has_others,
        is_folded=is_folded,
        words=chain_words(dict(figures["rows"])),
        classes=_classes(nodes, ask.get("class", "")),
        places=places["places"],
        place=ask.get("place", ""),
        n_kept=None if keep is None else len(keep),
        edges=rows[:TABLE_LIMIT],
        n_cut=max(0, len(rows) - TABLE_LIMIT),
        n_nodes=len(whole["nodes"]),
        n_edges=sum(1 for edge in whole["edges"] if edge["kind"] != "possible"),
        n_alone=sum(1 for node in whole["nodes"] if sizes[node["component"]] <= 1),
    )


def _kept(
    nodes: Sequence[Mapping[str, Any]], *, wanted: str, place: str, at_place: set[str]
) -> set[str] | None:
    """Cases that the filters keep; None without a filter."""
    if not wanted and not place:
        return None
    return {
        n["case_id"]
        for n in nodes
        if (not wanted or (n["classification"] or "unclassified") == wanted)
        and (not place or n["case_id"] in at_place)
    }


def _classes(nodes: Sequence[Mapping[str, Any]], chosen: str) -> list[dict[str, Any]]:
    counts = Counter(n["classification"] or "unclassified" for n in nodes)
    return [
        {"code": c, "label": code("classification", c), "n": n, "is_chosen": c == chosen}
        for c, n in counts.most_common()
    ]
