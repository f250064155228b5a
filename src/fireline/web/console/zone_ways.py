"""One look at the zone study: which candidate, which units were moved, under which assumptions.

Web, console: read from the address, so that a look can be linked, printed and taken back without script.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe

from fireline.bulletins.figures_zones import WayPoint, letters, zone_curve
from fireline.errors import InputError
from fireline.store import access
from fireline.web.console.frame import Desk
from fireline.web.shared.strings import language_now
from fireline.words import Words

if TYPE_CHECKING:  # the arrays bring compiled code, which pages without a study never need
    import numpy as np
    from numpy.typing import NDArray

    from fireline.pipeline.zoning.model import Option, Study, WhatIf
    from fireline.zones.risk import Risk

RING = "ring"
OUT = "out"
MOST_MOVES = 200
TARGETS = ("sealed", "managed", OUT)
SLIDERS = {"recall": (0.1, 1.0, 0.05), "delay": (0.5, 10.0, 0.5), "compliance": (0.2, 1.0, 0.05)}
"""Assumption -> least, largest and step of its slider."""
STATED = ("staff", "supply")
"""What there is: numbers that only the county knows, so they have no slider and no beginning."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the address asks for.

    Attributes
    ----------
    candidate : str, "" = the ring that is put forward, else the rule's own
    moves : tuple of (unit id, level), in order; the last of a unit counts
    turned : tuple of (assumption, value)
    """

    candidate: str = ""
    moves: tuple[tuple[str, str], ...] = ()
    turned: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, query: QueryDict) -> Look:
        """Read an address or a form.

        Raises
        ------
        InputError   a move or an assumption cannot be read, or there are too many moves
        """
        moves = []
        for text in query.getlist("move"):
            unit_id, _, level = text.rpartition(":")
            if not unit_id or level not in TARGETS:
                raise InputError(
                    Words(
                        "调整：不能识别；应为 单元:级别，级别为 sealed、managed 或 out",
                        "move: not understood; expected unit:level with sealed, managed or out",
                    )
                )
            moves.append((unit_id, level))
        if len(moves) > MOST_MOVES:
            raise InputError(
                Words(
                    f"调整：一次最多 {MOST_MOVES} 个单元；请先提请或撤销一部分",
                    f"moves: at most {MOST_MOVES} at once; put the ring forward or undo some",
                )
            )
        return cls(query.get("candidate", ""), tuple(moves), _turned(query))

    def query(self, **changes: Any) -> str:
        """The look as the query of an address."""
        look = replace(self, **changes)
        pairs: list[tuple[str, str]] = [("candidate", look.candidate)] if look.candidate else []
        pairs += [(name, f"{value:g}") for name, value in look.turned]
        pairs += [("move", f"{unit}:{level}") for unit, level in look.moves]
        return urlencode(pairs)

    def what_if(self) -> WhatIf:
        """The assumptions.

        Raises
        ------
        InputError   one is out of bounds
        """
        from fireline.pipeline.zoning.model import WhatIf

        return WhatIf(**dict(self.turned))


def _turned(query: QueryDict) -> tuple[tuple[str, float], ...]:
    found = []
    for name in (*SLIDERS, *STATED):
        text = query.get(name, "").strip()
        if not text:
            continue
        try:
            found.append((name, float(text)))
        except ValueError:
            raise InputError(Words(f"假设 {name}：应为数字", f"what-if {name}: expected a number")) from None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Shown:
    """A look answered.

    Attributes
    ----------
    look : Look, with the candidate that is shown
    study : Study, as stored; under : Study, under the assumptions of the look
    base : Option, the candidate before any move; ring : Option, after the moves
    risk : Risk under the assumptions
    """

    look: Look
    study: Study
    under: Study
    base: Option
    ring: Option
    risk: Risk

    def full_levels(self) -> list[str]:
        """Level names of all units: the ring's, and the rule's precaution area around it."""
        from fireline.pipeline.zoning.words import LEVEL_NAMES

        assert self.study.question is not None
        rule = self.study.question.rule_level
        return [
            LEVEL_NAMES[int(own)] if own > 1 else ("precaution" if said else "")
            for own, said in zip(self.ring.candidate.level, rule, strict=True)
        ]


def shown(desk: Desk, look: Look, ring: dict[str, Any] | None, units: list[dict[str, Any]]) -> Shown | None:
    """Answer a look; None where the outbreak has no study (no rule, no units, or only a part is in view).

    Parameters
    ----------
    ring, units : the newest ring and its units, as access.zones returned them

    Raises
    ------
    InputError   the candidate or a moved unit is not there, or an assumption is out of bounds
    """
    digest, study = access.zone_study(desk.actor, purpose=desk.purpose, outbreak=desk.pk)
    if study.question is None or not study.is_drawn:
        return None
    from fireline.pipeline.zoning.model import DEFAULT
    from fireline.pipeline.zoning.study import count

    what_if = look.what_if()
    under = access.study_under(digest, study, what_if)
    risk = access.study_risk(digest, study, what_if)
    effect = what_if.effect(study.question.effect)
    has_ring = ring is not None and ring["state"] != "computed"
    name = look.candidate or (RING if has_ring else DEFAULT)
    if name == RING and has_ring:
        base = count(study.question, risk, _ring_candidate(study, units), effect)
    else:
        base = under.option(name)
    moved = base
    if look.moves:
        moved = count(study.question, risk, _moved(study, base, look.moves), effect)
    return Shown(replace(look, candidate=name), study, under, base, moved, risk)


def _ring_candidate(study: Study, units: list[dict[str, Any]]) -> Any:
    import numpy as np

    from fireline.pipeline.zoning.study import ring_of
    from fireline.zones.candidates import Candidate
    from fireline.zones.ground import LEVEL_CODES

    assert study.question is not None
    level = np.zeros(study.question.ground.n, dtype=np.int8)
    place = {unit_id: i for i, unit_id in enumerate(study.question.ground.ids)}
    for unit in units:
        if unit["unit_id"] in place:
            level[place[unit["unit_id"]]] = LEVEL_CODES[unit["level"]]
    return Candidate(RING, ring_of(level), Words("已提请或已批准的区域", "as put forward or approved"))


def _moved(study: Study, base: Option, moves: tuple[tuple[str, str], ...]) -> Any:
    """The base ring with units moved."""
    from fireline.zones.candidates import Candidate
    from fireline.zones.ground import LEVEL_CODES

    assert study.question is not None
    level: NDArray[np.int8] = base.candidate.level.copy()
    place = {unit_id: i for i, unit_id in enumerate(study.question.ground.ids)}
    for unit_id, to in moves:
        if unit_id not in place:
            raise InputError(
                Words(
                    "调整：单元不在本疫情中；请从清单中选择",
                    "move: the unit is not of this outbreak; choose one of the list",
                )
            )
        level[place[unit_id]] = 0 if to == OUT else LEVEL_CODES[to]
    return Candidate("moved", level, Words("由人调整", "moved by a person"))


def way_point(option: Option, *, name: str) -> WayPoint:
    """One option as a mark of the curve."""
    f = option.figures
    mean = f.coverage or 0.0
    low, high = (mean if v is None else v for v in (option.low, option.high))
    return WayPoint(f.name, name, f.weighted_person_days, mean, low, high)


def curve(found: Shown) -> SafeString:
    """Curve with all candidates, the one that is shown ringed, and the moved ring as a star."""
    from fireline.pipeline.zoning.words import name_of

    lang = language_now()
    options = [*found.under.options]
    if found.look.candidate == RING:
        options.insert(0, found.base)
    if found.look.moves:
        options.append(found.ring)
    ways = [
        way_point(o, name=name_of(o.figures.name).get(lang))
        for o in options
        if o.figures.coverage is not None
    ]
    points = [(p.weighted_person_days, p.coverage, p.low, p.high) for p in found.under.curve]
    return mark_safe(zone_curve(ways, points, lang=lang, here=found.ring.figures.name))  # noqa: S308  (texts escaped)


def rows(found: Shown) -> list[dict[str, Any]]:
    """Candidates as rows: letter, name, figures, and under turned assumptions what they were before."""
    from fireline.pipeline.zoning.words import faults_of, name_of

    assert found.study.question is not None
    options = [*found.under.options]
    if found.look.candidate == RING:
        options.insert(0, found.base)
    if found.look.moves:
        options.append(found.ring)
    before = {o.figures.name: o for o in found.study.options} if found.under is not found.study else {}
    made = []
    for letter, o in zip(letters(len(options)), options, strict=True):
        f = o.figures
        made.append(
            {
                "letter": letter,
                "key": f.name,
                "name": name_of(f.name),
                "what": o.candidate.words,
                "f": f,
                "low": o.low,
                "high": o.high,
                "gap": o.candidate.gap,
                "before": before.get(f.name),
                "notes": o.candidate.notes,
                "faults": faults_of(o, found.study.question.ground.ids),
                "is_here": f.name == found.ring.figures.name,
                "query": found.look.query(candidate=f.name, moves=()) if f.name != "moved" else "",
            }
        )
    return made


def sliders(look: Look, study: Study) -> list[dict[str, Any]]:
    """The assumptions with the value they have now and that of the study."""
    from fireline.pipeline.zoning.model import ASSUMPTIONS

    assert study.question is not None
    spread = study.question.spread
    base = {"recall": sum(spread.recall) / 2, "delay": spread.found_after, "compliance": 1.0}
    turned = dict(look.turned)
    return [
        {
            "name": name, "words": ASSUMPTIONS[name], "low": low, "high": high, "step": step,
            "value": turned.get(name, base[name]), "base": base[name], "is_share": name != "delay",
        }
        for name, (low, high, step) in SLIDERS.items()
    ]  # fmt: skip


def stated(look: Look) -> list[dict[str, Any]]:
    """What there is, as far as it was typed."""
    from fireline.pipeline.zoning.model import ASSUMPTIONS, BOUNDS

    turned = dict(look.turned)
    return [
        {"name": n, "words": ASSUMPTIONS[n], "high": int(BOUNDS[n][1]), "value": turned.get(n)}
        for n in STATED
    ]


def title_of(found: Shown) -> str:
    """Title of a ring that is put forward: the way it was drawn, and how many units were moved."""
    from fireline.pipeline.zoning.words import name_of

    name = name_of(found.base.figures.name)
    n = len(dict(found.look.moves))
    moved = Words(f"，调整 {n} 个单元", f", {n} units moved") if n else Words(" ", " ")
    return f"{name.zh}{moved.zh} {name.en}{moved.en}".strip()
