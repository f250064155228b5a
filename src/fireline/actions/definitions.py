"""Saving a new version of a case definition.

Actions: versions are append-only; the newest is in use after the next refresh.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from fireline.actions.guard import INVESTIGATORS, finish, locked, require
from fireline.errors import ConflictError, InputError
from fireline.store.actor import Actor
from fireline.store.models import CaseDefinition
from fireline.store.refusals import audits_refusals
from fireline.words import Words


@audits_refusals
def save_version(
    *,
    by: Actor,
    at: datetime,
    outbreak: int,
    title: str,
    body: Mapping[str, Any],
    based_on: int | None = None,
) -> int:
    """Save a definition as the next version.

    ``body`` is the definition as plain JSON data (what ``investigations`` reads); ``based_on`` is the version
    the person had open (0 for none), None skips the check.

    Returns
    -------
    int   the new version, counted from 1

    Raises
    ------
    ConflictError   somebody saved a version meanwhile
    InputError      no title, or a body that is not plain data
    """
    require(by, INVESTIGATORS, "definition.save")
    try:
        plain = json.loads(json.dumps(dict(body), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InputError(
            Words(
                "病例定义：只能是普通数据（文本、数字、列表）",
                "definition: it must be plain data (text, numbers, lists)",
            )
        ) from error
    if not title.strip():
        raise InputError(Words("病例定义：需要标题", "definition: a title is needed"))
    with transaction.atomic():
        where = locked(by, outbreak)
        mine = CaseDefinition.objects.filter(outbreak_id=where.pk)
        newest = mine.order_by("-version").values_list("version", flat=True).first() or 0
        if based_on is not None and based_on != newest:
            raise ConflictError(
                Words(
                    "病例定义：您打开之后已有人保存新版本；请刷新后再决定",
                    "definition: somebody saved a version since you opened it; reload and decide again",
                )
            )
        CaseDefinition.objects.create(
            outbreak_id=where.pk,
            version=newest + 1,
            title=title.strip()[:200],
            body=plain,
            saved_at=at,
            saved_by=by.username,
        )
        finish(by=by, at=at, action="definition.save", outbreak=where, body={"version": newest + 1})
    return newest + 1
