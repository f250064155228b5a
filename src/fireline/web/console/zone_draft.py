"""A ring as a page to print: order text, map as a picture, annexes.

Web, console: the words are those of pipeline.zoning.order; units only.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from django.utils.safestring import mark_safe

from fireline.bulletins.figures_map import map_figure
from fireline.store import access
from fireline.web.console.frame import Desk
from fireline.web.console.zone_ways import Shown
from fireline.web.shared.strings import code, language_now
from fireline.web.shared.tags import moment
from fireline.words import Words

_SHAPE = {
    "unit_id": pl.String(),
    "area_code": pl.String(),
    "population": pl.Int64(),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "geometry": pl.String(),
}


def printed(desk: Desk, seen: Shown, ring: dict[str, Any] | None) -> dict[str, Any]:
    """Values of the page."""
    from fireline.pipeline.zoning.order import DRAFT, order_of

    question = seen.study.question
    assert question is not None
    is_signed = bool(
        ring and ring["state"] == "signed" and seen.look.candidate == "ring" and not seen.look.moves
    )
    status = (
        Words(
            f"已批准：{ring['signed_by']}（{ring['signed_unit']}）{moment(ring['signed_at'])}",
            f"Signed by {ring['signed_by']} ({ring['signed_unit']}) {moment(ring['signed_at'])}",
        )
        if is_signed and ring
        else DRAFT
    )
    disease = desk.outbreak["disease"]
    text = order_of(
        question,
        seen.ring,
        area=Words.same(desk.area_name(desk.outbreak["area_code"])),
        disease=Words(code("disease", disease, "zh"), code("disease", disease, "en")),
        as_of=Words.same(moment(desk.outbreak["at"])),
        status=status,
    )
    return {"order": text, "picture": _picture(desk, seen), "look_query": seen.look.query()}


def _picture(desk: Desk, seen: Shown) -> str:
    """The ring as SVG, with patterns that hold in black and white."""
    shapes = access.unit_shapes(desk.actor, purpose=desk.purpose, outbreak=desk.pk)
    units = pl.DataFrame([{c: row[c] for c in _SHAPE} for row in shapes], schema=_SHAPE)
    names = [(s["unit_id"], level) for s, level in zip(shapes, seen.full_levels(), strict=True) if level]
    levels = pl.DataFrame(names, schema={"unit_id": pl.String(), "level": pl.String()}, orient="row")
    areas = pl.DataFrame(
        [{"area_code": a["area_code"], "name": "", "geometry": a["geometry"] or None} for a in desk.areas()],
        schema={"area_code": pl.String(), "name": pl.String(), "geometry": pl.String()},
    )
    return mark_safe(  # noqa: S308  (the figure escapes every text)
        map_figure(
            areas=areas, units=units, levels=levels, cases=None, lang=language_now(), figure_id="order-map"
        )
    )
