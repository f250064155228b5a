"""The transmission chain: who infected whom, with time on the axis; the table is the equal.

Web, console: reads chain rows through access; positions come packed from the contacts chapter.
"""

from __future__ import annotations

from collections import Counter

from django.http import HttpResponse

from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console import pictures
from fireline.web.console.frame import Desk, desk_page

COMPONENT_CHIPS = 12
FIGURE_LIMIT = 1_500


@desk_page(Purpose.INVESTIGATION, Purpose.TRACING)
def chain(desk: Desk) -> HttpResponse:
    """The chain of one component, the largest first."""
    whole = access.chain(desk.actor, purpose=desk.purpose, outbreak=desk.pk, at=desk.at)
    sizes = Counter(node["component"] for node in whole["nodes"] if node["component"] is not None)
    ranked = [(c, n) for c, n in sorted(sizes.items(), key=lambda item: (-item[1], item[0])) if n > 1]
    asked = desk.request.GET.get("component", "")
    chosen = int(asked) if asked.isdecimal() and int(asked) in sizes else (ranked[0][0] if ranked else None)
    nodes = [n for n in whole["nodes"] if n["component"] == chosen] if chosen is not None else []
    shown = {n["case_id"] for n in nodes}
    edges = [e for e in whole["edges"] if e["from_case"] in shown and e["to_case"] in shown]
    has_others = desk.request.GET.get("others") == "1"
    picture = (
        pictures.chain(nodes, edges, base=desk.base, has_others=has_others)
        if 0 < len(nodes) <= FIGURE_LIMIT
        else ""
    )
    return desk.page(
        "chain.html",
        components=[{"id": c, "no": i + 1, "n": n} for i, (c, n) in enumerate(ranked[:COMPONENT_CHIPS])],
        component=chosen,
        figure=picture,
        has_others=has_others,
        edges=edges[:FIGURE_LIMIT],
        n_nodes=len(whole["nodes"]),
        n_edges=len(whole["edges"]),
        n_alone=sum(1 for node in whole["nodes"] if sizes[node["component"]] <= 1),
    )
