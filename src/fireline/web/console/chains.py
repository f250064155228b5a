"""The transmission chain: who infected whom, with time on the axis; the table is the equal.

Web, console: reads chain rows through access; positions come packed from the contacts chapter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from fireline.privacy.purposes import Purpose
from fireline.store import access
from fireline.web.console import figures
from fireline.web.console.frame import Desk, desk_page
from fireline.web.shared.strings import code, say

COMPONENT_CHIPS = 12
FIGURE_LIMIT = 1_500


def node_of(row: Mapping[str, Any]) -> figures.Node:
    """A row of access.chain as a mark of the picture."""
    day = row["chain_day"] or row["onset"]
    return figures.Node(
        case_id=row["case_id"],
        row=row["chain_row"] or 0,
        day=_local(day),
        classification=row["classification"] or "",
        parent=row["chain_parent"] or None,
        is_onset=row["chain_basis"] in ("", "onset", None),
    )


def _local(value: date | datetime | None) -> date | None:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value


def said_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What is read aloud for each case: id, class, day."""
    found = {}
    for row in rows:
        day = _local(row["chain_day"] or row["onset"])
        found[row["case_id"]] = (
            f"{row['case_id']}, {code('classification', row['classification'] or 'unknown')}, {day or '–'}"
        )
    return found


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
    picture = ""
    if nodes and len(nodes) <= FIGURE_LIMIT:
        picture = figures.chain(
            [node_of(n) for n in nodes],
            label=say("case.chain_figure"),
            url=f"{desk.base}/cases/{{}}",
            said=said_of(nodes),
        )
    return desk.page(
        "chain.html",
        components=[{"id": c, "no": i + 1, "n": n} for i, (c, n) in enumerate(ranked[:COMPONENT_CHIPS])],
        component=chosen,
        figure=picture,
        edges=edges[:FIGURE_LIMIT],
        n_nodes=len(whole["nodes"]),
        n_edges=len(whole["edges"]),
    )
