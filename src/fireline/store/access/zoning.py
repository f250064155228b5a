"""The zone study of an outbreak: candidates, figures and the arrays to count a moved ring with.

Store: the arrays hold stays of cases by unit and never leave the server; callers show figures of units only.
"""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from fireline.privacy.purposes import Purpose
from fireline.store.access.scope import check, covers, outbreak_for, within
from fireline.store.actor import Actor
from fireline.store.models import ResultTable, Unit
from fireline.store.refusals import audits_refusals
from fireline.store.results import STUDY

if TYPE_CHECKING:  # the arrays bring compiled code, which most requests never need
    from fireline.pipeline.zoning.model import Study, WhatIf
    from fireline.zones.risk import Risk

_T = TypeVar("_T")

WHAT_IF_S = 1.5
"""Seconds of the optimiser where assumptions are turned: people wait for it."""


class _Kept:
    """The last few values by key, for all threads of this process."""

    def __init__(self, most: int) -> None:
        self._most, self._held, self._lock = most, OrderedDict[object, object](), Lock()

    def get(self, key: object, make: Callable[[], _T]) -> _T:
        """The value kept under a key, made where it is missing."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]  # type: ignore[return-value]
        made = make()
        with self._lock:
            self._held[key] = made
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return made


_STUDIES, _RISKS, _ANSWERS = _Kept(4), _Kept(8), _Kept(16)


@audits_refusals
def zone_study(actor: Actor, *, purpose: Purpose | str, outbreak: int) -> tuple[str, Study]:
    """The study of an outbreak with its digest; an empty study where none is stored.

    Raises
    ------
    PurposeError   the purpose does not fit, or the outbreak is not in the actor's area

    Notes
    -----
    Whoever sees a part of the outbreak only gets an empty study: its figures span the whole.
    """
    from fireline.pipeline.zoning.model import Study
    from fireline.pipeline.zoning.pack import unpack

    check(actor, purpose, Purpose.SITUATION, Purpose.CONTAINMENT, Purpose.INVESTIGATION)
    where = outbreak_for(actor, outbreak)
    rows = ResultTable.objects.filter(outbreak_id=where.pk, name=STUDY)
    columns = rows.values_list("columns", flat=True).first()
    if columns is None or not covers(actor, where.area_code):
        return "", Study()
    digest = str(columns[1])

    def read() -> Study:
        held = rows.values_list("rows", flat=True).first()
        return unpack(base64.b64decode(held[0][0])) if held else Study()

    return digest, _STUDIES.get(digest, read)


@audits_refusals
def unit_shapes(actor: Actor, *, purpose: Purpose | str, outbreak: int) -> list[dict[str, Any]]:
    """Units of the actor's part by id: unit_id, area_code, kind, population, lon, lat, geometry.

    Raises
    ------
    PurposeError   the purpose does not fit, or the outbreak is not in the actor's area
    """
    check(actor, purpose, Purpose.SITUATION, Purpose.CONTAINMENT, Purpose.INVESTIGATION)
    where = outbreak_for(actor, outbreak)
    fields = ("unit_id", "area_code", "kind", "population", "lon", "lat", "geometry")
    return list(within(Unit.objects.all(), actor, where).order_by("unit_id").values(*fields))


def study_risk(digest: str, study: Study, what_if: WhatIf) -> Risk:
    """Risk of a study under assumptions, kept for the next count.

    Parameters
    ----------
    digest, study : as zone_study returned them; the study holds a question
    """
    from fireline.pipeline.zoning.study import risk_of

    question = study.question
    if question is None:
        raise ValueError("study_risk: the study holds no question")
    return _RISKS.get((digest, what_if), lambda: risk_of(question, what_if))


def study_under(digest: str, study: Study, what_if: WhatIf) -> Study:
    """The study under changed assumptions: candidates are made anew; the same study where nothing changed."""
    from fireline.pipeline.zoning.study import answer

    question = study.question
    if question is None or not what_if.is_asked:
        return study
    return _ANSWERS.get((digest, what_if), lambda: answer(question, what_if=what_if, seconds=WHAT_IF_S))
